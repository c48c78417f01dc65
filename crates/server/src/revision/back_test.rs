//! A changed rule tried on claims that are already there, beside the rule in force.
//!
//! Slice by slice: the persons of a slice are judged by the libraries in force and by those with the changed rule, only this
//! rule running, and what both found is compared before the next slice is read. So memory holds one slice, whatever the size
//! of the claims. As in care, an institution is judged by the parameters of its area; what is found where the rule is switched
//! off or into the shadow is told apart, because nobody hears it there.
//!
//! Where to look next: `places` for areas and switches, `tally` for the comparison, `outcome` for what is told.

mod outcome;
mod places;
mod tally;

pub use outcome::Outcome;
pub use places::Places;

use audit::{Auditor, Library, Registers, Selection, StockFlow};
use lake::{Lake, LakeError, Options, Persons, Prepared, Silent};
use model::{Finding, PersonCase, Severity};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tally::{Hit, Tally};

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
    /// The libraries in force.
    pub current: Judges<'a>,
    /// Those with the changed rule.
    pub revised: Judges<'a>,
    /// Areas known of institutions, parameters and switches; what the claims say of areas is added.
    pub places: Places<'a>,
    /// What became of findings of this rule, by visit and line: whether they stood.
    pub decided: &'a HashMap<(String, String), bool>,
}

/// The libraries that judge on one side.
pub struct Judges<'a> {
    /// With the parameters of everywhere.
    pub everywhere: &'a Library,
    /// Of the areas that gave the rule values of their own.
    pub areas: BTreeMap<&'a str, &'a Library>,
}

/// Judges the claims by both sides.
///
/// # Errors
/// The claims cannot be read, the changed rule does not run on them, or nobody wants to know any more.
pub fn run(mut trial: Trial<'_>, watch: &Watch) -> Result<Outcome, Fault> {
    let temp = tempfile::tempdir().map_err(|error| Fault::Claims(error.to_string()))?;
    let prepared = prepare(trial.claims, temp.path())?;
    for known in prepared.institutions() {
        trial.places.areas.entry(known.code.clone()).or_insert_with(|| known.area.clone());
    }
    let (before, after) = (selected(&trial.current, &trial, &prepared), selected(&trial.revised, &trial, &prepared));
    if !after.iter().any(|bench| bench.selection.running() > 0) {
        let mut idle = after.iter().flat_map(|bench| bench.selection.inactive());
        let why = idle.find(|inactive| inactive.rule_id == trial.places.rule);
        return Err(Fault::Idle(why.map_or_else(|| "不在规则库中".to_owned(), |why| why.reason.clone())));
    }
    watch.total.store(prepared.line_count() * 2, Ordering::Relaxed);
    let registers = Registers::new(prepared.institutions(), prepared.staff());
    let side = |benches| Side::new(benches, &trial.places, &registers, &prepared);
    let mut sides = [side(&before), side(&after)];
    let mut tally = Tally::new(trial.decided, &trial.places);
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

/// A library, the area whose parameters it has, and the one rule that runs.
struct Bench<'a> {
    area: Option<&'a str>,
    library: &'a Library,
    selection: Selection,
}

fn selected<'a>(judges: &Judges<'a>, trial: &Trial<'_>, prepared: &Prepared) -> Vec<Bench<'a>> {
    let only = [trial.places.rule.to_owned()];
    let bench = |area, library: &'a Library| {
        let selection = library.select(&only, |table, column| prepared.has_column(table, column)).unwrap_or_default();
        Bench { area, library, selection }
    };
    let own = judges.areas.iter().map(|(area, library)| bench(Some(*area), library));
    [bench(None, judges.everywhere)].into_iter().chain(own).collect()
}

/// One of the two sides at work.
struct Side<'a> {
    judges: Vec<(&'a Bench<'a>, Auditor<'a>)>,
    places: &'a Places<'a>,
    sold: StockFlow<'a>,
    prepared: &'a Prepared,
}

impl<'a> Side<'a> {
    fn new(
        benches: &'a [Bench<'a>],
        places: &'a Places<'a>,
        registers: &'a Registers<'a>,
        prepared: &'a Prepared,
    ) -> Self {
        let judge = |bench: &'a Bench<'a>| (bench, Auditor::new(bench.library, &bench.selection, registers));
        let judges = benches.iter().map(judge).collect();
        Self { judges, places, sold: StockFlow::new(prepared.stock()), prepared }
    }

    /// What is found of the persons of a slice. Who passes by is counted once, by the second side.
    fn slice(&mut self, slice: usize, watch: &Watch, mut tally: Option<&mut Tally<'_>>) -> Result<Vec<Hit>, Fault> {
        let Self { judges, places, sold, prepared } = self;
        let (mut findings, mut hits, mut seen) = (Vec::new(), Vec::new(), 0_u64);
        let Some(book) = judges.iter().find(|(bench, _)| bench.selection.running() > 0).map(|(bench, _)| bench.library)
        else {
            return Ok(hits);
        };
        let mut sink = |case: &mut PersonCase| {
            if watch.cancelled.load(Ordering::Relaxed) {
                return;
            }
            if let Some(tally) = &mut tally {
                tally.see(case);
            }
            // A person who went to several areas is judged by each, and each keeps what is its institutions'.
            for (bench, auditor) in judges.iter_mut() {
                let is_here = |institution: &str| places.own_area(institution) == bench.area;
                if case.visits.iter().any(|visit| is_here(case.text(visit.fixmedins_code))) {
                    auditor.audit(case, &mut findings);
                    let own = findings.drain(..).filter(|finding: &Finding| is_here(&finding.fixmedins_code));
                    hits.extend(own.map(|finding| hit(bench.library, finding)));
                }
            }
            sold.add(case);
            seen += case.lines.len() as u64;
            if seen >= STRIDE {
                watch.done.fetch_add(seen, Ordering::Relaxed);
                seen = 0;
            }
        };
        prepared.read_slice(slice, book, &mut sink)?;
        watch.done.fetch_add(seen, Ordering::Relaxed);
        if watch.cancelled.load(Ordering::Relaxed) { Err(Fault::Cancelled) } else { Ok(hits) }
    }

    fn stock_hits(self) -> Vec<Hit> {
        let Self { judges, places, sold, .. } = self;
        let found = judges.iter().flat_map(|(bench, _)| {
            let all = sold.findings(bench.library, &bench.selection).into_iter();
            let own = all.filter(|finding| places.own_area(&finding.fixmedins_code) == bench.area);
            own.map(|finding| hit(bench.library, finding))
        });
        found.collect()
    }
}

fn hit(library: &Library, finding: Finding) -> Hit {
    let rule = library.rules().get(finding.rule as usize);
    Hit::of(finding, rule.map_or(Severity::Suspicious, |rule| rule.severity))
}
