//! The rows behind [`crate::Figures`]: what was found beside what was billed.
//!
//! A rule that found something is shown even if the caller forgot to list it, an institution even if
//! nobody named it, a month even if nothing happened in it. Where the caller's figures do not fit
//! together, [`doubts`] says so.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use model::{Day, Fen};

use crate::figures::{Group, InstitutionRow, MonthRow, RuleRow};
use crate::funnel::{Funnel, Standing};
use crate::sums::Split;
use crate::tallied::{Tallied, leading_severity};
use crate::wording::{count, yuan};
use crate::{AuditReport, InstitutionLine, Month, RuleLine};

/// Months that are filled in when nothing happened in them; beyond that some date is wrong.
const MONTHS_FILLED_MAX: usize = 120;

/// Most money counted first, then most findings.
fn weight(split: &Split) -> Reverse<(Fen, u64)> {
    let total = split.total();
    Reverse((total.counted_fen, total.findings))
}

pub(crate) fn rule_rows<'a>(report: &AuditReport, tallied: &'a Tallied) -> Vec<RuleRow<'a>> {
    let mut touched: BTreeMap<u32, u64> = BTreeMap::new();
    for rule in tallied.institutions.values().flat_map(|one| one.by_rule.keys()) {
        *touched.entry(*rule).or_default() += 1;
    }
    let known: BTreeMap<&str, &RuleLine> = report.rules.iter().map(|line| (line.rule_id.as_str(), line)).collect();
    let mut rows: Vec<RuleRow<'a>> = Vec::new();
    for (index, sums) in (0_u32..).zip(&tallied.rules) {
        // A rule that found something is shown even if the caller forgot to list it.
        let line = known.get(sums.rule_id.as_str()).map_or_else(
            || RuleLine {
                rule_id: sums.rule_id.clone(),
                version: sums.rule_version.clone(),
                official_code: sums.official_code.clone(),
                name: sums.rule_name.clone(),
                category: String::new(),
                family: String::new(),
                severity: leading_severity(&sums.split),
                status: "running".into(),
                grain: String::new(),
                not_run_reason: None,
                basis: String::new(),
            },
            |line| (*line).clone(),
        );
        let institutions = touched.get(&index).copied().unwrap_or_default();
        rows.push(RuleRow { line, split: sums.split, institutions, samples: &sums.samples });
    }
    let found: BTreeSet<&str> = tallied.rules.iter().map(|sums| sums.rule_id.as_str()).collect();
    for line in report.rules.iter().filter(|line| line.not_run_reason.is_none()) {
        if !found.contains(line.rule_id.as_str()) {
            rows.push(RuleRow { line: line.clone(), split: Split::default(), institutions: 0, samples: &[] });
        }
    }
    rows.sort_by(|a, b| (weight(&a.split), &a.line.rule_id).cmp(&(weight(&b.split), &b.line.rule_id)));
    rows
}

pub(crate) fn not_run(report: &AuditReport) -> Vec<&RuleLine> {
    let mut lines: Vec<&RuleLine> = report.rules.iter().filter(|line| line.not_run_reason.is_some()).collect();
    lines.sort_by(|a, b| (&a.status, &a.rule_id).cmp(&(&b.status, &b.rule_id)));
    lines
}

pub(crate) fn institution_rows(report: &AuditReport, tallied: &Tallied, funnel: Funnel) -> Vec<InstitutionRow> {
    let names: BTreeMap<&str, &InstitutionLine> =
        report.institutions.iter().map(|line| (line.code.as_str(), line)).collect();
    let mut rows: BTreeMap<&str, InstitutionRow> = BTreeMap::new();
    let empty = |code: &str| InstitutionRow {
        code: code.into(),
        name: names.get(code).map(|line| line.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(code).into(),
        group: names.get(code).map_or(Group::Unknown, |line| Group::of(line)),
        lines: 0,
        visits: 0,
        billed: Fen::ZERO,
        flagged_visits: 0,
        split: Split::default(),
        by_rule: BTreeMap::new(),
        standing: Standing::TooFew,
    };
    for billed in &report.billed {
        let row = rows.entry(&billed.institution).or_insert_with_key(|code| empty(code));
        row.lines += billed.lines;
        row.visits += billed.visits;
        row.billed += billed.amount_fen;
    }
    for (code, sums) in &tallied.institutions {
        let row = rows.entry(code).or_insert_with_key(|code| empty(code));
        row.flagged_visits = sums.flagged_visits;
        row.split = sums.split;
        row.by_rule = sums
            .by_rule
            .iter()
            .filter_map(|(rule, sums)| Some((tallied.rules.get(*rule as usize)?.rule_id.clone(), *sums)))
            .collect();
    }
    let mut rows: Vec<InstitutionRow> = rows.into_values().collect();
    for row in &mut rows {
        row.standing = funnel.standing(row.rate());
    }
    rows.sort_by(|a, b| (weight(&a.split), &a.code).cmp(&(weight(&b.split), &b.code)));
    rows
}

pub(crate) fn month_rows(report: &AuditReport, tallied: &Tallied) -> Vec<MonthRow> {
    let mut rows: BTreeMap<Month, MonthRow> = BTreeMap::new();
    let empty = |month: Month| MonthRow { month, lines: 0, visits: 0, billed: Fen::ZERO, split: Split::default() };
    for billed in &report.billed {
        let row = rows.entry(billed.month).or_insert_with_key(|month| empty(*month));
        row.lines += billed.lines;
        row.visits += billed.visits;
        row.billed += billed.amount_fen;
    }
    for (month, split) in &tallied.months {
        rows.entry(*month).or_insert_with_key(|month| empty(*month)).split = *split;
    }
    let (first, last) = (rows.keys().next().copied(), rows.keys().next_back().copied());
    if let (Some(first), Some(last)) = (first, last) {
        // A date of the year 9999 means "open": the months until then are not worth a row each.
        let between: Vec<Month> = std::iter::successors(Some(first), |month| Some(month.next()))
            .take_while(|month| *month <= last)
            .take(MONTHS_FILLED_MAX + 1)
            .collect();
        if between.len() <= MONTHS_FILLED_MAX {
            for month in between {
                rows.entry(month).or_insert_with_key(|month| empty(*month));
            }
        }
    }
    rows.into_values().collect()
}

/// Differences between the caller's totals and the caller's rows: shown, never smoothed over.
pub(crate) fn doubts(report: &AuditReport) -> Vec<String> {
    let mut doubts = Vec::new();
    let lines: u64 = report.billed.iter().map(|billed| billed.lines).sum();
    let amount: Fen = report.billed.iter().map(|billed| billed.amount_fen).sum();
    if lines != report.totals.lines {
        doubts.push(format!(
            "按机构按月汇总的明细为 {} 条，总计为 {} 条：相差的明细没有归属机构或月份，比率以总计为准",
            count(lines),
            count(report.totals.lines)
        ));
    }
    if amount != report.totals.amount_fen {
        doubts.push(format!(
            "按机构按月汇总的金额为 {} 元，总计为 {} 元：相差的金额没有归属机构或月份，占比以总计为准",
            yuan(amount),
            yuan(report.totals.amount_fen)
        ));
    }
    for table in &report.intake {
        let parts = table.accepted + table.corrected + table.rejected;
        if parts != table.read {
            doubts.push(format!(
                "表 {}：接受、修正、退回合计 {} 行，读入 {} 行，两者不等",
                table.table,
                count(parts),
                count(table.read)
            ));
        }
    }
    doubts
}

impl Month {
    /// The month after this one.
    fn next(self) -> Self {
        let (year, month) = self.year_and_month();
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Day::from_civil(year, month, 1).map_or(self, Self::of)
    }
}
