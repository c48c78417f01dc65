//! Refunds of a case, netted (`model` says how), and marked in the intake report: refunds are accepted, whatever they take
//! back, and one that does not say what it takes back is corrected.

use model::{PersonCase, Refunded};

use crate::block::State;
use crate::issues::{Issues, Mark};
use crate::parse::Correction;
use crate::tables::Table;

/// Nets the refunds of a case. `states` belong to the lines as they were before.
pub(crate) fn net(case: &mut PersonCase, states: &mut [State], issues: &mut Issues) {
    let whole = case.net_refunds(|at, named, outcome| {
        if !named && outcome != Refunded::WithoutTarget {
            issues.count(Table::Lines, Correction::RefundTarget);
            if states[at] == State::Accepted {
                states[at] = State::Corrected;
            }
        }
        issues.mark(Table::Lines, mark(outcome));
    });
    (0..whole).for_each(|_| issues.mark(Table::Lines, Mark::FullyRefunded));
}

const fn mark(outcome: Refunded) -> Mark {
    match outcome {
        Refunded::Netted => Mark::RefundNetted,
        Refunded::TooLarge => Mark::RefundTooLarge,
        Refunded::WithoutTarget => Mark::RefundWithoutTarget,
        Refunded::OfOtherItem => Mark::RefundOfOtherItem,
    }
}
