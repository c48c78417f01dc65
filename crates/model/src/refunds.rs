//! Refund lines net the line they take back; what is left is what a rule may judge.
//!
//! A refund is a line with a negative quantity or amount. It names its line (`init_feedetl_sn`) or, when
//! it does not, takes back the latest earlier lines of the same item in the same visit. Refunds leave
//! the case; so do lines of which nothing is left. A refund that finds no line, or more than
//! is left, or a line of another item, leaves without effect on what it may not touch: whether that is a fault is a rule's
//! question.
//!
//! The outcome does not depend on the order of rows (I8): named refunds go first, each kind by time and
//! number.

use crate::case::{CaseLine, PersonCase};
use crate::money::{Fen, Quantity};
use std::collections::BTreeMap;

/// What became of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunded {
    /// All of it was taken back.
    Netted,
    /// Of what it takes back less was left.
    TooLarge,
    /// There is no line that it could mean.
    WithoutTarget,
    /// It names a line of another item.
    OfOtherItem,
}

impl CaseLine {
    /// Whether the line takes back.
    #[must_use]
    pub const fn is_refund(&self) -> bool {
        self.quantity.0 < 0 || self.amount.0 < 0
    }

    /// Whether nothing is left of the line.
    const fn is_spent(&self) -> bool {
        self.quantity.0 == 0 && self.amount.0 == 0
    }
}

impl PersonCase {
    /// Nets the refunds of the case, which need not be in order. `tell` hears of every refund: where it stood among the lines,
    /// whether it named its line, and what became of it. Gives how many lines left because all of them was taken back.
    pub fn net_refunds(&mut self, mut tell: impl FnMut(usize, bool, Refunded)) -> usize {
        if !self.lines.iter().any(CaseLine::is_refund) {
            return 0;
        }
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by(|&a, &b| {
            let (left, right) = (&self.lines[a], &self.lines[b]);
            let texts = || self.text(left.sn).cmp(self.text(right.sn));
            (left.visit, left.at).cmp(&(right.visit, right.at)).then_with(texts)
        });
        let (refunds, charges): (Vec<usize>, Vec<usize>) =
            order.into_iter().partition(|&at| self.lines[at].is_refund());
        let (named, unnamed): (Vec<usize>, Vec<usize>) =
            refunds.into_iter().partition(|&at| !self.lines[at].refund_of.is_empty());
        let mut touched = vec![false; self.lines.len()];
        let targets = self.targets(&charges, &named);
        for (&refund, target) in named.iter().zip(targets) {
            tell(refund, true, self.take_back_named(refund, target, &mut touched));
        }
        let earlier = self.by_item(&charges, &unnamed);
        for (&refund, earlier) in unnamed.iter().zip(&earlier) {
            tell(refund, false, self.take_back_latest(refund, earlier, &mut touched));
        }
        let (before, mut at) = (self.lines.len() - named.len() - unnamed.len(), 0);
        self.lines.retain(|line| {
            let gone = touched[at] && line.is_spent();
            at += 1;
            !gone && !line.is_refund()
        });
        before - self.lines.len()
    }

    /// The line that each named refund means, within its visit.
    fn targets(&self, charges: &[usize], named: &[usize]) -> Vec<Option<usize>> {
        if named.is_empty() {
            return Vec::new();
        }
        let key = |at: usize| (self.lines[at].visit, self.text(self.lines[at].sn));
        let numbers: BTreeMap<(u32, &str), usize> = charges.iter().map(|&at| (key(at), at)).collect();
        let meant = |&at: &usize| (self.lines[at].visit, self.text(self.lines[at].refund_of));
        named.iter().map(|refund| numbers.get(&meant(refund)).copied()).collect()
    }

    /// For each refund the charges of its item and visit, in time order. Items are told apart by the code as sent.
    fn by_item(&self, charges: &[usize], refunds: &[usize]) -> Vec<Vec<usize>> {
        if refunds.is_empty() {
            return Vec::new();
        }
        let key = |at: usize| (self.lines[at].visit, self.text(self.lines[at].code));
        let mut items: BTreeMap<(u32, &str), Vec<usize>> = BTreeMap::new();
        for &at in charges {
            items.entry(key(at)).or_default().push(at);
        }
        refunds.iter().map(|&at| items.get(&key(at)).cloned().unwrap_or_default()).collect()
    }

    fn take_back_named(&mut self, refund: usize, target: Option<usize>, touched: &mut [bool]) -> Refunded {
        let Some(target) = target else { return Refunded::WithoutTarget };
        if self.text(self.lines[refund].code) != self.text(self.lines[target].code) {
            return Refunded::OfOtherItem;
        }
        touched[target] = true;
        let asked = back(&self.lines[refund]);
        let left = take_back(&mut self.lines[target], asked);
        if left == NOTHING { Refunded::Netted } else { Refunded::TooLarge }
    }

    fn take_back_latest(&mut self, refund: usize, earlier: &[usize], touched: &mut [bool]) -> Refunded {
        let (at, mut left, mut found) = (self.lines[refund].at, back(&self.lines[refund]), false);
        for &target in earlier.iter().rev() {
            let charge = &mut self.lines[target];
            if charge.at > at || charge.is_spent() {
                continue;
            }
            left = take_back(charge, left);
            touched[target] = true;
            found = true;
            if left == NOTHING {
                return Refunded::Netted;
            }
        }
        if found { Refunded::TooLarge } else { Refunded::WithoutTarget }
    }
}

const NOTHING: (Quantity, Fen) = (Quantity::ZERO, Fen::ZERO);

/// What a refund takes back.
const fn back(refund: &CaseLine) -> (Quantity, Fen) {
    (Quantity(refund.quantity.0.abs()), Fen(refund.amount.0.abs()))
}

/// Takes off a line, never below nothing; gives what could not be taken.
fn take_back(line: &mut CaseLine, (quantity, amount): (Quantity, Fen)) -> (Quantity, Fen) {
    let taken = (quantity.min(line.quantity), amount.min(line.amount));
    line.quantity -= taken.0;
    line.amount -= taken.1;
    (quantity - taken.0, amount - taken.1)
}
