//! The panel: who may sit on it, and what it says.

use crate::item::{Seat, Standing};
use crate::refusal::Refusal;
use model::Fen;
use std::collections::BTreeSet;

/// Seats for these members.
///
/// # Errors
/// An even number or fewer than three, one twice, or somebody who reviewed the item already.
pub(crate) fn seats(standing: &Standing, members: &[String]) -> Result<Vec<Seat>, Refusal> {
    let distinct: BTreeSet<&str> = members.iter().map(String::as_str).filter(|member| !member.is_empty()).collect();
    if distinct.len() != members.len() || members.len() < 3 || members.len().is_multiple_of(2) {
        return Err(Refusal::new(
            "panel",
            "合议应由 3 人以上的单数专家组成，且不得重复",
            "请选择 3、5 或 7 名合议专家",
        ));
    }
    let reviewers = [&standing.first, &standing.second];
    let reviewed = |member: &str| reviewers.iter().any(|hand| hand.as_ref().is_some_and(|hand| hand.user == member));
    if members.iter().any(|member| reviewed(member)) {
        return Err(Refusal::new("four_eyes", "参加过初审或复审的人员不得参加合议", "请更换合议专家"));
    }
    Ok(members.iter().map(|member| Seat { user: member.clone(), vote: None }).collect())
}

/// What a complete panel says: the median amount. More than half of the members would refuse at least as much, and more than
/// half at most as much; with votes for all or nothing it is the simple majority. `None` while votes are missing.
pub(crate) fn verdict(panel: &[Seat]) -> Option<Fen> {
    let mut amounts: Vec<Fen> =
        panel.iter().map(|seat| seat.vote.as_ref().map(|vote| vote.amount)).collect::<Option<_>>()?;
    amounts.sort_unstable();
    amounts.get(amounts.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Vote;
    use model::Stamp;
    use proptest::prelude::*;

    fn panel(amounts: &[i64]) -> Vec<Seat> {
        let vote = |amount: &i64| Some(Vote { amount: Fen(*amount), text: String::new(), at: Stamp(0) });
        amounts.iter().map(|amount| Seat { user: String::new(), vote: vote(amount) }).collect()
    }

    #[test]
    fn all_or_nothing_is_a_simple_majority() {
        for (votes, says) in [(&[100, 0, 100][..], 100), (&[0, 0, 100], 0), (&[100, 0, 40], 40), (&[1, 2, 3, 4, 5], 3)]
        {
            assert_eq!(verdict(&panel(votes)), Some(Fen(says)), "{votes:?}");
        }
        let mut open = panel(&[100, 0, 100]);
        open[2].vote = None;
        assert_eq!(verdict(&open), None);
    }

    proptest! {
        #[test]
        fn a_majority_supports_the_verdict_from_both_sides(mut votes in prop::collection::vec(0_i64..1_000, 1..9)) {
            if votes.len() % 2 == 0 { votes.pop(); }
            let says = verdict(&panel(&votes)).map_or(-1, |fen| fen.0);
            prop_assert!(votes.iter().filter(|vote| **vote >= says).count() * 2 > votes.len());
            prop_assert!(votes.iter().filter(|vote| **vote <= says).count() * 2 > votes.len());
        }
    }
}
