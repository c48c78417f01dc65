//! Are persons seen together again and again?
//!
//! Columns: `fixmedins_code`, `at`, `psn_no`, `mdtrt_id`, `family_no`, `amount_fen`. Two persons are together when the
//! same place sees both within the window; a pair is counted anew only after the window has passed. Households up to
//! `household_max` are left out, and so is what chance explains: by pairs (`min_lift`), and by crowds that came together
//! again (`max_chance`, see `crowds`). Persons that belong together form a graph; its
//! dense communities are the groups. Every visit at which a member was there with another is a finding.
//!
//! A care home or a dialysis shift is together, too: at one place, with bills of their own. So a group must be seen at
//! several places (`min_places`), or its bills must be alike (`max_variation_percent`).

use std::collections::{BTreeMap, BTreeSet};

use audit::GroupLimits;
use rustc_hash::FxHashMap;

use crate::crowds::{CrowdLimits, Seen, recurring};
use crate::evidence::Figures;
use crate::graph::Graph;
use crate::peers::number;
use crate::rows::{Rows, Value};
use crate::statistics::variation;

/// Members named in a sentence.
const NAMED: usize = 8;

struct Event<'a> {
    row: usize,
    place: &'a str,
    at: i64,
    person: u32,
    amount: i64,
}

#[derive(Default)]
struct Pair<'a> {
    times: u32,
    counted_at: Option<i64>,
    places: BTreeSet<&'a str>,
}

struct Crowd<'a> {
    events: Vec<Event<'a>>,
    persons: Vec<&'a str>,
    visits: Vec<u32>,
    families: Vec<&'a str>,
}

/// The visits of groups, with the figures of their group.
pub(crate) fn together(rows: &Rows, limits: &GroupLimits) -> Vec<(usize, Figures)> {
    let crowd = Crowd::of(rows).beyond_chance(limits);
    let pairs = crowd.pairs(limits);
    let mut graph = Graph::new(crowd.persons.len());
    for (&(a, b), pair) in &pairs {
        graph.connect(a, b, pair.times);
    }
    let members = usize::try_from(limits.min_group).unwrap_or(usize::MAX).max(2);
    // A group of n with density d has members with about d (n − 1) neighbours: what has fewer cannot be one.
    let least = ((members - 1) * usize::try_from(limits.min_density_percent).unwrap_or(100)).div_ceil(100);
    let mut found = Vec::new();
    for part in graph.parts(&graph.core(least.max(1))) {
        // A part that is dense as a whole is the group; only a loose one is cut into communities.
        let whole = dense(&graph, &part, limits);
        for group in if whole { vec![part] } else { graph.communities(&part) } {
            if group.len() >= members {
                crowd.judge(&group, &graph, &pairs, limits, &mut found);
            }
        }
    }
    found.sort_by_key(|(row, _)| *row);
    found
}

/// Whether enough pairs of the group belong together.
fn dense(graph: &Graph, group: &[u32], limits: &GroupLimits) -> bool {
    let possible = group.len() * group.len().saturating_sub(1) / 2;
    graph.within(group).0 * 100 >= possible * usize::try_from(limits.min_density_percent).unwrap_or(100)
}

impl<'a> Crowd<'a> {
    fn of(rows: &'a Rows) -> Self {
        // Numbers by name, so that nothing depends on the order of the rows (I8).
        let persons: BTreeSet<&str> = rows.iter().map(|row| row.text("psn_no")).collect();
        let number: BTreeMap<&str, u32> = persons.iter().enumerate().map(|(n, name)| (*name, n as u32)).collect();
        let mut crowd = Self {
            events: Vec::new(),
            visits: vec![0; persons.len()],
            families: vec![""; persons.len()],
            persons: persons.into_iter().collect(),
        };
        for (index, row) in rows.iter().enumerate() {
            let (Some(at), Some(&person)) = (row.stamp("at"), number.get(row.text("psn_no"))) else { continue };
            let (place, amount) = (row.text("fixmedins_code"), row.fen("amount_fen").0);
            crowd.events.push(Event { row: index, place, at: at.0, person, amount });
            if let Some(visits) = crowd.visits.get_mut(person as usize) {
                *visits += 1;
            }
            if let Some(family) = crowd.families.get_mut(person as usize) {
                *family = row.text("family_no");
            }
        }
        crowd.events.sort_by(|a, b| (a.place, a.at, a.person, a.row).cmp(&(b.place, b.at, b.person, b.row)));
        crowd
    }

    /// Only the events of crowds that came together again, more often than chance gives.
    fn beyond_chance(mut self, limits: &GroupLimits) -> Self {
        let Some(max_chance) = limits.max_chance else { return self };
        let households = self.households(limits);
        let numbers = |names: BTreeSet<&'a str>| -> FxHashMap<&'a str, u32> {
            names.into_iter().enumerate().map(|(n, name)| (name, n as u32)).collect()
        };
        let places = numbers(self.events.iter().map(|event| event.place).collect());
        // A household is one, numbered after the persons.
        let families = numbers(households);
        let unit = |person: u32| {
            let family = self.families.get(person as usize).and_then(|family| families.get(family));
            family.map_or(person, |family| self.persons.len() as u32 + family)
        };
        let seen = self.events.iter().map(|event| {
            let place = places.get(event.place).copied().unwrap_or_default();
            Seen { row: event.row, place, at: event.at, person: event.person, unit: unit(event.person) }
        });
        let limits = CrowdLimits {
            window_seconds: limits.window_seconds,
            min_group: usize::try_from(limits.min_group).unwrap_or(usize::MAX),
            max_chance: number(max_chance),
        };
        let rows = recurring(&seen.collect::<Vec<_>>(), limits);
        self.events.retain(|event| rows.contains(&event.row));
        self
    }

    /// Households small enough to be one: their members are together anyway.
    fn households(&self, limits: &GroupLimits) -> BTreeSet<&'a str> {
        let mut sizes: BTreeMap<&str, i64> = BTreeMap::new();
        for family in self.families.iter().filter(|family| !family.is_empty()) {
            *sizes.entry(family).or_default() += 1;
        }
        sizes.into_iter().filter(|(_, size)| *size <= limits.household_max).map(|(family, _)| family).collect()
    }

    /// Everyone with whom the event shares place and window, later in the list.
    fn company(&self, index: usize, window: i64) -> impl Iterator<Item = &Event<'a>> {
        let event = self.events.get(index);
        let later = self.events.get(index + 1..).unwrap_or_default().iter();
        later.take_while(move |other| event.is_some_and(|e| e.place == other.place && other.at - e.at <= window))
    }

    /// Shows every meeting of two persons that are not of one household, in order of time.
    fn meetings(&self, limits: &GroupLimits, mut each: impl FnMut((u32, u32), &Event<'a>)) {
        let households = self.households(limits);
        let family = |person: u32| self.families.get(person as usize).copied().unwrap_or_default();
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        order.sort_by_key(|&index| self.events.get(index).map(|event| event.at));
        for index in order {
            let Some(event) = self.events.get(index) else { continue };
            for other in self.company(index, limits.window_seconds).filter(|other| other.person != event.person) {
                if family(event.person) == family(other.person) && households.contains(family(event.person)) {
                    continue;
                }
                each((event.person.min(other.person), event.person.max(other.person)), event);
            }
        }
    }

    /// Pairs that belong together. Most pairs meet once: only those that meet often enough are kept with their places.
    fn pairs(&self, limits: &GroupLimits) -> BTreeMap<(u32, u32), Pair<'a>> {
        let anew = |counted_at: Option<i64>, at: i64| counted_at.is_none_or(|last| at - last > limits.window_seconds);
        let mut counts: FxHashMap<(u32, u32), (u32, Option<i64>)> = FxHashMap::default();
        self.meetings(limits, |key, event| {
            let (times, counted_at) = counts.entry(key).or_default();
            if anew(*counted_at, event.at) {
                *times += 1;
                *counted_at = Some(event.at);
            }
        });
        counts.retain(|_, (times, _)| i64::from(*times) >= limits.min_together);
        let mut pairs: BTreeMap<(u32, u32), Pair<'a>> = BTreeMap::new();
        self.meetings(limits, |key, event| {
            if !counts.contains_key(&key) {
                return;
            }
            let pair = pairs.entry(key).or_default();
            if anew(pair.counted_at, event.at) {
                pair.times += 1;
                pair.counted_at = Some(event.at);
                pair.places.insert(event.place);
            }
        });
        let slots = self.slots(limits.window_seconds);
        let visits = |person: u32| self.visits.get(person as usize).copied().unwrap_or(1).max(1);
        // Times together over what chance gives: n(a) n(b) / slots.
        let lift =
            |(a, b): (u32, u32), times: u32| f64::from(times) * slots / f64::from(visits(a)) / f64::from(visits(b));
        pairs.retain(|key, pair| lift(*key, pair.times) >= limits.min_lift as f64);
        pairs
    }

    /// Places and windows in which anything happened.
    fn slots(&self, window: i64) -> f64 {
        let slots: BTreeSet<(&str, i64)> = self.events.iter().map(|e| (e.place, e.at / window.max(1))).collect();
        slots.len().max(1) as f64
    }

    fn judge(
        &self,
        group: &[u32],
        graph: &Graph,
        pairs: &BTreeMap<(u32, u32), Pair<'a>>,
        limits: &GroupLimits,
        found: &mut Vec<(usize, Figures)>,
    ) {
        if !dense(graph, group, limits) {
            return;
        }
        let (edges, weight) = graph.within(group);
        let possible = group.len() * (group.len() - 1) / 2;
        let members: BTreeSet<u32> = group.iter().copied().collect();
        let inside = pairs.iter().filter(|((a, b), _)| members.contains(a) && members.contains(b));
        let places: BTreeSet<&str> = inside.flat_map(|(_, pair)| pair.places.iter().copied()).collect();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        for (index, event) in self.events.iter().enumerate().filter(|(_, event)| members.contains(&event.person)) {
            for other in self.company(index, limits.window_seconds) {
                if members.contains(&other.person) && other.person != event.person {
                    seen.extend([event.row, other.row]);
                }
            }
        }
        let amounts: Vec<f64> = self.events.iter().filter(|e| seen.contains(&e.row)).map(|e| e.amount as f64).collect();
        let spread = variation(&amounts);
        let alike = limits.max_variation_percent > 0
            && spread.is_some_and(|spread| spread * 100.0 <= limits.max_variation_percent as f64);
        if (places.len() as i64) < limits.min_places && !alike {
            return;
        }
        let names: Vec<&str> = group.iter().filter_map(|n| self.persons.get(*n as usize).copied()).collect();
        let mut figures = Figures::default();
        let more = if names.len() > NAMED { "等" } else { "" };
        let listed = names.iter().take(NAMED).copied().collect::<Vec<_>>().join("、");
        figures.put("members", Value::Text(format!("{listed}{more}")));
        figures.put("group", Value::Whole(names.len() as i64));
        figures.put("places", Value::Whole(places.len() as i64));
        figures.put_real("density", Some(edges as f64 / possible as f64));
        figures.put_real("repeats", Some(weight as f64 / edges as f64));
        figures.put_real("variation", spread);
        found.extend(seen.into_iter().map(|row| (row, figures.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Day, Stamp};

    /// (place, day, person, family, amount)
    fn rows(events: &[(&str, i32, String, &str, i64)]) -> Rows {
        let row = |(n, (place, day, person, family, amount)): (usize, &(&str, i32, String, &str, i64))| {
            vec![
                Value::Text((*place).into()),
                Value::Stamp(Stamp(Day(*day).start().0 + n as i64)),
                Value::Text(person.clone()),
                Value::Text(format!("V{n}")),
                Value::Text((*family).into()),
                Value::Whole(*amount),
            ]
        };
        let columns = ["fixmedins_code", "at", "psn_no", "mdtrt_id", "family_no", "amount_fen"];
        Rows { columns: columns.map(String::from).to_vec(), cells: events.iter().enumerate().map(row).collect() }
    }

    const LIMITS: GroupLimits = GroupLimits {
        window_seconds: 3 * 86_400,
        min_together: 2,
        min_group: 5,
        min_density_percent: 50,
        min_lift: 0,
        min_places: 2,
        max_variation_percent: 10,
        household_max: 4,
        max_chance: None,
    };

    /// Six persons in at (place, day) together.
    fn six(stays: &[(&'static str, i32)], family: &'static str, spread: i64) -> Rows {
        let events: Vec<_> = stays
            .iter()
            .flat_map(|&(place, day)| (0..6).map(move |n| (place, day, format!("P{n}"), family, 100_000 + n * spread)))
            .collect();
        rows(&events)
    }

    #[test]
    fn a_gang_moves_from_place_to_place() {
        let rows = six(&[("H1", 10), ("H2", 60), ("H1", 120)], "", 30_000);
        let found = together(&rows, &LIMITS);
        assert_eq!(found.len(), 18);
        assert_eq!(together(&six(&[("H1", 10)], "", 0), &LIMITS).len(), 0, "once is chance");
    }

    #[test]
    fn a_care_home_stays_at_one_place_with_bills_of_its_own() {
        assert_eq!(together(&six(&[("H1", 10), ("H1", 60), ("H1", 120)], "", 30_000), &LIMITS).len(), 0);
        assert_eq!(together(&six(&[("H1", 10), ("H1", 60)], "", 100), &LIMITS).len(), 12, "alike bills give it away");
    }

    #[test]
    fn a_household_is_together_anyway_but_not_one_of_six() {
        let stays = [("H1", 10), ("H2", 60)];
        assert_eq!(together(&six(&stays, "F1", 0), &LIMITS).len(), 12);
        assert_eq!(together(&six(&stays, "F1", 0), &GroupLimits { household_max: 6, ..LIMITS }).len(), 0);
    }

    #[test]
    fn relatives_among_the_members_do_not_hide_a_gang() {
        // Households of three: their own pairs do not count, all others do.
        let stays = [("H1", 10), ("H2", 60), ("H1", 120)];
        let event = |(place, day): (&'static str, i32), n: i64| {
            (place, day, format!("P{n}"), ["F0", "F1", "F2", "F3"][n as usize / 3], 100_000 + n * 30_000)
        };
        let events: Vec<_> = stays.iter().flat_map(|&stay| (0..12).map(move |n| event(stay, n))).collect();
        assert_eq!(together(&rows(&events), &LIMITS).len(), 36);
    }

    #[test]
    fn what_a_large_hospital_brings_together_is_left_out() {
        // A thousand persons, each twice at one hospital: pairs that meet twice are many, crowds are not.
        let day = |n: i32| n.wrapping_mul(7_919).rem_euclid(365);
        let ordinary = (0..1_000).flat_map(|n| [(n, day(n * 31 + n / 7)), (n, day(n * 17 + 5 + n / 3))]);
        let mut events: Vec<_> = ordinary.map(|(n, day)| ("H1", day, format!("Q{n}"), "", 100_000)).collect();
        let limits = GroupLimits { min_places: 1, max_chance: Some(model::Quantity(100)), ..LIMITS };
        assert_eq!(together(&rows(&events), &limits).len(), 0);
        let moving = [("H8", 10), ("H9", 60), ("H8", 120)].map(|(place, day)| {
            (0..6).map(move |n| (place, day, format!("P{n}"), "", 100_000 + n * 30_000)).collect::<Vec<_>>()
        });
        events.extend(moving.into_iter().flatten());
        assert_eq!(together(&rows(&events), &GroupLimits { min_places: 2, ..limits }).len(), 18);
    }

    #[test]
    fn i8_the_order_of_rows_changes_nothing() {
        let rows = six(&[("H1", 10), ("H2", 60), ("H1", 120)], "", 30_000);
        let mut turned = rows.clone();
        turned.cells.reverse();
        let ids = |rows: &Rows| {
            let mut ids: Vec<String> =
                together(rows, &LIMITS).iter().map(|(row, _)| rows.row(*row).text("mdtrt_id").to_owned()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&rows), ids(&turned));
    }

    #[test]
    fn what_chance_explains_is_no_group() {
        // Everybody comes every day to the one place: together often, but no more than chance gives.
        let daily: Vec<_> =
            (0..40).flat_map(|day| (0..6).map(move |n| ("H1", day, format!("P{n}"), "", 100))).collect();
        let limits = GroupLimits { window_seconds: 600, min_lift: 5, min_places: 1, ..LIMITS };
        assert_eq!(together(&rows(&daily), &limits).len(), 0);
    }
}
