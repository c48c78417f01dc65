//! The tables as shipped, for tests.

use knowledge::{Knowledge, Point, Problem, Source};
use std::path::{Path, PathBuf};

/// The folder of the tables.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge")
}

/// One table.
#[allow(dead_code, reason = "not every test file reads one")]
pub fn table(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("a shipped table")
}

/// Every table, named as `Knowledge::read` wants it.
pub fn tables() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for part in ["", "book", "derived", "reviewed", "assumed", "local", "examples"] {
        let Ok(entries) = std::fs::read_dir(folder().join(part)) else { continue };
        for path in entries.map(|entry| entry.expect("a folder entry").path()) {
            if path.extension().is_some_and(|extension| extension == "csv") {
                let file = path.file_name().expect("a file").to_string_lossy().into_owned();
                let name = if part.is_empty() { file } else { format!("{part}/{file}") };
                files.push((name, std::fs::read(&path).expect("readable")));
            }
        }
    }
    files
}

/// Reads tables.
pub fn read(files: &[(String, Vec<u8>)]) -> Result<Knowledge, Vec<Problem>> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let sources = [Source::Published, Source::Book, Source::Derived, Source::Assumed, Source::Local, Source::Example];
    Knowledge::read_sources(&files, &sources)
}

/// The library as shipped.
pub fn shipped() -> Knowledge {
    read(&tables())
        .unwrap_or_else(|problems| panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>()))
}

/// The published points of a rule.
#[allow(dead_code, reason = "not every test file asks")]
pub fn points_of<'k>(knowledge: &'k Knowledge, rule_id: &str) -> Vec<&'k Point> {
    let published = |point: &&Point| point.source == Source::Published && knowledge.text(point.rule_id) == rule_id;
    knowledge.points.iter().filter(published).collect()
}
