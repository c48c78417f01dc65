//! A visit that begins after the person's recorded death.
//!
//! Some days of grace pass for registration; a stay that began in time and is settled late is no visit after
//! death. Without a day of death nothing is said.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::Quantity;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "after_death",
    title: "死亡日期之后的就诊、购药",
    params: &[
        ParamSpec { name: "grace_days", kind: ParamKind::Integer, default: Some("1"), title: "死亡后宽限天数" },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct AfterDeath {
    grace_days: i32,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    Box::new(AfterDeath { grace_days: binder.params().integer("grace_days") as i32, exempt })
}

impl Detector for AfterDeath {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let Some(died) = person.case.person.died_on else { return };
        let last = died.plus(self.grace_days);
        let first_after = person.case.visits.partition_point(|visit| visit.begins_at.day() <= last);
        for index in first_after..person.case.visits.len() {
            let view = person.visit(index as u32);
            if view.visit.reversed || self.exempt.covers(&view) {
                continue;
            }
            let day = view.visit.begins_at.day();
            let amount = view.total();
            let evidence = format!(
                "参保人登记于{died}死亡，{}天后（{day}）在{}{}，费用{amount}元；请先核实死亡日期",
                day.0 - died.0,
                view.institution.name,
                view.visit.setting.label(),
            );
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
        }
    }
}
