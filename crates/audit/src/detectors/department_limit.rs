//! An item for some departments, charged by others.
//!
//! A knowledge point lists prefixes of department codes. The department that ordered and the one that carried the
//! item out both count: one of them in the list is enough. A line that names neither decides nothing.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "department_limit",
    title: "开单、执行科室不在允许范围",
    params: &[exempt::DIAGNOSES, exempt::MED_TYPES],
    build,
};

struct DepartmentLimit {
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.departments.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(DepartmentLimit { exempt })
}

impl Detector for DepartmentLimit {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        for mark in marks {
            let point = view.library.check(mark.check).point;
            let Some(allowed) = view.library.point(point).predicate.departments.as_deref() else { continue };
            let line = view.line(mark.line);
            let named = [line.billing_department, line.performing_department].map(|text| view.text(text));
            let known = named.iter().any(|department| !department.is_empty());
            let fits = |department: &&str| allowed.split('|').any(|prefix| department.starts_with(prefix));
            if !known || named.iter().any(fits) || self.exempt.covers(view) {
                continue;
            }
            let [ordered, performed] = named;
            let evidence = format!(
                "“{}”限科室{allowed}，开单科室{ordered}、执行科室{performed}，涉及{}元",
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(mark.line, point, evidence));
        }
    }
}
