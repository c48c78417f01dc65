//! The manifest: which files make up the lake. What it does not name does not count.
//!
//! It is one JSON file, replaced as a whole by a rename. Every add has a number, the generation; nothing
//! here depends on clocks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::month::Month;
use super::root::Root;
use crate::LakeError;
use crate::tables::Table;

/// The layout of folders and files that this version writes and reads.
pub const LAKE_FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// A file of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// `visits`, `charge_lines` …
    pub table: String,
    /// The month; `None` for persons, institutions and staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// The bucket; `None` for institutions and staff, which are kept whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<u16>,
    /// Where it lies below the lake, with `/` between folders.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Of visits: how many rows have `matn_stas` 1 or 2, and how many 3 or 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maternal: Option<(u64, u64)>,
}

/// One add, as the manifest remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddEntry {
    pub(crate) generation: u64,
    pub(crate) restated: bool,
    pub(crate) months: Vec<Month>,
    pub(crate) input_hash: String,
    /// The file of persons touched, one `psn_no` a line; its SHA-256.
    pub(crate) changes: String,
    pub(crate) changes_sha256: String,
    /// Whether a register changed under persons who were there before: everybody is touched.
    pub(crate) everybody: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) written_by: String,
    pub(crate) generation: u64,
    pub(crate) buckets: u16,
    pub(crate) adds: Vec<AddEntry>,
    /// Per table, the columns that hold a value somewhere.
    pub(crate) columns: BTreeMap<String, BTreeSet<String>>,
    pub(crate) files: Vec<FileEntry>,
}

/// The part of a manifest that every version must be able to read.
#[derive(Deserialize)]
struct Head {
    format: u32,
    #[serde(default)]
    written_by: String,
}

/// A lake, as its manifest stood when it was opened.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) root: Root,
    pub(crate) manifest: Manifest,
}

/// Whom adds touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// A register changed under everybody, or nobody knows.
    Everybody,
    /// These, by `psn_no`.
    Persons(BTreeSet<String>),
}

impl Lake {
    /// Opens a lake and checks that every file is there, at its full length.
    pub fn open(root: &Path) -> Result<Self, LakeError> {
        let lake = Self::open_unchecked(root)?;
        lake.check_files()?;
        Ok(lake)
    }

    /// Reads the manifest only.
    pub(crate) fn open_unchecked(root: &Path) -> Result<Self, LakeError> {
        let (root, path) = (Root::of(root)?, root.join(MANIFEST));
        let bytes = root.read(MANIFEST).map_err(|e| match e.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => LakeError::NoLake(root.name().to_path_buf()),
            _ => root.failed(MANIFEST, e),
        })?;
        let broken = |e: serde_json::Error| LakeError::LakeFile {
            file: path.clone(),
            reason: format!("清单读不懂（{e}）"),
            remedy: "请从备份恢复 manifest.json，或用 yibao lake add 重建数据湖".into(),
        };
        let head: Head = serde_json::from_slice(&bytes).map_err(broken)?;
        if head.format > LAKE_FORMAT {
            let Head { format, written_by } = head;
            return Err(LakeError::NewerLake {
                lake: root.name().to_path_buf(),
                format,
                written_by,
                known: LAKE_FORMAT,
            });
        }
        let manifest = serde_json::from_slice(&bytes).map_err(broken)?;
        Ok(Self { root, manifest })
    }

    /// Where the lake is, as it was named: a folder, or `s3://BUCKET/PREFIX`.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.name()
    }

    /// The name by which another process finds the lake, whatever its working directory.
    pub fn absolute(&self) -> Result<PathBuf, LakeError> {
        self.root.absolute().map_err(|e| LakeError::disk(self.root(), e))
    }

    /// The object store that holds the lake: a whole bucket, of which the lake is a part. `None` of a folder.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn object_store(&self) -> Option<std::sync::Arc<dyn object_store::ObjectStore>> {
        self.root.store().map(super::store::Store::of_bucket)
    }

    /// How many adds it has seen.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.manifest.generation
    }

    /// How many buckets persons are spread over.
    #[must_use]
    pub fn buckets(&self) -> u16 {
        self.manifest.buckets
    }

    /// Every file, by table, month and bucket.
    #[must_use]
    pub fn files(&self) -> &[FileEntry] {
        &self.manifest.files
    }

    /// The files of a table, by month and bucket.
    pub fn files_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a FileEntry> {
        self.manifest.files.iter().filter(move |file| file.table == table)
    }

    /// The months that hold visits, in order.
    #[must_use]
    pub fn months(&self) -> Vec<Month> {
        let months: BTreeSet<Month> = self.manifest.files.iter().filter_map(|file| file.month).collect();
        months.into_iter().collect()
    }

    /// Whether the column holds a value somewhere.
    #[must_use]
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        self.manifest.columns.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// SHA-256 over the contents, in hexadecimal: the same for the same rows, however they were added.
    #[must_use]
    pub fn content_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for file in &self.manifest.files {
            let place = (file.month.map(|month| month.to_string()), file.bucket);
            hasher.update(format!("{}\0{place:?}\0{}\0", file.table, file.sha256).as_bytes());
        }
        hex(hasher)
    }

    /// Whether `matn_stas` speaks the dictionary of the audit interface.
    #[must_use]
    pub fn audit_profile(&self) -> bool {
        let visits = || self.files_of(Table::Visits.spec().name);
        let rows: u64 = visits().map(|file| file.rows).sum();
        let (low, high) = visits().filter_map(|file| file.maternal).fold((0, 0), |(a, b), (l, h)| (a + l, b + h));
        crate::survey::is_audit_profile(low, high, rows)
    }

    /// A hash over the adds up to a generation: two lakes with the same one hold the same until then. `None`
    /// when the lake has not got so far.
    #[must_use]
    pub fn adds_hash(&self, generation: u64) -> Option<String> {
        if generation > self.manifest.generation {
            return None;
        }
        let mut hasher = Sha256::new();
        for add in self.manifest.adds.iter().filter(|add| add.generation <= generation) {
            hasher.update(format!("{}\0{}\0{}\0", add.input_hash, add.changes_sha256, add.restated).as_bytes());
        }
        Some(hex(hasher))
    }

    /// Whom the adds after `generation` touched.
    pub fn touched_since(&self, generation: u64) -> Result<Touched, LakeError> {
        let mut persons = BTreeSet::new();
        for add in self.manifest.adds.iter().filter(|add| add.generation > generation) {
            if add.everybody {
                return Ok(Touched::Everybody);
            }
            let path = self.root.shown(&add.changes);
            let bytes = self.root.read(&add.changes).map_err(|e| self.root.failed(&add.changes, e))?;
            if hex(Sha256::new_with_prefix(&bytes)) != add.changes_sha256 {
                return Err(LakeError::damaged(&path, "内容与清单不符"));
            }
            persons.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
        }
        Ok(Touched::Persons(persons))
    }

    /// Looks at the length of every file.
    fn check_files(&self) -> Result<(), LakeError> {
        for (file, length) in self.manifest.files.iter().zip(self.root.lengths(&self.manifest.files)?) {
            if length != file.bytes {
                let reason = format!("长 {length} 字节，清单记载 {} 字节", file.bytes);
                return Err(LakeError::damaged(&self.root.shown(&file.path), reason));
            }
        }
        Ok(())
    }

    /// Reads every file and compares its hash; returns the number of files.
    pub fn verify(&self) -> Result<usize, LakeError> {
        let mut buffer = vec![0_u8; 1 << 20];
        for entry in &self.manifest.files {
            let path = self.root.shown(&entry.path);
            let fetched = self.root.fetch(&entry.path)?;
            let mut file = File::open(&fetched.path).map_err(|e| LakeError::missing(&path, e))?;
            let mut hasher = Sha256::new();
            loop {
                let read = file.read(&mut buffer).map_err(|e| LakeError::missing(&path, e))?;
                if read == 0 {
                    break;
                }
                hasher.update(buffer.get(..read).unwrap_or_default());
            }
            if hex(hasher) != entry.sha256 {
                return Err(LakeError::damaged(&path, "内容与清单的 SHA-256 不符"));
            }
        }
        Ok(self.manifest.files.len())
    }
}

impl Manifest {
    pub(crate) fn new(buckets: u16) -> Self {
        Self {
            format: LAKE_FORMAT,
            written_by: String::new(),
            generation: 0,
            buckets,
            adds: Vec::new(),
            columns: BTreeMap::new(),
            files: Vec::new(),
        }
    }

    /// Puts the manifest in the place of the one before, in one step.
    pub(crate) fn publish(&self, root: &Path) -> Result<(), LakeError> {
        let path = root.join(MANIFEST);
        let fresh = root.join(format!(".{MANIFEST}.new"));
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| LakeError::Bug(format!("manifest: {e}")))?;
        write_through(&fresh, &bytes)?;
        std::fs::rename(&fresh, &path).map_err(|e| LakeError::disk(&path, e))?;
        sync_folder(root)
    }
}

/// Writes a small file and waits until the disk has it.
pub(crate) fn write_through(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| LakeError::disk(path, e))
}

/// Waits until the disk has these files and the names of them and of their folders. Asked for at the end, most of it has
/// long been written; asked for file by file, each waits for a turn of the disk.
pub(crate) fn sync_all<'a>(root: &Path, paths: impl Iterator<Item = &'a str>) -> Result<(), LakeError> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let path = root.join(path);
        File::open(&path).and_then(|file| file.sync_all()).map_err(|e| LakeError::disk(&path, e))?;
        folders.extend(path.ancestors().skip(1).take_while(|folder| *folder != root).map(Path::to_path_buf));
    }
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

/// Waits until the disk has the names in a folder.
fn sync_folder(folder: &Path) -> Result<(), LakeError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| LakeError::disk(folder, e))
}

pub(crate) fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bucket of a person: part of the format, so a hash of our own, FNV-1a of 64 bits, mixed once more
/// because numbers that differ in their last digit only must spread.
pub(crate) fn bucket_of(psn_no: &str, buckets: u16) -> u16 {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = psn_no.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, fnv);
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    u16::try_from(mixed % u64::from(buckets.max(1))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_even_and_do_not_move() {
        let mut counts = [0_u32; 8];
        for n in 0..8000 {
            counts[usize::from(bucket_of(&format!("P{n:08}"), 8))] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        // The format: a lake written by an earlier build must find its persons.
        assert_eq!((bucket_of("P00000001", 64), bucket_of("", 64)), (50, 20));
    }
}
