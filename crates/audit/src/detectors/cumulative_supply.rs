//! More days of a medicine dispensed in a run of days than the run has, by more than an allowance.
//!
//! At each fill the supply of the earlier fills within the window is added up: what a regular patient has by then
//! is used up or nearly so. A fill on top of more than the limit is at fault for the days above it, and is then not
//! counted against later ones. Two more conditions make the rule one of hoarding: several institutions, many packs.

use super::exempt::{self, Exempt};
use super::supply::{Fill, by_ingredient};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT, RELATED_MAX};
use model::Quantity;
use std::collections::VecDeque;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "cumulative_supply",
    title: "一段时间内同一药品累计开药天数超过上限",
    params: &[
        ParamSpec { name: "window_days", kind: ParamKind::Integer, default: Some("90"), title: "滚动窗口天数" },
        ParamSpec {
            name: "max_supply_days",
            kind: ParamKind::Integer,
            default: Some("104"),
            title: "本次取药前窗口内累计最多开药天数",
        },
        ParamSpec {
            name: "min_institutions",
            kind: ParamKind::Integer,
            default: Some("1"),
            title: "窗口内至少涉及的机构数",
        },
        ParamSpec {
            name: "min_quantity",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "窗口内至少累计的数量（盒）",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct CumulativeSupply {
    window_days: i32,
    max_supply_days: i32,
    min_institutions: usize,
    min_quantity: Quantity,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    Box::new(CumulativeSupply {
        window_days: params.integer("window_days") as i32,
        max_supply_days: params.integer("max_supply_days") as i32,
        min_institutions: usize::try_from(params.integer("min_institutions")).unwrap_or(usize::MAX),
        min_quantity: Quantity::whole(params.integer("min_quantity")),
        exempt,
    })
}

impl Detector for CumulativeSupply {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let fills = person.fills();
        for group in by_ingredient(person, fills) {
            // One fill alone is the business of the rule on a single prescription.
            if group.len() > 1 && group.iter().map(|fill| fill.days).sum::<i32>() > self.max_supply_days {
                self.ingredient(person, group, hits);
            }
        }
    }
}

impl CumulativeSupply {
    fn ingredient(&self, person: &PersonView<'_>, group: &[Fill], hits: &mut Hits) {
        // Fills of the window with the days of each that count, and their sum.
        let mut window: VecDeque<(&Fill, i32)> = VecDeque::new();
        let mut supplied = 0;
        for fill in group {
            while let Some((oldest, days)) = window.front()
                && fill.on.0 - oldest.on.0 >= self.window_days
            {
                supplied -= days;
                window.pop_front();
            }
            let over = (supplied - self.max_supply_days).clamp(0, fill.days);
            let mut counted = fill.days;
            if over > 0 && !window.is_empty() && self.report(person, &window, (fill, over), hits) {
                counted -= over;
            }
            supplied += counted;
            // What was refused whole is no part of the window, which so holds no more fills than days.
            if counted > 0 {
                window.push_back((fill, counted));
            }
        }
    }

    fn report(
        &self,
        person: &PersonView<'_>,
        window: &VecDeque<(&Fill, i32)>,
        (fill, over): (&Fill, i32),
        hits: &mut Hits,
    ) -> bool {
        let fills = || window.iter().map(|(fill, _)| *fill).chain([fill]);
        let quantity: Quantity = fills().map(|fill| person.line(fill.line).quantity).sum();
        let institutions = person.distinct_institutions(fills().map(|fill| fill.visit));
        let view = person.visit(fill.visit);
        if institutions < self.min_institutions || quantity < self.min_quantity || self.exempt.covers(&view) {
            return false;
        }
        let line = view.line(fill.line);
        let (part, whole) = (i64::from(over), i64::from(fill.days));
        let amount = line.amount.share(Quantity(part), Quantity(whole));
        let supplied = window.iter().map(|(_, days)| *days).sum::<i32>();
        let evidence = format!(
            "此前{}天内“{}”已开药{supplied}天（连同本次{}次、{institutions}家机构、数量{quantity}），上限{}天，本次又开{}天，其中{over}天超出，涉及{amount}元",
            self.window_days,
            view.item_name(line),
            window.len() + 1,
            self.max_supply_days,
            fill.days,
        );
        let over = Quantity(line.quantity.0 * part / whole);
        let mut hit = view.part_of_line(fill.line, NO_POINT, over, amount, evidence);
        hit.related = window.iter().map(|(fill, _)| fill.line).take(RELATED_MAX).collect();
        hits.push(hit);
        true
    }
}
