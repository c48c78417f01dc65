//! One person's facts in, findings out: one pass for all rules.
//!
//! Per line the engine makes one look-up (two for decoction pieces, which also go by name) and tests
//! the limits bound to the item; marks are gathered and handed to their rules when the visit and
//! then the person are complete. Buffers are reused, so a line without a finding allocates nothing.

use crate::code_sets::SetId;
use crate::detectors::PersonView;
use crate::hit::{Hit, Hits, NO_POINT, WHOLE_VISIT};
use crate::library::{Check, Library, Limit, Scope, Selection};
use crate::registers::Registers;
use crate::settle::settle;
use model::{
    Age, CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, Day, Fen, Finding, Institution, PersonCase, Quantity, Text,
    UNKNOWN_ITEM,
};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// A line that a rule wants to see again when the visit or person is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) rule: u16,
    pub(crate) line: u32,
    pub(crate) check: u32,
}

/// One visit, with everything a detector may ask of it.
pub(crate) struct View<'a> {
    pub(crate) case: &'a PersonCase,
    pub(crate) library: &'a Library,
    pub(crate) index: u32,
    pub(crate) visit: &'a CaseVisit,
    pub(crate) institution: &'a Institution,
    pub(crate) registers: &'a Registers<'a>,
    pub(crate) rule: u16,
    lines: std::ops::Range<usize>,
}

static NO_INSTITUTION: Institution = Institution {
    code: String::new(),
    name: String::new(),
    pharmacy: false,
    level: model::HospitalLevel::Unknown,
    area: String::new(),
    beds: None,
    internet: false,
};

impl<'a> View<'a> {
    pub(crate) fn new(
        case: &'a PersonCase,
        library: &'a Library,
        registers: &'a Registers<'a>,
        index: u32,
        rule: u16,
    ) -> Self {
        let visit = &case.visits[index as usize];
        Self {
            case,
            library,
            index,
            visit,
            institution: registers.institution(visit.institution).unwrap_or(&NO_INSTITUTION),
            registers,
            rule,
            lines: case.lines_of(index),
        }
    }

    /// The visit's lines with their indices in the case.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u32, &'a CaseLine)> + use<'a> {
        let case = self.case;
        self.lines.clone().map(move |index| (index as u32, &case.lines[index]))
    }

    pub(crate) fn line(&self, index: u32) -> &'a CaseLine {
        &self.case.lines[index as usize]
    }

    pub(crate) fn text(&self, text: Text) -> &'a str {
        self.case.text(text)
    }

    pub(crate) fn diagnoses(&self) -> &'a [CaseDiagnosis] {
        self.case.diagnoses_of(self.index)
    }

    /// Whether any diagnosis of the visit lies in the set; a code that the catalogue does not know lies in none.
    pub(crate) fn has_diagnosis_of(&self, set: SetId) -> bool {
        self.diagnoses().iter().any(|diagnosis| self.library.sets().contains(set, diagnosis.diagnosis))
    }

    pub(crate) fn procedures(&self) -> &'a [CaseProcedure] {
        self.case.procedures_of(self.index)
    }

    /// What the line is called: by the catalogue, else by the hospital, else its code.
    pub(crate) fn item_name(&self, line: &CaseLine) -> &'a str {
        let known = self.library.item_name(line.item);
        if !known.is_empty() {
            return known;
        }
        let named = self.text(line.name);
        if named.is_empty() { self.text(line.code) } else { named }
    }

    /// The person's age on a day; `None` without a date of birth.
    pub(crate) fn age_on(&self, day: Day) -> Option<Age> {
        self.case.person.born_on.map(|born| Age::on(born, day))
    }

    /// The money of the visit's lines.
    pub(crate) fn total(&self) -> Fen {
        self.lines().map(|(_, line)| line.amount).sum()
    }

    /// A hit on the whole of a line.
    pub(crate) fn whole_line(&self, index: u32, point: u32, evidence: String) -> Hit {
        let line = self.line(index);
        self.part_of_line(index, point, line.quantity, line.amount, evidence)
    }

    /// A hit on a part of a line.
    pub(crate) fn part_of_line(
        &self,
        index: u32,
        point: u32,
        quantity: Quantity,
        amount: Fen,
        evidence: String,
    ) -> Hit {
        Hit {
            rule: self.rule,
            visit: self.index,
            line: index,
            point,
            on: self.line(index).at.day(),
            quantity,
            amount,
            counted: Fen::ZERO,
            related: Vec::new(),
            evidence,
        }
    }

    /// A hit on the visit.
    pub(crate) fn whole_visit(
        &self,
        point: u32,
        quantity: Quantity,
        amount: Fen,
        related: Vec<u32>,
        evidence: String,
    ) -> Hit {
        Hit {
            rule: self.rule,
            visit: self.index,
            line: WHOLE_VISIT,
            point,
            on: self.visit.begins_at.day(),
            quantity,
            amount,
            counted: Fen::ZERO,
            related,
            evidence,
        }
    }
}

/// Judges persons, one after another. Each worker has its own.
pub struct Auditor<'l> {
    library: &'l Library,
    registers: &'l Registers<'l>,
    active: Vec<bool>,
    marks: Vec<Mark>,
    person_marks: Vec<Mark>,
    hits: Hits,
    /// Decoction pieces already looked up by the name a hospital gives them.
    pieces: FxHashMap<String, u32>,
}

impl<'l> Auditor<'l> {
    /// An auditor for the selected rules.
    #[must_use]
    pub fn new(library: &'l Library, selection: &Selection, registers: &'l Registers<'l>) -> Self {
        Self {
            library,
            registers,
            active: selection.active().to_vec(),
            marks: Vec::new(),
            person_marks: Vec::new(),
            hits: Hits::default(),
            pieces: FxHashMap::default(),
        }
    }

    /// Judges one person, whose facts must be in order, and appends the findings in an order that
    /// depends on the facts alone (I8).
    pub fn audit(&mut self, case: &PersonCase, findings: &mut Vec<Finding>) {
        self.hits.all.clear();
        self.person_marks.clear();
        for visit in 0..case.visits.len() as u32 {
            // A reversed settlement pays nothing: there is nothing to judge.
            if !case.visits[visit as usize].reversed {
                self.visit(case, visit);
            }
        }
        self.person(case);
        if self.hits.all.is_empty() {
            return;
        }
        self.hits.reduce();
        settle(case, &mut self.hits.all, |rule| self.library.rule(rule).severity);
        for hit in &self.hits.all {
            findings.push(self.finding(case, hit));
        }
    }

    /// Chooses the rules (by index) that run from now on.
    pub fn choose(&mut self, runs: impl Fn(u32) -> bool) {
        for (rule, active) in self.active.iter_mut().enumerate() {
            *active = runs(rule as u32);
        }
    }

    /// Judges one visit in the light of the person's others: the findings about it that [`Self::audit`] would make (I8),
    /// and those about other visits that lines of this one are part of; of the others nothing is counted. The facts must
    /// be in order.
    pub fn audit_visit(&mut self, case: &PersonCase, visit: u32, findings: &mut Vec<Finding>) {
        self.hits.all.clear();
        self.person_marks.clear();
        for other in 0..case.visits.len() as u32 {
            if case.visits[other as usize].reversed {
                continue;
            }
            if other == visit {
                self.visit(case, visit);
            } else {
                self.mark_for_person(case, other);
            }
        }
        self.person(case);
        let lines = case.lines_of(visit);
        let concerns =
            |hit: &Hit| hit.visit == visit || hit.related.iter().any(|line| lines.contains(&(*line as usize)));
        self.hits.all.retain(concerns);
        if self.hits.all.is_empty() {
            return;
        }
        self.hits.reduce();
        settle(case, &mut self.hits.all, |rule| self.library.rule(rule).severity);
        for hit in &self.hits.all {
            findings.push(self.finding(case, hit));
        }
    }

    /// Gathers what rules over the person's history want of a visit that is not judged itself.
    fn mark_for_person(&mut self, case: &PersonCase, visit: u32) {
        for index in case.lines_of(visit) {
            let line = &case.lines[index];
            if line.quantity.0 <= 0 {
                continue;
            }
            if line.item != UNKNOWN_ITEM {
                self.person_checks(index as u32, line, line.item);
            }
            if is_piece_line(case, line) {
                let named = self.piece(case.text(line.name), line.item);
                if named != UNKNOWN_ITEM && named != line.item {
                    self.person_checks(index as u32, line, named);
                }
            }
        }
    }

    fn person_checks(&mut self, index: u32, line: &CaseLine, item: u32) {
        let day = line.at.day().0;
        let (first, checks) = self.library.checks(item);
        for (offset, check) in checks.iter().enumerate() {
            let wanted = matches!(check.limit, Limit::Mark(Scope::Person, _));
            if wanted && day >= check.from && day < check.until && self.active[usize::from(check.rule)] {
                self.person_marks.push(Mark { rule: check.rule, line: index, check: first + offset as u32 });
            }
        }
    }

    fn visit(&mut self, case: &PersonCase, visit: u32) {
        self.marks.clear();
        let mut view = View::new(case, self.library, self.registers, visit, 0);
        for (index, line) in view.lines() {
            if line.quantity.0 <= 0 {
                continue;
            }
            if line.item != UNKNOWN_ITEM {
                self.checks(&mut view, index, line, line.item);
            }
            if is_piece(&view, line) {
                let named = self.piece(view.text(line.name), line.item);
                if named != UNKNOWN_ITEM && named != line.item {
                    self.checks(&mut view, index, line, named);
                }
            }
        }
        for &rule in self.library.every_visit() {
            if self.active[usize::from(rule)] {
                view.rule = rule;
                self.library.detector(rule).visit(&view, &[], &mut self.hits);
            }
        }
        if self.marks.is_empty() {
            return;
        }
        self.marks.sort_unstable_by_key(|mark| (mark.rule, mark.line, mark.check));
        for marks in self.marks.chunk_by(|a, b| a.rule == b.rule) {
            view.rule = marks[0].rule;
            self.library.detector(view.rule).visit(&view, marks, &mut self.hits);
        }
    }

    /// Tests what is bound to the item against one line.
    fn checks(&mut self, view: &mut View<'_>, index: u32, line: &CaseLine, item: u32) {
        let day = line.at.day().0;
        let (first, checks) = self.library.checks(item);
        for (offset, check) in checks.iter().enumerate() {
            if day < check.from || day >= check.until || !self.active[usize::from(check.rule)] {
                continue;
            }
            let mark = Mark { rule: check.rule, line: index, check: first + offset as u32 };
            match check.limit {
                Limit::Mark(Scope::Visit, _) => self.marks.push(mark),
                Limit::Mark(Scope::Person, _) => self.person_marks.push(mark),
                _ if violated(check, view, line) => {
                    view.rule = check.rule;
                    self.library.detector(check.rule).line(view, index, check, &mut self.hits);
                }
                _ => {}
            }
        }
    }

    fn person(&mut self, case: &PersonCase) {
        let mut view = PersonView::new(case, self.library, self.registers);
        for &rule in self.library.every_person() {
            if self.active[usize::from(rule)] {
                view.rule = rule;
                self.library.detector(rule).person(&view, &[], &mut self.hits);
            }
        }
        self.person_marks.sort_unstable_by_key(|mark| (mark.rule, mark.line, mark.check));
        for marks in self.person_marks.chunk_by(|a, b| a.rule == b.rule) {
            view.rule = marks[0].rule;
            self.library.detector(view.rule).person(&view, marks, &mut self.hits);
        }
    }

    /// The piece that a line names: by its own name, else by the name of its code.
    fn piece(&mut self, name: &str, item: u32) -> u32 {
        let name = if name.is_empty() { self.library.item_name(item) } else { name };
        if let Some(&known) = self.pieces.get(name) {
            return known;
        }
        let found = self.library.piece_named(name);
        self.pieces.insert(name.to_owned(), found);
        found
    }

    fn finding(&self, case: &PersonCase, hit: &Hit) -> Finding {
        let rule = self.library.rule(hit.rule);
        let visit = &case.visits[hit.visit as usize];
        let sn = |line: u32| case.text(case.lines[line as usize].sn);
        let line = (hit.line != WHOLE_VISIT).then(|| &case.lines[hit.line as usize]);
        let mut related: Vec<&str> = hit.related.iter().map(|&line| sn(line)).collect();
        related.sort_unstable();
        related.dedup();
        let doctor = line.map_or("", |line| case.text(line.doctor));
        let (point, basis) = if hit.point == NO_POINT {
            (String::new(), rule.basis_line())
        } else {
            (self.library.point_id(hit.point).to_owned(), self.library.point_basis(hit.point).to_owned())
        };
        Finding {
            rule: u32::from(hit.rule),
            psn_no: case.text(case.person.psn_no).to_owned(),
            mdtrt_id: case.text(visit.mdtrt_id).to_owned(),
            fixmedins_code: case.text(visit.fixmedins_code).to_owned(),
            orders_dr_code: if doctor.is_empty() { case.text(visit.doctor).to_owned() } else { doctor.to_owned() },
            occurred_on: hit.on,
            feedetl_sn: line.map_or("", |line| case.text(line.sn)).to_owned(),
            related_feedetl_sn: related.join(";"),
            cnt_over: hit.quantity,
            amount: hit.amount,
            counted: hit.counted,
            knowledge_point_id: point,
            basis,
            evidence: hit.evidence.clone(),
        }
    }
}

/// Whether the line is a decoction piece (by code or by charge type 10 中药饮片费).
pub(crate) fn is_piece(view: &View<'_>, line: &CaseLine) -> bool {
    is_piece_line(view.case, line)
}

fn is_piece_line(case: &PersonCase, line: &CaseLine) -> bool {
    line.charge_type == 10 || case.text(line.code).starts_with('T')
}

/// Whether a limit does not hold. What is unknown (sex, age, level) never violates anything.
fn violated(check: &Check, view: &View<'_>, line: &CaseLine) -> bool {
    let person = &view.case.person;
    match check.limit {
        Limit::Mark(..) => false,
        Limit::Always => true,
        Limit::Sex(only) => person.sex != model::Sex::Unknown && person.sex != only,
        Limit::Age(window) => {
            person.born_on.is_some_and(|born| !window.admits(Age::on(born, line.at.day()), person.sex, born))
        }
        Limit::Level(least) => {
            view.institution.level != model::HospitalLevel::Unknown && view.institution.level < least
        }
        Limit::Settings(allowed) => allowed & (1 << view.visit.setting as u8) == 0,
        Limit::Insurance(only) => view.visit.insurance.0 != 0 && view.visit.insurance.0 != only,
        Limit::Offline => view.institution.internet,
        Limit::Maternal { pregnant, lactating } => crate::detectors::maternal(view, pregnant, lactating),
        Limit::Needs(set) => {
            let diagnoses = view.diagnoses();
            // A visit that lists nothing, or something the catalogue does not know, decides nothing.
            !diagnoses.is_empty()
                && diagnoses
                    .iter()
                    .all(|d| d.diagnosis != model::UNKNOWN_CODE && !view.library.sets().contains(set, d.diagnosis))
        }
        Limit::Forbids(set) => view.has_diagnosis_of(set),
        Limit::Price(row) => {
            let ceiling = view.library.ceiling(row, view.institution.level);
            line.price.0 > ceiling
        }
    }
}

/// The stable id of a finding: hash of rule, version, person, visit, lines, and the day of the fact.
#[must_use]
pub(crate) fn finding_id(finding: &Finding, rule_id: &str, version: u32) -> String {
    let mut hash = Sha256::new();
    let version = version.to_string();
    let day = finding.occurred_on.to_string();
    // A visit names its institution; what is about no visit has only the institution to tell it apart.
    let institution = if finding.mdtrt_id.is_empty() { finding.fixmedins_code.as_str() } else { "" };
    for part in [
        rule_id,
        &version,
        &finding.psn_no,
        &finding.mdtrt_id,
        &finding.feedetl_sn,
        &finding.related_feedetl_sn,
        &day,
        &finding.knowledge_point_id,
    ] {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    hash.update(institution.as_bytes());
    let digest = hash.finalize();
    let mut id = String::with_capacity(24);
    for byte in &digest[..12] {
        id.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        id.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    id
}
