//! Refund lines net the line they take back; what is left is what a rule may judge.
//!
//! A refund is a line with a negative quantity or amount. It names its line (`init_feedetl_sn`) or, when
//! it does not, takes back the latest earlier lines of the same item in the same visit. Refunds leave
//! the case; so do lines of which nothing is left. A refund that finds no line, or more than
//! is left, or a line of another item, is accepted and marked: whether that is a fault is a rule's question.
//!
//! The outcome does not depend on the order of rows (I8): named refunds go first, each kind by time and
//! number.

use model::{CaseLine, Fen, PersonCase, Quantity};
use rustc_hash::FxHashMap;

use crate::block::State;
use crate::issues::{Issues, Mark};
use crate::parse::Correction;
use crate::tables::Table;

/// Nets the refunds of a case. `states` belong to the lines, and shrink with them.
pub(crate) fn net(case: &mut PersonCase, states: &mut Vec<State>, issues: &mut Issues) {
    let is_refund = |line: &CaseLine| line.quantity.0 < 0 || line.amount.0 < 0;
    if !case.lines.iter().any(is_refund) {
        return;
    }
    let in_time = |case: &PersonCase, &a: &usize, &b: &usize| {
        let (left, right) = (&case.lines[a], &case.lines[b]);
        (left.visit, left.at).cmp(&(right.visit, right.at)).then_with(|| case.text(left.sn).cmp(case.text(right.sn)))
    };
    let mut refunds: Vec<usize> = (0..case.lines.len()).filter(|&at| is_refund(&case.lines[at])).collect();
    refunds.sort_by(|a, b| in_time(case, a, b));
    let mut charges: Vec<usize> = (0..case.lines.len()).filter(|&at| !is_refund(&case.lines[at])).collect();
    charges.sort_by(|a, b| in_time(case, a, b));
    let mut touched = vec![false; case.lines.len()];
    let (named, unnamed): (Vec<usize>, Vec<usize>) =
        refunds.iter().partition(|&&at| !case.text(case.lines[at].refund_of).is_empty());
    let targets = by_number(case, &charges, &named);
    for (refund, target) in named.iter().zip(targets) {
        let outcome = match target {
            None => Mark::RefundWithoutTarget,
            Some(target) if case.text(case.lines[*refund].code) != case.text(case.lines[target].code) => {
                Mark::RefundOfOtherItem
            }
            Some(target) => {
                touched[target] = true;
                let left = take_back(&mut case.lines, *refund, target);
                if left == (Quantity::ZERO, Fen::ZERO) { Mark::RefundNetted } else { Mark::RefundTooLarge }
            }
        };
        issues.mark(Table::Lines, outcome);
    }
    let earlier = by_item(case, &charges);
    for refund in unnamed {
        let outcome = take_back_latest(case, refund, &earlier, &mut touched);
        if outcome != Mark::RefundWithoutTarget {
            issues.count(Table::Lines, Correction::RefundTarget);
            if states[refund] == State::Accepted {
                states[refund] = State::Corrected;
            }
        }
        issues.mark(Table::Lines, outcome);
    }
    // Counts are taken before the lines go.
    states.iter().for_each(|state| issues.settle(Table::Lines, *state));
    let mut at = 0;
    case.lines.retain(|line| {
        let whole = touched[at] && line.quantity == Quantity::ZERO && line.amount == Fen::ZERO;
        if whole {
            issues.mark(Table::Lines, Mark::FullyRefunded);
        }
        at += 1;
        !whole && !is_refund(line)
    });
    states.clear();
}

/// The line that each named refund means, within its visit.
fn by_number(case: &PersonCase, charges: &[usize], named: &[usize]) -> Vec<Option<usize>> {
    if named.is_empty() {
        return Vec::new();
    }
    let numbers: FxHashMap<(u32, &str), usize> =
        charges.iter().map(|&at| ((case.lines[at].visit, case.text(case.lines[at].sn)), at)).collect();
    let target = |&refund: &usize| {
        let line = &case.lines[refund];
        numbers.get(&(line.visit, case.text(line.refund_of))).copied()
    };
    named.iter().map(target).collect()
}

/// The charges of each item and visit, in time order. Items are told apart by the code as sent.
fn by_item(case: &PersonCase, charges: &[usize]) -> FxHashMap<(u32, String), Vec<usize>> {
    let mut items: FxHashMap<(u32, String), Vec<usize>> = FxHashMap::default();
    for &at in charges {
        let line = &case.lines[at];
        items.entry((line.visit, case.text(line.code).to_owned())).or_default().push(at);
    }
    items
}

/// Takes a refund off one line, never below nothing; returns what could not be taken.
fn take_back(lines: &mut [CaseLine], refund: usize, target: usize) -> (Quantity, Fen) {
    let quantity = Quantity(lines[refund].quantity.0.abs());
    let amount = Fen(lines[refund].amount.0.abs());
    let line = &mut lines[target];
    let (take_quantity, take_amount) = (quantity.min(line.quantity), amount.min(line.amount));
    line.quantity -= take_quantity;
    line.amount -= take_amount;
    (quantity - take_quantity, amount - take_amount)
}

/// Takes an unnamed refund off the latest earlier lines of its item.
fn take_back_latest(
    case: &mut PersonCase,
    refund: usize,
    earlier: &FxHashMap<(u32, String), Vec<usize>>,
    touched: &mut [bool],
) -> Mark {
    let line = case.lines[refund];
    let key = (line.visit, case.text(line.code).to_owned());
    let mut left = (Quantity(line.quantity.0.abs()), Fen(line.amount.0.abs()));
    let mut found = false;
    for &target in earlier.get(&key).map(Vec::as_slice).unwrap_or_default().iter().rev() {
        let charge = &mut case.lines[target];
        let spent = charge.quantity == Quantity::ZERO && charge.amount == Fen::ZERO;
        if charge.at > line.at || spent {
            continue;
        }
        let (quantity, amount) = (left.0.min(charge.quantity), left.1.min(charge.amount));
        charge.quantity -= quantity;
        charge.amount -= amount;
        left = (left.0 - quantity, left.1 - amount);
        touched[target] = true;
        found = true;
        if left == (Quantity::ZERO, Fen::ZERO) {
            return Mark::RefundNetted;
        }
    }
    if found { Mark::RefundTooLarge } else { Mark::RefundWithoutTarget }
}
