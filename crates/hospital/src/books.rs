//! The books of all institutions of a run, and what survives it: the file of acknowledged settlements.
//!
//! A line is appended after its answer has come. Whatever happens to the server then, the line says what it
//! owes. Read back at the start, the file is the institution's memory of earlier runs on the same server.

use crate::record::{Record, StatementKey};
use crate::world::RefundCount;
use model::{Day, Fen};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What an institution claims of one statement. Amounts in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claim {
    /// Cost.
    pub medfee: Fen,
    /// Paid by funds.
    pub fund: Fen,
    /// Paid by accounts.
    pub account: Fen,
    /// Paid in cash.
    pub cash: Fen,
    /// Settlements, as the platform counts them.
    pub count: i64,
}

impl Claim {
    /// Adds one record, counted as the platform counts.
    pub fn add(&mut self, record: &Record, refunds: RefundCount) {
        self.medfee += record.medfee;
        self.fund += record.fund;
        self.account += record.account;
        self.cash += record.cash;
        self.count += if record.reverses.is_some() && refunds == RefundCount::Net { -1 } else { 1 };
    }
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// A settlement whose answer never came, and the message of 2601 that took it back.
    Lost {
        /// Message of the settlement.
        lost: String,
        /// Message that took it back.
        by: String,
    },
    /// An acknowledged record.
    Record(Box<Record>),
}

/// Records of all institutions.
#[derive(Debug, Default)]
pub struct Books {
    held: Mutex<Held>,
    file: Option<Mutex<File>>,
}

#[derive(Debug, Default)]
struct Held {
    records: BTreeMap<String, Vec<Record>>,
    /// Message numbers of settlements whose answer never came and that 2601 took back.
    lost: BTreeSet<String>,
}

impl Books {
    /// Books in memory only.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Books that remember `path` and go on writing there.
    pub fn kept_in(path: &Path) -> std::io::Result<Self> {
        let mut held = Held::default();
        if path.exists() {
            for entry in read(path)? {
                match entry {
                    Entry::Lost { lost, by } => held.lost.extend([lost, by]),
                    Entry::Record(record) => {
                        held.records.entry(record.fixmedins_code.clone()).or_default().push(*record);
                    }
                }
            }
        }
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self { held: Mutex::new(held), file: Some(Mutex::new(file)) })
    }

    /// Writes down an acknowledged record.
    pub fn enter(&self, record: Record) -> std::io::Result<()> {
        self.append(&record)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.records.entry(record.fixmedins_code.clone()).or_default().push(record);
        Ok(())
    }

    /// Notes a settlement that 2601 took back unseen, and the message that did.
    pub fn lose(&self, msgid: &str, by: &str) -> std::io::Result<()> {
        let (lost, by) = (msgid.to_owned(), by.to_owned());
        self.append(&Entry::Lost { lost: lost.clone(), by: by.clone() })?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).lost.extend([lost, by]);
        Ok(())
    }

    fn append(&self, entry: &impl Serialize) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }

    /// Whether the message is one of those.
    #[must_use]
    pub fn lost(&self, msgid: &str) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).lost.contains(msgid)
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).records.values().map(Vec::len).sum()
    }

    /// Whether nothing was settled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records of one institution, in order of writing.
    #[must_use]
    pub fn of(&self, institution: &str) -> Vec<Record> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.records.get(institution).cloned().unwrap_or_default()
    }
}

/// Claims by scheme, clearing type and office.
#[must_use]
pub fn claims(records: &[Record], refunds: RefundCount) -> BTreeMap<StatementKey, Claim> {
    let mut claims: BTreeMap<StatementKey, Claim> = BTreeMap::new();
    for record in records {
        claims.entry(record.key()).or_default().add(record, refunds);
    }
    claims
}

/// The claim over all `records`.
#[must_use]
pub fn claim<'a>(records: impl IntoIterator<Item = &'a Record>, refunds: RefundCount) -> Claim {
    let mut claim = Claim::default();
    for record in records {
        claim.add(record, refunds);
    }
    claim
}

/// First and last day of `records`; `None` when there are none.
#[must_use]
pub fn days(records: &[Record]) -> Option<(Day, Day)> {
    let first = records.iter().map(Record::day).min()?;
    let last = records.iter().map(Record::day).max()?;
    Some((first, last))
}

/// Reads a file of acknowledged settlements. A last line without its end was never acknowledged to anybody
/// and is left out.
pub fn read(path: &Path) -> std::io::Result<Vec<Entry>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut entries = Vec::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if line.last() == Some(&b'\n') {
            entries.push(serde_json::from_slice(&line)?);
        }
        line.clear();
    }
    Ok(entries)
}
