//! An item that only makes sense beside another: billed without any of its companions in the window.
//!
//! Each point says which items (A) need which companions (B) and where they count: the day, the visit, or a run of days
//! around the line, across the person's visits (`window=rolling period_days=N`: N days back, the line's own day
//! included, and up to `days_ahead` days on). A diagnosis of the point's `dx` set speaks as well as a companion does.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView, Sided, pair_in_window, sided};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hit, Hits};
use crate::library::{Scope, Side};
use knowledge::Window;
use model::{CareSetting, UNKNOWN_CODE};
use rustc_hash::FxHashMap;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "companion_required",
    title: "时间窗内缺少必须同时（或先行）的项目",
    params: &[
        ParamSpec {
            name: "what", kind: ParamKind::Texts, default: None, title: "所缺项目的统称，用于疑点说明"
        },
        ParamSpec {
            name: "days_ahead",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "滚动时间窗内，其后多少天的也算",
        },
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "就诊有这些诊断时豁免（编码前缀）",
        },
        ParamSpec {
            name: "exempt_med_types",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "这些医疗类别豁免（前缀）",
        },
    ],
    build,
};

struct CompanionRequired {
    what: String,
    days_ahead: i32,
    exempt: Option<SetId>,
    exempt_med_types: Vec<String>,
    /// The diagnoses that stand for a companion, by point.
    speaking: FxHashMap<u32, SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    let mut speaking = FxHashMap::default();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let scope =
            if matches!(point.predicate.window, Some(Window::Rolling(_))) { Scope::Person } else { Scope::Visit };
        binder.mark_evidence(index, point, scope);
        if let Some(set) = point.predicate.diagnoses.as_ref().and_then(|name| binder.named_set(name)) {
            speaking.insert(index, set);
        }
    }
    Box::new(CompanionRequired {
        what: binder.params().texts("what").join("、"),
        days_ahead: binder.params().integer("days_ahead") as i32,
        exempt,
        exempt_med_types: binder.params().texts("exempt_med_types").to_vec(),
        speaking,
    })
}

impl Detector for CompanionRequired {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let Some(sided) = sided(view.library, marks) else { return };
        for of_point in sided.chunk_by(|a, b| a.point == b.point) {
            for subject in of_point.iter().filter(|mark| mark.side == Side::Subject) {
                let window = view.library.point(subject.point).predicate.window.unwrap_or(Window::Visit);
                let at = view.line(subject.line).at;
                let accompanied = of_point.iter().any(|other| {
                    other.side == Side::Partner && pair_in_window::within(window, view.line(other.line).at, at)
                });
                if !accompanied && !self.excused(view, subject.point) {
                    hits.push(self.hit(view, subject, window));
                }
            }
        }
    }

    fn person(&self, person: &PersonView<'_>, marks: &[Mark], hits: &mut Hits) {
        let Some(sided) = sided(person.library, marks) else { return };
        let line = |mark: &Sided| &person.case.lines[mark.line as usize];
        for of_point in sided.chunk_by(|a, b| a.point == b.point) {
            for subject in of_point.iter().filter(|mark| mark.side == Side::Subject) {
                let Some(window) = person.library.point(subject.point).predicate.window else { continue };
                let Window::Rolling(days) = window else { continue };
                let day = line(subject).at.day();
                let accompanied = of_point.iter().filter(|other| other.side == Side::Partner).any(|other| {
                    let before = day.0 - line(other).at.day().0;
                    before < i32::from(days) && -before <= self.days_ahead
                });
                let view = person.visit(line(subject).visit);
                if !accompanied && !self.excused(&view, subject.point) {
                    hits.push(self.hit(&view, subject, window));
                }
            }
        }
    }
}

impl CompanionRequired {
    /// A pharmacy sells what is used elsewhere; take-home and exempt care need no companion here; a diagnosis the
    /// catalogue does not know may be the one that explains.
    fn excused(&self, view: &View<'_>, point: u32) -> bool {
        let med_type = view.text(view.visit.med_type);
        let explained = |set: &SetId| {
            let known = |d: &model::CaseDiagnosis| {
                d.diagnosis == UNKNOWN_CODE || view.library.sets().contains(*set, d.diagnosis)
            };
            view.diagnoses().is_empty() || view.diagnoses().iter().any(known)
        };
        view.visit.setting == CareSetting::Pharmacy
            || self.exempt_med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str()))
            || self.exempt.is_some_and(|set| view.has_diagnosis_of(set))
            || self.speaking.get(&point).is_some_and(explained)
    }

    fn hit(&self, view: &View<'_>, subject: &Sided, window: Window) -> Hit {
        let line = view.line(subject.line);
        let day = line.at.day();
        let evidence = format!(
            "“{}”须有{}，{}没有任何此类项目，涉及{}元",
            view.item_name(line),
            self.what,
            match window {
                Window::Day => format!("{day}当日"),
                Window::Rolling(days) if self.days_ahead > 0 =>
                    format!("{day}前{days}天（含当日）至其后{}天内", self.days_ahead),
                Window::Rolling(days) => format!("{day}前{days}天（含当日）内"),
                _ => "本次就诊".to_owned(),
            },
            line.amount
        );
        view.whole_line(subject.line, subject.point, evidence)
    }
}
