//! Days of a stay on which nothing was done: only the charges that a system posts by itself.
//!
//! Counted are the full days between admission and discharge. Idle charge types (`med_chrgitm_type`) are a
//! parameter: the bed, as a rule. Where a department posts several days at once (one line with the quantity of the
//! days before it), those days are not empty: the record is late, not the care.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "empty_stay_days",
    title: "住院期间多日没有任何诊疗",
    params: &[
        ParamSpec { name: "min_empty_days", kind: ParamKind::Integer, default: Some("3"), title: "空白天数至少" },
        ParamSpec {
            name: "min_empty_percent",
            kind: ParamKind::Integer,
            default: Some("30"),
            title: "空白天数占住院整天数的比例至少（%）",
        },
        ParamSpec {
            name: "idle_charge_types",
            kind: ParamKind::Texts,
            default: Some("1"),
            title: "不算诊疗的收费类别（med_chrgitm_type）：系统每日自动记账的",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct EmptyStayDays {
    min_empty_days: i32,
    min_empty_percent: i32,
    idle: Vec<u8>,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let mut idle = Vec::new();
    for text in binder.params().texts("idle_charge_types") {
        match text.parse() {
            Ok(kind) => idle.push(kind),
            Err(_) => binder.report("params.idle_charge_types", format!("“{text}”不是收费类别代码（1 至 14）")),
        }
    }
    let params = binder.params();
    Box::new(EmptyStayDays {
        min_empty_days: params.integer("min_empty_days") as i32,
        min_empty_percent: params.integer("min_empty_percent") as i32,
        idle,
        exempt,
    })
}

impl Detector for EmptyStayDays {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let Some(ends_at) = view.visit.ends_at else { return };
        let first = view.visit.begins_at.day().plus(1);
        let full_days = ends_at.day().0 - first.0;
        if view.visit.setting != CareSetting::Inpatient || full_days < self.min_empty_days {
            return;
        }
        let (mut empty, mut idle_cost) = (0, Fen::ZERO);
        // Lines lie in time order: `next` is the first full day for which nothing was seen yet.
        let mut next = first.0;
        for (_, line) in view.lines().filter(|(_, line)| line.quantity.0 > 0) {
            if self.idle.contains(&line.charge_type) {
                idle_cost += line.amount;
                continue;
            }
            let day = line.at.day().0.min(ends_at.day().0);
            // A line for several days covers the days before it that were not yet posted.
            let posted = (line.quantity.0 / Quantity::SCALE).clamp(1, i64::from(full_days)) as i32;
            empty += (day - next.max(first.0) - (posted - 1)).max(0);
            next = next.max(day + 1);
        }
        empty += (ends_at.day().0 - next).max(0);
        if empty < self.min_empty_days || empty * 100 < full_days * self.min_empty_percent || self.exempt.covers(view) {
            return;
        }
        let evidence = format!(
            "住院{}至{}，入出院日之外{full_days}个整天中有{empty}天没有床位费以外的任何诊疗记录，床位等费用{idle_cost}元，本次总费用{}元",
            view.visit.begins_at.day(),
            ends_at.day(),
            view.total(),
        );
        hits.push(view.whole_visit(NO_POINT, Quantity::whole(i64::from(empty)), idle_cost, Vec::new(), evidence));
    }
}
