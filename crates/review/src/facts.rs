//! What was found: the part of an item that never changes.

use model::{Day, Fen, Severity, Stamp};
use serde::{Deserialize, Serialize};

/// A finding as it came into the review, with what its visit was paid (I10: it can be audited again from it).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// 疑点编号
    pub id: String,
    /// 定点医药机构编号
    pub institution: String,
    /// 医保区划 of the institution.
    pub area: String,
    /// 就诊ID
    pub visit: String,
    /// 人员编号
    pub person: String,
    /// 开单医师; empty when unknown.
    pub physician: String,
    /// Line at fault; empty when the visit is.
    pub line: String,
    /// Lines that make it so, `;`-separated.
    pub related_lines: String,
    /// Rule.
    pub rule: String,
    /// Its version.
    pub rule_version: String,
    /// Its name.
    pub rule_name: String,
    /// Its official code; empty for one of our own.
    pub official_code: String,
    /// How sure it is.
    pub severity: Severity,
    /// Day of the fact.
    pub occurred_on: Day,
    /// Quantity at fault, as text.
    pub quantity_over: String,
    /// Money at fault.
    pub amount: Fen,
    /// Its share once overlapping rules are settled, as the audit had it.
    pub counted: Fen,
    /// Knowledge point; empty when the rule has none.
    pub point: String,
    /// Document, article or attachment row.
    pub basis: String,
    /// One sentence with the figures.
    pub evidence: String,
    /// What the institution was told at the bedside, and what it answered; empty when it was told nothing.
    #[serde(default)]
    pub reminder: String,
    /// 险种类型 of the visit, `310`.
    pub insurance: String,
    /// What funds paid of the visit's bill; unknown when the claims did not say.
    pub share: Option<FundShare>,
    /// Hash of the data that the audit saw.
    pub snapshot: String,
    /// When it came in.
    pub imported_at: Stamp,
}

/// What funds paid of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundShare {
    /// Paid by funds.
    pub fund: Fen,
    /// The bill.
    pub total: Fen,
}

impl Facts {
    /// The fund's part of the money at fault: what at most can be refused for this finding. Half a fen is rounded up. When it
    /// is not known what funds paid, the whole: then no more than what institutions claimed is taken back, and the statement
    /// says so. An indicator asks a question and costs nothing.
    #[must_use]
    pub fn at_stake(&self) -> Fen {
        if self.severity == Severity::Indicator {
            return Fen::ZERO;
        }
        let amount = self.amount.max(Fen::ZERO);
        match self.share {
            Some(FundShare { fund, total }) if total > Fen::ZERO => {
                amount.ratio(fund.0.max(0), total.0).min(fund.max(Fen::ZERO))
            }
            Some(_) | None => amount,
        }
    }

    /// Whether this was found before, by another audit or before the settlement: the same rule on the same line of the visit,
    /// whatever version it had then. One audit may find a rule broken twice on a line; that is no repetition.
    #[must_use]
    pub fn repeats(&self, known: &Self) -> bool {
        let same_place = self.visit == known.visit && self.rule == known.rule && self.line == known.line;
        let elsewhere = !self.visit.is_empty() && self.snapshot != known.snapshot && same_place;
        self.institution == known.institution && (self.id == known.id || elsewhere)
    }

    /// The fund's part of the money that the audit counted, for figures before any decision.
    #[must_use]
    pub fn counted_at_stake(&self) -> Fen {
        match self.share {
            Some(FundShare { fund, total }) if total > Fen::ZERO => self.counted.ratio(fund.0.max(0), total.0),
            Some(_) | None => self.counted,
        }
    }
}
