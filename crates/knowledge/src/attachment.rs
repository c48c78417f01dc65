//! An official-style attachment, read row by row: for `yibao knowledge import FILE…`.
//!
//! Drug classes come as two sheets: a detail sheet (one row a generic) and a code sheet, in which number
//! and name stand only on the first of several code rows. Service classes come as one sheet. Every
//! row below the header is a point, a remark, or is rejected with its row, column and reason:
//! nothing is dropped in silence, and nothing half-read is kept.

use crate::class::{CLASSES, Limit, RuleClass};
use crate::fold::fold;
use crate::grid::{Grid, ImportError, read};
use crate::heading::{Header, Heading};
use crate::point::PointKind;
use crate::predicate::Predicate;
use crate::problem::nearest;
use rustc_hash::FxHashMap;

/// A row that is a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Row of the sheet, from 1
    pub row: u32,
    /// Item name; `A×B` for a pair
    pub name: String,
    /// The limit
    pub text: String,
    /// The detection logic
    pub logic: String,
    /// The parameter, in the predicate language; empty where the text is the limit
    pub given: String,
    /// Its codes; for a pair A, then B
    pub codes: Vec<String>,
}

/// A row that is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The sheet
    pub sheet: String,
    /// Row of the sheet, from 1
    pub row: u32,
    /// The column as titled; empty when the row as a whole is at fault
    pub column: String,
    /// The value
    pub value: String,
    /// Why, in Chinese
    pub reason: String,
}

/// What an attachment says.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The file
    pub file: String,
    /// The class
    pub class: &'static RuleClass,
    /// Points
    pub rows: Vec<AttachmentRow>,
    /// Notes about the rows (exemptions), no points
    pub remarks: Vec<String>,
    /// Rows not taken
    pub rejected: Vec<RejectedRow>,
    /// Rows of the detail sheet below its header: points + remarks + rejected of that sheet
    pub read: u32,
}

/// Reads an attachment: `.xlsx`, `.xls` or `.csv`. The class is recognised by the file name, sheet names and
/// titles.
///
/// # Errors
/// The file cannot be read, its class is not known, or no header row is found. Faults of single rows are
/// not errors: they are in [`Attachment::rejected`].
pub fn read_attachment(file: &str, bytes: &[u8]) -> Result<Attachment, ImportError> {
    let grids: Vec<Grid> = read(file, bytes)?.into_iter().filter(|grid| !grid.rows.is_empty()).collect();
    let class = class_of_file(file, &grids)?;
    let mut sheets: Vec<(&Grid, Header)> =
        grids.iter().filter_map(|grid| Header::find(grid).map(|header| (grid, header))).collect();
    let code_sheet = sheets
        .iter()
        .position(|(_, header)| header.has(Heading::PointNumber) && header.has(Heading::Code))
        .map(|place| sheets.remove(place));
    let Some((detail, header)) = sheets.into_iter().next() else {
        return Err(ImportError::NoHeader {
            file: file.to_owned(),
            sheet: grids.first().map(|grid| grid.name.clone()).unwrap_or_default(),
            needed: "名称、检出逻辑、逻辑依据、代码 等列中至少三列".to_owned(),
        });
    };
    let mut reading = Reading { class, detail, header, rejected: Vec::new(), remarks: Vec::new(), read: 0 };
    let codes = code_sheet.map(|(grid, header)| reading.codes_by_number(grid, &header));
    let rows = reading.rows(codes.as_ref());
    Ok(Attachment {
        file: file.to_owned(),
        class,
        rows,
        remarks: reading.remarks,
        rejected: reading.rejected,
        read: reading.read,
    })
}

/// The longest class name that stands in the file name, a sheet name or a title above the header.
fn class_of_file(file: &str, grids: &[Grid]) -> Result<&'static RuleClass, ImportError> {
    let mut places: Vec<String> = vec![fold(file)];
    for grid in grids {
        places.push(fold(&grid.name));
        let titles = Header::find(grid).map_or(3, |header| header.row);
        places.extend(grid.rows.iter().take(titles).flat_map(|(_, cells)| cells.iter().map(|cell| fold(cell))));
    }
    let named = |class: &&RuleClass| places.iter().any(|place| place.contains(&fold(class.name)));
    CLASSES.iter().filter(named).max_by_key(|class| class.name.len()).ok_or_else(|| ImportError::UnknownClass {
        file: file.to_owned(),
        nearest: places.iter().find_map(|place| nearest(place, CLASSES.iter().map(|class| class.name))),
    })
}

/// Codes under the number of their point: the name there, and each code with its row.
type CodesByNumber = FxHashMap<String, (String, Vec<String>)>;

struct Reading<'g> {
    class: &'static RuleClass,
    detail: &'g Grid,
    header: Header,
    rejected: Vec<RejectedRow>,
    remarks: Vec<String>,
    read: u32,
}

impl Reading<'_> {
    fn codes_by_number(&mut self, grid: &Grid, header: &Header) -> CodesByNumber {
        let mut codes = CodesByNumber::default();
        let (mut number, mut name) = (String::new(), String::new());
        for (row, cells) in grid.rows.iter().skip(header.row + 1) {
            let code = header.cell(cells, Heading::Code);
            if cells.iter().all(String::is_empty) || header.repeats(cells) {
                continue;
            }
            // Forward fill: number and name stand on the first row of each point only.
            if !header.cell(cells, Heading::PointNumber).is_empty() {
                number = header.cell(cells, Heading::PointNumber).to_owned();
                name = header.cell(cells, Heading::Name).to_owned();
            }
            if let Some(reason) = self.fault_of_code(code) {
                let (sheet, column, value) = (grid.name.clone(), header.title(Heading::Code), code.to_owned());
                self.rejected.push(RejectedRow { sheet, row: *row, column, value, reason });
                continue;
            }
            codes.entry(number.clone()).or_insert_with(|| (name.clone(), Vec::new())).1.push(code.to_owned());
        }
        codes
    }

    fn rows(&mut self, codes: Option<&CodesByNumber>) -> Vec<AttachmentRow> {
        let mut rows = Vec::new();
        for (row, cells) in self.detail.rows.iter().skip(self.header.row + 1) {
            if cells.iter().all(String::is_empty) || self.header.repeats(cells) {
                continue;
            }
            self.read += 1;
            if let Some(remark) = remark(cells) {
                self.remarks.push(remark);
                continue;
            }
            match self.point(*row, cells, codes) {
                Ok(point) => rows.push(point),
                Err((heading, reason)) => self.rejected.push(RejectedRow {
                    sheet: self.detail.name.clone(),
                    row: *row,
                    column: self.header.title(heading),
                    value: self.header.cell(cells, heading).to_owned(),
                    reason,
                }),
            }
        }
        rows
    }

    fn point(
        &self,
        row: u32,
        cells: &[String],
        codes: Option<&CodesByNumber>,
    ) -> Result<AttachmentRow, (Heading, String)> {
        let cell = |heading| self.header.cell(cells, heading).to_owned();
        let pair = self.header.has(Heading::NameA);
        let name =
            if pair { format!("{}×{}", cell(Heading::NameA), cell(Heading::NameB)) } else { cell(Heading::Name) };
        if name.trim_matches('×').is_empty() {
            return Err((Heading::Name, "没有名称".to_owned()));
        }
        let codes = match codes {
            Some(codes) => self.codes_of_number(cells, codes)?,
            None if pair => vec![cell(Heading::CodeA), cell(Heading::CodeB)],
            None => vec![cell(Heading::Code)],
        };
        let code_heading = if pair { Heading::CodeA } else { Heading::Code };
        if let Some(reason) = codes.iter().find_map(|code| self.fault_of_code(code)) {
            return Err((code_heading, reason));
        }
        let given = self.given(cells)?;
        given.parse::<Predicate>().map_err(|error| (Heading::Basis, error.to_string()))?;
        Ok(AttachmentRow { row, name, text: cell(Heading::Basis), logic: cell(Heading::Logic), given, codes })
    }

    /// The codes of a row of the detail sheet, checked against the name and the count beside it.
    fn codes_of_number(&self, cells: &[String], codes: &CodesByNumber) -> Result<Vec<String>, (Heading, String)> {
        let cell = |heading| self.header.cell(cells, heading);
        let Some((name, codes)) = codes.get(cell(Heading::Number)) else {
            return Err((Heading::Number, "代码表中没有这一序号的代码".to_owned()));
        };
        if !name.is_empty() && fold(name) != fold(cell(Heading::Name)) {
            return Err((Heading::Name, format!("与代码表中同一序号的名称“{name}”不符")));
        }
        let count = cell(Heading::CodeCount);
        if !count.is_empty() && count.parse() != Ok(codes.len()) {
            return Err((Heading::CodeCount, format!("应有 {count} 个代码，代码表中有 {} 个", codes.len())));
        }
        Ok(codes.clone())
    }

    fn fault_of_code(&self, code: &str) -> Option<String> {
        let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let right = match self.class.kind {
            PointKind::Service => code.len() == 15 && code.bytes().all(|byte| byte.is_ascii_digit()),
            PointKind::Drug => plain && code.starts_with(['X', 'Z']) && (20..=23).contains(&code.len()),
            PointKind::Piece => plain && code.starts_with('T'),
            PointKind::Consumable => plain && code.starts_with('C'),
            PointKind::Diagnosis | PointKind::Procedure => !code.is_empty(),
        };
        if code.is_empty() {
            return Some("没有代码".to_owned());
        }
        let short =
            self.class.kind == PointKind::Service && code.len() < 15 && code.bytes().all(|b| b.is_ascii_digit());
        let hint = if short { "；可能被 Excel 当作数字而丢了前导零，请按文本重存" } else { "" };
        (!right).then(|| format!("代码“{code}”不是国家{}代码的形式{hint}", self.class.kind.label()))
    }

    /// The parameter that stands in a column of its own.
    fn given(&self, cells: &[String]) -> Result<String, (Heading, String)> {
        let cell = |heading| self.header.cell(cells, heading);
        match self.class.limit {
            Limit::Sex => match cell(Heading::Sex) {
                "男" | "男性" => Ok("sex=M".to_owned()),
                "女" | "女性" => Ok("sex=F".to_owned()),
                "" if !self.header.has(Heading::Sex) => Ok(String::new()),
                _ => Err((Heading::Sex, "应为 男 或 女".to_owned())),
            },
            Limit::Given => self.given_by_rule(cells),
            _ => Ok(String::new()),
        }
    }

    fn given_by_rule(&self, cells: &[String]) -> Result<String, (Heading, String)> {
        let cell = |heading| self.header.cell(cells, heading);
        let number = |heading| {
            let digits: String = cell(heading).chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
            if digits.is_empty() { Err((heading, "没有数值".to_owned())) } else { Ok(digits) }
        };
        match self.class.rule_id {
            "surgery-second-not-discounted" if cell(Heading::Group).is_empty() => {
                Err((Heading::Group, "没有手术组".to_owned()))
            }
            "surgery-second-not-discounted" => Ok(format!("group={}", fold(cell(Heading::Group)))),
            "service-period-frequency" => Ok(format!(
                "max_qty={} window=rolling period_days={}",
                number(Heading::Maximum)?,
                number(Heading::Period)?
            )),
            "service-frequency-limit" => {
                let hours = [Heading::Basis, Heading::Maximum].iter().any(|heading| cell(*heading).contains("小时"));
                let unit = if hours { "hour" } else { "day" };
                Ok(format!("max_qty={} unit={unit} window=day", number(Heading::Maximum)?))
            }
            "service-duplicate-charge" => window(cell(Heading::Interval)).ok_or_else(|| {
                (Heading::Interval, "读不懂时间间隔：应为 同日、同次就诊、同一小时 或 N 小时内".to_owned())
            }),
            _ => Err((Heading::Basis, "这一类没有可导入的附件格式，请用 local/ 下的表登记".to_owned())),
        }
    }
}

/// «同日», «同次就诊», «6小时内», «同一小时»
fn window(interval: &str) -> Option<String> {
    let interval = fold(interval);
    let hours: String = interval.chars().take_while(char::is_ascii_digit).collect();
    if interval.contains("小时") {
        return Some(if hours.is_empty() || hours == "1" {
            "window=hour".to_owned()
        } else {
            format!("window=rolling period_hours={hours}")
        });
    }
    if ["次", "住院", "就诊", "手术"].iter().any(|word| interval.contains(word)) {
        return Some("window=visit".to_owned());
    }
    ["日", "天"].iter().any(|word| interval.contains(word)).then(|| "window=day".to_owned())
}

/// A row that is one long note: «说明：性别不清…人群不纳入此规则范畴。»
fn remark(cells: &[String]) -> Option<String> {
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let (only, rest) = (filled.next()?, filled.next());
    let note = ["说明", "注", "备注"].iter().any(|word| only.starts_with(word));
    (rest.is_none() && note).then(|| only.clone())
}
