//! Tables of cases: a column is a dotted key of the case, a cell its value.
//!
//! An empty cell is "not given". Lists (`person.special`) separate their words by `;`, `lines` holds JSON. Which keys there
//! are is the case's to say; here every column must be one of them, so that a misspelt head is not taken for silence.

use super::{CaseFormat, Cases, RawCase};
use anyhow::{Context, Result, bail};
use arrow::array::{Array, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use model::nearest;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// How a cell becomes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Text,
    Number,
    Flag,
    Words,
    Json,
}

const COLUMNS: [(&str, Cell); 30] = [
    ("id", Cell::Text),
    ("on", Cell::Text),
    ("area", Cell::Text),
    ("scheme", Cell::Text),
    ("person.status", Cell::Text),
    ("person.age", Cell::Number),
    ("person.cover_months", Cell::Number),
    ("person.special", Cell::Words),
    ("person.supplements", Cell::Words),
    ("person.account_balance", Cell::Text),
    ("person.family_account_balance", Cell::Text),
    ("visit.kind", Cell::Text),
    ("visit.institution_level", Cell::Text),
    ("visit.community", Cell::Flag),
    ("visit.admission_ordinal", Cell::Number),
    ("visit.begin", Cell::Text),
    ("visit.end", Cell::Text),
    ("visit.programme", Cell::Text),
    ("visit.treatment_area", Cell::Text),
    ("visit.filing", Cell::Text),
    ("visit.selected_institution", Cell::Flag),
    ("visit.referred", Cell::Flag),
    ("amounts.total", Cell::Text),
    ("amounts.fully_self_funded", Cell::Text),
    ("amounts.over_limit", Cell::Text),
    ("amounts.upfront_self_paid", Cell::Text),
    ("amounts.in_scope", Cell::Text),
    ("lines", Cell::Json),
    ("year_to_date.admissions", Cell::Number),
    ("use_account", Cell::Flag),
];

/// The key whose members are named by the tiers of the law.
const YEAR: &str = "year_to_date";

/// A table as CSV. A row that is no row (too few cells, not UTF-8) is a case that cannot be read.
pub fn csv(path: &Path) -> Result<Cases> {
    let shown = path.display();
    let count_about = lines(path)?.saturating_sub(1);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_path(path).with_context(|| format!("读不了 {shown}"))?;
    let header = reader.headers().with_context(|| format!("{shown} 的表头不能读取，请以 UTF-8 编码保存"))?.clone();
    let columns = columns(path, header.iter())?;
    let mut records = reader.into_records().peekable();
    if records.peek().is_none() {
        bail!("{shown} 只有表头，没有案例");
    }
    let stream = (2..).zip(records).map(move |(row, record)| {
        let value = match record {
            Err(_) => Err("这一行不能读取，请检查引号并以 UTF-8 编码保存".to_owned()),
            Ok(record) if record.len() != columns.len() => {
                Err(format!("这一行有 {} 格，表头有 {} 列；请检查逗号与引号", record.len(), columns.len()))
            }
            Ok(record) => Ok(value(columns.iter().zip(record.iter()))),
        };
        RawCase { row, value }
    });
    Ok(Cases { format: CaseFormat::Table, count_about, stream: Box::new(stream) })
}

/// Lines of a file, without reading it whole.
fn lines(path: &Path) -> Result<u64> {
    let file = File::open(path).with_context(|| format!("读不了 {}", path.display()))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut count = 0;
    loop {
        let bytes = reader.fill_buf().with_context(|| format!("读不了 {}", path.display()))?;
        if bytes.is_empty() {
            return Ok(count);
        }
        count += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let read = bytes.len();
        reader.consume(read);
    }
}

/// A table as Parquet; numbers, days and decimals are taken by their text.
pub fn parquet(path: &Path) -> Result<Cases> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("读不了 {shown}"))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).with_context(|| format!("{shown} 不是 Parquet 文件"))?;
    let schema = builder.schema().clone();
    let columns = columns(path, schema.fields().iter().map(|field| field.name().as_str()))?;
    let count_about = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    if count_about == 0 {
        bail!("{shown} 没有案例");
    }
    let batches = builder.build().with_context(|| format!("{shown} 不能读取"))?;
    let values = batches.flat_map(move |batch| {
        let texts = batch.map_err(anyhow::Error::from).and_then(|batch| {
            let texts: Result<Vec<StringArray>> = batch.columns().iter().map(|array| texts(array)).collect();
            Ok((batch.num_rows(), texts?))
        });
        match texts {
            // What lies behind a broken page is lost with it; one row says so.
            Err(error) => vec![Err(format!("从这一行起不能读取（{error}），请重新导出"))],
            Ok((rows, texts)) => (0..rows)
                .map(|row| {
                    let cells = texts.iter().map(|texts| if texts.is_null(row) { "" } else { texts.value(row) });
                    Ok(value(columns.iter().zip(cells)))
                })
                .collect(),
        }
    });
    let stream = (1..).zip(values).map(|(row, value)| RawCase { row, value });
    Ok(Cases { format: CaseFormat::Table, count_about, stream: Box::new(stream) })
}

fn texts(array: &dyn Array) -> Result<StringArray> {
    let texts = cast(array, &DataType::Utf8).context("这种列类型不能作为案例的取值")?;
    Ok(texts.as_string::<i32>().clone())
}

/// The column a header names; all unknown ones are told at once.
fn columns<'h>(path: &Path, header: impl Iterator<Item = &'h str>) -> Result<Vec<(String, Cell)>> {
    let known = || COLUMNS.iter().map(|(name, _)| *name);
    let mut problems = Vec::new();
    let mut columns: Vec<(String, Cell)> = Vec::new();
    for name in header.map(|name| name.trim().trim_start_matches('\u{feff}')) {
        let cell = COLUMNS.iter().find(|(column, _)| *column == name).map(|(_, cell)| *cell);
        let of_year = name.strip_prefix(YEAR).is_some_and(|rest| rest.len() > 1 && rest.starts_with('.'));
        if columns.iter().any(|(earlier, _)| earlier == name) {
            problems.push(format!("列 {name} 出现多次，请只保留一列"));
        }
        match cell {
            Some(cell) => columns.push((name.to_owned(), cell)),
            None if of_year => columns.push((name.to_owned(), Cell::Text)),
            None => {
                let hint = nearest(name, known()).map_or(String::new(), |near| format!("，是否应为 {near}"));
                problems.push(format!("不认识的列 {name}{hint}"));
            }
        }
    }
    if problems.is_empty() {
        return Ok(columns);
    }
    bail!("{} 的表头有 {} 处问题：\n  {}", path.display(), problems.len(), problems.join("\n  "))
}

/// A row as the case it stands for.
fn value<'c>(cells: impl Iterator<Item = (&'c (String, Cell), &'c str)>) -> Value {
    let mut root = Map::new();
    for ((name, cell), text) in cells {
        let text = text.trim();
        if !text.is_empty() {
            put(&mut root, name, convert(*cell, text));
        }
    }
    Value::Object(root)
}

/// Puts a value under a dotted key. Keys of the year have a dot of their own: `year_to_date` . `pool.paid`.
fn put(root: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            root.insert(name.to_owned(), value);
        }
        Some((outer, inner)) => {
            let object = root.entry(outer.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(object) = object {
                object.insert(inner.to_owned(), value);
            }
        }
    }
}

/// What cannot be converted stays text: the case says then what it should have been.
fn convert(cell: Cell, text: &str) -> Value {
    let same = || Value::String(text.to_owned());
    match cell {
        Cell::Text => same(),
        Cell::Number => text.parse::<u64>().map_or_else(|_| same(), Value::from),
        Cell::Flag => match text {
            "true" | "1" | "是" => Value::Bool(true),
            "false" | "0" | "否" => Value::Bool(false),
            _ => same(),
        },
        Cell::Words => text.split([';', '；']).map(|word| Value::String(word.trim().to_owned())).collect(),
        Cell::Json => serde_json::from_str(text).unwrap_or_else(|_| same()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn typed_columns_of_parquet_become_the_same_case_as_text() {
        let amounts = Decimal128Array::from(vec![191_672, 5]).with_precision_and_scale(16, 2).unwrap();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(StringArray::from(vec!["a", "b"]))),
            ("on", Arc::new(Date32Array::from(vec![19_849, 19_850]))),
            ("person.age", Arc::new(Int32Array::from(vec![Some(68), None]))),
            ("person.special", Arc::new(StringArray::from(vec![Some("low_income;orphan"), None]))),
            ("visit.community", Arc::new(BooleanArray::from(vec![false, true]))),
            ("amounts.total", Arc::new(amounts)),
            ("year_to_date.pool.paid", Arc::new(StringArray::from(vec![Some("1.00"), None]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.parquet");
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let cases: Vec<RawCase> = parquet(&path).unwrap().stream.collect();
        let first = json!({
            "id": "a", "on": "2024-05-06", "person": { "age": 68, "special": ["low_income", "orphan"] },
            "visit": { "community": false }, "amounts": { "total": "1916.72" }, "year_to_date": { "pool.paid": "1.00" }
        });
        assert_eq!((cases[0].row, &cases[0].value), (1, &Ok(first.clone())));
        let second = json!({
            "id": "b", "on": "2024-05-07", "visit": { "community": true }, "amounts": { "total": "0.05" }
        });
        assert_eq!(cases[1].value, Ok(second));
        let text = "id,on,person.age,person.special,visit.community,amounts.total,year_to_date.pool.paid\n\
                    a,2024-05-06,68,low_income;orphan,false,1916.72,1.00\n";
        let path = folder.path().join("cases.csv");
        std::fs::write(&path, text).unwrap();
        let cases = csv(&path).unwrap();
        assert_eq!(cases.count_about, 1);
        let values: Vec<_> = cases.stream.map(|case| (case.row, case.value)).collect();
        assert_eq!(values, [(2, Ok(first))]);
    }
}
