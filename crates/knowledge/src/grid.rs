//! Sheets of an attachment as grids of text, whatever file they came in.
//!
//! Owns Excel and CSV, row numbers as the reader of the sheet sees them, and the place of the header
//! row, which may stand under merged titles. What the columns mean is `heading`'s.

use calamine::{Data, Reader as _, open_workbook_auto_from_rs};
use std::io::Cursor;

/// One sheet.
pub struct Grid {
    /// Its name; the file's for CSV
    pub name: String,
    /// Its rows, by number from 1
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Why a file is no attachment.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Neither Excel nor CSV
    #[error("{file} 无法读取：{reason}。请给出 .xlsx、.xls 或 UTF-8 的 .csv")]
    Unreadable {
        /// The file
        file: String,
        /// What the reader said
        reason: String,
    },
    /// No class is named in file name, sheet names or titles
    #[error("{file} 看不出属于哪一类规则：文件名、工作表名和标题中都没有已知的类名{}", .nearest.as_deref().map(|n| format!("；最接近的是“{n}”")).unwrap_or_default())]
    UnknownClass {
        /// The file
        file: String,
        /// The class most like what stands there
        nearest: Option<String>,
    },
    /// No row looks like a header of the class
    #[error("{file} 的工作表“{sheet}”中找不到表头：需要 {needed}")]
    NoHeader {
        /// The file
        file: String,
        /// The sheet
        sheet: String,
        /// The columns that were looked for
        needed: String,
    },
    /// The tables to be extended cannot be read
    #[error("无法续写 {table}：{reason}")]
    Tables {
        /// The table
        table: &'static str,
        /// What is wrong
        reason: String,
    },
}

/// Reads every sheet of a file.
pub fn read(file: &str, bytes: &[u8]) -> Result<Vec<Grid>, ImportError> {
    let unreadable = |reason: String| ImportError::Unreadable { file: file.to_owned(), reason };
    if file.to_ascii_lowercase().ends_with(".csv") {
        return read_csv(file, bytes).map(|grid| vec![grid]).map_err(unreadable);
    }
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| unreadable(error.to_string()))?;
    let mut grids = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|error| unreadable(error.to_string()))?;
        let first = range.start().map_or(0, |(row, _)| row);
        let rows = range.rows().zip(first + 1..).map(|(row, number)| (number, row.iter().map(text).collect()));
        grids.push(Grid { name, rows: rows.collect() });
    }
    Ok(grids)
}

fn read_csv(file: &str, bytes: &[u8]) -> Result<Grid, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let number = record.position().map_or(0, |place| u32::try_from(place.line()).unwrap_or(u32::MAX));
        rows.push((number, record.iter().map(|cell| cell.trim().to_owned()).collect()));
    }
    Ok(Grid { name: file.to_owned(), rows })
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        other => other.to_string().trim().to_owned(),
    }
}
