//! Single values: from what a row says to what a table holds, and to what people read.

use crate::package::{CapText, Value};
use crate::policy::{FUNDS_MAX, Split};
use crate::ratio::Ratio;
use crate::words::{Borne, Fund};
use model::Fen;

pub(super) fn money(value: &Value) -> Option<Fen> {
    if let Value::Money(fen) = value { Some(*fen) } else { None }
}

pub(super) fn ratio(value: &Value) -> Option<Ratio> {
    if let Value::Ratio(ratio) = value { Some(*ratio) } else { None }
}

pub(super) fn count(value: &Value) -> Option<u16> {
    if let Value::Count(count) = value { Some(*count) } else { None }
}

pub(super) fn covers(value: &Value) -> Option<u8> {
    let Value::Covers(words) = value else { return None };
    Some(words.iter().fold(0, |mask, word| mask | 1 << *word as u8))
}

/// The tier's own fund first, at nothing when the split does not name it.
pub(super) fn split(value: &Value, own: Fund) -> Option<Split> {
    let Value::Split(written) = value else { return None };
    let mut parts = [(own, Ratio::ZERO); FUNDS_MAX];
    let mut len = 1;
    for (fund, ratio) in written {
        let fund = fund.unwrap_or(own);
        if fund == own {
            parts[0].1 = *ratio;
        } else if let Some(part) = parts.get_mut(len) {
            *part = (fund, *ratio);
            len += 1;
        }
    }
    Some(Split { parts, len: len as u8 })
}

/// A factor without the percent sign: `6`, `0.06`.
pub(super) fn plain(ratio: Ratio) -> String {
    let fraction = format!("{:06}", ratio.0 % Ratio::ONE.0);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", ratio.0 / Ratio::ONE.0)
}

/// A value for people.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Money(fen) => format!("{fen} 元"),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Split(parts) => {
            let named = parts.iter().map(|(fund, ratio)| match fund {
                None => ratio.to_string(),
                Some(fund) => format!("{} {ratio}", fund.title()),
            });
            named.collect::<Vec<_>>().join(" + ")
        }
        Value::Cap(CapText::Unlimited) => "不封顶".to_owned(),
        Value::Cap(CapText::Sum(fen)) => format!("{fen} 元"),
        Value::Cap(CapText::Index { index, factor }) => format!("{} × {index}", plain(*factor)),
        Value::Count(count) => count.to_string(),
        Value::Covers(words) => words.iter().map(|word: &Borne| word.title()).collect::<Vec<_>>().join("、"),
    }
}
