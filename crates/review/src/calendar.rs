//! Working days by China's calendar: weekends, holidays, and the weekend days that are worked instead.
//!
//! The arrangements of 2024 to 2026 were compared day by day, on 2026-11-27, with the notices of the State Council's office as
//! printed: 人民日报 2023-10-26 第6版 (2024), 新华社 2024-11-12 (2025), 新华社 2025-11-04 (2026). Of 2027 only what the regulation
//! itself fixes is known.

use model::Day;
use std::collections::BTreeMap;

/// Announced holidays and make-up days, with the document of each; `statutory` rows are of a year whose arrangement is not
/// announced: holidays that the regulation itself fixes.
const TABLE: &str = include_str!("../data/holidays.csv");

/// Why a table of holidays cannot be used: line and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarError {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong, in Chinese.
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Off,
    Work,
}

/// A calendar of working days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    special: BTreeMap<Day, Kind>,
    /// First day of the years whose arrangement is not announced yet.
    provisional_from: Day,
}

impl Calendar {
    /// The calendar that comes with the program.
    ///
    /// # Errors
    /// Never with the table as shipped; a test reads it.
    pub fn shipped() -> Result<Self, CalendarError> {
        Self::read(TABLE)
    }

    /// Reads `from,until,kind,name,document`; kinds are `off`, `work` and `statutory`.
    ///
    /// # Errors
    /// The first line that is not a row of such a table.
    pub fn read(table: &str) -> Result<Self, CalendarError> {
        let mut calendar = Self { special: BTreeMap::new(), provisional_from: Day(i32::MAX) };
        let mut last_announced = Day(i32::MIN);
        for (line, row) in (1..).zip(table.lines()).skip(1) {
            let wrong = |what: &str| CalendarError { line, what: what.to_owned() };
            let cells: Vec<&str> = row.split(',').collect();
            let &[from, until, kind, name, document] = cells.as_slice() else {
                return Err(wrong("应有 5 列：from,until,kind,name,document"));
            };
            let day = |text: &str| Day::parse(text.as_bytes()).map_err(|_| wrong("日期应写作 2026-10-01"));
            let (from, until) = (day(from)?, day(until)?);
            if until < from || until.0 - from.0 > 30 || name.is_empty() || document.is_empty() {
                return Err(wrong("止日早于起日、跨度过长，或缺名称、文件"));
            }
            let kind = match kind {
                "off" | "statutory" => Kind::Off,
                "work" => Kind::Work,
                _ => return Err(wrong("kind 应为 off、work 或 statutory")),
            };
            if cells.get(2) != Some(&"statutory") {
                last_announced = last_announced.max(until);
            }
            for day in (from.0..=until.0).map(Day) {
                if calendar.special.insert(day, kind).is_some() {
                    return Err(wrong("同一天出现两次"));
                }
            }
        }
        let (year, ..) = last_announced.civil();
        calendar.provisional_from = Day::from_civil(year + 1, 1, 1).unwrap_or(Day(i32::MAX));
        Ok(calendar)
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_working(&self, day: Day) -> bool {
        match self.special.get(&day) {
            Some(Kind::Off) => false,
            Some(Kind::Work) => true,
            None => weekday(day) < 5,
        }
    }

    /// The day on which `days` working days are over, the first being the one after `from`: the day of the event itself does
    /// not count (民法典第201条). None: the day itself.
    #[must_use]
    pub fn after(&self, from: Day, days: u32) -> Day {
        let mut day = from;
        let mut left = days;
        while left > 0 {
            day = day.plus(1);
            left -= u32::from(self.is_working(day));
        }
        day
    }

    /// Working days from `today` (not counted) to `due` (counted); negative when it has passed.
    #[must_use]
    pub fn left(&self, today: Day, due: Day) -> i32 {
        let between = |from: Day, until: Day| {
            (from.0 + 1..=until.0).filter(|day| self.is_working(Day(*day))).count().min(100_000) as i32
        };
        if due >= today { between(today, due) } else { -between(due, today) }
    }

    /// Whether a day's year has no announced arrangement, so that a deadline on it may still move.
    #[must_use]
    pub fn is_provisional(&self, day: Day) -> bool {
        day >= self.provisional_from
    }
}

/// 0 is Monday.
const fn weekday(day: Day) -> i32 {
    // 1970-01-01 was a Thursday.
    (day.0 + 3).rem_euclid(7)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_shipped_table_has_the_holidays_as_announced() {
        let calendar = Calendar::shipped().unwrap();
        for (text, works) in [
            ("2024-02-04", true),
            ("2024-02-09", true),
            ("2024-02-12", false),
            ("2024-10-12", true),
            ("2025-01-26", true),
            ("2025-05-05", false),
            ("2025-10-08", false),
            ("2025-10-09", true),
            ("2026-01-04", true),
            ("2026-02-14", true),
            ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-06-19", false),
            ("2026-09-20", true),
            ("2026-10-10", true),
            ("2026-11-27", true),
            ("2026-11-28", false),
            ("2027-02-08", false),
        ] {
            assert_eq!(calendar.is_working(day(text)), works, "{text}");
        }
        assert!(!calendar.is_provisional(day("2026-12-31")) && calendar.is_provisional(day("2027-01-01")));
    }

    /// Days off that the regulation grants: 11 until 2024, 13 since 2025 (国务院令第795号). Every one moved from a weekday is
    /// made up for on a weekend, so working days of a year are its weekdays less the days granted.
    #[test]
    fn every_year_has_the_working_days_that_the_regulation_leaves() {
        let calendar = Calendar::shipped().unwrap();
        for (year, granted) in [(2024, 11), (2025, 13), (2026, 13)] {
            let (first, last) = (Day::from_civil(year, 1, 1).unwrap(), Day::from_civil(year, 12, 31).unwrap());
            let days = || (first.0..=last.0).map(Day);
            let working = days().filter(|day| calendar.is_working(*day)).count();
            let weekdays = days().filter(|day| weekday(*day) < 5).count();
            let saved = days().filter(|day| weekday(*day) < 5 && !calendar.is_working(*day)).count();
            let made_up = days().filter(|day| weekday(*day) >= 5 && calendar.is_working(*day)).count();
            assert_eq!(working, weekdays - saved + made_up);
            assert!((granted - 2..=granted).contains(&(saved - made_up)), "{year}: {saved} - {made_up}");
        }
    }

    #[test]
    fn ten_working_days_step_over_a_holiday() {
        let calendar = Calendar::shipped().unwrap();
        for (from, days, due) in [
            ("2026-11-27", 10, "2026-12-11"),
            ("2026-09-24", 1, "2026-09-28"),
            ("2026-09-28", 10, "2026-10-16"),
            ("2026-02-13", 2, "2026-02-24"),
            ("2026-11-28", 1, "2026-11-30"),
            ("2026-11-27", 0, "2026-11-27"),
        ] {
            assert_eq!(calendar.after(day(from), days).to_string(), due, "{from} + {days}");
        }
    }

    #[test]
    fn a_table_that_is_none_is_refused_with_its_line() {
        let head = "from,until,kind,name,document\n";
        for (row, line) in [
            ("2026-01-01,2026-01-01,off,元旦", 2),
            ("2026-01-03,2026-01-01,off,元旦,文", 2),
            ("2026-01-01,2026-01-01,rest,元旦,文", 2),
            ("2026-01-01,2026-01-01,off,元旦,文\n2026-01-01,2026-01-02,off,元旦,文", 3),
        ] {
            assert_eq!(Calendar::read(&format!("{head}{row}")).unwrap_err().line, line, "{row}");
        }
    }

    proptest! {
        /// The oracle counts on a list; the calendar steps.
        #[test]
        fn a_deadline_is_the_nth_working_day(start in 19_700_i32..20_900, days in 0_u32..60) {
            let calendar = Calendar::shipped().unwrap();
            let due = calendar.after(Day(start), days);
            let list: Vec<i32> = (start + 1..start + 400).filter(|day| calendar.is_working(Day(*day))).collect();
            let expected = if days == 0 { start } else { list[days as usize - 1] };
            prop_assert_eq!(due, Day(expected));
            prop_assert_eq!(calendar.left(Day(start), due), days as i32);
            prop_assert_eq!(calendar.left(due, Day(start)), -(days as i32));
        }
    }
}
