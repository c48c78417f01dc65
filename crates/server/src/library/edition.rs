//! An edition: files and settings, compiled.

use super::files::{Files, hash, hex, problem};
use super::kept::{Head, Settings, Values};
use audit::{Cases, Library, Mode, Problem, Rule, Sources, run_cases, with_settings};
use catalog::Catalogue;
use knowledge::Knowledge;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that an answer about rules rests on; it never changes.
pub struct Edition {
    version: String,
    head: Head,
    files: Files,
    catalogue: Arc<Catalogue>,
    knowledge: Arc<Knowledge>,
    library: Arc<Library>,
    /// Of areas with parameters of their own.
    areas: BTreeMap<String, Arc<Library>>,
}

impl Edition {
    /// What the program came with, without settings.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub(super) fn first(files: &Files, catalogue: &Arc<Catalogue>) -> Result<Self, Vec<Problem>> {
        let knowledge = Arc::new(read_knowledge(files)?);
        let library = compile(files.rules(), &knowledge, catalogue)?;
        let mut edition = Self {
            version: String::new(),
            head: Head::default(),
            files: files.clone(),
            catalogue: Arc::clone(catalogue),
            knowledge,
            library: Arc::new(library),
            areas: BTreeMap::new(),
        };
        edition.version = edition.version_of();
        Ok(edition)
    }

    /// The edition of these files under this head. What did not change is taken over from this one, not compiled again.
    ///
    /// # Errors
    /// Everything that is wrong in files and settings.
    pub(super) fn next(&self, files: Files, head: Head) -> Result<Self, Vec<Problem>> {
        let same_knowledge = files.same_below(&self.files, "knowledge/");
        let same_files = same_knowledge && files.same_below(&self.files, "rules/");
        let knowledge = if same_knowledge { Arc::clone(&self.knowledge) } else { Arc::new(read_knowledge(&files)?) };
        let rules = files.rules();
        let library = if same_files {
            Arc::clone(&self.library)
        } else {
            Arc::new(compile(rules.clone(), &knowledge, &self.catalogue)?)
        };
        let mut problems = unknown_rules(&head.settings, library.rules());
        let mut areas = BTreeMap::new();
        for (area, values) in head.settings.parameters.iter().filter(|(_, values)| !values.is_empty()) {
            let before = self.areas.get(area).filter(|_| self.head.settings.parameters.get(area) == Some(values));
            let own = match before.filter(|_| same_files) {
                Some(own) => Ok(Arc::clone(own)),
                None => compile(of_area(&rules, library.rules(), values), &knowledge, &self.catalogue).map(Arc::new),
            };
            match own {
                Ok(own) => drop(areas.insert(area.clone(), own)),
                Err(more) => problems.extend(more.into_iter().map(|mut problem| {
                    problem.file = format!("{}（{area} 的参数）", problem.file);
                    problem
                })),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let catalogue = Arc::clone(&self.catalogue);
        let mut edition = Self { version: String::new(), head, files, catalogue, knowledge, library, areas };
        edition.version = edition.version_of();
        Ok(edition)
    }

    /// Runs the cases that this edition may answer otherwise than the one before: all when knowledge changed, else those of
    /// changed rules. Gives how many ran.
    ///
    /// # Errors
    /// Every case that does not come out as it says.
    pub(super) fn try_cases(&self, before: &Self) -> Result<usize, Vec<Problem>> {
        let changed = self.files.rules_changed_since(&before.files);
        let outcomes = if !self.files.same_below(&before.files, "knowledge/") {
            run_cases(&self.library, &[])
        } else if changed.is_empty() {
            Vec::new()
        } else {
            run_cases(&self.library, &changed)
        };
        let failures = outcomes.iter().filter_map(|outcome| {
            let failure = outcome.failure.as_ref()?;
            Some(problem(&outcome.place, format!("用例“{}”不成立：{failure}", outcome.case)))
        });
        let failures: Vec<Problem> = failures.collect();
        if failures.is_empty() { Ok(outcomes.len()) } else { Err(failures) }
    }

    fn version_of(&self) -> String {
        let settings = serde_json::to_string(&self.head.settings).unwrap_or_default();
        let mut digest = Sha256::new();
        for (name, file) in self.files.manifest() {
            digest.update(name.as_bytes());
            digest.update(file.as_bytes());
        }
        digest.update(self.catalogue.hash().to_string().as_bytes());
        digest.update(hash(&settings).as_bytes());
        hex(&digest.finalize()).chars().take(16).collect()
    }

    /// 16 hexadecimal digits over rules, knowledge, catalogue and settings: the same for the same, on every machine.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Publication and settings.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The files it was compiled from.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The library as it judges in an area.
    #[must_use]
    pub fn library(&self, area: &str) -> &Arc<Library> {
        self.areas.get(area).unwrap_or(&self.library)
    }

    /// The knowledge that all its libraries share.
    #[must_use]
    pub fn knowledge(&self) -> &Arc<Knowledge> {
        &self.knowledge
    }

    /// How a rule speaks at an institution of an area.
    #[must_use]
    pub fn mode(&self, rule: &str, area: &str, institution: &str) -> Mode {
        self.head.settings.switches.mode(rule, area, institution)
    }
}

fn read_knowledge(files: &Files) -> Result<Knowledge, Vec<Problem>> {
    let tables: Vec<(&str, &[u8])> = files.below("knowledge/").map(|(name, text)| (name, text.as_bytes())).collect();
    Knowledge::read(&tables)
        .map_err(|problems| problems.iter().map(|found| problem("knowledge", found.to_string())).collect())
}

fn compile(
    rules: Vec<(String, String)>,
    knowledge: &Arc<Knowledge>,
    catalogue: &Arc<Catalogue>,
) -> Result<Library, Vec<Problem>> {
    Library::compile(&Sources {
        rules: &rules,
        knowledge: Arc::clone(knowledge),
        catalogue: Arc::clone(catalogue),
        cases: Cases::Required,
    })
}

/// The rule files as an area has them.
fn of_area(files: &[(String, String)], rules: &[Rule], values: &Values) -> Vec<(String, String)> {
    let own = |name: &str| {
        let rule = rules.iter().find(|rule| rule.file == name)?;
        values.get(&rule.id)
    };
    let text = |(name, text): &(String, String)| match own(name).and_then(|values| with_settings(text, values)) {
        Some(changed) => (name.clone(), changed),
        None => (name.clone(), text.clone()),
    };
    files.iter().map(text).collect()
}

/// Settings that speak of rules that are not there.
fn unknown_rules(settings: &Settings, rules: &[Rule]) -> Vec<Problem> {
    let named = settings.switches.iter().map(|switch| switch.rule.as_str());
    let set = settings.parameters.values().flat_map(|values| values.keys().map(String::as_str));
    let unknown = named.chain(set).filter(|id| !rules.iter().any(|rule| rule.id == **id));
    unknown
        .map(|id| {
            let near = model::nearest(id, rules.iter().map(|rule| rule.id.as_str()));
            let hint = near.map(|near| format!("，是否为 {near}？")).unwrap_or_default();
            problem("设置", format!("没有规则“{id}”{hint}发布前请先取消针对它的开关与参数"))
        })
        .collect()
}
