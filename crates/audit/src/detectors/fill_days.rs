//! A listed medicine dispensed for more days at once than its point allows.
//!
//! Each point says the most days (`max_days`); at stake is the part beyond, by days. Orders of a stay are dispensed day
//! by day and are not judged, what is taken home is.

use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::{CareSetting, Quantity};

pub(super) const INFO: DetectorInfo =
    DetectorInfo { name: "fill_days", title: "所列药品一次开药天数超过上限", params: &[], build };

struct FillDays;

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_days.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(FillDays)
}

impl Detector for FillDays {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        for mark in marks {
            let line = view.line(mark.line);
            let point = view.library.check(mark.check).point;
            let Some(allowed) = view.library.point(point).predicate.max_days else { continue };
            let daily = view.visit.setting == CareSetting::Inpatient && !line.take_home;
            if daily || line.supply_days <= allowed {
                continue;
            }
            let over = i64::from(line.supply_days - allowed);
            let whole = i64::from(line.supply_days);
            let amount = line.amount.share(Quantity(over), Quantity(whole));
            let quantity = Quantity(line.quantity.0 * over / whole);
            let evidence = format!(
                "“{}”一次开具{whole}天，{}最多{allowed}天，超出{over}天，涉及{amount}元",
                view.item_name(line),
                view.library.point_name(point),
            );
            hits.push(view.part_of_line(mark.line, point, quantity, amount, evidence));
        }
    }
}
