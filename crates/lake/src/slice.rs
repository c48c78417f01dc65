//! One slice: its persons in order, each with visits, diagnoses, procedures and lines.
//!
//! Visits and what hangs on them are held in memory (a slice is cut so that they fit); lines that lie
//! in order stream past, others were routed and are arranged here. Rows that hang on nothing are
//! refused.

use std::ops::Range;

use model::{CodeBook, Stamp};
use rustc_hash::FxHashMap;

use crate::LakeError;
use crate::assemble::{Assembler, overlaps};
use crate::block::{Block, NONE, State};
use crate::issues::{Issues, Mark};
use crate::prepare::{Prepared, reject_duplicate, reject_orphan};
use crate::report::SliceIntake;
use crate::route::Placement;
use crate::tables::{Table, diagnosis, person, procedure, visit};
use crate::walk::{Sink, Walk};

/// A row of a slice: block and row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) block: u32,
    pub(crate) row: u32,
}

/// The rows of one table, and those of them that stand, in order.
pub(crate) struct Rows {
    pub(crate) blocks: Vec<Block>,
    pub(crate) rows: Vec<At>,
}

impl Rows {
    pub(crate) fn new(blocks: Vec<Block>) -> Self {
        let mut rows = Vec::with_capacity(blocks.iter().map(|block| block.rows).sum());
        for (index, block) in blocks.iter().enumerate() {
            let standing = (0..block.rows).filter(|&row| block.state(row) != State::Rejected);
            rows.extend(standing.map(|row| At { block: index as u32, row: row as u32 }));
        }
        Self { blocks, rows }
    }

    pub(crate) fn text(&self, at: At, column: usize) -> &str {
        self.blocks[at.block as usize].text(column, at.row as usize)
    }

    pub(crate) fn number(&self, at: At, column: usize) -> i64 {
        self.blocks[at.block as usize].number(column, at.row as usize)
    }

    pub(crate) fn block(&self, at: At) -> (&Block, usize) {
        (&self.blocks[at.block as usize], at.row as usize)
    }

    /// The order among rows with one key: by content, then by place (I8).
    pub(crate) fn compare(&self, a: At, b: At) -> std::cmp::Ordering {
        let ((left, i), (right, j)) = (self.block(a), self.block(b));
        left.compare(i, right, j).then_with(|| left.origin(i).cmp(&right.origin(j)))
    }

    /// Whether every decoded value of the two rows is the same.
    pub(crate) fn same_content(&self, a: At, b: At) -> bool {
        let ((left, i), (right, j)) = (self.block(a), self.block(b));
        left.compare(i, right, j).is_eq()
    }
}

/// The visits of a slice that stand, by person.
pub(crate) struct Visits {
    pub(crate) rows: Rows,
    pub(crate) institutions: Vec<u32>,
    pub(crate) judged: Vec<bool>,
}

impl Visits {
    /// The number of each visit.
    pub(crate) fn index(&self) -> FxHashMap<&str, u32> {
        let ids = self.rows.rows.iter().map(|at| self.rows.text(*at, visit::mdtrt_id));
        ids.enumerate().map(|(number, id)| (id, number as u32)).collect()
    }

    pub(crate) fn psn_no(&self, visit: usize) -> Option<&str> {
        self.rows.rows.get(visit).map(|at| self.rows.text(*at, visit::psn_no))
    }
}

/// Rows that hang on visits, by visit.
pub(crate) struct Hanging {
    pub(crate) rows: Rows,
    visits: Vec<u32>,
}

impl Hanging {
    pub(crate) fn of(&self, visits: Range<usize>) -> impl Iterator<Item = (u32, At)> {
        let from = self.visits.partition_point(|&visit| (visit as usize) < visits.start);
        let until = self.visits.partition_point(|&visit| (visit as usize) < visits.end);
        self.visits[from..until].iter().copied().zip(self.rows.rows[from..until].iter().copied())
    }
}

impl Prepared {
    /// Reads a slice and shows its persons in `psn_no` order. Callable from several threads.
    pub fn read_slice(&self, slice: usize, book: &dyn CodeBook, sink: Sink<'_>) -> Result<SliceIntake, LakeError> {
        if !self.wants_slice(slice) {
            return Ok(SliceIntake::default());
        }
        let mut issues = Issues::default();
        let persons = self.persons(slice, &mut issues)?;
        let visits = self.visits(slice, persons.as_ref(), &mut issues)?;
        let index = visits.index();
        let diagnoses = self.hanging(Table::Diagnoses, slice, &index, &mut issues)?;
        let procedures = self.hanging(Table::Procedures, slice, &index, &mut issues)?;
        let mut walk = Walk {
            prepared: self,
            persons: persons.as_ref(),
            visits: &visits,
            diagnoses: &diagnoses,
            procedures: &procedures,
            index: &index,
            assembler: Assembler::new(book),
            sink,
            person_at: 0,
            current: 0..0,
            hint: 0,
        };
        match self.placement(Table::Lines) {
            Placement::Routed { .. } => walk.arranged(slice, &mut issues)?,
            Placement::Bucketed { files } => {
                let files = files.get(slice).map(Vec::as_slice).unwrap_or_default();
                let months = self.months_of_lines(files)?;
                walk.merged(months, &mut issues)?;
            }
            _ => self.stream(Table::Lines, slice, &mut issues, &mut |block, issues| {
                walk.block(&block, issues);
                issues.relieve(&self.rejects)
            })?,
        }
        walk.rest(&mut issues);
        issues.relieve(&self.rejects)?;
        Ok(SliceIntake { issues })
    }

    /// The persons of a slice by number; `None` when there is no such table.
    pub(crate) fn persons(&self, slice: usize, issues: &mut Issues) -> Result<Option<Rows>, LakeError> {
        if matches!(self.placement(Table::Persons), Placement::Absent) {
            return Ok(None);
        }
        let mut rows = Rows::new(self.load(Table::Persons, slice, issues)?);
        let mut order = std::mem::take(&mut rows.rows);
        if !order.is_sorted_by(|a, b| rows.text(*a, person::psn_no) < rows.text(*b, person::psn_no)) {
            order.sort_by(|a, b| {
                rows.text(*a, person::psn_no).cmp(rows.text(*b, person::psn_no)).then_with(|| rows.compare(*a, *b))
            });
        }
        for at in order {
            let (block, row) = rows.block(at);
            let last = rows.rows.last().map(|last| rows.text(*last, person::psn_no));
            if last == Some(rows.text(at, person::psn_no)) {
                reject_duplicate(issues, Table::Persons, block, row, &[person::psn_no]);
            } else {
                issues.settle(Table::Persons, block.state(row));
                match block.text(person::gend, row) {
                    "0" | "1" | "2" | "9" => {}
                    "男" | "女" => issues.mark(Table::Persons, Mark::SexInWords),
                    _ => issues.mark(Table::Persons, Mark::SexUnknown),
                }
                rows.rows.push(at);
            }
        }
        Ok(Some(rows))
    }

    pub(crate) fn visits(
        &self,
        slice: usize,
        persons: Option<&Rows>,
        issues: &mut Issues,
    ) -> Result<Visits, LakeError> {
        let mut rows = Rows::new(self.load(Table::Visits, slice, issues)?);
        let mut order = std::mem::take(&mut rows.rows);
        if !order.is_sorted_by(|a, b| rows.text(*a, visit::psn_no) <= rows.text(*b, visit::psn_no)) {
            order.sort_by(|a, b| rows.text(*a, visit::psn_no).cmp(rows.text(*b, visit::psn_no)));
        }
        self.keep_rooted(&rows, persons, &mut order, issues);
        keep_unique(&rows, &mut order, issues);
        let mut visits = Visits { institutions: Vec::new(), judged: Vec::new(), rows };
        let (mut last_code, mut last_index) = (String::new(), u32::MAX);
        for at in &order {
            let rows = &visits.rows;
            let (block, row) = rows.block(*at);
            issues.settle(Table::Visits, block.state(row));
            let code = rows.text(*at, visit::fixmedins_code);
            if code != last_code {
                last_code = code.to_owned();
                last_index = self.institution_index.get(code).copied().unwrap_or(u32::MAX);
            }
            visits.institutions.push(last_index);
            let ends = rows.number(*at, visit::endtime);
            let ends = (ends != NONE).then_some(Stamp(ends));
            let begins = Stamp(rows.number(*at, visit::begntime));
            let judged = overlaps(begins, ends, self.options.from, self.options.until);
            if !judged {
                issues.mark(Table::Visits, Mark::OutsidePeriod);
            }
            visits.judged.push(judged);
        }
        visits.rows.rows = order;
        Ok(visits)
    }

    /// Refuses visits whose person or institution is not in its table (when there is such a table), or
    /// whose id belongs to another slice.
    fn keep_rooted(&self, rows: &Rows, persons: Option<&Rows>, order: &mut Vec<At>, issues: &mut Issues) {
        if self.is_rooted() {
            order.retain(|at| self.includes(rows.text(*at, visit::psn_no)));
            return;
        }
        let institutions = self.source(Table::Institutions).map(|_| &self.institution_index);
        let mut person_at = 0;
        let mut last_known = String::new();
        order.retain(|at| {
            let (block, row) = rows.block(*at);
            let psn_no = rows.text(*at, visit::psn_no);
            if let Some(persons) = persons {
                let number = |place: usize| persons.rows.get(place).map(|at| persons.text(*at, person::psn_no));
                while number(person_at).is_some_and(|number| number < psn_no) {
                    person_at += 1;
                }
                if number(person_at) != Some(psn_no) {
                    let reason = "persons 中没有这位参保人（或其记录已被拒收）；请补充人员记录或更正 psn_no".to_owned();
                    issues.reject(Table::Visits, block.origin(row), "psn_no", psn_no, reason);
                    return false;
                }
            }
            let code = rows.text(*at, visit::fixmedins_code);
            if code != last_known {
                if institutions.is_some_and(|known| !known.contains_key(code)) {
                    let reason = "institutions 中没有这家机构；请补充机构记录或更正 fixmedins_code".to_owned();
                    issues.reject(Table::Visits, block.origin(row), "fixmedins_code", code, reason);
                    return false;
                }
                code.clone_into(&mut last_known);
            }
            if self.displaced.contains(&block.origin(row)) {
                reject_duplicate(issues, Table::Visits, block, row, &[visit::mdtrt_id]);
                return false;
            }
            true
        });
    }

    /// Rows that name their visit in their first column, by visit.
    pub(crate) fn hanging(
        &self,
        table: Table,
        slice: usize,
        index: &FxHashMap<&str, u32>,
        issues: &mut Issues,
    ) -> Result<Hanging, LakeError> {
        let rows = Rows::new(self.load(table, slice, issues)?);
        let mut placed: Vec<(u32, At)> = Vec::with_capacity(rows.rows.len());
        let mut last: (&str, Option<u32>) = ("", None);
        for at in &rows.rows {
            let mdtrt_id = rows.text(*at, 0);
            if mdtrt_id != last.0 {
                last = (mdtrt_id, index.get(mdtrt_id).copied());
            }
            match last.1 {
                Some(visit) => placed.push((visit, *at)),
                // Of a lake, perhaps not everybody is wanted.
                None if self.is_rooted() => {}
                None => {
                    let (block, row) = rows.block(*at);
                    reject_orphan(issues, table, block, row);
                }
            }
        }
        if !placed.is_sorted_by_key(|(visit, _)| *visit) {
            placed.sort_by_key(|(visit, _)| *visit);
        }
        let (key, names): (Key, &[usize]) = match table {
            Table::Diagnoses => (Key(diagnosis::diag_code, diagnosis::diag_type), &[0, diagnosis::diag_code]),
            _ => (Key(procedure::oprn_oprt_code, procedure::oprn_oprt_date), &[0, procedure::oprn_oprt_code]),
        };
        let mut kept: Vec<(u32, At)> = Vec::with_capacity(placed.len());
        for group in placed.chunk_by_mut(|a, b| a.0 == b.0) {
            if group.len() > 1 {
                group.sort_by(|a, b| key.compare(&rows, a.1, b.1).then_with(|| rows.compare(a.1, b.1)));
            }
            for (number, (visit, at)) in group.iter().enumerate() {
                let (block, row) = rows.block(*at);
                if number > 0 && key.compare(&rows, group[number - 1].1, *at).is_eq() {
                    reject_duplicate(issues, table, block, row, names);
                } else {
                    issues.settle(table, block.state(row));
                    kept.push((*visit, *at));
                }
            }
        }
        let (visits, standing) = kept.into_iter().unzip();
        Ok(Hanging { rows: Rows { blocks: rows.blocks, rows: standing }, visits })
    }
}

/// A text column and a number column that, with the visit, make the key.
#[derive(Clone, Copy)]
struct Key(usize, usize);

impl Key {
    fn compare(self, rows: &Rows, a: At, b: At) -> std::cmp::Ordering {
        (rows.text(a, self.0), rows.number(a, self.1)).cmp(&(rows.text(b, self.0), rows.number(b, self.1)))
    }
}

/// Of visits with one id keeps the smallest by content.
fn keep_unique(rows: &Rows, order: &mut Vec<At>, issues: &mut Issues) {
    let mut kept: FxHashMap<&str, At> = FxHashMap::default();
    kept.reserve(order.len());
    let mut dropped = Vec::new();
    for at in order.iter() {
        let place = kept.entry(rows.text(*at, visit::mdtrt_id)).or_insert(*at);
        if (place.block, place.row) == (at.block, at.row) {
            continue;
        }
        if rows.compare(*at, *place).is_lt() {
            dropped.push(std::mem::replace(place, *at));
        } else {
            dropped.push(*at);
        }
    }
    if dropped.is_empty() {
        return;
    }
    for at in dropped {
        let (block, row) = rows.block(at);
        reject_duplicate(issues, Table::Visits, block, row, &[visit::mdtrt_id]);
    }
    order
        .retain(|at| kept.get(rows.text(*at, visit::mdtrt_id)).is_some_and(|k| (k.block, k.row) == (at.block, at.row)));
}
