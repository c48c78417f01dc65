//! For tests and examples alone: the data files beside the crates, and the law compiled from them.
//!
//! The product packs these files into its binary (`crates/cli/src/data.rs`); a test of a crate below the binary reads them from
//! the repository instead. A file that cannot be read stops the test: nothing here returns an error.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use agency::Law;
use catalog::Catalogue;
use std::path::{Path, PathBuf};

/// Names relative to the folder, with contents, in name order.
pub type Files = Vec<(String, Vec<u8>)>;

/// All files below a folder of the repository: `policy`, `catalog`, `rules`, `knowledge`.
///
/// # Panics
/// A file cannot be read.
#[must_use]
pub fn files(folder: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found
}

fn collect(folder: &Path, root: &Path, found: &mut Files) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, root, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

/// Names and contents as the readers take them.
#[must_use]
pub fn named(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

/// The national catalogue.
///
/// # Panics
/// It does not read.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::read(&named(&files("catalog"))).unwrap_or_else(|problems| panic!("{} problems", problems.len()))
}

/// The law of all areas, as the server settles by it.
///
/// # Panics
/// It does not compile.
#[must_use]
pub fn law() -> Law {
    Law::read(&named(&files("policy")), catalogue()).unwrap_or_else(|fault| panic!("{fault:?}"))
}
