//! Parquet files: projection, row ranges, dictionaries kept.

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Encoding;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

use crate::LakeError;
use crate::block::Origin;
use crate::decode::Raw;
use crate::source::{BATCH_ROWS, Each};

/// An opened Parquet file: its footer, read once.
#[derive(Debug)]
pub(crate) struct ParquetFile {
    metadata: ArrowReaderMetadata,
}

/// Bytes a value below which a text chunk is worth reading as a dictionary.
const CODED_BYTES: i64 = 10;

impl ParquetFile {
    /// Reads the footer; the second part is the names of the columns.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<String>), String> {
        let broken = |e: &dyn std::fmt::Display| {
            format!("不是完整的 Parquet 文件（可能导出中断或已损坏：{e}），未读取；请重新导出该文件")
        };
        let file = File::open(path).map_err(|e| format!("打不开：{e}；请检查权限"))?;
        let options = || ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let plain = ArrowReaderMetadata::load(&file, options()).map_err(|e| broken(&e))?;
        let schema = Arc::new(coded_schema(plain.schema(), plain.metadata()));
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options().with_schema(schema))
            .or_else(|_| ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options()))
            .map_err(|e| broken(&e))?;
        let names = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
        Ok((Self { metadata }, names))
    }

    pub(crate) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    /// Whether statistics say that every row of the column is null or the empty text.
    pub(crate) fn is_empty_column(&self, place: usize) -> bool {
        let Some(leaf) = self.leaf(place) else { return false };
        self.metadata.metadata().row_groups().iter().all(|group| {
            let Some(statistics) = group.columns().get(leaf).and_then(|chunk| chunk.statistics()) else { return false };
            let all_null =
                statistics.null_count_opt().is_some_and(|nulls| Ok(nulls) == u64::try_from(group.num_rows()));
            all_null || statistics.max_bytes_opt().is_some_and(|max| max.is_empty() && statistics.max_is_exact())
        })
    }

    fn leaf(&self, place: usize) -> Option<usize> {
        let schema = self.metadata.parquet_schema();
        (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == place)
    }

    pub(crate) fn scan(
        &self,
        path: &Path,
        index: u16,
        places: &[Option<usize>],
        range: Option<Range<u64>>,
        each: Each<'_>,
    ) -> Result<(), LakeError> {
        let range = range.unwrap_or(0..self.rows());
        if range.is_empty() {
            return Ok(());
        }
        let roots = roots_of(places);
        // A batch that spans two row groups costs a new dictionary: each group is read by itself.
        for (group, rows) in self.groups_of(&range) {
            self.scan_group(path, (group, rows, &range), &roots, &mut |row, batch: StructArray| {
                each(raw_of(Origin { file: index, row }, &batch, places, &roots))
            })?;
        }
        Ok(())
    }

    /// The rows of one row group that lie in the range, as batches with the number of their first row.
    fn scan_group(
        &self,
        path: &Path,
        (group, rows, range): (usize, Range<u64>, &Range<u64>),
        roots: &[usize],
        each: &mut dyn FnMut(u64, StructArray) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        let broken = |e: &dyn std::fmt::Display| LakeError::unreadable(path, e);
        let wanted = rows.start.max(range.start)..rows.end.min(range.end);
        let part = (wanted != rows).then(|| (wanted.start - rows.start, wanted.end - wanted.start));
        let mut row = wanted.start;
        for batch in self.group_reader(path, group, roots, part)? {
            let batch = batch.map_err(|e| broken(&e))?;
            let length = batch.num_rows() as u64;
            each(row, StructArray::from(batch))?;
            row += length;
        }
        Ok(())
    }

    /// A reader of some rows of a row group.
    fn group_reader(
        &self,
        path: &Path,
        group: usize,
        roots: &[usize],
        part: Option<(u64, u64)>,
    ) -> Result<ParquetRecordBatchReader, LakeError> {
        let broken = |e: &dyn std::fmt::Display| LakeError::unreadable(path, e);
        let file = File::open(path).map_err(|e| broken(&e))?;
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots.iter().copied());
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .with_row_groups(vec![group]);
        if let Some((offset, limit)) = part {
            let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
            builder = builder.with_offset(count(offset)).with_limit(count(limit));
        }
        builder.build().map_err(|e| broken(&e))
    }

    /// The row groups that touch the range, each with its rows.
    fn groups_of(&self, range: &Range<u64>) -> Vec<(usize, Range<u64>)> {
        let mut start = 0;
        let mut groups = Vec::new();
        for (index, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = start..start + u64::try_from(group.num_rows()).unwrap_or_default();
            start = rows.end;
            if rows.start < range.end && rows.end > range.start {
                groups.push((index, rows));
            }
        }
        groups
    }
}

/// The columns to read, in file order.
fn roots_of(places: &[Option<usize>]) -> Vec<usize> {
    let mut roots: Vec<usize> = places.iter().flatten().copied().collect();
    roots.sort_unstable();
    roots.dedup();
    roots
}

fn raw_of(origin: Origin, batch: &StructArray, places: &[Option<usize>], roots: &[usize]) -> Raw {
    let column = |place: &Option<usize>| {
        place.and_then(|place| roots.binary_search(&place).ok()).map(|at| Arc::clone(batch.column(at)))
    };
    let arrays: Vec<Option<ArrayRef>> = places.iter().map(column).collect();
    Raw { origin, rows: Array::len(batch), arrays, broken: Vec::new() }
}

/// The rows of a whole file, pulled batch by batch.
pub(crate) struct Batches {
    roots: Vec<usize>,
    groups: usize,
    next_group: usize,
    reader: Option<ParquetRecordBatchReader>,
    row: u64,
}

impl Batches {
    pub(crate) fn new(file: &ParquetFile, places: &[Option<usize>]) -> Self {
        let groups = file.metadata.metadata().num_row_groups();
        Self { roots: roots_of(places), groups, next_group: 0, reader: None, row: 0 }
    }

    /// The next batch of the file that the batches were made for.
    pub(crate) fn next(
        &mut self,
        file: &ParquetFile,
        path: &Path,
        places: &[Option<usize>],
    ) -> Result<Option<Raw>, LakeError> {
        loop {
            if let Some(batch) = self.reader.as_mut().and_then(Iterator::next) {
                let batch = StructArray::from(batch.map_err(|e| LakeError::unreadable(path, e))?);
                let origin = Origin { file: 0, row: self.row };
                self.row += Array::len(&batch) as u64;
                return Ok(Some(raw_of(origin, &batch, places, &self.roots)));
            }
            if self.next_group >= self.groups {
                return Ok(None);
            }
            self.reader = Some(file.group_reader(path, self.next_group, &self.roots, None)?);
            self.next_group += 1;
        }
    }
}

/// The schema to ask the reader for: texts as `Utf8`, as dictionaries where the file has them, and narrow
/// decimals.
fn coded_schema(schema: &Schema, metadata: &ParquetMetaData) -> Schema {
    let descriptor = metadata.file_metadata().schema_descr();
    let fields = schema.fields().iter().enumerate().map(|(root, field)| {
        let is_text = match field.data_type() {
            DataType::Dictionary(_, value) => is_text(value),
            other => is_text(other),
        };
        let leaf = (0..descriptor.num_columns()).find(|&leaf| descriptor.get_column_root_idx(leaf) == root);
        match leaf {
            Some(leaf) if is_text => {
                let kind = if is_coded(metadata, leaf) {
                    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
                } else {
                    DataType::Utf8
                };
                Arc::new(Field::new(field.name(), kind, field.is_nullable()).with_metadata(field.metadata().clone()))
            }
            _ => match field.data_type() {
                // Eighteen digits fit eight bytes: half the memory of the usual decimal.
                DataType::Decimal128(precision @ ..=18, scale) => {
                    Arc::new(field.as_ref().clone().with_data_type(DataType::Decimal64(*precision, *scale)))
                }
                _ => Arc::clone(field),
            },
        }
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_coded(metadata: &ParquetMetaData, leaf: usize) -> bool {
    metadata.row_groups().iter().all(|group| {
        group.columns().get(leaf).is_some_and(|chunk| {
            let has_dictionary = chunk.dictionary_page_offset().is_some()
                || chunk.encodings().any(|e| matches!(e, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY));
            has_dictionary && chunk.uncompressed_size() <= CODED_BYTES * chunk.num_values().max(1) + 4096
        })
    })
}
