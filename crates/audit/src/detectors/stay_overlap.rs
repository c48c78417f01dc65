//! A stay that overlaps another stay, or an outpatient visit or purchase in the midst of a stay.
//!
//! Two stays: the finding is the later one's, when they share more hours than are allowed; leaving by transfer to
//! the next hospital is no overlap. Outpatient visits: the day of admission and the day of discharge are free. One
//! walk over the visits in time order; only the stay that lasts longest so far is remembered, so that a
//! hundred thousand visits cost a hundred thousand steps.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Day, Quantity, Stamp};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "stay_overlap",
    title: "住院与住院、或住院与门诊购药的时间重叠",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["stays", "outpatient"]),
            default: None,
            title: "stays 两次住院重叠；outpatient 住院期间门诊、购药",
        },
        ParamSpec {
            name: "max_overlap_hours",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "两次住院允许重叠的小时数（出院登记滞后）",
        },
        ParamSpec {
            name: "settings",
            kind: ParamKind::Words(&["outpatient", "emergency", "pharmacy"]),
            default: Some("outpatient emergency pharmacy"),
            title: "of=outpatient 时判断的就诊方式",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct StayOverlap {
    stays: bool,
    max_overlap_seconds: i64,
    settings: Vec<CareSetting>,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    let setting = |word: &String| match word.as_str() {
        "emergency" => CareSetting::Emergency,
        "pharmacy" => CareSetting::Pharmacy,
        _ => CareSetting::Outpatient,
    };
    Box::new(StayOverlap {
        stays: params.word("of") == "stays",
        max_overlap_seconds: params.integer("max_overlap_hours") * 3600,
        settings: params.texts("settings").iter().map(setting).collect(),
        exempt,
    })
}

/// 医嘱转院 in `dscg_way`.
const TRANSFERRED: u8 = 2;

/// A stay that lasts, as far as is known.
#[derive(Clone, Copy)]
struct Open {
    visit: u32,
    until: Stamp,
}

fn longer(known: Option<Open>, new: Open) -> Option<Open> {
    Some(known.filter(|known| known.until >= new.until).unwrap_or(new))
}

impl Detector for StayOverlap {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        if !person.case.visits.iter().any(|visit| visit.setting == CareSetting::Inpatient && !visit.reversed) {
            return;
        }
        if self.stays { self.stays(person, hits) } else { self.outpatient(person, hits) }
    }
}

impl StayOverlap {
    fn stays(&self, person: &PersonView<'_>, hits: &mut Hits) {
        let mut open: Option<Open> = None;
        for (index, visit) in person.case.visits.iter().enumerate() {
            if visit.setting != CareSetting::Inpatient || visit.reversed {
                continue;
            }
            let Some(until) = visit.ends_at else { continue };
            if let Some(before) = open {
                let shared = before.until.0.min(until.0) - visit.begins_at.0;
                let earlier = person.visit(before.visit);
                let transferred = earlier.visit.discharge_way == TRANSFERRED && shared <= 86_400;
                let view = person.visit(index as u32);
                if shared > self.max_overlap_seconds && !transferred && !self.exempt.covers(&view) {
                    report_stay(&earlier, &view, shared, hits);
                }
            }
            open = longer(open, Open { visit: index as u32, until });
        }
    }

    fn outpatient(&self, person: &PersonView<'_>, hits: &mut Hits) {
        // Stays begun before the day at hand, and on it: a stay covers a visit from its second day on.
        let (mut before, mut today): (Option<Open>, Option<Open>) = (None, None);
        let mut day = Day(i32::MIN);
        for (index, visit) in person.case.visits.iter().enumerate() {
            if visit.reversed {
                continue;
            }
            if visit.begins_at.day() > day {
                day = visit.begins_at.day();
                before = today.take().map_or(before, |open| longer(before, open));
            }
            if visit.setting == CareSetting::Inpatient {
                if let Some(until) = visit.ends_at {
                    today = longer(today, Open { visit: index as u32, until });
                }
                continue;
            }
            let Some(stay) = before.filter(|stay| stay.until.day() > day) else { continue };
            if !self.settings.contains(&visit.setting) {
                continue;
            }
            let view = person.visit(index as u32);
            if !self.exempt.covers(&view) {
                report_outpatient(&person.visit(stay.visit), &view, hits);
            }
        }
    }
}

fn report_stay(earlier: &View<'_>, later: &View<'_>, shared: i64, hits: &mut Hits) {
    let amount = later.total();
    let hours = shared / 3600;
    let evidence = format!(
        "在{}住院（{}至{}）期间，又在{}住院（{}至{}），重叠{hours}小时，本次费用{amount}元",
        earlier.institution.name,
        earlier.visit.begins_at.day(),
        earlier.visit.ends_at.map_or(earlier.visit.begins_at, |end| end).day(),
        later.institution.name,
        later.visit.begins_at.day(),
        later.visit.ends_at.map_or(later.visit.begins_at, |end| end).day(),
    );
    hits.push(later.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
}

fn report_outpatient(stay: &View<'_>, view: &View<'_>, hits: &mut Hits) {
    let amount = view.total();
    let evidence = format!(
        "{}在{}{}，当时正在{}住院（{}至{}，就诊{}），本次费用{amount}元",
        view.visit.begins_at.day(),
        view.institution.name,
        view.visit.setting.label(),
        stay.institution.name,
        stay.visit.begins_at.day(),
        stay.visit.ends_at.map_or(stay.visit.begins_at, |end| end).day(),
        stay.text(stay.visit.mdtrt_id),
    );
    hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
}
