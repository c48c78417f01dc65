//! I11: what decisions about one visit come to, however many rules hit the same line.

use crate::facts::FundShare;
use model::Fen;
use std::collections::BTreeMap;

/// What a set of decisions about one visit refuses: of each line the largest amount, of the visit as a whole the largest
/// amount or the sum over its lines, whichever is more, and never more than funds paid.
///
/// Each decision is a line (empty for the visit as a whole) and what is refused of it.
#[must_use]
pub fn reach<'a>(decisions: impl IntoIterator<Item = (&'a str, Fen)>, share: Option<FundShare>) -> Fen {
    let mut largest: BTreeMap<&str, Fen> = BTreeMap::new();
    for (line, amount) in decisions {
        let known = largest.entry(line).or_default();
        *known = amount.max(*known);
    }
    let visit = largest.remove("").unwrap_or_default();
    let lines: Fen = largest.into_values().sum();
    let reached = visit.max(lines);
    share.map_or(reached, |share| reached.min(share.fund.max(Fen::ZERO)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Fen by fen: a decision takes the first so many fen of its line; one about the visit takes what lines have taken first,
    /// then fen that belong to no line.
    fn oracle(decisions: &[(String, i64)]) -> i64 {
        let mut taken: BTreeSet<(String, i64)> = BTreeSet::new();
        for (line, amount) in decisions.iter().filter(|(line, _)| !line.is_empty()) {
            taken.extend((0..*amount).map(|fen| (line.clone(), fen)));
        }
        for (_, amount) in decisions.iter().filter(|(line, _)| line.is_empty()) {
            let mut fen = 0;
            while (taken.len() as i64) < *amount {
                taken.insert((String::new(), fen));
                fen += 1;
            }
        }
        taken.len() as i64
    }

    proptest! {
        #[test]
        fn i11_a_line_is_refused_once(decisions in prop::collection::vec(("[a-c]?", 0_i64..60), 0..8)) {
            let found = reach(decisions.iter().map(|(line, amount)| (line.as_str(), Fen(*amount))), None);
            prop_assert_eq!(found.0, oracle(&decisions));
            let share = FundShare { fund: Fen(50), total: Fen(100) };
            let capped = reach(decisions.iter().map(|(line, amount)| (line.as_str(), Fen(*amount))), Some(share));
            prop_assert_eq!(capped, found.min(Fen(50)));
        }
    }
}
