//! A medicine that is paid only after others were tried: none of them in the look-back of the person.
//!
//! A knowledge point names the medicine (its codes) and what must have come first (its partner codes, any of them)
//! with the look-back in days. A person whose history in the data is shorter than the rule demands decides
//! nothing; somebody who already took the medicine in the look-back is past the question.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView, Sided, sided};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::Hits;
use crate::library::{Scope, Side};
use knowledge::Window;
use model::Day;
use rustc_hash::{FxHashMap, FxHashSet};

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
        ParamSpec {
            name: "what",
            kind: ParamKind::Texts,
            default: Some("一线药品"),
            title: "须先有的是什么，用于疑点说明",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct HistoryRequired {
    min_history_days: i32,
    what: String,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if matches!(point.predicate.window, Some(Window::Rolling(_))) {
            binder.mark_evidence(index, point, Scope::Person);
        }
    }
    let min_history_days = binder.params().integer("min_history_days") as i32;
    Box::new(HistoryRequired { min_history_days, what: binder.params().texts("what").join("、"), exempt })
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
        let Some(mut ordered) = sided(person.library, marks) else { return };
        // A family of codes may hold the medicine itself: it does not come before itself.
        let subjects: FxHashSet<(u32, u32)> =
            ordered.iter().filter(|mark| mark.side == Side::Subject).map(|mark| (mark.point, mark.line)).collect();
        ordered.retain(|mark| mark.side == Side::Subject || !subjects.contains(&(mark.point, mark.line)));
        // On one day the first line comes first, whatever the hour: the two may be meant together.
        ordered
            .sort_by_key(|mark| (person.line(mark.line).at.day(), mark.side == Side::Subject, mark.line, mark.point));
        let mut last: FxHashMap<u32, LastUse> = FxHashMap::default();
        for Sided { point, line: index, side } in ordered {
            let line = person.line(index);
            let on = line.at.day();
            if side == Side::Partner {
                last.insert(point, LastUse { on, early_in: None });
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
                "“{}”须先有{what}（{}）；{on}开具前{}天内没有{what}的结算，涉及{}元",
                view.item_name(line),
                person.library.point_text(point).trim_end_matches(['。', '；']),
                known_days.min(i32::from(lookback)),
                line.amount,
                what = self.what
            );
            hits.push(view.whole_line(index, point, evidence));
        }
    }
}
