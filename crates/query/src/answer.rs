//! The answer to a statement: batches of rows, in plain types.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::QueryError;

/// Rows and their columns. Texts are `Utf8`, whatever form the engine keeps them in.
#[derive(Debug, Clone)]
pub struct Answer {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Answer {
    pub(crate) fn new(schema: &Schema, batches: &[RecordBatch]) -> Result<Self, QueryError> {
        let schema = plain(schema);
        let batches: Result<Vec<RecordBatch>, QueryError> =
            batches.iter().map(|batch| plain_batch(&schema, batch)).collect();
        Ok(Self { schema, batches: batches? })
    }

    /// The columns.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows, as they came.
    #[must_use]
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

fn plain_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::Dictionary(_, value) => plain_type(value),
        other => other.clone(),
    }
}

pub(crate) fn plain(schema: &Schema) -> SchemaRef {
    let fields = schema
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), plain_type(field.data_type()), field.is_nullable()));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

pub(crate) fn plain_batch(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, QueryError> {
    let bug = |e: arrow::error::ArrowError| QueryError::Bug(format!("answer: {e}"));
    let columns: Result<Vec<ArrayRef>, QueryError> = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| cast(column, field.data_type()).map_err(bug))
        .collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns?, &options).map_err(bug)
}
