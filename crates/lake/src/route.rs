//! Which slice a row belongs to, and the way there.
//!
//! A slice is a contiguous range of `psn_no`. Persons and visits name their person; diagnoses,
//! procedures and (when need be) lines name only their visit and go where it went. A table whose rows
//! already lie in slice order is read in place by row range; any other is routed through a
//! temporary file.

use std::hash::Hasher;
use std::ops::Range;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHasher};

use crate::LakeError;
use crate::block::Block;
use crate::kept::FileEntry;
use crate::rowset::{RowSet, read_block};
use crate::source::Source;
use crate::spill::{Chunk, SpillFile};
use crate::tables::{Reading, TableSpec};

/// The first `psn_no` of every slice but the first.
#[derive(Debug, Default)]
pub(crate) struct Boundaries(Vec<String>);

impl Boundaries {
    /// Cuts a sample into `slices` parts of about equal size.
    pub(crate) fn cut(sample: &mut [String], slices: usize) -> Self {
        sample.sort_unstable();
        let mut firsts: Vec<String> =
            (1..slices).filter_map(|part| sample.get(sample.len() * part / slices).cloned()).collect();
        firsts.dedup();
        if firsts.first() == sample.first() && !firsts.is_empty() {
            firsts.remove(0);
        }
        firsts.truncate(usize::from(u16::MAX) - 1);
        Self(firsts)
    }

    pub(crate) fn slices(&self) -> usize {
        self.0.len() + 1
    }

    pub(crate) fn slice_of(&self, psn_no: &str) -> u16 {
        self.0.partition_point(|first| first.as_str() <= psn_no) as u16
    }

    /// Like `slice_of`, trying the last answer first.
    pub(crate) fn slice_near(&self, psn_no: &str, last: u16) -> u16 {
        let at = usize::from(last);
        let after = at == 0 || self.0.get(at - 1).is_some_and(|first| first.as_str() <= psn_no);
        let before = self.0.get(at).is_none_or(|next| psn_no < next.as_str());
        if after && before { last } else { self.slice_of(psn_no) }
    }
}

/// The 64-bit hash of a key.
pub(crate) fn hash_of(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Visit → slice, eight bytes a place. A hash that two slices claim is told apart by the full id.
#[derive(Debug)]
pub(crate) struct VisitMap {
    places: Vec<u64>,
    exact: FxHashMap<String, u16>,
    contested: rustc_hash::FxHashSet<u64>,
}

const SLICE_BITS: u64 = 0xffff;
/// Set in every place that is taken.
const TAKEN: u64 = 1 << 63;

impl VisitMap {
    pub(crate) fn with_rows(rows: u64) -> Self {
        let places = usize::try_from(rows.saturating_mul(3) / 2 + 16).unwrap_or(usize::MAX);
        Self { places: vec![0; places], exact: FxHashMap::default(), contested: Default::default() }
    }

    /// Enters a visit.
    pub(crate) fn insert(&mut self, mdtrt_id: &str, slice: u16) {
        let key = Self::key(mdtrt_id);
        match self.find(key) {
            (_, Some(known)) if known != slice => {
                self.contested.insert(key);
            }
            (_, Some(_)) => {}
            (place, None) => {
                if let Some(free) = self.places.get_mut(place) {
                    *free = key | u64::from(slice);
                }
            }
        }
    }

    /// Whether visits of several slices share the hash; `settle` then decides.
    pub(crate) fn is_contested(&self, mdtrt_id: &str) -> bool {
        !self.contested.is_empty() && self.contested.contains(&Self::key(mdtrt_id))
    }

    pub(crate) fn any_contested(&self) -> bool {
        !self.contested.is_empty()
    }

    /// Says where the visit behind a contested hash went.
    pub(crate) fn settle(&mut self, mdtrt_id: &str, slice: u16) {
        self.exact.insert(mdtrt_id.to_owned(), slice);
    }

    pub(crate) fn slice_of(&self, mdtrt_id: &str) -> Option<u16> {
        if self.is_contested(mdtrt_id) {
            return self.exact.get(mdtrt_id).copied();
        }
        self.find(Self::key(mdtrt_id)).1
    }

    fn key(mdtrt_id: &str) -> u64 {
        (hash_of(mdtrt_id) & !SLICE_BITS) | TAKEN
    }

    fn find(&self, key: u64) -> (usize, Option<u16>) {
        // The lower bits of the product spread keys that differ in high bits only.
        let spread = (key << 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut place = ((u128::from(spread) * self.places.len() as u128) >> 64) as usize;
        loop {
            match self.places.get(place) {
                None => place = 0,
                Some(0) => return (place, None),
                Some(taken) if taken & !SLICE_BITS == key => return (place, Some((taken & SLICE_BITS) as u16)),
                Some(_) => place += 1,
            }
        }
    }
}

/// Where the rows of a slice are.
#[derive(Debug)]
pub(crate) enum Placement {
    /// Nowhere: there is no such table.
    Absent,
    /// In the files themselves; slice `s` is rows `starts[s]..starts[s + 1]`, files end to end.
    InPlace { starts: Vec<u64> },
    /// In the lake, some files a bucket; a slice is a bucket.
    Bucketed { files: Vec<Vec<FileEntry>> },
    /// In a temporary file.
    Routed { spill: SpillFile, chunks: Vec<Vec<Chunk>> },
}

/// Finds out whether rows come in slice order, from the slice of each.
#[derive(Debug)]
pub(crate) struct Order {
    starts: Vec<u64>,
    rows: u64,
    broken: bool,
}

impl Order {
    pub(crate) fn new() -> Self {
        Self { starts: vec![0], rows: 0, broken: false }
    }

    /// The next row's slice; a row without one stays with its neighbours.
    pub(crate) fn row(&mut self, slice: Option<u16>) {
        if let Some(slice) = slice {
            let slice = usize::from(slice);
            if slice + 1 < self.starts.len() {
                self.broken = true;
            }
            while self.starts.len() <= slice {
                self.starts.push(self.rows);
            }
        }
        self.rows += 1;
    }

    /// `count` further rows of the slice of the last one.
    pub(crate) fn same(&mut self, count: u64) {
        self.rows += count;
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The placement, when the order held.
    pub(crate) fn placement(mut self, slices: usize) -> Option<Placement> {
        self.starts.resize(slices, self.rows);
        self.starts.push(self.rows);
        (!self.broken).then_some(Placement::InPlace { starts: self.starts })
    }
}

/// The row range of each file that belongs to rows `range` of all files end to end.
pub(crate) fn file_ranges(source: &Source, range: Range<u64>) -> Vec<(usize, Range<u64>)> {
    let mut base = 0;
    let mut ranges = Vec::new();
    for (index, file) in source.files.iter().enumerate() {
        let end = base + file.rows_about();
        let (from, until) = (range.start.max(base), range.end.min(end));
        if from < until {
            ranges.push((index, from - base..until - base));
        }
        base = end;
    }
    ranges
}

/// Memory for rows on their way, all slices together.
const ROUTE_BYTES: usize = 64 << 20;

/// Sends rows to their slices.
pub(crate) struct Router {
    spill: SpillFile,
    sets: Vec<RowSet>,
    chunks: Vec<Vec<Chunk>>,
    chunk_bytes: usize,
    rows: u64,
}

impl Router {
    pub(crate) fn create(temp: &Path, spec: &TableSpec, reading: Reading, slices: usize) -> Result<Self, LakeError> {
        Ok(Self {
            spill: SpillFile::create(temp)?,
            sets: (0..slices).map(|_| RowSet::new(spec, reading)).collect(),
            chunks: vec![Vec::new(); slices],
            chunk_bytes: (ROUTE_BYTES / slices.max(1)).clamp(16 << 10, 2 << 20),
            rows: 0,
        })
    }

    pub(crate) fn send(&mut self, slice: u16, block: &Block, row: usize) -> Result<(), LakeError> {
        let slice = usize::from(slice);
        if let (Some(set), Some(chunks)) = (self.sets.get_mut(slice), self.chunks.get_mut(slice)) {
            set.push(block, row);
            self.rows += 1;
            if set.bytes() >= self.chunk_bytes {
                chunks.push(self.spill.append(&set.take_bytes(&[]))?);
            }
        }
        Ok(())
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn finish(mut self) -> Result<Placement, LakeError> {
        for (set, chunks) in self.sets.iter_mut().zip(&mut self.chunks) {
            if set.bytes() > 0 {
                chunks.push(self.spill.append(&set.take_bytes(&[]))?);
            }
        }
        Ok(Placement::Routed { spill: self.spill, chunks: self.chunks })
    }
}

/// Reads the routed rows of a slice back.
pub(crate) fn read_routed(
    spec: &TableSpec,
    reading: Reading,
    spill: &SpillFile,
    chunks: &[Chunk],
) -> Result<Vec<Block>, LakeError> {
    let mut bytes = Vec::new();
    chunks
        .iter()
        .map(|chunk| {
            spill.read(*chunk, &mut bytes)?;
            read_block(spec, reading, &bytes)
                .map(|(_, block)| block)
                .ok_or_else(|| LakeError::Bug(format!("{}: a routed chunk is damaged", spec.name)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_find_their_slice() {
        let mut map = VisitMap::with_rows(1000);
        (0..1000_u32).for_each(|n| map.insert(&format!("V{n}"), (n % 7) as u16));
        assert!((0..1000_u32).all(|n| map.slice_of(&format!("V{n}")) == Some((n % 7) as u16)));
        assert_eq!(map.slice_of("V1000"), None);
        map.insert("V3", 5);
        assert!(map.is_contested("V3") && !map.is_contested("V4"));
        map.settle("V3", 5);
        assert_eq!(map.slice_of("V3"), Some(5));
    }

    #[test]
    fn boundaries_cut_a_sample_evenly() {
        let mut sample: Vec<String> = (0..100).map(|n| format!("P{n:03}")).collect();
        let cut = Boundaries::cut(&mut sample, 4);
        assert_eq!(cut.slices(), 4);
        for (person, slice) in [("A", 0), ("P024", 0), ("P025", 1), ("P050", 2), ("P099", 3), ("Z", 3)] {
            assert_eq!((cut.slice_of(person), cut.slice_near(person, 2)), (slice, slice), "{person}");
        }
    }

    #[test]
    fn order_tells_rows_in_place_from_rows_to_route() {
        let starts = |slices: &[Option<u16>]| {
            let mut order = Order::new();
            slices.iter().for_each(|slice| order.row(*slice));
            match order.placement(4) {
                Some(Placement::InPlace { starts }) => Some(starts),
                _ => None,
            }
        };
        assert_eq!(starts(&[Some(0), Some(0), None, Some(2)]), Some(vec![0, 3, 3, 4, 4]));
        assert_eq!(starts(&[Some(1), Some(0)]), None);
        assert_eq!(starts(&[]), Some(vec![0; 5]));
    }
}
