//! The way of a file: row by row, each judged against what is known and against the rows before it.

use crate::columns::{Kind, places};
use crate::known::Known;
use crate::report::Report;
use crate::row::Row;
use crate::table::{FileFault, Table};
use crate::{contributions, coverage, events, institutions, persons, staff};
use agency::{Changes, Ids};
use model::Stamp;
use std::collections::HashMap;

/// What an import comes to.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// What to write; a dry run drops it.
    pub changes: Changes,
    /// What became of every row.
    pub report: Report,
}

/// The state of an import: what is known, with what the rows so far added.
pub(crate) struct Batch<'i> {
    pub(crate) known: Known,
    pub(crate) changes: Changes,
    pub(crate) now: Stamp,
    pub(crate) ids: &'i mut dyn Ids,
    /// Keys of rows that were taken, with their numbers.
    seen: HashMap<String, u64>,
}

impl Batch<'_> {
    /// Refuses a key that an earlier row of the file had.
    pub(crate) fn once(&mut self, row: &mut Row<'_>, column: &str, key: &str) {
        if let Some(first) = self.seen.get(key) {
            row.reject(column, &format!("与第 {first} 行重复"), "请删去其中一行");
        }
    }

    /// Remembers the key of a row that is taken.
    pub(crate) fn remember(&mut self, key: String, number: u64) {
        self.seen.entry(key).or_insert(number);
    }
}

/// Judges a file.
///
/// # Errors
/// The table has not the columns of its kind; then no row is looked at.
pub fn import(kind: Kind, table: &Table, known: Known, now: Stamp, ids: &mut dyn Ids) -> Result<Import, FileFault> {
    let places = places(kind, table)?;
    let mut batch = Batch { known, changes: Changes::default(), now, ids, seen: HashMap::new() };
    let mut report = Report::default();
    for (number, cells) in &table.rows {
        let mut row = Row::new(*number, cells, &places);
        match kind {
            Kind::Persons => persons::take(&mut row, &mut batch),
            Kind::Coverage => coverage::take(&mut row, &mut batch),
            Kind::Contributions => contributions::take(&mut row, &mut batch),
            Kind::Events => events::take(&mut row, &mut batch),
            Kind::Institutions => institutions::take(&mut row, &mut batch),
            Kind::Staff => staff::take(&mut row, &mut batch),
        }
        row.finish(&mut report);
    }
    Ok(Import { changes: batch.changes, report })
}
