//! Where a lake lies: in a folder, or below a prefix of an object store that speaks the S3 protocol.
//!
//! The manifest names every file, so nothing but whole objects by name is asked of a store. An object is fetched to a
//! temporary file when it is read, and that file goes with its reader: an audit reads most columns of a file, once, so
//! ranges would save little. (SQL reads ranges; `query` gives the store to DataFusion.) A lake is written to a folder
//! only: the one rename that publishes an add has no counterpart in a store.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::manifest::FileEntry;
use crate::LakeError;

/// The root of a lake.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    /// As it was given.
    name: PathBuf,
    #[cfg(feature = "s3")]
    store: Option<super::store::Store>,
}

/// A file of the lake where it can be opened.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) path: PathBuf,
    /// The file goes when nobody reads it any more.
    _temporary: Option<TempPath>,
}

/// What the name of a lake in an object store begins with.
const SCHEME: &str = "s3://";

impl Root {
    /// Looks at the name; asks nobody yet.
    pub(crate) fn of(name: &Path) -> Result<Self, LakeError> {
        let remote = is_remote(name);
        #[cfg(feature = "s3")]
        return Ok(Self { name: name.into(), store: remote.then(|| super::store::Store::of(name)).transpose()? });
        #[cfg(not(feature = "s3"))]
        match remote {
            false => Ok(Self { name: name.into() }),
            true => Err(LakeError::Refused(format!(
                "读不了 {}：本程序编译时未带对象存储（特性 s3）；请改用 cargo build -p cli --features s3 编译的程序",
                name.display()
            ))),
        }
    }

    /// The root of a lake that is written.
    pub(crate) fn folder(name: &Path) -> Result<Self, LakeError> {
        if is_remote(name) {
            let text = "数据湖只能写入本地目录；请写好后把整个目录上传到对象存储，最后上传 manifest.json";
            return Err(LakeError::Refused(text.into()));
        }
        Self::of(name)
    }

    /// As it was given.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// How a file is called in messages.
    pub(crate) fn shown(&self, path: &str) -> PathBuf {
        self.name.join(path)
    }

    /// The name by which another process finds the lake.
    pub(crate) fn absolute(&self) -> io::Result<PathBuf> {
        if is_remote(&self.name) { Ok(self.name.clone()) } else { std::path::absolute(&self.name) }
    }

    /// What it means that a file could not be read.
    pub(crate) fn failed(&self, path: &str, error: io::Error) -> LakeError {
        let object = self.shown(path);
        if is_remote(&self.name) && error.kind() != io::ErrorKind::NotFound {
            return LakeError::Store { object, reason: error.to_string() };
        }
        LakeError::missing(&object, error)
    }

    /// Reads a small file whole.
    pub(crate) fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        #[cfg(feature = "s3")]
        if let Some(store) = &self.store {
            return store.read(path);
        }
        std::fs::read(self.shown(path))
    }

    /// The lengths of files, in bytes, in their order.
    pub(crate) fn lengths(&self, files: &[FileEntry]) -> Result<Vec<u64>, LakeError> {
        #[cfg(feature = "s3")]
        if let Some(store) = &self.store {
            let lengths = store.lengths().map_err(|error| self.failed("", error))?;
            let length = |file: &FileEntry| {
                let lost = || self.failed(&file.path, io::ErrorKind::NotFound.into());
                lengths.get(&file.path).copied().ok_or_else(lost)
            };
            return files.iter().map(length).collect();
        }
        let length = |file: &FileEntry| {
            let found = std::fs::metadata(self.shown(&file.path));
            found.map(|found| found.len()).map_err(|error| self.failed(&file.path, error))
        };
        files.iter().map(length).collect()
    }

    /// Puts a file where it can be opened.
    pub(crate) fn fetch(&self, path: &str) -> Result<Fetched, LakeError> {
        #[cfg(feature = "s3")]
        if let Some(store) = &self.store {
            let temporary = store.fetch(path).map_err(|error| self.failed(path, error))?;
            return Ok(Fetched { path: temporary.to_path_buf(), _temporary: Some(temporary) });
        }
        std::fs::metadata(self.shown(path)).map_err(|error| self.failed(path, error))?;
        Ok(Fetched { path: self.shown(path), _temporary: None })
    }

    /// The store with its address, when the lake is in one.
    #[cfg(feature = "s3")]
    pub(crate) fn store(&self) -> Option<&super::store::Store> {
        self.store.as_ref()
    }
}

/// Whether the name is that of an object store.
pub(crate) fn is_remote(name: &Path) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(SCHEME))
}
