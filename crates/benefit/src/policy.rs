//! Compiled law: flat tables of integers that the engine walks, and the table of parameters that the
//! trace points back to.

use crate::condition::Condition;
use crate::facts::Facts;
use crate::package::{LawDay, Measure, OverlayItem, Per, Programme, Rounding, Words};
use crate::ratio::Ratio;
use crate::words::{Fund, Status};
use model::{Day, Fen};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Most tiers a scheme may have.
pub(crate) const TIERS_MAX: usize = 12;
/// Most sub-caps a tier may have.
pub(crate) const SUBCAPS_MAX: usize = 4;
/// Most funds a rate may be split over.
pub(crate) const FUNDS_MAX: usize = 5;

/// One value in force where a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<T> {
    pub(crate) condition: Condition,
    pub(crate) value: T,
    /// Index into [`Policies::parameters`].
    pub(crate) parameter: u32,
}

/// The values of one slot on one day, the most specific first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot<T> {
    pub(crate) rows: Box<[Row<T>]>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { rows: Box::default() }
    }
}

impl<T> Slot<T> {
    /// The value for the case: the first row that holds is the most specific one.
    #[inline]
    pub(crate) fn choose(&self, facts: &Facts) -> Option<&Row<T>> {
        self.rows.iter().find(|row| row.condition.holds(facts))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A rate split over funds; the first part is the tier's own fund, whatever its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) parts: [(Fund, Ratio); FUNDS_MAX],
    pub(crate) len: u8,
}

impl Split {
    pub(crate) fn parts(&self) -> &[(Fund, Ratio)] {
        &self.parts[..usize::from(self.len)]
    }

    pub(crate) fn total(&self) -> Ratio {
        Ratio(self.parts().iter().map(|(_, ratio)| ratio.0).sum())
    }
}

/// A yearly or per-visit ceiling, resolved for the days of its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceiling {
    Unlimited,
    Sum(Fen),
    /// The index has no value for the year: known to exist, not known how high.
    Unknown,
}

/// A band of a tier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) upper: Slot<Fen>,
    pub(crate) rate: Slot<Split>,
}

/// A tier on the days of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tier {
    pub(crate) base: TierBase,
    pub(crate) fund: Fund,
    pub(crate) deductible_per: Option<Per>,
    pub(crate) bands_measure: Measure,
    pub(crate) bands_per: Per,
    pub(crate) rounding: Rounding,
    pub(crate) when: Condition,
    /// Tiers whose self-paid amounts make up the base seen before.
    pub(crate) feeds: Vec<u8>,
    pub(crate) deductible: Slot<Fen>,
    pub(crate) deductible_factors: Vec<Slot<Ratio>>,
    pub(crate) bands: Vec<Band>,
    pub(crate) points: Vec<Slot<Ratio>>,
    pub(crate) self_factors: Vec<Slot<Ratio>>,
    pub(crate) rate_factors: Vec<Slot<Ratio>>,
    pub(crate) cap: Slot<Ceiling>,
    pub(crate) visit_cap: Slot<Ceiling>,
    /// In the order of [`TierName::subcaps`].
    pub(crate) subcaps: Vec<Slot<Ceiling>>,
    pub(crate) growth_step: Slot<Fen>,
    pub(crate) growth_after_years: Slot<u16>,
    pub(crate) growth_max_share: Slot<Ratio>,
}

/// What a tier looks at, with tiers by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TierBase {
    InScope,
    OverCap(u8),
    AboveDeductible(u8),
    Rest,
}

/// The law of a scheme between two changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) from: Day,
    /// The first day of the next version; `None` for the last.
    pub(crate) until: Option<Day>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) first_share: Slot<Ratio>,
    pub(crate) waiting_months: Slot<u16>,
    /// A bit for every [`crate::words::Borne`].
    pub(crate) account_covers: Slot<u8>,
    pub(crate) cycle_days: Slot<u16>,
    pub(crate) upfront_class_b: Slot<Ratio>,
}

/// What is fixed about a tier over all versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TierName {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) subcaps: Vec<String>,
}

/// A sentence shown on results it touches.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) condition: Condition,
    pub(crate) tier: Option<u8>,
    pub(crate) from: Option<Day>,
    pub(crate) until: Option<Day>,
    pub(crate) not_computed: bool,
    pub(crate) contribution: bool,
}

impl Sentence {
    /// Whether it holds for a case on a day.
    pub(crate) fn touches(&self, facts: &Facts, day: Day) -> bool {
        let in_force = self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until);
        in_force && self.condition.holds(facts)
    }
}

/// A scheme of an area with all its versions.
#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    pub(crate) area: String,
    pub(crate) area_name: String,
    pub(crate) invented: bool,
    pub(crate) scheme: String,
    pub(crate) name: String,
    pub(crate) statuses: u16,
    /// Indices of special groups, the decisive one first.
    pub(crate) special_order: Vec<u8>,
    pub(crate) law_day: LawDay,
    pub(crate) programmes: Vec<Programme>,
    pub(crate) tiers: Vec<TierName>,
    pub(crate) chains: Vec<(Condition, Vec<u8>)>,
    pub(crate) unmodelled: Vec<Sentence>,
    pub(crate) versions: Vec<Version>,
    pub(crate) contribution: Vec<ContributionRow>,
}

/// A dated value of the contribution rules; these are few and need no compiling.
#[derive(Debug, Clone)]
pub(crate) struct ContributionRow {
    pub(crate) slot: &'static str,
    pub(crate) condition: Condition,
    pub(crate) money: Fen,
    pub(crate) ratio: Ratio,
    pub(crate) from: Day,
    pub(crate) until: Option<Day>,
    pub(crate) parameter: u32,
    /// Set for this area or its province: what the nation says for everyone makes no rules of a scheme's own.
    pub(crate) own: bool,
}

/// Where a value comes from, for the trace (I4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The slot, `outpatient.deductible`; bands count from 1: `pool.rate[2]`.
    pub slot: String,
    /// The value for people.
    pub value: String,
    /// Title and number of the document; that and why it is assumed, when it is.
    pub document: String,
    /// Article.
    pub article: String,
    /// Why it is assumed; empty when there is a document.
    pub assumed: String,
    /// Grade of the source.
    pub grade: String,
    /// First day.
    pub from: Day,
    /// First day it no longer holds.
    pub until: Option<Day>,
    /// The file that sets it, relative to the data folder.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// Where in the country it was decided.
    pub(crate) layer: crate::package::Layer,
}

impl Parameter {
    /// Since when, until when, by what grade of source.
    #[must_use]
    pub fn since(&self) -> String {
        let until = self.until.map_or_else(String::new, |until| format!("至 {until}（不含）"));
        let grade = if self.grade.is_empty() { String::new() } else { format!("，{} 级来源", self.grade) };
        format!("{} 起{until}{grade}", self.from)
    }

    /// `file:line`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Compiled law of every area and scheme.
#[derive(Debug, Clone)]
pub struct Policies {
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) by_name: FxHashMap<String, FxHashMap<String, u32>>,
    pub(crate) parameters: Vec<Arc<Parameter>>,
    pub(crate) words: Words,
    /// Areas known, code and name: for regions and messages.
    pub(crate) overlays: Vec<OverlayInForce>,
    pub(crate) hash: String,
}

/// Items that a temporary policy classes otherwise.
#[derive(Debug, Clone)]
pub(crate) struct OverlayInForce {
    pub(crate) title: String,
    pub(crate) areas: Vec<String>,
    pub(crate) schemes: Vec<String>,
    pub(crate) from: Day,
    pub(crate) until: Option<Day>,
    pub(crate) items: Vec<OverlayItem>,
}

impl Policies {
    /// The package hash that receipts carry (I10).
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The parameter behind a step of a trace.
    #[must_use]
    pub fn parameter(&self, id: u32) -> &Parameter {
        &self.parameters[id as usize]
    }

    /// Areas and schemes with the days they cover: (area, area name, scheme, scheme name, from, until).
    pub fn coverage(&self) -> impl Iterator<Item = Coverage<'_>> {
        self.schemes.iter().filter_map(|scheme| {
            let first = scheme.versions.first()?;
            let last = scheme.versions.last()?;
            Some(Coverage {
                area: &scheme.area,
                area_name: &scheme.area_name,
                invented: scheme.invented,
                scheme: &scheme.scheme,
                scheme_name: &scheme.name,
                from: first.from,
                until: last.until,
            })
        })
    }

    /// Whether a scheme of an area knows persons of this status.
    #[must_use]
    pub fn has_status(&self, area: &str, scheme: &str, status: Status) -> bool {
        let scheme = self.scheme_index(area, scheme).and_then(|index| self.schemes.get(index as usize));
        scheme.is_some_and(|scheme| scheme.statuses & status.bit() != 0)
    }

    pub(crate) fn scheme_index(&self, area: &str, scheme: &str) -> Option<u32> {
        self.by_name.get(area)?.get(scheme).copied()
    }

    /// The class a temporary policy gives an item on a day, with the policy's title.
    #[must_use]
    pub fn overlay_class(&self, area: &str, scheme: &str, item: &str, on: Day) -> Option<(char, &str)> {
        self.overlays
            .iter()
            .filter(|overlay| overlay.from <= on && overlay.until.is_none_or(|until| on < until))
            .filter(|overlay| overlay.areas.is_empty() || overlay.areas.iter().any(|code| code == area))
            .filter(|overlay| overlay.schemes.is_empty() || overlay.schemes.iter().any(|name| name == scheme))
            .find_map(|overlay| {
                let listed = overlay.items.iter().find(|listed| listed.item == item)?;
                Some((listed.class, overlay.title.as_str()))
            })
    }
}

/// A scheme that the packages cover.
#[derive(Debug, Clone, Copy)]
pub struct Coverage<'a> {
    /// Code of the pooling area.
    pub area: &'a str,
    /// Its name.
    pub area_name: &'a str,
    /// Whether the area is invented.
    pub invented: bool,
    /// The scheme as cases name it.
    pub scheme: &'a str,
    /// Its name.
    pub scheme_name: &'a str,
    /// First day.
    pub from: Day,
    /// First day no longer covered.
    pub until: Option<Day>,
}

impl Scheme {
    pub(crate) fn version_on(&self, day: Day) -> Option<u16> {
        let after = self.versions.partition_point(|version| version.from <= day);
        let index = after.checked_sub(1)?;
        let version = self.versions.get(index)?;
        version.until.is_none_or(|until| day < until).then_some(index as u16)
    }

    pub(crate) fn tier_index(&self, name: &str) -> Option<u8> {
        self.tiers.iter().position(|tier| tier.name == name).map(|index| index as u8)
    }
}
