//! The benefit case as people and systems write it, read from JSON: every mistake at once, each with
//! its key and the nearest known one. Shape: one object a case; money is a decimal string.

mod reader;

use crate::words::{Filing, Kind, Level, Portion, Status};
use model::{Day, Fen, Quantity, UnitPrice};
use reader::Reader;
use serde_json::Value;
use std::fmt;

/// One mistake in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseProblem {
    /// Dotted key, `visit.institution_level`.
    pub key: String,
    /// What is wrong and what to write, in Chinese.
    pub message: String,
}

impl fmt::Display for CaseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() { f.write_str(&self.message) } else { write!(f, "{}：{}", self.key, self.message) }
    }
}

/// A charge line before it is priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// National item code.
    pub item: String,
    /// Quantity.
    pub quantity: Quantity,
    /// Price of one unit.
    pub unit_price: UnitPrice,
    /// Day of service.
    pub on: Day,
}

/// What there is to pay for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill {
    /// Already split into the four classes.
    Amounts {
        /// `total`
        total: Fen,
        /// `fully_self_funded`
        self_funded: Fen,
        /// `over_limit`
        over_limit: Fen,
        /// `upfront_self_paid`
        upfront: Fen,
        /// `in_scope`
        in_scope: Fen,
    },
    /// To be priced and classed by the catalogue of each line's day.
    Lines(Vec<BillLine>),
}

/// A charge line, priced and classed; its four classes add up to `total` (line identities, settlement.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedLine {
    /// Day of service.
    pub on: Day,
    /// `det_item_fee_sumamt`
    pub total: Fen,
    /// `fulamt_ownpay_amt`
    pub self_funded: Fen,
    /// `overlmt_amt`
    pub over_limit: Fen,
    /// `preselfpay_amt`
    pub upfront: Fen,
    /// `inscp_scp_amt`
    pub in_scope: Fen,
    /// Which ratios it goes by.
    pub portion: Portion,
}

/// The insured person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `status`
    pub status: Status,
    /// Completed years on the day.
    pub age: Option<u16>,
    /// Months of continuous cover.
    pub cover_months: Option<u16>,
    /// Special groups.
    pub special: Vec<String>,
    /// Supplements.
    pub supplements: Vec<String>,
    /// Balance of the personal account.
    pub account_balance: Fen,
    /// Balance of family members' accounts that may pay.
    pub family_account_balance: Fen,
}

/// The visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// `kind`
    pub kind: Kind,
    /// `institution_level`
    pub level: Level,
    /// `community`
    pub community: bool,
    /// `admission_ordinal`
    pub admission_ordinal: Option<u16>,
    /// First day.
    pub begin: Option<Day>,
    /// Last day.
    pub end: Option<Day>,
    /// Chronic or special-disease programme.
    pub programme: Option<String>,
    /// Code of the area of treatment.
    pub treatment_area: Option<String>,
    /// `filing`
    pub filing: Filing,
    /// `selected_institution`
    pub selected: Option<bool>,
    /// `referred`
    pub referred: Option<bool>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The caller's name for it.
    pub id: String,
    /// Day of settlement.
    pub on: Day,
    /// Code of the pooling area of cover.
    pub area: String,
    /// Scheme.
    pub scheme: String,
    /// Who.
    pub person: Person,
    /// What kind of care, where.
    pub visit: Visit,
    /// How much.
    pub bill: Bill,
    /// Accumulators before the case, by key.
    pub year_to_date: Vec<(String, Fen)>,
    /// `year_to_date.admissions`
    pub admissions: Option<u16>,
    /// Whether the account pays.
    pub use_account: bool,
}

/// No bill is larger: a billion yuan, so that products stay exact in 128 bits.
pub(crate) const AMOUNT_MAX: Fen = Fen(100_000_000_000);

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// Every unknown key, missing key and value that is not what its key holds.
    pub fn from_json(value: &Value) -> Result<Self, Vec<CaseProblem>> {
        let mut reader = Reader::default();
        let case = reader.case(value);
        if reader.problems.is_empty() { case.ok_or_else(Vec::new) } else { Err(reader.problems) }
    }
}
