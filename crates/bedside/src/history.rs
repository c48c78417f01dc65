//! What is known of a person before anything is asked: earlier care, visit by visit, each a small case of its own.
//!
//! Codes are resolved when a visit is taken in, texts that repeat are kept once, and visits lie in order of time, so that an
//! inquiry copies a history, looks nothing up and sorts nothing. A visit that changed is replaced alone; the others are shared by whoever holds the history.

use crate::facts;
use crate::inquiry::Patient;
use crate::visit::Visit;
use audit::Library;
use model::{PersonCase, Stamp};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A person's earlier care.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// What is known of the person; what an inquiry does not say is taken from here.
    pub patient: Patient,
    /// In order of time, then by id.
    visits: Vec<(String, Arc<KeptVisit>)>,
}

/// One visit, kept.
#[derive(Debug)]
pub struct KeptVisit {
    pub(crate) case: PersonCase,
    /// Number of the library whose items, diagnoses and procedures the case names.
    pub(crate) library: u64,
}

impl KeptVisit {
    /// Keeps a visit, its codes resolved by a library. Under another one it is resolved anew.
    #[must_use]
    pub fn of(visit: &Visit, library: &Library) -> Self {
        let mut case = PersonCase::default();
        facts::add(&mut case, visit, library);
        case.shrink();
        Self { case, library: library.number() }
    }

    /// Whether it has every one of these lines.
    pub(crate) fn has_lines<'i>(&self, mut ids: impl Iterator<Item = &'i str>) -> bool {
        let known: FxHashSet<&str> = self.case.lines.iter().map(|line| self.case.text(line.sn)).collect();
        ids.all(|id| known.contains(id))
    }

    /// Begin.
    #[must_use]
    pub fn begins_at(&self) -> Stamp {
        self.case.visits.first().map(|visit| visit.begins_at).unwrap_or_default()
    }
}

impl History {
    /// The history of somebody of whose care nothing is known.
    #[must_use]
    pub fn of(patient: Patient) -> Self {
        Self { patient, visits: Vec::new() }
    }

    /// Puts a visit in the place of what was known of it.
    pub fn keep(&mut self, id: String, visit: Arc<KeptVisit>) {
        self.forget(&id);
        let key = (visit.begins_at(), id.as_str());
        let at = self.visits.partition_point(|(id, known)| (known.begins_at(), id.as_str()) < key);
        self.visits.insert(at, (id, visit));
    }

    /// Forgets a visit that is no more.
    pub fn forget(&mut self, id: &str) {
        self.visits.retain(|(known, _)| known != id);
    }

    /// What is known of a visit.
    #[must_use]
    pub fn visit(&self, id: &str) -> Option<&KeptVisit> {
        self.visits.iter().find(|(known, _)| known == id).map(|(_, visit)| visit.as_ref())
    }

    /// All visits, in order of time.
    pub fn visits(&self) -> impl Iterator<Item = (&str, &KeptVisit)> {
        self.visits.iter().map(|(id, visit)| (id.as_str(), visit.as_ref()))
    }

    /// Bytes it takes, about.
    #[must_use]
    pub fn size(&self) -> usize {
        let each = |(id, visit): &(String, Arc<KeptVisit>)| id.len() + visit.case.size() + size_of::<KeptVisit>();
        size_of::<Self>() + self.visits.iter().map(each).sum::<usize>()
    }
}
