//! Findings to disk, sorted, in bounded memory.
//!
//! Slices finish in any order and on any thread; each hands over a run, which is sorted and spilled.
//! `finish` merges the runs, so the files depend on the set of rows alone (I8): byte for byte the
//! same whatever the number of threads or slices.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use model::{Day, Fen, Quantity, Severity};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::LakeError;
use crate::finding_batch::{FindingBatch, finding_schema};
use crate::runs::{Record, Runs, put_text, take, take_text};

/// One row of `findings.parquet` and `findings.csv`; the fields are the contract's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FindingRow {
    pub finding_id: String,
    pub rule_id: String,
    pub rule_version: String,
    pub official_code: String,
    pub rule_name: String,
    pub severity: Severity,
    pub psn_no: String,
    pub mdtrt_id: String,
    pub fixmedins_code: String,
    pub orders_dr_code: String,
    pub occurred_on: Day,
    pub feedetl_sn: String,
    pub related_feedetl_sn: String,
    pub cnt_over: Quantity,
    pub amount_fen: Fen,
    pub counted_fen: Fen,
    pub knowledge_point_id: String,
    pub basis: String,
    pub evidence: String,
}

/// The columns of a findings file, in order.
pub const FINDING_COLUMNS: [&str; 19] = [
    "finding_id",
    "rule_id",
    "rule_version",
    "official_code",
    "rule_name",
    "severity",
    "psn_no",
    "mdtrt_id",
    "fixmedins_code",
    "orders_dr_code",
    "occurred_on",
    "feedetl_sn",
    "related_feedetl_sn",
    "cnt_over",
    "amount_fen",
    "counted_fen",
    "knowledge_point_id",
    "basis",
    "evidence",
];

/// Rows encoded at once.
const BATCH_ROWS: usize = 8 * 1024;

/// Collects findings and writes them sorted.
pub struct FindingWriter {
    runs: Runs<FindingRow>,
}

impl FindingWriter {
    /// A writer that spills below `temp`.
    pub fn new(temp: &Path) -> Result<Self, LakeError> {
        Ok(Self { runs: Runs::create(temp)? })
    }

    /// Takes rows in any order; callable from several threads.
    pub fn add_run(&self, rows: Vec<FindingRow>) -> Result<(), LakeError> {
        self.runs.add(rows)
    }

    /// Merges the runs into `findings.parquet` and `findings.csv` below `out`, shows every row to `each`
    /// in file order, and returns their number.
    pub fn finish(self, out: &Path, each: &mut dyn FnMut(&FindingRow)) -> Result<u64, LakeError> {
        std::fs::create_dir_all(out).map_err(|e| LakeError::disk(out, e))?;
        let mut parquet = ParquetFindings::create(&out.join("findings.parquet"))?;
        let csv_path = out.join("findings.csv");
        let file = File::create(&csv_path).map_err(|e| LakeError::disk(&csv_path, e))?;
        let mut csv = csv::Writer::from_writer(BufWriter::with_capacity(1 << 18, file));
        csv.write_record(FINDING_COLUMNS).map_err(|e| LakeError::disk(&csv_path, e))?;
        let mut count = 0;
        self.runs.merge(&mut |row| {
            parquet.put(&row)?;
            csv.write_record(row.cells().iter().map(|cell| cell.as_bytes()))
                .map_err(|e| LakeError::disk(&csv_path, e))?;
            each(&row);
            count += 1;
            Ok(())
        })?;
        csv.flush().map_err(|e| LakeError::disk(&csv_path, e))?;
        parquet.finish()?;
        Ok(count)
    }
}

impl FindingRow {
    fn key(&self) -> [&str; 5] {
        [&self.fixmedins_code, &self.mdtrt_id, &self.rule_id, &self.feedetl_sn, &self.finding_id]
    }

    pub(crate) fn strings(&self) -> [&str; 14] {
        [
            &self.finding_id,
            &self.rule_id,
            &self.rule_version,
            &self.official_code,
            &self.rule_name,
            &self.psn_no,
            &self.mdtrt_id,
            &self.fixmedins_code,
            &self.orders_dr_code,
            &self.feedetl_sn,
            &self.related_feedetl_sn,
            &self.knowledge_point_id,
            &self.basis,
            &self.evidence,
        ]
    }

    fn integers(&self) -> [i64; 4] {
        [i64::from(self.occurred_on.0), self.cnt_over.0, self.amount_fen.0, self.counted_fen.0]
    }

    /// The cells of the CSV row, in column order.
    fn cells(&self) -> Vec<Cow<'_, str>> {
        let mut cells: Vec<Cow<'_, str>> = self.strings().into_iter().map(Cow::Borrowed).collect();
        // Where the columns that are not free text stand, from left to right.
        cells.insert(5, Cow::Borrowed(self.severity.word()));
        cells.insert(10, Cow::Owned(self.occurred_on.to_string()));
        cells.insert(13, Cow::Owned(self.cnt_over.to_string()));
        cells.insert(14, Cow::Owned(self.amount_fen.0.to_string()));
        cells.insert(15, Cow::Owned(self.counted_fen.0.to_string()));
        cells
    }
}

impl Record for FindingRow {
    fn encode(&self, into: &mut Vec<u8>) {
        into.push(self.severity as u8);
        self.integers().iter().for_each(|value| into.extend(value.to_le_bytes()));
        self.strings().iter().for_each(|text| put_text(into, text));
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let severity = match take(bytes)? {
            [0] => Severity::Clear,
            [1] => Severity::Suspicious,
            _ => Severity::Indicator,
        };
        let mut integer = || Some(i64::from_le_bytes(take(bytes)?));
        let (occurred_on, cnt_over, amount, counted) = (integer()?, integer()?, integer()?, integer()?);
        let mut text = || take_text(bytes);
        Some(Self {
            severity,
            occurred_on: Day(i32::try_from(occurred_on).ok()?),
            cnt_over: Quantity(cnt_over),
            amount_fen: Fen(amount),
            counted_fen: Fen(counted),
            finding_id: text()?,
            rule_id: text()?,
            rule_version: text()?,
            official_code: text()?,
            rule_name: text()?,
            psn_no: text()?,
            mdtrt_id: text()?,
            fixmedins_code: text()?,
            orders_dr_code: text()?,
            feedetl_sn: text()?,
            related_feedetl_sn: text()?,
            knowledge_point_id: text()?,
            basis: text()?,
            evidence: text()?,
        })
    }
}

impl Ord for FindingRow {
    /// The contract's order; the rest of the row breaks ties, so that the order is total.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.key(), self.strings(), self.severity, self.integers()).cmp(&(
            other.key(),
            other.strings(),
            other.severity,
            other.integers(),
        ))
    }
}

impl PartialOrd for FindingRow {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The Parquet twin.
struct ParquetFindings {
    path: std::path::PathBuf,
    writer: ArrowWriter<File>,
    batch: FindingBatch,
}

impl ParquetFindings {
    fn create(path: &Path) -> Result<Self, LakeError> {
        let file = File::create(path).map_err(|e| LakeError::disk(path, e))?;
        let properties = WriterProperties::builder()
            .set_created_by("yibao".into())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
            .build();
        let writer =
            ArrowWriter::try_new(file, finding_schema(), Some(properties)).map_err(|e| LakeError::disk(path, e))?;
        Ok(Self { path: path.to_path_buf(), writer, batch: FindingBatch::default() })
    }

    fn put(&mut self, row: &FindingRow) -> Result<(), LakeError> {
        self.batch.put(row);
        if self.batch.rows() >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let batch = self.batch.take()?;
        self.writer.write(&batch).map_err(|e| LakeError::disk(&self.path, e))
    }

    fn finish(mut self) -> Result<(), LakeError> {
        self.flush()?;
        self.writer.close().map(|_| ()).map_err(|e| LakeError::disk(&self.path, e))
    }
}
