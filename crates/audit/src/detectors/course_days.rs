//! More days of treatment in a visit than are paid: distinct days of use, in order; every line on a
//! day beyond the last paid one is at fault.
//!
//! A generic is one course whatever code it was dispensed under, so days are pooled by the point's
//! name, not by code.

use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::Day;

pub(super) const INFO: DetectorInfo =
    DetectorInfo { name: "course_days", title: "一次就诊内使用天数超过支付疗程", params: &[], build };

struct CourseDays;

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_days.is_none() {
            continue;
        }
        for item in binder.items_of(point) {
            binder.mark(item, Some(index));
        }
    }
    Box::new(CourseDays)
}

impl Detector for CourseDays {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let name_of = |mark: &Mark| view.library.point_name(view.library.check(mark.check).point);
        let mut names: Vec<&str> = marks.iter().map(name_of).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let mut days: Vec<Day> = Vec::new();
            let mut paid: Vec<u32> = Vec::new();
            // Marks are in line order, which is time order within the visit.
            for mark in marks.iter().filter(|mark| name_of(mark) == name) {
                let point = view.library.check(mark.check).point;
                let Some(max_days) = view.library.point(point).predicate.max_days else { continue };
                let line = view.line(mark.line);
                let day = line.at.day();
                if days.last() != Some(&day) {
                    days.push(day);
                }
                if days.len() <= usize::from(max_days) {
                    paid.push(mark.line);
                    continue;
                }
                let evidence = format!(
                    "“{name}”支付不超过{max_days}天，本次就诊自{}起第{}个用药（治疗）日，涉及{}元",
                    days[0],
                    days.len(),
                    line.amount
                );
                let mut hit = view.whole_line(mark.line, point, evidence);
                hit.related.clone_from(&paid);
                hits.push(hit);
            }
        }
    }
}
