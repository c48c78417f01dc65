//! What was billed, by institution and month, gathered while persons pass by: the denominators of the
//! report.

use anyhow::{Context, Result};
use model::{Day, Fen, Institution, PersonCase};
use report::{Billed, Month, Totals};
use rustc_hash::FxHashMap;
use std::io::Write;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    lines: u64,
    visits: u64,
    amount: Fen,
}

/// Sums by institution code and month.
#[derive(Debug, Default)]
pub struct Billing {
    sums: FxHashMap<(u32, Month), Sum>,
    /// Sums of persons that were read elsewhere or earlier, by code.
    earlier: FxHashMap<(String, Month), Sum>,
    persons: u64,
    first: Option<Day>,
    last: Option<Day>,
    /// The person's own sums, when they are to be remembered.
    ledger: Option<Vec<u8>>,
}

impl Billing {
    /// One that also writes down each person's own sums.
    pub fn with_ledger() -> Self {
        Self { ledger: Some(Vec::new()), ..Self::default() }
    }

    /// Counts a person: a line in the month of its visit, so that a stay is not cut in two.
    pub fn add(&mut self, case: &PersonCase) {
        self.persons += 1;
        let mut next = 0;
        for (index, visit) in case.visits.iter().enumerate() {
            let day = visit.begins_at.day();
            self.see(day);
            let mut sum = Sum { visits: 1, ..Sum::default() };
            while let Some(line) = case.lines.get(next).filter(|line| line.visit as usize == index) {
                sum.lines += 1;
                sum.amount += line.amount;
                next += 1;
            }
            self.sums.entry((visit.institution, Month::of(day))).or_default().add(sum);
            if let Some(ledger) = &mut self.ledger {
                let (psn_no, code) = (case.text(case.person.psn_no), case.text(visit.fixmedins_code));
                // Writing to memory does not fail.
                let _ = writeln!(ledger, "{psn_no}\t{code}\t{}\t{}\t{}", day.0, sum.lines, sum.amount.0);
            }
        }
    }

    fn see(&mut self, day: Day) {
        self.first = Some(self.first.map_or(day, |first| first.min(day)));
        self.last = Some(self.last.map_or(day, |last| last.max(day)));
    }

    /// Counts the visits of one person as the ledger holds them.
    fn add_earlier(&mut self, entries: &[LedgerEntry]) {
        self.persons += u64::from(!entries.is_empty());
        for entry in entries {
            self.see(entry.day);
            let sum = Sum { lines: entry.lines, visits: 1, amount: entry.amount };
            self.earlier.entry((entry.institution.clone(), Month::of(entry.day))).or_default().add(sum);
        }
    }

    /// Counts a piece of the ledger, whole persons; returns its charge lines.
    pub fn add_ledger(&mut self, text: &str) -> Result<u64> {
        let mut lines = 0;
        let mut person: Vec<LedgerEntry> = Vec::new();
        for line in text.lines() {
            let entry = LedgerEntry::parse(line)?;
            if person.last().is_some_and(|last| last.psn_no != entry.psn_no) {
                self.add_earlier(&person);
                person.clear();
            }
            lines += entry.lines;
            person.push(entry);
        }
        self.add_earlier(&person);
        Ok(lines)
    }

    /// The persons' sums since the last time they were taken.
    pub fn take_ledger(&mut self) -> Vec<u8> {
        self.ledger.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Adds another worker's sums.
    pub fn merge(&mut self, other: Self) {
        self.persons += other.persons;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = [self.last, other.last].into_iter().flatten().max();
        for (key, more) in other.sums {
            self.sums.entry(key).or_default().add(more);
        }
        for (key, more) in other.earlier {
            self.earlier.entry(key).or_default().add(more);
        }
    }

    /// The rows of the report, by institution code and month.
    pub fn rows(&self, institutions: &[Institution]) -> Vec<Billed> {
        let code = |index: u32| institutions.get(index as usize).map_or(String::new(), |i| i.code.clone());
        let known = |code: &String| institutions.iter().any(|institution| institution.code == *code);
        let mut sums: FxHashMap<(String, Month), Sum> = FxHashMap::default();
        for ((index, month), sum) in &self.sums {
            sums.entry((code(*index), *month)).or_default().add(*sum);
        }
        for ((institution, month), sum) in &self.earlier {
            let institution = if known(institution) { institution.clone() } else { String::new() };
            sums.entry((institution, *month)).or_default().add(*sum);
        }
        let row = |((institution, month), sum): ((String, Month), Sum)| Billed {
            institution,
            month,
            lines: sum.lines,
            visits: sum.visits,
            amount_fen: sum.amount,
        };
        let mut rows: Vec<Billed> = sums.into_iter().map(row).collect();
        rows.sort_by(|a, b| (&a.institution, a.month).cmp(&(&b.institution, b.month)));
        rows
    }

    /// Everything together.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals {
            persons: self.persons,
            from: self.first,
            until: self.last.map(|day| day.plus(1)),
            ..Totals::default()
        };
        for sum in self.sums.values().chain(self.earlier.values()) {
            totals.lines += sum.lines;
            totals.visits += sum.visits;
            totals.amount_fen += sum.amount;
        }
        totals
    }
}

impl Sum {
    fn add(&mut self, more: Self) {
        self.lines += more.lines;
        self.visits += more.visits;
        self.amount += more.amount;
    }
}

/// A visit as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LedgerEntry {
    psn_no: String,
    institution: String,
    day: Day,
    lines: u64,
    amount: Fen,
}

impl LedgerEntry {
    /// Reads a line of the ledger.
    fn parse(line: &str) -> Result<Self> {
        let mut fields = line.split('\t');
        let mut next = || fields.next().context("账目缺少字段");
        Ok(Self {
            psn_no: next()?.to_owned(),
            institution: next()?.to_owned(),
            day: Day(next()?.parse()?),
            lines: next()?.parse()?,
            amount: Fen(next()?.parse()?),
        })
    }
}
