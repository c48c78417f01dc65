//! One part of the lake made anew: what it held, what was added, each row once, in order.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Month;
use super::gather::{Fresh, Gathered, Place};
use super::manifest::FileEntry;
use super::read::read_file;
use super::root::Root;
use super::write::{Ordered, Written, write_file};
use crate::LakeError;
use crate::block::Block;
use crate::issues::Issues;
use crate::route::hash_of;
use crate::rowset::RowSet;
use crate::slice::{At, Rows};
use crate::tables::{Reading, Table, diagnosis, line, person, procedure, visit};

/// The parts of the lake being made.
pub(crate) struct Making<'a> {
    pub(crate) root: &'a Root,
    pub(crate) gathered: &'a Gathered,
    pub(crate) generation: u64,
    /// The files that stay in the lake unless a part takes their place.
    pub(crate) files: &'a [FileEntry],
}

/// What became of a bucket.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) written: Vec<Written>,
    /// The `psn_no` of whoever has other rows than before.
    pub(crate) touched: BTreeSet<String>,
    pub(crate) issues: Issues,
}

/// Whether two rows, each with its visit, have one key.
type SameKey<'a> = &'a dyn Fn(&(u32, At), &(u32, At)) -> bool;

/// The rows of a table, old ones first.
struct Part {
    table: Table,
    rows: Rows,
    /// Blocks before this one come from the lake.
    old: u32,
}

impl Part {
    fn is_old(&self, at: At) -> bool {
        at.block < self.old
    }

    /// Lake before folder, then by content and place (I8).
    fn prefer(&self, a: At, b: At) -> Ordering {
        self.is_old(b).cmp(&self.is_old(a)).then_with(|| self.rows.compare(a, b))
    }

    fn text(&self, at: At, column: usize) -> &str {
        self.rows.text(at, column)
    }

    /// Keeps the first of rows with one key; `placed` must be sorted by key and preference.
    fn keep_first(&self, placed: &mut Vec<(u32, At)>, same_key: SameKey<'_>, key: &[usize], issues: &mut Issues) {
        placed.dedup_by(|row, kept| {
            let same = same_key(row, kept);
            if same {
                self.refuse(row.1, kept.1, key, issues);
            }
            same
        });
    }

    fn refuse(&self, at: At, kept: At, key: &[usize], issues: &mut Issues) {
        let (block, row) = self.rows.block(at);
        if self.is_old(kept) {
            let columns = &self.table.spec().columns;
            let names: Vec<&str> = key.iter().filter_map(|&c| columns.get(c).map(|c| c.name)).collect();
            let values: Vec<&str> = key.iter().map(|&c| block.text(c, row)).filter(|text| !text.is_empty()).collect();
            let reason = "数据湖中已有同一主键的行，保留原有的；更正请用 --restate 重报该月".to_owned();
            issues.reject(self.table, block.origin(row), &names.join("+"), &values.join("+"), reason);
        } else {
            crate::prepare::reject_duplicate(issues, self.table, block, row, key);
        }
    }

    /// Counts the rows that came with the folder.
    fn settle(&self, placed: &[(u32, At)], issues: &mut Issues) {
        for (_, at) in placed.iter().filter(|(_, at)| !self.is_old(*at)) {
            let (block, row) = self.rows.block(*at);
            issues.settle(self.table, block.state(row));
        }
    }

    fn all(&self) -> Vec<(u32, At)> {
        self.rows.rows.iter().map(|at| (0, *at)).collect()
    }
}

impl Making<'_> {
    /// The files of the part as they are.
    fn old_files(&self, table: Table, (month, bucket): Place) -> impl Iterator<Item = &FileEntry> {
        let name = table.spec().name;
        self.files.iter().filter(move |file| file.table == name && file.month == month && file.bucket == Some(bucket))
    }

    /// The rows of a place: those of the lake, then the fresh ones.
    fn part(&self, table: Table, place: Place, fresh: &mut Fresh) -> Result<Part, LakeError> {
        let mut blocks: Vec<Block> = Vec::new();
        for file in self.old_files(table, place) {
            read_file(self.root, file, table, Reading::Everything, &mut |block| {
                blocks.push(block);
                Ok(())
            })?;
        }
        let old = blocks.len() as u32;
        blocks.extend(fresh.remove(&(table, place.0)).unwrap_or_default());
        Ok(Part { table, rows: Rows::new(blocks), old })
    }

    fn write(&self, place: Place, made: &mut Made, ordered: &Ordered<'_>) -> Result<(), LakeError> {
        if !ordered.rows.is_empty() {
            made.written.push(write_file(self.root.name(), (place.0, Some(place.1)), self.generation, ordered)?);
        }
        Ok(())
    }

    /// Makes all parts of a bucket that get rows.
    pub(crate) fn bucket(&self, bucket: u16) -> Result<Made, LakeError> {
        let mut made = Made::default();
        for months in self.gathered.turns(bucket) {
            let mut fresh = self.gathered.rows(bucket, &months)?;
            for month in months {
                match month {
                    Some(month) => self.month(month, bucket, &mut fresh, &mut made)?,
                    None => self.persons(bucket, &mut fresh, &mut made)?,
                }
            }
        }
        Ok(made)
    }

    /// Makes a bucket of persons: the row that came last stands.
    fn persons(&self, bucket: u16, fresh: &mut Fresh, made: &mut Made) -> Result<(), LakeError> {
        let place = (None, bucket);
        let part = self.part(Table::Persons, place, fresh)?;
        let number = |at: At| part.text(at, person::psn_no);
        let mut placed = part.all();
        placed.sort_by(|(_, a), (_, b)| number(*a).cmp(number(*b)).then_with(|| part.prefer(*b, *a)));
        placed.dedup_by(|(_, row), (_, kept)| number(*row) == number(*kept));
        part.settle(&placed, &mut made.issues);
        let old: FxHashMap<&str, At> =
            part.rows.rows.iter().filter(|at| part.is_old(**at)).map(|at| (number(*at), *at)).collect();
        for (_, at) in placed.iter().filter(|(_, at)| !part.is_old(*at)) {
            let same = old.get(number(*at)).is_some_and(|old| part.rows.same_content(*at, *old));
            if !same {
                made.touched.insert(number(*at).to_owned());
            }
        }
        let ordered = Ordered { table: Table::Persons, blocks: &part.rows.blocks, rows: &placed, persons: None };
        self.write(place, made, &ordered)
    }

    /// Makes a bucket of a month: visits and all that hangs on them.
    fn month(&self, month: Month, bucket: u16, fresh: &mut Fresh, made: &mut Made) -> Result<(), LakeError> {
        let place = (Some(month), bucket);
        let visits = self.part(Table::Visits, place, fresh)?;
        let id = |at: At| visits.text(at, visit::mdtrt_id);
        let psn_no = |at: At| visits.text(at, visit::psn_no);
        let mut placed = visits.all();
        placed.sort_by(|(_, a), (_, b)| {
            (psn_no(*a), id(*a)).cmp(&(psn_no(*b), id(*b))).then_with(|| visits.prefer(*a, *b))
        });
        visits.keep_first(&mut placed, &|a, b| id(a.1) == id(b.1), &[visit::mdtrt_id], &mut made.issues);
        visits.settle(&placed, &mut made.issues);
        let came = visits.rows.rows.iter().filter(|at| !visits.is_old(**at));
        made.touched.extend(came.map(|at| psn_no(*at).to_owned()));
        let index: FxHashMap<&str, u32> = placed.iter().enumerate().map(|(n, (_, at))| (id(*at), n as u32)).collect();
        let persons: Vec<&str> = placed.iter().map(|(_, at)| psn_no(*at)).collect();
        let ordered = Ordered { table: Table::Visits, blocks: &visits.rows.blocks, rows: &placed, persons: None };
        self.write(place, made, &ordered)?;
        for table in [Table::Diagnoses, Table::Procedures, Table::Lines] {
            let part = self.part(table, place, fresh)?;
            let mut rows = hang(&part, &index);
            if table == Table::Lines {
                arrange_lines(&part, &mut rows, &mut made.issues);
            } else {
                arrange_codes(&part, &mut rows, &mut made.issues);
            }
            part.settle(&rows, &mut made.issues);
            let ordered = Ordered { table, blocks: &part.rows.blocks, rows: &rows, persons: Some(&persons) };
            self.write(place, made, &ordered)?;
        }
        Ok(())
    }
}

/// Each row with the number of its visit; `gather` let none through that has no visit.
fn hang(part: &Part, index: &FxHashMap<&str, u32>) -> Vec<(u32, At)> {
    let key = if part.table == Table::Lines { line::mdtrt_id } else { 0 };
    let mut last: (&str, Option<u32>) = ("", None);
    let mut placed = Vec::with_capacity(part.rows.rows.len());
    for at in &part.rows.rows {
        let mdtrt_id = part.text(*at, key);
        if mdtrt_id != last.0 {
            last = (mdtrt_id, index.get(mdtrt_id).copied());
        }
        placed.extend(last.1.map(|visit| (visit, *at)));
    }
    placed
}

/// Diagnoses and procedures: by visit, code and the column that tells equal codes apart.
fn arrange_codes(part: &Part, placed: &mut Vec<(u32, At)>, issues: &mut Issues) {
    let (code, also, names): (usize, usize, &[usize]) = match part.table {
        Table::Diagnoses => (diagnosis::diag_code, diagnosis::diag_type, &[0, diagnosis::diag_code]),
        _ => (procedure::oprn_oprt_code, procedure::oprn_oprt_date, &[0, procedure::oprn_oprt_code]),
    };
    let key = |(visit, at): &(u32, At)| (*visit, part.text(*at, code), part.rows.number(*at, also));
    placed.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| part.prefer(a.1, b.1)));
    part.keep_first(placed, &|a, b| key(a) == key(b), names, issues);
}

/// Lines: each number once in its visit, then by time.
fn arrange_lines(part: &Part, placed: &mut Vec<(u32, At)>, issues: &mut Issues) {
    let number = |at: At| part.text(at, line::feedetl_sn);
    let mut seen: FxHashSet<u64> = FxHashSet::default();
    seen.reserve(placed.len());
    let spread = |visit: u32| u64::from(visit).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if !placed.iter().all(|(visit, at)| seen.insert(hash_of(number(*at)) ^ spread(*visit))) {
        placed.sort_by(|a, b| (a.0, number(a.1)).cmp(&(b.0, number(b.1))).then_with(|| part.prefer(a.1, b.1)));
        let same = |a: &(u32, At), b: &(u32, At)| a.0 == b.0 && number(a.1) == number(b.1);
        part.keep_first(placed, &same, &[line::mdtrt_id, line::feedetl_sn], issues);
    }
    let time = |at: At| part.rows.number(at, line::fee_ocur_time);
    placed.sort_by(|a, b| (a.0, time(a.1)).cmp(&(b.0, time(b.1))).then_with(|| number(a.1).cmp(number(b.1))));
}

/// A register made anew.
pub(crate) struct Merged {
    pub(crate) blocks: Vec<Block>,
    pub(crate) rows: Vec<(u32, At)>,
    /// Whether a row that was there reads otherwise now.
    pub(crate) changed: bool,
    /// Whether there are rows that were not there.
    pub(crate) grown: bool,
}

/// Makes a register anew: the row that came last stands.
pub(crate) fn merge_register(table: Table, old: Vec<Block>, new: &RowSet, key: &[usize]) -> Merged {
    let boundary = old.len() as u32;
    let mut blocks = old;
    blocks.push(new.clone().take_block());
    let part = Part { table, rows: Rows::new(blocks), old: boundary };
    let keys =
        |at: At| key.iter().map(|&column| (part.text(at, column), part.rows.number(at, column))).collect::<Vec<_>>();
    let mut rows = part.all();
    rows.sort_by(|(_, a), (_, b)| keys(*a).cmp(&keys(*b)).then_with(|| part.prefer(*b, *a)));
    let mut changed = false;
    rows.dedup_by(|(_, row), (_, kept)| {
        let same = keys(*row) == keys(*kept);
        changed |= same && !part.rows.same_content(*row, *kept);
        same
    });
    let before = part.rows.rows.iter().filter(|at| part.is_old(**at)).count();
    let grown = rows.len() > before;
    Merged { blocks: part.rows.blocks, rows, changed, grown }
}
