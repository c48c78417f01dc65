//! Numbers as text (I2): what a sender wrote becomes plain digits of the declared precision, or is refused.

use crate::fault::quote;
use std::borrow::Cow;

/// A decimal in plain digits: `1.5E3`, as Java prints doubles, is `1500`. Anything else comes back as it is.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return Cow::Borrowed(text) };
    let Some(exponent) = exponent.parse::<i32>().ok().filter(|exponent| exponent.abs() <= 30) else {
        return Cow::Borrowed(text);
    };
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).unwrap_or(0) + exponent;
    let (whole, fraction) = if point <= 0 {
        ("0".to_owned(), format!("{}{all}", "0".repeat(point.unsigned_abs() as usize)))
    } else {
        let point = point as usize;
        let padded = format!("{all:0<point$}");
        let (whole, fraction) = padded.split_at(point.min(padded.len()));
        (whole.to_owned(), fraction.to_owned())
    };
    let fraction = fraction.trim_end_matches('0');
    Cow::Owned(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// A decimal of at most `size` digits, decimals among them, in its shortest form; or what is wrong, and the remedy.
pub(crate) fn number(text: &str, size: Option<(usize, usize)>) -> Result<Box<str>, (String, String)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number =
        whole.len() + fraction.len() > 0 && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    let (most, decimals) = size.unwrap_or((18, 6));
    if !is_number {
        return Err((format!("{}不是数字", quote(text)), format!("请填写最多 {decimals} 位小数的数字")));
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.len() > decimals {
        return Err((format!("{}的小数超过 {decimals} 位", quote(text)), "请按规定精度填写".into()));
    }
    if whole.len() > most.saturating_sub(decimals).min(14) {
        return Err((
            format!("{}超出范围", quote(text)),
            format!("请填写不超过 {} 位整数的数字", most.saturating_sub(decimals).min(14)),
        ));
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_numbers_are_kept_exactly_or_refused() {
        for (text, size, expect) in [
            ("100.00", (16, 2), Ok("100")),
            ("0.10", (16, 2), Ok("0.1")),
            ("-0.00", (16, 2), Ok("0")),
            ("-3.07", (16, 2), Ok("-3.07")),
            (".5", (16, 4), Ok("0.5")),
            ("007", (3, 0), Ok("7")),
            ("99999999999999.99", (16, 2), Ok("99999999999999.99")),
            ("100000000000000", (16, 2), Err("超出范围")),
            ("1.005", (16, 2), Err("小数超过 2 位")),
            ("1,000", (16, 2), Err("不是数字")),
            ("NaN", (16, 2), Err("不是数字")),
            ("+1.5", (16, 2), Ok("1.5")),
            ("--1", (16, 2), Err("不是数字")),
            ("-+1", (16, 2), Err("不是数字")),
            (".", (16, 2), Err("不是数字")),
            ("１２", (16, 2), Err("不是数字")),
        ] {
            match (number(text, Some(size)), expect) {
                (Ok(kept), Ok(expect)) => assert_eq!(&*kept, expect, "{text}"),
                (Err((what, _)), Err(expect)) => assert!(what.contains(expect), "{text}: {what}"),
                (got, _) => panic!("{text}: {got:?}"),
            }
        }
    }

    #[test]
    fn i2_an_exponent_is_spelled_out_without_floating_point() {
        for (text, expect) in [
            ("1.23456789E7", "12345678.9"),
            ("1e2", "100"),
            ("-5E-1", "-0.5"),
            ("1.0E-3", "0.001"),
            ("12", "12"),
            ("1e999", "1e999"),
        ] {
            assert_eq!(plain(text), expect);
        }
    }
}
