//! Two or more surgeries of one same-incision group in one operation, the second and later not
//! reduced.
//!
//! One operation is one `oprn_oprt_code` of the lines, else one day. The dearest surgery is the first;
//! each further one may cost at most `discount_percent` of its ceiling. At stake is what lies above.
//! A surgery without a ceiling in the price book cannot be judged, since its full price is not known.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::{Fen, Quantity, UnitPrice};
use std::cmp::Reverse;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "group_discount",
    title: "同切口第二及以后手术未折价",
    params: &[ParamSpec {
        name: "discount_percent",
        kind: ParamKind::Integer,
        default: Some("50"),
        title: "第二及以后手术的收费比例（%），由地方规定",
    }],
    build,
};

/// Same-incision group, then operation code and day.
type Operation<'a> = (&'a str, (&'a str, model::Day));

struct GroupDiscount {
    percent: i64,
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
    Box::new(GroupDiscount { percent: binder.params().integer("discount_percent") })
}

impl Detector for GroupDiscount {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() < 2 {
            return;
        }
        let group_of = |mark: &Mark| {
            view.library.point(view.library.check(mark.check).point).predicate.group.as_deref().unwrap_or("")
        };
        let operation_of = |mark: &Mark| {
            let line = view.line(mark.line);
            (view.text(line.procedure_code), line.at.day())
        };
        let mut operations: Vec<(Operation<'_>, Vec<&Mark>)> = Vec::new();
        for mark in marks {
            let key = (group_of(mark), operation_of(mark));
            match operations.iter_mut().find(|(known, _)| *known == key) {
                Some((_, surgeries)) => surgeries.push(mark),
                None => operations.push((key, vec![mark])),
            }
        }
        for ((group, _), mut surgeries) in operations {
            surgeries.sort_by_key(|mark| (Reverse(view.line(mark.line).price), mark.line));
            let Some((first, rest)) = surgeries.split_first() else { continue };
            let national = |mark: &Mark| view.library.national_of(view.line(mark.line).item);
            for mark in rest.iter().filter(|mark| national(mark) != national(first)) {
                self.judge(view, group, first.line, mark, hits);
            }
        }
    }
}

impl GroupDiscount {
    fn judge(&self, view: &View<'_>, group: &str, first: u32, mark: &Mark, hits: &mut Hits) {
        let line = view.line(mark.line);
        let Some(full) = view.library.catalogue().price_ceiling(line.item, view.institution.level) else { return };
        let allowed = UnitPrice(full.0 * self.percent / 100);
        // Half the price once, or the full price of half a unit: what counts is what was paid an operation.
        let operations = (line.quantity.0 + Quantity::SCALE - 1) / Quantity::SCALE;
        let over = Fen((line.amount - allowed.times(Quantity::whole(operations))).0.max(0));
        if over == Fen::ZERO {
            return;
        }
        let evidence = format!(
            "“{}”与“{}”同属{group}，经同一切口进行，第二及以后手术应按{}%（{allowed}元）计收，实收单价{}元，多收{over}元",
            view.item_name(line),
            view.item_name(view.line(first)),
            self.percent,
            line.price,
        );
        let mut hit = view.part_of_line(mark.line, view.library.check(mark.check).point, line.quantity, over, evidence);
        hit.related = vec![first];
        hits.push(hit);
    }
}
