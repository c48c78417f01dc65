//! One prescription (or the take-home set of a stay) for more days than are paid.
//!
//! At stake is the part beyond the limit, by days.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, ItemKind, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "supply_days",
    title: "一次开药天数超过上限",
    params: &[
        ParamSpec {
            name: "outpatient_max_days",
            kind: ParamKind::Integer,
            default: Some("84"),
            title: "门诊、慢特病、购药最长天数",
        },
        ParamSpec {
            name: "emergency_max_days", kind: ParamKind::Integer, default: Some("84"), title: "急诊最长天数"
        },
        ParamSpec {
            name: "take_home_max_days",
            kind: ParamKind::Integer,
            default: Some("84"),
            title: "出院带药最长天数",
        },
    ],
    build,
};

struct SupplyDays {
    outpatient: u16,
    emergency: u16,
    take_home: u16,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let days = |name: &str| u16::try_from(binder.params().integer(name)).unwrap_or(u16::MAX);
    Box::new(SupplyDays {
        outpatient: days("outpatient_max_days"),
        emergency: days("emergency_max_days"),
        take_home: days("take_home_max_days"),
    })
}

impl Detector for SupplyDays {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        for (index, line) in view.lines() {
            // Most lines carry no days at all.
            if line.supply_days == 0 || line.quantity.0 <= 0 {
                continue;
            }
            let (allowed, what) = match view.visit.setting {
                CareSetting::Inpatient if !line.take_home => continue,
                CareSetting::Inpatient => (self.take_home, "出院带药"),
                CareSetting::Emergency => (self.emergency, "急诊处方"),
                _ => (self.outpatient, "一次开药"),
            };
            if line.supply_days <= allowed || !ItemKind::from_code(view.text(line.code)).is_medicine() {
                continue;
            }
            let over = i64::from(line.supply_days - allowed);
            let whole = Quantity(i64::from(line.supply_days));
            let amount = line.amount.share(Quantity(over), whole);
            let quantity = Quantity(line.quantity.0 * over / i64::from(line.supply_days));
            let evidence = format!(
                "“{}”{what}{}天，最长支付{allowed}天，超出{over}天，涉及{amount}元",
                view.item_name(line),
                line.supply_days
            );
            hits.push(view.part_of_line(index, NO_POINT, quantity, amount, evidence));
        }
    }
}
