//! What a reader of the intake report should know about a file.

use std::fmt;

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something was left out or taken differently, nothing was lost.
    Info,
    /// Data is missing or unusable; the note says what to do.
    Problem,
}

/// One remark about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub level: Level,
    /// The file (or table) it is about.
    pub file: String,
    /// What happened and what to do, in Chinese.
    pub text: String,
}

impl Note {
    pub(crate) fn info(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { level: Level::Info, file: file.into(), text: text.into() }
    }

    pub(crate) fn problem(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { level: Level::Problem, file: file.into(), text: text.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{}", self.file, self.text)
    }
}
