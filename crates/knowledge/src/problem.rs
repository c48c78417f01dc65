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

/// The name most like `value`, if any is like it at all: at most a third of its letters differ.
#[must_use]
pub fn nearest<'n>(value: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let limit = (value.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (edits(value, name), name))
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Insertions, deletions and replacements that turn one text into the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, &other) in row.iter_mut().skip(1).zip(&to) {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_strange_one_is_not() {
        let names = ["drug-sex-specific", "service-sex-specific", "drug-care-setting"];
        for (value, expect) in [
            ("drug-sex-specfic", Some("drug-sex-specific")),
            ("drug_care_setting", Some("drug-care-setting")),
            ("nonsense", None),
        ] {
            assert_eq!(nearest(value, names).as_deref(), expect, "{value}");
        }
        for (from, to, expect) in [("", "", 0), ("abc", "", 3), ("abc", "acb", 2), ("岁数", "岁", 1)] {
            assert_eq!(edits(from, to), expect, "{from} → {to}");
        }
    }
}
