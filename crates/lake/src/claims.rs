//! Writing a claims folder: for the generator and for whoever turns other data into one.
//!
//! Rows go to disk in the order given and are never held back beyond one row group, so memory stays
//! small however long the folder grows. Audits stream a folder without sorting when `charge_lines` come
//! ordered by (psn_no, mdtrt_id, fee_ocur_time, feedetl_sn) and the other tables by person.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Decimal128Builder, Int32Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::LakeError;
use crate::rows::{CellKind, DiagnosisRow, InstitutionRow, LineRow, PersonRow, ProcedureRow, Row, StaffRow, VisitRow};

/// The form of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `NAME.csv`
    Csv,
    /// `NAME.parquet`
    Parquet,
}

/// Rows encoded at once.
const BATCH_ROWS: usize = 8 * 1024;
/// Rows of a row group: the unit that a reader can skip.
const GROUP_ROWS: usize = 128 * 1024;
/// Columns of unique texts, for which a dictionary only costs time.
const UNIQUE: &[(&str, &str)] = &[("charge_lines", "feedetl_sn"), ("visits", "mdtrt_id"), ("persons", "psn_no")];

/// Writes the seven tables of a claims folder.
pub struct ClaimsWriter {
    persons: TableWriter,
    institutions: TableWriter,
    staff: TableWriter,
    visits: TableWriter,
    diagnoses: TableWriter,
    procedures: TableWriter,
    lines: TableWriter,
}

macro_rules! row_methods {
    ($($(#[$doc:meta])* $method:ident: $field:ident, $row:ident;)*) => {$(
        $(#[$doc])*
        pub fn $method(&mut self, row: &$row<'_>) -> Result<(), LakeError> {
            self.$field.row(row)
        }
    )*};
}

impl ClaimsWriter {
    /// Makes the folder and its seven files.
    pub fn create(folder: &Path, format: Format) -> Result<Self, LakeError> {
        std::fs::create_dir_all(folder).map_err(|e| LakeError::disk(folder, e))?;
        Ok(Self {
            persons: TableWriter::create::<PersonRow<'_>>(folder, format)?,
            institutions: TableWriter::create::<InstitutionRow<'_>>(folder, format)?,
            staff: TableWriter::create::<StaffRow<'_>>(folder, format)?,
            visits: TableWriter::create::<VisitRow<'_>>(folder, format)?,
            diagnoses: TableWriter::create::<DiagnosisRow<'_>>(folder, format)?,
            procedures: TableWriter::create::<ProcedureRow<'_>>(folder, format)?,
            lines: TableWriter::create::<LineRow<'_>>(folder, format)?,
        })
    }

    row_methods! {
        /// Adds a person.
        person: persons, PersonRow;
        /// Adds an institution.
        institution: institutions, InstitutionRow;
        /// Adds a member of staff.
        staff: staff, StaffRow;
        /// Adds a visit.
        visit: visits, VisitRow;
        /// Adds a diagnosis.
        diagnosis: diagnoses, DiagnosisRow;
        /// Adds a procedure.
        procedure: procedures, ProcedureRow;
        /// Adds a charge line.
        line: lines, LineRow;
    }

    /// Writes what is still buffered and closes the files; without it Parquet files are unreadable.
    pub fn finish(self) -> Result<(), LakeError> {
        for table in
            [self.persons, self.institutions, self.staff, self.visits, self.diagnoses, self.procedures, self.lines]
        {
            table.finish()?;
        }
        Ok(())
    }
}

struct TableWriter {
    path: PathBuf,
    kinds: Vec<CellKind>,
    sink: Sink,
}

enum Sink {
    Csv { writer: Box<csv::Writer<BufWriter<File>>>, scratch: String },
    Parquet { writer: Box<ArrowWriter<File>>, schema: Arc<Schema>, columns: Vec<ColumnBuffer>, rows: usize },
}

impl TableWriter {
    fn create<R: Row>(folder: &Path, format: Format) -> Result<Self, LakeError> {
        let extension = match format {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        };
        let path = folder.join(format!("{}.{extension}", R::TABLE));
        let file = File::create(&path).map_err(|e| LakeError::disk(&path, e))?;
        let sink = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 18, file));
                writer.write_record(R::COLUMNS.iter().map(|(name, _)| name)).map_err(|e| LakeError::disk(&path, e))?;
                Sink::Csv { writer: Box::new(writer), scratch: String::new() }
            }
            Format::Parquet => {
                let fields: Vec<Field> =
                    R::COLUMNS.iter().map(|(name, kind)| Field::new(*name, data_type(*kind), true)).collect();
                let schema = Arc::new(Schema::new(fields));
                let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties(R::TABLE)))
                    .map_err(|e| LakeError::disk(&path, e))?;
                let columns = R::COLUMNS.iter().map(|(_, kind)| ColumnBuffer::new(*kind)).collect();
                Sink::Parquet { writer: Box::new(writer), schema, columns, rows: 0 }
            }
        };
        Ok(Self { path, kinds: R::COLUMNS.iter().map(|(_, kind)| *kind).collect(), sink })
    }

    fn row(&mut self, row: &impl Row) -> Result<(), LakeError> {
        match &mut self.sink {
            Sink::Csv { writer, scratch } => {
                let mut failed = Ok(());
                row.each(&mut |column, text, integer| {
                    let kind = self.kinds.get(column).copied().unwrap_or(CellKind::Text);
                    let wrote = if kind == CellKind::Text {
                        writer.write_field(text)
                    } else {
                        scratch.clear();
                        show(kind, integer, scratch);
                        writer.write_field(scratch.as_bytes())
                    };
                    if let Err(error) = wrote {
                        failed = Err(error);
                    }
                });
                failed.and_then(|()| writer.write_record(None::<&[u8]>)).map_err(|e| LakeError::disk(&self.path, e))
            }
            Sink::Parquet { columns, rows, .. } => {
                row.each(&mut |column, text, integer| {
                    if let Some(buffer) = columns.get_mut(column) {
                        buffer.put(text, integer);
                    }
                });
                *rows += 1;
                if *rows >= BATCH_ROWS { self.flush() } else { Ok(()) }
            }
        }
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        if let Sink::Parquet { writer, schema, columns, rows } = &mut self.sink {
            let arrays: Result<Vec<ArrayRef>, _> = columns.iter_mut().map(ColumnBuffer::take).collect();
            let batch = arrays.and_then(|arrays| RecordBatch::try_new(schema.clone(), arrays));
            let batch = batch.map_err(|e| LakeError::Bug(format!("{}：{e}", self.path.display())))?;
            writer.write(&batch).map_err(|e| LakeError::disk(&self.path, e))?;
            *rows = 0;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), LakeError> {
        self.flush()?;
        match self.sink {
            Sink::Csv { mut writer, .. } => writer.flush().map_err(|e| LakeError::disk(&self.path, e)),
            Sink::Parquet { writer, .. } => writer.close().map(|_| ()).map_err(|e| LakeError::disk(&self.path, e)),
        }
    }
}

fn properties(table: &str) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut builder = WriterProperties::builder()
        .set_created_by("yibao".into())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS));
    for (unique_table, column) in UNIQUE {
        if *unique_table == table {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(*column), false);
        }
    }
    builder.build()
}

fn data_type(kind: CellKind) -> DataType {
    match kind {
        CellKind::Text => DataType::Utf8,
        CellKind::Whole => DataType::Int32,
        CellKind::Day => DataType::Date32,
        CellKind::Stamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        CellKind::Fen => DataType::Decimal128(16, 2),
        CellKind::Price | CellKind::Quantity => DataType::Decimal128(16, 4),
    }
}

fn show(kind: CellKind, integer: Option<i64>, into: &mut String) {
    use std::fmt::Write;
    let Some(value) = integer else { return };
    // Writing to a `String` cannot fail.
    let _ = match kind {
        CellKind::Text | CellKind::Whole => write!(into, "{value}"),
        CellKind::Day => write!(into, "{}", Day(i32::try_from(value).unwrap_or_default())),
        CellKind::Stamp => write!(into, "{}", Stamp(value)),
        CellKind::Fen => write!(into, "{}", Fen(value)),
        CellKind::Price => write!(into, "{}", UnitPrice(value)),
        CellKind::Quantity => write!(into, "{}", Quantity(value)),
    };
}

enum ColumnBuffer {
    Text(StringBuilder),
    Whole(Int32Builder),
    Day(Date32Builder),
    Stamp(TimestampMillisecondBuilder),
    Decimal(Decimal128Builder, i8),
}

impl ColumnBuffer {
    fn new(kind: CellKind) -> Self {
        match kind {
            CellKind::Text => Self::Text(StringBuilder::new()),
            CellKind::Whole => Self::Whole(Int32Builder::new()),
            CellKind::Day => Self::Day(Date32Builder::new()),
            CellKind::Stamp => Self::Stamp(TimestampMillisecondBuilder::new()),
            CellKind::Fen => Self::Decimal(Decimal128Builder::new(), 2),
            CellKind::Price | CellKind::Quantity => Self::Decimal(Decimal128Builder::new(), 4),
        }
    }

    fn put(&mut self, text: &str, integer: Option<i64>) {
        match self {
            Self::Text(builder) if text.is_empty() => builder.append_null(),
            Self::Text(builder) => builder.append_value(text),
            Self::Whole(builder) => builder.append_option(integer.and_then(|v| i32::try_from(v).ok())),
            Self::Day(builder) => builder.append_option(integer.and_then(|v| i32::try_from(v).ok())),
            Self::Stamp(builder) => builder.append_option(integer.map(|v| v * 1000)),
            Self::Decimal(builder, _) => builder.append_option(integer.map(i128::from)),
        }
    }

    fn take(&mut self) -> Result<ArrayRef, arrow::error::ArrowError> {
        Ok(match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Whole(builder) => Arc::new(builder.finish()),
            Self::Day(builder) => Arc::new(builder.finish()),
            Self::Stamp(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, scale) => Arc::new(builder.finish().with_precision_and_scale(16, *scale)?),
        })
    }
}
