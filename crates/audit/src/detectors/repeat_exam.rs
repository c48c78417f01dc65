//! The same kind of examination again within its recognition window, at another institution.
//!
//! A knowledge point is one kind (all its codes count as the same examination) with its window in days. The
//! finding is the later line. Only the last examination of each kind is remembered. An emergency, or a disease
//! that changes from day to day, explains itself: parameters exempt both.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView, in_time_order};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::Hits;
use knowledge::Window;
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "repeat_exam",
    title: "互认期内重复检查",
    params: &[
        ParamSpec {
            name: "where",
            kind: ParamKind::Word(&["elsewhere", "anywhere"]),
            default: Some("elsewhere"),
            title: "elsewhere 只判断在另一机构重复；anywhere 同一机构也判断",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct RepeatExam {
    elsewhere: bool,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if matches!(point.predicate.window, Some(Window::Rolling(_))) {
            for item in binder.items_of(point) {
                binder.mark_person(item, Some(index));
            }
        }
    }
    Box::new(RepeatExam { elsewhere: binder.params().word("where") == "elsewhere", exempt })
}

impl Detector for RepeatExam {
    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() < 2 {
            return;
        }
        // By kind of examination: its last line.
        let mut last: FxHashMap<u32, u32> = FxHashMap::default();
        for mark in in_time_order(person.case, marks) {
            let point = person.library.check(mark.check).point;
            let Some(before) = last.insert(point, mark.line) else { continue };
            let Some(Window::Rolling(days)) = person.library.point(point).predicate.window else { continue };
            let (earlier_line, line) = (person.line(before), person.line(mark.line));
            let gap = line.at.day().0 - earlier_line.at.day().0;
            if earlier_line.visit == line.visit || gap >= i32::from(days) {
                continue;
            }
            let (earlier, view) = (person.visit(earlier_line.visit), person.visit(line.visit));
            let same_place = view.text(view.visit.fixmedins_code) == earlier.text(earlier.visit.fixmedins_code);
            if (same_place && self.elsewhere) || self.exempt.covers(&view) {
                continue;
            }
            let evidence = format!(
                "{}在{}已做“{}”，{gap}天后（{}）在{}又做“{}”（互认期{days}天），涉及{}元",
                earlier_line.at.day(),
                earlier.institution.name,
                earlier.item_name(earlier_line),
                line.at.day(),
                view.institution.name,
                view.item_name(line),
                line.amount
            );
            let mut hit = view.whole_line(mark.line, point, evidence);
            hit.related = vec![before];
            hits.push(hit);
        }
    }
}
