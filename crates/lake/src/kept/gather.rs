//! From a slice of a claims folder to the partitions of the lake: which row goes where.
//!
//! The rows pass the same checks as in an audit, but stay rows: nothing is netted, no column is left out.
//! What cannot be seen from one slice (a row that the lake holds already) is left to `partition`.

use std::sync::{Mutex, PoisonError};

use model::Stamp;
use rustc_hash::FxHashMap;

use super::manifest::bucket_of;
use super::month::Month;
use crate::LakeError;
use crate::block::{Block, NONE, State};
use crate::issues::Issues;
use crate::prepare::{Prepared, reject_orphan};
use crate::report::SliceIntake;
use crate::route::Placement;
use crate::rowset::RowSet;
use crate::slice::Visits;
use crate::spill::{Chunk, SpillFile};
use crate::tables::{Reading, Table, line, person, visit};

/// A part of the lake: a bucket of a month, or of the persons when there is no month.
pub(crate) type Place = (Option<Month>, u16);

/// The tables that are kept by bucket.
pub(crate) const BUCKETED: [Table; 5] =
    [Table::Persons, Table::Visits, Table::Diagnoses, Table::Procedures, Table::Lines];

/// Memory for rows on their way, a thread.
const GATHER_BYTES: usize = if cfg!(test) { 64 << 10 } else { 48 << 20 };

/// Where the gathered rows of each place and table lie.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) spill: SpillFile,
    chunks: Mutex<FxHashMap<(Table, Place), Vec<Chunk>>>,
}

impl Gathered {
    pub(crate) fn create(temp: &std::path::Path) -> Result<Self, LakeError> {
        Ok(Self { spill: SpillFile::create(temp)?, chunks: Mutex::default() })
    }

    pub(crate) fn chunks(&self, table: Table, place: Place) -> Vec<Chunk> {
        let chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.get(&(table, place)).cloned().unwrap_or_default()
    }

    /// Every place that has rows, in order.
    pub(crate) fn places(&self) -> Vec<Place> {
        let chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places: Vec<Place> = chunks.keys().map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// Sends rows to their places; one a thread.
pub(crate) struct Gatherer<'g> {
    into: &'g Gathered,
    buckets: u16,
    /// The month that the whole folder is filed under, when it was given.
    month: Option<Month>,
    sets: FxHashMap<(Table, Place), RowSet>,
    bytes: usize,
}

impl<'g> Gatherer<'g> {
    pub(crate) fn new(into: &'g Gathered, buckets: u16, month: Option<Month>) -> Self {
        Self { into, buckets, month, sets: FxHashMap::default(), bytes: 0 }
    }

    fn send(&mut self, table: Table, place: Place, block: &Block, row: usize) -> Result<(), LakeError> {
        let set = self.sets.entry((table, place)).or_insert_with(|| RowSet::new(table.spec(), Reading::Everything));
        let before = set.bytes();
        set.push(block, row);
        self.bytes += set.bytes() - before;
        if self.bytes >= GATHER_BYTES { self.flush() } else { Ok(()) }
    }

    /// Puts away what is held in memory.
    pub(crate) fn flush(&mut self) -> Result<(), LakeError> {
        for (place, set) in self.sets.iter_mut().filter(|(_, set)| set.bytes() > 0) {
            let chunk = self.into.spill.append(&set.take_bytes())?;
            let mut chunks = self.into.chunks.lock().unwrap_or_else(PoisonError::into_inner);
            chunks.entry(*place).or_default().push(chunk);
        }
        self.bytes = 0;
        Ok(())
    }

    fn place_of(&self, visits: &Visits, number: usize) -> Place {
        let at = visits.rows.rows.get(number).copied();
        let stamp = |column| {
            let number = at.map_or(NONE, |at| visits.rows.number(at, column));
            (number != NONE).then_some(Stamp(number))
        };
        let begins = stamp(visit::begntime).unwrap_or_default();
        let own = || Month::of_visit(stamp(visit::setl_time), stamp(visit::endtime), begins);
        let psn_no = visits.psn_no(number).unwrap_or_default();
        (Some(self.month.unwrap_or_else(own)), bucket_of(psn_no, self.buckets))
    }
}

impl Prepared {
    /// Checks the rows of a slice and sends those that stand to their places.
    pub(crate) fn gather_slice(&self, slice: usize, gatherer: &mut Gatherer<'_>) -> Result<SliceIntake, LakeError> {
        let mut issues = Issues::default();
        let persons = self.persons(slice, &mut issues)?;
        for at in persons.iter().flat_map(|persons| &persons.rows) {
            let (block, row) = persons.as_ref().map(|persons| persons.block(*at)).unzip();
            if let (Some(block), Some(row)) = (block, row) {
                let place = (None, bucket_of(block.text(person::psn_no, row), gatherer.buckets));
                gatherer.send(Table::Persons, place, block, row)?;
            }
        }
        let visits = self.visits(slice, persons.as_ref(), &mut issues)?;
        let places: Vec<Place> = (0..visits.rows.rows.len()).map(|n| gatherer.place_of(&visits, n)).collect();
        for (at, place) in visits.rows.rows.iter().zip(&places) {
            let (block, row) = visits.rows.block(*at);
            gatherer.send(Table::Visits, *place, block, row)?;
        }
        let index = visits.index();
        for table in [Table::Diagnoses, Table::Procedures] {
            let hanging = self.hanging(table, slice, &index, &mut issues)?;
            for (visit, at) in hanging.of(0..visits.rows.rows.len()) {
                let (block, row) = hanging.rows.block(at);
                if let Some(place) = places.get(visit as usize) {
                    gatherer.send(table, *place, block, row)?;
                }
            }
        }
        let mut lines = |block: &Block, issues: &mut Issues| -> Result<(), LakeError> {
            let (mut last, mut found) = (String::new(), None);
            for row in (0..block.rows).filter(|&row| block.state(row) != State::Rejected) {
                let (mdtrt_id, psn_no) = (block.text(line::mdtrt_id, row), block.text(line::psn_no, row));
                if mdtrt_id != last || last.is_empty() {
                    mdtrt_id.clone_into(&mut last);
                    found = index.get(mdtrt_id).map(|visit| *visit as usize);
                }
                let rooted = found.filter(|&visit| psn_no.is_empty() || visits.psn_no(visit) == Some(psn_no));
                match rooted.and_then(|visit| places.get(visit)) {
                    // Counted when `partition` has seen that the lake does not hold it yet.
                    Some(place) => gatherer.send(Table::Lines, *place, block, row)?,
                    None => reject_orphan(issues, Table::Lines, block, row),
                }
            }
            issues.relieve(&self.rejects)
        };
        match self.placement(Table::Lines) {
            Placement::Routed { .. } => {
                let blocks = self.load(Table::Lines, slice, &mut issues)?;
                blocks.iter().try_for_each(|block| lines(block, &mut issues))?;
            }
            _ => self.stream(Table::Lines, slice, &mut issues, &mut |block, issues| lines(&block, issues))?,
        }
        issues.relieve(&self.rejects)?;
        Ok(SliceIntake { issues })
    }
}
