//! What a changed rule in the shadow would have said, beside what the rule in force said: counted, told to nobody.
//!
//! Counts are kept in memory and written into the store with every refresh of the registers, each process its own, so that a
//! page adds them up. What a process counted since the last writing is lost with it.

use crate::clock;
use bedside::Reminder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use store::{Note, ReviewChanges, Store, StoreError};
use utoipa::ToSchema;

const OWNER: &str = "library";
const KIND: &str = "shadow";

/// What the two versions of a rule said of the same inquiries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// Inquiries that both judged
    pub asked: u64,
    /// Said by both
    pub both: u64,
    /// Said by the rule in force only
    pub current_only: u64,
    /// Said by the changed rule only
    pub changed_only: u64,
}

impl Counted {
    fn add(&mut self, more: Self) {
        self.asked += more.asked;
        self.both += more.both;
        self.current_only += more.current_only;
        self.changed_only += more.changed_only;
    }
}

/// What a reminder is about: the visit, and the line at fault.
pub(crate) type Told = BTreeSet<(String, String)>;

/// What reminders of a rule are about.
pub(crate) fn told<'r>(reminders: impl Iterator<Item = &'r Reminder>, rule: &str) -> Told {
    let of_rule = reminders.filter(|reminder| reminder.rule == rule);
    of_rule.map(|reminder| (reminder.visit.clone(), reminder.finding.feedetl_sn.clone())).collect()
}

/// The counts of this process.
pub(crate) struct Shadows {
    process: String,
    counts: Mutex<BTreeMap<u64, (Counted, bool)>>,
}

impl Shadows {
    /// Nothing counted; `process` tells this one from others, and from its own earlier lives.
    pub(crate) fn of(process: String) -> Self {
        Self { process, counts: Mutex::default() }
    }

    /// Counts one inquiry.
    pub(crate) fn count(&self, revision: u64, current: &Told, changed: &Told) {
        let both = current.intersection(changed).count() as u64;
        let more = Counted {
            asked: 1,
            both,
            current_only: current.len() as u64 - both,
            changed_only: changed.len() as u64 - both,
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (counted, fresh) = counts.entry(revision).or_default();
        counted.add(more);
        *fresh = true;
    }

    /// Writes what changed since the last time.
    pub(crate) async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let now = clock::now().stamp;
        let notes: Vec<Note> = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = counts.iter_mut().filter(|(_, (_, fresh))| *fresh);
            let note = |(revision, (counted, fresh)): (&u64, &mut (Counted, bool))| {
                *fresh = false;
                Note {
                    owner: OWNER.to_owned(),
                    kind: KIND.to_owned(),
                    name: format!("{revision:08}/{}", self.process),
                    at: now,
                    body: serde_json::to_string(counted).unwrap_or_default(),
                }
            };
            fresh.map(note).collect()
        };
        if notes.is_empty() {
            return Ok(());
        }
        let changes = move || ReviewChanges { notes: notes.clone(), ..ReviewChanges::default() };
        store.review(store::ReviewJob::new(now, move |_, _| Ok(changes()))).await?;
        Ok(())
    }
}

/// What all processes counted of a revision.
pub(crate) async fn counted(store: &Store, revision: u64) -> Result<Counted, StoreError> {
    let notes = store.notes(OWNER, KIND, None).await?;
    let prefix = format!("{revision:08}/");
    let mut sum = Counted::default();
    for note in notes.iter().filter(|note| note.name.starts_with(&prefix)) {
        sum.add(serde_json::from_str(&note.body).unwrap_or_default());
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_say_is_counted_apart_from_what_one_says() {
        let shadows = Shadows::of("p".to_owned());
        let about =
            |lines: &[&str]| -> Told { lines.iter().map(|line| ("V1".to_owned(), (*line).to_owned())).collect() };
        shadows.count(1, &about(&["L1", "L2"]), &about(&["L2", "L3"]));
        shadows.count(1, &about(&[]), &about(&["L1"]));
        let counts = shadows.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = Counted { asked: 2, both: 1, current_only: 1, changed_only: 2 };
        assert_eq!(counts.get(&1), Some(&(expected, true)));
    }
}
