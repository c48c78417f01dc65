//! A CSV table as rows of named columns, with every fault of its form reported.
//!
//! Owns the header (missing, unknown and repeated columns, each with the nearest valid name), the
//! encoding, and the number of fields a row. What the fields mean is the caller's.

use crate::problem::{Problem, nearest};
use csv::StringRecord;
use model::Day;

/// Where problems are gathered.
pub type Problems = Vec<Problem>;

/// One row, by the columns that the caller asked for.
pub struct Row<'r> {
    /// The file
    pub file: &'r str,
    /// Its line, from 1
    pub line: u64,
    record: &'r StringRecord,
    names: &'r [&'static str],
    places: &'r [usize],
}

impl<'r> Row<'r> {
    /// The value of the caller's n-th column, without white space around it.
    pub fn get(&self, column: usize) -> &'r str {
        self.places.get(column).and_then(|&place| self.record.get(place)).unwrap_or_default().trim()
    }

    /// A problem with that column of this row.
    pub fn problem(&self, column: usize, message: impl Into<String>) -> Problem {
        Problem {
            file: self.file.to_owned(),
            line: self.line,
            column: self.names.get(column).copied().unwrap_or_default().to_owned(),
            value: self.get(column).to_owned(),
            message: message.into(),
            nearest: None,
        }
    }

    /// A day, or a problem with it.
    pub fn day(&self, column: usize, problems: &mut Problems) -> Option<Day> {
        match Day::parse(self.get(column).as_bytes()) {
            Ok(day) => Some(day),
            Err(_) => {
                problems.push(self.problem(column, "不是有效日期，请写成 yyyy-MM-dd"));
                None
            }
        }
    }

    /// A day that may be left empty, or a problem with it.
    pub fn optional_day(&self, column: usize, problems: &mut Problems) -> Option<Day> {
        if self.get(column).is_empty() { None } else { self.day(column, problems) }
    }

    /// The value, or a problem when it is empty.
    pub fn required(&self, column: usize, problems: &mut Problems) -> &'r str {
        let value = self.get(column);
        if value.is_empty() {
            problems.push(self.problem(column, "必填而为空，请补上"));
        }
        value
    }
}

/// Reads every row of a table whose columns are exactly `names`, in any order.
pub fn read<'f>(
    file: &'f str,
    bytes: &'f [u8],
    names: &'static [&'static str],
    problems: &mut Problems,
    mut each: impl FnMut(&Row<'_>, &mut Problems),
) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return problems.push(of_form(file, &error)),
    };
    let Some(places) = places(file, &header, names, problems) else {
        return;
    };
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                each(&Row { file, line, record: &record, names, places: &places }, problems);
            }
            Err(error) => problems.push(of_form(file, &error)),
        }
    }
}

fn places(
    file: &str,
    header: &StringRecord,
    names: &'static [&'static str],
    problems: &mut Problems,
) -> Option<Vec<usize>> {
    let before = problems.len();
    let mut report = |column: &str, message: &str, nearest: Option<String>| {
        problems.push(Problem {
            file: file.to_owned(),
            line: 1,
            column: column.to_owned(),
            value: String::new(),
            message: message.to_owned(),
            nearest,
        });
    };
    for (place, column) in header.iter().enumerate() {
        if !names.contains(&column.trim()) {
            report(column, "这一列不在表结构中，请删去或更名", nearest(column, names.iter().copied()));
        } else if header.iter().take(place).any(|earlier| earlier.trim() == column.trim()) {
            report(column, "这一列出现了两次", None);
        }
    }
    let find = |name: &&str| header.iter().position(|column| column.trim() == *name);
    let places: Vec<usize> = names.iter().filter_map(&find).collect();
    for name in names.iter().filter(|name| find(name).is_none()) {
        report(name, "缺少这一列，请补上", None);
    }
    (problems.len() == before).then_some(places)
}

fn of_form(file: &str, error: &csv::Error) -> Problem {
    let line = error.position().map_or(0, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "不是 UTF-8 编码，请另存为 UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("应有 {expected_len} 列，实有 {len} 列，请检查逗号与引号")
        }
        other => format!("无法读取：{other:?}"),
    };
    Problem { file: file.to_owned(), line, column: String::new(), value: String::new(), message, nearest: None }
}
