//! More kinds of a listed treatment on one day than are allowed.
//!
//! A point is a kind, whatever code it was charged under; the allowed number is a parameter. The kinds that came first
//! on the day stand; every line of a further kind is at fault. A kind for which the visit has a diagnosis (the point's
//! `dx` set) is not counted.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "kinds_in_day",
    title: "同一日内所列治疗的种数超过上限",
    params: &[
        ParamSpec { name: "max_kinds", kind: ParamKind::Integer, default: None, title: "一日最多种数" },
        ParamSpec {
            name: "med_types",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "只判断这些医疗类别（前缀，空为全部）",
        },
    ],
    build,
};

struct KindsInDay {
    max_kinds: usize,
    med_types: Vec<String>,
    /// The diagnoses that speak for a kind, by point.
    speaking: FxHashMap<u32, SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mut speaking = FxHashMap::default();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if let Some(set) = point.predicate.diagnoses.as_ref().and_then(|name| binder.named_set(name)) {
            speaking.insert(index, set);
        }
        for item in binder.items_of(point) {
            binder.mark(item, Some(index));
        }
    }
    Box::new(KindsInDay {
        max_kinds: usize::try_from(binder.params().integer("max_kinds")).unwrap_or(usize::MAX),
        med_types: binder.params().texts("med_types").to_vec(),
        speaking,
    })
}

impl Detector for KindsInDay {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() <= self.max_kinds {
            return;
        }
        let med_type = view.text(view.visit.med_type);
        if !(self.med_types.is_empty() || self.med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str()))) {
            return;
        }
        let spoken_for = |mark: &&Mark| {
            let set = self.speaking.get(&view.library.check(mark.check).point);
            set.is_some_and(|&set| view.has_diagnosis_of(set))
        };
        let marks: Vec<&Mark> = marks.iter().filter(|mark| !spoken_for(mark)).collect();
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
