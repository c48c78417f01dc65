//! The bedside held against the batch audit, over a generated city made worse (I8).
//!
//! Every visit is taken to its end twice. The batch judges the person as the intake reads him, with what began before that
//! end, and without what the settlement of the visit makes known. The bedside is told the visit as a 3102 tells it (columns that
//! no message carries left out), knows the visit as it was uploaded and the earlier ones from the history, and judges. Both must
//! find the same of the visit, sentence and fen. Then the audit of the whole year is asked too: where it says something else,
//! later care is the reason, and the rule must be known for that. At last the visit's orders are asked about one after the
//! other as a 3101 does: what was told must still stand at the end.

#[path = "strangers.rs"]
mod strangers;
#[path = "telling.rs"]
mod telling;

use audit::{Auditor, Library, Registers, Switches};
use bedside::{Adviser, Between, History, Inquiry, KeptVisit, Line, Stage};
use model::{CareSetting, CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, Finding, PersonCase, Stamp, Text};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strangers::Strangers;

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Outcome {
    pub visits: usize,
    pub lines: usize,
    /// Findings of the batch, by rule.
    pub findings: BTreeMap<String, usize>,
    /// SHA-256 over the findings of the batch, and over those of the bedside.
    pub batch: String,
    pub bedside: String,
    /// Findings that one of them has alone, by side and rule.
    pub differing: BTreeMap<String, usize>,
    /// Findings that only one of the bedside at discharge and the audit of the whole year has, by side and rule.
    pub later: BTreeMap<String, usize>,
    /// Orders asked about, reminders told, and those that the end cleared, by rule.
    pub orders: usize,
    pub told: usize,
    pub cleared: BTreeMap<String, usize>,
}

impl Outcome {
    /// Findings of the batch.
    pub fn found(&self) -> usize {
        self.findings.values().sum()
    }

    /// Whether both found the same, and what came to differ rests on facts that came later.
    pub fn is_the_same(&self) -> bool {
        let explained = |rule: &String, between| bedside::becomes_known(rule, between).is_some();
        let of_the_year = |sided: &String| sided.strip_prefix("year ").map(str::to_owned);
        self.batch == self.bedside
            && self.differing.is_empty()
            && self.cleared.keys().all(|rule| explained(rule, Between::OrderAndDischarge))
            && self
                .later
                .keys()
                .all(|sided| of_the_year(sided).is_some_and(|rule| explained(&rule, Between::DischargeAndYear)))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Makes a city of so many persons and compares at most so many visits.
pub fn compare(library: &Library, persons: u32, seed: u64, visits_max: usize) -> Outcome {
    let (folder, temp) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files: Vec<(&str, Vec<u8>)> =
        testkit::INPUT_FILES.iter().map(|name| (*name, std::fs::read(root().join(name)).unwrap())).collect();
    let inputs: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let options =
        testkit::CityOptions { persons, seed, violations: testkit::Profile::Heavy, ..testkit::CityOptions::default() };
    testkit::generate(&options, &inputs, folder.path(), &mut |_| {}).unwrap();
    let options = lake::Options { temp: temp.path().to_owned(), threads: 1, from: None, until: None };
    let prepared = lake::open(folder.path()).unwrap().prepare(options, &lake::Silent).unwrap();
    let institutions = Adviser::institutions(prepared.institutions().to_vec());
    let registers = Registers::new(&institutions, prepared.staff());
    let selection = library.select(&[], |_, _| true).unwrap();
    let mut judge = Judge {
        library,
        adviser: Adviser::new(library, ("test", b"seal"), &registers, &institutions),
        auditor: Auditor::new(library, &selection, &registers),
        outcome: Outcome::default(),
        hashes: [Sha256::new(), Sha256::new()],
    };
    let adviser = &judge.adviser;
    judge.auditor.choose(|rule| adviser.speaks(rule, Stage::During));
    let mut strangers = Strangers::default();
    for slice in 0..prepared.slices() {
        prepared
            .read_slice(slice, library, &mut |case| {
                if judge.outcome.visits < visits_max {
                    judge.person(&strangers.visit(case, library), visits_max);
                }
            })
            .unwrap();
    }
    let [batch, bedside] = judge.hashes.map(|hash| format!("{:x}", hash.finalize()));
    Outcome { batch, bedside, ..judge.outcome }
}

struct Judge<'l> {
    library: &'l Library,
    adviser: Adviser<'l>,
    auditor: Auditor<'l>,
    outcome: Outcome,
    hashes: [Sha256; 2],
}

impl Judge<'_> {
    fn person(&mut self, case: &PersonCase, visits_max: usize) {
        let mut year = Vec::new();
        self.auditor.audit(case, &mut year);
        for visit in 0..case.visits.len() {
            if self.outcome.visits < visits_max && !case.visits[visit].reversed {
                self.visit(case, visit, &year);
            }
        }
    }

    fn visit(&mut self, whole: &PersonCase, index: usize, year: &[Finding]) {
        let id = whole.text(whole.visits[index].mdtrt_id).to_owned();
        let mut case = until(whole, end_of(whole, index));
        let index = case.visits.iter().position(|visit| case.text(visit.mdtrt_id) == id).unwrap();
        // Who paid what is not known before the settlement, to neither of them.
        let visit = &mut case.visits[index];
        (visit.fund_paid, visit.account_paid, visit.cash_paid) = (None, None, None);
        let mut findings = Vec::new();
        self.auditor.audit(&case, &mut findings);
        let batch = self.described(findings.iter().filter(|finding| finding.mdtrt_id == id));

        let mut history = History::default();
        for at in 0..case.visits.len() {
            let told = telling::visit(&case, at);
            let told = if at == index { telling::unsettled(told) } else { told };
            history.keep(told.id.clone(), Arc::new(KeptVisit::of(&told, self.library)));
        }
        let mut inquiry = telling::inquiry(&case, index, Stage::During);
        let advice = self.adviser.advise(&inquiry, &history, &Switches::default()).unwrap();
        let found = advice.reminders.into_iter().map(|reminder| reminder.finding);
        let found: Vec<Finding> = found.filter(|finding| finding.mdtrt_id == id).collect();
        let bedside = self.described(&found);
        self.outcome.visits += 1;
        self.outcome.lines += case.lines_of(index as u32).len();
        batch.iter().for_each(|line| *self.outcome.findings.entry(rule_of(line)).or_default() += 1);
        for (hash, lines) in self.hashes.iter_mut().zip([&batch, &bedside]) {
            lines.iter().for_each(|line| hash.update(line.as_bytes()));
        }
        count(&mut self.outcome.differing, ("batch", &batch), ("bedside", &bedside));
        let year = self.described(year.iter().filter(|finding| finding.mdtrt_id == id));
        count(&mut self.outcome.later, ("year", &year), ("bedside", &bedside));
        self.orders(&mut inquiry, &history, &found);
    }

    /// Asks about the visit's orders one after the other; what is told must be found at the end too.
    fn orders(&mut self, inquiry: &mut Inquiry, history: &History, at_the_end: &[Finding]) {
        let lines = std::mem::take(&mut inquiry.visits[0].lines);
        let mut history = history.clone();
        history.forget(&inquiry.current);
        inquiry.stage = Stage::Before;
        if inquiry.visits[0].setting == CareSetting::Inpatient {
            inquiry.visits[0].ends_at = None;
        }
        let mut moments: Vec<Stamp> = lines.iter().map(|line| line.at).collect();
        moments.dedup();
        // Of a long stay the first orders and the last.
        let asked = moments.iter().take(4).chain(moments.iter().skip(4).next_back());
        for moment in asked {
            let written = lines.iter().filter(|line| line.at <= *moment);
            inquiry.visits[0].lines =
                written.map(|line| Line { current: line.at == *moment, ..line.clone() }).collect();
            let advice = self.adviser.advise(inquiry, &history, &Switches::default()).unwrap();
            self.outcome.orders += 1;
            for told in advice.reminders.iter().filter(|told| told.visit == inquiry.current) {
                if !self.adviser.speaks(told.finding.rule, Stage::During) {
                    continue;
                }
                self.outcome.told += 1;
                let stands = at_the_end.iter().any(|finding| {
                    (finding.rule, &finding.feedetl_sn) == (told.finding.rule, &told.finding.feedetl_sn)
                });
                if !stands {
                    *self.outcome.cleared.entry(told.rule.clone()).or_default() += 1;
                }
            }
        }
    }

    fn described<'f>(&self, findings: impl IntoIterator<Item = &'f Finding>) -> Vec<String> {
        let describe = |finding: &Finding| {
            let rule = self.library.rules().get(finding.rule as usize).map_or("", |rule| rule.id.as_str());
            format!(
                "{rule}|{}|{}|{}|{}|{}\n",
                self.library.finding_id(finding),
                finding.cnt_over,
                finding.amount,
                finding.counted,
                finding.evidence
            )
        };
        let mut lines: Vec<String> = findings.into_iter().map(describe).collect();
        lines.sort();
        lines
    }
}

fn rule_of(described: &str) -> String {
    described.split('|').next().unwrap_or_default().to_owned()
}

/// Counts what one side has alone.
fn count(counts: &mut BTreeMap<String, usize>, one: (&str, &[String]), other: (&str, &[String])) {
    for ((side, mine), (_, theirs)) in [(one, other), (other, one)] {
        for line in mine.iter().filter(|line| !theirs.contains(line)) {
            *counts.entry(format!("{side} {}", rule_of(line))).or_default() += 1;
        }
    }
}

fn end_of(case: &PersonCase, visit: usize) -> Stamp {
    let known = case.visits[visit].ends_at.unwrap_or(case.visits[visit].begins_at);
    case.lines[case.lines_of(visit as u32)].iter().map(|line| line.at).fold(known, Stamp::max)
}

/// The person with the visits that began by a moment.
fn until(case: &PersonCase, end: Stamp) -> PersonCase {
    let mut cut = PersonCase::default();
    let mut person = case.person;
    for text in [&mut person.psn_no, &mut person.kind, &mut person.special_kind, &mut person.insured_area] {
        *text = cut.keep(case.text(*text));
    }
    (person.family, person.employer) = (Text::default(), Text::default());
    cut.person = person;
    for (at, visit) in case.visits.iter().enumerate().filter(|(_, visit)| visit.begins_at <= end) {
        let (from, to) = (at as u32, cut.visits.len() as u32);
        let mut moved: CaseVisit = *visit;
        moved.texts().into_iter().for_each(|text| *text = cut.keep(case.text(*text)));
        cut.visits.push(moved);
        for line in &case.lines[case.lines_of(from)] {
            let mut moved = CaseLine { visit: to, ..*line };
            moved.texts().into_iter().for_each(|text| *text = cut.keep(case.text(*text)));
            cut.lines.push(moved);
        }
        for diagnosis in case.diagnoses_of(from) {
            let code = cut.keep(case.text(diagnosis.code));
            cut.diagnoses.push(CaseDiagnosis { visit: to, code, ..*diagnosis });
        }
        for procedure in case.procedures_of(from) {
            let code = cut.keep(case.text(procedure.code));
            cut.procedures.push(CaseProcedure { visit: to, code, ..*procedure });
        }
    }
    cut.put_in_order();
    cut
}
