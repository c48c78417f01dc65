//! How a value becomes a cell.
//!
//! Excel knows no integers: this is the one place where money becomes a floating-point number. A fen
//! amount below 2⁵³ is exact before the division and correctly rounded after it, so that the cell shows
//! the two decimals it had.

use std::borrow::Cow;

use model::{Day, Fen, Quantity};
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::wording::Ratio;

/// Characters that Excel holds in one cell, less room for the note that it was cut.
const TEXT_MAX: usize = 32_700;

/// A value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// Text over several lines in a wide column.
    Wrapped(&'a str),
    Count(u64),
    Money(Fen),
    Quantity(Quantity),
    Share(Ratio),
    Day(Day),
}

/// A column: its head and its width in characters.
pub(super) struct Column(pub(super) &'static str, pub(super) u16);

/// The looks of cells.
pub(super) struct Formats {
    head: Format,
    title: Format,
    wrapped: Format,
    count: Format,
    money: Format,
    quantity: Format,
    share: Format,
    day: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        Self {
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0xE9_EE_F2))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter),
            title: Format::new().set_bold().set_font_size(14),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            count: Format::new().set_num_format("#,##0"),
            money: Format::new().set_num_format("#,##0.00"),
            quantity: Format::new().set_num_format("0.####"),
            share: Format::new().set_num_format("0.00%"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
        }
    }
}

/// A sheet and the next row to write.
pub(super) struct Grid<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    row: u32,
}

impl<'a> Grid<'a> {
    pub(super) const fn at(sheet: &'a mut Worksheet, formats: &'a Formats, row: u32) -> Self {
        Self { sheet, formats, row }
    }

    /// A large line that names the sheet.
    pub(super) fn title(&mut self, text: &str) -> Result<u32, XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, text, &self.formats.title)?;
        self.row += 1;
        Ok(self.row)
    }

    /// The head, which stays in sight, and the widths.
    pub(super) fn head(&mut self, columns: &[Column]) -> Result<u32, XlsxError> {
        for (position, Column(name, width)) in (0_u16..).zip(columns) {
            self.sheet.set_column_width(position, f64::from(*width))?;
            self.sheet.write_string_with_format(self.row, position, *name, &self.formats.head)?;
        }
        self.row += 1;
        self.sheet.set_freeze_panes(self.row, 0)?;
        Ok(self.row)
    }

    /// One row; returns the row after it.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<u32, XlsxError> {
        for (position, cell) in (0_u16..).zip(cells) {
            self.cell(position, *cell)?;
        }
        self.row += 1;
        Ok(self.row)
    }

    /// Filters over all rows since `head_row`.
    pub(super) fn filter(&mut self, head_row: u32, columns: &[Column]) -> Result<(), XlsxError> {
        if self.row > head_row + 1 {
            self.sheet.autofilter(head_row, 0, self.row - 1, super::sheets::last_column(columns))?;
        }
        Ok(())
    }

    fn cell(&mut self, column: u16, cell: Cell<'_>) -> Result<(), XlsxError> {
        let (row, formats) = (self.row, self.formats);
        match cell {
            // An empty cell weighs nothing.
            Cell::Text("") | Cell::Wrapped("") => return Ok(()),
            // Strings are written as strings: what begins with = is no formula.
            Cell::Text(text) => self.sheet.write_string(row, column, cut(text))?,
            Cell::Wrapped(text) => self.sheet.write_string_with_format(row, column, cut(text), &formats.wrapped)?,
            Cell::Count(number) => {
                let number = quotient(i64::try_from(number).unwrap_or(i64::MAX), 1);
                self.sheet.write_number_with_format(row, column, number, &formats.count)?
            }
            Cell::Money(Fen(fen)) => {
                self.sheet.write_number_with_format(row, column, quotient(fen, 100), &formats.money)?
            }
            Cell::Quantity(Quantity(quantity)) => {
                let number = quotient(quantity, Quantity::SCALE);
                self.sheet.write_number_with_format(row, column, number, &formats.quantity)?
            }
            Cell::Share(ratio) => {
                self.sheet.write_number_with_format(row, column, quotient(ratio.ppm(), 1_000_000), &formats.share)?
            }
            Cell::Day(day) => match excel_day(day) {
                Some(date) => self.sheet.write_datetime_with_format(row, column, date, &formats.day)?,
                None => self.sheet.write_string(row, column, day.to_string())?,
            },
        };
        Ok(())
    }
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a spreadsheet cell is a float; nothing is computed from it, and sums are made from integers"
)]
fn quotient(value: i64, scale: i64) -> f64 {
    value as f64 / scale as f64
}

/// Excel's calendar begins in 1900; what lies before stays text.
fn excel_day(day: Day) -> Option<ExcelDateTime> {
    let (year, month, day) = day.civil();
    let (year, month, day) = (u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    ExcelDateTime::from_ymd(year, month, day).ok().filter(|_| year >= 1901)
}

fn cut(text: &str) -> Cow<'_, str> {
    // Counting letters costs more than writing the cell; bytes are an upper bound for them.
    if text.len() <= TEXT_MAX {
        return text.into();
    }
    match text.char_indices().nth(TEXT_MAX) {
        None => text.into(),
        Some((end, _)) => format!("{}……（全文见 findings.csv）", text.get(..end).unwrap_or(text)).into(),
    }
}
