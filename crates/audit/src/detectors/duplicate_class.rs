//! Two or more generics of one group in one prescription.
//!
//! The first by entry stands; the later generics of the group are at fault.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, prescriptions};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "duplicate_class",
    title: "同一处方内同组药品重复开具",
    params: &[ParamSpec {
        name: "min_generics",
        kind: ParamKind::Integer,
        default: Some("2"),
        title: "同组品种数达到多少为重复",
    }],
    build,
};

/// A line of a group: the generic's name, the line, the point.
type Member<'a> = (&'a str, u32, u32);

struct DuplicateClass {
    min_generics: usize,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.group.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(DuplicateClass {
        min_generics: usize::try_from(binder.params().integer("min_generics")).unwrap_or(2).max(2),
    })
}

impl Detector for DuplicateClass {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() < 2 {
            return;
        }
        let point_of =
            |line: u32| marks.iter().find(|mark| mark.line == line).map(|mark| view.library.check(mark.check).point);
        for (number, lines) in prescriptions(view, |_| true) {
            let mut groups: Vec<(&str, Vec<Member<'_>>)> = Vec::new();
            for line in lines {
                let Some(point) = point_of(line) else { continue };
                let group = view.library.point(point).predicate.group.as_deref().unwrap_or_default();
                let entry = (view.library.point_name(point), line, point);
                match groups.iter_mut().find(|(known, _)| *known == group) {
                    Some((_, members)) => members.push(entry),
                    None => groups.push((group, vec![entry])),
                }
            }
            for (group, members) in groups {
                let mut generics: Vec<&str> = members.iter().map(|member| member.0).collect();
                generics.sort_unstable();
                generics.dedup();
                let Some(&(first, kept, _)) = members.first() else { continue };
                if generics.len() < self.min_generics {
                    continue;
                }
                for &(name, line, point) in members.iter().filter(|member| member.0 != first) {
                    let evidence = format!(
                        "处方{}内“{name}”与“{first}”同属药品目录分类{group}，重复开具，涉及{}元",
                        view.text(number),
                        view.line(line).amount
                    );
                    let mut hit = view.whole_line(line, point, evidence);
                    hit.related = vec![kept];
                    hits.push(hit);
                }
            }
        }
    }
}
