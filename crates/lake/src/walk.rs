//! The walk through a slice: persons one by one, while their lines arrive.

use std::ops::Range;

use model::PersonCase;
use rustc_hash::FxHashMap;

use crate::LakeError;
use crate::assemble::{Assembler, AuditProfile};
use crate::block::{Block, State};
use crate::issues::Issues;
use crate::prepare::{Prepared, reject_orphan};
use crate::slice::{At, Hanging, Rows, Visits};
use crate::tables::{Table, line, person, visit};
use crate::view::LineView;

/// What takes the persons.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&mut PersonCase);

/// Persons shown one by one while lines arrive in person order.
pub(crate) struct Walk<'a, 's> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) persons: Option<&'a Rows>,
    pub(crate) visits: &'a Visits,
    pub(crate) diagnoses: &'a Hanging,
    pub(crate) procedures: &'a Hanging,
    pub(crate) index: &'a FxHashMap<&'a str, u32>,
    pub(crate) assembler: Assembler<'a>,
    pub(crate) sink: Sink<'s>,
    pub(crate) person_at: usize,
    /// The visits of the person being filled.
    pub(crate) current: Range<usize>,
    /// The visit of the line before.
    pub(crate) hint: usize,
}

impl Walk<'_, '_> {
    fn psn_no(&self, visit: usize) -> Option<&str> {
        self.visits.psn_no(visit)
    }

    /// Lines in person order.
    pub(crate) fn block(&mut self, block: &Block, issues: &mut Issues) {
        self.rows(&LineView::of(block), 0..block.rows, 0, issues);
    }

    /// Some rows of a block, in person order; `slot` tells apart files that are read side by side.
    pub(crate) fn rows(&mut self, view: &LineView<'_>, rows: Range<usize>, slot: usize, issues: &mut Issues) {
        let block = view.block;
        let (person, visit) = (view.field(line::psn_no), view.field(line::mdtrt_id));
        self.assembler.turn_page(slot);
        let mut placed: Option<(usize, usize)> = None;
        for row in rows.filter(|&row| block.state(row) != State::Rejected) {
            // Most lines are of the visit of the line before, and the dictionary knows.
            if let Some((last, number)) = placed
                && last + 1 == row
                && visit.repeats(row)
                && person.repeats(row)
            {
                placed = Some((row, number));
                self.line(view, row, number, issues);
                continue;
            }
            let psn_no = person.get(row);
            while self.psn_no(self.current.start).is_none_or(|current| self.current.is_empty() || current < psn_no) {
                if !self.next(issues) {
                    break;
                }
            }
            placed = self.visit_of(visit.get(row), psn_no).map(|number| (row, number));
            match placed {
                Some((_, number)) => self.line(view, row, number, issues),
                None => reject_orphan(issues, Table::Lines, block, row),
            }
        }
    }

    /// The current person's visit that the line names.
    fn visit_of(&mut self, mdtrt_id: &str, psn_no: &str) -> Option<usize> {
        if self.current.is_empty() || self.psn_no(self.current.start) != Some(psn_no) {
            return None;
        }
        let named = |visit: usize| {
            let at = self.visits.rows.rows.get(visit).copied();
            at.is_some_and(|at| self.visits.rows.text(at, visit::mdtrt_id) == mdtrt_id)
        };
        let near = [self.hint, self.hint + 1].into_iter().find(|visit| self.current.contains(visit) && named(*visit));
        let found = near.or_else(|| self.index.get(mdtrt_id).map(|&visit| visit as usize));
        self.hint = found.filter(|visit| self.current.contains(visit))?;
        Some(self.hint)
    }

    fn line(&mut self, view: &LineView<'_>, row: usize, visit: usize, issues: &mut Issues) {
        let number = (visit - self.current.start) as u32;
        self.assembler.line(view, row, number, issues);
    }

    /// Lines that were routed: arranges them by visit first.
    pub(crate) fn arranged(&mut self, slice: usize, issues: &mut Issues) -> Result<(), LakeError> {
        let rows = Rows::new(self.prepared.load(Table::Lines, slice, issues)?);
        let mut placed: Vec<(u32, At)> = Vec::with_capacity(rows.rows.len());
        for at in &rows.rows {
            let psn_no = rows.text(*at, line::psn_no);
            let visit = self.index.get(rows.text(*at, line::mdtrt_id)).copied();
            match visit.filter(|&visit| psn_no.is_empty() || self.psn_no(visit as usize) == Some(psn_no)) {
                Some(visit) => placed.push((visit, *at)),
                None => {
                    let (block, row) = rows.block(*at);
                    reject_orphan(issues, Table::Lines, block, row);
                }
            }
        }
        placed.sort_by_key(|(visit, _)| *visit);
        let views: Vec<LineView<'_>> = rows.blocks.iter().map(LineView::of).collect();
        let mut page = u32::MAX;
        for (visit, at) in placed {
            let visit = visit as usize;
            if page != at.block {
                self.assembler.turn_page(0);
                page = at.block;
            }
            while !self.current.contains(&visit) {
                if !self.next(issues) {
                    return Err(LakeError::Bug("a line's visit has no person".into()));
                }
            }
            self.line(&views[at.block as usize], at.row as usize, visit, issues);
        }
        Ok(())
    }

    /// Shows the current person and begins the next; false when there is none left.
    fn next(&mut self, issues: &mut Issues) -> bool {
        self.show(issues);
        let start = self.current.end;
        let visits = self.visits;
        let Some(psn_no) = visits.psn_no(start) else {
            self.current = start..start;
            return false;
        };
        let mut end = start + 1;
        while visits.psn_no(end) == Some(psn_no) {
            end += 1;
        }
        let mut row = None;
        if let Some(persons) = self.persons {
            let number = |place: usize| persons.rows.get(place).map(|at| persons.text(*at, person::psn_no));
            let mut place = self.person_at;
            while number(place).is_some_and(|number| number < psn_no) {
                place += 1;
            }
            row = (number(place) == Some(psn_no)).then(|| persons.rows.get(place).copied()).flatten();
            self.person_at = place;
        }
        self.assembler.begin(psn_no, row.and_then(|at| self.persons.map(|persons| persons.block(at))));
        self.current = start..end;
        self.hint = start;
        self.fill(issues);
        true
    }

    /// Visits, diagnoses and procedures of the current person.
    fn fill(&mut self, issues: &mut Issues) {
        let visits = self.visits;
        let profile = AuditProfile(self.prepared.audit_profile);
        for number in self.current.clone() {
            let (block, row) = visits.rows.block(visits.rows.rows[number]);
            let index = visits.institutions[number];
            let institution = self.prepared.institutions.get(index as usize);
            self.assembler.visit(block, row, (index, institution), (profile, visits.judged[number]));
        }
        let first = self.current.start as u32;
        for (visit, at) in self.diagnoses.of(self.current.clone()) {
            let (block, row) = self.diagnoses.rows.block(at);
            self.assembler.diagnosis(block, row, visit - first, issues);
        }
        for (visit, at) in self.procedures.of(self.current.clone()) {
            let (block, row) = self.procedures.rows.block(at);
            self.assembler.procedure(block, row, visit - first, issues);
        }
    }

    fn show(&mut self, issues: &mut Issues) {
        if self.current.is_empty() {
            return;
        }
        self.assembler.complete(issues);
        if !self.assembler.case.visits.is_empty() {
            (self.sink)(&mut self.assembler.case);
        }
    }

    /// Shows everyone who is left.
    pub(crate) fn rest(&mut self, issues: &mut Issues) {
        while self.next(issues) {}
    }
}
