//! The greatest few of a stream, in bounded memory.
//!
//! What is kept depends on the values alone, never on the order they came in (I8): `Ord` of the
//! element must therefore break every tie.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Keeps the `limit` greatest elements.
#[derive(Debug, Clone)]
pub(crate) struct Top<T> {
    limit: usize,
    heap: BinaryHeap<Reverse<T>>,
}

impl<T: Ord> Top<T> {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// Takes the element if it is among the greatest so far.
    pub(crate) fn offer(&mut self, element: T) {
        if self.heap.len() < self.limit {
            self.heap.push(Reverse(element));
        } else if self.heap.peek().is_some_and(|Reverse(least)| element > *least) {
            self.heap.pop();
            self.heap.push(Reverse(element));
        }
    }

    /// Whether an element could be refused for certain by looking at a part of it.
    pub(crate) fn surely_refuses(&self, below: impl FnOnce(&T) -> bool) -> bool {
        self.heap.len() >= self.limit && self.heap.peek().is_some_and(|Reverse(least)| below(least))
    }

    /// The kept elements, greatest first.
    pub(crate) fn into_descending(self) -> Vec<T> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(element)| element).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn i8_the_greatest_are_kept_in_any_order(mut all in proptest::collection::vec(0_i32..50, 0..60), limit in 0_usize..20) {
            let keep = |all: &[i32]| {
                let mut top = Top::new(limit);
                all.iter().for_each(|v| top.offer(*v));
                top.into_descending()
            };
            let forward = keep(&all);
            all.reverse();
            prop_assert_eq!(&forward, &keep(&all));
            all.sort_unstable_by(|a, b| b.cmp(a));
            all.truncate(limit);
            prop_assert_eq!(forward, all);
        }
    }
}
