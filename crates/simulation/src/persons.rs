//! Winners and losers: what a year under the other law means to each insured person.

use crate::group::{AgeBand, Income};
use std::cmp::Reverse;

/// How many of the most affected are listed on each side.
pub const TOP: usize = 20;

/// Upper bounds, in fen, of the classes of change in personal burden; a class holds what is greater than the bound before
/// it and not greater than its own. The class of zero holds exactly zero; the last has no bound.
pub const BUCKETS: [i64; 12] =
    [-1_000_000, -500_000, -100_000, -50_000, -10_000, -1, 0, 10_000, 50_000, 100_000, 500_000, 1_000_000];

/// A person among the most affected. No number, no name: only what an effect is judged by (I12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affected {
    /// Change in what the person pays, fen; negative is a gain.
    pub change: i64,
    /// Keeps the order the same from run to run; says nothing outside the run.
    pub(crate) person: u32,
    /// Age at the last visit.
    pub age: AgeBand,
    /// Income status.
    pub income: Income,
    /// Settlements of the year.
    pub settlements: u64,
    /// What the person pays under the law in force, fen.
    pub before: i64,
    /// What the person pays under the reform, fen.
    pub after: i64,
}

/// Winners and losers of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PersonGroup {
    /// Persons with at least one settlement.
    pub persons: u64,
    /// Who pays less.
    pub winners: u64,
    /// Who pays more.
    pub losers: u64,
    /// What winners save together, fen; not negative.
    pub gain: i64,
    /// What losers pay more together, fen; not negative.
    pub loss: i64,
}

/// Winners and losers of the whole area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonSums {
    /// Everybody.
    pub all: PersonGroup,
    /// How many fall in each class of [`BUCKETS`]; the last is what lies above.
    pub classes: [u64; BUCKETS.len() + 1],
    /// Who gains most, the greatest first.
    pub winners: Vec<Affected>,
    /// Who loses most, the greatest first.
    pub losers: Vec<Affected>,
}

impl PersonGroup {
    pub(crate) fn add(&mut self, change: i64) {
        self.persons += 1;
        if change < 0 {
            self.winners += 1;
            self.gain -= change;
        } else if change > 0 {
            self.losers += 1;
            self.loss += change;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.persons += other.persons;
        self.winners += other.winners;
        self.losers += other.losers;
        self.gain += other.gain;
        self.loss += other.loss;
    }
}

impl PersonSums {
    pub(crate) fn add(&mut self, person: Affected) {
        self.all.add(person.change);
        let class = BUCKETS.partition_point(|bound| *bound < person.change);
        if let Some(count) = self.classes.get_mut(class) {
            *count += 1;
        }
        if person.change < 0 {
            self.winners.push(person);
        } else if person.change > 0 {
            self.losers.push(person);
        }
        // Sorting at every person would cost more than the replay.
        if self.winners.len() > TOP * 64 || self.losers.len() > TOP * 64 {
            self.cut();
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.all.merge(&other.all);
        self.classes.iter_mut().zip(other.classes).for_each(|(mine, theirs)| *mine += theirs);
        self.winners.extend(other.winners);
        self.losers.extend(other.losers);
        self.cut();
    }

    /// Keeps the most affected. Of equals the person who stands first in the data, so that threads do not matter (I8).
    pub(crate) fn cut(&mut self) {
        self.winners.sort_unstable_by_key(|one| (one.change, one.person));
        self.losers.sort_unstable_by_key(|one| (Reverse(one.change), one.person));
        self.winners.truncate(TOP);
        self.losers.truncate(TOP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(change: i64, person: u32) -> Affected {
        let (age, income) = (AgeBand::Old, Income::General);
        Affected { change, person, age, income, settlements: 1, before: 0, after: change }
    }

    #[test]
    fn everybody_falls_in_one_class_and_sums_agree() {
        let mut sums = PersonSums::default();
        let changes = [-2_000_000, -1_000_000, -1, 0, 0, 1, 10_000, 10_001, 1_000_001];
        changes.iter().zip(0..).for_each(|(&change, person)| sums.add(affected(change, person)));
        assert_eq!(sums.classes, [2, 0, 0, 0, 0, 1, 2, 2, 1, 0, 0, 0, 1]);
        assert_eq!(sums.classes.iter().sum::<u64>(), sums.all.persons);
        assert_eq!((sums.all.winners, sums.all.losers), (3, 4));
        assert_eq!(sums.all.loss - sums.all.gain, changes.iter().sum::<i64>());
    }

    #[test]
    fn i8_the_most_affected_do_not_depend_on_the_order() {
        let mut forward = PersonSums::default();
        let mut backward = PersonSums::default();
        (0..5_000).for_each(|n| forward.add(affected(-i64::from(n % 97), n)));
        (0..5_000).rev().for_each(|n| backward.add(affected(-i64::from(n % 97), n)));
        forward.cut();
        backward.cut();
        assert_eq!(forward.winners, backward.winners);
        assert_eq!(forward.winners.len(), TOP);
    }
}
