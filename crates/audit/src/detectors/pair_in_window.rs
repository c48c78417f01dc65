//! Two items in one window that must not both be charged: A already includes B, or A and B exclude each other.
//!
//! At fault is B. The window is a day, an hour, a run of hours, or the visit. How many units of B are
//! refused where A covers fewer is a local choice (`denied_quantity`).

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, Sided, sided};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use crate::library::{Scope, Side};
use knowledge::Window;
use model::{Quantity, Stamp};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "pair_in_window",
    title: "甲项目已包含乙项目（或与之互斥），同一时间窗内又收乙项目",
    params: &[
        ParamSpec {
            name: "denied_quantity",
            kind: ParamKind::Word(&["all", "min"]),
            default: Some("all"),
            title: "all 时间窗内乙项目全部数量；min 不超过甲项目数量",
        },
        ParamSpec {
            name: "relation",
            kind: ParamKind::Word(&["includes", "excludes"]),
            default: Some("includes"),
            title: "includes 甲的内涵已含乙；excludes 甲乙不得并付",
        },
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "就诊有这些诊断时豁免（编码前缀）",
        },
    ],
    build,
};

struct PairInWindow {
    at_most_a: bool,
    excludes: bool,
    exempt: Option<SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        binder.mark_sides(index, point, Scope::Visit);
    }
    Box::new(PairInWindow {
        at_most_a: binder.params().word("denied_quantity") == "min",
        excludes: binder.params().word("relation") == "excludes",
        exempt,
    })
}

impl Detector for PairInWindow {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let Some(sided) = sided(view.library, marks) else { return };
        if self.exempt.is_some_and(|set| view.has_diagnosis_of(set)) {
            return;
        }
        for of_point in sided.chunk_by(|a, b| a.point == b.point) {
            let Some(first) = of_point.first() else { continue };
            let window = view.library.point(first.point).predicate.window.unwrap_or(Window::Day);
            for included in of_point.iter().filter(|mark| mark.side == Side::Partner) {
                let covering: Vec<u32> = of_point
                    .iter()
                    .filter(|other| other.side == Side::Subject && other.line != included.line)
                    .filter(|other| within(window, view.line(other.line).at, view.line(included.line).at))
                    .map(|other| other.line)
                    .collect();
                if !covering.is_empty() {
                    self.report(view, included, window, covering, hits);
                }
            }
        }
    }
}

/// Whether two moments share the window. A line without a time of day lies at midnight; hours can
/// then not be told, and only equal moments count.
pub(super) fn within(window: Window, a: Stamp, b: Stamp) -> bool {
    match window {
        Window::Visit | Window::Operation | Window::Prescription => true,
        Window::Day => a.day() == b.day(),
        Window::Hour => a.0.div_euclid(3600) == b.0.div_euclid(3600),
        Window::Rolling(days) => (a.day().0 - b.day().0).abs() < i32::from(days),
        Window::RollingHours(hours) => (a.0 - b.0).abs() < i64::from(hours) * 3600,
        Window::Month => a.day().month_key() == b.day().month_key(),
        Window::Quarter => a.day().quarter_key() == b.day().quarter_key(),
        Window::Year => a.day().civil().0 == b.day().civil().0,
    }
}

impl PairInWindow {
    fn report(&self, view: &View<'_>, mark: &Sided, window: Window, covering: Vec<u32>, hits: &mut Hits) {
        let line = view.line(mark.line);
        let covered: Quantity = covering.iter().map(|&other| view.line(other).quantity).sum();
        let denied = if self.at_most_a { line.quantity.min(covered) } else { line.quantity };
        let amount = line.amount.share(denied, line.quantity);
        let Some(&first) = covering.first() else { return };
        let including = view.line(first);
        let when = window_words(window, including.at);
        let (a, b) = (view.item_name(including), view.item_name(line));
        let evidence = if self.excludes {
            format!("{when}已收取“{a}”，与“{b}”不得并付，又收取{b}（数量{denied}），涉及{amount}元")
        } else {
            format!("{when}收取“{a}”，其内涵已包含“{b}”，又收取{b}（数量{denied}），涉及{amount}元")
        };
        let mut hit = view.part_of_line(mark.line, mark.point, denied, amount, evidence);
        hit.related = covering;
        hits.push(hit);
    }
}

fn window_words(window: Window, at: Stamp) -> String {
    let (year, month, _) = at.day().civil();
    match window {
        Window::Day => format!("{}当日", at.day()),
        Window::Hour => format!("{at}同一小时"),
        Window::RollingHours(hours) => format!("{at}前后{hours}小时内"),
        Window::Rolling(days) => format!("{}起{days}日内", at.day()),
        Window::Month => format!("{year}年{month}月内"),
        Window::Quarter => format!("{year}年第{}季度内", month.div_ceil(3)),
        Window::Year => format!("{year}年内"),
        Window::Visit | Window::Operation | Window::Prescription => "本次就诊".into(),
    }
}
