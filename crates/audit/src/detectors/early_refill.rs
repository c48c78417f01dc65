//! A medicine dispensed again while much of the earlier supply must still be there.
//!
//! The supply at hand is carried forward day by day: what is dispensed is added, a day takes one day's worth. A
//! fill is early when more days are at hand than the rule allows; with `min_institutions` the supply at hand must
//! come from so many institutions, this one included. At stake is the part of the fill that the supply at hand
//! would have covered.

use super::exempt::{self, Exempt};
use super::supply::{Fill, by_ingredient};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::Quantity;
use std::collections::VecDeque;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "early_refill",
    title: "余药未用完又开同一药品（提前取药、多机构重叠取药）",
    params: &[
        ParamSpec {
            name: "max_days_at_hand",
            kind: ParamKind::Integer,
            default: Some("7"),
            title: "取药时允许的余药天数",
        },
        ParamSpec {
            name: "min_institutions",
            kind: ParamKind::Integer,
            default: Some("1"),
            title: "余药与本次取药至少涉及的机构数",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct EarlyRefill {
    max_days_at_hand: i32,
    min_institutions: usize,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    Box::new(EarlyRefill {
        max_days_at_hand: params.integer("max_days_at_hand") as i32,
        min_institutions: usize::try_from(params.integer("min_institutions")).unwrap_or(usize::MAX),
        exempt,
    })
}

impl Detector for EarlyRefill {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        for group in by_ingredient(person, person.fills()) {
            if group.len() >= self.min_institutions.max(2) {
                self.ingredient(person, group, hits);
            }
        }
    }
}

impl EarlyRefill {
    fn ingredient(&self, person: &PersonView<'_>, group: &[Fill], hits: &mut Hits) {
        // Fills not yet used up, oldest first, with the days left of each.
        let mut at_hand: VecDeque<(&Fill, i32)> = VecDeque::new();
        let mut left = 0;
        let mut day = group.first().map_or(0, |fill| fill.on.0);
        for fill in group {
            let mut elapsed = fill.on.0 - day;
            day = fill.on.0;
            while let Some((_, days)) = at_hand.front_mut()
                && elapsed > 0
            {
                let used = elapsed.min(*days);
                (*days, left, elapsed) = (*days - used, left - used, elapsed - used);
                if *days == 0 {
                    at_hand.pop_front();
                }
            }
            // Packs of one visit are one fill: only what earlier visits left is at hand.
            let of_visit: i32 =
                at_hand.iter().rev().take_while(|(f, _)| f.visit == fill.visit).map(|(_, days)| *days).sum();
            let before = left - of_visit;
            if before > self.max_days_at_hand {
                self.report(person, &at_hand, (fill, before), hits);
            }
            left += fill.days;
            at_hand.push_back((fill, fill.days));
        }
    }

    fn report(
        &self,
        person: &PersonView<'_>,
        at_hand: &VecDeque<(&Fill, i32)>,
        (fill, left): (&Fill, i32),
        hits: &mut Hits,
    ) {
        let institutions = person.distinct_institutions(at_hand.iter().map(|(fill, _)| fill.visit).chain([fill.visit]));
        let view = person.visit(fill.visit);
        if institutions < self.min_institutions || self.exempt.covers(&view) {
            return;
        }
        let line = view.line(fill.line);
        let over = (left - self.max_days_at_hand).clamp(1, fill.days);
        let amount = line.amount.share(Quantity(i64::from(over)), Quantity(i64::from(fill.days)));
        let evidence = format!(
            "{}开“{}”{}天时，此前{}次取药（含本次共{institutions}家机构）尚余{left}天，允许余药{}天，涉及{amount}元",
            fill.on,
            view.item_name(line),
            fill.days,
            at_hand.iter().filter(|(f, _)| f.visit != fill.visit).count(),
            self.max_days_at_hand,
        );
        let quantity = Quantity(line.quantity.0 * i64::from(over) / i64::from(fill.days));
        let mut hit = view.part_of_line(fill.line, NO_POINT, quantity, amount, evidence);
        hit.related = at_hand.iter().filter(|(f, _)| f.visit != fill.visit).map(|(fill, _)| fill.line).collect();
        hits.push(hit);
    }
}
