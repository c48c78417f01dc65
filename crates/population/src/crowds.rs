//! Which crowds came together again, beyond what chance gives?
//!
//! In a large hospital any two weeks have patients in common: the more a place sees, and the more of its patients come
//! back after so many days, the more. So a pair of windows (a place and a few days, then a place and a few days) is
//! compared with what its two places let one expect: all returns from the one to the other after about as long an
//! interval, spread evenly over the year, are Poisson in such a pair of windows. A crowd counts when as many or more
//! would come by chance, in all pairs of windows that were looked at together, less than `max_chance` times (Bonferroni).
//!
//! The number that is needed thus grows with the city by itself; no rule has to be told how large a hospital is.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::statistics::poisson_tail;

/// Slots of a window: what lies less than a window apart shares one of its stretches of `SLOTS + 1` slots.
const SLOTS: i64 = 3;
/// Slots before and after an interval in which returns are as likely: the interval itself is too few to tell.
const ABOUT: i64 = 7;

/// Somebody somewhere. `unit` is who counts as one: a person, or a household.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub row: usize,
    pub place: u32,
    pub at: i64,
    pub person: u32,
    pub unit: u32,
}

/// When a crowd counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CrowdLimits {
    /// Two are together when so many seconds apart or less.
    pub window_seconds: i64,
    /// Units of a crowd.
    pub min_group: usize,
    /// Crowds that chance may give, of all that were looked at.
    pub max_chance: f64,
}

/// A place and the first slot of a stretch.
type Window = (u32, i64);

/// A person's way from one place to the next: rows, places, slots.
#[derive(Clone, Copy)]
struct Return {
    rows: (usize, usize),
    places: (u32, u32),
    slots: (i64, i64),
    unit: u32,
}

/// The rows of crowds that came together again, more than chance gives.
pub(crate) fn recurring(seen: &[Seen], limits: CrowdLimits) -> FxHashSet<usize> {
    let returns = returns(seen, (limits.window_seconds / SLOTS).max(1));
    let slots = returns.iter().flat_map(|r| [r.slots.0, r.slots.1]);
    let (Some(first), Some(last)) = (slots.clone().min(), slots.max()) else { return FxHashSet::default() };
    let days = (last - first + 1) as f64;
    let usual = Usual::of(&returns);
    // Every pair of windows of every pair of places that share a patient.
    let compared = usual.places() as f64 * days * days / 2.0;
    let stretch = (SLOTS + 1) as f64;
    let counts = together(&returns, limits.min_group);
    let found: FxHashSet<(Window, Window)> = counts
        .into_iter()
        .filter(|((from, to), units)| {
            let interval = to.1 - from.1;
            let alike = usual.about((from.0, to.0), interval) as f64;
            // Days on which such an interval can begin, and intervals that are about as long.
            let beginnings = (days - interval as f64).max(1.0);
            let expected = alike * stretch * stretch / beginnings / (2 * ABOUT + 1) as f64;
            poisson_tail(*units, expected) * compared < limits.max_chance
        })
        .map(|(windows, _)| windows)
        .collect();
    let caught = returns.iter().filter(|r| pairs_of_windows(r).any(|windows| found.contains(&windows)));
    caught.flat_map(|r| [r.rows.0, r.rows.1]).collect()
}

/// All ways of each person from an earlier event to a later one that no window holds together.
fn returns(seen: &[Seen], slot: i64) -> Vec<Return> {
    let mut persons: BTreeMap<u32, Vec<Seen>> = BTreeMap::new();
    for event in seen {
        persons.entry(event.person).or_default().push(*event);
    }
    let mut returns = Vec::new();
    for events in persons.values_mut() {
        events.sort_by_key(|event| (event.at, event.place, event.row));
        for (n, from) in events.iter().enumerate() {
            for to in events.iter().skip(n + 1) {
                let slots = (from.at.div_euclid(slot), to.at.div_euclid(slot));
                if slots.1 - slots.0 > SLOTS {
                    let (rows, places) = ((from.row, to.row), (from.place, to.place));
                    returns.push(Return { rows, places, slots, unit: from.unit });
                }
            }
        }
    }
    returns
}

/// The pairs of windows that a return lies in.
fn pairs_of_windows(r: &Return) -> impl Iterator<Item = (Window, Window)> {
    let (places, slots) = (r.places, r.slots);
    let pairs = (0..=SLOTS).flat_map(move |a| (0..=SLOTS).map(move |b| (slots.0 - a, slots.1 - b)));
    // Windows that overlap would count one meeting as two.
    pairs.filter(|(from, to)| to - from > SLOTS).map(move |(from, to)| ((places.0, from), (places.1, to)))
}

/// How many units each pair of windows has in common, where there are at least so many.
fn together(returns: &[Return], least: usize) -> Vec<((Window, Window), usize)> {
    let mut all: Vec<((Window, Window), u32)> =
        returns.iter().flat_map(|r| pairs_of_windows(r).map(|windows| (windows, r.unit))).collect();
    all.sort_unstable();
    all.dedup();
    let runs = all.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() >= least.max(2));
    runs.filter_map(|run| Some((run.first()?.0, run.len()))).collect()
}

/// How often persons go from a place to a place after an interval.
struct Usual {
    after: FxHashMap<(u32, u32), BTreeMap<i64, u64>>,
}

impl Usual {
    fn of(returns: &[Return]) -> Self {
        let mut after: FxHashMap<(u32, u32), BTreeMap<i64, u64>> = FxHashMap::default();
        for r in returns {
            *after.entry(r.places).or_default().entry(r.slots.1 - r.slots.0).or_default() += 1;
        }
        Self { after }
    }

    /// Returns between the places after about that interval.
    fn about(&self, places: (u32, u32), interval: i64) -> u64 {
        let near = interval - ABOUT..=interval + ABOUT;
        self.after.get(&places).map_or(0, |after| after.range(near).map(|(_, times)| times).sum())
    }

    /// Pairs of places that have any.
    fn places(&self) -> usize {
        self.after.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const LIMITS: CrowdLimits = CrowdLimits { window_seconds: 3 * DAY, min_group: 5, max_chance: 0.01 };

    /// (person, place, day)
    fn seen(events: &[(u32, u32, i64)]) -> Vec<Seen> {
        let event = |(row, &(person, place, day)): (usize, &(u32, u32, i64))| Seen {
            row,
            place,
            at: day * DAY,
            person,
            unit: person,
        };
        events.iter().enumerate().map(event).collect()
    }

    /// A hospital's year: so many persons, each twice, at days of their own.
    fn ordinary(persons: u32, place: u32) -> Vec<(u32, u32, i64)> {
        let mut state = 12_345_u64;
        let mut day = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % 365
        };
        (0..persons).flat_map(|n| [(1_000 + n, place, day()), (1_000 + n, place, day())]).collect()
    }

    /// So many together at a place on day 50 and again at another on day 120.
    fn gang(size: u32, places: (u32, u32)) -> Vec<(u32, u32, i64)> {
        (0..size).flat_map(|n| [(n, places.0, 50 + i64::from(n % 3)), (n, places.1, 120 + i64::from(n % 3))]).collect()
    }

    #[test]
    fn a_large_hospital_brings_nobody_together_on_its_own() {
        assert!(recurring(&seen(&ordinary(200, 1)), LIMITS).is_empty());
        assert!(recurring(&seen(&ordinary(8_000, 1)), LIMITS).is_empty());
    }

    #[test]
    fn the_same_six_are_a_crowd_in_a_small_hospital_and_drown_in_a_large_one() {
        let found = |persons: u32, size: u32| {
            let events: Vec<_> = gang(size, (1, 1)).into_iter().chain(ordinary(persons, 1)).collect();
            let found = recurring(&seen(&events), LIMITS);
            (0..2 * size as usize).filter(|row| found.contains(row)).count()
        };
        assert_eq!(found(100, 6), 12);
        assert_eq!(found(8_000, 6), 0);
        assert_eq!(found(8_000, 30), 60, "so many do not drown");
    }

    #[test]
    fn they_are_found_over_two_hospitals_whatever_else_these_see() {
        let events: Vec<_> = gang(6, (1, 2)).into_iter().chain(ordinary(5_000, 1)).chain(ordinary(5_000, 2)).collect();
        // Persons of the second hospital are others.
        let events: Vec<_> =
            events.iter().map(|&(n, p, d)| (if n >= 1_000 { n + p * 10_000 } else { n }, p, d)).collect();
        assert_eq!(recurring(&seen(&events), LIMITS).len(), 12);
    }

    #[test]
    fn once_is_chance_and_a_household_is_one() {
        let once: Vec<_> = gang(20, (1, 1)).into_iter().filter(|event| event.2 < 100).collect();
        assert!(recurring(&seen(&once), LIMITS).is_empty());
        let year: Vec<_> = gang(6, (1, 2)).into_iter().chain([(90, 3, 0), (90, 4, 364)]).collect();
        let mut household = seen(&year);
        assert_eq!(recurring(&household, LIMITS).len(), 12);
        household.iter_mut().for_each(|event| event.unit = event.person / 3);
        assert!(recurring(&household, LIMITS).is_empty(), "two households are no crowd");
    }
}
