//! The month that a visit is filed under.

use std::fmt;

use model::{Day, Stamp};
use serde::{Deserialize, Serialize};

/// A calendar month; written `2025-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(u32);

impl Month {
    /// No month: of files that are not kept by month.
    pub(crate) const NONE: Self = Self(0);

    /// The month of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self(day.month_key())
    }

    /// Reads `2025-07`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let all_digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(year, 4) || !all_digits(month, 2) {
            return None;
        }
        Day::from_civil(year.parse().ok()?, month.parse().ok()?, 1).map(Self::of)
    }

    /// A month or none as a number, for rows on their way.
    pub(crate) fn tag(month: Option<Self>) -> i64 {
        month.map_or(0, |month| i64::from(month.0))
    }

    /// What `tag` made a number of.
    pub(crate) fn of_tag(tag: i64) -> Option<Self> {
        u32::try_from(tag).ok().filter(|tag| *tag > 0).map(Self)
    }

    /// The month of a visit: of its settlement, else of its end, else of its beginning.
    pub(crate) fn of_visit(settled: Option<Stamp>, ends: Option<Stamp>, begins: Stamp) -> Self {
        Self::of(settled.or(ends).unwrap_or(begins).day())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

impl TryFrom<String> for Month {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text} 不是月份，应写成 2025-07"))
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_as_they_are_written() {
        for text in ["2025-07", "1999-12"] {
            assert_eq!(Month::parse(text).unwrap().to_string(), text);
        }
        for text in ["2025-7", "2025-13", "202507", "2025-00", "", "二〇二五-07"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_visit_is_filed_where_it_was_settled() {
        let day = |d| Day::from_civil(2025, 7, d).unwrap().start();
        let july = Month::parse("2025-07");
        assert_eq!(Some(Month::of_visit(None, None, day(31))), july);
        assert_eq!(Some(Month::of_visit(None, Some(day(2)), Stamp(0))), july);
        assert_eq!(Some(Month::of_visit(Some(day(2)), Some(Stamp(0)), Stamp(0))), july);
    }
}
