//! What a change of items does to the figures: each item leaves the rows where it was counted and enters those where it is now.

use super::records::ReviewFile;
use super::write::{DUE, FIGURE, MONTH};
use crate::value::Rows;
use review::Item;
use std::collections::{BTreeMap, HashMap};

/// Rows of figures by their key, with what is added to each.
type Moved<Place, const SUMS: usize> = BTreeMap<Place, [i64; SUMS]>;

/// Rows to be added to the figures, to the months, to the deadlines.
pub(super) fn moved(file: &ReviewFile, items: &[Item]) -> [Rows; 3] {
    let known: HashMap<(&str, &str), &Item> =
        file.items.iter().map(|item| ((item.facts.institution.as_str(), item.facts.id.as_str()), item)).collect();
    let mut figures: Moved<[&str; 6], 5> = Moved::new();
    let mut months: Moved<(&str, i64, &str, &str), 4> = Moved::new();
    let mut dues: Moved<(&str, i64, &str, &str, &str, &str), 2> = Moved::new();
    let before = items.iter().filter_map(|item| {
        known.get(&(item.facts.institution.as_str(), item.facts.id.as_str())).map(|before| (*before, -1))
    });
    for (item, sign) in before.chain(items.iter().map(|item| (item, 1))) {
        let (facts, standing) = (&item.facts, &item.standing);
        let (owner, area, state) = (facts.institution.as_str(), facts.area.as_str(), standing.state.word());
        let (stage, severity) = (standing.state.stage().word(), facts.severity.word());
        let [stake, decided, deducted] = [facts.at_stake(), standing.decided, standing.deducted].map(|fen| fen.0);
        let place = [owner, facts.rule.as_str(), severity, stage, state, area];
        add(figures.entry(place).or_default(), [1, facts.amount.0, stake, decided, deducted], sign);
        let month = i64::from(facts.occurred_on.month_key());
        add(months.entry((owner, month, state, area)).or_default(), [1, stake, decided, deducted], sign);
        if let Some(due) = standing.due_on {
            add(dues.entry((owner, i64::from(due.0), severity, stage, state, area)).or_default(), [1, stake], sign);
        }
    }
    let [mut of_figures, mut of_months, mut of_dues] = [&FIGURE, &MONTH, &DUE].map(Rows::new);
    for ([owner, rule, severity, stage, state, area], [items, amount, stake, decided, deducted]) in changed(figures) {
        of_figures.put([
            owner.into(),
            rule.into(),
            severity.into(),
            stage.into(),
            state.into(),
            area.into(),
            items.into(),
            amount.into(),
            stake.into(),
            decided.into(),
            deducted.into(),
        ]);
    }
    for ((owner, month, state, area), [items, stake, decided, deducted]) in changed(months) {
        of_months.put([
            owner.into(),
            month.into(),
            state.into(),
            area.into(),
            items.into(),
            stake.into(),
            decided.into(),
            deducted.into(),
        ]);
    }
    for ((owner, due, severity, stage, state, area), [items, stake]) in changed(dues) {
        of_dues.put([
            owner.into(),
            due.into(),
            severity.into(),
            stage.into(),
            state.into(),
            area.into(),
            items.into(),
            stake.into(),
        ]);
    }
    [of_figures, of_months, of_dues]
}

fn add<const SUMS: usize>(row: &mut [i64; SUMS], figures: [i64; SUMS], sign: i64) {
    row.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += sign * figure);
}

/// Rows to which something is added at all.
fn changed<Place: Ord, const SUMS: usize>(moved: Moved<Place, SUMS>) -> impl Iterator<Item = (Place, [i64; SUMS])> {
    moved.into_iter().filter(|(_, sums)| sums.iter().any(|sum| *sum != 0))
}
