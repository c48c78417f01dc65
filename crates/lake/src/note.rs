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

/// The name among `valid` that is nearest to `name`, when it is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, valid: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.len() / 3 + 1;
    valid.map(|word| (edits(name.as_bytes(), word.as_bytes()), word)).filter(|(n, _)| *n <= limit).min().map(|(_, w)| w)
}

/// Levenshtein's distance, by rows.
fn edits(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = i;
        let mut previous = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(right) {
            let value = (diagonal + usize::from(a != b)).min(previous + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = value;
            previous = value;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_name() {
        for (name, expect) in [("psn_n", Some("psn_no")), ("visit", Some("visits")), ("zzzz", None), ("PSN", None)] {
            assert_eq!(nearest(name, ["psn_no", "visits", "gend"].into_iter()), expect, "{name}");
        }
    }
}
