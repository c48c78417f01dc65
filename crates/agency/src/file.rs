//! What is loaded of one owner before a command is decided, and how changes are laid over it.

use crate::changes::Changes;
use crate::records::{AccountState, Accumulator, Coverage, Document, Filing, Person, Settlement, Upload, Visit};
use model::{Day, Stamp};

/// Which records a command must see. Person, cover, account, accumulators and filings always come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Visits with their uploads and settlements.
    pub visits: Vec<String>,
    /// Settlements that were asked for by these messages (2601).
    pub messages: Vec<String>,
    /// Documents by kind and key; an empty key means all of the kind.
    pub documents: Vec<(String, String)>,
    /// All open inpatient stays (2401 refuses a second one).
    pub open_stays: bool,
}

/// The file of one owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Person id or institution code.
    pub owner: String,
    /// The person; `None` when there is none with this id, or the owner is an institution.
    pub person: Option<Person>,
    /// All spells of cover, as ever known.
    pub coverages: Vec<Coverage>,
    /// The account.
    pub account: Option<AccountState>,
    /// Of all years.
    pub accumulators: Vec<Accumulator>,
    /// All filings.
    pub filings: Vec<Filing>,
    /// Visits needed.
    pub visits: Vec<Visit>,
    /// Their uploads.
    pub uploads: Vec<Upload>,
    /// Their settlements, and those of the messages needed.
    pub settlements: Vec<Settlement>,
    /// Documents needed.
    pub documents: Vec<Document>,
}

/// Replaces the record with the same key, or adds it.
fn lay<R: Clone>(records: &mut Vec<R>, changed: &[R], same: impl Fn(&R, &R) -> bool) {
    for record in changed {
        match records.iter_mut().find(|known| same(known, record)) {
            Some(known) => known.clone_from(record),
            None => records.push(record.clone()),
        }
    }
}

impl File {
    /// Lays changes over the file, so that the next command of the same batch sees them.
    pub fn absorb(&mut self, changes: &Changes) {
        if let Some(person) = changes.persons.last() {
            self.person = Some(person.clone());
        }
        if let Some(account) = changes.accounts.last() {
            self.account = Some(account.clone());
        }
        lay(&mut self.coverages, &changes.coverages, |a, b| (a.spell, a.known_from) == (b.spell, b.known_from));
        lay(&mut self.accumulators, &changes.accumulators, |a, b| {
            (a.year, &a.area, &a.insurance, &a.key) == (b.year, &b.area, &b.insurance, &b.key)
        });
        lay(&mut self.filings, &changes.filings, |a, b| a.id == b.id);
        lay(&mut self.visits, &changes.visits, |a, b| a.id == b.id);
        lay(&mut self.uploads, &changes.uploads, |a, b| (&a.visit, a.number) == (&b.visit, b.number));
        self.uploads.retain(|upload| !upload.charges.is_empty());
        lay(&mut self.settlements, &changes.settlements, |a, b| a.id == b.id);
        lay(&mut self.documents, &changes.documents, |a, b| (&a.kind, &a.key) == (&b.kind, &b.key));
    }

    /// The spell of cover for an insurance type on a day, as known at a moment.
    #[must_use]
    pub fn coverage(&self, insurance: &str, on: Day, known_at: Stamp) -> Option<&Coverage> {
        self.coverages.iter().find(|spell| spell.insurance == insurance && spell.holds(on, known_at))
    }

    /// The visit with this id.
    #[must_use]
    pub fn visit(&self, id: &str) -> Option<&Visit> {
        self.visits.iter().find(|visit| visit.id == id)
    }

    /// Uploads of a visit, in order.
    pub fn uploads_of<'f>(&'f self, visit: &'f str) -> impl Iterator<Item = &'f Upload> + 'f {
        self.uploads.iter().filter(move |upload| upload.visit == visit)
    }

    /// The settlement with this id.
    #[must_use]
    pub fn settlement(&self, id: &str) -> Option<&Settlement> {
        self.settlements.iter().find(|settlement| settlement.id == id)
    }

    /// The reversal by which a settlement stands taken back; `None` while it holds. A reversal may itself be undone (2601):
    /// then the settlement holds again.
    #[must_use]
    pub fn reversal_of(&self, id: &str) -> Option<&Settlement> {
        self.settlements
            .iter()
            .find(|other| other.reverses.as_deref() == Some(id) && self.reversal_of(&other.id).is_none())
    }

    /// Settlements of a visit that hold: neither reversals nor reversed.
    pub fn live_settlements<'f>(&'f self, visit: &'f str) -> impl Iterator<Item = &'f Settlement> + 'f {
        self.settlements.iter().filter(move |settlement| {
            settlement.visit == visit && settlement.reverses.is_none() && self.reversal_of(&settlement.id).is_none()
        })
    }

    /// What the file holds of a year, by key.
    #[must_use]
    pub fn used(&self, year: i32, area: &str, insurance: &str) -> Vec<(String, i64)> {
        let of = |a: &&Accumulator| a.year == year && a.area == area && a.insurance == insurance;
        self.accumulators.iter().filter(of).map(|a| (a.key.clone(), a.value)).collect()
    }
}
