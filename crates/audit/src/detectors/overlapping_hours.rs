//! Two items that cannot run at the same time, together longer than the day has hours.
//!
//! Counted a day and point: hours of A and of B (a session of B stands for `partner_hours_each`). What exceeds 24 must
//! have overlapped, whenever it was; it is laid on the latest lines of B.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, Sided, sided};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use crate::library::{Scope, Side};
use model::Quantity;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "overlapping_hours",
    title: "不能同时进行的两个项目，同日时长合计超过24小时",
    params: &[ParamSpec {
        name: "partner_hours_each",
        kind: ParamKind::Integer,
        default: Some("1"),
        title: "乙项目每一数量折合的小时数（按小时计价的为 1）",
    }],
    build,
};

struct OverlappingHours {
    hours_each: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        binder.mark_sides(index, point, Scope::Visit);
    }
    Box::new(OverlappingHours { hours_each: binder.params().integer("partner_hours_each").max(1) })
}

impl Detector for OverlappingHours {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let Some(mut sided) = sided(view.library, marks) else { return };
        let day = |mark: &Sided| view.line(mark.line).at.day();
        sided.sort_by_key(|mark| (mark.point, day(mark), mark.line));
        for lines in sided.chunk_by(|a, b| (a.point, day(a)) == (b.point, day(b))) {
            self.judge(view, lines, hits);
        }
    }
}

impl OverlappingHours {
    /// The lines of one point and day.
    fn judge(&self, view: &View<'_>, lines: &[Sided], hits: &mut Hits) {
        let of = |side| lines.iter().filter(move |mark| mark.side == side);
        let a: Quantity = of(Side::Subject).map(|mark| view.line(mark.line).quantity).sum();
        if a.0 == 0 {
            return;
        }
        let mut used = a;
        for mark in of(Side::Partner) {
            let line = view.line(mark.line);
            let hours = Quantity(line.quantity.0 * self.hours_each);
            let over = Quantity((used + hours - Quantity::whole(24)).0.clamp(0, hours.0));
            used += hours;
            if over.0 == 0 {
                continue;
            }
            // A session is refused as far as it overlaps.
            let denied = Quantity(over.0 / self.hours_each);
            let amount = line.amount.share(denied, line.quantity);
            let other = of(Side::Subject).next().map_or("", |first| view.item_name(view.line(first.line)));
            let evidence = format!(
                "{}“{other}”{a}小时，加上“{}”合计{used}小时，超过24小时，至少重叠{over}小时，涉及{amount}元",
                line.at.day(),
                view.item_name(line)
            );
            let mut hit = view.part_of_line(mark.line, mark.point, denied, amount, evidence);
            hit.related = of(Side::Subject).map(|first| first.line).collect();
            hits.push(hit);
        }
    }
}
