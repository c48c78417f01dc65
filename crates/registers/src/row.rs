//! A row being judged: cells by name, and what is said of them.

use crate::columns::Places;
use crate::report::{Correction, Rejection, Report};
use model::{Day, Fen};

/// A row with its columns found, its faults and its corrections so far.
pub(crate) struct Row<'t> {
    pub(crate) number: u64,
    cells: &'t [String],
    places: &'t Places,
    rejections: Vec<Rejection>,
    corrections: Vec<Correction>,
}

impl<'t> Row<'t> {
    pub(crate) fn new(number: u64, cells: &'t [String], places: &'t Places) -> Self {
        Self { number, cells, places, rejections: Vec::new(), corrections: Vec::new() }
    }

    /// The cell as it came, without blanks around it; empty when there is none.
    fn raw(&self, column: &str) -> &'t str {
        let place = self.places.iter().find(|(known, _)| known.name == column).and_then(|(_, place)| *place);
        place.and_then(|place| self.cells.get(place)).map_or("", |cell| cell.trim())
    }

    /// The text of a cell; full-width digits and letters are made half-width, and that is said.
    pub(crate) fn text(&mut self, column: &str) -> String {
        let raw = self.raw(column);
        let half: String = raw.chars().map(half_width).collect();
        if half != raw && !half.is_empty() {
            self.correct(column, &half, "全角字符改为半角");
        }
        half
    }

    /// The text of a cell that must not be empty.
    pub(crate) fn must(&mut self, column: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_empty() {
            self.reject(column, "没有填写", "请补上后重新导入");
            return None;
        }
        Some(text)
    }

    /// A code, written as itself or in Chinese. Words of a code are corrected to it.
    pub(crate) fn code(&mut self, column: &str, codes: &[(&'static str, &'static str)]) -> Option<&'static str> {
        let text = self.must(column)?;
        if let Some((code, _)) = codes.iter().find(|(code, _)| *code == text) {
            return Some(code);
        }
        if let Some((code, _)) = codes.iter().find(|(_, word)| *word == text) {
            self.correct(column, code, "按字典改为代码");
            return Some(code);
        }
        let all: Vec<String> = codes.iter().map(|(code, word)| format!("{code} {word}")).collect();
        self.reject(column, "不是可用的取值", &format!("应为：{}", all.join("、")));
        None
    }

    /// As [`Self::code`]; `otherwise` when the cell is empty.
    pub(crate) fn code_or(
        &mut self,
        column: &str,
        codes: &[(&'static str, &'static str)],
        otherwise: &'static str,
    ) -> Option<&'static str> {
        if self.raw(column).is_empty() { Some(otherwise) } else { self.code(column, codes) }
    }

    /// A day, when the cell is not empty.
    pub(crate) fn day(&mut self, column: &str) -> Option<Day> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let day = Day::parse(text.as_bytes()).ok();
        if day.is_none() {
            self.reject(column, "不是日期", "请写作 2026-01-31");
        }
        day
    }

    /// A day that must be there.
    pub(crate) fn must_day(&mut self, column: &str) -> Option<Day> {
        self.must(column)?;
        self.day(column)
    }

    /// An amount of money that is not negative; zero when the cell is empty.
    pub(crate) fn money(&mut self, column: &str) -> Option<Fen> {
        let text = self.text(column);
        if text.is_empty() {
            return Some(Fen::ZERO);
        }
        match Fen::parse(text.as_bytes()) {
            Ok(amount) if amount >= Fen::ZERO => Some(amount),
            Ok(_) => {
                self.reject(column, "金额为负", "退费请另行更正，不在导入中冲减");
                None
            }
            Err(error) => {
                self.reject(column, &format!("不是金额：{error}"), "请写作元，至多两位小数，不带千分号");
                None
            }
        }
    }

    /// A whole number up to `most`; `otherwise` when the cell is empty.
    pub(crate) fn count(&mut self, column: &str, most: u32, otherwise: u32) -> Option<u32> {
        let text = self.text(column);
        if text.is_empty() {
            return Some(otherwise);
        }
        let count = text.parse().ok().filter(|count| *count <= most);
        if count.is_none() {
            self.reject(column, "不是可用的整数", &format!("应为 0 至 {most} 的整数"));
        }
        count
    }

    /// 是 or 否; no when the cell is empty.
    pub(crate) fn flag(&mut self, column: &str) -> Option<bool> {
        self.code_or(column, &[("1", "是"), ("0", "否")], "0").map(|code| code == "1")
    }

    /// Says what is wrong with the row.
    pub(crate) fn reject(&mut self, column: &str, reason: &str, remedy: &str) {
        self.rejections.push(Rejection {
            row: self.number,
            column: column.to_owned(),
            value: self.raw(column).to_owned(),
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    /// Says what was put right. The same is not said twice.
    pub(crate) fn correct(&mut self, column: &str, taken: &str, reason: &str) {
        let correction = Correction {
            row: self.number,
            column: column.to_owned(),
            value: self.raw(column).to_owned(),
            taken: taken.to_owned(),
            reason: reason.to_owned(),
        };
        if !self.corrections.contains(&correction) {
            self.corrections.push(correction);
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.rejections.is_empty()
    }

    /// Counts the row; whether it is taken.
    pub(crate) fn finish(self, report: &mut Report) -> bool {
        report.rows += 1;
        if !self.rejections.is_empty() {
            report.rejected += 1;
            report.rejections.extend(self.rejections);
            return false;
        }
        if self.corrections.is_empty() {
            report.accepted += 1;
        } else {
            report.corrected += 1;
            report.corrections.extend(self.corrections);
        }
        true
    }
}

/// Digits, letters and signs of full width (U+FF01–U+FF5E) and the wide blank.
fn half_width(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        '\u{3000}' => ' ',
        _ => letter,
    }
}
