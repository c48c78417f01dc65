//! One file of the lake: rows in their order, typed, compressed, hashed while it is written.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use super::manifest::{FileEntry, hex};
use crate::LakeError;
use crate::block::{Block, NONE};
use crate::slice::At;
use crate::tables::{ColumnSpec, Kind, Table, TableSpec, visit};

/// Rows of a row group: what a reader skips or takes as a whole.
const GROUP_ROWS: usize = 64 * 1024;
/// Rows of a page: within a group, what is skipped when one person is looked for.
const PAGE_ROWS: usize = 8 * 1024;
/// Rows encoded at once.
const BATCH_ROWS: usize = 16 * 1024;
/// Columns of unique texts, for which a dictionary only costs time.
const UNIQUE: [&str; 2] = ["feedetl_sn", "drug_trac_codg"];

/// The columns of a table of the lake, by its name, with the types they have on disk.
#[must_use]
pub fn lake_schema(table: &str) -> Option<SchemaRef> {
    Table::named(table).map(schema)
}

/// The columns of a table in the lake: those of the claims folder, and `psn_no` in tables that lack it.
pub(crate) fn schema(table: Table) -> SchemaRef {
    let spec = table.spec();
    let mut fields: Vec<Field> =
        spec.columns.iter().map(|column| Field::new(column.name, data_type(column.kind), true)).collect();
    if adds_person(spec) {
        fields.push(Field::new("psn_no", DataType::Utf8, true));
    }
    Arc::new(Schema::new(fields))
}

fn adds_person(spec: &TableSpec) -> bool {
    spec.position("psn_no").is_none() && spec.position("mdtrt_id").is_some()
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Code | Kind::Name => DataType::Utf8,
        Kind::Whole => DataType::Int64,
        Kind::Day => DataType::Date32,
        Kind::Stamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        Kind::Fen => DataType::Decimal128(18, 2),
        Kind::Price | Kind::Quantity => DataType::Decimal128(18, 4),
    }
}

/// Rows of a table in the order in which they are to be written.
pub(crate) struct Ordered<'a> {
    pub(crate) table: Table,
    pub(crate) blocks: &'a [Block],
    /// Each row with the number of its visit.
    pub(crate) rows: &'a [(u32, At)],
    /// The persons of the visits; without them `psn_no` is the table's own.
    pub(crate) persons: Option<&'a [&'a str]>,
}

/// A written file, and the columns of it that hold a value.
pub(crate) struct Written {
    pub(crate) entry: FileEntry,
    pub(crate) filled: BTreeSet<String>,
}

/// Writes one file below `root`; whoever publishes it waits for the disk first.
pub(crate) fn write_file(
    root: &Path,
    (month, bucket): (Option<super::Month>, Option<u16>),
    generation: u64,
    ordered: &Ordered<'_>,
) -> Result<Written, LakeError> {
    let spec = ordered.table.spec();
    let mut folder = spec.name.to_owned();
    if let Some(month) = month {
        folder.push_str(&format!("/month={month}"));
    }
    if let Some(bucket) = bucket {
        folder.push_str(&format!("/bucket={bucket:03}"));
    }
    let path = format!("{folder}/g{generation:06}.parquet");
    let full = root.join(&path);
    std::fs::create_dir_all(root.join(&folder)).map_err(|e| LakeError::disk(&full, e))?;
    let disk = |e: &dyn std::fmt::Display| LakeError::disk(&full, e);
    let file = File::create(&full).map_err(|e| disk(&e))?;
    let hashing = Hashing { inner: BufWriter::with_capacity(1 << 18, file), hasher: Sha256::new(), bytes: 0 };
    let schema = schema(ordered.table);
    let mut writer =
        ArrowWriter::try_new(hashing, Arc::clone(&schema), Some(properties(ordered.table))).map_err(|e| disk(&e))?;
    let mut filled = BTreeSet::new();
    for rows in ordered.rows.chunks(BATCH_ROWS) {
        let arrays = schema.fields().iter().enumerate().map(|(column, field)| {
            let array = match (ordered.persons, field.name().as_str()) {
                (Some(persons), "psn_no") => {
                    texts(rows.iter().map(|(visit, _)| persons.get(*visit as usize).copied().unwrap_or_default()))
                }
                _ => spec
                    .columns
                    .get(column)
                    .map_or_else(|| texts(std::iter::empty()), |c| column_of(ordered.blocks, rows, column, c)),
            };
            if array.null_count() < array.len() {
                filled.insert(field.name().clone());
            }
            array
        });
        let arrays: Vec<ArrayRef> = arrays.collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)
            .map_err(|e| LakeError::Bug(format!("{}: {e}", full.display())))?;
        writer.write(&batch).map_err(|e| disk(&e))?;
    }
    let mut hashing = writer.into_inner().map_err(|e| disk(&e))?;
    hashing.inner.flush().map_err(|e| disk(&e))?;
    let entry = FileEntry {
        table: spec.name.to_owned(),
        month,
        bucket,
        path,
        rows: ordered.rows.len() as u64,
        bytes: hashing.bytes,
        sha256: hex(hashing.hasher),
        maternal: (ordered.table == Table::Visits).then(|| maternal(ordered)),
    };
    Ok(Written { entry, filled })
}

fn maternal(visits: &Ordered<'_>) -> (u64, u64) {
    visits.rows.iter().fold((0, 0), |(low, high), (_, at)| {
        match visits.blocks.get(at.block as usize).map_or("", |block| block.text(visit::matn_stas, at.row as usize)) {
            "1" | "2" => (low + 1, high),
            "3" | "4" => (low, high + 1),
            _ => (low, high),
        }
    })
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> ArrayRef {
    let mut builder = StringBuilder::new();
    for text in texts {
        builder.append_option((!text.is_empty()).then_some(text));
    }
    Arc::new(builder.finish())
}

fn column_of(blocks: &[Block], rows: &[(u32, At)], column: usize, spec: &ColumnSpec) -> ArrayRef {
    let text = |at: At| blocks.get(at.block as usize).map_or("", |block| block.text(column, at.row as usize));
    let number = |at: At| {
        let number = blocks.get(at.block as usize).map_or(NONE, |block| block.number(column, at.row as usize));
        (number != NONE).then_some(number)
    };
    let numbers = rows.iter().map(|(_, at)| number(*at));
    match spec.kind {
        Kind::Code | Kind::Name => texts(rows.iter().map(|(_, at)| text(*at))),
        Kind::Whole => {
            let mut builder = Int64Builder::with_capacity(rows.len());
            numbers.for_each(|number| builder.append_option(number));
            Arc::new(builder.finish())
        }
        Kind::Day => {
            let mut builder = Date32Builder::with_capacity(rows.len());
            numbers.for_each(|number| builder.append_option(number.and_then(|day| i32::try_from(day).ok())));
            Arc::new(builder.finish())
        }
        Kind::Stamp => {
            let mut builder = TimestampMillisecondBuilder::with_capacity(rows.len());
            numbers.for_each(|number| builder.append_option(number.map(|seconds| seconds * 1000)));
            Arc::new(builder.finish())
        }
        Kind::Fen | Kind::Price | Kind::Quantity => {
            let mut builder = Decimal128Builder::with_capacity(rows.len()).with_data_type(data_type(spec.kind));
            numbers.for_each(|number| builder.append_option(number.map(i128::from)));
            Arc::new(builder.finish())
        }
    }
}

fn properties(table: Table) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by("yibao".into())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(1024)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(ColumnPath::from("psn_no"), EnabledStatistics::Page)
        .set_column_statistics_enabled(ColumnPath::from("fee_ocur_time"), EnabledStatistics::Page);
    for column in UNIQUE {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    let schema = schema(table);
    let sorted = ["psn_no", "mdtrt_id"].iter().map_while(|name| schema.index_of(name).ok());
    let sorted: Vec<SortingColumn> = sorted
        .filter_map(|column| i32::try_from(column).ok())
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false })
        .collect();
    builder.set_sorting_columns((!sorted.is_empty()).then_some(sorted)).build()
}

/// Hashes what passes through.
struct Hashing {
    inner: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
