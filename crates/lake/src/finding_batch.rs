//! Findings as Arrow batches, and back: what a plan hands on, and what an earlier run left.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch, StringArray, StringBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Int64Type, Schema, SchemaRef};
use model::{Day, Fen, Quantity, Severity};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::LakeError;
use crate::findings::{FINDING_COLUMNS, FindingRow};

/// The columns of a findings file with their types.
#[must_use]
pub fn finding_schema() -> SchemaRef {
    let field = |name: &&str| {
        let kind = match *name {
            "occurred_on" => DataType::Date32,
            "cnt_over" => DataType::Decimal128(18, 4),
            "amount_fen" | "counted_fen" => DataType::Int64,
            _ => DataType::Utf8,
        };
        Field::new(*name, kind, false)
    };
    Arc::new(Schema::new(FINDING_COLUMNS.iter().map(field).collect::<Vec<_>>()))
}

/// A batch being filled.
#[derive(Debug)]
pub struct FindingBatch {
    texts: Vec<StringBuilder>,
    occurred_on: Date32Builder,
    cnt_over: Decimal128Builder,
    fen: [Int64Builder; 2],
    rows: usize,
}

impl Default for FindingBatch {
    fn default() -> Self {
        Self {
            texts: (0..15).map(|_| StringBuilder::new()).collect(),
            occurred_on: Date32Builder::new(),
            cnt_over: Decimal128Builder::new().with_data_type(DataType::Decimal128(18, 4)),
            fen: [Int64Builder::new(), Int64Builder::new()],
            rows: 0,
        }
    }
}

impl FindingBatch {
    /// Rows so far.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row.
    pub fn put(&mut self, row: &FindingRow) {
        let strings = row.strings();
        let (before, after) = strings.split_at(5);
        let texts = before.iter().copied().chain([row.severity.word()]).chain(after.iter().copied());
        for (builder, text) in self.texts.iter_mut().zip(texts) {
            builder.append_value(text);
        }
        self.occurred_on.append_value(row.occurred_on.0);
        self.cnt_over.append_value(i128::from(row.cnt_over.0));
        let [amount, counted] = &mut self.fen;
        amount.append_value(row.amount_fen.0);
        counted.append_value(row.counted_fen.0);
        self.rows += 1;
    }

    /// The rows as a batch, leaving none.
    pub fn take(&mut self) -> Result<RecordBatch, LakeError> {
        let [amount, counted] = &mut self.fen;
        let mut typed: std::collections::VecDeque<ArrayRef> = [
            Arc::new(self.occurred_on.finish()) as ArrayRef,
            Arc::new(self.cnt_over.finish()),
            Arc::new(amount.finish()),
            Arc::new(counted.finish()),
        ]
        .into();
        let mut texts = self.texts.iter_mut();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(FINDING_COLUMNS.len());
        let schema = finding_schema();
        for field in schema.fields() {
            if *field.data_type() == DataType::Utf8 {
                arrays.extend(texts.next().map(|builder| Arc::new(builder.finish()) as ArrayRef));
            } else {
                arrays.extend(typed.pop_front());
            }
        }
        self.rows = 0;
        RecordBatch::try_new(schema, arrays).map_err(|e| LakeError::Bug(format!("findings batch: {e}")))
    }
}

/// The rows of a batch with the columns of [`finding_schema`].
pub fn finding_rows(batch: &RecordBatch) -> Result<Vec<FindingRow>, LakeError> {
    let column = |name: &str, kind: &DataType| -> Result<ArrayRef, LakeError> {
        let column = batch.column_by_name(name).ok_or_else(|| LakeError::Bug(format!("findings lack {name}")))?;
        cast(column, kind).map_err(|e| LakeError::Bug(format!("findings column {name}: {e}")))
    };
    let texts = |name: &str| column(name, &DataType::Utf8).map(|array| array.as_string::<i32>().clone());
    let integers = |name: &str| column(name, &DataType::Int64).map(|a| a.as_primitive::<Int64Type>().clone());
    let days = column("occurred_on", &DataType::Date32)?;
    let days = days.as_primitive::<Date32Type>();
    let counts = column("cnt_over", &DataType::Decimal128(18, 4))?;
    let counts = counts.as_primitive::<Decimal128Type>();
    let (amount, counted) = (integers("amount_fen")?, integers("counted_fen")?);
    let severity = texts("severity")?;
    let names: Vec<&str> = FINDING_COLUMNS
        .into_iter()
        .filter(|name| !["severity", "occurred_on", "cnt_over", "amount_fen", "counted_fen"].contains(name))
        .collect();
    let columns: Result<Vec<StringArray>, LakeError> = names.into_iter().map(texts).collect();
    let columns = columns?;
    let row = |row: usize| {
        let mut texts = columns.iter().map(|column| column.value(row).to_owned());
        let mut text = || texts.next().unwrap_or_default();
        FindingRow {
            finding_id: text(),
            rule_id: text(),
            rule_version: text(),
            official_code: text(),
            rule_name: text(),
            severity: severity_of(severity.value(row)),
            psn_no: text(),
            mdtrt_id: text(),
            fixmedins_code: text(),
            orders_dr_code: text(),
            occurred_on: Day(days.value(row)),
            feedetl_sn: text(),
            related_feedetl_sn: text(),
            cnt_over: Quantity(i64::try_from(counts.value(row)).unwrap_or_default()),
            amount_fen: Fen(amount.value(row)),
            counted_fen: Fen(counted.value(row)),
            knowledge_point_id: text(),
            basis: text(),
            evidence: text(),
        }
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

fn severity_of(word: &str) -> Severity {
    [Severity::Clear, Severity::Suspicious].into_iter().find(|s| s.word() == word).unwrap_or(Severity::Indicator)
}

/// Shows the rows of a `findings.parquet`, batch by batch.
pub fn read_findings(
    path: &Path,
    each: &mut dyn FnMut(Vec<FindingRow>) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let broken = |e: &dyn std::fmt::Display| LakeError::unreadable(path, e);
    let file = File::open(path).map_err(|e| broken(&e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(|e| broken(&e))?;
    for batch in reader {
        each(finding_rows(&batch.map_err(|e| broken(&e))?)?)?;
    }
    Ok(())
}
