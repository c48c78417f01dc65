//! What a reform does, added up: one settlement at a time, so that every table has the same total.

use crate::group::GroupKey;
use crate::national::Assumption;
use crate::persons::{PersonGroup, PersonSums};
use benefit::{Fund, Outcome};
use std::collections::BTreeMap;

/// Sums of settlements that both laws cover. Money in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Settlements.
    pub settlements: u64,
    /// Of them, those in which any fund pays another amount.
    pub changed: u64,
    /// Cost of the bills.
    pub total: i64,
    /// Of it, within scope as the bills had it.
    pub in_scope: i64,
    /// Paid by funds under the law in force.
    pub before: i64,
    /// Paid by funds under the reform.
    pub after: i64,
}

/// What one fund pays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FundSums {
    /// Under the law in force, fen.
    pub before: i64,
    /// Under the reform, fen.
    pub after: i64,
}

/// What one institution's patients are paid for.
pub type InstitutionSums = Sums;

/// What the data say was paid, beside what the law in force gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Settlements whose data name the fund payment.
    pub settlements: u64,
    /// Of them, those computed to the fen.
    pub equal: u64,
    /// What they name, fen.
    pub recorded: i64,
    /// What the law in force gives for the same, fen.
    pub computed: i64,
}

/// Everything a replay found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// All settlements that both laws cover.
    pub total: Sums,
    /// By fund, in the order of [`Fund::ALL`].
    pub funds: [FundSums; Fund::COUNT],
    /// By scheme, kind, level, age, income status.
    pub groups: BTreeMap<GroupKey, Sums>,
    /// Winners and losers by the person's groups: those of age and income.
    pub person_groups: BTreeMap<GroupKey, PersonGroup>,
    /// By month of settlement, `yyyyMM`.
    pub months: BTreeMap<u32, Sums>,
    /// By index of the institution; `u32::MAX` for those the register lacks.
    pub institutions: BTreeMap<u32, InstitutionSums>,
    /// Winners and losers.
    pub persons: PersonSums,
    /// The data beside the baseline.
    pub recorded: Recorded,
    /// Settlements that could not be replayed, by reason.
    pub not_replayed: BTreeMap<String, u64>,
    /// Settlements in which the baseline, compiled and settled a second time, came out otherwise: must be none.
    pub unstable: u64,
    pub(crate) assumptions: BTreeMap<Assumption, u64>,
}

/// One settlement under both laws.
pub(crate) struct Pair<'o> {
    pub(crate) in_scope: i64,
    pub(crate) before: &'o Outcome,
    pub(crate) after: &'o Outcome,
}

impl Sums {
    /// Change in what funds pay, fen.
    #[must_use]
    pub const fn change(&self) -> i64 {
        self.after - self.before
    }

    /// What the insured pay under the law in force, fen.
    #[must_use]
    pub const fn personal_before(&self) -> i64 {
        self.total - self.before
    }

    /// What the insured pay under the reform, fen.
    #[must_use]
    pub const fn personal_after(&self) -> i64 {
        self.total - self.after
    }

    fn add(&mut self, pair: &Pair<'_>) {
        self.settlements += 1;
        self.changed += u64::from(pair.before.funds != pair.after.funds);
        self.total += pair.before.amounts.total;
        self.in_scope += pair.in_scope;
        self.before += pair.before.fund_total;
        self.after += pair.after.fund_total;
    }

    fn merge(&mut self, other: &Self) {
        self.settlements += other.settlements;
        self.changed += other.changed;
        self.total += other.total;
        self.in_scope += other.in_scope;
        self.before += other.before;
        self.after += other.after;
    }
}

impl Effects {
    pub(crate) fn add(&mut self, pair: &Pair<'_>, groups: &[GroupKey], month: u32, institution: u32) {
        self.total.add(pair);
        for ((sums, before), after) in self.funds.iter_mut().zip(pair.before.funds).zip(pair.after.funds) {
            sums.before += before;
            sums.after += after;
        }
        for group in groups {
            self.groups.entry(*group).or_default().add(pair);
        }
        self.months.entry(month).or_default().add(pair);
        self.institutions.entry(institution).or_default().add(pair);
    }

    pub(crate) fn assume(&mut self, assumption: Assumption) {
        *self.assumptions.entry(assumption).or_default() += 1;
    }

    /// What was assumed, a sentence each, and in how many settlements.
    pub fn assumptions(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.assumptions.iter().map(|(assumption, count)| (assumption.sentence(), *count))
    }

    /// Adds another worker's effects.
    pub fn merge(&mut self, other: Self) {
        self.total.merge(&other.total);
        for (mine, theirs) in self.funds.iter_mut().zip(other.funds) {
            mine.before += theirs.before;
            mine.after += theirs.after;
        }
        other.groups.iter().for_each(|(key, sums)| self.groups.entry(*key).or_default().merge(sums));
        other.months.iter().for_each(|(key, sums)| self.months.entry(*key).or_default().merge(sums));
        other.institutions.iter().for_each(|(key, sums)| self.institutions.entry(*key).or_default().merge(sums));
        other.person_groups.iter().for_each(|(key, sums)| self.person_groups.entry(*key).or_default().merge(sums));
        self.persons.merge(other.persons);
        self.recorded.settlements += other.recorded.settlements;
        self.recorded.equal += other.recorded.equal;
        self.recorded.recorded += other.recorded.recorded;
        self.recorded.computed += other.recorded.computed;
        self.unstable += other.unstable;
        other.not_replayed.into_iter().for_each(|(key, count)| *self.not_replayed.entry(key).or_default() += count);
        other.assumptions.into_iter().for_each(|(key, count)| *self.assumptions.entry(key).or_default() += count);
    }

    /// I3: every table adds up to the total, or the name of the one that does not.
    pub fn check_sums(&self) -> Result<(), &'static str> {
        let all = |sums: &mut dyn Iterator<Item = &Sums>| {
            sums.fold(Sums::default(), |mut sum, one| {
                sum.merge(one);
                sum
            })
        };
        let funds = self.funds.iter().fold((0, 0), |(before, after), one| (before + one.before, after + one.after));
        if funds != (self.total.before, self.total.after) {
            return Err("基金");
        }
        for dimension in crate::Dimension::ALL {
            let mut of = self.groups.iter().filter(|(key, _)| key.dimension == dimension).map(|(_, sums)| sums);
            if all(&mut of) != self.total {
                return Err(dimension.label());
            }
        }
        if all(&mut self.months.values()) != self.total {
            return Err("月份");
        }
        if all(&mut self.institutions.values()) != self.total {
            return Err("机构");
        }
        let persons = &self.persons.all;
        if persons.gain - persons.loss != self.total.change() {
            return Err("人员");
        }
        if self.persons.classes.iter().sum::<u64>() != persons.persons {
            return Err("人员分布");
        }
        Ok(())
    }
}
