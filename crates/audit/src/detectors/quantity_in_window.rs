//! More of an item than its window allows: a day, a visit, or any run of days.
//!
//! At stake is the excess, laid on the latest lines of the window; what earlier lines used up is
//! theirs. A rolling window looks across the person's visits.

use super::{Detector, DetectorInfo, PersonView};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use knowledge::Window;
use model::{Day, Quantity, Stamp};

pub(super) const INFO: DetectorInfo =
    DetectorInfo { name: "quantity_in_window", title: "时间窗内数量超过上限", params: &[], build };

struct QuantityInWindow;

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_quantity.is_none() {
            continue;
        }
        for item in binder.items_of(point) {
            match point.predicate.window {
                Some(Window::Rolling(_)) => binder.mark_person(item, Some(index)),
                _ => binder.mark(item, Some(index)),
            }
        }
    }
    Box::new(QuantityInWindow)
}

/// The number of the window a moment falls in. An operation is a day: lines rarely name theirs. Windows
/// that cross visits are counted for the person.
fn number_of(window: Option<Window>, at: Stamp) -> Option<i64> {
    match window {
        Some(Window::Rolling(_) | Window::RollingHours(_)) => None,
        Some(Window::Day | Window::Operation) => Some(i64::from(at.day().0)),
        Some(Window::Hour) => Some(at.0.div_euclid(3600)),
        Some(Window::Visit | Window::Prescription) | None => Some(0),
    }
}

fn words_of(window: Option<Window>, at: Stamp) -> String {
    match window {
        Some(Window::Day | Window::Operation) => format!("{}当日", at.day()),
        Some(Window::Hour) => format!("{at}同一小时"),
        _ => "本次就诊".to_owned(),
    }
}

impl Detector for QuantityInWindow {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let mut counted: Vec<(u32, i64, Quantity, Vec<u32>)> = Vec::new();
        for mark in marks {
            let point = view.library.check(mark.check).point;
            let predicate = &view.library.point(point).predicate;
            let Some(allowed) = predicate.max_quantity else { continue };
            let line = view.line(mark.line);
            let Some(window) = number_of(predicate.window, line.at) else { continue };
            let place = match counted.iter().position(|(p, w, _, _)| (*p, *w) == (point, window)) {
                Some(place) => place,
                None => {
                    counted.push((point, window, Quantity::ZERO, Vec::new()));
                    counted.len() - 1
                }
            };
            let (_, _, used, before) = &mut counted[place];
            let over = Quantity((*used + line.quantity - allowed).0.clamp(0, line.quantity.0));
            *used += line.quantity;
            if over.0 > 0 {
                let amount = line.amount.share(over, line.quantity);
                let when = words_of(predicate.window, line.at);
                let evidence = format!(
                    "{when}“{}”累计数量{used}，上限{allowed}，本条超出{over}，涉及{amount}元",
                    view.item_name(line)
                );
                let mut hit = view.part_of_line(mark.line, point, over, amount, evidence);
                hit.related.clone_from(before);
                hits.push(hit);
            }
            before.push(mark.line);
        }
    }

    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        // Uses that were allowed, by item: a refused use does not push out a later one.
        let mut allowed_uses: Vec<(u32, Day, Quantity, u32)> = Vec::new();
        let mut ordered: Vec<&Mark> = marks.iter().collect();
        ordered.sort_by_key(|mark| (person.case.lines[mark.line as usize].at, mark.line));
        for mark in ordered {
            let line = &person.case.lines[mark.line as usize];
            let point = person.library.check(mark.check).point;
            let predicate = &person.library.point(point).predicate;
            let (Some(allowed), Some(Window::Rolling(days))) = (predicate.max_quantity, predicate.window) else {
                continue;
            };
            let day = line.at.day();
            let item = person.library.national_of(line.item);
            let near = |used: &&(u32, Day, Quantity, u32)| used.0 == item && day.0 - used.1.0 < i32::from(days);
            let used: Quantity = allowed_uses.iter().filter(near).map(|u| u.2).sum();
            let over = Quantity((used + line.quantity - allowed).0.clamp(0, line.quantity.0));
            if over.0 > 0 {
                let view = person.visit(line.visit);
                let amount = line.amount.share(over, line.quantity);
                let related: Vec<u32> = allowed_uses.iter().filter(near).map(|u| u.3).collect();
                let last = allowed_uses.iter().rfind(near).map(|u| format!("，上次为{}", u.1)).unwrap_or_default();
                let evidence = format!(
                    "“{}”{days}日内最多{allowed}次，{day}又收取{}{last}，超出{over}，涉及{amount}元",
                    view.item_name(line),
                    line.quantity,
                );
                let mut hit = view.part_of_line(mark.line, point, over, amount, evidence);
                hit.related = related;
                hits.push(hit);
            }
            if over < line.quantity {
                allowed_uses.push((item, day, line.quantity - over, mark.line));
            }
        }
    }
}
