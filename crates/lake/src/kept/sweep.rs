//! Sweeping: files that no manifest names, left by an add that was killed or that took their place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use crate::LakeError;
use crate::tables::Table;

/// Removes what the manifest does not name, in our own folders only.
pub(crate) fn sweep(root: &Path, manifest: Option<&Manifest>) -> Result<(), LakeError> {
    let mut named: BTreeSet<PathBuf> = BTreeSet::new();
    if let Some(manifest) = manifest {
        named.extend(manifest.files.iter().map(|file| root.join(&file.path)));
        named.extend(manifest.adds.iter().map(|add| root.join(&add.changes)));
    }
    for table in Table::ALL {
        sweep_folder(&root.join(table.spec().name), &named)?;
    }
    sweep_folder(&root.join("changes"), &named)?;
    for entry in entries(root)? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with(".adding-") {
            std::fs::remove_dir_all(&entry).map_err(|e| LakeError::disk(&entry, e))?;
        }
    }
    Ok(())
}

fn sweep_folder(folder: &Path, named: &BTreeSet<PathBuf>) -> Result<(), LakeError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in entries(folder)? {
        if entry.is_dir() {
            sweep_folder(&entry, named)?;
            // A folder that is not empty stays.
            let _ = std::fs::remove_dir(&entry);
        } else if !named.contains(&entry) {
            std::fs::remove_file(&entry).map_err(|e| LakeError::disk(&entry, e))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let read = std::fs::read_dir(folder).map_err(|e| LakeError::disk(folder, e))?;
    read.map(|entry| entry.map(|entry| entry.path()).map_err(|e| LakeError::disk(folder, e))).collect()
}
