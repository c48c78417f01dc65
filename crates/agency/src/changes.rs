//! What a decision changes: whole records, to be laid over the file and written in one transaction.

use crate::records::{
    AccountState, Accumulator, Booking, Coverage, Document, Filing, Person, Settlement, Upload, Visit,
};

/// Records to write. Each replaces the one with its key, but for settlements and bookings, which are only ever added (I5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// By id.
    pub persons: Vec<Person>,
    /// By person, spell and `known_from`.
    pub coverages: Vec<Coverage>,
    /// By person.
    pub accounts: Vec<AccountState>,
    /// By person, year, area, insurance and key.
    pub accumulators: Vec<Accumulator>,
    /// By person and id.
    pub filings: Vec<Filing>,
    /// By person and id.
    pub visits: Vec<Visit>,
    /// By person, visit and number. One without charges is deleted.
    pub uploads: Vec<Upload>,
    /// Added.
    pub settlements: Vec<Settlement>,
    /// Added.
    pub bookings: Vec<Booking>,
    /// By owner, kind and key.
    pub documents: Vec<Document>,
}

impl Changes {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
