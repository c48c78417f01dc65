//! `[[value]]`: one dated value of one slot, with its condition and its source.

use super::area::{Layer, span};
use super::{Words, condition};
use crate::condition::Condition;
use crate::ratio::Ratio;
use crate::slots::{SlotKey, Unit};
use crate::words::{Borne, Fund};
use datafile::{Reading, Table, did_you_mean};
use model::{Day, Fen};
use toml::Spanned;
use toml::de::DeValue;

/// What a slot is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Money(Fen),
    Ratio(Ratio),
    /// Ratios by fund; `None` is the tier's own fund.
    Split(Vec<(Option<Fund>, Ratio)>),
    Cap(CapText),
    Count(u16),
    Covers(Vec<Borne>),
}

/// A ceiling as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CapText {
    Unlimited,
    Sum(Fen),
    Index { index: String, factor: Ratio },
}

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Document { document: String, article: String },
    Assumed(String),
}

/// A value of a slot, from a day on, where a condition holds.
#[derive(Debug, Clone)]
pub(crate) struct ValueRow {
    pub(crate) key: SlotKey,
    /// The slot as written, for messages and the trace.
    pub(crate) slot: String,
    /// 0-based band; 0 where the slot has none.
    pub(crate) band: u8,
    pub(crate) condition: Condition,
    /// The condition as written, for people.
    pub(crate) value: Value,
    pub(crate) from: Day,
    pub(crate) until: Option<Day>,
    pub(crate) source: Source,
    pub(crate) layer: Layer,
    /// Code of the area whose folder holds it.
    pub(crate) area: String,
    pub(crate) file: String,
    pub(crate) line: usize,
}

impl ValueRow {
    /// Whether the row holds on the day.
    pub(crate) fn in_force(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on < until)
    }

    /// `file:line`, for messages.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Where the rows of a file belong.
pub(super) struct Home<'a> {
    pub(super) layer: Layer,
    pub(super) area: &'a str,
    pub(super) file: &'a str,
    pub(super) words: &'a Words,
    pub(super) programmes: &'a [String],
    /// Tier names; `None` at upper levels, where any name may be a tier of some area.
    pub(super) tiers: Option<&'a [String]>,
    /// Documents the row may name.
    pub(super) documents: &'a [String],
    /// Dates of the overlay, when the rows are one's.
    pub(super) dates: Option<(Day, Option<Day>)>,
    pub(super) source: Option<&'a Source>,
}

/// Reads every `[[value]]` of a table.
pub(super) fn rows(reading: &mut Reading<'_>, table: &mut Table<'_, '_>, home: &Home<'_>) -> Vec<ValueRow> {
    let tables = table.tables(reading, "value");
    tables.into_iter().filter_map(|table| row(reading, table, home)).collect()
}

fn row(reading: &mut Reading<'_>, mut table: Table<'_, '_>, home: &Home<'_>) -> Option<ValueRow> {
    let slot = table.text(reading, "slot");
    let key = SlotKey::parse(&slot, |tier| home.tiers.is_none_or(|tiers| tiers.iter().any(|known| known == tier)));
    if key.is_none() && !slot.is_empty() {
        let known = known_slots(home);
        let hint = did_you_mean(&slot, known.iter().map(String::as_str));
        reading.report(table.line(), table.key("slot"), format!("没有参数位“{slot}”{hint}"));
    }
    let banded = key.as_ref().is_some_and(|key| matches!(key.info().name, "rate" | "band_upper"));
    let band = match table.integer(reading, "band") {
        None => 1,
        Some(band) if banded && (1..=9).contains(&band) => band,
        Some(_) => {
            reading.report(table.line(), table.key("band"), "只有 rate 与 band_upper 有分段，序号 1 至 9");
            1
        }
    };
    let condition = condition::read(reading, &mut table, home.words, home.programmes);
    let (from, until) = match home.dates {
        Some(dates) if !table.holds("from") => dates,
        _ => span(reading, &mut table),
    };
    let value = match table.get("value") {
        None => {
            reading.report(table.line(), table.key("value"), "缺少此键，必须填写");
            None
        }
        Some(written) => key.as_ref().and_then(|key| value(reading, &table, written, key.info().unit)),
    };
    let source = source(reading, &mut table, home);
    table.optional_text(reading, "note");
    let line = table.line();
    table.finish(reading);
    Some(ValueRow {
        key: key?,
        slot,
        band: u8::try_from(band - 1).unwrap_or_default(),
        condition,
        value: value?,
        from,
        until,
        source: source?,
        layer: home.layer,
        area: home.area.to_owned(),
        file: home.file.to_owned(),
        line,
    })
}

/// `document` and `article`, or `assumed`: a value without a source is no value.
pub(super) fn source(reading: &mut Reading<'_>, table: &mut Table<'_, '_>, home: &Home<'_>) -> Option<Source> {
    let document = table.optional_text(reading, "document");
    let article = table.optional_text(reading, "article").unwrap_or_default();
    let assumed = table.optional_text(reading, "assumed");
    match (document, assumed) {
        (Some(document), None) => {
            if !home.documents.contains(&document) {
                let hint = did_you_mean(&document, home.documents.iter().map(String::as_str));
                reading.report(table.line(), table.key("document"), format!("没有登记文件“{document}”{hint}"));
            }
            if article.is_empty() {
                reading.report(table.line(), table.key("article"), "缺少条款；写明条、款、项或页面段落");
            }
            Some(Source::Document { document, article })
        }
        (None, Some(reason)) if !reason.is_empty() => Some(Source::Assumed(reason)),
        (Some(_), Some(_)) => {
            reading.report(table.line(), table.key("assumed"), "有依据就不写 assumed；二者只写其一");
            None
        }
        _ => match home.source {
            Some(source) => Some(source.clone()),
            None => {
                reading.report(
                    table.line(),
                    table.key("document"),
                    "缺少依据：写 document 与 article；没有依据时写 assumed = \"理由\"",
                );
                None
            }
        },
    }
}

fn known_slots(home: &Home<'_>) -> Vec<String> {
    let tiers = home.tiers.unwrap_or_default();
    let of_tiers = tiers.iter().flat_map(|tier| {
        crate::slots::SLOTS
            .iter()
            .filter(|info| info.place == crate::slots::Place::Tier)
            .map(move |info| format!("{tier}.{}", info.name))
    });
    let others = crate::slots::SLOTS.iter().filter(|info| info.place != crate::slots::Place::Tier);
    of_tiers.chain(others.map(|info| info.name.to_owned())).collect()
}

fn value(
    reading: &mut Reading<'_>,
    table: &Table<'_, '_>,
    written: &Spanned<DeValue<'_>>,
    unit: Unit,
) -> Option<Value> {
    let line = reading.line_at(written.span().start);
    let mut wrong = |wanted: &str| {
        reading.report(line, table.key("value"), format!("应为{wanted}"));
        None
    };
    let text = match written.get_ref() {
        DeValue::String(text) => Some(text.as_ref()),
        _ => None,
    };
    match unit {
        Unit::Money => match text.map(|text| Fen::parse(text.as_bytes())) {
            Some(Ok(fen)) if fen >= Fen::ZERO => Some(Value::Money(fen)),
            _ => wrong("引号括起的金额（元，至多两位小数），如 \"1800\""),
        },
        Unit::Ratio => match text.and_then(Ratio::parse) {
            Some(ratio) if ratio >= Ratio::ZERO => Some(Value::Ratio(ratio)),
            _ => wrong("引号括起的比例（小数），如 \"0.85\""),
        },
        Unit::Points => match text.and_then(Ratio::parse) {
            Some(ratio) if ratio.0.abs() <= Ratio::ONE.0 => Some(Value::Ratio(ratio)),
            _ => wrong("引号括起的百分点（小数，可为负），如 \"-0.10\""),
        },
        Unit::Count => match written.get_ref() {
            DeValue::Integer(number) => match number.as_str().parse() {
                Ok(count) => Some(Value::Count(count)),
                Err(_) => wrong("0 至 65535 的整数"),
            },
            _ => wrong("整数"),
        },
        Unit::Split => match written.get_ref() {
            DeValue::String(text) => match Ratio::parse(text) {
                Some(ratio) if ratio == ratio.within_one() => Some(Value::Split(vec![(None, ratio)])),
                _ => wrong("0 至 1 的比例，如 \"0.85\""),
            },
            DeValue::Table(parts) => split(parts).or_else(|| {
                wrong("基金 → 比例的表（至多四个基金，合计不超过 1），如 { large_amount = \"0.80\", retiree_supplement = \"0.10\" }")
            }),
            _ => wrong("比例或基金 → 比例的表"),
        },
        Unit::Cap => match written.get_ref() {
            DeValue::String(text) if text == "none" => Some(Value::Cap(CapText::Unlimited)),
            DeValue::String(text) => match Fen::parse(text.as_bytes()) {
                Ok(fen) if fen >= Fen::ZERO => Some(Value::Cap(CapText::Sum(fen))),
                _ => wrong("金额、\"none\" 或 { index, factor }"),
            },
            DeValue::Table(parts) => {
                let part = |key: &str| match parts.get(key).map(Spanned::get_ref) {
                    Some(DeValue::String(text)) => Some(text.to_string()),
                    _ => None,
                };
                match (part("index"), part("factor").and_then(|text| Ratio::parse(&text)), parts.len()) {
                    (Some(index), Some(factor), 2) => Some(Value::Cap(CapText::Index { index, factor })),
                    _ => wrong("{ index = \"mean_wage\", factor = \"6\" }"),
                }
            }
            _ => wrong("金额、\"none\" 或 { index, factor }"),
        },
        Unit::Words => match written.get_ref() {
            DeValue::Array(items) => {
                let words: Option<Vec<Borne>> = items
                    .iter()
                    .map(|item| match item.get_ref() {
                        DeValue::String(text) => Borne::parse(text),
                        _ => None,
                    })
                    .collect();
                words.map(Value::Covers).or_else(|| wrong("self_paid、upfront、over_limit、self_funded 中的词"))
            }
            _ => wrong("词的列表"),
        },
    }
}

fn split(parts: &toml::de::DeTable<'_>) -> Option<Value> {
    let mut split = Vec::new();
    for (fund, ratio) in parts {
        let DeValue::String(text) = ratio.get_ref() else { return None };
        split.push((Some(Fund::parse(fund.get_ref())?), Ratio::parse(text).filter(|ratio| *ratio >= Ratio::ZERO)?));
    }
    let sum: i64 = split.iter().map(|(_, ratio)| ratio.0).sum();
    (!split.is_empty() && split.len() <= 4 && sum <= Ratio::ONE.0).then_some(Value::Split(split))
}
