//! Excel workbooks with one sheet a table, for small sets.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use calamine::{Data, Range, Reader, open_workbook_auto};
use model::{Day, Stamp};

use crate::LakeError;
use crate::block::Origin;
use crate::decode::{Raw, float_text};
use crate::parse::excel_serial;
use crate::source::{BATCH_ROWS, Each};

/// A sheet, held in memory as Excel files are.
pub(crate) struct SheetFile {
    cells: Range<Data>,
    header: Vec<String>,
}

impl std::fmt::Debug for SheetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SheetFile").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The names of a workbook's sheets.
pub(crate) fn sheet_names(path: &Path) -> Result<Vec<String>, String> {
    let workbook = open_workbook_auto(path).map_err(|e| format!("不是完整的 Excel 文件（{e}），未读取；请重新导出"))?;
    Ok(workbook.sheet_names().clone())
}

impl SheetFile {
    /// Reads the sheet; the second part is the names of the columns.
    pub(crate) fn open(path: &Path, sheet: &str) -> Result<(Self, Vec<String>), String> {
        let broken = |e: &dyn std::fmt::Display| format!("工作表 {sheet} 无法读取（{e}）；请重新导出");
        let mut workbook = open_workbook_auto(path).map_err(|e| broken(&e))?;
        let cells = workbook.worksheet_range(sheet).map_err(|e| broken(&e))?;
        let header: Vec<String> =
            cells.rows().next().map(|row| row.iter().map(|cell| text(cell, "")).collect()).unwrap_or_default();
        if header.is_empty() {
            return Err(format!("工作表 {sheet} 是空的，连表头也没有；请重新导出"));
        }
        Ok((Self { cells, header: header.clone() }, header))
    }

    pub(crate) fn scan(&self, _: &Path, index: u16, places: &[Option<usize>], each: Each<'_>) -> Result<(), LakeError> {
        let rows: Vec<&[Data]> = self.cells.rows().skip(1).collect();
        let mut start = 0_usize;
        for batch in rows.chunks(BATCH_ROWS) {
            let arrays = places
                .iter()
                .map(|place| {
                    let place = (*place)?;
                    let name = self.header.get(place).map_or("", String::as_str);
                    let mut builder = StringBuilder::new();
                    batch.iter().for_each(|row| {
                        builder.append_value(row.get(place).map(|c| text(c, name)).unwrap_or_default())
                    });
                    Some(Arc::new(builder.finish()) as ArrayRef)
                })
                .collect();
            let origin = Origin { file: index, row: start as u64 };
            each(Raw { origin, rows: batch.len(), arrays, broken: Vec::new() })?;
            start += batch.len();
        }
        Ok(())
    }
}

/// A cell as text. In a column of dates a bare number is a serial day.
fn text(cell: &Data, column: &str) -> String {
    let number = |text: String| if is_date_column(column) { excel_serial(&text).unwrap_or(text) } else { text };
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(value) => number(value.to_string()),
        Data::Float(value) => number(float_text(*value)),
        Data::Bool(value) => u8::from(*value).to_string(),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            match Day::from_civil(i32::from(year), u32::from(month), u32::from(day)) {
                None => float_text(moment.as_f64()),
                Some(day) => {
                    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
                    let at = Stamp(day.start().0 + seconds + i64::from(milli >= 500));
                    if at.is_midnight() { at.day().to_string() } else { at.to_string() }
                }
            }
        }
        Data::Error(error) => format!("#{error:?}"),
    }
}

fn is_date_column(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    name.ends_with("time") || name.ends_with("date") || matches!(name.as_str(), "brdy" | "susp_from" | "susp_until")
}
