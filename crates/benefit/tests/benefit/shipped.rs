//! The shipped packages: they compile, and every example beside them is reproduced to the fen.

use benefit::{Packages, Policies, run_cases};
use std::path::{Path, PathBuf};

fn policy_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy")
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let leaf = path.file_name().unwrap().to_str().unwrap();
        let inner = if name.is_empty() { leaf.to_owned() } else { format!("{name}/{leaf}") };
        if path.is_dir() {
            collect(&path, &inner, files);
        } else {
            files.push((inner, std::fs::read(&path).unwrap()));
        }
    }
}

/// Every file under `policy/`.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    collect(&policy_folder(), "", &mut files);
    files
}

/// The shipped packages.
pub fn packages() -> Packages {
    let files = files();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Packages::read(&files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn every_example_of_the_shipped_law_is_reproduced() {
    let packages = packages();
    let policies = Policies::compile(&packages).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let outcomes = run_cases(&packages, &policies).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.differences.is_empty())
        .map(|outcome| format!("{}:{} {}: {}", outcome.file, outcome.line, outcome.id, outcome.differences.join("; ")))
        .collect();
    assert_eq!(failed, Vec::<String>::new());
    assert!(outcomes.len() > 200, "{} examples", outcomes.len());
}
