//! Why something is not done, and what to do instead.

use std::fmt;

/// A refusal in the words of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A word for programs: `four_eyes`, `wrong_state`, …
    pub code: &'static str,
    /// What is wrong, in Chinese.
    pub what: String,
    /// What to do, in Chinese.
    pub remedy: String,
}

impl Refusal {
    /// A refusal.
    pub(crate) fn new(code: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}；{}", self.what, self.remedy)
    }
}
