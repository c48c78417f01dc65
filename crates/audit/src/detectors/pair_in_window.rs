//! Item B charged in the window of item A, although A already includes B.
//!
//! At fault is B. The window is a day, an hour, a run of hours, or the visit. How many units of B are
//! refused where A covers fewer is a local choice (`denied_quantity`).

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use knowledge::Window;
use model::{Quantity, Span, Stamp};
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "pair_in_window",
    title: "甲项目已包含乙项目，同一时间窗内又收乙项目",
    params: &[ParamSpec {
        name: "denied_quantity",
        kind: ParamKind::Word(&["all", "min"]),
        default: Some("all"),
        title: "all 时间窗内乙项目全部数量；min 不超过甲项目数量",
    }],
    build,
};

struct Pair {
    including: u32,
    point: u32,
    window: Window,
    valid: Span,
}

struct PairInWindow {
    /// By the included item B: the items that include it.
    pairs: FxHashMap<u32, Vec<Pair>>,
    at_most_a: bool,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mut pairs: FxHashMap<u32, Vec<Pair>> = FxHashMap::default();
    let mut marked: Vec<u32> = Vec::new();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let window = point.predicate.window.unwrap_or(Window::Day);
        for (including, included) in binder.pairs_of(point) {
            pairs.entry(included).or_default().push(Pair { including, point: index, window, valid: point.valid });
            marked.extend([including, included]);
        }
    }
    marked.sort_unstable();
    marked.dedup();
    for item in marked {
        binder.mark(item, None);
    }
    Box::new(PairInWindow { pairs, at_most_a: binder.params().word("denied_quantity") == "min" })
}

impl Detector for PairInWindow {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() < 2 {
            return;
        }
        for mark in marks {
            let included = view.line(mark.line);
            let Some(pairs) = self.pairs.get(&canonical(view, mark)) else { continue };
            for pair in pairs.iter().filter(|pair| pair.valid.contains(included.at.day())) {
                let covering: Vec<u32> = marks
                    .iter()
                    .filter(|other| {
                        canonical(view, other) == pair.including
                            && within(pair.window, view.line(other.line).at, included.at)
                    })
                    .map(|other| other.line)
                    .collect();
                if !covering.is_empty() {
                    self.report(view, mark.line, pair, covering, hits);
                }
            }
        }
    }
}

/// The national item behind a mark: local codes share the check of their national item.
fn canonical(view: &View<'_>, mark: &Mark) -> u32 {
    view.library.national_of(view.line(mark.line).item)
}

/// Whether two moments share the window. A line without a time of day lies at midnight; hours can
/// then not be told, and only equal moments count.
fn within(window: Window, a: Stamp, b: Stamp) -> bool {
    match window {
        Window::Visit | Window::Operation | Window::Prescription => true,
        Window::Day => a.day() == b.day(),
        Window::Hour => a.0.div_euclid(3600) == b.0.div_euclid(3600),
        Window::Rolling(days) => (a.day().0 - b.day().0).abs() < i32::from(days),
        Window::RollingHours(hours) => (a.0 - b.0).abs() < i64::from(hours) * 3600,
    }
}

impl PairInWindow {
    fn report(&self, view: &View<'_>, index: u32, pair: &Pair, covering: Vec<u32>, hits: &mut Hits) {
        let line = view.line(index);
        let covered: Quantity = covering.iter().map(|&other| view.line(other).quantity).sum();
        let denied = if self.at_most_a { line.quantity.min(covered) } else { line.quantity };
        let amount = line.amount.share(denied, line.quantity);
        let Some(&first) = covering.first() else { return };
        let including = view.line(first);
        let evidence = format!(
            "{}收取“{}”，其内涵已包含“{}”，又收取{}（数量{denied}），涉及{amount}元",
            window_words(pair.window, including.at),
            view.item_name(including),
            view.item_name(line),
            view.item_name(line),
        );
        let mut hit = view.part_of_line(index, pair.point, denied, amount, evidence);
        hit.related = covering;
        hits.push(hit);
    }
}

fn window_words(window: Window, at: Stamp) -> String {
    match window {
        Window::Day => format!("{}当日", at.day()),
        Window::Hour => format!("{at}同一小时"),
        Window::RollingHours(hours) => format!("{at}前后{hours}小时内"),
        Window::Rolling(days) => format!("{}起{days}日内", at.day()),
        Window::Visit | Window::Operation | Window::Prescription => "本次就诊".into(),
    }
}
