//! When a value holds: a conjunction over the facts of a case, as masks and ranges.
//!
//! Conditions are compared as sets: `a` *implies* `b` when every case that meets `a` meets `b`. The most
//! specific of the rows that hold decides (decision 0006); two that overlap without one implying
//! the other are a conflict unless a third settles their overlap.

use crate::facts::{Facts, Told};
use crate::words::{Filing, Kind, Level, Portion, Region, Status};

/// Whole numbers from `from` to before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Bounds {
    pub(crate) from: u16,
    pub(crate) until: u16,
}

impl Bounds {
    pub(crate) const ALL: Self = Self { from: 0, until: u16::MAX };

    fn admits(self, value: Option<u16>) -> bool {
        self == Self::ALL || value.is_some_and(|value| self.from <= value && value < self.until)
    }

    fn within(self, other: Self) -> bool {
        other.from <= self.from && self.until <= other.until
    }

    fn meet(self, other: Self) -> Option<Self> {
        let (from, until) = (self.from.max(other.from), self.until.min(other.until));
        (from < until).then_some(Self { from, until })
    }
}

/// A compiled condition. Masks have a bit for every admitted word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Condition {
    pub(crate) kinds: u16,
    pub(crate) levels: u16,
    /// Bit 0: not a community institution; bit 1: one.
    pub(crate) community: u16,
    pub(crate) statuses: u16,
    pub(crate) special: u64,
    pub(crate) programmes: u64,
    pub(crate) filings: u16,
    pub(crate) regions: u16,
    /// Bit 0 unknown, 1 no, 2 yes.
    pub(crate) selected: u16,
    pub(crate) referred: u16,
    pub(crate) portions: u16,
    /// Any of these; 0 does not restrict.
    pub(crate) supplements: u32,
    pub(crate) age: Bounds,
    pub(crate) admission: Bounds,
    pub(crate) cover_months: Bounds,
}

const ALL: u16 = u16::MAX;

impl Condition {
    /// Holds always.
    pub(crate) const ALWAYS: Self = Self {
        kinds: ALL,
        levels: ALL,
        community: ALL,
        statuses: ALL,
        special: u64::MAX,
        programmes: u64::MAX,
        filings: ALL,
        regions: ALL,
        selected: ALL,
        referred: ALL,
        portions: ALL,
        supplements: 0,
        age: Bounds::ALL,
        admission: Bounds::ALL,
        cover_months: Bounds::ALL,
    };

    /// Whether the case meets the condition.
    #[inline]
    pub(crate) fn holds(&self, facts: &Facts) -> bool {
        self.kinds & facts.kind.bit() != 0
            && self.levels & facts.level.bit() != 0
            && self.community & (1 << u16::from(facts.community)) != 0
            && self.statuses & facts.status.bit() != 0
            && self.special & (1 << facts.special) != 0
            && self.programmes & (1 << facts.programme) != 0
            && self.filings & facts.filing.bit() != 0
            && self.regions & facts.region.bit() != 0
            && self.selected & told_bit(facts.selected) != 0
            && self.referred & told_bit(facts.referred) != 0
            && self.portions & facts.portion.bit() != 0
            && (self.supplements == 0 || self.supplements & facts.supplements != 0)
            && self.age.admits(facts.age)
            && self.admission.admits(Some(facts.admission))
            && self.cover_months.admits(facts.cover_months)
    }

    /// Whether every case that meets this one meets the other.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        let masks = [
            (self.kinds, other.kinds),
            (self.levels, other.levels),
            (self.community, other.community),
            (self.statuses, other.statuses),
            (self.filings, other.filings),
            (self.regions, other.regions),
            (self.selected, other.selected),
            (self.referred, other.referred),
            (self.portions, other.portions),
        ];
        masks.iter().all(|(own, theirs)| own & theirs == *own)
            && self.special & other.special == self.special
            && self.programmes & other.programmes == self.programmes
            && (other.supplements == 0
                || (self.supplements != 0 && self.supplements & other.supplements == self.supplements))
            && self.age.within(other.age)
            && self.admission.within(other.admission)
            && self.cover_months.within(other.cover_months)
    }

    /// The cases that meet both; `None` when there are none. Supplements are kept when either asks
    /// for them: a person may hold several, so the meeting of two demands is no single demand.
    pub(crate) fn meet(&self, other: &Self) -> Option<Self> {
        let supplements = match (self.supplements, other.supplements) {
            (0, any) | (any, 0) => any,
            (one, two) if one & two != 0 => one & two,
            (one, _) => one,
        };
        let met = Self {
            kinds: self.kinds & other.kinds,
            levels: self.levels & other.levels,
            community: self.community & other.community,
            statuses: self.statuses & other.statuses,
            special: self.special & other.special,
            programmes: self.programmes & other.programmes,
            filings: self.filings & other.filings,
            regions: self.regions & other.regions,
            selected: self.selected & other.selected,
            referred: self.referred & other.referred,
            portions: self.portions & other.portions,
            supplements,
            age: self.age.meet(other.age)?,
            admission: self.admission.meet(other.admission)?,
            cover_months: self.cover_months.meet(other.cover_months)?,
        };
        let masks = [
            met.kinds & mask(Kind::COUNT),
            met.levels & mask(Level::COUNT),
            met.community & 0b11,
            met.statuses & mask(Status::COUNT),
            met.filings & mask(Filing::COUNT),
            met.regions & mask(Region::COUNT),
            met.selected & 0b111,
            met.referred & 0b111,
            met.portions & mask(Portion::COUNT),
        ];
        (masks.iter().all(|&mask| mask != 0) && met.special != 0 && met.programmes != 0).then_some(met)
    }
}

pub(crate) const fn mask(count: usize) -> u16 {
    ((1_u32 << count) - 1) as u16
}

pub(crate) const fn told_bit(told: Told) -> u16 {
    match told {
        Told::Unknown => 1,
        Told::No => 2,
        Told::Yes => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(change: impl Fn(&mut Condition)) -> Condition {
        let mut condition = Condition::ALWAYS;
        change(&mut condition);
        condition
    }

    #[test]
    fn i9_the_more_specific_condition_implies_the_general_one() {
        let general = Condition::ALWAYS;
        let retired = of(|c| c.statuses = Status::Retired.bit());
        let old_retired = of(|c| {
            c.statuses = Status::Retired.bit();
            c.age = Bounds { from: 70, until: u16::MAX };
        });
        let community = of(|c| c.community = 0b10);
        assert!(old_retired.implies(&retired) && retired.implies(&general));
        assert!(!retired.implies(&old_retired));
        assert!(!retired.implies(&community) && !community.implies(&retired));
        assert_eq!(retired.meet(&old_retired), Some(old_retired));
        let young = of(|c| c.age = Bounds { from: 0, until: 70 });
        assert_eq!(old_retired.meet(&young), None);
        let with_unit = of(|c| c.supplements = 1);
        assert!(with_unit.implies(&general) && !general.implies(&with_unit));
    }
}
