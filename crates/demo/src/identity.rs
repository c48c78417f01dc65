//! Identity numbers and names of people who do not exist.

use crate::seed::{Purpose, choose};
use model::Day;

const SURNAMES: [&str; 24] = [
    "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨", "朱", "秦", "尤",
    "许", "何", "吕", "施", "张",
];
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
const BRANCHES: [&str; 12] = ["子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"];

/// A surname and a sign of the sixty-year cycle: nobody is called so by chance.
pub fn name(seed: u64, number: u64) -> String {
    let surname = choose(seed, Purpose::Name, number, SURNAMES.len() as u64);
    let sign = choose(seed, Purpose::Name, number.wrapping_add(1 << 32), 60);
    let pick = |words: &'static [&'static str], index: u64| {
        let index = usize::try_from(index).unwrap_or(0) % words.len();
        words.get(index).copied().unwrap_or_default()
    };
    format!("{}{}{}", pick(&SURNAMES, surname), pick(&STEMS, sign), pick(&BRANCHES, sign))
}

/// The check digit of the first seventeen digits of an identity number (GB 11643-1999, ISO 7064 MOD 11-2); `None` when they
/// are not seventeen digits.
#[must_use]
pub fn check_digit(seventeen: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const DIGITS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let digits: Vec<u32> = seventeen.chars().map(|digit| digit.to_digit(10)).collect::<Option<_>>()?;
    if digits.len() != WEIGHTS.len() {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    DIGITS.get((sum % 11) as usize).copied()
}

/// The number of a person of a division that does not exist: `ordinal` below 500, the sex in its last digit.
pub fn identity_number(division: &str, born_on: Day, ordinal: u64, male: bool) -> String {
    let (year, month, day) = born_on.civil();
    let sequence = (ordinal % 500) * 2 + u64::from(male);
    let seventeen = format!("{division}{year:04}{month:02}{day:02}{sequence:03}");
    let digit = check_digit(&seventeen).unwrap_or('X');
    format!("{seventeen}{digit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_standard() {
        // The standard's own example, GB 11643-1999 appendix.
        assert_eq!(check_digit("11010519491231002"), Some('X'));
        assert_eq!(check_digit("44052418800101001"), Some('4'));
        assert_eq!(check_digit("1101051949123100"), None);
        assert_eq!(check_digit("1101051949123100A"), None);
    }

    #[test]
    fn a_number_tells_birth_and_sex() {
        let born_on = Day::from_civil(1980, 2, 29).expect("a day");
        let number = identity_number("990001", born_on, 7, true);
        assert_eq!(number.get(..17), Some("99000119800229015"));
        assert_eq!(number.len(), 18);
    }
}
