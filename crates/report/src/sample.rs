//! One finding: as it passes by, and as it is kept for drilling down.

use std::cmp::Ordering;

use model::{Day, Fen, Quantity, Severity};

/// A finding with all columns of the contract, borrowed from wherever the caller has it.
#[derive(Debug, Clone, Copy)]
pub struct FindingView<'a> {
    /// Stable hash of the finding.
    pub finding_id: &'a str,
    /// Our id of the rule.
    pub rule_id: &'a str,
    /// Its version.
    pub rule_version: &'a str,
    /// Its national code.
    pub official_code: &'a str,
    /// Its Chinese name.
    pub rule_name: &'a str,
    /// How sure.
    pub severity: Severity,
    /// The person.
    pub psn_no: &'a str,
    /// The visit; empty when the finding is about more than one.
    pub mdtrt_id: &'a str,
    /// The institution.
    pub fixmedins_code: &'a str,
    /// The doctor; empty when unknown.
    pub orders_dr_code: &'a str,
    /// The day of the fact.
    pub occurred_on: Day,
    /// The line at fault; empty when the visit is.
    pub feedetl_sn: &'a str,
    /// The lines that make it so, `;`-separated.
    pub related_feedetl_sn: &'a str,
    /// Quantity at stake.
    pub cnt_over: Quantity,
    /// Money at stake.
    pub amount_fen: Fen,
    /// Its share once overlaps are settled (I11).
    pub counted_fen: Fen,
    /// The knowledge point; empty for a rule without points.
    pub knowledge_point_id: &'a str,
    /// Document, article or attachment row.
    pub basis: &'a str,
    /// One Chinese sentence with the figures of this case.
    pub evidence: &'a str,
}

/// Related lines kept in a sample; the rest are counted and found in `findings.csv`.
const RELATED_KEPT: usize = 20;
/// Characters of a sentence kept in a sample.
const TEXT_KEPT: usize = 600;

/// A finding kept for drilling down. The greatest is the one to look at first: most money counted,
/// then most at stake, then first in the order of `findings.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Stable hash of the finding.
    pub finding_id: String,
    /// Our id of the rule.
    pub rule_id: String,
    /// How sure.
    pub severity: Severity,
    /// The person.
    pub psn_no: String,
    /// The visit.
    pub mdtrt_id: String,
    /// The institution.
    pub fixmedins_code: String,
    /// The doctor.
    pub orders_dr_code: String,
    /// The day of the fact.
    pub occurred_on: Day,
    /// The line at fault.
    pub feedetl_sn: String,
    /// The first of the lines that make it so.
    pub related: Vec<String>,
    /// How many lines make it so.
    pub related_count: usize,
    /// Quantity at stake.
    pub cnt_over: Quantity,
    /// Money at stake.
    pub amount_fen: Fen,
    /// Its share once overlaps are settled.
    pub counted_fen: Fen,
    /// The knowledge point.
    pub knowledge_point_id: String,
    /// What it rests on.
    pub basis: String,
    /// The sentence.
    pub evidence: String,
}

impl FindingView<'_> {
    /// The order of `findings.csv`, which is the order they must be fed in.
    #[must_use]
    pub(crate) const fn key(&self) -> [&str; 4] {
        [self.fixmedins_code, self.mdtrt_id, self.rule_id, self.feedetl_sn]
    }
}

impl Sample {
    pub(crate) fn of(view: &FindingView<'_>) -> Self {
        let related = || view.related_feedetl_sn.split(';').filter(|id| !id.is_empty());
        Self {
            finding_id: view.finding_id.into(),
            rule_id: view.rule_id.into(),
            severity: view.severity,
            psn_no: view.psn_no.into(),
            mdtrt_id: view.mdtrt_id.into(),
            fixmedins_code: view.fixmedins_code.into(),
            orders_dr_code: view.orders_dr_code.into(),
            occurred_on: view.occurred_on,
            feedetl_sn: view.feedetl_sn.into(),
            related: related().take(RELATED_KEPT).map(Into::into).collect(),
            related_count: related().count(),
            cnt_over: view.cnt_over,
            amount_fen: view.amount_fen,
            counted_fen: view.counted_fen,
            knowledge_point_id: view.knowledge_point_id.into(),
            basis: cut(view.basis),
            evidence: cut(view.evidence),
        }
    }

    fn key(&self) -> [&str; 5] {
        [&self.fixmedins_code, &self.mdtrt_id, &self.rule_id, &self.feedetl_sn, &self.finding_id]
    }
}

impl Ord for Sample {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.counted_fen, self.amount_fen)
            .cmp(&(other.counted_fen, other.amount_fen))
            .then_with(|| other.key().cmp(&self.key()))
    }
}

impl PartialOrd for Sample {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn cut(text: &str) -> String {
    if text.len() <= TEXT_KEPT {
        return text.into();
    }
    match text.char_indices().nth(TEXT_KEPT) {
        None => text.into(),
        Some((end, _)) => format!("{}……（全文见 findings.csv）", text.get(..end).unwrap_or(text)),
    }
}
