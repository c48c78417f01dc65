//! The intake report: what was read, mended, refused; and the files of refused rows.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::LakeError;
use crate::issues::{Counts, Issues, Mark, Reject};
use crate::note::Note;
use crate::parse::Correction;
use crate::route::Placement;
use crate::runs::Runs;
use crate::source::Source;
use crate::tables::Table;

/// What reading one slice found; handed back to `finish`. That of a lake's bucket may come from another machine: its
/// counts travel. (Refused rows do not, and need not: a lake refuses when rows are added.)
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SliceIntake {
    pub(crate) issues: Issues,
}

impl SliceIntake {
    /// Charge lines of this slice that were read.
    #[must_use]
    pub fn lines_read(&self) -> u64 {
        self.issues.counts().get(Table::Lines as usize).map_or(0, |counts| counts.read)
    }
}

/// The counts of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableIntake {
    /// The table.
    pub table: String,
    /// Its files, below the claims folder.
    pub files: Vec<String>,
    /// Rows read; the next three add up to it.
    pub read: u64,
    /// Rows taken as they were.
    pub accepted: u64,
    /// Rows taken after a correction.
    pub corrected: u64,
    /// Rows refused; each is in `rejects/`.
    pub rejected: u64,
    /// Corrections by name (in Chinese) and how often.
    pub corrections: Vec<(String, u64)>,
    /// Reasons of refusal and how often.
    pub rejections: Vec<(String, u64)>,
    /// Things about accepted rows worth knowing: unknown codes, amounts that do not add up, refunds.
    pub marks: Vec<(String, u64)>,
    /// Remarks about the table's files, then the marks, as sentences.
    pub notes: Vec<String>,
}

/// The whole intake.
#[derive(Debug, Clone)]
pub struct IntakeReport {
    /// Tables in the contract's order; those that are absent are left out.
    pub tables: Vec<TableIntake>,
    /// Remarks about files.
    pub notes: Vec<Note>,
    /// Whether a remark is a problem: something could not be read.
    pub incomplete: bool,
    /// Charge lines that had to be sorted through temporary files (外部排序); 0 when they lay in order.
    pub sorted_lines: u64,
    /// How long that took.
    pub sort_time: Duration,
    /// SHA-256 over the input files.
    pub input_hash: String,
}

pub(crate) fn tables_of(
    sources: &[Option<Source>],
    issues: &Issues,
    notes: &[Note],
) -> Result<Vec<TableIntake>, LakeError> {
    let mut tables = Vec::new();
    for (table, counts) in Table::ALL.into_iter().zip(issues.counts()) {
        let name = table.spec().name;
        let about = notes.iter().filter(|note| is_about(note, name)).map(ToString::to_string);
        let mut remarks: Vec<String> = about.collect();
        let source = sources.get(table as usize).and_then(Option::as_ref);
        if source.is_none() && remarks.is_empty() {
            continue;
        }
        check_sum(table, counts)?;
        let kinds = |labels: Vec<(&'static str, u64)>| -> Vec<(String, u64)> {
            let some = labels.into_iter().filter(|(_, count)| *count > 0);
            some.map(|(label, count)| (label.to_owned(), count)).collect()
        };
        let marks = kinds(Mark::ALL.iter().map(|m| m.label()).zip(counts.marks).collect());
        remarks.extend(marks.iter().map(|(label, count)| format!("{label}：{count} 行")));
        tables.push(TableIntake {
            table: name.to_owned(),
            files: source.iter().flat_map(|source| &source.files).map(|file| file.name.clone()).collect(),
            read: counts.read,
            accepted: counts.accepted,
            corrected: counts.corrected,
            rejected: counts.rejected,
            corrections: kinds(Correction::ALL.iter().map(|c| c.label()).zip(counts.corrections).collect()),
            rejections: Vec::new(),
            marks,
            notes: remarks,
        });
    }
    Ok(tables)
}

/// The tables of a lake: everything in it was accepted when it was added.
pub(crate) fn kept_tables(placements: &[Placement], issues: &Issues) -> Vec<TableIntake> {
    let mut tables = Vec::new();
    for ((table, placement), counts) in Table::ALL.into_iter().zip(placements).zip(issues.counts()) {
        let Placement::Bucketed { files } = placement else { continue };
        let read: u64 = files.iter().flatten().map(|file| file.rows).sum();
        let marks: Vec<(String, u64)> = Mark::ALL
            .into_iter()
            .map(|mark| (mark.label().to_owned(), counts.marks[mark as usize]))
            .filter(|(_, count)| *count > 0)
            .collect();
        tables.push(TableIntake {
            table: table.spec().name.to_owned(),
            files: Vec::new(),
            read,
            accepted: read.saturating_sub(counts.rejected),
            corrected: 0,
            rejected: counts.rejected.min(read),
            corrections: Vec::new(),
            rejections: Vec::new(),
            notes: marks.iter().map(|(label, count)| format!("{label}：{count} 行")).collect(),
            marks,
        });
    }
    tables
}

/// Whether a note is about the table or one of its files.
fn is_about(note: &Note, table: &str) -> bool {
    let stem = note.file.split(['.', '/']).next().unwrap_or_default();
    stem == table || note.file.rsplit('#').next() == Some(table)
}

/// Nothing is lost: every row read is accepted, corrected or rejected.
fn check_sum(table: Table, counts: &Counts) -> Result<(), LakeError> {
    let Counts { read, accepted, corrected, rejected, .. } = *counts;
    if accepted + corrected + rejected == read {
        return Ok(());
    }
    Err(LakeError::Bug(format!(
        "intake counts do not add up: {}: {accepted} accepted + {corrected} corrected + {rejected} rejected ≠ {read} read",
        table.spec().name
    )))
}

/// Writes `rejects/NAME.csv` for every table with refused rows, by file and row, and counts the reasons.
pub(crate) fn write_rejects(
    rejects: Runs<Reject>,
    sources: &[Option<Source>],
    out: &Path,
    tables: &mut [TableIntake],
) -> Result<(), LakeError> {
    let mut reasons: BTreeMap<(u8, String), u64> = BTreeMap::new();
    let folder = out.join("rejects");
    std::fs::create_dir_all(&folder).map_err(|e| LakeError::disk(&folder, e))?;
    let mut writers: [Option<csv::Writer<BufWriter<File>>>; Table::ALL.len()] = Default::default();
    for table in Table::ALL {
        // Files of an earlier run would be taken for this one's.
        let path = folder.join(format!("{}.csv", table.spec().name));
        if path.exists() {
            std::fs::remove_file(&path).map_err(|e| LakeError::disk(&path, e))?;
        }
    }
    rejects.merge(&mut |reject| {
        let Some(table) = Table::ALL.get(usize::from(reject.table)).copied() else { return Ok(()) };
        // The remedy behind the semicolon is for the file; the summary names the reason.
        let reason = reject.reason.split('；').next().unwrap_or_default().to_owned();
        *reasons.entry((reject.table, reason)).or_default() += 1;
        let path = folder.join(format!("{}.csv", table.spec().name));
        let disk = |e: &dyn std::fmt::Display| LakeError::disk(&path, e);
        let Some(place) = writers.get_mut(table as usize) else { return Ok(()) };
        if place.is_none() {
            let file = File::create(&path).map_err(|e| disk(&e))?;
            let mut writer = csv::Writer::from_writer(BufWriter::new(file));
            writer.write_record(["file", "row", "column", "value", "reason"]).map_err(|e| disk(&e))?;
            *place = Some(writer);
        }
        let file = sources
            .get(table as usize)
            .and_then(Option::as_ref)
            .and_then(|source| source.files.get(usize::from(reject.origin.file)));
        let name = file.map_or("", |file| file.name.as_str());
        let row = file.map_or(reject.origin.row, |file| file.shown_row(reject.origin.row)).to_string();
        let cells = [name, &row, &reject.column, &reject.value, &reject.reason];
        place.as_mut().map_or(Ok(()), |writer| writer.write_record(cells).map_err(|e| disk(&e)))
    })?;
    for ((table, reason), count) in reasons {
        let name = Table::ALL.get(usize::from(table)).map_or("", |table| table.spec().name);
        if let Some(intake) = tables.iter_mut().find(|intake| intake.table == name) {
            intake.rejections.push((reason, count));
        }
    }
    for writer in writers.iter_mut().flatten() {
        writer.flush().map_err(|e| LakeError::disk(&folder, e))?;
    }
    Ok(())
}
