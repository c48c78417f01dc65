//! A changed rule tried on claims that are already there, beside the rule in force.
//!
//! Slice by slice: the persons of a slice are judged by the library in force and by the one with the changed rule, only this
//! rule running, and what both found is compared before the next slice is read. So memory holds one slice, whatever the size
//! of the claims. Sums are over all; the cases shown are a sample that nobody chooses: those whose keys hash lowest.

use audit::{Auditor, Library, Registers, Selection, StockFlow};
use lake::{Lake, LakeError, Options, Persons, Prepared, Silent};
use model::{Day, Fen, Finding, PersonCase, Quantity, Severity};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use utoipa::ToSchema;

/// Cases shown of each kind.
const SAMPLE: usize = 20;
/// Lines between two looks at whether the test is still wanted.
const STRIDE: u64 = 5_000;

/// How far a back-test has come, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Watch {
    /// Set by whoever does not want it any more.
    pub cancelled: AtomicBool,
    /// Lines judged, by both libraries.
    pub done: AtomicU64,
    /// Of so many, about.
    pub total: AtomicU64,
}

/// Why a back-test came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The claims cannot be read.
    #[error("理赔数据无法读取：{0}")]
    Claims(String),
    /// The changed rule does not run on them.
    #[error("修订后的规则在这份数据上不能运行：{0}")]
    Idle(String),
    /// It was not wanted any more.
    #[error("已取消")]
    Cancelled,
}

impl From<lake::LakeError> for Fault {
    fn from(error: lake::LakeError) -> Self {
        Self::Claims(error.to_string())
    }
}

/// What is judged by what.
pub struct Trial<'a> {
    /// Claims folder or lake.
    pub claims: &'a Path,
    /// The library in force.
    pub current: &'a Library,
    /// The one with the changed rule.
    pub revised: &'a Library,
    /// Id of the rule.
    pub rule: &'a str,
    /// What became of findings of this rule, by visit and line: whether they stood.
    pub decided: &'a HashMap<(String, String), bool>,
}

/// Findings and their money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sum {
    /// Findings
    pub hits: u64,
    /// 涉及金额
    pub amount_fen: i64,
}

impl Sum {
    fn add(&mut self, amount: Fen) {
        self.hits += 1;
        self.amount_fen += amount.0;
    }
}

/// What the change does, in sums: `before` + `added` − `removed` = `after` in hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// By the rule in force
    pub before: Sum,
    /// By the changed rule
    pub after: Sum,
    /// Found by the changed rule only
    pub added: Sum,
    /// Found by the rule in force only
    pub removed: Sum,
    /// Found by both with other figures; the money is what the changed rule says
    pub changed: Sum,
}

/// An institution's part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstitutionChange {
    /// 定点医药机构编号
    pub institution: String,
    /// 名称
    pub institution_name: String,
    /// Visits judged
    pub visits: u64,
    /// Sums
    pub change: Change,
}

/// One case of the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SampledCase {
    /// `added`, `removed`, `changed`
    pub kind: String,
    /// 定点医药机构编号
    pub institution: String,
    /// 名称
    pub institution_name: String,
    /// 就诊ID
    pub visit: String,
    /// 费用明细流水号; empty when the visit is at fault
    pub line: String,
    /// Day of the fact
    pub on: String,
    /// What the rule in force says
    pub before: Option<SampledSide>,
    /// What the changed rule says
    pub after: Option<SampledSide>,
    /// Whether a finding about it stood; absent when none was decided
    pub upheld: Option<bool>,
}

/// What one of the two rules says of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SampledSide {
    /// 涉及金额
    pub amount_fen: i64,
    /// Why
    pub evidence: String,
}

/// Findings of one kind that were decided before, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Known {
    /// Stood
    pub upheld: u64,
    /// Did not
    pub reversed: u64,
}

impl Known {
    fn add(&mut self, upheld: Option<bool>) {
        match upheld {
            Some(true) => self.upheld += 1,
            Some(false) => self.reversed += 1,
            None => {}
        }
    }
}

/// What a back-test found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// Persons judged
    pub persons: u64,
    /// Visits judged
    pub visits: u64,
    /// Charge lines judged
    pub lines: u64,
    /// First day of a visit
    pub from: Option<String>,
    /// Last day of a visit's begin
    pub to: Option<String>,
    /// Sums
    pub change: Change,
    /// Of removed findings, those decided before
    pub removed_known: Known,
    /// Of findings that stay, those decided before
    pub kept_known: Known,
    /// By institution, most changed money first
    pub institutions: Vec<InstitutionChange>,
    /// Sampled cases
    pub sample: Vec<SampledCase>,
}

/// What of a finding both libraries are compared by, and told.
#[derive(Debug, Clone)]
struct Hit {
    institution: String,
    visit: String,
    line: String,
    /// Knowledge point, of what is about no visit.
    subject: String,
    on: Day,
    related: String,
    quantity: Quantity,
    amount: Fen,
    severity: Severity,
    evidence: String,
}

impl Hit {
    fn of(finding: Finding, severity: Severity) -> Self {
        let subject = if finding.mdtrt_id.is_empty() { finding.knowledge_point_id } else { String::new() };
        Self {
            subject,
            institution: finding.fixmedins_code,
            visit: finding.mdtrt_id,
            line: finding.feedetl_sn,
            related: finding.related_feedetl_sn,
            on: finding.occurred_on,
            quantity: finding.cnt_over,
            amount: finding.amount,
            severity,
            evidence: finding.evidence,
        }
    }

    /// What it is about.
    fn key(&self) -> (&str, &str, &str, &str, Day) {
        (&self.institution, &self.visit, &self.line, &self.subject, self.on)
    }

    fn figures(&self) -> (Quantity, Fen, Severity, &str) {
        (self.quantity, self.amount, self.severity, &self.related)
    }

    fn side(&self) -> SampledSide {
        SampledSide { amount_fen: self.amount.0, evidence: self.evidence.clone() }
    }
}

/// Judges the claims by both libraries.
///
/// # Errors
/// The claims cannot be read, the changed rule does not run on them, or nobody wants to know any more.
pub fn run(trial: &Trial<'_>, watch: &Watch) -> Result<Outcome, Fault> {
    let temp = tempfile::tempdir().map_err(|error| Fault::Claims(error.to_string()))?;
    let prepared = prepare(trial.claims, temp.path())?;
    let selected = |library: &Library| {
        let only = [trial.rule.to_owned()];
        library.select(&only, |table, column| prepared.has_column(table, column)).unwrap_or_default()
    };
    let (before, after) = (selected(trial.current), selected(trial.revised));
    if after.running() == 0 {
        let why = after.inactive().iter().find(|inactive| inactive.rule_id == trial.rule);
        return Err(Fault::Idle(why.map_or_else(|| "不在规则库中".to_owned(), |why| why.reason.clone())));
    }
    watch.total.store(prepared.line_count() * 2, Ordering::Relaxed);
    let registers = Registers::new(prepared.institutions(), prepared.staff());
    let mut sides = [
        Side::new(trial.current, &before, &registers, &prepared),
        Side::new(trial.revised, &after, &registers, &prepared),
    ];
    let mut tally = Tally::new(trial.decided);
    for slice in 0..prepared.slices() {
        let mut found = Vec::with_capacity(2);
        for (number, side) in sides.iter_mut().enumerate() {
            found.push(side.slice(slice, watch, (number == 1).then_some(&mut tally))?);
        }
        let (after, before) = (found.pop().unwrap_or_default(), found.pop().unwrap_or_default());
        tally.compare(before, after);
    }
    let [before, after] = sides.map(|side| side.stock_hits());
    tally.compare(before, after);
    Ok(tally.finish(&prepared))
}

fn prepare(claims: &Path, temp: &Path) -> Result<Prepared, Fault> {
    let options = Options { temp: temp.to_path_buf(), threads: 1, from: None, until: None };
    // A lake is known by its manifest; everything else is a folder of tables.
    match Lake::open(claims) {
        Err(LakeError::NoLake(_)) => Ok(lake::open(claims)?.prepare(options, &Silent)?),
        lake => Ok(lake?.prepare(options, Persons::All)?),
    }
}

/// One of the two libraries at work.
struct Side<'a> {
    library: &'a Library,
    selection: &'a Selection,
    auditor: Auditor<'a>,
    sold: StockFlow<'a>,
    prepared: &'a Prepared,
}

impl<'a> Side<'a> {
    fn new(
        library: &'a Library,
        selection: &'a Selection,
        registers: &'a Registers<'a>,
        prepared: &'a Prepared,
    ) -> Self {
        let auditor = Auditor::new(library, selection, registers);
        Self { library, selection, auditor, sold: StockFlow::new(prepared.stock()), prepared }
    }

    /// What is found of the persons of a slice. Who passes by is counted once, by the second library.
    fn slice(&mut self, slice: usize, watch: &Watch, mut tally: Option<&mut Tally<'_>>) -> Result<Vec<Hit>, Fault> {
        let Self { library, selection, auditor, sold, prepared } = self;
        let (mut findings, mut hits, mut seen) = (Vec::new(), Vec::new(), 0_u64);
        if selection.running() == 0 {
            return Ok(hits);
        }
        let mut sink = |case: &mut PersonCase| {
            if watch.cancelled.load(Ordering::Relaxed) {
                return;
            }
            if let Some(tally) = &mut tally {
                tally.see(case);
            }
            auditor.audit(case, &mut findings);
            sold.add(case);
            hits.extend(findings.drain(..).map(|finding| hit(library, finding)));
            seen += case.lines.len() as u64;
            if seen >= STRIDE {
                watch.done.fetch_add(seen, Ordering::Relaxed);
                seen = 0;
            }
        };
        prepared.read_slice(slice, *library, &mut sink)?;
        watch.done.fetch_add(seen, Ordering::Relaxed);
        if watch.cancelled.load(Ordering::Relaxed) { Err(Fault::Cancelled) } else { Ok(hits) }
    }

    fn stock_hits(self) -> Vec<Hit> {
        self.sold.findings(self.library, self.selection).into_iter().map(|finding| hit(self.library, finding)).collect()
    }
}

fn hit(library: &Library, finding: Finding) -> Hit {
    let rule = library.rules().get(finding.rule as usize);
    Hit::of(finding, rule.map_or(Severity::Suspicious, |rule| rule.severity))
}

/// What is known so far.
struct Tally<'a> {
    decided: &'a HashMap<(String, String), bool>,
    outcome: Outcome,
    first: Option<Day>,
    last: Option<Day>,
    institutions: BTreeMap<String, InstitutionChange>,
    /// By kind, then by hash of the key: the lowest few.
    sample: [BTreeMap<u64, SampledCase>; 3],
}

const KINDS: [&str; 3] = ["added", "removed", "changed"];

impl<'a> Tally<'a> {
    fn new(decided: &'a HashMap<(String, String), bool>) -> Self {
        Self {
            decided,
            outcome: Outcome::default(),
            first: None,
            last: None,
            institutions: BTreeMap::new(),
            sample: Default::default(),
        }
    }

    fn see(&mut self, case: &PersonCase) {
        self.outcome.persons += 1;
        self.outcome.visits += case.visits.len() as u64;
        self.outcome.lines += case.lines.len() as u64;
        for visit in &case.visits {
            let day = visit.begins_at.day();
            self.first = Some(self.first.map_or(day, |first| first.min(day)));
            self.last = Some(self.last.map_or(day, |last| last.max(day)));
            self.institution(case.text(visit.fixmedins_code)).visits += 1;
        }
    }

    fn institution(&mut self, code: &str) -> &mut InstitutionChange {
        self.institutions.entry(code.to_owned()).or_default()
    }

    /// Walks both lists side by side, in the order of their keys.
    fn compare(&mut self, mut before: Vec<Hit>, mut after: Vec<Hit>) {
        let order = |one: &Hit, other: &Hit| {
            one.key().cmp(&other.key()).then_with(|| (one.quantity, one.amount).cmp(&(other.quantity, other.amount)))
        };
        before.sort_by(order);
        after.sort_by(order);
        let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
        loop {
            let side = match (before.peek(), after.peek()) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) => old.key().cmp(&new.key()),
            };
            let old = if side.is_le() { before.next() } else { None };
            let new = if side.is_ge() { after.next() } else { None };
            self.take(old, new);
        }
    }

    /// One finding, of the rule in force, of the changed one, or of both.
    fn take(&mut self, old: Option<Hit>, new: Option<Hit>) {
        let Some(told) = old.as_ref().or(new.as_ref()) else { return };
        let upheld = self.decided.get(&(told.visit.clone(), told.line.clone())).copied();
        let (code, kind) = match (&old, &new) {
            (Some(old), Some(new)) if old.figures() == new.figures() => (old.institution.clone(), None),
            (Some(old), Some(_)) => (old.institution.clone(), Some(2)),
            (Some(old), None) => (old.institution.clone(), Some(1)),
            _ => (told.institution.clone(), Some(0)),
        };
        match (&old, &new) {
            (Some(_), None) => self.outcome.removed_known.add(upheld),
            (Some(_), Some(_)) => self.outcome.kept_known.add(upheld),
            _ => {}
        }
        let add = |change: &mut Change| {
            if let Some(old) = &old {
                change.before.add(old.amount);
            }
            if let Some(new) = &new {
                change.after.add(new.amount);
            }
            match kind {
                Some(0) => change.added.add(told.amount),
                Some(1) => change.removed.add(told.amount),
                Some(_) => change.changed.add(new.as_ref().map_or(Fen::ZERO, |new| new.amount)),
                None => {}
            }
        };
        add(&mut self.outcome.change);
        add(&mut self.institutions.entry(code).or_default().change);
        if let Some(kind) = kind {
            self.sampled(kind, told, (old.as_ref(), new.as_ref()), upheld);
        }
    }

    fn sampled(&mut self, kind: usize, told: &Hit, (old, new): (Option<&Hit>, Option<&Hit>), upheld: Option<bool>) {
        let (Some(sample), Some(word)) = (self.sample.get_mut(kind), KINDS.get(kind)) else { return };
        let digest = Sha256::digest(format!("{:?}", told.key()));
        let place = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        if sample.len() >= SAMPLE && sample.last_key_value().is_some_and(|(last, _)| *last <= place) {
            return;
        }
        let case = SampledCase {
            kind: (*word).to_owned(),
            institution: told.institution.clone(),
            institution_name: String::new(),
            visit: told.visit.clone(),
            line: told.line.clone(),
            on: told.on.to_string(),
            before: old.map(Hit::side),
            after: new.map(Hit::side),
            upheld,
        };
        sample.insert(place, case);
        if sample.len() > SAMPLE {
            sample.pop_last();
        }
    }

    fn finish(self, prepared: &Prepared) -> Outcome {
        let named: HashMap<&str, &str> =
            prepared.institutions().iter().map(|known| (known.code.as_str(), known.name.as_str())).collect();
        let name = |code: &str| named.get(code).copied().unwrap_or(code).to_owned();
        let mut outcome = self.outcome;
        outcome.from = self.first.map(|day| day.to_string());
        outcome.to = self.last.map(|day| day.to_string());
        let all = self.institutions.into_iter().map(|(code, row)| InstitutionChange {
            institution_name: name(&code),
            institution: code,
            ..row
        });
        outcome.institutions = all.filter(|row| row.change != Change::default()).collect();
        outcome.institutions.sort_by_key(|row| {
            let moved = row.change.added.amount_fen + row.change.removed.amount_fen + row.change.changed.amount_fen;
            (std::cmp::Reverse((moved, row.change.after.hits)), row.institution.clone())
        });
        let cases = self.sample.into_iter().flat_map(BTreeMap::into_values);
        outcome.sample = cases.map(|case| SampledCase { institution_name: name(&case.institution), ..case }).collect();
        outcome
    }
}
