//! Static checks of a policy folder: what is wrong although every file reads and compiles.
//!
//! Compiling already refuses contradictions (two candidates for a slot on a day, slots not open to a level).
//! Here the compiled law is asked about every kind of case that its conditions tell apart: is there a value for
//! it on every day, are bands and caps in order, does a dearer hospital pay no more and a dearer bill no less.
//! Every problem names file, line and key.

mod grid;
mod monotone;
mod structure;
mod values;

use crate::package::Packages;
use crate::policy::Policies;
use datafile::Problem;
use std::collections::{BTreeMap, BTreeSet};

impl Policies {
    /// Everything that is wrong with the packages this was compiled from.
    #[must_use]
    pub fn check(&self, packages: &Packages) -> Vec<Problem> {
        let mut found = Found::default();
        structure::check(self, packages, &mut found);
        for (scheme, text) in self.schemes.iter().zip(packages.schemes.iter().filter(|scheme| scheme.whole)) {
            values::check(self, scheme, text, &mut found);
            monotone::check(self, scheme, text, packages, &mut found);
        }
        monotone::stale_exceptions(packages, &mut found);
        found.into_problems()
    }
}

/// Problems so far, each once.
#[derive(Default)]
struct Found {
    problems: BTreeSet<Problem>,
    /// Problems that many kinds of cases share: the first kind, and how many more.
    of_cases: BTreeMap<(String, usize, String), (String, usize)>,
    /// Which exceptions of `lawful.toml` were needed.
    exceptions: BTreeSet<usize>,
}

impl Found {
    fn report(&mut self, file: &str, line: usize, key: impl Into<String>, message: impl Into<String>) {
        self.problems.insert(Problem { file: file.to_owned(), line, key: key.into(), message: message.into() });
    }

    /// One of many kinds of cases for which the same value is missing.
    fn report_case(&mut self, file: &str, line: usize, key: String, message: impl FnOnce() -> String) {
        let entry = self.of_cases.entry((file.to_owned(), line, key)).or_insert_with(|| (message(), 0));
        entry.1 += 1;
    }

    fn into_problems(mut self) -> Vec<Problem> {
        for ((file, line, key), (message, count)) in std::mem::take(&mut self.of_cases) {
            let more = if count > 1 { format!("（另有 {} 类情形同此）", count - 1) } else { String::new() };
            self.report(&file, line, key, message + &more);
        }
        self.problems.into_iter().collect()
    }

    /// [`Self::report_case`] at a parameter.
    fn at_case(&mut self, policies: &Policies, parameter: u32, message: impl FnOnce() -> String) {
        let parameter = policies.parameter(parameter);
        let (file, line, slot) = (parameter.file.clone(), parameter.line, parameter.slot.clone());
        self.report_case(&file, line, slot, message);
    }

    /// At a parameter.
    fn at(&mut self, policies: &Policies, parameter: u32, message: impl Into<String>) {
        let parameter = policies.parameter(parameter);
        let (file, line, slot) = (parameter.file.clone(), parameter.line, parameter.slot.clone());
        self.report(&file, line, slot, message);
    }
}
