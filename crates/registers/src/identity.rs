//! What an identity number says of its holder (GB 11643-1999).

use model::Day;

/// What is wrong with an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFault {
    /// Fifteen digits, as before 2004.
    Old,
    /// Not seventeen digits and a digit or X.
    Form,
    /// Digits 7–14 are no day.
    Birthday,
    /// The last digit does not follow from the others; it should be this one.
    Check(char),
}

/// What the number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// Born on.
    pub(crate) born_on: Day,
    /// `1` or `2`.
    pub(crate) sex: &'static str,
}

/// Reads a number of eighteen characters, upper case.
pub(crate) fn read(number: &str) -> Result<Said, NumberFault> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    if number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberFault::Old);
    }
    let digits: Vec<u32> = number.chars().take(17).map_while(|letter| letter.to_digit(10)).collect();
    let last = number.chars().nth(17).filter(|last| last.is_ascii_digit() || *last == 'X');
    let (17, 18, Some(last)) = (digits.len(), number.chars().count(), last) else { return Err(NumberFault::Form) };
    let born_on = number.get(6..14).and_then(|day| Day::parse(day.as_bytes()).ok()).ok_or(NumberFault::Birthday)?;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = CHECK.get((sum % 11) as usize).copied().unwrap_or('X');
    if last != expected {
        return Err(NumberFault::Check(expected));
    }
    let sex = if digits.last().is_some_and(|digit| digit % 2 == 1) { "1" } else { "2" };
    Ok(Said { born_on, sex })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_birth_and_sex_or_what_is_wrong() {
        // The standard's own example.
        let said = read("11010519491231002X").unwrap();
        assert_eq!((said.born_on.to_string().as_str(), said.sex), ("1949-12-31", "2"));
        assert_eq!(read("110105194912310021"), Err(NumberFault::Check('X')));
        assert_eq!(read("110105194902300020"), Err(NumberFault::Birthday));
        assert_eq!(read("110105491231002"), Err(NumberFault::Old));
        for form in ["", "1101051949123100", "1101051949123100AX", "11010519491231002XX", "11010519491231002Y"] {
            assert_eq!(read(form), Err(NumberFault::Form), "{form}");
        }
    }
}
