//! Days, moments and ages on the civil calendar, without time zones: the interface sends local time.

use std::fmt;

/// A calendar day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// A moment in local time, in seconds from 1970-01-01 00:00:00.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub i64);

/// Days from `from` (inclusive) until `until` (exclusive; `None` is open).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// First day inside.
    pub from: Day,
    /// First day outside.
    pub until: Option<Day>,
}

/// A person's age on a day: completed years and months, and days lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Completed years.
    pub years: i32,
    /// Completed months.
    pub months: i32,
    /// Days lived; the day of birth is day 0.
    pub days: i32,
}

/// Why a text is not a day or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Not one of the accepted forms.
    #[error("is not yyyy-MM-dd[ HH:mm:ss]")]
    Form,
    /// The right form, but no such day or time.
    #[error("is not a day of the calendar")]
    NoSuchDay,
}

impl Day {
    /// The day of a civil date; `None` when the calendar has no such day.
    /// Formula: H. Hinnant, "chrono-compatible low-level date algorithms".
    #[must_use]
    pub fn from_civil(year: i32, month: u32, day: u32) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || day > last || !(1..=9999).contains(&year) {
            return None;
        }
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let month_from_march = (i32::try_from(month).ok()? + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + i32::try_from(day).ok()? - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month, day.
    #[must_use]
    pub fn civil(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month.unsigned_abs(), day.unsigned_abs())
    }

    /// Parses `yyyy-MM-dd`, `yyyy/MM/dd`, `yyyy.MM.dd` or `yyyyMMdd`; a time behind it is ignored.
    pub fn parse(text: &[u8]) -> Result<Self, TimeError> {
        Stamp::parse(text).map(Stamp::day)
    }

    /// The first moment of the day.
    #[must_use]
    pub const fn start(self) -> Stamp {
        Stamp(self.0 as i64 * 86_400)
    }

    /// `days` later (earlier when negative).
    #[must_use]
    #[inline]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// `yyyyMM` as a number, for grouping by month.
    #[must_use]
    pub fn month_key(self) -> u32 {
        let (year, month, _) = self.civil();
        year.unsigned_abs() * 100 + month
    }

    /// `yyyyQ` as a number, for grouping by quarter.
    #[must_use]
    pub fn quarter_key(self) -> u32 {
        let (year, month, _) = self.civil();
        year.unsigned_abs() * 10 + month.div_ceil(3)
    }
}

impl Stamp {
    /// The day of this moment.
    #[must_use]
    #[inline]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(86_400) as i32)
    }

    /// Whether the time part is midnight, as when only a date was given.
    #[must_use]
    pub const fn is_midnight(self) -> bool {
        self.0.rem_euclid(86_400) == 0
    }

    /// Parses the forms of [`Day::parse`], optionally with ` HH:mm[:ss[.fff]]` or `HHmmss` behind.
    pub fn parse(text: &[u8]) -> Result<Self, TimeError> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(TimeError::Empty);
        }
        let number = |range: &[u8]| -> Result<u32, TimeError> {
            let mut value = 0_u32;
            if range.is_empty() {
                return Err(TimeError::Form);
            }
            for &byte in range {
                if !byte.is_ascii_digit() {
                    return Err(TimeError::Form);
                }
                value = value * 10 + u32::from(byte - b'0');
            }
            Ok(value)
        };
        if text.len() < 8 {
            return Err(TimeError::Form);
        }
        let (year, month, day, rest) = if text[4].is_ascii_digit() {
            (number(&text[..4])?, number(&text[4..6])?, number(&text[6..8])?, &text[8..])
        } else {
            let mark = text[4];
            if !matches!(mark, b'-' | b'/' | b'.') {
                return Err(TimeError::Form);
            }
            let second = text[5..].iter().position(|&b| b == mark).ok_or(TimeError::Form)? + 5;
            let after = &text[second + 1..];
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            if second - 5 > 2 || second == 5 || digits == 0 || digits > 2 {
                return Err(TimeError::Form);
            }
            (number(&text[..4])?, number(&text[5..second])?, number(&after[..digits])?, &after[digits..])
        };
        let year = i32::try_from(year).map_err(|_| TimeError::Form)?;
        let date = Day::from_civil(year, month, day).ok_or(TimeError::NoSuchDay)?;
        let clock = match rest.first() {
            None => return Ok(date.start()),
            Some(b' ' | b'T') => rest[1..].trim_ascii_start(),
            Some(b) if b.is_ascii_digit() => rest,
            Some(_) => return Err(TimeError::Form),
        };
        let (hour, minute, second) = if clock.len() >= 5 && clock[2] == b':' {
            let seconds = match clock.get(5) {
                None => 0,
                Some(b':') if clock.len() >= 8 => number(&clock[6..8])?,
                Some(_) => return Err(TimeError::Form),
            };
            if clock.len() > 8 && !(clock[8] == b'.' && number(&clock[9..]).is_ok()) {
                return Err(TimeError::Form);
            }
            (number(&clock[..2])?, number(&clock[3..5])?, seconds)
        } else if clock.len() == 6 {
            (number(&clock[..2])?, number(&clock[2..4])?, number(&clock[4..6])?)
        } else {
            return Err(TimeError::Form);
        };
        if hour > 23 || minute > 59 || second > 59 {
            return Err(TimeError::NoSuchDay);
        }
        Ok(Self(date.start().0 + i64::from(hour * 3600 + minute * 60 + second)))
    }
}

impl Span {
    /// Every day.
    pub const ALWAYS: Self = Self { from: Day(i32::MIN), until: None };

    /// Whether the day lies inside.
    #[must_use]
    #[inline]
    pub fn contains(self, day: Day) -> bool {
        day >= self.from && self.until.is_none_or(|until| day < until)
    }
}

impl Age {
    /// The age of someone born on `born` on the day `on`; negative when not yet born.
    #[must_use]
    pub fn on(born: Day, on: Day) -> Self {
        let (birth_year, birth_month, birth_day) = born.civil();
        let (year, month, day) = on.civil();
        let months = (year - birth_year) * 12 + month as i32 - birth_month as i32 - i32::from(day < birth_day);
        Self { years: months.div_euclid(12), months, days: on.0 - born.0 }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0.rem_euclid(86_400);
        write!(f, "{} {:02}:{:02}:{:02}", self.day(), second / 3600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_parse_in_every_accepted_form() {
        for text in [
            "2025-06-01 09:05:00",
            "2025/6/1 09:05:00",
            "20250601090500",
            "20250601 090500",
            "2025-06-01T09:05",
            "2025.06.01 09:05:00.000",
        ] {
            assert_eq!(
                Stamp::parse(text.as_bytes()).map(|s| s.to_string()),
                Ok("2025-06-01 09:05:00".into()),
                "{text}"
            );
        }
        for (text, error) in [
            ("", TimeError::Empty),
            ("2025-02-30", TimeError::NoSuchDay),
            ("2025-13-01", TimeError::NoSuchDay),
            ("01/02/2025", TimeError::Form),
            ("2025-06", TimeError::Form),
            ("45123", TimeError::Form),
            ("2025-06-01 25:00:00", TimeError::NoSuchDay),
            ("2025-06-01x", TimeError::Form),
        ] {
            assert_eq!(Stamp::parse(text.as_bytes()), Err(error), "{text}");
        }
    }

    #[test]
    fn age_counts_completed_years_and_months() {
        let day = |text: &str| Day::parse(text.as_bytes()).unwrap();
        for (born, on, years, months) in [
            ("2010-06-15", "2024-06-14", 13, 167),
            ("2010-06-15", "2024-06-15", 14, 168),
            ("2020-02-29", "2021-02-28", 0, 11),
            ("2025-06-01", "2025-06-29", 0, 0),
        ] {
            let age = Age::on(day(born), day(on));
            assert_eq!((age.years, age.months), (years, months), "{born} → {on}");
        }
    }

    proptest! {
        #[test]
        fn civil_days_round_trip(day in -100_000_i32..200_000) {
            let (y, m, d) = Day(day).civil();
            prop_assert_eq!(Day::from_civil(y, m, d), Some(Day(day)));
            prop_assert_eq!(Day::parse(Day(day).to_string().as_bytes()), Ok(Day(day)));
        }
    }
}
