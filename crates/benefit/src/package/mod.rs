//! Policy packages as written: areas, schemes, tiers, dated values, each with its source.
//!
//! [`Packages::read`] takes the files of `policy/` and reports every mistake at once, with file, line and
//! key. What the values mean for a day is [`crate::compile`]'s; nothing is resolved here.

mod area;
mod condition;
mod overlay;
mod scheme;
mod value;

pub(crate) use area::{Area, Index, Layer, Opening};
pub(crate) use scheme::{Base, LawDay, Lawful, Measure, Per, Programme, Rounding, Scheme, TierText};
pub(crate) use value::{CapText, Source, Value, ValueRow};

use area::Register;
use datafile::Problem;
use model::Day;
use sha2::{Digest, Sha256};

/// The folder of upper-level values that hold for every scheme.
pub(crate) const ALL_SCHEMES: &str = "all";
/// The file of published and own examples beside the values.
pub(crate) const CASES_FILE: &str = "cases.toml";

/// Open vocabularies, the same for all packages.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Special groups (`person.special`).
    pub special: Vec<String>,
    /// Supplements (`person.supplements`).
    pub supplements: Vec<String>,
}

/// A temporary policy: values above everything else, for a time.
#[derive(Debug, Clone)]
pub(crate) struct Overlay {
    pub(crate) title: String,
    pub(crate) areas: Vec<String>,
    pub(crate) schemes: Vec<String>,
    pub(crate) from: Day,
    pub(crate) until: Option<Day>,
    pub(crate) items: Vec<OverlayItem>,
    pub(crate) values: Vec<ValueRow>,
}

/// An item that an overlay classes otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayItem {
    /// National code.
    pub item: String,
    /// What it is called.
    pub name: String,
    /// `A`, `B` or `C`.
    pub class: char,
}

/// Everything under `policy/`, read and checked file by file.
#[derive(Debug, Clone)]
pub struct Packages {
    pub(crate) words: Words,
    pub(crate) openings: Vec<Opening>,
    pub(crate) areas: Vec<Area>,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) overlays: Vec<Overlay>,
    /// `<area>/<scheme>/cases.toml` as text, for the case runner.
    pub(crate) cases: Vec<(String, String)>,
    /// `lawful.toml`, for the monotonicity check.
    pub(crate) lawful: Vec<Lawful>,
    pub(crate) hash: String,
}

impl Packages {
    /// Reads the files of a policy folder, named relative to it.
    ///
    /// # Errors
    /// Every mistake of every file.
    pub fn read(files: &[(&str, &[u8])]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut texts = Vec::new();
        for &(name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".toml")) {
            match std::str::from_utf8(bytes) {
                Ok(text) => texts.push((name, text)),
                Err(_) => problems.push(Problem {
                    file: format!("policy/{name}"),
                    line: 0,
                    key: String::new(),
                    message: "不是 UTF-8 文本；请另存为 UTF-8".into(),
                }),
            }
        }
        texts.sort_unstable();
        let register = Register::read(&texts, &mut problems);
        let schemes = scheme::read_all(&texts, &register, &mut problems);
        let overlays = overlay::read_overlays(&texts, &register, &mut problems);
        let lawful = overlay::read_lawful(&texts, &mut problems);
        if !problems.is_empty() {
            problems.sort();
            return Err(problems);
        }
        let cases = texts.iter().filter(|(name, _)| name.ends_with(CASES_FILE));
        Ok(Self {
            cases: cases.map(|&(name, text)| (format!("policy/{name}"), text.to_owned())).collect(),
            words: register.words,
            openings: register.openings,
            areas: register.areas,
            schemes,
            overlays,
            lawful,
            hash: hash_of(files),
        })
    }

    /// SHA-256 over names and contents: the policy part of a receipt (I10).
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The open vocabularies.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// The documents that rows of an area may name: its own, its province's, the nation's.
    #[must_use]
    pub fn document_ids(&self, area: &str) -> Vec<&str> {
        let documents = self.lineage(area).into_iter().flat_map(|area| &area.documents);
        documents.map(|document| document.id.as_str()).collect()
    }

    pub(crate) fn area(&self, code: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.code == code)
    }

    /// The area, its province, the nation: the most local first.
    pub(crate) fn lineage(&self, code: &str) -> Vec<&Area> {
        let mut lineage = Vec::new();
        let mut next = self.area(code);
        while let Some(area) = next {
            if lineage.len() > 3 {
                break;
            }
            lineage.push(area);
            next = area.parent.as_deref().and_then(|parent| self.area(parent));
        }
        lineage
    }
}

fn hash_of(files: &[(&str, &[u8])]) -> String {
    let mut sorted: Vec<_> = files.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    for (name, bytes) in sorted {
        hash.update(name.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
