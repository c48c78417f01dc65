//! Sets of diagnosis and procedure codes, as bits: "has the visit any diagnosis of the set" is one
//! look-up a diagnosis.
//!
//! Sets come from `knowledge/code_sets.csv` by prefix, so that a whole category is one row and new
//! extension codes are covered; rules may also write prefixes in their parameters.

use catalog::Catalogue;
use datafile::Problem;
use knowledge::{CodeSystem, Knowledge};
use rustc_hash::FxHashMap;

/// The handle of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SetId(pub(crate) u32);

/// Every named set.
#[derive(Debug, Default)]
pub struct CodeSets {
    by_name: FxHashMap<String, SetId>,
    titles: Vec<String>,
    bits: Vec<Vec<u64>>,
}

impl CodeSets {
    /// The reviewed sets of the knowledge, against the catalogue.
    pub fn of(knowledge: &Knowledge, catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Self {
        let mut sets = Self::default();
        for set in &knowledge.code_sets {
            let name = knowledge.text(set.id);
            for &prefix in &set.prefixes {
                let prefix = knowledge.text(prefix);
                let range = match set.system {
                    CodeSystem::Icd10 => catalogue.diagnoses_with_prefix(prefix),
                    CodeSystem::Icd9Cm3 => catalogue.procedures_with_prefix(prefix),
                    CodeSystem::Item => continue,
                };
                if range.is_empty() || prefix.is_empty() {
                    let message = format!("集合“{name}”的前缀“{prefix}”在目录中没有任何编码");
                    problems.push(Problem {
                        file: "knowledge/code_sets.csv".into(),
                        line: 0,
                        key: "code_prefix".into(),
                        message,
                    });
                    continue;
                }
                let id = sets.named_or_new(name, knowledge.text(set.title));
                sets.insert(id, range);
            }
        }
        sets
    }

    /// An unnamed set of diagnosis prefixes, as rules write them in their parameters.
    pub(crate) fn of_diagnoses(&mut self, prefixes: &[String], catalogue: &Catalogue) -> Result<Option<SetId>, String> {
        self.of_prefixes(prefixes, |prefix| catalogue.diagnoses_with_prefix(prefix))
    }

    /// An unnamed set of procedure prefixes.
    pub(crate) fn of_procedures(
        &mut self,
        prefixes: &[String],
        catalogue: &Catalogue,
    ) -> Result<Option<SetId>, String> {
        self.of_prefixes(prefixes, |prefix| catalogue.procedures_with_prefix(prefix))
    }

    fn of_prefixes(
        &mut self,
        prefixes: &[String],
        range: impl Fn(&str) -> std::ops::Range<u32>,
    ) -> Result<Option<SetId>, String> {
        if prefixes.is_empty() {
            return Ok(None);
        }
        let id = SetId(self.bits.len() as u32);
        self.bits.push(Vec::new());
        self.titles.push(prefixes.join("、"));
        for prefix in prefixes {
            let range = range(prefix);
            if range.is_empty() {
                return Err(format!("“{prefix}” 在目录中没有任何编码"));
            }
            self.insert(id, range);
        }
        Ok(Some(id))
    }

    fn named_or_new(&mut self, name: &str, title: &str) -> SetId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let id = SetId(self.bits.len() as u32);
        self.bits.push(Vec::new());
        self.titles.push(title.to_owned());
        self.by_name.insert(name.to_owned(), id);
        id
    }

    fn insert(&mut self, set: SetId, range: std::ops::Range<u32>) {
        let words = &mut self.bits[set.0 as usize];
        words.resize(words.len().max(range.end as usize / 64 + 1), 0);
        for code in range {
            words[code as usize / 64] |= 1 << (code % 64);
        }
    }

    /// The set of this name; `a+b` is the union of `a` and `b`, made when first asked for.
    pub(crate) fn named(&mut self, name: &str) -> Option<SetId> {
        if let Some(&id) = self.by_name.get(name) {
            return Some(id);
        }
        let parts: Option<Vec<SetId>> = name.split('+').map(|part| self.by_name.get(part.trim()).copied()).collect();
        let parts = parts.filter(|parts| parts.len() > 1)?;
        let title = parts.iter().map(|&part| self.title(part)).collect::<Vec<_>>().join("、");
        let mut union: Vec<u64> = Vec::new();
        for part in parts {
            let words = &self.bits[part.0 as usize];
            union.resize(union.len().max(words.len()), 0);
            union.iter_mut().zip(words).for_each(|(all, more)| *all |= more);
        }
        let id = self.named_or_new(name, &title);
        self.bits[id.0 as usize] = union;
        Some(id)
    }

    /// Every name, for messages.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.by_name.keys().map(String::as_str)
    }

    /// What the set is called in Chinese.
    pub(crate) fn title(&self, set: SetId) -> &str {
        self.titles.get(set.0 as usize).map_or("", String::as_str)
    }

    /// Whether the set holds the code (an index of the catalogue).
    pub(crate) fn contains(&self, set: SetId, code: u32) -> bool {
        let words = &self.bits[set.0 as usize];
        words.get(code as usize / 64).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }
}
