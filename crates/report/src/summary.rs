//! `summary.json`: the figures for a program.
//!
//! Keys keep their order, money is whole fen, months and days are text. Nothing in it depends on
//! when or how fast the run was, except the one key `run`.

use std::io::Write;

use model::{Day, Fen};
use serde::Serialize;

use crate::figures::Figures;
use crate::funnel::Standing;
use crate::sums::{SEVERITIES, Split, Sums};
use crate::{Month, Receipt, ReportError, RunInfo, TableIntake};

/// The shape of this file; it rises when a key changes its meaning.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Summary<'a> {
    format: u32,
    totals: TotalsOut,
    by_severity: Vec<SeverityOut>,
    by_rule: Vec<RuleOut<'a>>,
    by_institution: Vec<InstitutionOut<'a>>,
    by_month: Vec<MonthOut>,
    adding_up: AddingUp,
    rules_not_run: Vec<NotRunOut<'a>>,
    intake: &'a [TableIntake],
    doubts: &'a [String],
    receipt: &'a Receipt,
    run: &'a RunInfo,
}

#[derive(Serialize)]
struct TotalsOut {
    from: Option<String>,
    until: Option<String>,
    lines: u64,
    visits: u64,
    persons: u64,
    institutions: usize,
    billed_fen: Fen,
    #[serde(flatten)]
    sums: Sums,
    flagged_visits: u64,
    flagged_institutions: usize,
    rules_run: usize,
    rules_with_findings: usize,
    rules_not_run: usize,
}

#[derive(Serialize)]
struct SeverityOut {
    severity: &'static str,
    label: &'static str,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Serialize)]
struct RuleOut<'a> {
    rule_id: &'a str,
    version: &'a str,
    official_code: &'a str,
    name: &'a str,
    category: &'a str,
    family: &'a str,
    severity: &'static str,
    grain: &'a str,
    institutions: u64,
    #[serde(flatten)]
    sums: Sums,
    by_severity: &'a Split,
}

#[derive(Serialize)]
struct InstitutionOut<'a> {
    fixmedins_code: &'a str,
    name: &'a str,
    group: &'static str,
    lines: u64,
    visits: u64,
    billed_fen: Fen,
    flagged_visits: u64,
    flagged_ppm: i64,
    standing: Standing,
    #[serde(flatten)]
    sums: Sums,
    by_severity: &'a Split,
}

#[derive(Serialize)]
struct MonthOut {
    month: Month,
    lines: u64,
    visits: u64,
    billed_fen: Fen,
    #[serde(flatten)]
    sums: Sums,
    by_severity: Split,
}

/// I11: the same money, cut four ways.
#[derive(Serialize)]
struct AddingUp {
    total_counted_fen: Fen,
    by_severity_counted_fen: Fen,
    by_rule_counted_fen: Fen,
    by_institution_counted_fen: Fen,
    by_month_counted_fen: Fen,
}

#[derive(Serialize)]
struct NotRunOut<'a> {
    rule_id: &'a str,
    official_code: &'a str,
    name: &'a str,
    status: &'a str,
    reason: &'a str,
}

/// Writes `summary.json`.
pub fn write_summary(figures: &Figures<'_>, mut out: impl Write) -> Result<(), ReportError> {
    serde_json::to_writer_pretty(&mut out, &summary(figures))?;
    out.write_all(b"\n").map_err(|source| ReportError::File { path: "summary.json".into(), source })
}

fn summary<'a>(figures: &'a Figures<'_>) -> Summary<'a> {
    let split = &figures.tallied.total;
    Summary {
        format: FORMAT,
        totals: totals(figures),
        by_severity: SEVERITIES
            .iter()
            .map(|one| SeverityOut { severity: one.word(), label: one.label(), sums: *split.of(*one) })
            .collect(),
        by_rule: rules(figures),
        by_institution: institutions(figures),
        by_month: figures
            .months
            .iter()
            .map(|row| MonthOut {
                month: row.month,
                lines: row.lines,
                visits: row.visits,
                billed_fen: row.billed,
                sums: row.split.total(),
                by_severity: row.split,
            })
            .collect(),
        adding_up: adding_up(figures),
        rules_not_run: figures
            .not_run
            .iter()
            .map(|line| NotRunOut {
                rule_id: &line.rule_id,
                official_code: &line.official_code,
                name: &line.name,
                status: &line.status,
                reason: line.not_run_reason.as_deref().unwrap_or_default(),
            })
            .collect(),
        intake: &figures.report.intake,
        doubts: &figures.doubts,
        receipt: &figures.report.receipt,
        run: &figures.report.run,
    }
}

fn totals(figures: &Figures<'_>) -> TotalsOut {
    let totals = &figures.report.totals;
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    TotalsOut {
        from: day(totals.from),
        until: day(totals.until),
        lines: totals.lines,
        visits: totals.visits,
        persons: totals.persons,
        institutions: figures.institutions.len(),
        billed_fen: figures.billed,
        sums: figures.total(),
        flagged_visits: figures.tallied.flagged_visits,
        flagged_institutions: figures.flagged_institutions(),
        rules_run: figures.rules.len(),
        rules_with_findings: figures.rules_with_findings(),
        rules_not_run: figures.not_run.len(),
    }
}

/// By id: a program compares two files more easily when rows keep their places.
fn rules<'a>(figures: &'a Figures<'_>) -> Vec<RuleOut<'a>> {
    let mut rows: Vec<RuleOut<'a>> = figures
        .rules
        .iter()
        .map(|row| RuleOut {
            rule_id: &row.line.rule_id,
            version: &row.line.version,
            official_code: &row.line.official_code,
            name: &row.line.name,
            category: &row.line.category,
            family: &row.line.family,
            severity: row.line.severity.word(),
            grain: &row.line.grain,
            institutions: row.institutions,
            sums: row.split.total(),
            by_severity: &row.split,
        })
        .collect();
    rows.sort_by_key(|row| row.rule_id);
    rows
}

fn institutions<'a>(figures: &'a Figures<'_>) -> Vec<InstitutionOut<'a>> {
    let mut rows: Vec<InstitutionOut<'a>> = figures
        .institutions
        .iter()
        .map(|row| InstitutionOut {
            fixmedins_code: &row.code,
            name: &row.name,
            group: row.group.label(),
            lines: row.lines,
            visits: row.visits,
            billed_fen: row.billed,
            flagged_visits: row.flagged_visits,
            flagged_ppm: row.rate().ppm(),
            standing: row.standing,
            sums: row.split.total(),
            by_severity: &row.split,
        })
        .collect();
    rows.sort_by_key(|row| row.fixmedins_code);
    rows
}

fn adding_up(figures: &Figures<'_>) -> AddingUp {
    AddingUp {
        total_counted_fen: figures.total().counted_fen,
        by_severity_counted_fen: SEVERITIES.iter().map(|one| figures.tallied.total.of(*one).counted_fen).sum(),
        by_rule_counted_fen: figures.rules.iter().map(|row| row.split.total().counted_fen).sum(),
        by_institution_counted_fen: figures.institutions.iter().map(|row| row.split.total().counted_fen).sum(),
        by_month_counted_fen: figures.months.iter().map(|row| row.split.total().counted_fen).sum(),
    }
}
