//! A medicine that is paid only after others were tried: none of them in the look-back of the person.
//!
//! A knowledge point names the medicine (its codes) and what must have come first (its partner codes, any of them)
//! with the look-back in days. A person whose history in the data is shorter than the rule demands decides
//! nothing; somebody who already took the medicine in the look-back is past the question.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use knowledge::Window;
use model::Day;
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "history_required",
    title: "回看期内没有先用的药品（项目）",
    params: &[
        ParamSpec {
            name: "min_history_days",
            kind: ParamKind::Integer,
            default: Some("90"),
            title: "数据中至少有这么多天的就医记录才判断",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct HistoryRequired {
    min_history_days: i32,
    /// By item: the points in which it comes first.
    first_lines: FxHashMap<u32, Vec<u32>>,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let mut first_lines: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let mut pairs = binder.pairs_of(point);
        if pairs.is_empty() || !matches!(point.predicate.window, Some(Window::Rolling(_))) {
            continue;
        }
        pairs.sort_unstable();
        pairs.dedup_by_key(|(subject, _)| *subject);
        for (subject, _) in pairs {
            binder.mark_person(subject, Some(index));
        }
        let mut partners: Vec<u32> = binder.pairs_of(point).into_iter().map(|(_, partner)| partner).collect();
        partners.sort_unstable();
        partners.dedup();
        for partner in partners {
            let points = first_lines.entry(partner).or_default();
            if points.is_empty() {
                binder.mark_person(partner, None);
            }
            points.push(index);
        }
    }
    let min_history_days = binder.params().integer("min_history_days") as i32;
    Box::new(HistoryRequired { min_history_days, first_lines, exempt })
}

/// The last use that answers a point: of a first-line medicine, or of the medicine itself.
#[derive(Debug, Clone, Copy)]
struct LastUse {
    on: Day,
    /// The visit in which the medicine was found to come too early.
    early_in: Option<u32>,
}

impl Detector for HistoryRequired {
    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        let Some(since) = person.case.visits.first().map(|visit| visit.begins_at.day()) else { return };
        let point_of = |mark: &Mark| person.library.check(mark.check).point;
        // On one day the first line comes first, whatever the hour: the two may be meant together.
        let mut ordered: Vec<&Mark> = marks.iter().collect();
        ordered
            .sort_by_key(|mark| (person.line(mark.line).at.day(), point_of(mark) != NO_POINT, mark.line, mark.check));
        let mut last: FxHashMap<u32, LastUse> = FxHashMap::default();
        for mark in ordered {
            let line = person.line(mark.line);
            let on = line.at.day();
            let point = point_of(mark);
            if point == NO_POINT {
                let item = person.library.national_of(line.item);
                for &point in self.first_lines.get(&item).into_iter().flatten() {
                    last.insert(point, LastUse { on, early_in: None });
                }
                continue;
            }
            let Some(Window::Rolling(lookback)) = person.library.point(point).predicate.window else { continue };
            let before = last.get(&point).copied();
            let known_days = on.0 - since.0;
            let tried = before.is_some_and(|use_before| {
                on.0 - use_before.on.0 <= i32::from(lookback) && use_before.early_in != Some(line.visit)
            });
            let early = !tried && known_days >= self.min_history_days;
            last.insert(point, LastUse { on, early_in: early.then_some(line.visit) });
            let view = person.visit(line.visit);
            if !early || self.exempt.covers(&view) {
                continue;
            }
            let evidence = format!(
                "“{}”须先用一线药品（{}）；{on}开具前{}天内没有一线药品的结算，涉及{}元",
                view.item_name(line),
                person.library.point_text(point).trim_end_matches(['。', '；']),
                known_days.min(i32::from(lookback)),
                line.amount
            );
            hits.push(view.whole_line(mark.line, point, evidence));
        }
    }
}
