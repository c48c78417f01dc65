//! Handing out work: in turn, so that everybody gets about the same money, or by lot.

use crate::sample::draw;
use model::Fen;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Somebody who gets work, and how much waits there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Account.
    pub user: String,
    /// Items that wait.
    pub items: u64,
    /// Money that waits.
    pub amount: Fen,
}

/// Gives each item in turn to whoever has the fewest, the first in the list among equals. The answer is a place in `to` for each
/// item; empty when there is nobody.
#[must_use]
pub fn round_robin(items: usize, to: &[Load]) -> Vec<usize> {
    let mut waiting: Vec<u64> = to.iter().map(|load| load.items).collect();
    let mut places = Vec::with_capacity(items);
    for _ in 0..items {
        let Some(place) = (0..waiting.len()).min_by_key(|place| waiting.get(*place)) else { break };
        places.push(place);
        if let Some(count) = waiting.get_mut(place) {
            *count += 1;
        }
    }
    places
}

/// Gives the dearest item first, each to whoever has the least money waiting: nobody ends up with more than the fairest split by
/// a third of it (Graham 1969, largest first). The answer is a place in `to` for each item, in their order.
#[must_use]
pub fn by_amount(amounts: &[Fen], to: &[Load]) -> Vec<usize> {
    let mut waiting: Vec<Fen> = to.iter().map(|load| load.amount).collect();
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    order.sort_by_key(|item| Reverse(amounts.get(*item)));
    let mut places = vec![0; if to.is_empty() { 0 } else { amounts.len() }];
    for item in order {
        let Some(place) = (0..waiting.len()).min_by_key(|place| waiting.get(*place)) else { break };
        if let (Some(sum), Some(slot), Some(amount)) = (waiting.get_mut(place), places.get_mut(item), amounts.get(item))
        {
            *sum += *amount;
            *slot = place;
        }
    }
    places
}

/// Gives the items out by lot, everybody about as many: in turn, in an order that the seed decides. Who knows the seed draws the same
/// lots again. The answer is a place in `to` for each key, in their order.
#[must_use]
pub fn at_random(keys: &[String], seed: &str, to: &[Load]) -> Vec<usize> {
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let lots: HashMap<&str, usize> =
        draw(&names, seed, names.len()).into_iter().zip(round_robin(names.len(), to)).collect();
    names.iter().filter_map(|name| lots.get(name).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loads(amounts: &[(u64, i64)]) -> Vec<Load> {
        let load = |(items, amount): &(u64, i64)| Load { user: String::new(), items: *items, amount: Fen(*amount) };
        amounts.iter().map(load).collect()
    }

    #[test]
    fn in_turn_and_by_money() {
        assert_eq!(round_robin(4, &loads(&[(0, 0), (2, 0), (0, 0)])), [0, 2, 0, 2]);
        assert_eq!(round_robin(2, &[]), Vec::<usize>::new());
        assert_eq!(by_amount(&[Fen(1), Fen(9), Fen(5)], &loads(&[(0, 0), (0, 0)])), [1, 0, 1]);
    }

    #[test]
    fn lots_are_even_and_drawn_again_by_their_seed() {
        let keys: Vec<String> = (0..90).map(|number| format!("H1~F{number}")).collect();
        let people = loads(&[(0, 0), (0, 0), (0, 0)]);
        let lots = at_random(&keys, "7", &people);
        assert_eq!(lots, at_random(&keys, "7", &people));
        assert_ne!(lots, at_random(&keys, "8", &people));
        assert_ne!(lots, round_robin(90, &people), "not in turn");
        for who in 0..3 {
            assert_eq!(lots.iter().filter(|place| **place == who).count(), 30);
        }
        assert_eq!(at_random(&keys, "7", &[]), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn nobody_is_ahead_by_more_than_one_item(items in 0_usize..200, people in 1_usize..9) {
            let places = round_robin(items, &loads(&vec![(0, 0); people]));
            let count = |who: usize| places.iter().filter(|place| **place == who).count();
            let counts: Vec<usize> = (0..people).map(count).collect();
            prop_assert!(counts.iter().max().unwrap_or(&0) - counts.iter().min().unwrap_or(&0) <= 1);
            prop_assert_eq!(places.len(), items);
        }

        #[test]
        fn nobody_is_ahead_by_more_than_the_dearest_item(amounts in prop::collection::vec(1_i64..10_000, 0..60), people in 1_usize..6) {
            let fen: Vec<Fen> = amounts.iter().map(|amount| Fen(*amount)).collect();
            let places = by_amount(&fen, &loads(&vec![(0, 0); people]));
            let sum = |who: usize| places.iter().zip(&amounts).filter(|(place, _)| **place == who).map(|(_, a)| *a).sum::<i64>();
            let sums: Vec<i64> = (0..people).map(sum).collect();
            let (most, least) = (sums.iter().max().copied().unwrap_or(0), sums.iter().min().copied().unwrap_or(0));
            prop_assert!(most - least <= amounts.iter().max().copied().unwrap_or(0));
        }
    }
}
