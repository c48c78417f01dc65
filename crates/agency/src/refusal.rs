//! Why a command is not carried out.

use std::fmt;

/// Nothing changed; what is wrong, with what, and what to do. Texts are for the person at the desk, in Chinese, and hold
/// no personal data but what the caller itself sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// Canonical name of the field at fault, `visit`, `charges[3].item`; empty when none is.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Refusal {
    /// A refusal about one field.
    #[must_use]
    pub fn new(field: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { field: field.into(), what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}；{}", self.what, self.remedy)
    }
}
