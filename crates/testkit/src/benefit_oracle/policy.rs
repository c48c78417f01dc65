//! A policy as the oracle sees it: the words of decision 0006 and nothing else, with text for keys.

use model::Day;
use std::collections::BTreeMap;

/// One area's scheme, with whatever the nation, the province and overlays add to it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Six digits of the area of cover.
    pub area: String,
    /// `employee`, `resident`, …
    pub scheme: String,
    /// Who may be insured in it.
    pub statuses: Vec<String>,
    /// Which special group counts, when a person has several.
    pub special_order: Vec<String>,
    /// Chronic and special diseases with law of their own.
    pub programmes: Vec<String>,
    /// Whose day's law judges a stay.
    pub law_day: LawDay,
    /// Tiers by kind of visit.
    pub chains: Vec<Chain>,
    /// The tiers the chains name.
    pub tiers: Vec<Tier>,
    /// Dated, conditional values by slot, as `pool.rate`.
    pub values: BTreeMap<String, Vec<Value>>,
    /// Dated indices, such as the mean wage, in fen.
    pub indices: Vec<Index>,
}

/// Whose day's law judges a stay; other visits go by their begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawDay {
    /// The first day.
    Admission,
    /// The last day.
    Discharge,
    /// Each line by its own.
    Service,
}

impl Policy {
    /// The days on which any value or yearly figure begins or ends, in order.
    pub(super) fn law_changes(&self) -> Vec<Day> {
        let rows = self.values.values().flatten();
        let mut days: Vec<Day> = rows.flat_map(|row| [Some(row.from), row.until]).flatten().collect();
        let years = self.indices.iter().flat_map(|index| index.years.iter().map(|(year, _)| year + index.lag));
        days.extend(years.filter_map(|year| Day::from_civil(year, 1, 1)));
        days.sort();
        days.dedup();
        days
    }
}

/// The tiers a kind of visit goes through, in order.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Kinds of visit.
    pub kinds: Vec<String>,
    /// Names of tiers.
    pub tiers: Vec<String>,
}

/// One tier's declared shape.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Its name in slots and accumulators.
    pub name: String,
    /// What it looks at.
    pub base: Base,
    /// Who pays a plain rate.
    pub fund: String,
    /// How often the deductible is due.
    pub deductible_per: Per,
    /// What a position in the bands counts.
    pub measure: Measure,
    /// How often the bands start at zero.
    pub bands_per: Per,
    /// Where the fen are rounded.
    pub rounding: Rounding,
    /// Who takes part.
    pub when: When,
    /// For a rest over the year: whose `self_paid` counts.
    pub feeds: Vec<String>,
}

/// What a tier looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// The in-scope amount of the bill.
    InScope,
    /// What the named tier could not pay because of its cap.
    OverCap(String),
    /// What the named tier applied its bands to.
    AboveDeductible(String),
    /// What the insured still bears within scope.
    Rest,
}

/// How often something starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// There is none.
    Never,
    /// Once a year.
    Year,
    /// Every visit (every cycle of a long stay).
    Visit,
}

/// What a position in the bands counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// All base seen.
    WithDeductible,
    /// Base seen without the deductible met.
    AboveDeductible,
    /// What has been paid.
    Paid,
}

/// Where the fen are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// The tier's total, once.
    Total,
    /// Each fund's total.
    EachFund,
    /// Running totals over the funds, the tier's own first.
    InOrder,
}

/// Which level a value comes from; a later one is more local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The nation.
    Nation,
    /// The province.
    Province,
    /// The area.
    Area,
    /// A temporary policy above all levels.
    Overlay,
}

/// One row of law.
#[derive(Debug, Clone)]
pub struct Value {
    /// The band it belongs to, from 1.
    pub band: Option<usize>,
    /// What it sets.
    pub setting: Setting,
    /// For whom and when in a case.
    pub when: When,
    /// The first day it holds.
    pub from: Day,
    /// The first day it no longer holds.
    pub until: Option<Day>,
    /// Whose value it is.
    pub origin: Origin,
}

/// What a value sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Fen.
    Money(i64),
    /// A cap that does not exist.
    NoLimit,
    /// A cap as a multiple of an index, in ten-thousandths.
    Indexed(String, i64),
    /// Ten-thousandths.
    Ratio(i64),
    /// Ten-thousandths a fund.
    Split(Vec<(String, i64)>),
    /// A number of months, years or days.
    Count(i64),
    /// A list of words.
    Words(Vec<String>),
}

/// All tests must hold; no test restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When(pub Vec<(String, Test)>);

/// What one fact of a case must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// One of these words.
    AnyOf(Vec<String>),
    /// From the first number until before the second.
    Range(Option<i64>, Option<i64>),
    /// Exactly this.
    Is(bool),
}

/// A yearly figure of the area.
#[derive(Debug, Clone)]
pub struct Index {
    /// `mean_wage`, …
    pub name: String,
    /// How many years back the figure of a year is taken from.
    pub lag: i32,
    /// Year and fen.
    pub years: Vec<(i32, i64)>,
}
