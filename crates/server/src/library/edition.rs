//! An edition: files and settings, compiled.

use super::files::{Files, hash, hex, problem};
use super::kept::{Head, Settings, Values};
use super::trial::Trial;
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
    own: Libraries,
    /// Changed rules on trial, each with the libraries that hold it.
    trials: Vec<(Trial, Libraries)>,
}

/// The library, and those of areas with parameters of their own.
pub(crate) struct Libraries {
    everywhere: Arc<Library>,
    areas: BTreeMap<String, Arc<Library>>,
}

/// What a library is made of, beside rule files.
struct Making<'a> {
    knowledge: &'a Arc<Knowledge>,
    catalogue: &'a Arc<Catalogue>,
    parameters: &'a BTreeMap<String, Values>,
}

impl Edition {
    /// What the program came with, without settings.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub(super) fn first(files: &Files, catalogue: &Arc<Catalogue>) -> Result<Self, Vec<Problem>> {
        let knowledge = Arc::new(read_knowledge(files)?);
        let making = Making { knowledge: &knowledge, catalogue, parameters: &BTreeMap::new() };
        let own = making.libraries(&files.rules(), None)?;
        let mut edition = Self {
            version: String::new(),
            head: Head::default(),
            files: files.clone(),
            catalogue: Arc::clone(catalogue),
            knowledge,
            own,
            trials: Vec::new(),
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
        let parameters = &head.settings.parameters;
        let making = Making { knowledge: &knowledge, catalogue: &self.catalogue, parameters };
        let before = |libraries| same_files.then_some((libraries, &self.head.settings.parameters));
        let own = making.libraries(&rules, before(&self.own))?;
        let mut problems = unknown_rules(&head.settings, own.everywhere.rules());
        let mut trials = Vec::new();
        for trial in &head.settings.trials {
            let known = self.trials.iter().find(|(known, _)| (&known.file, &known.text) == (&trial.file, &trial.text));
            match making.libraries(&with_file(&rules, trial), known.and_then(|(_, libraries)| before(libraries))) {
                Ok(libraries) => trials.push((trial.clone(), libraries)),
                Err(more) => problems.extend(more.into_iter().map(|mut problem| {
                    problem.file = format!("{}（试行的第 {} 号修订）", problem.file, trial.revision);
                    problem
                })),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let catalogue = Arc::clone(&self.catalogue);
        let mut edition = Self { version: String::new(), head, files, catalogue, knowledge, own, trials };
        edition.version = edition.version_of();
        Ok(edition)
    }

    /// The libraries as they would judge, everywhere and in areas with parameters of their own, with another text for a rule.
    ///
    /// # Errors
    /// Everything that is wrong in them.
    pub(crate) fn with_rule(&self, file: &str, text: &str) -> Result<Libraries, Vec<Problem>> {
        let parameters = &self.head.settings.parameters;
        let making = Making { knowledge: &self.knowledge, catalogue: &self.catalogue, parameters };
        making.libraries(&with_text(&self.files.rules(), file, text), None)
    }

    /// The libraries as published.
    pub(crate) fn libraries(&self) -> &Libraries {
        &self.own
    }

    /// Runs the cases that this edition may answer otherwise than the one before: all when knowledge changed, else those of
    /// changed rules. Gives how many ran.
    ///
    /// # Errors
    /// Every case that does not come out as it says.
    pub(super) fn try_cases(&self, before: &Self) -> Result<usize, Vec<Problem>> {
        let changed = self.files.rules_changed_since(&before.files);
        let outcomes = if !self.files.same_below(&before.files, "knowledge/") {
            run_cases(&self.own.everywhere, &[])
        } else if changed.is_empty() {
            Vec::new()
        } else {
            run_cases(&self.own.everywhere, &changed)
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

    /// The library as published, as it judges in an area.
    #[must_use]
    pub fn library(&self, area: &str) -> &Arc<Library> {
        self.own.of(area)
    }

    /// The library as it judges at an institution: with a changed rule that was released to it.
    #[must_use]
    pub fn library_at(&self, area: &str, institution: &str) -> &Arc<Library> {
        let released = self.trials.iter().find(|(trial, _)| trial.is_released_to(institution));
        released.map_or(&self.own, |(_, libraries)| libraries).of(area)
    }

    /// Changed rules in the shadow, with the library of an area that holds each.
    pub fn shadows<'s>(&'s self, area: &'s str) -> impl Iterator<Item = (&'s Trial, &'s Arc<Library>)> {
        let shadows = self.trials.iter().filter(|(trial, _)| trial.is_shadow());
        shadows.map(move |(trial, libraries)| (trial, libraries.of(area)))
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

impl Libraries {
    /// The one that judges in an area; that of everywhere for an area without parameters of its own, and for "".
    pub(crate) fn of(&self, area: &str) -> &Arc<Library> {
        self.areas.get(area).unwrap_or(&self.everywhere)
    }
}

impl Making<'_> {
    /// Compiles rule files, for everywhere and for areas with parameters of their own. Libraries of the same files, with the
    /// parameters they were compiled under, are taken over where these did not change.
    fn libraries(
        &self,
        rules: &[(String, String)],
        before: Option<(&Libraries, &BTreeMap<String, Values>)>,
    ) -> Result<Libraries, Vec<Problem>> {
        let everywhere = match before {
            Some((libraries, _)) => Arc::clone(&libraries.everywhere),
            None => Arc::new(compile(rules.to_vec(), self.knowledge, self.catalogue)?),
        };
        let (mut areas, mut problems) = (BTreeMap::new(), Vec::new());
        for (area, values) in self.parameters.iter().filter(|(_, values)| !values.is_empty()) {
            let same = before.filter(|(_, parameters)| parameters.get(area) == Some(values));
            let own = match same.and_then(|(libraries, _)| libraries.areas.get(area)) {
                Some(own) => Ok(Arc::clone(own)),
                None => {
                    compile(of_area(rules, everywhere.rules(), values), self.knowledge, self.catalogue).map(Arc::new)
                }
            };
            match own {
                Ok(own) => drop(areas.insert(area.clone(), own)),
                Err(more) => problems.extend(more.into_iter().map(|mut problem| {
                    problem.file = format!("{}（{area} 的参数）", problem.file);
                    problem
                })),
            }
        }
        if problems.is_empty() { Ok(Libraries { everywhere, areas }) } else { Err(problems) }
    }
}

/// The rule files with that of a trial in its place.
fn with_file(rules: &[(String, String)], trial: &Trial) -> Vec<(String, String)> {
    with_text(rules, &trial.file, &trial.text)
}

fn with_text(rules: &[(String, String)], file: &str, text: &str) -> Vec<(String, String)> {
    let others = rules.iter().filter(|(name, _)| name != file).cloned();
    others.chain([(file.to_owned(), text.to_owned())]).collect()
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
