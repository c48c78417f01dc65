//! Fresh ids: a letter, the number of the opening, a counter. The database counts the openings, so that no two processes
//! on one database ever give the same id, whatever their clocks say.

use agency::{IdKind, Ids};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives ids of one opening of the store; clones share the counter.
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    opening: i64,
    next: Arc<AtomicU64>,
}

impl Numbers {
    pub(crate) fn new(opening: i64) -> Self {
        Self { opening, next: Arc::new(AtomicU64::new(1)) }
    }
}

impl Ids for Numbers {
    fn next(&mut self, kind: IdKind) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}{:06}{number:012}", kind.letter(), self.opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_differ_between_openings_and_calls() {
        let (mut first, mut second) = (Numbers::new(1), Numbers::new(2));
        let mut clone = first.clone();
        let ids = [
            first.next(IdKind::Visit),
            clone.next(IdKind::Visit),
            second.next(IdKind::Visit),
            first.next(IdKind::Booking),
        ];
        assert_eq!(ids[0], "M000001000000000001");
        let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert!(ids.iter().all(|id| id.len() <= 30));
    }
}
