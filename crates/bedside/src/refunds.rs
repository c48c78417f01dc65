//! Lines that take back: netted as the intake of a claims folder nets them, so that both audits judge the same.
//!
//! A refund has a negative quantity or amount. It names its line or, when it does not, takes back the latest earlier lines of
//! the same item in the same visit. Refunds leave the case, and so do lines of which nothing is left.

use model::{CaseLine, Fen, PersonCase, Quantity};

/// Nets the refunds of a case that is in order.
pub(crate) fn net(case: &mut PersonCase) {
    let is_refund = |line: &CaseLine| line.quantity.0 < 0 || line.amount.0 < 0;
    if !case.lines.iter().any(is_refund) {
        return;
    }
    let mut touched = vec![false; case.lines.len()];
    let refunds: Vec<usize> = (0..case.lines.len()).filter(|&at| is_refund(&case.lines[at])).collect();
    let (named, unnamed): (Vec<usize>, Vec<usize>) =
        refunds.into_iter().partition(|&at| !case.lines[at].refund_of.is_empty());
    for at in named {
        let refund = case.lines[at];
        let target = case.lines_of(refund.visit).find(|&other| {
            other != at
                && !is_refund(&case.lines[other])
                && case.text(case.lines[other].sn) == case.text(refund.refund_of)
                && case.text(case.lines[other].code) == case.text(refund.code)
        });
        if let Some(target) = target {
            touched[target] = true;
            take_back(&mut case.lines[target], Quantity(refund.quantity.0.abs()), Fen(refund.amount.0.abs()));
        }
    }
    for at in unnamed {
        let refund = case.lines[at];
        let mut left = (Quantity(refund.quantity.0.abs()), Fen(refund.amount.0.abs()));
        for target in case.lines_of(refund.visit).rev() {
            let line = case.lines[target];
            let spent = (line.quantity, line.amount) == (Quantity::ZERO, Fen::ZERO);
            let same = case.text(line.code) == case.text(refund.code);
            if is_refund(&line) || spent || line.at > refund.at || !same {
                continue;
            }
            touched[target] = true;
            let taken = take_back(&mut case.lines[target], left.0, left.1);
            left = (left.0 - taken.0, left.1 - taken.1);
            if left == (Quantity::ZERO, Fen::ZERO) {
                break;
            }
        }
    }
    let mut at = 0;
    case.lines.retain(|line| {
        let gone = touched[at] && (line.quantity, line.amount) == (Quantity::ZERO, Fen::ZERO);
        at += 1;
        !gone && !is_refund(line)
    });
}

/// Takes back from a line, never below nothing; returns what was taken.
fn take_back(line: &mut CaseLine, quantity: Quantity, amount: Fen) -> (Quantity, Fen) {
    let taken = (quantity.min(line.quantity), amount.min(line.amount));
    line.quantity -= taken.0;
    line.amount -= taken.1;
    taken
}
