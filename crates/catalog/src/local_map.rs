//! An area's own item codes, led to national ones.
//!
//! `local_map.csv` has the columns local_code, national_code, valid_from, valid_until (not included,
//! may be empty) and source. Each row is checked against the catalogue; a local code leads to one
//! code on a day, so overlapping rows are refused. A national code may not be turned into another.

use crate::catalogue::{Catalogue, Digest};
use crate::problem::Problem;
use crate::table::{Row, Table};
use crate::tables::EntryKind;
use model::nearest;
use model::{Day, Span};
use sha2::{Digest as _, Sha256};

const COLUMNS: [&str; 5] = ["local_code", "national_code", "valid_from", "valid_until", "source"];

/// The mapping of one area.
#[derive(Debug, Clone)]
pub struct LocalMap {
    /// Sorted by (local code, first day).
    rows: Vec<Mapping>,
    hash: Digest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) local: String,
    pub(crate) national: String,
    pub(crate) valid: Span,
    pub(crate) source: String,
    line: u32,
}

impl LocalMap {
    /// Reads `local_map.csv`. All faults are reported; a map with faults is not used at all.
    pub fn read(file: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut rows = Vec::new();
        if let Some(table) = Table::read(file, bytes, &COLUMNS, &mut problems) {
            rows.extend(table.rows().filter_map(|row| read_row(row, catalogue, &mut problems)));
        }
        rows.sort_by(|a, b| (&a.local, a.valid.from, a.line).cmp(&(&b.local, b.valid.from, b.line)));
        for (before, after) in rows.iter().zip(rows.iter().skip(1)) {
            if before.local == after.local && before.valid.until.is_none_or(|until| after.valid.from < until) {
                problems.push(overlap(file, before, after));
            }
        }
        if problems.is_empty() {
            Ok(Self { rows, hash: Digest(Sha256::digest(bytes).into()) })
        } else {
            problems.sort();
            Err(problems)
        }
    }

    /// How many rows the map has.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The code that a local one leads to on a day; without a day, by its newest row.
    pub(crate) fn national(&self, local: &str, on: Option<Day>) -> Option<&str> {
        self.mappings(local)
            .iter()
            .rev()
            .find(|row| on.is_none_or(|on| row.valid.contains(on)))
            .map(|row| &*row.national)
    }

    /// The rows of a local code, oldest first.
    pub(crate) fn mappings(&self, local: &str) -> &[Mapping] {
        let start = self.rows.partition_point(|row| &*row.local < local);
        let rest = self.rows.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|row| row.local == local)).unwrap_or_default()
    }

    /// The hash of a catalogue that uses this map.
    pub(crate) fn hash_with(&self, input_hash: Digest) -> Digest {
        Digest(Sha256::new().chain_update(input_hash.0).chain_update(self.hash.0).finalize().into())
    }
}

fn read_row(row: Row<'_>, catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Option<Mapping> {
    let faults_before = problems.len();
    let local = row.get("local_code");
    let national = row.get("national_code");
    if local.is_empty() {
        problems.push(row.problem("local_code", "没有填写", "请填写本地项目代码，或删去这一行"));
    }
    if row.get("source").is_empty() {
        // I4: a mapping decides what a line is judged by, so it must be traceable.
        problems.push(row.problem("source", "没有填写", "请写明对照的依据（文件名称或文号）"));
    }
    let target = catalogue.listed_item(national);
    if target.is_none() {
        let remedy = nearest_item(national, catalogue, problems.len());
        problems.push(row.problem("national_code", "目录中没有这个代码", remedy));
    }
    let own = catalogue.listed_item(local).and_then(|id| catalogue.tables.kind(id));
    if own.is_some_and(|kind| kind != EntryKind::LocalService) && local != national {
        let what = "这是国家代码，不能改指其他代码";
        problems.push(row.problem("local_code", what, "请删去这一行"));
    }
    let from = read_day(row, "valid_from", problems);
    let until = (!row.get("valid_until").is_empty()).then(|| read_day(row, "valid_until", problems));
    if let (Some(from), Some(Some(until))) = (from, until)
        && until <= from
    {
        problems.push(row.problem("valid_until", "截止日期不晚于起始日期", "截止日期不含当日，应晚于 valid_from"));
    }
    let valid = Span { from: from?, until: until.flatten() };
    (problems.len() == faults_before).then(|| Mapping {
        local: local.to_owned(),
        national: national.to_owned(),
        valid,
        source: row.get("source").to_owned(),
        line: row.line(),
    })
}

fn read_day(row: Row<'_>, column: &str, problems: &mut Vec<Problem>) -> Option<Day> {
    let day = Day::parse(row.get(column).as_bytes()).ok();
    if day.is_none() {
        problems.push(row.problem(column, "不是日期", "请写成 2025-01-01 的形式"));
    }
    day
}

/// Past this many problems no nearest code is looked for: each search walks all items.
const SEARCHED_PROBLEMS_MAX: usize = 200;

fn nearest_item(wanted: &str, catalogue: &Catalogue, problems_so_far: usize) -> String {
    let searched = if problems_so_far < SEARCHED_PROBLEMS_MAX { catalogue.item_count() } else { 0 };
    match nearest(wanted, (0..searched).map(|id| catalogue.item_code(id))) {
        Some(near) => {
            let name = catalogue.listed_item(near).map_or("", |id| catalogue.item_name(id));
            let named = if name.is_empty() { near.to_owned() } else { format!("{near} {name}") };
            format!("最接近的是 {named}，请核对")
        }
        None => "请核对国家代码；`yibao catalog lookup 名称` 可按名称查找".to_owned(),
    }
}

fn overlap(file: &str, before: &Mapping, after: &Mapping) -> Problem {
    Problem {
        file: file.to_owned(),
        line: after.line,
        column: "valid_from".to_owned(),
        value: after.valid.from.to_string(),
        what: format!("{} 的有效期与第 {} 行重叠", after.local, before.line),
        remedy: format!("请把第 {} 行的 valid_until 填为不晚于 {} 的日期，或删去其一", before.line, after.valid.from),
    }
}
