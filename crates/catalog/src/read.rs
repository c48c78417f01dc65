//! From input tables to a catalogue.
//!
//! Reading goes through every table before it gives an answer, so that all faults are told at once.
//! A table with a fault is not used in part: one wrong code in a price book may be one wrong refusal
//! in a hospital.

use crate::catalogue::{Catalogue, Digest, NO_ENTRY, Tables};
use crate::code_index::CodeIndex;
use crate::normalise::normalise;
use crate::problem::Problem;
use crate::sources::{Source, read_sources};
use crate::strings::{Interner, TextId};
use crate::table::{Row, Table};
use crate::tables::{
    CODE_MAPS, Check, CodeMap, ENTRY_TABLES, EntryKind, EntryTable, ITEM_TABLES, SOURCES_FILE, known_files,
};
use model::nearest;
use model::{Day, UnitPrice};
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

impl Catalogue {
    /// Reads the tables, given as (file name, content). Files that the catalogue does not know are
    /// passed over.
    pub fn read(files: &[(&str, &[u8])]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let sources = find(files, SOURCES_FILE, &mut problems).map(|bytes| read_sources(bytes, &mut problems));
        let sources = sources.unwrap_or_default();
        let mut tables = Vec::new();
        for spec in &ENTRY_TABLES {
            let table = open(files, spec.file, &spec.wanted(), &sources, &mut problems);
            if let Some(table) = &table {
                check_cells(table, spec, &mut problems);
                check_key(table, spec.key, &mut problems);
            }
            tables.push(table);
        }
        let mut maps = Vec::new();
        for spec in &CODE_MAPS {
            let table = open(files, spec.file, &[spec.foreign, spec.ours], &sources, &mut problems);
            if let Some(table) = &table {
                check_key(table, &[spec.foreign], &mut problems);
                check_reference(table, spec.ours, tables.get(spec.target as usize), &mut problems);
            }
            maps.push(table);
        }
        check_crosswalk(&tables, &mut problems);
        check_divisions(&tables, &mut problems);
        if !problems.is_empty() {
            problems.sort();
            return Err(problems);
        }
        let tables = build(&tables, &maps, sources);
        Ok(Self { tables, input_hash: Self::hash_of(files), local_map: None })
    }

    /// SHA-256 over the files that the catalogue would read, whatever their order. Cheap beside
    /// reading: compare it with an image's before reading.
    #[must_use]
    pub fn hash_of(files: &[(&str, &[u8])]) -> Digest {
        let mut known: Vec<_> = files.iter().filter(|(name, _)| known_files().any(|known| known == *name)).collect();
        known.sort();
        let mut hash = Sha256::new();
        for (name, bytes) in known {
            // Lengths keep the boundary between name and content, and between files, unambiguous.
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        Digest(hash.finalize().into())
    }
}

fn find<'a>(files: &[(&str, &'a [u8])], wanted: &str, problems: &mut Vec<Problem>) -> Option<&'a [u8]> {
    if let Some((_, bytes)) = files.iter().find(|(name, _)| *name == wanted) {
        return Some(bytes);
    }
    let strangers = files.iter().map(|(name, _)| *name).filter(|name| known_files().all(|known| known != *name));
    let remedy = match nearest(wanted, strangers) {
        Some(near) => format!("有文件 {near}，是否应改名为 {wanted}"),
        None => "请把它放进目录文件夹".to_owned(),
    };
    problems.push(Problem::of_file(wanted, "没有这个文件", remedy));
    None
}

/// Reads a table and holds it against its entry in the sources.
fn open(
    files: &[(&str, &[u8])],
    file: &'static str,
    wanted: &[&'static str],
    sources: &[Source],
    problems: &mut Vec<Problem>,
) -> Option<Table<'static>> {
    let bytes = find(files, file, problems)?;
    let table = Table::read(file, bytes, wanted, problems)?;
    match sources.iter().find(|source| source.file == file) {
        None => {
            let remedy = format!("请在 {SOURCES_FILE} 补一段 [[table]]，写明 title、source、valid_from");
            problems.push(Problem::of_file(file, "没有写明来源", remedy));
        }
        Some(source) => {
            if let Some(rows) = source.rows
                && rows as usize != table.row_count()
            {
                let what = format!("{SOURCES_FILE} 写明 {rows} 行，实有可读的 {} 行", table.row_count());
                problems.push(Problem::of_file(file, what, "请确认文件完整，再改正行数"));
            }
        }
    }
    Some(table)
}

fn check_cells(table: &Table<'_>, spec: &EntryTable, problems: &mut Vec<Problem>) {
    for row in table.rows() {
        if !spec.code.is_empty() && row.get(spec.code).is_empty() {
            problems.push(row.problem(spec.code, "没有代码", "请补上代码，或删去这一行"));
        }
        // A national service that no source names is kept: its code alone is of use.
        if row.get(spec.name).is_empty() && spec.kind != EntryKind::NationalService {
            problems.push(row.problem(spec.name, "没有名称", "请补上名称，或删去这一行"));
        }
        for column in spec.columns {
            let value = row.get(column.name);
            match column.check {
                Check::Any => {}
                Check::OneOf(values) if values.iter().any(|(known, _)| *known == value) => {}
                Check::OneOf(values) => {
                    let known: Vec<_> = values.iter().map(|(known, _)| *known).filter(|v| !v.is_empty()).collect();
                    let remedy = match nearest(value, known.iter().copied()) {
                        Some(near) => format!("是否应为 {near}（可用：{}）", known.join("、")),
                        None => format!("请改为其中之一：{}", known.join("、")),
                    };
                    problems.push(row.problem(column.name, "不在允许的取值中", remedy));
                }
                Check::Price if value.is_empty() => {}
                Check::Price => {
                    if !UnitPrice::parse(value.as_bytes()).is_ok_and(|price| price.0 >= 0) {
                        problems.push(row.problem(column.name, "不是价格", "请填非负的元数，最多四位小数，不带单位"));
                    }
                }
                Check::Day if value.is_empty() => {}
                Check::Day => {
                    if Day::parse(value.as_bytes()).is_err() {
                        problems.push(row.problem(column.name, "不是日期", "请写成 2025-01-01 的形式"));
                    }
                }
            }
        }
    }
}

/// The key's columns together occur once.
fn check_key(table: &Table<'_>, key: &[&str], problems: &mut Vec<Problem>) {
    let mut seen: FxHashMap<Vec<&str>, u32> = FxHashMap::default();
    for row in table.rows() {
        let values: Vec<&str> = key.iter().map(|column| row.get(column)).collect();
        let Some(&before) = seen.get(&values) else {
            seen.insert(values, row.line());
            continue;
        };
        let mut problem = Problem::of_file(table.file, format!("与第 {before} 行重复"), "请删去其中一行");
        (problem.line, problem.column, problem.value) = (row.line(), key.join("+"), values.join("+"));
        problems.push(problem);
    }
}

/// Every value of a column is a code of the target table.
fn check_reference(table: &Table<'_>, column: &str, target: Option<&Option<Table<'_>>>, problems: &mut Vec<Problem>) {
    // A target that could not be read has been reported itself.
    let Some(Some(target)) = target else { return };
    let codes: FxHashMap<&str, ()> = target.rows().map(|row| (row.get("code"), ())).collect();
    for row in table.rows().filter(|row| !codes.contains_key(row.get(column))) {
        problems.push(unknown_code(row, column, target, problems.len()));
    }
}

/// Past so many problems a nearest code is no longer looked for: each search walks a whole table, and
/// a file with that many faults is the wrong file.
const SEARCHED_PROBLEMS_MAX: usize = 200;

fn unknown_code(row: Row<'_>, column: &str, target: &Table<'_>, problems_so_far: usize) -> Problem {
    let mut codes = target.rows().map(|row| row.get("code")).take_while(|_| problems_so_far < SEARCHED_PROBLEMS_MAX);
    let remedy = match nearest(row.get(column), &mut codes) {
        Some(near) => format!("最接近的是 {near}，请核对"),
        None => "请核对代码".to_owned(),
    };
    row.problem(column, format!("{} 中没有这个代码", target.file), remedy)
}

/// A matched row of the crosswalk leads to an item of the price book, an unmatched one to nothing.
fn check_crosswalk(tables: &[Option<Table<'_>>], problems: &mut Vec<Problem>) {
    let table = |kind: EntryKind| tables.get(kind as usize).and_then(Option::as_ref);
    let (Some(crosswalk), Some(book)) = (table(EntryKind::NationalService), table(EntryKind::LocalService)) else {
        return;
    };
    let codes: FxHashMap<&str, ()> = book.rows().map(|row| (row.get("code"), ())).collect();
    for row in crosswalk.rows() {
        let local = row.get("local_code");
        let unmatched = row.get("method") == "unmatched";
        if local.is_empty() != unmatched {
            let what = "local_code 与 method 不符：只有 unmatched 的行没有本地代码";
            problems.push(row.problem("method", what, "请补上本地代码，或把 method 改为 unmatched"));
        } else if !unmatched && !codes.contains_key(local) {
            problems.push(unknown_code(row, "local_code", book, problems.len()));
        }
    }
}

fn check_divisions(tables: &[Option<Table<'_>>], problems: &mut Vec<Problem>) {
    let Some(Some(divisions)) = tables.get(EntryKind::Division as usize) else { return };
    let codes: FxHashMap<&str, ()> = divisions.rows().map(|row| (row.get("code"), ())).collect();
    for row in divisions.rows() {
        let parent = row.get("parent");
        if parent.is_empty() != (row.get("level") == "province") {
            problems.push(row.problem("parent", "省级没有上级，其他各级必须有", "请核对 level 与 parent"));
        } else if !parent.is_empty() && !codes.contains_key(parent) {
            problems.push(row.problem("parent", "表中没有这个上级代码", "请核对上级代码"));
        }
    }
}

/// Lays the checked tables out.
fn build(tables: &[Option<Table<'_>>], maps: &[Option<Table<'_>>], sources: Vec<Source>) -> Tables {
    let mut strings = Interner::new();
    let mut layout = Layout::default();
    for (spec, table) in ENTRY_TABLES.iter().zip(tables) {
        let mut rows: Vec<Row<'_>> = table.iter().flat_map(Table::rows).collect();
        let order = if spec.code.is_empty() { spec.name } else { spec.code };
        // Ids follow the code, not the line (I8); a stable sort keeps rows of one code as they lie.
        rows.sort_by(|a, b| a.get(order).cmp(b.get(order)));
        layout.add(spec, &rows, &mut strings);
    }
    let [diagnosis_map, procedure_map] = [0, 1].map(|at| maps.get(at).and_then(Option::as_ref));
    let diagnosis_keys = layout.code_keys(EntryKind::Diagnosis, CODE_MAPS.first().zip(diagnosis_map), &mut strings);
    let procedure_keys = layout.code_keys(EntryKind::Procedure, CODE_MAPS.get(1).zip(procedure_map), &mut strings);
    let items = layout.kind_starts.get(ITEM_TABLES).map_or(0, |&end| end as usize);
    let item_keys: Vec<_> = layout.codes.iter().copied().zip(0_u32..).take(items).collect();
    // Unstable is safe: the entry makes each pair unique.
    layout.named.sort_unstable_by(|a, b| strings.get(a.0).cmp(strings.get(b.0)).then(a.1.cmp(&b.1)));
    layout.named.dedup();
    let strings = strings.finish();
    let item_codes = CodeIndex::build(&item_keys, &strings);
    let local_of_national: Vec<u32> =
        layout.crossed.iter().map(|&code| item_codes.find(strings.get(code), &strings).unwrap_or(NO_ENTRY)).collect();
    let first_national = layout.kind_starts.get(EntryKind::NationalService as usize).copied().unwrap_or(0);
    let mut crossed: Vec<(u32, u32)> =
        local_of_national.iter().copied().zip(first_national..).filter(|&(local, _)| local != NO_ENTRY).collect();
    crossed.sort_unstable();
    let (crossed_locals, crossed_nationals) = crossed.into_iter().unzip();
    let (normal_names, named_entries) = layout.named.into_iter().unzip();
    Tables {
        diagnosis_codes: CodeIndex::build(&diagnosis_keys, &strings),
        procedure_codes: CodeIndex::build(&procedure_keys, &strings),
        item_codes,
        strings,
        sources,
        kind_starts: layout.kind_starts.into_iter().chain([layout.codes.len() as u32]).collect(),
        cell_starts: layout.cell_starts,
        codes: layout.codes,
        names: layout.names,
        cells: layout.cells,
        normal_names,
        named_entries,
        local_of_national,
        crossed_locals,
        crossed_nationals,
    }
}

/// The tables while they grow.
#[derive(Default)]
struct Layout {
    kind_starts: Vec<u32>,
    cell_starts: Vec<u32>,
    codes: Vec<TextId>,
    names: Vec<TextId>,
    cells: Vec<TextId>,
    /// (normalised name, entry)
    named: Vec<(TextId, u32)>,
    /// The local code of each national service; empty when there is none.
    crossed: Vec<TextId>,
}

impl Layout {
    fn add(&mut self, spec: &EntryTable, rows: &[Row<'_>], strings: &mut Interner) {
        self.kind_starts.push(self.codes.len() as u32);
        self.cell_starts.push(self.cells.len() as u32);
        for row in rows {
            let entry = self.codes.len() as u32;
            self.codes.push(strings.keep(if spec.code.is_empty() { "" } else { row.get(spec.code) }));
            self.names.push(strings.keep(row.get(spec.name)));
            self.cells.extend(spec.columns.iter().map(|column| strings.keep(row.get(column.name))));
            self.keep_name(row.get(spec.name), entry, strings);
            if spec.kind == EntryKind::Drug {
                self.keep_name(row.get("other_names"), entry, strings);
            }
            if spec.kind == EntryKind::NationalService {
                self.crossed.push(strings.keep(row.get("local_code")));
            }
        }
    }

    fn keep_name(&mut self, name: &str, entry: u32, strings: &mut Interner) {
        let normal = normalise(name);
        if !normal.is_empty() {
            self.named.push((strings.keep(&normal), entry));
        }
    }

    /// The keys of a kind: its own codes first, then those of another edition.
    fn code_keys(
        &self,
        kind: EntryKind,
        map: Option<(&CodeMap, &Table<'_>)>,
        strings: &mut Interner,
    ) -> Vec<(TextId, u32)> {
        let at = |place: usize| self.kind_starts.get(place).map_or(self.codes.len(), |&start| start as usize);
        let (start, end) = (at(kind as usize), at(kind as usize + 1));
        let own = self.codes.get(start..end).unwrap_or_default();
        let mut keys: Vec<(TextId, u32)> = own.iter().copied().zip(start as u32..).collect();
        let entries: FxHashMap<TextId, u32> = keys.iter().copied().collect();
        let Some((spec, table)) = map else { return keys };
        for row in table.rows() {
            let target = strings.keep(row.get(spec.ours));
            let foreign = strings.keep(row.get(spec.foreign));
            keys.extend(entries.get(&target).map(|&entry| (foreign, entry)));
        }
        keys
    }
}
