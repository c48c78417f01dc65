//! Judges inquiries, one after another, by the library and the engine of the audit (I8).
//!
//! Which rules speak is decided for each inquiry: those of its stage, that can know enough before a settlement exists, that
//! are asked for, and that the area has not switched off. While orders are still being written, a rule that accuses because
//! something is missing keeps silent: what is missing may be the next order; it speaks before settlement.

use crate::advice::{Advice, Reminder};
use crate::facts;
use crate::history::History;
use crate::inquiry::{Inquiry, Scene, Stage};
use crate::visit::Visit;
use audit::{Auditor, Grain, Library, Mode, Registers, Rule, Selection, Switches};
use model::{CareSetting, Finding, HospitalLevel, Institution, PersonCase};
use rustc_hash::{FxHashMap, FxHashSet};

/// What nobody knows before a settlement exists, and a message and the records never carry: a rule that needs it waits for
/// the year-end audit.
const NOT_YET: [&str; 14] = [
    "charge_lines.fund_amt",
    "charge_lines.upload_time",
    "procedures.anst_begntime",
    "procedures.anst_endtime",
    "persons.employer_no",
    "persons.family_no",
    "stock.purc_cnt",
    "visits.acct_pay",
    "visits.fund_pay_sumamt",
    "visits.overlmt_selfpay",
    "visits.preselfpay_amt",
    "visits.psn_cash_pay",
    "visits.setl_time",
    "visits.upload_time",
];

/// What no message says of a visit, only its upload: a rule that needs it speaks once every line asked about is uploaded, so that
/// nobody is accused of a trace code that was not asked for.
const UPLOADED_ONLY: [&str; 9] = [
    "charge_lines.acord_dept_codg",
    "charge_lines.drug_trac_codg",
    "charge_lines.dscg_tkdrug_flag",
    "charge_lines.hosp_appr_flag",
    "charge_lines.inscp_scp_amt",
    "charge_lines.medc_way_dscr",
    "charge_lines.oprn_oprt_code",
    "charge_lines.tcmdrug_used_way",
    "visits.dscg_way",
];

/// Detectors that accuse because something is missing or because the stay is as a whole what it is: another order may
/// clear it.
const CLEARED_BY_MORE: [&str; 6] = [
    "companion_required",
    "partner_required",
    "prescription_required",
    "set_subset",
    "empty_stay_days",
    "test_heavy_stay",
];

/// Judges inquiries. Each worker has its own.
pub struct Adviser<'l> {
    library: &'l Library,
    version: String,
    seal: Vec<u8>,
    auditor: Auditor<'l>,
    institutions: &'l [Institution],
    places: FxHashMap<&'l str, u32>,
    before: Vec<bool>,
    during: Vec<bool>,
    /// Rules that need what only an upload says.
    of_uploads: Vec<bool>,
    case: PersonCase,
    findings: Vec<Finding>,
}

/// Why an inquiry cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unadvisable {
    /// No rule has this id or code; the nearest, when there is one.
    UnknownRule {
        /// What was asked for.
        asked: String,
        /// The nearest id.
        nearest: Option<String>,
    },
    /// The current visit is not among the visits.
    NoCurrentVisit,
}

impl<'l> Adviser<'l> {
    /// An adviser over a library, whose version is told to people, and registers made of these institutions
    /// ([`Adviser::institutions`]). The ids of reminders are sealed with a secret, so that nobody guesses them.
    #[must_use]
    pub fn new(
        library: &'l Library,
        (version, seal): (&str, &[u8]),
        registers: &'l Registers<'l>,
        institutions: &'l [Institution],
    ) -> Self {
        let carried = |table: &str, column: &str| !NOT_YET.contains(&format!("{table}.{column}").as_str());
        // Without names to choose from, nothing can be unknown.
        let selection = library.select(&[], carried).ok();
        let speaks = |stage: Stage| {
            let runs = |at: usize| selection.as_ref().is_some_and(|selection: &Selection| selection.runs(at as u32));
            library.rules().iter().enumerate().map(|(at, rule)| runs(at) && may_speak(rule, stage)).collect()
        };
        let named = institutions.iter().enumerate().filter(|(_, known)| !known.code.is_empty());
        Self {
            library,
            version: version.to_owned(),
            seal: seal.to_vec(),
            auditor: Auditor::new(library, selection.as_ref().unwrap_or(&Selection::default()), registers),
            institutions,
            places: named.map(|(at, known)| (known.code.as_str(), at as u32)).collect(),
            before: speaks(Stage::Before),
            during: speaks(Stage::During),
            of_uploads: library.rules().iter().map(needs_an_upload).collect(),
            case: PersonCase::default(),
            findings: Vec::new(),
        }
    }

    /// The institutions of a register, and behind them a nameless one a level: for those that only a message tells of.
    #[must_use]
    pub fn institutions(mut known: Vec<Institution>) -> Vec<Institution> {
        use HospitalLevel::{Primary, Secondary, Tertiary, Unrated};
        let nameless = |level| Institution { level, ..Institution::default() };
        known.extend([Unrated, Primary, Secondary, Tertiary].map(nameless));
        known
    }

    /// Whether a rule (by index) speaks at a stage.
    #[must_use]
    pub fn speaks(&self, rule: u32, stage: Stage) -> bool {
        let rules = if stage == Stage::Before { &self.before } else { &self.during };
        rules.get(rule as usize).copied().unwrap_or_default()
    }

    /// Judges an inquiry.
    ///
    /// # Errors
    /// It asks for a rule that nobody knows, or for a visit that it does not tell of.
    pub fn advise(&mut self, inquiry: &Inquiry, history: &History, switches: &Switches) -> Result<Advice, Unadvisable> {
        let modes = self.choose(inquiry, is_uploaded(inquiry, history), switches)?;
        facts::fill(&mut self.case, inquiry, history, self.library, self.library.number());
        self.case.net_refunds(|_, _, _| ());
        self.case.put_in_order();
        self.place(inquiry);
        let case = &self.case;
        let current = case.visits.iter().position(|visit| case.text(visit.mdtrt_id) == inquiry.current);
        let Some(current) = current else { return Err(Unadvisable::NoCurrentVisit) };
        self.findings.clear();
        self.auditor.audit_visit(case, current as u32, &mut self.findings);
        let mut advice = Advice { library: self.version.clone(), ..Advice::default() };
        let asked = Asked::of(inquiry);
        for finding in self.findings.drain(..).filter(|finding| asked.touches(finding)) {
            let shadow = modes.get(finding.rule as usize) == Some(&Mode::Shadow);
            let told = Reminder::of(self.library, case, finding, inquiry.stage, &self.seal);
            if shadow { &mut advice.shadow } else { &mut advice.reminders }.extend(told);
        }
        advice.reminders.sort_by_cached_key(Reminder::order);
        advice.shadow.sort_by_cached_key(Reminder::order);
        Ok(advice)
    }

    /// The mode of every rule for this inquiry; tells the auditor which run.
    fn choose(&mut self, inquiry: &Inquiry, uploaded: Uploaded, switches: &Switches) -> Result<Vec<Mode>, Unadvisable> {
        let rules = self.library.rules();
        for asked in inquiry.rules.iter().filter(|_| inquiry.scenes.is_empty()) {
            if !rules.iter().any(|rule| is(rule, asked)) {
                let nearest = model::nearest(asked, rules.iter().map(|rule| rule.id.as_str()));
                return Err(Unadvisable::UnknownRule { asked: asked.clone(), nearest: nearest.map(str::to_owned) });
            }
        }
        let eligible = if inquiry.stage == Stage::Before { &self.before } else { &self.during };
        let registration =
            !inquiry.scenes.is_empty() && inquiry.scenes.iter().all(|scene| *scene == Scene::Registration);
        let place = inquiry.current_visit().map(|visit| (visit.treatment_area.as_str(), visit.institution.as_str()));
        let (area, institution) = place.unwrap_or_default();
        let eligible = eligible.iter().zip(&self.of_uploads);
        let chosen = rules.iter().zip(eligible).map(|(rule, (speaks, of_uploads))| {
            let wanted = if inquiry.scenes.is_empty() {
                inquiry.rules.is_empty() || inquiry.rules.iter().any(|asked| is(rule, asked))
            } else {
                // At a registration nothing is ordered yet.
                !registration || rule.grain != Grain::Line
            };
            let knows = uploaded == Uploaded::Wholly || !of_uploads;
            if *speaks && knows && wanted { switches.mode(&rule.id, area, institution) } else { Mode::Off }
        });
        let chosen: Vec<Mode> = chosen.collect();
        self.auditor.choose(|rule| chosen.get(rule as usize).is_some_and(|mode| *mode != Mode::Off));
        Ok(chosen)
    }

    /// Finds the institutions of all visits in the register, and what follows from them.
    fn place(&mut self, inquiry: &Inquiry) {
        let Self { case, places, institutions, .. } = self;
        for at in 0..case.visits.len() {
            let visit = case.visits[at];
            let known = places.get(case.text(visit.fixmedins_code)).copied();
            let told = inquiry.visits.iter().find(|told| told.id == case.text(visit.mdtrt_id));
            let of_level = || {
                let level = told.map(|told| told.level).filter(|level| *level != HospitalLevel::Unknown)?;
                institutions.iter().position(|known| known.code.is_empty() && known.level == level)
            };
            let index = known.or_else(|| of_level().map(|at| at as u32));
            let visit = &mut case.visits[at];
            visit.institution = index.unwrap_or(u32::MAX);
            if index.and_then(|at| institutions.get(at as usize)).is_some_and(|known| known.pharmacy) {
                visit.setting = CareSetting::Pharmacy;
            }
            if visit.insurance.0 == 0 {
                visit.insurance = case.person.insurance;
            }
        }
    }
}

/// Whether a rule may speak at a stage of care at all.
fn may_speak(rule: &Rule, stage: Stage) -> bool {
    let of_a_person = rule.query.is_none() && matches!(rule.grain, Grain::Line | Grain::Visit | Grain::PersonHistory);
    of_a_person
        && match stage {
            Stage::Before => {
                rule.stages.contains(&audit::Stage::Pre) && !CLEARED_BY_MORE.contains(&rule.detector.as_str())
            }
            Stage::During => rule.stages.contains(&audit::Stage::Mid),
        }
}

fn needs_an_upload(rule: &Rule) -> bool {
    rule.needs.iter().any(|need| UPLOADED_ONLY.contains(&need.as_str()))
}

/// How much of the current visit the records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uploaded {
    /// Every line that the message tells of.
    Wholly,
    /// Less.
    Partly,
}

fn is_uploaded(inquiry: &Inquiry, history: &History) -> Uploaded {
    let kept = history.visit(&inquiry.current);
    let knows =
        |visit: &Visit| kept.is_some_and(|kept| kept.has_lines(visit.lines.iter().map(|line| line.id.as_str())));
    if inquiry.current_visit().is_some_and(knows) { Uploaded::Wholly } else { Uploaded::Partly }
}

fn is(rule: &Rule, asked: &str) -> bool {
    rule.id == asked || (!asked.is_empty() && rule.official_code == asked)
}

/// What an inquiry is about.
struct Asked<'i> {
    stage: Stage,
    visit: &'i str,
    /// Lines of the orders being written.
    lines: FxHashSet<&'i str>,
}

impl<'i> Asked<'i> {
    fn of(inquiry: &'i Inquiry) -> Self {
        let lines = inquiry.current_visit().map_or(&[][..], |visit| &visit.lines);
        // A client that marks none asks about all that it sends.
        let marked = lines.iter().any(|line| line.current);
        let lines = lines.iter().filter(|line| line.current || !marked).map(|line| line.id.as_str()).collect();
        Self { stage: inquiry.stage, visit: &inquiry.current, lines }
    }

    /// Before: what has an order being written among its lines, or is about the visit as a whole. During: what the visit
    /// is at fault for, or has a part in.
    fn touches(&self, finding: &Finding) -> bool {
        let related = || finding.related_feedetl_sn.split(';').filter(|id| !id.is_empty());
        let own = finding.mdtrt_id == self.visit;
        match self.stage {
            Stage::During => own || related().any(|id| self.lines.contains(id)),
            Stage::Before if own && finding.feedetl_sn.is_empty() && related().next().is_none() => true,
            Stage::Before => {
                (own && self.lines.contains(finding.feedetl_sn.as_str())) || related().any(|id| self.lines.contains(id))
            }
        }
    }
}
