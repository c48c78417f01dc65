//! A table as it came: a header and rows of texts, whatever file it was in.

use calamine::{Data, Reader as _};
use model::{Day, Stamp};
use std::io::Cursor;

/// Rows of texts under a header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Rows with their number in the file; the header is row 1.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// Why a file cannot be taken at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}；{remedy}")]
pub struct FileFault {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl FileFault {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

impl Table {
    /// Reads a file by its content: Excel (`xlsx`, `xls`), else CSV in UTF-8 (with or without a mark) or GBK.
    ///
    /// # Errors
    /// It is neither, or has no header.
    pub fn read(bytes: &[u8]) -> Result<Self, FileFault> {
        const ZIP: &[u8] = b"PK\x03\x04";
        const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
        let table = if bytes.starts_with(ZIP) || bytes.starts_with(COMPOUND) {
            Self::from_workbook(bytes)?
        } else {
            Self::from_csv(&decoded(bytes)?)?
        };
        if table.header.iter().all(String::is_empty) {
            return Err(FileFault::new("文件没有表头", "第一行应为列名，可用 yibao register export 取得样表"));
        }
        Ok(table)
    }

    fn from_csv(text: &str) -> Result<Self, FileFault> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut table = Self::default();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let row = error.position().map_or(0, csv::Position::line);
                FileFault::new(format!("第 {row} 行不能读取"), "请检查引号是否成对")
            })?;
            let number = record.position().map_or(0, |at| at.line() + blank_lines(text, at.byte()));
            table.push(number, record.iter().map(str::to_owned).collect());
        }
        Ok(table)
    }

    /// The first sheet.
    fn from_workbook(bytes: &[u8]) -> Result<Self, FileFault> {
        let broken = |error: &dyn std::fmt::Display| {
            FileFault::new(format!("不是完整的 Excel 文件（{error}）"), "请重新导出，或另存为 CSV")
        };
        let mut workbook = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| broken(&error))?;
        let sheet = workbook.worksheet_range_at(0);
        let cells = sheet.ok_or_else(|| broken(&"没有工作表"))?.map_err(|error| broken(&error))?;
        let first = cells.start().map_or(0, |(row, _)| u64::from(row));
        let mut table = Self::default();
        for (number, row) in (first + 1..).zip(cells.rows()) {
            table.push(number, row.iter().map(cell).collect());
        }
        Ok(table)
    }

    /// The first row is the header; rows without anything are no rows.
    fn push(&mut self, number: u64, cells: Vec<String>) {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if self.header.is_empty() {
            self.header = cells.iter().map(|name| name.trim().to_owned()).collect();
        } else {
            self.rows.push((number, cells));
        }
    }
}

/// Empty lines at a place of the text: the reader passes over them but counts from before them.
fn blank_lines(text: &str, byte: u64) -> u64 {
    let rest = usize::try_from(byte).ok().and_then(|at| text.as_bytes().get(at..)).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    blank.filter(|byte| **byte == b'\n').count() as u64
}

/// UTF-8, or GBK (with GB 18030's four-byte characters).
fn decoded(bytes: &[u8]) -> Result<String, FileFault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
    if wrong {
        return Err(FileFault::new("文件既不是 UTF-8 也不是 GBK 编码", "请以 UTF-8 编码重新导出"));
    }
    Ok(text.into_owned())
}

/// A cell as text: whole numbers without a point, days as `yyyy-MM-dd`.
fn cell(cell: &Data) -> String {
    let Data::DateTime(moment) = cell else { return cell.to_string() };
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    match Day::from_civil(i32::from(year), u32::from(month), u32::from(day)) {
        None => cell.to_string(),
        Some(day) => {
            let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
            let at = Stamp(day.start().0 + seconds);
            if at.is_midnight() { day.to_string() } else { at.to_string() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_reads_alike() {
        let text = "人员编号,姓名\n1,赵甲子\n\n2,\"钱,乙丑\"\n";
        let plain = Table::read(text.as_bytes()).unwrap();
        assert_eq!(plain.header, ["人员编号", "姓名"]);
        assert_eq!(plain.rows[1], (4, vec!["2".to_owned(), "钱,乙丑".to_owned()]), "an empty line is no row");
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        assert_eq!(Table::read(&marked).unwrap(), plain);
        let (gbk, ..) = encoding_rs::GBK.encode(text);
        assert_eq!(Table::read(&gbk).unwrap(), plain);
    }

    #[test]
    fn what_is_no_table_is_said() {
        let what = |bytes: &[u8]| Table::read(bytes).unwrap_err().to_string();
        assert!(what(b"").contains("没有表头"));
        assert!(what(b"PK\x03\x04 cut").contains("不是完整的 Excel 文件"));
        assert!(what(b"\xFF\xFF,\xFF\n").contains("既不是 UTF-8 也不是 GBK"));
    }
}
