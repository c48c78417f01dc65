//! The files of a library: rules and knowledge tables as text, each known by the hash of its text.

use audit::Problem;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names and hashes: what a publication is, without its texts.
pub type Manifest = BTreeMap<String, String>;

/// A text and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    hash: String,
    text: Arc<str>,
}

/// Files by name, as a data folder names them: `rules/…/….md`, `knowledge/….csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Text>);

impl Files {
    /// Takes the files in; all that cannot belong to a library are named.
    ///
    /// # Errors
    /// A name outside `rules/` and `knowledge/`, or bytes that are no UTF-8.
    pub fn read(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, Vec<Problem>> {
        let (mut known, mut problems) = (Self::default(), Vec::new());
        for (name, bytes) in files {
            match String::from_utf8(bytes) {
                Ok(text) => known.add(name, text.into(), &mut problems),
                Err(_) => problems.push(problem(&name, "不是 UTF-8 文本；请另存为 UTF-8")),
            }
        }
        if problems.is_empty() { Ok(known) } else { Err(problems) }
    }

    pub(super) fn add(&mut self, name: String, text: Arc<str>, problems: &mut Vec<Problem>) {
        if !belongs(&name) {
            problems.push(problem(&name, "不属于规则库：只收 rules/ 下的 .md 与 knowledge/ 下的 .csv"));
        } else if text.contains('\0') {
            problems.push(problem(&name, "含有 U+0000 字符；请删去"));
        } else {
            self.0.insert(name, Text { hash: hash(&text), text });
        }
    }

    /// Names and hashes.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        self.0.iter().map(|(name, file)| (name.clone(), file.hash.clone())).collect()
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Arc<str>> {
        self.0.get(name).map(|file| &file.text)
    }

    /// Texts with their hashes.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.0.values().map(|file| (file.hash.as_str(), &file.text))
    }

    /// Files below a folder, named without it.
    pub(super) fn below<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s str, &'s str)> {
        self.0.iter().filter_map(move |(name, file)| Some((name.strip_prefix(folder)?, &*file.text)))
    }

    /// Rule files with their full names.
    pub(super) fn rules(&self) -> Vec<(String, String)> {
        let rules = self.0.iter().filter(|(name, _)| name.starts_with("rules/"));
        rules.map(|(name, file)| (name.clone(), file.text.to_string())).collect()
    }

    /// Whether both hold the same below a folder.
    pub(super) fn same_below(&self, other: &Self, folder: &str) -> bool {
        self.hashes_below(folder).eq(other.hashes_below(folder))
    }

    fn hashes_below<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s String, &'s String)> {
        let below = self.0.iter().filter(move |(name, _)| name.starts_with(folder));
        below.map(|(name, file)| (name, &file.hash))
    }

    /// Rule files that are new or other than before, by the id that their names carry.
    pub(super) fn rules_changed_since(&self, before: &Self) -> Vec<String> {
        let changed = self.0.iter().filter(|(name, file)| before.0.get(*name) != Some(file));
        changed.filter_map(|(name, _)| rule_of(name)).map(str::to_owned).collect()
    }
}

/// `rules/behaviour/dx-age-conflict.md` → `dx-age-conflict`.
fn rule_of(name: &str) -> Option<&str> {
    name.strip_prefix("rules/")?.rsplit('/').next()?.strip_suffix(".md")
}

fn belongs(name: &str) -> bool {
    let inside = !name.split('/').any(|part| part.is_empty() || part == ".." || part == ".");
    inside
        && ((name.starts_with("rules/") && name.ends_with(".md"))
            || (name.starts_with("knowledge/") && name.ends_with(".csv")))
}

pub(super) fn problem(file: &str, message: impl Into<String>) -> Problem {
    Problem { file: file.to_owned(), line: 0, key: String::new(), message: message.into() }
}

/// SHA-256, hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    fn read(files: &[(&str, &[u8])]) -> Result<Files, Vec<Problem>> {
        Files::read(files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())))
    }

    #[test]
    fn every_file_that_does_not_belong_is_named() {
        let problems = read(&[
            ("rules/a/one.md", b"x"),
            ("policy/310000/area.toml", b""),
            ("rules/../../etc/passwd.md", b""),
            ("knowledge/points.csv", b"\xff\xfe"),
            ("knowledge/codes.csv", b"a\0b"),
        ])
        .unwrap_err();
        let files: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        assert_eq!(
            files,
            ["policy/310000/area.toml", "rules/../../etc/passwd.md", "knowledge/points.csv", "knowledge/codes.csv"]
        );
    }

    #[test]
    fn a_changed_rule_is_known_by_its_file() {
        let before =
            read(&[("rules/a/one.md", b"1"), ("rules/a/two.md", b"2"), ("knowledge/points.csv", b"p")]).unwrap();
        let after = read(&[
            ("rules/a/one.md", b"1"),
            ("rules/b/two.md", b"2"),
            ("rules/a/three.md", b"3"),
            ("knowledge/points.csv", b"p"),
        ])
        .unwrap();
        assert_eq!(after.rules_changed_since(&before), ["three", "two"]);
        assert!(after.same_below(&before, "knowledge/") && !after.same_below(&before, "rules/"));
    }
}
