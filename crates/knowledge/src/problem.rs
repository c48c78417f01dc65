//! What is wrong with the tables: one value a fault, all of them at once.
//!
//! A [`Problem`] names the file, the line, the column and the value, says what happened, and offers
//! the nearest name that would have been right. Nothing is loaded while one remains.

use std::fmt;

/// One fault in one place of the tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as it was named to [`crate::Knowledge::read`].
    pub file: String,
    /// The line, counted from 1; 0 when the file as a whole is at fault.
    pub line: u64,
    /// The column; empty when the row as a whole is at fault.
    pub column: String,
    /// The value as it stands.
    pub value: String,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
    /// The valid name most like the value.
    pub nearest: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, " 第 {} 行", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, " {} 列", self.column)?;
        }
        f.write_str("：")?;
        if !self.value.is_empty() {
            write!(f, "“{}”", self.value)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(name) => write!(f, "；最接近的是“{name}”"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// The name most like `value`, if any is like it at all, to be kept in a [`Problem`].
#[must_use]
pub fn nearest<'n>(value: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    model::nearest(value, names).map(str::to_owned)
}
