//! `when = { … }`: a condition as written, compiled into masks and ranges.

use super::Words;
use crate::condition::{Bounds, Condition};
use crate::words::{Filing, Kind, Level, Portion, Region, Status};
use datafile::{Reading, Table, did_you_mean};

/// Every key a condition may have; `age`, `admission` and `cover_months` are ranges.
const KEYS: [&str; 12] = [
    "kind",
    "level",
    "status",
    "filing",
    "region",
    "portion",
    "special",
    "programme",
    "supplement",
    "community",
    "selected",
    "referred",
];

/// Reads the `when` table of a row; without one the row holds always.
pub(super) fn read(
    reading: &mut Reading<'_>,
    table: &mut Table<'_, '_>,
    words: &Words,
    programmes: &[String],
) -> Condition {
    let mut condition = Condition::ALWAYS;
    let Some(mut table) = table.table(reading, "when") else { return condition };
    let when = &mut table;
    condition.kinds = closed_mask(reading, when, "kind", |t| Kind::parse(t).map(Kind::bit), Kind::names().collect());
    condition.levels = closed_mask(reading, when, "level", level_bits, Level::names().collect());
    condition.statuses =
        closed_mask(reading, when, "status", |t| Status::parse(t).map(Status::bit), Status::names().collect());
    condition.filings =
        closed_mask(reading, when, "filing", |t| Filing::parse(t).map(Filing::bit), Filing::names().collect());
    condition.regions =
        closed_mask(reading, when, "region", |t| Region::parse(t).map(Region::bit), Region::names().collect());
    condition.portions =
        closed_mask(reading, when, "portion", |t| Portion::parse(t).map(Portion::bit), Portion::names().collect());
    condition.special = open_mask(reading, when, "special", &words.special).map_or(u64::MAX, |mask| mask << 1);
    condition.programmes = open_mask(reading, when, "programme", programmes).map_or(u64::MAX, |mask| mask << 1);
    condition.supplements = open_mask(reading, when, "supplement", &words.supplements).map_or(0, |mask| mask as u32);
    for (key, mask, no, yes) in [
        ("community", &mut condition.community, 0b01, 0b10),
        ("selected", &mut condition.selected, 0b010, 0b100),
        ("referred", &mut condition.referred, 0b010, 0b100),
    ] {
        if when.holds(key) {
            *mask = if super::area::flag(reading, when, key) { yes } else { no };
        }
    }
    for (key, bounds) in [
        ("age", &mut condition.age),
        ("admission", &mut condition.admission),
        ("cover_months", &mut condition.cover_months),
    ] {
        if let Some(text) = when.optional_text(reading, key) {
            match range(&text) {
                Some(range) => *bounds = range,
                None => reading.report(
                    when.line(),
                    when.key(key),
                    format!("“{text}” 不是半开区间；写作 \"70..\"、\"..7\" 或 \"2..4\"（不含上界）"),
                ),
            }
        }
    }
    for key in KEYS {
        when.allow(key);
    }
    table.finish(reading);
    condition
}

/// `"3"` asks for any tertiary institution, provincial ones included.
fn level_bits(text: &str) -> Option<u16> {
    let level = Level::parse(text)?;
    Some(if level == Level::Third { level.bit() | Level::ThirdProvincial.bit() } else { level.bit() })
}

fn closed_mask(
    reading: &mut Reading<'_>,
    when: &mut Table<'_, '_>,
    key: &'static str,
    parse: fn(&str) -> Option<u16>,
    names: Vec<&'static str>,
) -> u16 {
    if !when.holds(key) {
        return u16::MAX;
    }
    let mut mask = 0;
    for text in when.texts(reading, key) {
        match parse(&text) {
            Some(bits) => mask |= bits,
            None => {
                let hint = did_you_mean(&text, names.iter().copied());
                reading.report(when.line(), when.key(key), format!("不认识“{text}”{hint}"));
            }
        }
    }
    if mask == 0 {
        reading.report(when.line(), when.key(key), "至少要有一个词，否则此行永不适用");
    }
    mask
}

fn open_mask(reading: &mut Reading<'_>, when: &mut Table<'_, '_>, key: &'static str, known: &[String]) -> Option<u64> {
    if !when.holds(key) {
        return None;
    }
    let mut mask = 0;
    for text in when.texts(reading, key) {
        match known.iter().position(|word| *word == text) {
            Some(index) => mask |= 1 << index,
            None => {
                let hint = did_you_mean(&text, known.iter().map(String::as_str));
                reading.report(when.line(), when.key(key), format!("未声明的词“{text}”{hint}"));
            }
        }
    }
    if mask == 0 {
        reading.report(when.line(), when.key(key), "至少要有一个词，否则此行永不适用");
    }
    Some(mask)
}

/// `"70.."`, `"..7"`, `"2..4"`.
fn range(text: &str) -> Option<Bounds> {
    let (from, until) = text.split_once("..")?;
    let number = |part: &str, open: u16| if part.is_empty() { Some(open) } else { part.parse().ok() };
    let bounds = Bounds { from: number(from, 0)?, until: number(until, u16::MAX)? };
    (bounds.from < bounds.until && bounds != Bounds::ALL).then_some(bounds)
}
