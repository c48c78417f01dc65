//! A notice as a workbook: the letter, its lines, and how it was made.

use super::cells::{Cell, Column, Formats, Grid};
use crate::notice::{Notice, NoticeError};
use rust_xlsxwriter::{Workbook, XlsxError};

/// Columns of the lines, as on the page.
const COLUMNS: [Column; 11] = [
    Column("序号", 6),
    Column("疑点编号", 22),
    Column("就诊ID", 18),
    Column("明细流水号", 18),
    Column("项目", 26),
    Column("日期", 12),
    Column("规则", 22),
    Column("违规事实", 48),
    Column("依据", 36),
    Column("违规金额（元）", 14),
    Column("拒付金额（元）", 14),
];

impl Notice {
    /// The notice as an `.xlsx` file.
    ///
    /// # Errors
    /// [`Notice::check`]; a workbook that cannot be put together.
    pub fn workbook(&self) -> Result<Vec<u8>, NoticeError> {
        self.check()?;
        self.build().map_err(|error| NoticeError::Workbook(error.to_string()))
    }

    fn build(&self) -> Result<Vec<u8>, XlsxError> {
        let (mut workbook, formats) = (Workbook::new(), Formats::new());
        let letter = workbook.add_worksheet().set_name("通知书")?;
        letter.set_column_width(0, 18)?.set_column_width(1, 80)?;
        let mut grid = Grid::at(letter, &formats, 0);
        grid.title(&self.title)?;
        let institution = format!("{}（{}）", self.institution, self.institution_code);
        let said = self.sentences.join("\n");
        let total = format!("{} 元", self.total);
        let issued = self.issued_on.to_string();
        for (name, value) in [
            ("编号", self.number.as_str()),
            ("受送达机构", &institution),
            ("决定", &said),
            ("法律依据", &self.basis),
            ("拒付金额合计", &total),
            ("大写", &self.total_in_words),
            ("反馈期限", &self.deadline),
            ("申诉渠道", &self.channel),
            ("出具日期", &issued),
        ] {
            grid.row(&[Cell::Text(name), Cell::Wrapped(value)])?;
        }
        let lines = workbook.add_worksheet().set_name("明细")?;
        let mut grid = Grid::at(lines, &formats, 0);
        grid.head(&COLUMNS)?;
        for (number, line) in (1..).zip(&self.lines) {
            grid.row(&[
                Cell::Count(number),
                Cell::Text(&line.finding),
                Cell::Text(&line.visit),
                Cell::Text(&line.line),
                Cell::Text(&line.item),
                Cell::Day(line.on),
                Cell::Text(&line.rule),
                Cell::Wrapped(&line.evidence),
                Cell::Wrapped(&line.basis),
                Cell::Money(line.amount),
                Cell::Money(line.decided),
            ])?;
        }
        grid.filter(0, &COLUMNS)?;
        let remark = self.remark();
        let made = workbook.add_worksheet().set_name("导出说明")?;
        let mut grid = Grid::at(made, &formats, 0);
        grid.row(&[Cell::Text("导出说明"), Cell::Text(&remark)])?;
        workbook.save_to_buffer()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use crate::notice::tests::notice;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    #[test]
    fn the_workbook_holds_every_line_and_no_formula() {
        let bytes = notice().workbook().unwrap();
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let lines = workbook.worksheet_range("明细").unwrap();
        assert_eq!(lines.height(), 4);
        assert_eq!(lines.get((1, 7)), Some(&Data::String("=1+1".to_owned())), "a text, not a formula");
        assert_eq!(lines.get((3, 10)), Some(&Data::Float(1.5)));
        let letter = workbook.worksheet_range("通知书").unwrap();
        assert!(letter.rows().any(|row| row.contains(&Data::String("叁元整".to_owned()))));
        assert!(workbook.worksheet_formula("明细").unwrap().is_empty());
    }
}
