//! What is wrong with an input table, told so that the person who keeps it can mend it.
//!
//! A problem names the file, the line, the column, the value and what to do. Reading gathers all
//! of them before it gives up; nothing here decides whether reading goes on.

use std::fmt;

/// One fault of an input table. Texts are Chinese, for the person who keeps the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File name, as given to the reader.
    pub file: String,
    /// Line in the file, from 1; 0 when the whole file is meant.
    pub line: u32,
    /// Column or key; empty when the whole line is meant.
    pub column: String,
    /// The value found; empty when there is none.
    pub value: String,
    /// What is wrong.
    pub what: String,
    /// What to do next.
    pub remedy: String,
}

impl Problem {
    /// A fault of a whole file.
    pub(crate) fn of_file(file: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: String::new(),
            value: String::new(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, " 第 {} 行", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, "，{} 列", self.column)?;
        }
        if !self.value.is_empty() {
            write!(f, "，值「{}」", self.value)?;
        }
        write!(f, "：{}。{}。", self.what, self.remedy)
    }
}
