//! More hours of anaesthesia billed than the operation record has.
//!
//! A point says how many hours one unit of its items stands for (`max_qty=2 unit=hour`: the basic item of two hours;
//! `max_qty=1`: each further hour). Basic hours are owed whole, however short the anaesthesia; begun hours count whole.
//! At stake are the further hours beyond the record.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::Quantity;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "anaesthesia_hours",
    title: "麻醉计费时长大于麻醉记录时长",
    params: &[ParamSpec {
        name: "grace_hours",
        kind: ParamKind::Integer,
        default: Some("1"),
        title: "允许超出记录的小时数（诱导、复苏）",
    }],
    build,
};

struct AnaesthesiaHours {
    grace_hours: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_quantity.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(AnaesthesiaHours { grace_hours: binder.params().integer("grace_hours") })
}

impl Detector for AnaesthesiaHours {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let mut recorded = 0_i64;
        for procedure in view.procedures() {
            // An operation without a record leaves the whole visit open.
            let (Some(from), Some(until)) = (procedure.anaesthesia_from, procedure.anaesthesia_until) else { return };
            recorded += (until.0 - from.0).max(0);
        }
        if recorded == 0 {
            return;
        }
        let per_unit = |mark: &Mark| {
            let point = view.library.check(mark.check).point;
            view.library.point(point).predicate.max_quantity.unwrap_or(Quantity::whole(1))
        };
        let single = Quantity::whole(1);
        let hours = |mark: &Mark| Quantity(view.line(mark.line).quantity.0 * per_unit(mark).0 / Quantity::SCALE);
        let basic: Quantity = marks.iter().filter(|mark| per_unit(mark) > single).map(hours).sum();
        let allowed = Quantity::whole((recorded + 3599) / 3600 + self.grace_hours);
        let mut used = basic;
        for mark in marks.iter().filter(|mark| per_unit(mark) == single) {
            let line = view.line(mark.line);
            let over = Quantity((used + line.quantity - allowed.max(basic)).0.clamp(0, line.quantity.0));
            used += line.quantity;
            if over.0 == 0 {
                continue;
            }
            let amount = line.amount.share(over, line.quantity);
            let minutes = recorded / 60;
            let evidence = format!(
                "麻醉记录共{minutes}分钟，计费至“{}”已达{used}小时，超出{over}小时，涉及{amount}元",
                view.item_name(line)
            );
            hits.push(view.part_of_line(mark.line, view.library.check(mark.check).point, over, amount, evidence));
        }
    }
}
