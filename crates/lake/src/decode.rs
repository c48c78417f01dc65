//! Arrow columns of any type → a [`Block`]: typed columns by vector, texts by the value.
//!
//! Dictionaries are kept: a value of a dictionary is cleaned or parsed once, however many rows share
//! it, and the outcome is remembered as long as the reader keeps handing out the same dictionary.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal64Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};

use crate::block::{Block, Column, NONE, Origin, Origins, State, Texts};
use crate::issues::Issues;
use crate::parse::{Correction, Parsed, clean, number};
use crate::tables::{ColumnSpec, Kind, Need, Table, TableSpec};

/// Rows as a format's reader hands them over: an array a column of the table.
pub(crate) struct Raw {
    pub(crate) origin: Origin,
    pub(crate) rows: usize,
    pub(crate) arrays: Vec<Option<ArrayRef>>,
    /// Rows that are broken before any value is looked at: (row, reason).
    pub(crate) broken: Vec<(usize, String)>,
}

/// Decodes the batches of one table.
pub(crate) struct Decoder {
    spec: &'static TableSpec,
    table: Table,
    memories: Vec<Option<Memory>>,
}

/// What was made of a dictionary.
struct Memory {
    source: StringArray,
    made: Made,
}

#[derive(Clone)]
enum Made {
    /// Cleaned values, and per value what was mended.
    Texts(StringArray, Arc<Vec<Option<Correction>>>),
    Numbers(Arc<Vec<Parsed>>),
}

/// The rows being decoded.
struct Rows<'a> {
    table: Table,
    origin: Origin,
    states: &'a mut [State],
    issues: &'a mut Issues,
}

impl Rows<'_> {
    fn correct(&mut self, row: usize, correction: Correction) {
        self.issues.count(self.table, correction);
        if let Some(state) = self.states.get_mut(row)
            && *state == State::Accepted
        {
            *state = State::Corrected;
        }
    }

    fn reject(&mut self, row: usize, column: &'static str, value: &str, reason: String) {
        if let Some(state) = self.states.get_mut(row)
            && *state != State::Rejected
        {
            *state = State::Rejected;
            let origin = Origin { file: self.origin.file, row: self.origin.row + row as u64 };
            self.issues.reject(self.table, origin, column, value, reason);
        }
    }

    fn missing(&mut self, row: usize, column: &ColumnSpec) {
        self.reject(row, column.name, "", format!("必填列 {} 为空，请补全后重新导出", column.name));
    }

    fn bad(&mut self, row: usize, column: &ColumnSpec, value: &str, remedy: &str) {
        if column.need == Need::Required {
            self.reject(row, column.name, value, format!("{} {remedy}", column.name));
        } else {
            self.correct(row, Correction::OptionalDropped);
        }
    }
}

impl Decoder {
    pub(crate) fn new(table: Table) -> Self {
        let spec = table.spec();
        Self { spec, table, memories: spec.columns.iter().map(|_| None).collect() }
    }

    /// Decodes one batch; refused rows and counts go to `issues`.
    pub(crate) fn decode(&mut self, raw: Raw, issues: &mut Issues) -> Block {
        let mut states = vec![State::Accepted; raw.rows];
        let mut rows = Rows { table: self.table, origin: raw.origin, states: &mut states, issues };
        for (row, reason) in raw.broken {
            rows.reject(row, "", "", reason);
        }
        let mut columns = Vec::with_capacity(self.spec.columns.len());
        for ((spec, array), memory) in self.spec.columns.iter().zip(raw.arrays).zip(&mut self.memories) {
            let column = match array {
                None => Column::Missing,
                Some(array) => match spec.kind {
                    Kind::Code | Kind::Name => Column::Text(texts(spec, &array, memory, &mut rows)),
                    _ => Column::Number(numbers(spec, &array, memory, &mut rows)),
                },
            };
            columns.push(column);
        }
        Block { rows: raw.rows, origins: Origins::Run(raw.origin), states, columns }
    }
}

/// A text column without its errors looked at: for scans of keys. Cleaned like any other.
pub(crate) fn key_texts(array: &ArrayRef) -> Texts {
    let spec = &ColumnSpec { name: "", kind: Kind::Code, need: Need::Read };
    let mut issues = Issues::default();
    let mut states = Vec::new();
    let mut rows = Rows { table: Table::Lines, origin: Origin::default(), states: &mut states, issues: &mut issues };
    texts(spec, array, &mut None, &mut rows)
}

fn texts(spec: &ColumnSpec, array: &ArrayRef, memory: &mut Option<Memory>, rows: &mut Rows<'_>) -> Texts {
    let (keys, values) = as_texts(array);
    let made = match memory.take() {
        Some(known) if keys.is_some() && same(&known.source, &values) => known.made,
        _ => {
            let (cleaned, mended) = clean_all(spec.kind, &values);
            Made::Texts(cleaned, Arc::new(mended))
        }
    };
    let Made::Texts(cleaned, mended) = made.clone() else { return Texts::Plain(values) };
    let column = match keys {
        None => Texts::Plain(cleaned),
        Some(keys) => {
            *memory = Some(Memory { source: values, made });
            Texts::Coded { keys, values: cleaned }
        }
    };
    if !mended.is_empty() {
        for row in 0..array.len() {
            let value = match &column {
                Texts::Plain(_) => row,
                Texts::Coded { keys, .. } => keys.get(row).map_or(usize::MAX, |&key| key as usize),
            };
            if let Some(Some(correction)) = mended.get(value) {
                rows.correct(row, *correction);
            }
        }
    }
    if spec.need == Need::Required {
        require(spec, array.len(), &column, rows);
    }
    column
}

fn require(spec: &ColumnSpec, length: usize, column: &Texts, rows: &mut Rows<'_>) {
    let full = match column {
        Texts::Plain(array) => {
            array.null_count() == 0 && array.offsets().windows(2).all(|pair| pair.first() != pair.last())
        }
        Texts::Coded { keys, values } => {
            values.null_count() == 0
                && values.offsets().windows(2).all(|pair| pair.first() != pair.last())
                && keys.iter().all(|&key| (key as usize) < values.len())
        }
    };
    if !full {
        (0..length).filter(|&row| column.get(row).is_empty()).for_each(|row| rows.missing(row, spec));
    }
}

fn same(left: &StringArray, right: &StringArray) -> bool {
    left.len() == right.len()
        && left.value_data().as_ptr() == right.value_data().as_ptr()
        && left.offsets().inner().as_ptr() == right.offsets().inner().as_ptr()
}

/// Cleans every value; the second part is empty when nothing had to be mended.
fn clean_all(kind: Kind, values: &StringArray) -> (StringArray, Vec<Option<Correction>>) {
    let suspicious = |text: &str| match text.as_bytes() {
        [] => false,
        bytes @ [first, .., last] if kind != Kind::Name => {
            *first <= b' ' || *last <= b' ' || (bytes.len() <= 4 && !first.is_ascii_digit()) || !bytes.is_ascii()
        }
        _ => true,
    };
    if !values.iter().flatten().any(|text| suspicious(text) && clean(kind, text).is_some()) {
        return (values.clone(), Vec::new());
    }
    let mut cleaned = StringBuilder::with_capacity(values.len(), values.value_data().len());
    let mut mended = Vec::with_capacity(values.len());
    for text in values.iter() {
        match text.and_then(|text| clean(kind, text)) {
            Some((right, correction)) => {
                // Blank cells are empty cells: nothing was mended.
                mended.push((correction != Correction::Trimmed || !right.is_empty()).then_some(correction));
                cleaned.append_value(right);
            }
            None => {
                mended.push(None);
                cleaned.append_value(text.unwrap_or_default());
            }
        }
    }
    (cleaned.finish(), mended)
}

/// Keys (of a dictionary) and texts of an array of any type. Null texts come out empty.
fn as_texts(array: &ArrayRef) -> (Option<Vec<u32>>, StringArray) {
    let (keys, texts) = as_any_texts(array);
    let Some(nulls) = texts.nulls() else { return (keys, texts) };
    let hidden = texts.offsets().windows(2).zip(nulls).any(|(pair, valid)| !valid && pair.first() != pair.last());
    if hidden {
        let empty = StringArray::from_iter_values(texts.iter().map(Option::unwrap_or_default));
        return (keys, empty);
    }
    (keys, texts)
}

fn as_any_texts(array: &ArrayRef) -> (Option<Vec<u32>>, StringArray) {
    match array.data_type() {
        DataType::Utf8 => (None, array.as_string::<i32>().clone()),
        DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let keys = dictionary.keys();
            // Null rows become a key that no dictionary has.
            let plain: Vec<u32> = match keys.nulls() {
                None => keys.values().iter().map(|&key| key as u32).collect(),
                Some(nulls) => keys
                    .values()
                    .iter()
                    .zip(nulls.iter())
                    .map(|(&k, ok)| if ok { k as u32 } else { u32::MAX })
                    .collect(),
            };
            (Some(plain), dictionary.values().as_string::<i32>().clone())
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => (None, float_texts(array)),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let texts = cast_texts(array);
            let short = |text: &str| match text.split_once('.') {
                Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole.to_owned(),
                _ => text.to_owned(),
            };
            (None, texts.iter().map(|text| text.map(short)).collect())
        }
        DataType::Boolean => {
            let flags = array.as_boolean();
            (None, flags.iter().map(|flag| flag.map(|flag| if flag { "1" } else { "0" })).collect())
        }
        _ => (None, cast_texts(array)),
    }
}

fn cast_texts(array: &ArrayRef) -> StringArray {
    match cast(array, &DataType::Utf8) {
        Ok(texts) => texts.as_string::<i32>().clone(),
        // A type without a text form (a list, a struct) holds nothing that the contract knows.
        Err(_) => StringArray::new_null(array.len()),
    }
}

/// Floats by their shortest text; the noise of binary fractions beyond six decimals is cut.
fn float_texts(array: &ArrayRef) -> StringArray {
    let Ok(wide) = cast(array, &DataType::Float64) else { return StringArray::new_null(array.len()) };
    let narrow = *array.data_type() != DataType::Float64;
    let text = |value: f64| if narrow { (value as f32).to_string() } else { float_text(value) };
    wide.as_primitive::<Float64Type>().iter().map(|v| v.filter(|v| !v.is_nan()).map(text)).collect()
}

/// The shortest text of a float, without the noise of binary fractions.
pub(crate) fn float_text(value: f64) -> String {
    let shortest = value.to_string();
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals(&shortest) <= 6 {
        return shortest;
    }
    // An Excel moment needs its nine decimals; money with six zeros behind the cent does not.
    let cut = format!("{value:.6}");
    let cut = cut.trim_end_matches('0');
    if decimals(cut) <= 4 { cut.trim_end_matches('.').to_owned() } else { shortest }
}

fn numbers(spec: &ColumnSpec, array: &ArrayRef, memory: &mut Option<Memory>, rows: &mut Rows<'_>) -> Vec<i64> {
    let mut result = match typed(spec, array, rows) {
        Some(values) => values,
        None => return parsed(spec, array, memory, rows),
    };
    if let Some(nulls) = array.logical_nulls() {
        for (row, value) in result.iter_mut().enumerate() {
            if nulls.is_null(row) {
                *value = NONE;
                if spec.need == Need::Required {
                    rows.missing(row, spec);
                }
            }
        }
    }
    result
}

fn decimals(kind: Kind) -> Option<u32> {
    match kind {
        Kind::Whole => Some(0),
        Kind::Fen => Some(2),
        Kind::Price | Kind::Quantity => Some(4),
        _ => None,
    }
}

/// Columns whose type says what they are; `None` for those that must be parsed.
fn typed(spec: &ColumnSpec, array: &ArrayRef, rows: &mut Rows<'_>) -> Option<Vec<i64>> {
    match (array.data_type(), decimals(spec.kind)) {
        (DataType::Decimal128(_, scale), Some(wanted)) => {
            let scale = u32::try_from(*scale).ok()?;
            Some(rescale(spec, array, (scale, wanted), rows))
        }
        (DataType::Decimal64(_, scale), Some(wanted)) if u32::try_from(*scale) == Ok(wanted) => {
            Some(array.as_primitive::<Decimal64Type>().values().to_vec())
        }
        (DataType::Decimal32(_, s) | DataType::Decimal64(_, s) | DataType::Decimal256(_, s), Some(wanted)) => {
            let scale = u32::try_from(*s).ok()?;
            let wide = cast(array, &DataType::Decimal128(38, *s)).ok()?;
            Some(rescale(spec, &wide, (scale, wanted), rows))
        }
        (integer, Some(wanted)) if integer.is_integer() => {
            let wide = cast(array, &DataType::Int64).ok()?;
            let factor = 10_i64.checked_pow(wanted)?;
            let values = wide.as_primitive::<Int64Type>().values();
            Some(each(spec, array, values.iter().map(|v| v.checked_mul(factor)), rows))
        }
        (DataType::Date32, None) => {
            let days = array.as_primitive::<Date32Type>().values();
            let factor = if spec.kind == Kind::Day { 1 } else { 86_400 };
            Some(days.iter().map(|day| i64::from(*day) * factor).collect())
        }
        (DataType::Date64, None) => {
            let values = array.as_primitive::<Date64Type>().values();
            Some(moments(spec, values.iter().map(|v| v.div_euclid(1000))))
        }
        (DataType::Timestamp(unit, zone), None) => {
            // A zone means that the value is an instant; the interface speaks Beijing time.
            let shift = if zone.is_some() { 8 * 3600 } else { 0 };
            let (values, per_second) = match unit {
                TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().values(), 1),
                TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().values(), 1_000),
                TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().values(), 1_000_000),
                TimeUnit::Nanosecond => (array.as_primitive::<TimestampNanosecondType>().values(), 1_000_000_000),
            };
            Some(match per_second {
                // Constants let the compiler divide by multiplication.
                1_000 => moments(spec, values.iter().map(|v| v.div_euclid(1_000) + shift)),
                1_000_000 => moments(spec, values.iter().map(|v| v.div_euclid(1_000_000) + shift)),
                other => moments(spec, values.iter().map(|v| v.div_euclid(other) + shift)),
            })
        }
        _ => None,
    }
}

fn moments(spec: &ColumnSpec, seconds: impl Iterator<Item = i64>) -> Vec<i64> {
    if spec.kind == Kind::Day { seconds.map(|s| s.div_euclid(86_400)).collect() } else { seconds.collect() }
}

fn rescale(spec: &ColumnSpec, array: &ArrayRef, (scale, wanted): (u32, u32), rows: &mut Rows<'_>) -> Vec<i64> {
    let values = array.as_primitive::<Decimal128Type>().values();
    if scale == wanted {
        // The common case; what does not fit 64 bits is found by the sign of the high half.
        let narrow: Vec<i64> = values.iter().map(|v| *v as i64).collect();
        if values.iter().zip(&narrow).all(|(wide, narrow)| i128::from(*narrow) == *wide) {
            return narrow;
        }
    }
    let up = 10_i128.pow(wanted.saturating_sub(scale));
    let down = 10_i128.pow(scale.saturating_sub(wanted).min(38));
    let fit = |v: &i128| {
        let value = v.checked_mul(up).filter(|v| v % down == 0)? / down;
        i64::try_from(value).ok()
    };
    each(spec, array, values.iter().map(fit), rows)
}

/// Collects values; those that do not fit their kind are bad, with the array's own text.
fn each(
    spec: &ColumnSpec,
    array: &ArrayRef,
    values: impl Iterator<Item = Option<i64>>,
    rows: &mut Rows<'_>,
) -> Vec<i64> {
    let fits = |value: &i64| *value != NONE && (spec.kind != Kind::Whole || *value >= 0);
    let mut texts = None;
    let mut result = Vec::with_capacity(array.len());
    for (row, value) in values.enumerate() {
        let value = value.filter(fits);
        if value.is_none() && !array.is_null(row) {
            let texts = texts.get_or_insert_with(|| cast_texts(array));
            let text = if texts.is_null(row) { "" } else { texts.value(row) };
            rows.bad(row, spec, text, "超出取值范围或小数位数过多");
        }
        result.push(value.unwrap_or(NONE));
    }
    result
}

fn parsed(spec: &ColumnSpec, array: &ArrayRef, memory: &mut Option<Memory>, rows: &mut Rows<'_>) -> Vec<i64> {
    let (keys, values) = as_texts(array);
    let parse_all = || -> Vec<Parsed> {
        values.iter().map(|text| text.map_or(Parsed::Empty, |text| number(spec.kind, text))).collect()
    };
    let Some(keys) = keys else {
        let mut result = Vec::with_capacity(array.len());
        for (row, text) in values.iter().enumerate() {
            let text = text.unwrap_or_default();
            result.push(settle(spec, row, number(spec.kind, text), text, rows));
        }
        return result;
    };
    let made = match memory.take() {
        Some(Memory { source, made: Made::Numbers(made) }) if same(&source, &values) => made,
        _ => Arc::new(parse_all()),
    };
    let mut result = Vec::with_capacity(array.len());
    for (row, &key) in keys.iter().enumerate() {
        let parsed = made.get(key as usize).copied().unwrap_or(Parsed::Empty);
        if let Parsed::Clean(value) = parsed {
            result.push(value);
        } else {
            let text = if (key as usize) < values.len() { values.value(key as usize) } else { "" };
            result.push(settle(spec, row, parsed, text, rows));
        }
    }
    *memory = Some(Memory { source: values, made: Made::Numbers(made) });
    result
}

fn settle(spec: &ColumnSpec, row: usize, parsed: Parsed, text: &str, rows: &mut Rows<'_>) -> i64 {
    match parsed {
        Parsed::Clean(value) => value,
        Parsed::Mended(value, correction) => {
            rows.correct(row, correction);
            value
        }
        Parsed::Bad(remedy) => {
            rows.bad(row, spec, text, remedy);
            NONE
        }
        Parsed::Empty | Parsed::MendedEmpty(_) if spec.need == Need::Required => {
            rows.missing(row, spec);
            NONE
        }
        Parsed::Empty => NONE,
        Parsed::MendedEmpty(correction) => {
            rows.correct(row, correction);
            NONE
        }
    }
}
