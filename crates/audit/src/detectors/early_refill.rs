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
use crate::hit::{Hits, NO_POINT, RELATED_MAX};
use model::Quantity;
use rustc_hash::FxHashMap;
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

/// The fills of one ingredient not yet used up, oldest first, with the days left of each.
#[derive(Default)]
struct AtHand<'f> {
    fills: VecDeque<(&'f Fill, i32)>,
    days: i32,
    /// By institution: how many of the fills.
    institutions: FxHashMap<&'f str, usize>,
    /// Days and number of the fills of the visit at hand: packs of one visit are one fill.
    of_visit: (u32, i32, usize),
}

impl<'f> AtHand<'f> {
    /// Uses up days, oldest fill first.
    fn pass(&mut self, person: &PersonView<'f>, mut elapsed: i32) {
        while let Some((fill, days)) = self.fills.front_mut()
            && elapsed > 0
        {
            let used = elapsed.min(*days);
            (*days, self.days, elapsed) = (*days - used, self.days - used, elapsed - used);
            if fill.visit == self.of_visit.0 {
                self.of_visit.1 -= used;
                self.of_visit.2 -= usize::from(*days == 0);
            }
            if *days == 0 {
                let place = person.code_of_institution(fill.visit);
                if let Some(count) = self.institutions.get_mut(place) {
                    *count -= 1;
                    if *count == 0 {
                        self.institutions.remove(place);
                    }
                }
                self.fills.pop_front();
            }
        }
    }

    /// Comes to a fill: what earlier visits left is at hand.
    fn come_to(&mut self, fill: &Fill) -> i32 {
        if self.of_visit.0 != fill.visit {
            self.of_visit = (fill.visit, 0, 0);
        }
        self.days - self.of_visit.1
    }

    fn add(&mut self, person: &PersonView<'f>, fill: &'f Fill) {
        self.fills.push_back((fill, fill.days));
        self.days += fill.days;
        *self.institutions.entry(person.code_of_institution(fill.visit)).or_default() += 1;
        self.of_visit.1 += fill.days;
        self.of_visit.2 += 1;
    }
}

impl EarlyRefill {
    fn ingredient<'f>(&self, person: &PersonView<'f>, group: &'f [Fill], hits: &mut Hits) {
        let mut at_hand = AtHand { of_visit: (u32::MAX, 0, 0), ..AtHand::default() };
        let mut day = group.first().map_or(0, |fill| fill.on.0);
        for fill in group {
            at_hand.pass(person, fill.on.0 - day);
            day = fill.on.0;
            let left = at_hand.come_to(fill);
            if left > self.max_days_at_hand {
                self.report(person, &at_hand, (fill, left), hits);
            }
            at_hand.add(person, fill);
        }
    }

    fn report(&self, person: &PersonView<'_>, at_hand: &AtHand<'_>, (fill, left): (&Fill, i32), hits: &mut Hits) {
        let here = at_hand.institutions.contains_key(person.code_of_institution(fill.visit));
        let institutions = at_hand.institutions.len() + usize::from(!here);
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
            at_hand.fills.len() - at_hand.of_visit.2,
            self.max_days_at_hand,
        );
        let quantity = Quantity(line.quantity.0 * i64::from(over) / i64::from(fill.days));
        let mut hit = view.part_of_line(fill.line, NO_POINT, quantity, amount, evidence);
        let earlier = at_hand.fills.iter().filter(|(other, _)| other.visit != fill.visit);
        hit.related = earlier.map(|(other, _)| other.line).take(RELATED_MAX).collect();
        hits.push(hit);
    }
}
