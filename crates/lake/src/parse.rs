//! One value at a time: what a text in a file means, and what had to be mended.
//!
//! Nothing is guessed: a value is taken as it is, mended in a way that has a name and is counted, or
//! refused with a remedy. Typed columns do not come here (see `decode`).

use std::borrow::Cow;

use model::{Day, DecimalError, Fen, Quantity, Stamp, UnitPrice};

use crate::tables::Kind;

/// A way in which intake mends a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(crate) enum Correction {
    Trimmed,
    FullWidth,
    NullWord,
    DateForm,
    OptionalDropped,
    RefundTarget,
}

impl Correction {
    pub(crate) const ALL: [Self; 6] =
        [Self::Trimmed, Self::FullWidth, Self::NullWord, Self::DateForm, Self::OptionalDropped, Self::RefundTarget];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Trimmed => "去除首尾空白",
            Self::FullWidth => "全角字符转半角",
            Self::NullWord => "空值写法（NULL 等）按空值处理",
            Self::DateForm => "日期写法统一",
            Self::OptionalDropped => "可选列的值无法识别，按空值处理",
            Self::RefundTarget => "退费未指明原明细，按同次就诊同项目最近一条冲减",
        }
    }
}

/// A text as a number of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    Empty,
    Clean(i64),
    Mended(i64, Correction),
    /// The value stands for "nothing", in a way of its own.
    MendedEmpty(Correction),
    /// Why not, and what would be right.
    Bad(&'static str),
}

/// A text with its edges, width and null words put right; `None` when it is right already.
pub(crate) fn clean(kind: Kind, text: &str) -> Option<(Cow<'_, str>, Correction)> {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    if is_null_word(trimmed) {
        return Some((Cow::Borrowed(""), Correction::NullWord));
    }
    if kind != Kind::Name && !trimmed.is_ascii() && trimmed.chars().any(is_wide) {
        return Some((Cow::Owned(trimmed.chars().map(narrow).collect()), Correction::FullWidth));
    }
    (trimmed.len() != text.len()).then_some((Cow::Borrowed(trimmed), Correction::Trimmed))
}

fn is_null_word(text: &str) -> bool {
    text.len() <= 4 && matches!(text, "NULL" | "null" | "Null" | "\\N" | "None" | "NaN" | "nan" | "N/A")
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{3000}')
}

fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// Parses a text as a value of a number kind.
pub(crate) fn number(kind: Kind, text: &str) -> Parsed {
    if text.is_empty() {
        return Parsed::Empty;
    }
    if let Some((mended, correction)) = clean(kind, text) {
        return match number_clean(kind, &mended) {
            Parsed::Empty if correction == Correction::Trimmed => Parsed::Empty,
            Parsed::Empty => Parsed::MendedEmpty(correction),
            Parsed::Clean(value) => Parsed::Mended(value, correction),
            other => other,
        };
    }
    number_clean(kind, text)
}

fn number_clean(kind: Kind, text: &str) -> Parsed {
    if text.is_empty() {
        return Parsed::Empty;
    }
    let bytes = text.as_bytes();
    match kind {
        Kind::Day => day(text),
        Kind::Stamp => stamp(text),
        Kind::Fen => decimal(Fen::parse(bytes).map(|v| v.0), "应为最多两位小数的金额（元），如 12.50"),
        Kind::Price => decimal(UnitPrice::parse(bytes).map(|v| v.0), "应为最多四位小数的单价（元），如 12.5"),
        Kind::Quantity => decimal(Quantity::parse(bytes).map(|v| v.0), "应为最多四位小数的数量，如 2 或 0.5"),
        Kind::Whole | Kind::Code | Kind::Name => match Quantity::parse(bytes) {
            Ok(Quantity(value)) if value >= 0 && value % Quantity::SCALE == 0 => Parsed::Clean(value / Quantity::SCALE),
            _ => Parsed::Bad("应为非负整数，如 7"),
        },
    }
}

fn decimal(parsed: Result<i64, DecimalError>, remedy: &'static str) -> Parsed {
    match parsed {
        Ok(value) if value != crate::block::NONE => Parsed::Clean(value),
        _ => Parsed::Bad(remedy),
    }
}

const DATE_REMEDY: &str = "应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss，且是日历上存在的日期";

fn day(text: &str) -> Parsed {
    match moment(text) {
        None => Parsed::Bad(DATE_REMEDY),
        Some(at) if is_dashed(text.as_bytes(), 10) => Parsed::Clean(i64::from(at.day().0)),
        Some(at) => Parsed::Mended(i64::from(at.day().0), Correction::DateForm),
    }
}

fn stamp(text: &str) -> Parsed {
    match moment(text) {
        None => Parsed::Bad(DATE_REMEDY),
        Some(at) if is_dashed(text.as_bytes(), 10) || is_dashed(text.as_bytes(), 19) => Parsed::Clean(at.0),
        Some(at) => Parsed::Mended(at.0, Correction::DateForm),
    }
}

/// Whether the text has the contract's own form and length.
fn is_dashed(bytes: &[u8], length: usize) -> bool {
    bytes.len() == length
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            10 => *byte == b' ',
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

/// The moment, in any accepted form: also `2025年6月1日`, fractions of any length and a Beijing offset.
fn moment(text: &str) -> Option<Stamp> {
    let ascii: Cow<'_, str> = if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(['年', '月'], "-").replace('日', ""))
    };
    let text = ascii.trim();
    let text = text.strip_suffix("+08:00").or_else(|| text.strip_suffix("+0800")).unwrap_or(text);
    let (whole, fraction) = match text.rsplit_once('.') {
        Some((whole, fraction)) if whole.contains(':') => (whole, fraction),
        _ => (text, ""),
    };
    if text.len() > 40 || !whole.is_ascii() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // `2025-6-1 9:05` has a one-digit hour, which spreadsheets write and the strict form lacks.
    let padded = match whole.rsplit_once(' ') {
        Some((date, clock)) if clock.as_bytes().get(1) == Some(&b':') => Cow::Owned(format!("{date} 0{clock}")),
        _ => Cow::Borrowed(whole),
    };
    Stamp::parse(padded.as_bytes()).ok()
}

/// An Excel serial day (and fraction) as a text that is recognised as a mended date.
pub(crate) fn excel_serial(serial: &str) -> Option<String> {
    // The fraction is of a day; nine digits are finer than a second.
    let (days, fraction) = serial.split_once('.').unwrap_or((serial, "0"));
    let days: i32 = days.parse().ok().filter(|d| (20_000..80_000).contains(d))?;
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let billionths: i64 = digits.parse().ok()?;
    let seconds = (billionths * 86_400 + 500_000_000) / 1_000_000_000;
    // Day 25 569 of Excel is 1970-01-01.
    let at = Stamp(Day(days - 25_569).start().0 + seconds);
    let text = at.to_string().replace('-', "/");
    Some(if at.is_midnight() { text.split(' ').next().unwrap_or_default().to_owned() } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_mended_or_refused() {
        let day = |text: &str| i64::from(Day::parse(text.as_bytes()).unwrap().0);
        let at = |text: &str| Stamp::parse(text.as_bytes()).unwrap().0;
        for (kind, text, expect) in [
            (Kind::Fen, "12.5", Parsed::Clean(1250)),
            (Kind::Fen, " 12.5", Parsed::Mended(1250, Correction::Trimmed)),
            (Kind::Fen, "１２．５", Parsed::Mended(1250, Correction::FullWidth)),
            (Kind::Fen, "", Parsed::Empty),
            (Kind::Fen, "  ", Parsed::Empty),
            (Kind::Fen, "NULL", Parsed::MendedEmpty(Correction::NullWord)),
            (Kind::Whole, "7.0", Parsed::Clean(7)),
            (Kind::Quantity, "-2", Parsed::Clean(-20_000)),
            (Kind::Day, "2025-06-01", Parsed::Clean(day("2025-06-01"))),
            (Kind::Day, "2025-06-01 00:00:00", Parsed::Mended(day("2025-06-01"), Correction::DateForm)),
            (Kind::Day, "2025年6月1日", Parsed::Mended(day("2025-06-01"), Correction::DateForm)),
            (Kind::Stamp, "2025-06-01 09:05:00", Parsed::Clean(at("2025-06-01 09:05:00"))),
            (Kind::Stamp, "20250601090500", Parsed::Mended(at("2025-06-01 09:05:00"), Correction::DateForm)),
            (Kind::Stamp, "2025/6/1 9:05", Parsed::Mended(at("2025-06-01 09:05:00"), Correction::DateForm)),
            (
                Kind::Stamp,
                "2025-06-01 09:05:00.123456789012",
                Parsed::Mended(at("2025-06-01 09:05:00"), Correction::DateForm),
            ),
        ] {
            assert_eq!(number(kind, text), expect, "{kind:?} {text:?}");
        }
        for (kind, text) in
            [(Kind::Fen, "1,000"), (Kind::Whole, "-1"), (Kind::Stamp, "2025-02-30"), (Kind::Day, "六月")]
        {
            assert!(matches!(number(kind, text), Parsed::Bad(_)), "{kind:?} {text:?}");
        }
    }

    #[test]
    fn excel_serials_become_dates() {
        for (serial, expect) in [("45809", Some("2025/06/01")), ("45809.5", Some("2025/06/01 12:00:00")), ("7", None)] {
            assert_eq!(excel_serial(serial).as_deref(), expect, "{serial}");
        }
    }
}
