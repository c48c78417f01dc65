//! What the page carries for drilling down, as compact JSON within a budget.
//!
//! Rows are arrays, texts that repeat are kept once, findings shared by a rule's and a visit's list
//! are kept once. When all does not fit, fewer findings a rule are kept, and the page says how many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::tables::INSTITUTIONS_SHOWN;
use crate::ReportError;
use crate::figures::{Figures, InstitutionRow};
use crate::sample::Sample;
use crate::sums::SEVERITIES;
use crate::tally::SAMPLES_A_RULE;
use crate::wording::category;

/// Bytes of JSON that leave the page under about six megabytes.
const BUDGET_BYTES: usize = 4_200_000;
/// Rules listed for an institution.
const RULES_AN_INSTITUTION: usize = 12;

/// The embedded data.
pub(super) struct Payload {
    /// The JSON, not yet made safe for a script element.
    pub(super) json: String,
    /// Findings in it.
    pub(super) findings: usize,
    /// Findings a rule it was cut to.
    pub(super) samples_a_rule: usize,
}

/// Texts and institutions that rows point to by number.
#[derive(Default)]
struct Pool<'a> {
    numbers: BTreeMap<&'a str, usize>,
    all: Vec<&'a str>,
}

impl<'a> Pool<'a> {
    fn number(&mut self, text: &'a str) -> usize {
        *self.numbers.entry(text).or_insert_with(|| {
            self.all.push(text);
            self.all.len() - 1
        })
    }
}

impl Payload {
    /// The most findings a rule that fit.
    pub(super) fn within_budget(figures: &Figures<'_>) -> Result<Self, ReportError> {
        let mut samples_a_rule = SAMPLES_A_RULE;
        loop {
            let payload = Self::with(figures, samples_a_rule)?;
            if payload.json.len() <= BUDGET_BYTES || samples_a_rule <= 1 {
                return Ok(payload);
            }
            samples_a_rule /= 2;
        }
    }

    fn with(figures: &Figures<'_>, samples_a_rule: usize) -> Result<Self, ReportError> {
        let samples = chosen(figures, samples_a_rule);
        let rule_numbers: BTreeMap<&str, usize> =
            figures.rules.iter().enumerate().map(|(number, row)| (row.line.rule_id.as_str(), number)).collect();
        let mut institutions = Pool::default();
        for row in figures.institutions.iter().take(INSTITUTIONS_SHOWN) {
            institutions.number(&row.code);
        }
        let mut texts = Pool::default();
        let findings: Vec<Value> =
            samples.iter().rev().map(|sample| finding(sample, &rule_numbers, &mut institutions, &mut texts)).collect();
        let by_code: BTreeMap<&str, &InstitutionRow> =
            figures.institutions.iter().map(|row| (row.code.as_str(), row)).collect();
        let institutions: Vec<Value> = institutions
            .all
            .iter()
            .filter_map(|code| by_code.get(code))
            .map(|row| institution(row, &rule_numbers))
            .collect();
        let json = serde_json::to_string(&json!({
            "rules": rules(figures),
            "institutions": institutions,
            "texts": texts.all,
            "findings": findings,
        }))?;
        Ok(Self { json, findings: samples.len(), samples_a_rule })
    }
}

/// The greatest findings of each rule, and those of the greatest visits; each once. When the page is
/// short of room, visits give way in step with rules.
fn chosen<'a>(figures: &'a Figures<'_>, samples_a_rule: usize) -> BTreeSet<&'a Arc<Sample>> {
    let visits = figures.tallied.visits.len() * samples_a_rule / SAMPLES_A_RULE;
    let of_rules = figures.rules.iter().flat_map(|row| row.samples.iter().take(samples_a_rule));
    let of_visits = figures.tallied.visits.iter().take(visits).flat_map(|visit| visit.samples.iter());
    of_rules.chain(of_visits).collect()
}

fn rules(figures: &Figures<'_>) -> Vec<Value> {
    let rule = |row: &crate::figures::RuleRow<'_>| {
        let (line, sums) = (&row.line, row.split.total());
        json!([
            line.rule_id,
            line.name,
            row.severity().label(),
            line.version,
            line.official_code,
            category(&line.category),
            line.family,
            line.basis,
            sums.findings,
            sums.amount_fen,
            sums.counted_fen,
            row.institutions
        ])
    };
    figures.rules.iter().map(rule).collect()
}

fn institution(row: &InstitutionRow, rule_numbers: &BTreeMap<&str, usize>) -> Value {
    let sums = row.split.total();
    let mut by_rule: Vec<_> = row.by_rule.iter().collect();
    by_rule.sort_by(|a, b| (b.1.counted_fen, b.1.findings, a.0).cmp(&(a.1.counted_fen, a.1.findings, b.0)));
    let by_rule: Vec<Value> = by_rule
        .into_iter()
        .take(RULES_AN_INSTITUTION)
        .filter_map(|(rule, sums)| Some(json!([rule_numbers.get(rule.as_str())?, sums.findings, sums.counted_fen])))
        .collect();
    json!([
        row.code,
        row.name,
        row.group.label(),
        row.standing.label(),
        sums.findings,
        sums.counted_fen,
        row.visits,
        row.flagged_visits,
        row.rate().percent(),
        row.billed,
        by_rule,
        row.by_rule.len()
    ])
}

fn finding<'a>(
    sample: &'a Sample,
    rule_numbers: &BTreeMap<&str, usize>,
    institutions: &mut Pool<'a>,
    texts: &mut Pool<'a>,
) -> Value {
    let severity = SEVERITIES.iter().position(|one| *one == sample.severity);
    json!([
        rule_numbers.get(sample.rule_id.as_str()),
        severity,
        institutions.number(&sample.fixmedins_code),
        sample.mdtrt_id,
        sample.psn_no,
        sample.orders_dr_code,
        sample.occurred_on.to_string(),
        sample.feedetl_sn,
        sample.related.join(";"),
        sample.related_count,
        sample.cnt_over.to_string(),
        sample.amount_fen,
        sample.counted_fen,
        sample.knowledge_point_id,
        texts.number(&sample.basis),
        sample.evidence,
        sample.finding_id,
    ])
}
