//! A medicine that must be begun within hours of the onset, begun later than that even counted from admission.
//!
//! The onset comes before admission, so what is late from admission is late from the onset. Judged only where the
//! disease of the point's `dx` set is the main diagnosis of a stay (what begins in hospital is another diagnosis), and
//! only for a course that begins in the stay: an earlier use within `course_gap_days` makes it a continuation.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::Mark;
use crate::hit::Hits;
use knowledge::Window;
use model::CareSetting;
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "start_window",
    title: "首次用药晚于限定的起始时限",
    params: &[ParamSpec {
        name: "course_gap_days",
        kind: ParamKind::Integer,
        default: Some("14"),
        title: "此前多少天内用过，视为续用",
    }],
    build,
};

struct StartWindow {
    course_gap_days: i32,
    diseases: FxHashMap<u32, SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mut diseases = FxHashMap::default();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let Some(set) = point.predicate.diagnoses.as_ref().and_then(|name| binder.named_set(name)) else { continue };
        diseases.insert(index, set);
        for item in binder.items_of(point) {
            binder.mark_person(item, Some(index));
        }
    }
    Box::new(StartWindow { course_gap_days: binder.params().integer("course_gap_days") as i32, diseases })
}

impl Detector for StartWindow {
    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        let point_of = |mark: &Mark| person.library.check(mark.check).point;
        let line_of = |mark: &Mark| &person.case.lines[mark.line as usize];
        let mut ordered: Vec<&Mark> = marks.iter().collect();
        ordered.sort_by_key(|mark| (point_of(mark), line_of(mark).at, mark.line));
        for uses in ordered.chunk_by(|a, b| point_of(a) == point_of(b)) {
            let mut last = None;
            let mut late_in = None;
            for mark in uses {
                let line = line_of(mark);
                let begins = last.is_none_or(|last: model::Day| line.at.day().0 - last.0 > self.course_gap_days);
                last = Some(line.at.day());
                if begins {
                    late_in = self.hours_late(person, mark).map(|hours| (line.visit, hours));
                }
                // Every use of a course begun too late is outside the note.
                if let Some((visit, hours)) = late_in.filter(|(visit, _)| *visit == line.visit) {
                    let view = person.visit(visit);
                    let point = point_of(mark);
                    let evidence = format!(
                        "“{}”{}入院{}，首次使用距入院已{hours}小时，涉及{}元",
                        view.item_name(line),
                        person.library.point_text(point),
                        view.visit.begins_at,
                        line.amount
                    );
                    hits.push(view.whole_line(mark.line, point, evidence));
                }
            }
        }
    }
}

impl StartWindow {
    /// Whole hours from admission to this first use, when they are more than the point allows.
    fn hours_late(&self, person: &PersonView<'_>, mark: &Mark) -> Option<i64> {
        let point = person.library.check(mark.check).point;
        let Some(Window::RollingHours(allowed)) = person.library.point(point).predicate.window else { return None };
        let line = &person.case.lines[mark.line as usize];
        let view = person.visit(line.visit);
        let set = *self.diseases.get(&point)?;
        let main = view.diagnoses().iter().filter(|d| d.main);
        let concerned = main.clone().any(|d| person.library.sets().contains(set, d.diagnosis));
        if view.visit.setting != CareSetting::Inpatient || !concerned {
            return None;
        }
        let timed = line.at.0 % 86_400 != 0;
        // A use without a time of day may have been on the first minute of the day.
        let hours = (line.at.0 - view.visit.begins_at.0) / 3600;
        (hours > i64::from(allowed) && (timed || hours > i64::from(allowed) + 24)).then_some(hours)
    }
}
