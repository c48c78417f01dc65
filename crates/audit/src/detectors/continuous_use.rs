//! A medicine (or service) used longer without a break than allowed, across visits.
//!
//! A knowledge point gives the longest use in days and how it is counted: `logic=distinct` counts days of use,
//! `logic=span` counts from the first day of the run to the last: two different questions. A line is used on its
//! day and, with days of supply, on the days after it. A pause of more days than the rule allows ends the run.
//! At fault is the part of each line that lies beyond the last allowed day.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView, in_time_order};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::Hits;
use knowledge::DayLogic;
use model::Quantity;
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "continuous_use",
    title: "跨就诊连续使用超过最长天数",
    params: &[
        ParamSpec {
            name: "gap_days_resets",
            kind: ParamKind::Integer,
            default: Some("7"),
            title: "停用超过几天重新计算",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct ContinuousUse {
    gap_days_resets: i32,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_days.is_some() {
            for item in binder.items_of(point) {
                binder.mark_person(item, Some(index));
            }
        }
    }
    Box::new(ContinuousUse { gap_days_resets: binder.params().integer("gap_days_resets") as i32, exempt })
}

/// A run of use.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// First day.
    from: i32,
    /// First day not yet covered.
    until: i32,
    /// Days of use.
    used: i32,
    /// The line that began it.
    first: u32,
}

impl Run {
    /// Adds the days of use from `from` until before `until`; what is covered already adds nothing.
    fn extend(&mut self, from: i32, until: i32) {
        self.used += (until - from.max(self.until)).max(0);
        self.until = self.until.max(until);
    }

    fn length(&self, logic: DayLogic) -> i32 {
        match logic {
            DayLogic::Distinct => self.used,
            DayLogic::Span => self.until - self.from,
        }
    }
}

impl Detector for ContinuousUse {
    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        let mut runs: FxHashMap<u32, Run> = FxHashMap::default();
        for mark in in_time_order(person.case, marks) {
            let line = person.line(mark.line);
            let point = person.library.check(mark.check).point;
            let predicate = &person.library.point(point).predicate;
            let Some(max_days) = predicate.max_days.map(i32::from) else { continue };
            let logic = predicate.day_logic.unwrap_or(DayLogic::Distinct);
            let days = i32::from(line.supply_days).max(1);
            let (from, until) = (line.at.day().0, line.at.day().0 + days);
            let fresh = Run { from, until: from, used: 0, first: mark.line };
            let run = runs.entry(point).or_insert(fresh);
            if from - run.until > self.gap_days_resets {
                *run = fresh;
            }
            let before = run.length(logic);
            run.extend(from, until);
            let length = run.length(logic);
            if length <= max_days {
                continue;
            }
            // What this line adds beyond the limit, in days of its own; all of it once the limit is passed.
            let over = if before >= max_days { days } else { (length - max_days).min(days) };
            let view = person.visit(line.visit);
            if self.exempt.covers(&view) {
                continue;
            }
            let (part, whole) = (i64::from(over), i64::from(days));
            let amount = line.amount.share(Quantity(part), Quantity(whole));
            let counted = if logic == DayLogic::Span { "首尾" } else { "用药日" };
            let evidence = format!(
                "“{}”自{}起连续使用{length}天（按{counted}计），最长{max_days}天，本条{days}天中超出{over}天，涉及{amount}元",
                view.item_name(line),
                model::Day(run.from),
            );
            let quantity = Quantity(line.quantity.0 * part / whole);
            let mut hit = view.part_of_line(mark.line, point, quantity, amount, evidence);
            hit.related = vec![run.first];
            hits.push(hit);
        }
    }
}
