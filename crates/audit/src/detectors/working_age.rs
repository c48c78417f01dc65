//! Statutory working age: from 16 until statutory retirement.
//!
//! Source: 全国人民代表大会常务委员会关于实施渐进式延迟法定退休年龄的决定 (2024-09-13), in force
//! 2025-01-01: men 60 → 63 and women 55 → 58, one month later for every four months of birth from
//! 1965-01 (men) and 1970-01 (women). Women on the 50 → 55 track cannot be told from a claim, so the
//! later age stands for all women: a limit must not refuse what some are entitled to.

use model::{Age, Day, Sex};

/// First year of age that counts as working age (劳动法 第十五条).
const FROM_YEARS: i32 = 16;

/// Whether the person is of working age; unknown sex takes the later limit.
pub(super) fn admits(age: Age, sex: Sex, born: Day) -> bool {
    age.years >= FROM_YEARS && age.months < retirement_months(sex, born)
}

/// Age of retirement in months.
fn retirement_months(sex: Sex, born: Day) -> i32 {
    let (base, first_year) = if sex == Sex::Female { (55 * 12, 1970) } else { (60 * 12, 1965) };
    let (year, month, _) = born.civil();
    let months_after = (year - first_year) * 12 + month as i32 - 1;
    let delay = if months_after < 0 { 0 } else { (months_after / 4 + 1).min(36) };
    base + delay
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retirement_is_delayed_by_the_table_of_the_decision() {
        for (sex, born, years, months) in [
            (Sex::Male, "1964-12-31", 60, 0),
            (Sex::Male, "1965-01-01", 60, 1),
            (Sex::Male, "1965-05-01", 60, 2),
            (Sex::Male, "1976-09-01", 63, 0),
            (Sex::Male, "1990-01-01", 63, 0),
            (Sex::Female, "1969-12-01", 55, 0),
            (Sex::Female, "1970-01-01", 55, 1),
            (Sex::Female, "1981-09-01", 58, 0),
        ] {
            let born_on = Day::parse(born.as_bytes()).unwrap();
            assert_eq!(retirement_months(sex, born_on), years * 12 + months, "{sex:?} {born}");
        }
    }

    #[test]
    fn working_age_starts_at_sixteen() {
        let born = Day::parse(b"2010-03-01").unwrap();
        for (on, expect) in [("2026-02-28", false), ("2026-03-01", true)] {
            assert_eq!(admits(Age::on(born, Day::parse(on.as_bytes()).unwrap()), Sex::Male, born), expect, "{on}");
        }
    }
}
