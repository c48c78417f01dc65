//! One CSV file as rows with named columns.
//!
//! Refuses bytes that are not UTF-8, missing and doubled columns, rows with too few or too many
//! cells. It knows nothing of what the columns mean; `read` does.

use crate::problem::Problem;
use csv::StringRecord;
use model::nearest;

/// A file that was read. Rows that could not be read are left out and reported.
pub(crate) struct Table<'a> {
    pub(crate) file: &'a str,
    columns: Vec<(&'static str, usize)>,
    rows: Vec<StringRecord>,
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table<'a>,
    record: &'a StringRecord,
}

impl<'a> Table<'a> {
    /// Reads a file that must have the wanted columns; others are ignored. `None` when nothing of it
    /// can be used.
    pub(crate) fn read(
        file: &'a str,
        bytes: &[u8],
        wanted: &[&'static str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u32;
            let mut problem = Problem::of_file(file, "不是 UTF-8 文本", "请用 UTF-8 编码另存");
            problem.line = line;
            problems.push(problem);
            return None;
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = match reader.headers() {
            Ok(header) if !header.is_empty() => header.clone(),
            _ => {
                problems.push(Problem::of_file(file, "没有表头行", format!("首行应为 {}", wanted.join(","))));
                return None;
            }
        };
        let columns = find_columns(file, &header, wanted, problems)?;
        let mut rows = Vec::new();
        for record in reader.into_records() {
            match record {
                Ok(record) if record.len() == header.len() => rows.push(record),
                Ok(record) => {
                    let what = format!("有 {} 格，表头有 {} 列", record.len(), header.len());
                    let mut problem = Problem::of_file(file, what, "请检查该行的逗号与引号");
                    problem.line = line_of(&record);
                    problems.push(problem);
                }
                // The bytes are in memory and UTF-8, so the reader has nothing left to fail on; should
                // that change, the file is refused rather than cut short.
                Err(error) => {
                    problems.push(Problem::of_file(file, format!("读取中断：{error}"), "请检查文件是否完整"));
                    break;
                }
            }
        }
        Some(Self { file, columns, rows })
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row { table: self, record })
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }
}

impl<'a> Row<'a> {
    /// The cell in a column, without white space around it; empty when the table lacks the column.
    pub(crate) fn get(&self, column: &str) -> &'a str {
        let place = self.table.columns.iter().find(|(name, _)| *name == column);
        debug_assert!(place.is_some(), "{} was not asked for column {column}", self.table.file);
        place.and_then(|&(_, at)| self.record.get(at)).unwrap_or_default().trim()
    }

    pub(crate) fn line(&self) -> u32 {
        line_of(self.record)
    }

    /// A fault of one cell of this row.
    pub(crate) fn problem(&self, column: &str, what: impl Into<String>, remedy: impl Into<String>) -> Problem {
        Problem {
            file: self.table.file.to_owned(),
            line: self.line(),
            column: column.to_owned(),
            value: self.get(column).to_owned(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

fn find_columns(
    file: &str,
    header: &StringRecord,
    wanted: &[&'static str],
    problems: &mut Vec<Problem>,
) -> Option<Vec<(&'static str, usize)>> {
    let mut columns = Vec::new();
    for &name in wanted {
        let mut places = header.iter().enumerate().filter(|(_, found)| found.trim() == name);
        let Some((place, _)) = places.next() else {
            let unknown = header.iter().filter(|found| !wanted.contains(found));
            let remedy = match nearest(name, unknown) {
                Some(near) => format!("表头有「{near}」，是否应为「{name}」"),
                None => format!("请补上列 {name}（可为空值）"),
            };
            problems.push(header_problem(file, name, "缺少这一列", remedy));
            continue;
        };
        if places.next().is_some() {
            problems.push(header_problem(file, name, "列名重复", "请只保留一列".to_owned()));
        }
        columns.push((name, place));
    }
    (columns.len() == wanted.len()).then_some(columns)
}

fn header_problem(file: &str, column: &str, what: &str, remedy: String) -> Problem {
    let mut problem = Problem::of_file(file, what, remedy);
    problem.line = 1;
    problem.column = column.to_owned();
    problem
}

fn line_of(record: &StringRecord) -> u32 {
    record.position().map_or(0, |position| position.line() as u32)
}
