//! A case and its answer as the oracle sees them: money in fen, everything else as text.

use model::Day;
use std::collections::BTreeMap;

/// One bill with all that decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The day of settlement.
    pub on: Day,
    /// Status of the person in the scheme.
    pub status: String,
    /// Completed years, when known.
    pub age: Option<i64>,
    /// Months of continuous cover, when known.
    pub cover_months: Option<i64>,
    /// Special groups the person belongs to.
    pub special: Vec<String>,
    /// Supplements the person has.
    pub supplements: Vec<String>,
    /// Fen on the personal account.
    pub account: i64,
    /// Fen on the family's account.
    pub family_account: i64,
    /// Whether accounts may be used.
    pub use_account: bool,
    /// Kind of visit.
    pub kind: String,
    /// Level of the institution: 1, 2, 3 or none.
    pub level: String,
    /// A community institution.
    pub community: bool,
    /// Which admission of the year, from 1, when known.
    pub admission: Option<i64>,
    /// First day of the visit.
    pub begin: Day,
    /// Last day of the visit.
    pub end: Day,
    /// Chronic or special disease programme.
    pub programme: Option<String>,
    /// Six digits of the area of treatment.
    pub treatment_area: String,
    /// How care elsewhere was filed.
    pub filing: String,
    /// The institution is the one the person selected, when known.
    pub selected: Option<bool>,
    /// The person was referred, when known.
    pub referred: Option<bool>,
    /// What was charged.
    pub bill: Bill,
    /// What the year has used before, in fen (`admissions`: a number).
    pub used: BTreeMap<String, i64>,
}

/// What was charged: split in sum, or line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill {
    /// Sums only.
    Amounts(Split),
    /// One entry a line.
    Lines(Vec<Line>),
}

/// One charged line, already split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Day of the service.
    pub on: Day,
    /// `general`, `consultation`, …
    pub portion: String,
    /// Its four parts.
    pub split: Split,
}

/// The four parts of an amount, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// Outside the catalogue.
    pub self_funded: i64,
    /// Above a price ceiling.
    pub over_limit: i64,
    /// The insured's first share.
    pub upfront: i64,
    /// Within scope.
    pub in_scope: i64,
}

impl Split {
    /// The four parts together.
    #[must_use]
    pub fn total(self) -> i64 {
        self.self_funded + self.over_limit + self.upfront + self.in_scope
    }

    fn plus(self, other: Self) -> Self {
        Self {
            self_funded: self.self_funded + other.self_funded,
            over_limit: self.over_limit + other.over_limit,
            upfront: self.upfront + other.upfront,
            in_scope: self.in_scope + other.in_scope,
        }
    }
}

impl Bill {
    /// The four sums of the bill.
    #[must_use]
    pub fn split(&self) -> Split {
        match self {
            Self::Amounts(split) => *split,
            Self::Lines(lines) => lines.iter().fold(Split::default(), |sum, line| sum.plus(line.split)),
        }
    }
}

/// What a case comes to, in fen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The four parts after a first share was taken.
    pub split: Split,
    /// Deductible met within this bill.
    pub deductible: i64,
    /// What each fund pays (funds that pay nothing are left out).
    pub funds: BTreeMap<String, i64>,
    /// What the accounts pay, the family's included.
    pub account: i64,
    /// The part of it from the family's account.
    pub family_account: i64,
    /// Accumulators of the tiers that ran, after this case.
    pub used: BTreeMap<String, i64>,
}

impl Answer {
    /// What the funds pay together.
    #[must_use]
    pub fn fund_total(&self) -> i64 {
        self.funds.values().sum()
    }

    /// What the insured pays in cash.
    #[must_use]
    pub fn cash(&self) -> i64 {
        self.split.total() - self.fund_total() - self.account
    }
}
