//! What became of every row.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A fault of a row. A row with faults is rejected whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Row in the file; the header is row 1.
    pub row: u64,
    /// Column, by its name.
    pub column: String,
    /// Value found.
    pub value: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// A value that was put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Row in the file.
    pub row: u64,
    /// Column, by its name.
    pub column: String,
    /// Value found.
    pub value: String,
    /// Value taken.
    pub taken: String,
    /// Why.
    pub reason: String,
}

/// The count: `rows` = `accepted` + `corrected` + `rejected`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows read.
    pub rows: usize,
    /// Taken as they came.
    pub accepted: usize,
    /// Taken after a correction.
    pub corrected: usize,
    /// Not taken.
    pub rejected: usize,
    /// Every correction.
    pub corrections: Vec<Correction>,
    /// Every fault; a row may have several.
    pub rejections: Vec<Rejection>,
}

impl Report {
    /// Adds the report of other rows of the same file, in the order of rows.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.accepted += other.accepted;
        self.corrected += other.corrected;
        self.rejected += other.rejected;
        self.corrections.extend(other.corrections);
        self.rejections.extend(other.rejections);
        self.corrections.sort_by_key(|one| one.row);
        self.rejections.sort_by_key(|one| one.row);
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, value, reason, remedy } = self;
        write!(f, "第 {row} 行，{column} 列，值“{value}”：{reason}；{remedy}")
    }
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, value, taken, reason } = self;
        write!(f, "第 {row} 行，{column} 列，“{value}”改为“{taken}”：{reason}")
    }
}
