//! More days or hours of an item than there are: more than the stay lasts, or more than a day has.
//!
//! Each point says what its items are counted in and against what: `unit=day window=visit` (days of the stay),
//! `unit=hour window=visit` (hours from admission to discharge, begun hours whole), `unit=hour window=day` (24).
//! At stake is the excess, laid on the latest lines. A stay that has not ended has no length.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use knowledge::{QuantityUnit, Window};
use model::{CareSetting, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "quantity_over_duration",
    title: "按日（小时）计价的数量大于住院（当日）时长",
    params: &[ParamSpec {
        name: "extra_days",
        kind: ParamKind::Integer,
        default: Some("1"),
        title: "住院天数（出院日减入院日）之外允许的天数：算头不算尾为 0，头尾都算为 1",
    }],
    build,
};

struct QuantityOverDuration {
    extra_days: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.quantity_unit.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(QuantityOverDuration { extra_days: binder.params().integer("extra_days") })
}

/// What is available, and how it is said.
struct Available {
    quantity: Quantity,
    words: String,
}

impl Detector for QuantityOverDuration {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let point_of = |mark: &Mark| view.library.check(mark.check).point;
        let mut ordered: Vec<&Mark> = marks.iter().collect();
        ordered.sort_by_key(|mark| (point_of(mark), mark.line));
        ordered.dedup_by_key(|mark| (point_of(mark), mark.line));
        for of_point in ordered.chunk_by(|a, b| point_of(a) == point_of(b)) {
            let Some(first) = of_point.first() else { continue };
            let by_day = view.library.point(point_of(first)).predicate.window == Some(Window::Day);
            let day = |mark: &Mark| view.line(mark.line).at.day();
            for lines in of_point.chunk_by(|a, b| !by_day || day(a) == day(b)) {
                self.judge(view, lines, hits);
            }
        }
    }
}

impl QuantityOverDuration {
    fn available(&self, view: &View<'_>, point: u32) -> Option<Available> {
        let predicate = &view.library.point(point).predicate;
        if predicate.window == Some(Window::Day) {
            return Some(Available { quantity: Quantity::whole(24), words: "一日24小时".into() });
        }
        if view.visit.setting != CareSetting::Inpatient {
            return None;
        }
        let (from, until) = (view.visit.begins_at, view.visit.ends_at?);
        let days = i64::from(until.day().0 - from.day().0).max(1);
        Some(if predicate.quantity_unit == Some(QuantityUnit::Hour) {
            let timed = until.0 % 86_400 != 0;
            let seconds = if timed { until.0 - from.0 } else { (days + 1) * 86_400 };
            let hours = (seconds + 3599) / 3600;
            Available { quantity: Quantity::whole(hours), words: format!("住院{hours}小时（{from}至{until}）") }
        } else {
            let allowed = days + self.extra_days;
            Available { quantity: Quantity::whole(allowed), words: format!("住院{days}天，至多计{allowed}天") }
        })
    }

    /// The lines of one window, in time order.
    fn judge(&self, view: &View<'_>, lines: &[&Mark], hits: &mut Hits) {
        let Some(first) = lines.first() else { return };
        let point = view.library.check(first.check).point;
        let Some(available) = self.available(view, point) else { return };
        let mut used = Quantity::ZERO;
        for (place, mark) in lines.iter().enumerate() {
            let line = view.line(mark.line);
            let over = Quantity((used + line.quantity - available.quantity).0.clamp(0, line.quantity.0));
            used += line.quantity;
            if over.0 == 0 {
                continue;
            }
            let amount = line.amount.share(over, line.quantity);
            let evidence = format!(
                "“{}”累计数量{used}，{}，本条超出{over}，涉及{amount}元",
                view.item_name(line),
                available.words
            );
            let mut hit = view.part_of_line(mark.line, point, over, amount, evidence);
            hit.related = lines[..place].iter().map(|mark| mark.line).collect();
            hits.push(hit);
        }
    }
}
