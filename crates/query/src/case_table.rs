//! The claims folder of a rule's case, as tables of the lake's types.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Builder, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Schema};
use audit::CaseRow;
use model::{Day, Quantity, Stamp};

use crate::QueryError;

/// The rows as a batch; a cell that is left out is empty, one that cannot be read is an error.
pub(crate) fn batch(table: &str, rows: &[CaseRow]) -> Result<RecordBatch, QueryError> {
    let schema = lake::lake_schema(table).ok_or_else(|| QueryError::Bug(format!("no table {table}")))?;
    let columns: Result<Vec<ArrayRef>, QueryError> =
        schema.fields().iter().map(|field| column(table, field.name(), field.data_type(), rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(schema.fields().clone())), columns?, &options)
        .map_err(|error| QueryError::Bug(format!("{table}: {error}")))
}

fn column(table: &str, name: &str, kind: &DataType, rows: &[CaseRow]) -> Result<ArrayRef, QueryError> {
    let texts = rows.iter().map(|row| row.get(name).map(String::as_str).filter(|text| !text.is_empty()));
    let bad = |text: &str| QueryError::Case(format!("用例的 {table}.{name} 列的“{text}”不是合法的值"));
    fn each<'a, T>(
        texts: impl Iterator<Item = Option<&'a str>>,
        parse: impl Fn(&'a str) -> Option<T>,
        bad: impl Fn(&str) -> QueryError,
    ) -> Result<Vec<Option<T>>, QueryError> {
        texts.map(|text| text.map(|text| parse(text).ok_or_else(|| bad(text))).transpose()).collect()
    }
    Ok(match kind {
        DataType::Int64 => Arc::new(Int64Array::from(each(texts, |text| text.parse().ok(), bad)?)),
        DataType::Date32 => {
            Arc::new(Date32Array::from(each(texts, |text| Day::parse(text.as_bytes()).ok().map(|day| day.0), bad)?))
        }
        DataType::Timestamp(..) => {
            let parse = |text: &str| Stamp::parse(text.as_bytes()).ok().map(|stamp| stamp.0 * 1000);
            Arc::new(TimestampMillisecondArray::from(each(texts, parse, bad)?))
        }
        DataType::Decimal128(_, scale) => {
            let divide = if *scale == 2 { 100 } else { 1 };
            let parse = |text: &str| Quantity::parse(text.as_bytes()).ok().map(|number| i128::from(number.0 / divide));
            let mut builder = Decimal128Builder::new().with_data_type(kind.clone());
            each(texts, parse, bad)?.into_iter().for_each(|number| builder.append_option(number));
            Arc::new(builder.finish())
        }
        _ => Arc::new(StringArray::from_iter(texts)),
    })
}
