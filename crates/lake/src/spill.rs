//! A temporary file of numbered chunks, shared by threads.
//!
//! Everything that does not fit in memory goes here: rows routed to their slice, sorted runs of
//! findings. One file however many chunks, so that the limit of open files never matters. The file
//! has no name on systems that allow it, and vanishes with the run.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::LakeError;

/// Where a chunk lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// The file and its end.
#[derive(Debug)]
pub(crate) struct SpillFile {
    folder: PathBuf,
    inner: Mutex<(File, u64)>,
}

impl SpillFile {
    /// A new, empty file below `folder`, which is made when missing.
    pub(crate) fn create(folder: &Path) -> Result<Self, LakeError> {
        std::fs::create_dir_all(folder).map_err(|e| LakeError::disk(folder, e))?;
        let file = tempfile::tempfile_in(folder).map_err(|e| LakeError::disk(folder, e))?;
        Ok(Self { folder: folder.to_path_buf(), inner: Mutex::new((file, 0)) })
    }

    /// Writes a chunk at the end.
    pub(crate) fn append(&self, bytes: &[u8]) -> Result<Chunk, LakeError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = inner.1;
        let write = |file: &mut File| {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        };
        write(&mut inner.0).map_err(|e| LakeError::disk(&self.folder, e))?;
        inner.1 += bytes.len() as u64;
        Ok(Chunk { offset, length: bytes.len() as u64 })
    }

    /// Reads `length` bytes at `offset` into `into`, replacing what it held.
    pub(crate) fn read(&self, chunk: Chunk, into: &mut Vec<u8>) -> Result<(), LakeError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        into.clear();
        into.resize(usize::try_from(chunk.length).unwrap_or(usize::MAX), 0);
        let read = |file: &mut File, into: &mut [u8]| {
            file.seek(SeekFrom::Start(chunk.offset))?;
            file.read_exact(into)
        };
        read(&mut inner.0, into).map_err(|e| LakeError::disk(&self.folder, e))
    }
}
