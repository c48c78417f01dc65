//! Results appear whole or not at all: they are made in a folder beside, which then takes the place of
//! the one before in one step.

use anyhow::{Context, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Results that nobody sees yet.
pub struct Publication {
    folder: TempDir,
    scratch: TempDir,
    out: PathBuf,
}

impl Publication {
    /// Begins results that will stand at `out`.
    pub fn begin(out: &Path) -> Result<Self> {
        let parent = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let shown = || format!("建不了结果目录 {}", out.display());
        std::fs::create_dir_all(parent).with_context(shown)?;
        let made = || tempfile::Builder::new().prefix(".yibao-").tempdir_in(parent);
        Ok(Self { folder: made().with_context(shown)?, scratch: made().with_context(shown)?, out: out.to_path_buf() })
    }

    /// Where the results are written.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where temporary files go; they vanish with the run.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Puts the results in their place.
    pub fn publish(self) -> Result<()> {
        let out = &self.out;
        let shown = || format!("写不了结果目录 {}", out.display());
        sync(self.folder.path()).with_context(shown)?;
        let fresh = self.folder.keep();
        if !out.exists() {
            return std::fs::rename(&fresh, out).with_context(shown);
        }
        let strangers = strangers(&fresh, out).with_context(shown)?;
        match renameat_with(CWD, &fresh, CWD, out, RenameFlags::EXCHANGE) {
            Ok(()) => {
                // What was ours before is now at `fresh`; what never was ours goes back.
                for name in strangers {
                    std::fs::rename(fresh.join(&name), out.join(&name)).with_context(shown)?;
                }
                std::fs::remove_dir_all(&fresh).with_context(shown)
            }
            // A mount point, or a file system that cannot exchange: file by file, the summary last.
            Err(_) => move_into(&fresh, out).with_context(shown),
        }
    }
}

/// Everything that an audit writes: other files in the folder are not ours to remove.
const OURS: [&str; 7] =
    ["findings.csv", "findings.parquet", "summary.json", "report.html", "report.xlsx", "rejects", "state"];

fn strangers(fresh: &Path, out: &Path) -> std::io::Result<BTreeSet<PathBuf>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(out)? {
        let name = PathBuf::from(entry?.file_name());
        if !OURS.iter().any(|ours| name == Path::new(ours)) && !fresh.join(&name).exists() {
            names.insert(name);
        }
    }
    Ok(names)
}

fn move_into(fresh: &Path, out: &Path) -> std::io::Result<()> {
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(fresh)? {
        names.push(entry?.file_name().into());
    }
    names.sort_by_key(|name| (name == Path::new("summary.json"), name.clone()));
    for name in names {
        let to = out.join(&name);
        if to.is_dir() {
            std::fs::remove_dir_all(&to)?;
        }
        std::fs::rename(fresh.join(&name), to)?;
    }
    std::fs::remove_dir(fresh)
}

/// Waits until the disk has every file.
fn sync(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    }

    #[test]
    fn results_take_the_place_of_earlier_ones_and_leave_other_files_alone() {
        let temp = tempfile::tempdir().unwrap();
        let out = temp.path().join("out");
        for round in ["one", "two"] {
            let publication = Publication::begin(&out).unwrap();
            write(publication.folder(), "findings.csv", round);
            if round == "one" {
                write(publication.folder(), "report.xlsx", round);
            }
            publication.publish().unwrap();
            write(&out, "notes.txt", "mine");
        }
        let read = |name| std::fs::read_to_string(out.join(name)).unwrap_or_default();
        assert_eq!([read("findings.csv"), read("report.xlsx"), read("notes.txt")], ["two", "", "mine"]);
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1, "nothing is left beside");
    }

    #[test]
    fn results_that_are_not_published_never_were() {
        let temp = tempfile::tempdir().unwrap();
        let out = temp.path().join("out");
        let publication = Publication::begin(&out).unwrap();
        write(publication.folder(), "findings.csv", "half");
        drop(publication);
        assert!(!out.exists());
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
    }
}
