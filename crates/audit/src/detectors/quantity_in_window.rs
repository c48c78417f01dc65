//! More of an item than its window allows: a day, a visit, any run of days, or a calendar month, quarter or year.
//!
//! At stake is the excess, laid on the latest lines of the window; what earlier lines used up is
//! theirs. Windows longer than a visit look across the person's visits; there a generic, or a list that one
//! point pools, is one item under its name.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hits, RELATED_MAX};
use knowledge::Window;
use model::{Day, Quantity, Stamp};
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "quantity_in_window",
    title: "时间窗内数量超过上限",
    params: &[
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "就诊有这些诊断时豁免（编码前缀）",
        },
        ParamSpec {
            name: "med_types",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "只判断这些医疗类别（前缀，空为全部）",
        },
        ParamSpec {
            name: "judged_elsewhere_days",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "距上次不足此天数的由另一规则判断，本规则不重复报（0 为不让）",
        },
    ],
    build,
};

struct QuantityInWindow {
    exempt: Option<SetId>,
    med_types: Vec<String>,
    judged_elsewhere_days: i32,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_quantity.is_none() {
            continue;
        }
        for item in binder.items_of(point) {
            if point.predicate.window.is_some_and(crosses_visits) {
                binder.mark_person(item, Some(index));
            } else {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(QuantityInWindow {
        exempt,
        med_types: binder.params().texts("med_types").to_vec(),
        judged_elsewhere_days: binder.params().integer("judged_elsewhere_days") as i32,
    })
}

/// Whether a window is counted for the person rather than for the visit.
const fn crosses_visits(window: Window) -> bool {
    matches!(window, Window::Rolling(_) | Window::Month | Window::Quarter | Window::Year)
}

/// The number of the window a moment falls in. An operation is a day: lines rarely name theirs. Windows
/// that cross visits are counted for the person.
fn number_of(window: Option<Window>, at: Stamp) -> Option<i64> {
    match window {
        Some(Window::Rolling(_) | Window::RollingHours(_) | Window::Month | Window::Quarter | Window::Year) => None,
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

/// Whether an earlier use still counts on a day.
fn shares(window: Window, earlier: Day, day: Day) -> bool {
    match window {
        Window::Rolling(days) => day.0 - earlier.0 < i32::from(days),
        Window::Month => earlier.month_key() == day.month_key(),
        Window::Quarter => earlier.quarter_key() == day.quarter_key(),
        Window::Year => earlier.civil().0 == day.civil().0,
        _ => false,
    }
}

fn period_words(window: Window, day: Day) -> String {
    let (year, month, _) = day.civil();
    match window {
        Window::Rolling(days) => format!("{days}日内"),
        Window::Month => format!("{year}年{month}月内"),
        Window::Quarter => format!("{year}年第{}季度内", month.div_ceil(3)),
        _ => format!("{year}年内"),
    }
}

/// A use that was allowed: a refused one does not push out a later one.
struct Use {
    day: Day,
    quantity: Quantity,
    line: u32,
}

impl QuantityInWindow {
    /// Whether the rule neither judges nor counts this visit.
    fn leaves_alone(&self, view: &View<'_>) -> bool {
        let med_type = view.text(view.visit.med_type);
        self.exempt.is_some_and(|set| view.has_diagnosis_of(set))
            || !(self.med_types.is_empty() || self.med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str())))
    }
}

impl Detector for QuantityInWindow {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if self.leaves_alone(view) {
            return;
        }
        let mut counted: FxHashMap<(u32, i64), (Quantity, Vec<u32>)> = FxHashMap::default();
        for mark in marks {
            let point = view.library.check(mark.check).point;
            let predicate = &view.library.point(point).predicate;
            let Some(allowed) = predicate.max_quantity else { continue };
            let line = view.line(mark.line);
            let Some(window) = number_of(predicate.window, line.at) else { continue };
            let (used, before) = counted.entry((point, window)).or_default();
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
            if before.len() < RELATED_MAX {
                before.push(mark.line);
            }
        }
    }

    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        // By point's name: its uses in time order. No more are allowed in a window than the limit, so looking back is short.
        let mut allowed_uses: FxHashMap<&str, Vec<Use>> = FxHashMap::default();
        let mut ordered: Vec<&Mark> = marks.iter().collect();
        ordered.sort_by_key(|mark| (person.case.lines[mark.line as usize].at, mark.line));
        for mark in ordered {
            let line = &person.case.lines[mark.line as usize];
            let point = person.library.check(mark.check).point;
            let predicate = &person.library.point(point).predicate;
            let (Some(allowed), Some(window)) = (predicate.max_quantity, predicate.window) else { continue };
            let view = person.visit(line.visit);
            if self.leaves_alone(&view) {
                continue;
            }
            let day = line.at.day();
            let uses = allowed_uses.entry(person.library.point_name(point)).or_default();
            let near = || uses.iter().rev().take_while(|used| shares(window, used.day, day));
            let used: Quantity = near().map(|u| u.quantity).sum();
            let over = Quantity((used + line.quantity - allowed).0.clamp(0, line.quantity.0));
            let last = near().next().map(|u| u.day);
            let elsewhere = last.is_some_and(|last| day.0 - last.0 < self.judged_elsewhere_days);
            if over.0 > 0 && !elsewhere {
                let amount = line.amount.share(over, line.quantity);
                let last = last.map(|last| format!("，上次为{last}")).unwrap_or_default();
                let evidence = format!(
                    "“{}”{}最多{allowed}次，{day}又收取{}{last}，超出{over}，涉及{amount}元",
                    view.item_name(line),
                    period_words(window, day),
                    line.quantity,
                );
                let mut hit = view.part_of_line(mark.line, point, over, amount, evidence);
                hit.related = near().map(|u| u.line).take(RELATED_MAX).collect();
                hits.push(hit);
            }
            if over < line.quantity {
                uses.push(Use { day, quantity: line.quantity - over, line: mark.line });
            }
        }
    }
}
