//! Answers as text: cells for a table that people read, CSV and JSON for programs.
//!
//! Amounts keep their decimals and are texts in JSON, so that no reader makes floats of them.

use std::io::Write;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

use crate::QueryError;

/// The form of an answer for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A header and a row a line.
    Csv,
    /// A list of objects.
    Json,
}

/// Writes an answer as it comes.
pub struct Printer<W: Write> {
    shape: Shape,
    into: W,
    rows: u64,
}

/// The values of a batch as texts, an empty one for null.
pub fn cells(batch: &RecordBatch) -> Result<Vec<Vec<String>>, QueryError> {
    let options = FormatOptions::new()
        .with_date_format(Some("%Y-%m-%d"))
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S"))
        .with_datetime_format(Some("%Y-%m-%d %H:%M:%S"));
    let bug = |e: arrow::error::ArrowError| QueryError::Failed(format!("无法显示结果（{e}）"));
    let formatters: Result<Vec<ArrayFormatter<'_>>, _> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect();
    let formatters = formatters.map_err(bug)?;
    let row = |row: usize| {
        let cells = formatters.iter().map(|cell| cell.value(row).try_to_string().map_err(bug));
        cells.collect::<Result<Vec<String>, QueryError>>()
    };
    (0..batch.num_rows()).map(row).collect()
}

impl<W: Write> Printer<W> {
    /// A printer that has written nothing yet.
    pub fn new(shape: Shape, into: W) -> Self {
        Self { shape, into, rows: 0 }
    }

    /// Writes the rows of a batch.
    pub fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        if self.rows == 0 {
            self.head(batch.schema_ref())?;
        }
        let cells = cells(batch)?;
        match self.shape {
            Shape::Csv => {
                let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(&mut self.into);
                for row in &cells {
                    writer.write_record(row).map_err(|e| output(&e))?;
                }
                writer.flush().map_err(|e| output(&e))?;
                self.rows += cells.len() as u64;
            }
            Shape::Json => {
                for (number, row) in cells.into_iter().enumerate() {
                    let text = Value::Object(object(batch, number, row)).to_string();
                    let before = if self.rows == 0 { "" } else { ",\n" };
                    write!(self.into, "{before}{text}").map_err(|e| output(&e))?;
                    self.rows += 1;
                }
            }
        }
        Ok(())
    }

    /// Ends the answer, which has these columns even when it has no row.
    pub fn finish(mut self, schema: &Schema) -> Result<(), QueryError> {
        if self.rows == 0 {
            self.head(schema)?;
        }
        if self.shape == Shape::Json {
            writeln!(self.into, "\n]").map_err(|e| output(&e))?;
        }
        self.into.flush().map_err(|e| output(&e))
    }

    fn head(&mut self, schema: &Schema) -> Result<(), QueryError> {
        match self.shape {
            Shape::Json => writeln!(self.into, "[").map_err(|e| output(&e)),
            Shape::Csv => {
                let mut writer = csv::Writer::from_writer(&mut self.into);
                let names = schema.fields().iter().map(|field| field.name());
                writer.write_record(names).map_err(|e| output(&e))?;
                writer.flush().map_err(|e| output(&e))
            }
        }
    }
}

fn object(batch: &RecordBatch, row: usize, cells: Vec<String>) -> Map<String, Value> {
    let schema = batch.schema_ref();
    let columns = schema.fields().iter().zip(batch.columns()).zip(cells);
    columns
        .map(|((field, column), cell)| {
            let value = match column.data_type() {
                _ if column.is_null(row) => Value::Null,
                kind if kind.is_integer() => cell.parse::<i64>().map_or(Value::String(cell), Value::from),
                DataType::Boolean => Value::Bool(cell == "true"),
                _ => Value::String(cell),
            };
            (field.name().clone(), value)
        })
        .collect()
}

fn output(error: &dyn std::fmt::Display) -> QueryError {
    QueryError::Failed(format!("写不出结果（{error}）"))
}
