//! The files of one table, whatever their format, as a stream of arrays.
//!
//! `open` looks at heads only: a file that cannot be read, or lacks a required column, becomes a
//! note and drops out; the others go on. Row ranges can be asked of Parquet alone.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::LakeError;
use crate::csv_file::{CsvFile, Packing};
use crate::decode::Raw;
use crate::note::Note;
use crate::parquet_file::ParquetFile;
use crate::sheet_file::SheetFile;
use crate::tables::{Need, Table, TableSpec};
use model::nearest;

/// Rows handed over at once.
pub(crate) const BATCH_ROWS: usize = 8 * 1024;

/// The readable files of a table.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) files: Vec<SourceFile>,
}

#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Its number within the table.
    pub(crate) index: u16,
    pub(crate) path: PathBuf,
    /// Its name below the claims folder.
    pub(crate) name: String,
    pub(crate) form: Form,
    /// Where each column of the table stands in the file.
    pub(crate) columns: Vec<Option<usize>>,
    /// The same without columns that are wholly empty and may be: nothing is gained by reading them.
    places: Vec<Option<usize>>,
}

#[derive(Debug)]
pub(crate) enum Form {
    Parquet(Box<ParquetFile>),
    Csv(CsvFile),
    Sheet(SheetFile),
}

/// A file as found in the folder, not yet opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) kind: FoundKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FoundKind {
    Parquet,
    Csv(Packing),
    Sheet(String),
}

pub(crate) type Each<'a> = &'a mut dyn FnMut(Raw) -> Result<(), LakeError>;

impl Source {
    /// Opens what can be opened; the rest becomes notes.
    pub(crate) fn open(table: Table, found: Vec<Found>, notes: &mut Vec<Note>) -> Option<Self> {
        let mut files = Vec::new();
        let mut strangers: Vec<String> = Vec::new();
        for Found { path, name, kind } in found {
            let opened = match kind {
                FoundKind::Parquet => {
                    ParquetFile::open(&path).map(|(file, header)| (Form::Parquet(Box::new(file)), header))
                }
                FoundKind::Csv(packing) => {
                    CsvFile::open(&path, packing).map(|(file, header)| (Form::Csv(file), header))
                }
                FoundKind::Sheet(sheet) => {
                    SheetFile::open(&path, &sheet).map(|(file, header)| (Form::Sheet(file), header))
                }
            };
            match opened {
                Err(reason) => notes.push(Note::problem(name, reason)),
                Ok((form, header)) => {
                    if let Some(columns) = match_columns(table.spec(), &name, &header, notes, &mut strangers) {
                        let index = u16::try_from(files.len()).unwrap_or(u16::MAX);
                        let places = worth_reading(table.spec(), &form, &columns);
                        files.push(SourceFile { index, path, name, form, columns, places });
                    }
                }
            }
        }
        if !strangers.is_empty() {
            let text = format!("以下列不在接口约定中，已忽略：{}", strangers.join("、"));
            notes.push(Note::info(table.spec().name, text));
        }
        (!files.is_empty()).then_some(Self { files })
    }

    pub(crate) fn has(&self, column: usize) -> bool {
        self.files.iter().any(|file| file.columns.get(column).copied().flatten().is_some())
    }

    /// Whether the column holds a value somewhere, as far as heads tell.
    pub(crate) fn may_hold(&self, column: usize) -> bool {
        self.files.iter().any(|file| match (&file.form, file.columns.get(column).copied().flatten()) {
            (_, None) => false,
            (Form::Parquet(parquet), Some(place)) => !parquet.is_empty_column(place),
            _ => true,
        })
    }

    pub(crate) fn is_parquet(&self) -> bool {
        self.files.iter().all(|file| matches!(file.form, Form::Parquet(_)))
    }

    /// Rows, exact for Parquet and guessed from the size for the rest.
    pub(crate) fn rows_about(&self) -> u64 {
        self.files.iter().map(SourceFile::rows_about).sum()
    }

    /// Like `scan`, while a second thread reads on: for formats whose reading is itself work.
    pub(crate) fn scan_ahead(&self, wanted: &[usize], each: Each<'_>) -> Result<(), LakeError> {
        std::thread::scope(|scope| {
            let (sender, receiver) = std::sync::mpsc::sync_channel(4);
            let reading = scope.spawn(move || {
                self.scan(wanted, &mut |raw| {
                    // The other side hangs up only after an error of its own.
                    sender.send(raw).map_err(|_| LakeError::Bug("the reader was left alone".into()))
                })
            });
            for raw in receiver {
                each(raw)?;
            }
            reading.join().map_err(|_| LakeError::Bug("the reading thread died".into()))?
        })
    }

    /// Shows all rows, file by file.
    pub(crate) fn scan(&self, wanted: &[usize], each: Each<'_>) -> Result<(), LakeError> {
        self.files.iter().try_for_each(|file| file.scan(wanted, None, each))
    }
}

impl SourceFile {
    pub(crate) fn rows_about(&self) -> u64 {
        match &self.form {
            Form::Parquet(parquet) => parquet.rows(),
            Form::Csv(csv) => csv.rows_about(),
            Form::Sheet(_) => 0,
        }
    }

    /// Shows the wanted columns of all rows, or of a range of a Parquet file.
    pub(crate) fn scan(&self, wanted: &[usize], range: Option<Range<u64>>, each: Each<'_>) -> Result<(), LakeError> {
        let places: Vec<Option<usize>> = (0..self.places.len())
            .map(|column| if wanted.contains(&column) { self.places.get(column).copied().flatten() } else { None })
            .collect();
        match &self.form {
            Form::Parquet(parquet) => parquet.scan(&self.path, self.index, &places, range, each),
            Form::Csv(csv) => csv.scan(&self.path, self.index, &places, each),
            Form::Sheet(sheet) => sheet.scan(&self.path, self.index, &places, each),
        }
    }

    /// The number under which a user finds a data row: Parquet counts rows from 1; in a text file or
    /// sheet the header is row 1.
    pub(crate) fn shown_row(&self, row: u64) -> u64 {
        row + if matches!(self.form, Form::Parquet(_)) { 1 } else { 2 }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn worth_reading(spec: &TableSpec, form: &Form, columns: &[Option<usize>]) -> Vec<Option<usize>> {
    let Form::Parquet(parquet) = form else { return columns.to_vec() };
    let full = |(column, place): (&crate::tables::ColumnSpec, &Option<usize>)| {
        place.filter(|&place| column.need == Need::Required || !parquet.is_empty_column(place))
    };
    spec.columns.iter().zip(columns).map(full).collect()
}

/// Finds the table's columns in a header; `None` (and a note) when a required one is missing.
fn match_columns(
    spec: &TableSpec,
    file: &str,
    header: &[String],
    notes: &mut Vec<Note>,
    strangers: &mut Vec<String>,
) -> Option<Vec<Option<usize>>> {
    let names: Vec<String> = header.iter().map(|name| name.trim().trim_matches('\u{feff}').to_lowercase()).collect();
    for (place, name) in names.iter().enumerate() {
        if names.iter().take(place).any(|earlier| earlier == name) && !name.is_empty() {
            notes.push(Note::problem(file, format!("列 {name} 出现多次，只读取第一个；请删除重复列")));
        } else if spec.position(name).is_none() {
            let near = nearest(name, spec.columns.iter().map(|c| c.name).filter(|c| !names.iter().any(|n| n == c)));
            let shown = match near {
                Some(near) => format!("{name}（是否应为 {near}？）"),
                None => name.clone(),
            };
            if !strangers.contains(&shown) {
                strangers.push(shown);
            }
        }
    }
    let columns: Vec<Option<usize>> =
        spec.columns.iter().map(|column| names.iter().position(|name| name == column.name)).collect();
    let missing: Vec<String> = spec
        .columns
        .iter()
        .zip(&columns)
        .filter(|(column, place)| column.need == Need::Required && place.is_none())
        .map(|(column, _)| match nearest(column.name, names.iter().map(String::as_str)) {
            Some(near) => format!("{}（文件中有相近的列 {near}）", column.name),
            None => column.name.to_owned(),
        })
        .collect();
    if missing.is_empty() {
        return Some(columns);
    }
    let text = format!("缺少必填列 {}，该文件未读取；请按接口字段名补齐表头后重新导出", missing.join("、"));
    notes.push(Note::problem(file, text));
    None
}
