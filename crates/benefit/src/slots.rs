//! The slots of the policy language: what can be given a value, and in which unit (decision 0006).

use crate::words::Status;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Yuan, as text with at most two decimals
    Money,
    /// A ratio 0..1, as text
    Ratio,
    /// A ratio that may be negative
    Points,
    /// A ratio, or a table fund → ratio
    Split,
    /// Yuan, `"none"`, or an index times a factor
    Cap,
    /// A whole number
    Count,
    /// A list of words
    Words,
}

impl Unit {
    /// The unit as `slots.toml` writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Ratio => "ratio",
            Self::Points => "points",
            Self::Split => "split",
            Self::Cap => "cap",
            Self::Count => "count",
            Self::Words => "words",
        }
    }
}

/// One slot of the language. `<name>` stands for a name of the author's choice.
pub(crate) struct SlotInfo {
    /// `deductible`, `points.<name>`, `contribution.rate.employee` …
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) place: Place,
}

/// Where a slot belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Of a tier: written `<tier>.<slot>`.
    Tier,
    /// Of the scheme.
    Scheme,
    /// Of the contribution rules.
    Contribution,
}

const fn slot(place: Place, name: &'static str, unit: Unit) -> SlotInfo {
    SlotInfo { name, unit, place }
}

/// Every slot there is.
pub(crate) static SLOTS: &[SlotInfo] = &[
    slot(Place::Tier, "deductible", Unit::Money),
    slot(Place::Tier, "deductible_factor.<name>", Unit::Ratio),
    slot(Place::Tier, "band_upper", Unit::Money),
    slot(Place::Tier, "rate", Unit::Split),
    slot(Place::Tier, "points.<name>", Unit::Points),
    slot(Place::Tier, "self_factor.<name>", Unit::Ratio),
    slot(Place::Tier, "rate_factor.<name>", Unit::Ratio),
    slot(Place::Tier, "cap", Unit::Cap),
    slot(Place::Tier, "visit_cap", Unit::Cap),
    slot(Place::Tier, "subcap.<name>", Unit::Cap),
    slot(Place::Tier, "cap_growth.step", Unit::Money),
    slot(Place::Tier, "cap_growth.after_years", Unit::Count),
    slot(Place::Tier, "cap_growth.max_share", Unit::Ratio),
    slot(Place::Scheme, "first_share", Unit::Ratio),
    slot(Place::Scheme, "waiting_months", Unit::Count),
    slot(Place::Scheme, "account_covers", Unit::Words),
    slot(Place::Scheme, "cycle_days", Unit::Count),
    slot(Place::Scheme, "upfront.class_b", Unit::Ratio),
    slot(Place::Contribution, "contribution.base_floor", Unit::Money),
    slot(Place::Contribution, "contribution.base_ceiling", Unit::Money),
    slot(Place::Contribution, "contribution.base_fixed", Unit::Money),
    slot(Place::Contribution, "contribution.rate.employee", Unit::Ratio),
    slot(Place::Contribution, "contribution.rate.employer", Unit::Ratio),
    slot(Place::Contribution, "contribution.rate.maternity_employer", Unit::Ratio),
    slot(Place::Contribution, "contribution.rate.flexible", Unit::Ratio),
    slot(Place::Contribution, "contribution.account_credit", Unit::Ratio),
    slot(Place::Contribution, "contribution.amount.individual", Unit::Money),
    slot(Place::Contribution, "contribution.amount.subsidy", Unit::Money),
    slot(Place::Contribution, "contribution.amount.monthly", Unit::Money),
];

/// A slot of one package: which tier, which slot, which name behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SlotKey {
    /// Empty for slots of the scheme and of contributions.
    pub(crate) tier: String,
    /// Index into [`SLOTS`].
    pub(crate) slot: usize,
    /// The author's name behind `points.` and the like.
    pub(crate) name: String,
}

impl SlotKey {
    /// Reads `outpatient.points.retired`, given the tiers there are.
    pub(crate) fn parse(text: &str, is_tier: impl Fn(&str) -> bool) -> Option<Self> {
        if let Some((tier, rest)) = text.split_once('.')
            && is_tier(tier)
            && let Some((slot, name)) = find(rest, |place| place == Place::Tier)
        {
            return Some(Self { tier: tier.to_owned(), slot, name });
        }
        let (slot, name) = find(text, |place| place != Place::Tier)?;
        Some(Self { tier: String::new(), slot, name })
    }

    pub(crate) fn info(&self) -> &'static SlotInfo {
        &SLOTS[self.slot]
    }
}

fn find(text: &str, wanted: impl Fn(Place) -> bool) -> Option<(usize, String)> {
    SLOTS.iter().enumerate().filter(|(_, info)| wanted(info.place)).find_map(|(index, info)| {
        match info.name.strip_suffix("<name>") {
            None => (info.name == text).then(|| (index, String::new())),
            Some(prefix) => {
                let name = text.strip_prefix(prefix)?;
                let fine =
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
                fine.then(|| (index, name.to_owned()))
            }
        }
    })
}

/// The index of a slot by the name it has in [`SLOTS`].
pub(crate) fn index_of(name: &str) -> Option<usize> {
    SLOTS.iter().position(|info| info.name == name)
}

/// All statuses as a mask.
pub(crate) const ALL_STATUSES: u16 = crate::condition::mask(Status::COUNT);
