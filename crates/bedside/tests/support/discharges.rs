//! The bedside held against the batch audit, over a generated city (I8).
//!
//! Every visit is taken to its end twice. The batch judges the person as the intake reads him, with what began before that
//! end. The bedside is told the visit as a 3102 tells it (columns that no message carries left out), knows the visit as it was
//! uploaded and the earlier ones from the history, and judges. Both must find the same of the visit, sentence and fen.
//! Then the visit's orders are asked about one after the other as a 3101 does: what was told must still stand at the end.

use audit::{Auditor, Library, Registers, Switches};
use bedside::{Adviser, Diagnosis, History, Inquiry, KeptVisit, Line, Operation, Patient, Stage, Visit};
use model::{CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, Finding, PersonCase, Stamp, Text};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Outcome {
    pub visits: usize,
    pub lines: usize,
    pub findings: usize,
    /// SHA-256 over the findings of the batch, and over those of the bedside.
    pub batch: String,
    pub bedside: String,
    /// Visits of which both do not find the same, by the rules that differ.
    pub differing: BTreeMap<String, usize>,
    /// Orders asked about, reminders told, and those that the end cleared, by rule.
    pub orders: usize,
    pub told: usize,
    pub cleared: BTreeMap<String, usize>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Makes a city of so many persons and compares at most so many visits.
pub fn compare(library: &Library, persons: u32, seed: u64, visits_max: usize) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<(&str, Vec<u8>)> =
        testkit::INPUT_FILES.iter().map(|name| (*name, std::fs::read(root().join(name)).unwrap())).collect();
    let inputs: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let options =
        testkit::CityOptions { persons, seed, violations: testkit::Profile::Heavy, ..testkit::CityOptions::default() };
    testkit::generate(&options, &inputs, folder.path(), &mut |_| {}).unwrap();
    let temp = tempfile::tempdir().unwrap();
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
    for slice in 0..prepared.slices() {
        prepared
            .read_slice(slice, library, &mut |case| {
                for visit in 0..case.visits.len() {
                    if judge.outcome.visits < visits_max && !case.visits[visit].reversed {
                        judge.visit(case, visit);
                    }
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
    fn visit(&mut self, whole: &PersonCase, index: usize) {
        let id = whole.text(whole.visits[index].mdtrt_id).to_owned();
        let end = end_of(whole, index);
        let case = until(whole, end);
        let index = case.visits.iter().position(|visit| case.text(visit.mdtrt_id) == id).unwrap();
        let mut findings = Vec::new();
        let adviser = &self.adviser;
        self.auditor.choose(|rule| adviser.speaks(rule, Stage::During));
        self.auditor.audit(&case, &mut findings);
        findings.retain(|finding| finding.mdtrt_id == id);
        let batch = self.described(&findings);

        let mut history = History::default();
        for (at, visit) in case.visits.iter().enumerate() {
            let mut told = told(&case, at);
            if at == index {
                before_settlement(&mut told);
            }
            history.keep(case.text(visit.mdtrt_id).to_owned(), Arc::new(KeptVisit::of(&told, self.library)));
        }
        let mut inquiry = inquiry(&case, index, Stage::During);
        let advice = self.adviser.advise(&inquiry, &history, &Switches::default()).unwrap();
        let found = advice.reminders.into_iter().map(|reminder| reminder.finding);
        let found: Vec<Finding> = found.filter(|finding| finding.mdtrt_id == id).collect();
        let bedside = self.described(&found);
        self.outcome.visits += 1;
        self.outcome.lines += case.lines_of(index as u32).len();
        self.outcome.findings += batch.len();
        for (hash, lines) in self.hashes.iter_mut().zip([&batch, &bedside]) {
            lines.iter().for_each(|line| hash.update(line.as_bytes()));
        }
        let one_sided = |one: &[String], other: &[String], side: &str| -> Vec<String> {
            let only = one.iter().filter(|line| !other.contains(line));
            only.map(|line| format!("{side} {}", line.split('|').next().unwrap_or_default())).collect()
        };
        for rule in one_sided(&batch, &bedside, "batch").into_iter().chain(one_sided(&bedside, &batch, "bedside")) {
            *self.outcome.differing.entry(rule).or_default() += 1;
        }
        self.orders(&mut inquiry, &history, &found);
    }

    /// Asks about the visit's orders one after the other; what is told must be found at the end too.
    fn orders(&mut self, inquiry: &mut Inquiry, history: &History, at_the_end: &[Finding]) {
        let lines = std::mem::take(&mut inquiry.visits[0].lines);
        let mut history = history.clone();
        history.forget(&inquiry.current);
        inquiry.stage = Stage::Before;
        if inquiry.visits[0].setting == model::CareSetting::Inpatient {
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

    fn described(&self, findings: &[Finding]) -> Vec<String> {
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
        let mut lines: Vec<String> = findings.iter().map(describe).collect();
        lines.sort();
        lines
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

/// What a hospital asks of a visit that is the last of the case's: the columns that a message carries.
fn inquiry(case: &PersonCase, index: usize, stage: Stage) -> Inquiry {
    let person = &case.person;
    let mut visit = told(case, index);
    before_settlement(&mut visit);
    visit.discharge_way = 0;
    visit.diagnoses.iter_mut().for_each(|diagnosis| diagnosis.kind = 0);
    for line in &mut visit.lines {
        *line = Line {
            performing_department: String::new(),
            order: String::new(),
            route: String::new(),
            procedure: String::new(),
            trace_codes: String::new(),
            in_scope: None,
            refund_of: String::new(),
            take_home: false,
            self_declared_unpayable: false,
            piece_use: 0,
            ..std::mem::take(line)
        };
    }
    Inquiry {
        stage,
        scenes: Vec::new(),
        rules: Vec::new(),
        patient: Patient {
            id: case.text(person.psn_no).to_owned(),
            sex: person.sex,
            born_on: person.born_on,
            died_on: person.died_on,
            insurance: person.insurance,
            kind: case.text(person.kind).to_owned(),
            special_kind: case.text(person.special_kind).to_owned(),
            area: case.text(person.insured_area).to_owned(),
        },
        current: visit.id.clone(),
        visits: vec![visit],
    }
}

/// What nobody knows before a visit is settled.
fn before_settlement(visit: &mut Visit) {
    visit.fund_paid = None;
    visit.account_paid = None;
    visit.cash_paid = None;
    visit.in_scope = None;
    visit.settlement = String::new();
    visit.settled_at = None;
}

/// A visit of a case as it is told.
fn told(case: &PersonCase, index: usize) -> Visit {
    let visit = &case.visits[index];
    let text = |text: Text| case.text(text).to_owned();
    let line = |line: &CaseLine| Line {
        id: text(line.sn),
        current: true,
        item: text(line.code),
        name: text(line.name),
        at: line.at,
        quantity: line.quantity,
        price: line.price,
        amount: line.amount,
        prescription: text(line.prescription),
        doctor: text(line.doctor),
        billing_department: text(line.billing_department),
        performing_department: text(line.performing_department),
        order: text(line.order),
        route: text(line.route),
        procedure: text(line.procedure_code),
        trace_codes: text(line.trace_codes),
        in_scope: line.in_scope,
        refund_of: text(line.refund_of),
        list_type: line.list_type,
        charge_type: line.charge_type,
        supply_days: line.supply_days,
        take_home: line.take_home,
        self_declared_unpayable: line.self_declared_unpayable,
        piece_use: line.piece_use,
        charge_level: line.charge_level,
    };
    let diagnosis = |known: &CaseDiagnosis| Diagnosis {
        code: text(known.code),
        main: known.main,
        kind: known.kind,
        rank: known.rank,
    };
    let operation = |known: &CaseProcedure| Operation { code: text(known.code), at: known.at, main: known.main };
    Visit {
        id: text(visit.mdtrt_id),
        institution: text(visit.fixmedins_code),
        setting: visit.setting,
        care: text(visit.med_type),
        begins_at: visit.begins_at,
        ends_at: visit.ends_at,
        insurance: visit.insurance,
        maternal: visit.maternal,
        discharge_way: visit.discharge_way,
        admission_department: text(visit.admission_department),
        discharge_department: text(visit.discharge_department),
        doctor: text(visit.doctor),
        programme: text(visit.programme),
        treatment_area: text(visit.treatment_area),
        insured_area: text(visit.insured_area),
        total: visit.total,
        fund_paid: visit.fund_paid,
        account_paid: visit.account_paid,
        cash_paid: visit.cash_paid,
        self_funded: visit.self_funded,
        in_scope: visit.in_scope,
        settlement: text(visit.settlement),
        settled_at: visit.settled_at,
        reversed: visit.reversed,
        diagnoses: case.diagnoses_of(index as u32).iter().map(diagnosis).collect(),
        operations: case.procedures_of(index as u32).iter().map(operation).collect(),
        lines: case.lines[case.lines_of(index as u32)].iter().map(line).collect(),
        ..Visit::default()
    }
}
