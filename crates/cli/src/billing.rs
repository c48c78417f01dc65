//! What was billed, by institution and month, gathered while persons pass by: the denominators of the
//! report.

use model::{Day, Fen, Institution, PersonCase};
use report::{Billed, Month, Totals};
use rustc_hash::FxHashMap;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    lines: u64,
    visits: u64,
    amount: Fen,
}

/// Sums by institution index and month.
#[derive(Debug, Default)]
pub struct Billing {
    sums: FxHashMap<(u32, Month), Sum>,
    persons: u64,
    first: Option<Day>,
    last: Option<Day>,
}

impl Billing {
    /// Counts a person: a line in the month of its visit, so that a stay is not cut in two.
    pub fn add(&mut self, case: &PersonCase) {
        self.persons += 1;
        let mut next = 0;
        for (index, visit) in case.visits.iter().enumerate() {
            let day = visit.begins_at.day();
            self.first = Some(self.first.map_or(day, |first| first.min(day)));
            self.last = Some(self.last.map_or(day, |last| last.max(day)));
            let sum = self.sums.entry((visit.institution, Month::of(day))).or_default();
            sum.visits += 1;
            while let Some(line) = case.lines.get(next).filter(|line| line.visit as usize == index) {
                sum.lines += 1;
                sum.amount += line.amount;
                next += 1;
            }
        }
    }

    /// Adds another worker's sums.
    pub fn merge(&mut self, other: Self) {
        self.persons += other.persons;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = [self.last, other.last].into_iter().flatten().max();
        for (key, more) in other.sums {
            let sum = self.sums.entry(key).or_default();
            sum.lines += more.lines;
            sum.visits += more.visits;
            sum.amount += more.amount;
        }
    }

    /// The rows of the report, by institution code and month.
    pub fn rows(&self, institutions: &[Institution]) -> Vec<Billed> {
        let code = |index: u32| institutions.get(index as usize).map_or(String::new(), |i| i.code.clone());
        let row = |(&(index, month), sum): (&(u32, Month), &Sum)| Billed {
            institution: code(index),
            month,
            lines: sum.lines,
            visits: sum.visits,
            amount_fen: sum.amount,
        };
        let mut rows: Vec<Billed> = self.sums.iter().map(row).collect();
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
        for sum in self.sums.values() {
            totals.lines += sum.lines;
            totals.visits += sum.visits;
            totals.amount_fen += sum.amount;
        }
        totals
    }
}
