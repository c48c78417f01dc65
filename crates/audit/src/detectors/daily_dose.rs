//! More of a medicine a day than its label (or the pharmacopoeia) gives, by the prescription's own days.
//!
//! A line's quantity over its days of supply is what a day gets; a line without days decides nothing. A knowledge
//! point gives the most a day; the rule may allow a multiple of it. At stake is the quantity beyond.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::Quantity;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "daily_dose",
    title: "日用量超过最大用量",
    params: &[
        ParamSpec {
            name: "multiple_percent",
            kind: ParamKind::Integer,
            default: Some("100"),
            title: "允许为最大用量的百分之几",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct DailyDose {
    multiple_percent: i64,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_quantity.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(DailyDose { multiple_percent: binder.params().integer("multiple_percent"), exempt })
}

impl Detector for DailyDose {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        for mark in marks {
            let point = view.library.check(mark.check).point;
            let Some(most) = view.library.point(point).predicate.max_quantity else { continue };
            let line = view.line(mark.line);
            let days = i64::from(line.supply_days);
            if days == 0 {
                continue;
            }
            let allowed = Quantity(most.0.saturating_mul(self.multiple_percent) / 100 * days);
            let over = Quantity((line.quantity - allowed).0.max(0));
            if over.0 == 0 || self.exempt.covers(view) {
                continue;
            }
            let amount = line.amount.share(over, line.quantity);
            let evidence = format!(
                "“{}”{days}天共{}，日均{}，最大日用量{most}（允许{}%），超出{over}，涉及{amount}元",
                view.item_name(line),
                line.quantity,
                Quantity(line.quantity.0 / days),
                self.multiple_percent,
            );
            hits.push(view.part_of_line(mark.line, point, over, amount, evidence));
        }
    }
}
