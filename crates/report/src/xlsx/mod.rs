//! `report.xlsx`: the same figures for those who live in Excel.
//!
//! Findings are written as they pass, through a temporary file beside the workbook, so that a million
//! rows need no more memory than ten. A sheet holds 1,048,575 findings; after that the next one begins
//! (疑点明细2 …). The rule is *all rows or none*: [`DetailRows::None`] leaves them out and says so on
//! the sheet, but there is no "first so many", because a cut export is one that nobody notices. Rows
//! written must equal findings tallied, or [`Workbook::finish`] fails and writes no file.
//!
//! Where to look next: `sheets` for what stands on each sheet, `cells` for how a value becomes a cell.

mod cells;
mod notice;
mod sheets;

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, XlsxError};

use crate::ReportError;
use crate::figures::Figures;
use crate::sample::FindingView;
use crate::wording::count;
use cells::{Cell, Formats, Grid};

/// Findings on one sheet: Excel's rows but the head.
const ROWS_A_SHEET: u32 = 1_048_575;
/// The sheets before the findings, in order.
const SHEETS: [&str; 6] = ["概览", "按规则", "按机构", "按月", "数据质量", "未运行规则"];
/// The sheet of findings.
const DETAIL: &str = "疑点明细";

/// Whether the workbook holds the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailRows {
    /// All of them, on as many sheets as it takes.
    All,
    /// None; the sheet says where they are. For runs whose findings no Excel would open.
    None,
}

/// A workbook being written.
pub struct Workbook {
    path: PathBuf,
    workbook: rust_xlsxwriter::Workbook,
    formats: Formats,
    detail: DetailRows,
    rows_a_sheet: u32,
    row: u32,
    detail_sheets: u32,
    written: u64,
}

impl Workbook {
    /// Begins a workbook that [`Workbook::finish`] will write to `path`; temporary files stand beside it.
    pub fn create(path: &Path, detail: DetailRows) -> Result<Self, ReportError> {
        Self::with_rows_a_sheet(path, detail, ROWS_A_SHEET)
    }

    fn with_rows_a_sheet(path: &Path, detail: DetailRows, rows_a_sheet: u32) -> Result<Self, ReportError> {
        let mut this = Self {
            path: path.into(),
            workbook: rust_xlsxwriter::Workbook::new(),
            formats: Formats::new(),
            detail,
            rows_a_sheet,
            row: 0,
            detail_sheets: 0,
            written: 0,
        };
        this.prepare().map_err(|source| this.failed(source))?;
        Ok(this)
    }

    /// Adds one finding to the detail sheet.
    pub fn add(&mut self, view: &FindingView<'_>) -> Result<(), ReportError> {
        if self.detail == DetailRows::None {
            return Ok(());
        }
        self.write_finding(view).map_err(|source| self.failed(source))
    }

    /// Writes the sums and the file. An error when another number of findings was added than tallied.
    pub fn finish(mut self, figures: &Figures<'_>) -> Result<(), ReportError> {
        let matched = figures.total().findings;
        if self.detail == DetailRows::All && self.written != matched {
            return Err(ReportError::RowsMissing { matched, written: self.written });
        }
        self.write_sums(figures).map_err(|source| self.failed(source))
    }

    fn prepare(&mut self) -> Result<(), XlsxError> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            self.workbook.set_tempdir(folder)?;
        }
        self.workbook.use_zip_large_file(true);
        // A fixed day instead of the clock's: the same data gives the same file (I1).
        let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
        self.workbook.set_properties(&DocProperties::new().set_title("医保费用审核报告").set_creation_datetime(&day));
        for name in SHEETS {
            self.workbook.add_worksheet().set_name(name)?;
        }
        self.turn_sheet()
    }

    /// Closes the sheet of findings that is full and begins the next.
    fn turn_sheet(&mut self) -> Result<(), XlsxError> {
        self.close_sheet()?;
        self.detail_sheets += 1;
        let name = match self.detail_sheets {
            1 => DETAIL.to_owned(),
            number => format!("{DETAIL}{number}"),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        self.row = Grid::at(sheet, &self.formats, 0).head(&sheets::DETAIL_COLUMNS)?;
        Ok(())
    }

    /// Filters can be set once the last row is known.
    fn close_sheet(&mut self) -> Result<(), XlsxError> {
        let last_row = self.row.saturating_sub(1);
        if self.detail_sheets > 0
            && last_row > 0
            && let Some(sheet) = self.workbook.worksheets_mut().last_mut()
        {
            sheet.autofilter(0, 0, last_row, sheets::last_column(&sheets::DETAIL_COLUMNS))?;
        }
        Ok(())
    }

    fn write_finding(&mut self, view: &FindingView<'_>) -> Result<(), XlsxError> {
        if self.row > self.rows_a_sheet {
            self.turn_sheet()?;
        }
        if let Some(sheet) = self.workbook.worksheets_mut().last_mut() {
            self.row = Grid::at(sheet, &self.formats, self.row).row(&sheets::detail_row(view))?;
            self.written += 1;
        }
        Ok(())
    }

    fn write_sums(&mut self, figures: &Figures<'_>) -> Result<(), XlsxError> {
        self.close_sheet()?;
        let statement = self.statement(figures);
        let formats = &self.formats;
        if self.detail == DetailRows::None
            && let Some(sheet) = self.workbook.worksheets_mut().last_mut()
        {
            Grid::at(sheet, formats, self.row).row(&[Cell::Text(&statement)])?;
        }
        sheets::overview(self.workbook.worksheet_from_index(0)?, formats, figures, &statement)?;
        sheets::rules(self.workbook.worksheet_from_index(1)?, formats, figures)?;
        sheets::institutions(self.workbook.worksheet_from_index(2)?, formats, figures)?;
        sheets::months(self.workbook.worksheet_from_index(3)?, formats, figures)?;
        sheets::intake(self.workbook.worksheet_from_index(4)?, formats, figures)?;
        sheets::not_run(self.workbook.worksheet_from_index(5)?, formats, figures)?;
        self.workbook.save(&self.path)
    }

    /// What the reader must know about the findings in this file.
    fn statement(&self, figures: &Figures<'_>) -> String {
        let matched = count(figures.total().findings);
        match self.detail {
            DetailRows::All => {
                format!("应写 {matched} 条，实写 {} 条，共 {} 张明细表", count(self.written), self.detail_sheets)
            }
            DetailRows::None => format!("疑点共 {matched} 条，数量过多，本工作簿未写明细；全部见 findings.csv"),
        }
    }

    fn failed(&self, source: XlsxError) -> ReportError {
        ReportError::Workbook { path: self.path.clone(), source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AuditReport, Tally};
    use calamine::Reader;
    use model::{Day, Fen, Quantity, Severity};

    fn view<'a>(visit: &'a str, evidence: &'a str) -> FindingView<'a> {
        FindingView {
            finding_id: visit,
            rule_id: "rule",
            rule_version: "1",
            official_code: "GZ",
            rule_name: "规则",
            severity: Severity::Clear,
            psn_no: "P1",
            mdtrt_id: visit,
            fixmedins_code: "H1",
            orders_dr_code: "",
            occurred_on: Day(20_000),
            feedetl_sn: "L1",
            related_feedetl_sn: "",
            cnt_over: Quantity::whole(1),
            amount_fen: Fen(1_234),
            counted_fen: Fen(1_001),
            knowledge_point_id: "",
            basis: "",
            evidence,
        }
    }

    fn write(path: &Path, detail: DetailRows, findings: usize, evidence: &str) -> Result<(), ReportError> {
        let mut book = Workbook::with_rows_a_sheet(path, detail, 4)?;
        let mut tally = Tally::new();
        for number in 0..findings {
            let visit = format!("V{number:03}");
            tally.add(&view(&visit, evidence))?;
            book.add(&view(&visit, evidence))?;
        }
        let (report, tallied) = (AuditReport::default(), tally.finish()?);
        book.finish(&Figures::new(&report, &tallied))
    }

    #[test]
    fn every_finding_is_on_a_sheet_and_full_sheets_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        for (findings, sheets) in [(0, 1), (4, 1), (5, 2), (9, 3)] {
            let path = folder.path().join("report.xlsx");
            write(&path, DetailRows::All, findings, "=1+1").unwrap();
            let mut book = calamine::open_workbook_auto(&path).unwrap();
            let names: Vec<String> = book.sheet_names().into_iter().filter(|name| name.starts_with(DETAIL)).collect();
            assert_eq!(names.len(), sheets, "{findings} findings");
            let rows: usize = names.iter().map(|name| book.worksheet_range(name).unwrap().height() - 1).sum();
            assert_eq!(rows, findings);
        }
    }

    #[test]
    fn money_is_a_number_of_yuan_and_text_is_never_a_formula() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xlsx");
        write(&path, DetailRows::All, 1, "=cmd|' /C calc'!A0").unwrap();
        let mut book = calamine::open_workbook_auto(&path).unwrap();
        let range = book.worksheet_range(DETAIL).unwrap();
        let row: Vec<String> = range.rows().nth(1).unwrap().iter().map(ToString::to_string).collect();
        assert!(row.contains(&"12.34".to_owned()) && row.contains(&"10.01".to_owned()), "{row:?}");
        assert!(row.contains(&"=cmd|' /C calc'!A0".to_owned()), "{row:?}");
        assert!(book.worksheet_formula(DETAIL).unwrap().is_empty());
    }

    #[test]
    fn a_text_longer_than_a_cell_is_cut_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xlsx");
        write(&path, DetailRows::All, 1, &"证".repeat(40_000)).unwrap();
        let mut book = calamine::open_workbook_auto(&path).unwrap();
        let range = book.worksheet_range(DETAIL).unwrap();
        assert!(range.rows().nth(1).unwrap().iter().any(|cell| cell.to_string().ends_with("全文见 findings.csv）")));
    }

    #[test]
    fn a_workbook_may_be_written_by_a_thread_of_its_own() {
        fn is_send<T: Send>() {}
        is_send::<Workbook>();
    }

    #[test]
    fn leaving_the_findings_out_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xlsx");
        write(&path, DetailRows::None, 3, "").unwrap();
        let mut book = calamine::open_workbook_auto(&path).unwrap();
        let range = book.worksheet_range(DETAIL).unwrap();
        assert_eq!(range.height(), 2);
        assert!(range.get_value((1, 0)).unwrap().to_string().contains("疑点共 3 条"));
    }

    #[test]
    fn a_missing_row_is_an_error_and_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xlsx");
        let book = Workbook::create(&path, DetailRows::All).unwrap();
        let mut tally = Tally::new();
        tally.add(&view("V1", "")).unwrap();
        let (report, tallied) = (AuditReport::default(), tally.finish().unwrap());
        let error = book.finish(&Figures::new(&report, &tallied)).unwrap_err();
        assert!(matches!(error, ReportError::RowsMissing { matched: 1, written: 0 }), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn the_same_data_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = ["a.xlsx", "b.xlsx"].map(|name| {
            let path = folder.path().join(name);
            write(&path, DetailRows::All, 6, "证据").unwrap();
            std::fs::read(path).unwrap()
        });
        assert_eq!(bytes[0], bytes[1]);
    }
}
