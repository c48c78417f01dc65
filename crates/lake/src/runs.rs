//! Sorted runs on disk and their merge: an order over more rows than memory holds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::LakeError;
use crate::spill::{Chunk, SpillFile};

/// A row that can lie on disk. `Ord` must be total, so that a merge depends on the set alone (I8).
pub(crate) trait Record: Ord + Sized {
    fn encode(&self, into: &mut Vec<u8>);
    fn decode(bytes: &mut &[u8]) -> Option<Self>;
}

pub(crate) fn put_text(into: &mut Vec<u8>, text: &str) {
    into.extend((text.len() as u32).to_le_bytes());
    into.extend(text.as_bytes());
}

pub(crate) fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = u32::from_le_bytes(take(bytes)?) as usize;
    let (head, tail) = bytes.split_at_checked(length)?;
    *bytes = tail;
    String::from_utf8(head.to_vec()).ok()
}

pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

/// Bytes of a run read at once while merging.
const MERGE_BYTES: u64 = 128 * 1024;

/// Runs of one kind of record.
#[derive(Debug)]
pub(crate) struct Runs<R> {
    spill: SpillFile,
    chunks: Mutex<Vec<Chunk>>,
    kind: PhantomData<fn() -> R>,
}

impl<R: Record> Runs<R> {
    pub(crate) fn create(temp: &Path) -> Result<Self, LakeError> {
        Ok(Self { spill: SpillFile::create(temp)?, chunks: Mutex::new(Vec::new()), kind: PhantomData })
    }

    /// Sorts the rows and puts them away; callable from several threads.
    pub(crate) fn add(&self, mut rows: Vec<R>) -> Result<(), LakeError> {
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_unstable();
        let mut bytes = Vec::with_capacity(rows.len() * 128);
        for row in &rows {
            let start = bytes.len();
            bytes.extend([0; 4]);
            row.encode(&mut bytes);
            let length = (bytes.len() - start - 4) as u32;
            if let Some(head) = bytes.get_mut(start..start + 4) {
                head.copy_from_slice(&length.to_le_bytes());
            }
        }
        let chunk = self.spill.append(&bytes)?;
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
        Ok(())
    }

    /// Shows all rows in order.
    pub(crate) fn merge(self, each: &mut dyn FnMut(R) -> Result<(), LakeError>) -> Result<(), LakeError> {
        let chunks = self.chunks.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut readers: Vec<RunReader> = chunks.into_iter().map(RunReader::new).collect();
        let mut heap = BinaryHeap::with_capacity(readers.len());
        for (index, reader) in readers.iter_mut().enumerate() {
            if let Some(row) = reader.next::<R>(&self.spill)? {
                heap.push(Reverse((row, index)));
            }
        }
        while let Some(Reverse((row, index))) = heap.pop() {
            each(row)?;
            if let Some(reader) = readers.get_mut(index)
                && let Some(next) = reader.next::<R>(&self.spill)?
            {
                heap.push(Reverse((next, index)));
            }
        }
        Ok(())
    }
}

/// Reads a run back, a window at a time.
struct RunReader {
    left: Chunk,
    window: Vec<u8>,
    at: usize,
}

impl RunReader {
    fn new(left: Chunk) -> Self {
        Self { left, window: Vec::new(), at: 0 }
    }

    fn next<R: Record>(&mut self, spill: &SpillFile) -> Result<Option<R>, LakeError> {
        loop {
            let rest = self.window.get(self.at..).unwrap_or_default();
            let length = rest.first_chunk::<4>().map(|head| u32::from_le_bytes(*head) as usize);
            if let Some(length) = length
                && let Some(mut row) = rest.get(4..4 + length)
            {
                self.at += 4 + length;
                let row = R::decode(&mut row);
                return row.map(Some).ok_or_else(|| LakeError::Bug("a sorted run is damaged".into()));
            }
            if self.left.length == 0 {
                let whole = rest.is_empty();
                return if whole { Ok(None) } else { Err(LakeError::Bug("a sorted run is cut off".into())) };
            }
            let want = length.map_or(0, |length| length as u64 + 4).max(MERGE_BYTES).min(self.left.length);
            let mut fresh = Vec::new();
            self.window.drain(..self.at);
            self.at = 0;
            spill.read(Chunk { offset: self.left.offset, length: want }, &mut fresh)?;
            self.left = Chunk { offset: self.left.offset + want, length: self.left.length - want };
            self.window.append(&mut fresh);
        }
    }
}
