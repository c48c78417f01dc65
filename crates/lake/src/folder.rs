//! Opening a claims folder: which tables are there, in which form, with which columns.
//!
//! Only heads are read here. All problems are gathered; the folder is refused only when `visits` or
//! `charge_lines` cannot be used, because nothing can be audited without them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::LakeError;
use crate::csv_file::Packing;
use crate::note::{Level, Note};
use crate::sheet_file::sheet_names;
use crate::source::{Found, FoundKind, Source};
use crate::tables::Table;
use model::nearest;

/// A claims folder whose heads have been read.
#[derive(Debug)]
pub struct Folder {
    pub(crate) sources: [Option<Source>; Table::ALL.len()],
    pub(crate) notes: Vec<Note>,
}

/// Opens a claims folder.
pub fn open(folder: &Path) -> Result<Folder, LakeError> {
    let mut notes = Vec::new();
    let sources = sources_of(folder, &mut notes)?;
    let usable = |table: Table| sources.get(table as usize).is_some_and(Option::is_some);
    if usable(Table::Visits) && usable(Table::Lines) {
        return Ok(Folder { sources, notes });
    }
    let problems = notes.into_iter().filter(|note| note.level == Level::Problem).collect();
    Err(LakeError::Folder { folder: folder.to_path_buf(), problems })
}

/// The readable files of every table; what is missing or unreadable becomes a note.
pub(crate) fn sources_of(
    folder: &Path,
    notes: &mut Vec<Note>,
) -> Result<[Option<Source>; Table::ALL.len()], LakeError> {
    if !folder.is_dir() {
        return Err(LakeError::NoFolder(folder.to_path_buf()));
    }
    let found = list(folder, notes)?;
    let mut sources: [Option<Source>; Table::ALL.len()] = Default::default();
    for ((table, found), place) in Table::ALL.into_iter().zip(found).zip(&mut sources) {
        let some = !found.is_empty();
        *place = Source::open(table, found, notes);
        // Few have a stock table; the rules that ask for it say so themselves.
        if place.is_none() && !some && table != Table::Stock {
            notes.push(missing(table));
        }
    }
    Ok(sources)
}

fn missing(table: Table) -> Note {
    let name = table.spec().name;
    let forms = format!("（可用 {name}.csv、{name}.csv.gz、{name}.csv.zst、{name}.parquet 或 xlsx 工作表 {name}）");
    match table {
        Table::Visits | Table::Lines => {
            Note::problem(name, format!("目录里没有这张必需的表，无法审核；请导出后放入{forms}"))
        }
        Table::Persons => Note::problem(
            name,
            format!("目录里没有这张表，按人员信息未知审核，涉及性别、年龄的规则无法判断；请补充{forms}"),
        ),
        Table::Institutions => Note::problem(
            name,
            format!("目录里没有这张表，按机构信息未知审核，涉及机构级别、类型的规则无法判断；请补充{forms}"),
        ),
        _ => Note::info(name, format!("目录里没有这张表，依赖它的规则不运行；如有请补充{forms}")),
    }
}

impl Folder {
    /// Whether the column is there and, as far as heads tell, not wholly empty.
    #[must_use]
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.find(table, column).is_some_and(|(source, column)| source.may_hold(column))
    }

    /// What a reader of the report should know about the files.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// SHA-256 over the bytes of the table files in name order, in hexadecimal. Reads every file.
    pub fn input_hash(&self) -> Result<String, LakeError> {
        hash(&self.paths())
    }

    pub(crate) fn find(&self, table: &str, column: &str) -> Option<(&Source, usize)> {
        let table = Table::named(table)?;
        let source = self.sources.get(table as usize)?.as_ref()?;
        let column = table.spec().position(column)?;
        source.has(column).then_some((source, column))
    }

    /// The table files in name order, each once (a workbook holds several tables).
    pub(crate) fn paths(&self) -> Vec<(String, PathBuf)> {
        let files = self.sources.iter().flatten().flat_map(|source| &source.files);
        let mut paths: Vec<(String, PathBuf)> = files
            .map(|file| (file.name.split('#').next().unwrap_or_default().to_owned(), file.path().to_path_buf()))
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// Hashes names and bytes of files.
pub(crate) fn hash(paths: &[(String, PathBuf)]) -> Result<String, LakeError> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 20];
    for (name, path) in paths {
        hasher.update(name.as_bytes());
        hasher.update([0]);
        let mut file = File::open(path).map_err(|e| LakeError::unreadable(path, e))?;
        loop {
            let read = file.read(&mut buffer).map_err(|e| LakeError::unreadable(path, e))?;
            if read == 0 {
                break;
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The candidate files of each table, in name order.
fn list(folder: &Path, notes: &mut Vec<Note>) -> Result<[Vec<Found>; Table::ALL.len()], LakeError> {
    let mut found: [Vec<Found>; Table::ALL.len()] = Default::default();
    let mut all = Vec::new();
    for (name, path) in entries(folder)? {
        if path.is_dir() {
            let stem = name.strip_suffix(".parquet").unwrap_or(&name);
            match Table::named(stem) {
                Some(table) => all.push((table, parts(&name, &path, notes)?)),
                None => notes.push(Note::info(name, "不是约定的表名，已忽略此目录")),
            }
        } else if [".xlsx", ".xls", ".xlsb", ".ods"].iter().any(|end| name.to_lowercase().ends_with(end)) {
            match sheet_names(&path) {
                Err(reason) => notes.push(Note::problem(name, reason)),
                Ok(sheets) => all.extend(sheets.iter().filter_map(|sheet| {
                    let kind = FoundKind::Sheet(sheet.clone());
                    let table = Table::named(&sheet.trim().to_lowercase())?;
                    Some((table, vec![Found { path: path.clone(), name: format!("{name}#{sheet}"), kind }]))
                })),
            }
        } else {
            match kind_of(&name) {
                Some((table, kind)) => all.push((table, vec![Found { path, name, kind }])),
                None => notes.push(stranger(name)),
            }
        }
    }
    for (table, files) in all {
        let Some(place) = found.get_mut(table as usize) else { continue };
        match place.first() {
            None => *place = files,
            Some(first) => {
                let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
                let text = format!("与 {} 是同一张表，只读取后者；请删除多余的一份", first.name);
                notes.push(Note::problem(names.join("、"), text));
            }
        }
    }
    Ok(found)
}

/// What `yibao generate` writes beside the tables: for `yibao score`, not for the audit.
const TRUTH: &str = "truth.csv";

/// The entries of a folder, by name, without hidden ones and markers such as `_SUCCESS`.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, LakeError> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| LakeError::disk(folder, e))? {
        let path = entry.map_err(|e| LakeError::disk(folder, e))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with(['.', '_', '~']) && name != TRUTH {
            all.push((name, path));
        }
    }
    all.sort();
    Ok(all)
}

/// The Parquet files of a table that is a folder; Hive folders below it are looked into.
fn parts(name: &str, folder: &Path, notes: &mut Vec<Note>) -> Result<Vec<Found>, LakeError> {
    let mut found = Vec::new();
    for (part, path) in entries(folder)? {
        let name = format!("{name}/{part}");
        if path.is_dir() {
            found.extend(parts(&name, &path, notes)?);
        } else if part.ends_with(".parquet") {
            found.push(Found { path, name, kind: FoundKind::Parquet });
        } else {
            notes.push(Note::info(name, "表目录中只读取 .parquet 文件，已忽略"));
        }
    }
    Ok(found)
}

fn kind_of(name: &str) -> Option<(Table, FoundKind)> {
    let lower = name.to_lowercase();
    let (stem, kind) = [
        (".parquet", FoundKind::Parquet),
        (".csv", FoundKind::Csv(Packing::Plain)),
        (".csv.gz", FoundKind::Csv(Packing::Gzip)),
        (".csv.zst", FoundKind::Csv(Packing::Zstd)),
    ]
    .into_iter()
    .find_map(|(end, kind)| lower.strip_suffix(end).map(|stem| (stem.to_owned(), kind)))?;
    Table::named(&stem).map(|table| (table, kind))
}

fn stranger(name: String) -> Note {
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    match nearest(&stem, Table::ALL.into_iter().map(|table| table.spec().name)) {
        Some(near) => Note::problem(name, format!("不是约定的表名，已忽略；是否应为 {near}？请改名后重新运行")),
        None => Note::info(name, "不是约定的表文件，已忽略"),
    }
}
