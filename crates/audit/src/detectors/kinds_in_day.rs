//! More kinds of a listed treatment on one day than are allowed.
//!
//! A point is a kind, whatever code it was charged under; the allowed number is a parameter. The kinds that came first
//! on the day stand; every line of a further kind is at fault.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "kinds_in_day",
    title: "同一日内所列治疗的种数超过上限",
    params: &[ParamSpec { name: "max_kinds", kind: ParamKind::Integer, default: None, title: "一日最多种数" }],
    build,
};

struct KindsInDay {
    max_kinds: usize,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        for item in binder.items_of(point) {
            binder.mark(item, Some(index));
        }
    }
    Box::new(KindsInDay { max_kinds: usize::try_from(binder.params().integer("max_kinds")).unwrap_or(usize::MAX) })
}

impl Detector for KindsInDay {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() <= self.max_kinds {
            return;
        }
        let day = |mark: &Mark| view.line(mark.line).at.day();
        let kind = |mark: &Mark| view.library.point_name(view.library.check(mark.check).point);
        // Marks are in line order, which is time order within the visit.
        for of_day in marks.chunk_by(|a, b| day(a) == day(b)) {
            let mut kinds: Vec<&str> = Vec::new();
            let mut stood: Vec<u32> = Vec::new();
            for mark in of_day {
                if !kinds.contains(&kind(mark)) {
                    kinds.push(kind(mark));
                }
                let place = kinds.iter().position(|known| *known == kind(mark)).unwrap_or_default();
                if place < self.max_kinds {
                    stood.push(mark.line);
                    continue;
                }
                let line = view.line(mark.line);
                let evidence = format!(
                    "{}已做{}，“{}”为第{}种，一日最多{}种，涉及{}元",
                    line.at.day(),
                    kinds[..self.max_kinds].join("、"),
                    kind(mark),
                    place + 1,
                    self.max_kinds,
                    line.amount
                );
                let mut hit = view.whole_line(mark.line, view.library.check(mark.check).point, evidence);
                hit.related.clone_from(&stood);
                hits.push(hit);
            }
        }
    }
}
