//! From a slice of a claims folder to the partitions of the lake: which row goes where.
//!
//! The rows pass the same checks as in an audit, but stay rows: nothing is netted, no column is left out.
//! What cannot be seen from one slice (a row that the lake holds already) is left to `partition`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
use crate::rowset::{RowSet, read_block};
use crate::slice::{At, Rows, Visits};
use crate::spill::{Chunk, SpillFile};
use crate::tables::{Reading, Table, line, person, visit};

/// A part of the lake: a bucket of a month, or of the persons when there is no month.
pub(crate) type Place = (Option<Month>, u16);

/// The tables that are kept by bucket.
pub(crate) const BUCKETED: [Table; 5] =
    [Table::Persons, Table::Visits, Table::Diagnoses, Table::Procedures, Table::Lines];

/// Memory for rows on their way, a thread.
const GATHER_BYTES: usize = if cfg!(test) { 64 << 10 } else { 48 << 20 };
/// Rows of a bucket that are brought back at once; of a larger one its months come in turns.
const BUCKET_BYTES: u64 = if cfg!(test) { 16 << 10 } else { 192 << 20 };
/// What one block holds of the rows that are brought back.
const BLOCK_BYTES: usize = 32 << 20;

/// Rows brought back, by table and month.
pub(crate) type Fresh = FxHashMap<(Table, Option<Month>), Vec<Block>>;

/// Where the gathered rows of each bucket lie. A chunk holds rows of all months, each with its own: by months as well, the
/// chunks of a large lake would be of a few rows.
#[derive(Debug)]
pub(crate) struct Gathered {
    spill: SpillFile,
    buckets: Mutex<BTreeMap<u16, Bucket>>,
}

#[derive(Debug, Default)]
struct Bucket {
    chunks: FxHashMap<Table, Vec<Chunk>>,
    months: BTreeSet<Option<Month>>,
    bytes: u64,
}

impl Gathered {
    pub(crate) fn create(temp: &std::path::Path) -> Result<Self, LakeError> {
        Ok(Self { spill: SpillFile::create(temp)?, buckets: Mutex::default() })
    }

    fn buckets(&self) -> MutexGuard<'_, BTreeMap<u16, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The buckets that have rows.
    pub(crate) fn filled(&self) -> Vec<u16> {
        self.buckets().keys().copied().collect()
    }

    /// Every month that has rows.
    pub(crate) fn months(&self) -> BTreeSet<Month> {
        self.buckets().values().flat_map(|bucket| bucket.months.iter().copied().flatten()).collect()
    }

    /// The months of a bucket, in groups whose rows fit into memory together; persons are filed under none.
    pub(crate) fn turns(&self, bucket: u16) -> Vec<Vec<Option<Month>>> {
        let buckets = self.buckets();
        let Some(bucket) = buckets.get(&bucket) else { return Vec::new() };
        let turns = usize::try_from(bucket.bytes.div_ceil(BUCKET_BYTES)).unwrap_or(usize::MAX);
        let months: Vec<Option<Month>> = bucket.months.iter().copied().collect();
        months.chunks(months.len().div_ceil(turns.max(1)).max(1)).map(<[_]>::to_vec).collect()
    }

    /// The rows of some months of a bucket.
    pub(crate) fn rows(&self, bucket: u16, months: &[Option<Month>]) -> Result<Fresh, LakeError> {
        let mut fresh = Fresh::default();
        let mut sets: FxHashMap<(Table, Option<Month>), RowSet> = FxHashMap::default();
        let mut bytes = Vec::new();
        for table in BUCKETED {
            let chunks = self.buckets().get(&bucket).and_then(|bucket| bucket.chunks.get(&table).cloned());
            for chunk in chunks.unwrap_or_default() {
                self.spill.read(chunk, &mut bytes)?;
                let damaged = || LakeError::Bug(format!("{}: a gathered chunk is damaged", table.spec().name));
                let (tags, block) = read_block(table.spec(), Reading::Everything, &bytes).ok_or_else(damaged)?;
                for month in months {
                    let tag = Month::tag(*month);
                    let rows: Vec<usize> = (0..block.rows).filter(|&row| tags.get(row) == Some(&tag)).collect();
                    if rows.is_empty() {
                        continue;
                    }
                    let key = (table, *month);
                    let set = sets.entry(key).or_insert_with(|| RowSet::new(table.spec(), Reading::Everything));
                    set.push_all(&block, &rows);
                    if set.bytes() >= BLOCK_BYTES {
                        fresh.entry(key).or_default().push(set.take_block());
                    }
                }
            }
        }
        for (key, mut set) in sets.into_iter().filter(|(_, set)| set.bytes() > 0) {
            fresh.entry(key).or_default().push(set.take_block());
        }
        Ok(fresh)
    }
}

/// Rows of a bucket on their way, each with its month.
struct Bound {
    set: RowSet,
    tags: Vec<i64>,
}

/// Sends rows to their places; one a thread.
pub(crate) struct Gatherer<'g> {
    into: &'g Gathered,
    buckets: u16,
    /// The month that the whole folder is filed under, when it was given.
    month: Option<Month>,
    bound: FxHashMap<(Table, u16), Bound>,
    bytes: usize,
}

impl<'g> Gatherer<'g> {
    pub(crate) fn new(into: &'g Gathered, buckets: u16, month: Option<Month>) -> Self {
        Self { into, buckets, month, bound: FxHashMap::default(), bytes: 0 }
    }

    /// Sends rows of a block, each with its place.
    fn send(&mut self, table: Table, block: &Block, rows: &[(usize, Place)]) -> Result<(), LakeError> {
        let mut numbers = Vec::new();
        // A person's rows mostly lie together.
        for run in rows.chunk_by(|(_, a), (_, b)| a.1 == b.1) {
            let Some((_, (_, bucket))) = run.first() else { continue };
            let empty = || Bound { set: RowSet::new(table.spec(), Reading::Everything), tags: Vec::new() };
            let bound = self.bound.entry((table, *bucket)).or_insert_with(empty);
            let before = bound.set.bytes();
            numbers.clear();
            numbers.extend(run.iter().map(|(row, _)| *row));
            bound.set.push_all(block, &numbers);
            bound.tags.extend(run.iter().map(|(_, (month, _))| Month::tag(*month)));
            self.bytes += bound.set.bytes() - before;
            if self.bytes >= GATHER_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Sends rows of loaded blocks.
    fn send_all(
        &mut self,
        table: Table,
        rows: &Rows,
        placed: impl Iterator<Item = (At, Place)>,
    ) -> Result<(), LakeError> {
        let placed: Vec<(At, Place)> = placed.collect();
        for run in placed.chunk_by(|(a, _), (b, _)| a.block == b.block) {
            let Some((first, _)) = run.first() else { continue };
            let places: Vec<(usize, Place)> = run.iter().map(|(at, place)| (at.row as usize, *place)).collect();
            self.send(table, rows.block(*first).0, &places)?;
        }
        Ok(())
    }

    /// Puts away what is held in memory.
    pub(crate) fn flush(&mut self) -> Result<(), LakeError> {
        for ((table, number), bound) in self.bound.iter_mut().filter(|(_, bound)| !bound.tags.is_empty()) {
            let size = bound.set.bytes() as u64;
            let chunk = self.into.spill.append(&bound.set.take_bytes(&bound.tags))?;
            let mut buckets = self.into.buckets();
            let bucket = buckets.entry(*number).or_default();
            bucket.chunks.entry(*table).or_default().push(chunk);
            bucket.bytes += size;
            // Rows of one month mostly lie together.
            let mut last = None;
            for tag in bound.tags.drain(..).filter(|tag| last.replace(*tag) != Some(*tag)) {
                bucket.months.insert(Month::of_tag(tag));
            }
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
        if let Some(persons) = &persons {
            let buckets = gatherer.buckets;
            let place = |at: &At| (None, bucket_of(persons.text(*at, person::psn_no), buckets));
            gatherer.send_all(Table::Persons, persons, persons.rows.iter().map(|at| (*at, place(at))))?;
        }
        let visits = self.visits(slice, persons.as_ref(), &mut issues)?;
        let places: Vec<Place> = (0..visits.rows.rows.len()).map(|n| gatherer.place_of(&visits, n)).collect();
        let placed = visits.rows.rows.iter().zip(&places).map(|(at, place)| (*at, *place));
        gatherer.send_all(Table::Visits, &visits.rows, placed)?;
        let index = visits.index();
        for table in [Table::Diagnoses, Table::Procedures] {
            let hanging = self.hanging(table, slice, &index, &mut issues)?;
            let placed = hanging.of(0..places.len());
            let placed = placed.filter_map(|(visit, at)| places.get(visit as usize).map(|place| (at, *place)));
            gatherer.send_all(table, &hanging.rows, placed)?;
        }
        let mut placed: Vec<(usize, Place)> = Vec::new();
        let mut lines = |block: &Block, issues: &mut Issues| -> Result<(), LakeError> {
            let (mut last, mut found) = ("", None);
            placed.clear();
            for row in (0..block.rows).filter(|&row| block.state(row) != State::Rejected) {
                let (mdtrt_id, psn_no) = (block.text(line::mdtrt_id, row), block.text(line::psn_no, row));
                if mdtrt_id != last || last.is_empty() {
                    last = mdtrt_id;
                    found = index.get(mdtrt_id).map(|visit| *visit as usize);
                }
                let rooted = found.filter(|&visit| psn_no.is_empty() || visits.psn_no(visit) == Some(psn_no));
                match rooted.and_then(|visit| places.get(visit)) {
                    // Counted when `partition` has seen that the lake does not hold it yet.
                    Some(place) => placed.push((row, *place)),
                    None => reject_orphan(issues, Table::Lines, block, row),
                }
            }
            gatherer.send(Table::Lines, block, &placed)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_of_a_large_bucket_come_in_turns() {
        let gathered = Gathered::create(&std::env::temp_dir()).unwrap();
        let months = [None, Month::parse("2025-06"), Month::parse("2025-07")];
        for (bucket, bytes) in [(1, BUCKET_BYTES), (2, BUCKET_BYTES + 1), (3, 3 * BUCKET_BYTES), (4, 99 * BUCKET_BYTES)]
        {
            gathered.buckets().insert(bucket, Bucket { months: months.into(), bytes, ..Bucket::default() });
        }
        let one_each: Vec<Vec<Option<Month>>> = months.iter().map(|month| vec![*month]).collect();
        assert_eq!(gathered.turns(1), [months.to_vec()]);
        assert_eq!(gathered.turns(2), [months[..2].to_vec(), months[2..].to_vec()]);
        assert_eq!(gathered.turns(3), one_each);
        assert_eq!(gathered.turns(4), one_each);
        assert_eq!(gathered.turns(5), Vec::<Vec<Option<Month>>>::new());
    }
}
