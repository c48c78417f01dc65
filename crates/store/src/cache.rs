//! Files that a lane saw lately, as its last batch left them.
//!
//! A lane alone writes its owners within this process, so that what it left is what is there, unless another process wrote
//! meanwhile. Both databases tell: PostgreSQL by the owner's version, which every transaction that writes for the owner
//! counts up under the lock; SQLite by its data version, which every other connection's commit changes. A file leaves the
//! cache when a batch takes it and comes back only after the commit: what failed is read again.

use crate::read::{Loaded, Wanted};
use agency::File;
use rustc_hash::FxHashMap;

/// Files of the younger and of the older half, each.
const FILES: usize = 512;
/// A file that holds more visits or lines than this keeps none: it is large, and read again when it is needed.
const VISITS: usize = 16;
const LINES: usize = 100;

/// Versions of owners; those of SQLite are all 0.
pub(crate) type Versions = FxHashMap<String, i64>;

/// A file with the version that it is of.
#[derive(Debug)]
struct Kept {
    file: File,
    version: i64,
}

/// Files by owner. When the younger half is full it becomes the older one, and what was in that is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    young: FxHashMap<String, Kept>,
    old: FxHashMap<String, Kept>,
    /// SQLite's data version of all of them.
    data_version: i64,
}

impl Cache {
    /// Forgets everything when the database was written by another connection since.
    pub(crate) fn trust(&mut self, data_version: i64) {
        if self.data_version != data_version {
            self.forget();
            self.data_version = data_version;
        }
    }

    /// Forgets everything.
    pub(crate) fn forget(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    /// Hands out files that are still true, and takes off what is wanted all that need not be read then.
    pub(crate) fn take(&mut self, wanted: &mut Wanted, versions: &Versions) -> FxHashMap<String, File> {
        let mut files = FxHashMap::default();
        for owner in wanted.owners() {
            let kept = self.young.remove(&owner).or_else(|| self.old.remove(&owner));
            let version = versions.get(&owner).copied().unwrap_or_default();
            if let Some(kept) = kept.filter(|kept| kept.version == version)
                && wanted.spare(&kept.file)
            {
                files.insert(owner, kept.file);
            }
        }
        files
    }

    /// Keeps what a committed batch left; `versions` are those after the commit.
    pub(crate) fn keep(&mut self, loaded: Loaded, versions: &Versions) {
        for (owner, mut file) in loaded.files {
            file.documents.clear();
            let lines: usize = file.uploads.iter().map(|upload| upload.charges.len()).sum();
            if file.visits.len() > VISITS || lines > LINES {
                file.visits.clear();
                file.uploads.clear();
                file.settlements.clear();
            }
            let version = versions.get(&owner).copied().unwrap_or_default();
            if self.young.len() >= FILES {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(owner, Kept { file, version });
        }
    }
}
