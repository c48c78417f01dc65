//! The kinds of rules, one file each. A new rule of a known kind needs no Rust.
//!
//! A detector is built from a rule's parameters and knowledge points: it *binds* items to limits,
//! which the engine tests on the spot, or to marks, which it hands back when the visit (or the
//! person) is complete. The registry below is the one list of them; the rule reader, the command
//! `yibao rule new` and the generated page take names and parameters from it.

mod admission_chain;
mod admixture;
mod after_death;
mod amount_in_window;
mod anaesthesia_hours;
mod attribute_limit;
mod cap_chasing;
mod cause_of_injury;
mod companion_required;
mod continuous_use;
mod course_days;
mod cumulative_supply;
mod daily_dose;
mod date_outside_stay;
mod department_limit;
mod diagnosis_coding;
mod diagnosis_limit;
mod double_claim;
mod duplicate_class;
mod early_refill;
mod empty_stay_days;
mod exempt;
mod fill_days;
mod group_discount;
mod history_required;
mod incompatible_pair;
mod kinds_in_day;
mod kinds_in_prescription;
mod late_upload;
mod line_anomaly;
mod listed_price;
mod low_intensity_stay;
mod organ_removed_again;
mod overlapping_hours;
mod pair_in_window;
mod params;
mod partner_required;
mod perioperative_antibiotic;
mod pharmacy_sale;
mod prescriber_status;
mod prescriber_title;
mod prescription_required;
mod price_ceiling;
mod procedure_coding;
mod procedure_diagnosis;
mod programme_scope;
mod quantity_in_window;
mod quantity_over_duration;
mod repeat_admission;
mod repeat_exam;
mod route_form;
mod scope_mismatch;
mod set_subset;
mod sex_or_age_of_code;
mod split_prescription;
mod start_window;
mod stay_overlap;
mod stock_flow;
mod supply;
mod supply_days;
mod take_home;
mod test_heavy_stay;
mod tiered_price;
mod travel_conflict;
mod unlisted_code;
mod visit_anomaly;
mod visit_frequency;
mod working_age;

pub(crate) use attribute_limit::{AgeLimit, maternal};
pub use params::{ParamKind, ParamSpec, ParamValues};

use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use crate::library::{Check, Library, Limit, Side};
use crate::registers::Registers;
use model::{CaseLine, PersonCase};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use supply::Fill;

/// A kind of rule, as the registry knows it.
pub struct DetectorInfo {
    /// The name rule files use: the name of its source file.
    pub name: &'static str,
    /// What it is, in Chinese.
    pub title: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    pub(crate) build: fn(&mut Binder<'_>) -> Box<dyn Detector>,
}

/// What a built detector does. Which of the calls come is decided by what it bound.
pub(crate) trait Detector: Send + Sync {
    /// A bound limit does not hold for a line.
    fn line(&self, _view: &View<'_>, _line: u32, _check: &Check, _hits: &mut Hits) {}
    /// A visit with marks of this rule (or every visit, when [`Self::every_visit`] says so) is complete.
    fn visit(&self, _view: &View<'_>, _marks: &[Mark], _hits: &mut Hits) {}
    /// The person is complete; marks are those of lines bound with [`Binder::mark_person`].
    fn person(&self, _person: &PersonView<'_>, _marks: &[Mark], _hits: &mut Hits) {}
    /// Whether `visit` wants every visit.
    fn every_visit(&self) -> bool {
        false
    }
    /// Whether `person` wants every person.
    fn every_person(&self) -> bool {
        false
    }
}

/// A whole person, for detectors that look across visits.
pub(crate) struct PersonView<'a> {
    pub(crate) case: &'a PersonCase,
    pub(crate) library: &'a Library,
    pub(crate) registers: &'a Registers<'a>,
    pub(crate) rule: u16,
    fills: OnceCell<Vec<Fill>>,
}

impl<'a> PersonView<'a> {
    pub(crate) fn new(case: &'a PersonCase, library: &'a Library, registers: &'a Registers<'a>) -> Self {
        Self { case, library, registers, rule: 0, fills: OnceCell::new() }
    }

    /// The view of one of the person's visits.
    pub(crate) fn visit(&self, visit: u32) -> View<'a> {
        View::new(self.case, self.library, self.registers, visit, self.rule)
    }

    pub(crate) fn line(&self, line: u32) -> &'a CaseLine {
        &self.case.lines[line as usize]
    }

    /// The medicines dispensed for use at home, gathered when a rule first asks.
    pub(crate) fn fills(&self) -> &[Fill] {
        self.fills.get_or_init(|| supply::fills(self))
    }

    /// How many institutions these visits were at.
    pub(crate) fn distinct_institutions(&self, visits: impl Iterator<Item = u32>) -> usize {
        let mut codes: Vec<&str> = visits.map(|visit| self.code_of_institution(visit)).collect();
        codes.sort_unstable();
        codes.dedup();
        codes.len()
    }

    /// `fixmedins_code` of a visit.
    pub(crate) fn code_of_institution(&self, visit: u32) -> &'a str {
        self.case.text(self.case.visits[visit as usize].fixmedins_code)
    }
}

/// Marks in the order of their lines' moments, across visits.
pub(crate) fn in_time_order<'m>(case: &PersonCase, marks: &'m [Mark]) -> Vec<&'m Mark> {
    let mut ordered: Vec<&Mark> = marks.iter().collect();
    ordered.sort_by_key(|mark| (case.lines[mark.line as usize].at, mark.line, mark.check));
    ordered
}

/// A rule that does not run: planned, with nothing to say yet.
pub(crate) struct Silent;

impl Detector for Silent {}

static DETECTORS: [DetectorInfo; 64] = [
    admission_chain::INFO,
    admixture::INFO,
    after_death::INFO,
    amount_in_window::INFO,
    anaesthesia_hours::INFO,
    attribute_limit::INFO,
    cap_chasing::INFO,
    cause_of_injury::INFO,
    companion_required::INFO,
    continuous_use::INFO,
    course_days::INFO,
    cumulative_supply::INFO,
    daily_dose::INFO,
    date_outside_stay::INFO,
    department_limit::INFO,
    diagnosis_coding::INFO,
    diagnosis_limit::INFO,
    double_claim::INFO,
    duplicate_class::INFO,
    early_refill::INFO,
    empty_stay_days::INFO,
    fill_days::INFO,
    group_discount::INFO,
    history_required::INFO,
    incompatible_pair::INFO,
    kinds_in_day::INFO,
    kinds_in_prescription::INFO,
    late_upload::INFO,
    line_anomaly::INFO,
    listed_price::INFO,
    low_intensity_stay::INFO,
    organ_removed_again::INFO,
    overlapping_hours::INFO,
    pair_in_window::INFO,
    partner_required::INFO,
    perioperative_antibiotic::INFO,
    pharmacy_sale::INFO,
    prescriber_status::INFO,
    prescriber_title::INFO,
    prescription_required::INFO,
    price_ceiling::INFO,
    procedure_coding::INFO,
    procedure_diagnosis::INFO,
    programme_scope::INFO,
    quantity_in_window::INFO,
    quantity_over_duration::INFO,
    repeat_admission::INFO,
    repeat_exam::INFO,
    route_form::INFO,
    scope_mismatch::INFO,
    set_subset::INFO,
    sex_or_age_of_code::INFO,
    split_prescription::INFO,
    start_window::INFO,
    stay_overlap::INFO,
    stock_flow::INFO,
    supply_days::INFO,
    take_home::INFO,
    test_heavy_stay::INFO,
    tiered_price::INFO,
    travel_conflict::INFO,
    unlisted_code::INFO,
    visit_anomaly::INFO,
    visit_frequency::INFO,
];

/// Every detector, by name.
#[must_use]
pub fn detectors() -> &'static [DetectorInfo] {
    &DETECTORS
}

pub(crate) fn find(name: &str) -> Option<&'static DetectorInfo> {
    DETECTORS.iter().find(|info| info.name == name)
}

/// A marked line, with the point that marks it and the side on which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sided {
    pub(crate) point: u32,
    pub(crate) line: u32,
    pub(crate) side: Side,
}

/// The marks of [`Binder::mark_sides`] by point, then line; `None` when no line stands on the side of A, since then
/// there is nothing to compare with.
pub(crate) fn sided(library: &Library, marks: &[Mark]) -> Option<Vec<Sided>> {
    let side_of = |mark: &Mark| match library.check(mark.check).limit {
        Limit::Mark(_, side) => side,
        _ => Side::Subject,
    };
    if !marks.iter().any(|mark| side_of(mark) == Side::Subject) {
        return None;
    }
    let side = |mark: &Mark| Sided { point: library.check(mark.check).point, line: mark.line, side: side_of(mark) };
    let mut sided: Vec<Sided> = marks.iter().map(side).collect();
    sided.sort_unstable();
    sided.dedup();
    Some(sided)
}

/// Groups lines by prescription number, in order of entry; lines without one belong to no prescription.
pub(crate) fn prescriptions(view: &View<'_>, wanted: impl Fn(&CaseLine) -> bool) -> Vec<(model::Text, Vec<u32>)> {
    let mut groups: Vec<(model::Text, Vec<u32>)> = Vec::new();
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    for (index, line) in view.lines() {
        let number = view.text(line.prescription);
        if number.is_empty() || line.quantity.0 <= 0 || !wanted(line) {
            continue;
        }
        let place = *places.entry(number).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, lines)) => lines.push(index),
            None => groups.push((line.prescription, vec![index])),
        }
    }
    groups
}
