//! A medicine that only staff of some titles may order, ordered by somebody of another title.
//!
//! A knowledge point lists the titles. The register of staff says who has which; somebody with several posts may
//! order when one of them allows it, and somebody whose title is not registered decides nothing.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "prescriber_title",
    title: "开单医师职称低于药品分级要求",
    params: &[exempt::DIAGNOSES, exempt::MED_TYPES],
    build,
};

struct PrescriberTitle {
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.titles.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(PrescriberTitle { exempt })
}

impl Detector for PrescriberTitle {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        for mark in marks {
            let point = view.library.check(mark.check).point;
            let Some(allowed) = view.library.point(point).predicate.titles.as_deref() else { continue };
            let line = view.line(mark.line);
            let doctor = view.text(line.doctor);
            let doctor = if doctor.is_empty() { view.text(view.visit.doctor) } else { doctor };
            let titles = || {
                let posts = view.registers.posts_of(doctor).iter();
                posts.map(|post| post.title.as_str()).filter(|title| !title.is_empty())
            };
            let Some(title) = titles().next() else { continue };
            if titles().any(|title| allowed.split('|').any(|one| one == title)) || self.exempt.covers(view) {
                continue;
            }
            let evidence = format!(
                "“{}”须由职称{allowed}的医师开具，{doctor}登记职称为{title}，涉及{}元",
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(mark.line, point, evidence));
        }
    }
}
