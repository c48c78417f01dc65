//! More money of an item than is paid in its window: a visit, a month, a quarter, a year, or any run of days.
//!
//! What counts is the part of a line in scope of payment (`inscp_scp_amt`), else its amount. Points of one name are
//! one cap, whatever code an item was charged under. The line that passes the cap is at fault for what passes it;
//! what was refused does not use up the cap. One running sum a cap, so that a line costs one step.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, PersonView, in_time_order};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::Hits;
use knowledge::Window;
use model::{CaseLine, Day, Fen, Quantity};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "amount_in_window",
    title: "时间窗内累计金额超过限额",
    params: &[exempt::DIAGNOSES, exempt::MED_TYPES],
    build,
};

struct AmountInWindow {
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_amount.is_some() {
            for item in binder.items_of(point) {
                binder.mark_person(item, Some(index));
            }
        }
    }
    Box::new(AmountInWindow { exempt })
}

/// The sum of a cap in the period at hand.
#[derive(Default)]
struct Sum {
    period: i64,
    paid: Fen,
    /// Paid parts that a rolling window will let go, oldest first.
    parts: VecDeque<(Day, Fen)>,
}

impl Sum {
    /// Forgets what no longer shares the window with the line.
    fn move_on(&mut self, window: Window, line: &CaseLine) {
        if let Window::Rolling(days) = window {
            while let Some((day, part)) = self.parts.front()
                && line.at.day().0 - day.0 >= i32::from(days)
            {
                self.paid -= *part;
                self.parts.pop_front();
            }
            return;
        }
        let period = period_of(window, line);
        if period != self.period {
            *self = Self { period, ..Self::default() };
        }
    }
}

fn period_of(window: Window, line: &CaseLine) -> i64 {
    let (year, month, _) = line.at.day().civil();
    match window {
        Window::Day => i64::from(line.at.day().0),
        Window::Month => i64::from(year) * 12 + i64::from(month),
        Window::Quarter => i64::from(year) * 4 + i64::from(month.div_ceil(3)),
        Window::Year => i64::from(year),
        _ => i64::from(line.visit) + 1,
    }
}

fn words_of(window: Window, line: &CaseLine) -> String {
    let (year, month, _) = line.at.day().civil();
    match window {
        Window::Day => format!("{}当日", line.at.day()),
        Window::Month => format!("{year}年{month}月"),
        Window::Quarter => format!("{year}年第{}季度", month.div_ceil(3)),
        Window::Year => format!("{year}年"),
        Window::Rolling(days) => format!("{days}天内"),
        _ => "本次就诊".to_owned(),
    }
}

impl Detector for AmountInWindow {
    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        let mut sums: FxHashMap<&str, Sum> = FxHashMap::default();
        for mark in in_time_order(person.case, marks) {
            let line = person.line(mark.line);
            let point = person.library.check(mark.check).point;
            let predicate = &person.library.point(point).predicate;
            let Some(cap) = predicate.max_amount else { continue };
            let window = predicate.window.unwrap_or(Window::Visit);
            let view = person.visit(line.visit);
            if self.exempt.covers(&view) {
                continue;
            }
            let counted = line.in_scope.unwrap_or(line.amount);
            let sum = sums.entry(person.library.point_name(point)).or_default();
            sum.move_on(window, line);
            let over = Fen((sum.paid + counted - cap).0.clamp(0, counted.0.max(0)));
            sum.paid += counted - over;
            sum.parts.push_back((line.at.day(), counted - over));
            if over.0 <= 0 {
                continue;
            }
            let evidence = format!(
                "“{}”{}累计{}元，限额{cap}元，本条{counted}元中超出{over}元",
                person.library.point_name(point),
                words_of(window, line),
                sum.paid + over,
            );
            let quantity = Quantity(
                i64::try_from(i128::from(line.quantity.0) * i128::from(over.0) / i128::from(counted.0)).unwrap_or(0),
            );
            hits.push(view.part_of_line(mark.line, point, quantity, over, evidence));
        }
    }
}
