//! Stays of one person, one close after the other, for the same disease, at more than one institution.
//!
//! A chain goes on while the next admission follows the last discharge within the gap and the category of the main
//! diagnosis stays the same; from the given length on every further stay is a finding. An ordered transfer
//! to another hospital is care going on, not a new stay: the chain ends there. Planned series are exempt by diagnosis.

use super::exempt::{self, Exempt};
use super::repeat_admission::main_category;
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "admission_chain",
    title: "同病在多家机构之间接连住院",
    params: &[
        ParamSpec {
            name: "max_gap_days",
            kind: ParamKind::Integer,
            default: Some("3"),
            title: "上次出院到下次入院不超过的天数",
        },
        ParamSpec {
            name: "min_stays", kind: ParamKind::Integer, default: Some("3"), title: "接连住院至少次数"
        },
        ParamSpec {
            name: "min_institutions", kind: ParamKind::Integer, default: Some("2"), title: "至少涉及的机构数"
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct AdmissionChain {
    max_gap_days: i32,
    min_stays: usize,
    min_institutions: usize,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let count = |name: &str| usize::try_from(binder.params().integer(name)).unwrap_or(usize::MAX);
    Box::new(AdmissionChain {
        max_gap_days: binder.params().integer("max_gap_days") as i32,
        min_stays: count("min_stays"),
        min_institutions: count("min_institutions"),
        exempt,
    })
}

/// 医嘱转院 in `dscg_way`.
const TRANSFERRED: u8 = 2;

impl Detector for AdmissionChain {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let is_stay = |index: &u32| {
            let visit = &person.case.visits[*index as usize];
            visit.setting == CareSetting::Inpatient && !visit.reversed
        };
        let mut chain: Vec<u32> = Vec::new();
        for index in (0..person.case.visits.len() as u32).filter(is_stay) {
            let view = person.visit(index);
            if chain.last().is_some_and(|&last| !self.follows(person, last, index)) {
                chain.clear();
            }
            if main_category(&view).is_none() || self.exempt.covers(&view) {
                chain.clear();
                continue;
            }
            chain.push(index);
            let institutions = person.distinct_institutions(chain.iter().copied());
            if chain.len() < self.min_stays || institutions < self.min_institutions {
                continue;
            }
            let amount = view.total();
            let evidence = format!(
                "自{}起因同类主要诊断{}在{institutions}家机构接连住院{}次，每次间隔不超过{}天，本次费用{amount}元",
                person.case.visits[chain[0] as usize].begins_at.day(),
                main_category(&view).unwrap_or_default(),
                chain.len(),
                self.max_gap_days,
            );
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
        }
    }
}

impl AdmissionChain {
    fn follows(&self, person: &PersonView<'_>, last: u32, next: u32) -> bool {
        let (before, after) = (person.visit(last), person.visit(next));
        let Some(discharged) = before.visit.ends_at else { return false };
        let gap = after.visit.begins_at.day().0 - discharged.day().0;
        (0..=self.max_gap_days).contains(&gap)
            && before.visit.discharge_way != TRANSFERRED
            && main_category(&before) == main_category(&after)
    }
}
