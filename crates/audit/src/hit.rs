//! What detectors report while a person is judged, before it becomes findings.

use model::{Day, Fen, Quantity};

/// No line: the visit is at fault.
pub(crate) const WHOLE_VISIT: u32 = u32::MAX;
/// No knowledge point behind the hit.
pub(crate) const NO_POINT: u32 = u32::MAX;

/// So many related lines are named at most: enough to see why, and a finding stays a finding however long the history.
pub(crate) const RELATED_MAX: usize = 50;

/// One rule's complaint about one line or visit.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) rule: u16,
    pub(crate) visit: u32,
    /// Index into the case's lines, or [`WHOLE_VISIT`].
    pub(crate) line: u32,
    pub(crate) point: u32,
    pub(crate) on: Day,
    pub(crate) quantity: Quantity,
    pub(crate) amount: Fen,
    pub(crate) counted: Fen,
    /// Lines that make it so.
    pub(crate) related: Vec<u32>,
    pub(crate) evidence: String,
}

/// The hits of one person.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    pub(crate) all: Vec<Hit>,
}

impl Hits {
    pub(crate) fn push(&mut self, hit: Hit) {
        self.all.push(hit);
    }

    /// One rule complains of one line once: of several points that say so the dearest speaks, then
    /// the first. Then everything is put in an order that depends on the facts alone (I8).
    pub(crate) fn reduce(&mut self) {
        self.all.sort_by(|a, b| {
            (a.visit, a.line, a.rule)
                .cmp(&(b.visit, b.line, b.rule))
                .then_with(|| b.amount.cmp(&a.amount))
                .then_with(|| a.point.cmp(&b.point))
                .then_with(|| a.related.cmp(&b.related))
        });
        self.all.dedup_by(|later, kept| {
            let same = later.line != WHOLE_VISIT
                && (later.visit, later.line, later.rule) == (kept.visit, kept.line, kept.rule);
            if same {
                kept.related.extend_from_slice(&later.related);
                kept.related.sort_unstable();
                kept.related.dedup();
            }
            same
        });
    }
}
