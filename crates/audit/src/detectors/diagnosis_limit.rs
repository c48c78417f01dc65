//! A line that needs a diagnosis the visit does not have, or must not meet one that it has.
//!
//! Decided only where every diagnosis of the visit is known to the catalogue and a reviewed mapping
//! names the set; a visit without diagnoses decides nothing.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::View;
use crate::hit::Hits;
use crate::library::{Check, Limit};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "diagnosis_limit",
    title: "就诊诊断不在（或落入）项目的诊断范围",
    params: &[
        ParamSpec {
            name: "mode",
            kind: ParamKind::Word(&["require", "forbid"]),
            default: Some("require"),
            title: "require 必须有范围内诊断；forbid 不得有范围内诊断",
        },
        ParamSpec {
            name: "med_types",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "只判断这些医疗类别（前缀，空为全部）",
        },
    ],
    build,
};

struct DiagnosisLimit {
    med_types: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let forbid = binder.params().word("mode") == "forbid";
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let named = if forbid { &point.predicate.excluded_diagnoses } else { &point.predicate.diagnoses };
        let Some(name) = named else { continue };
        let Some(set) = binder.named_set(name) else { continue };
        for item in binder.items_of(point) {
            binder.bind(item, if forbid { Limit::Forbids(set) } else { Limit::Needs(set) }, Some(index));
        }
    }
    Box::new(DiagnosisLimit { med_types: binder.params().texts("med_types").to_vec() })
}

impl Detector for DiagnosisLimit {
    fn line(&self, view: &View<'_>, index: u32, check: &Check, hits: &mut Hits) {
        let med_type = view.text(view.visit.med_type);
        if !self.med_types.is_empty() && !self.med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str())) {
            return;
        }
        let line = view.line(index);
        let text = view.library.point_text(check.point);
        let evidence = match check.limit {
            Limit::Forbids(set) => {
                format!(
                    "“{}”{text}本次就诊有“{}”相关诊断，涉及{}元",
                    view.item_name(line),
                    view.library.sets().title(set),
                    line.amount
                )
            }
            Limit::Needs(set) => {
                let listed: Vec<&str> = view.diagnoses().iter().map(|d| view.text(d.code)).take(6).collect();
                let title = view.library.sets().title(set);
                format!(
                    "“{}”{text}本次诊断（{}）均不在“{title}”范围，涉及{}元",
                    view.item_name(line),
                    listed.join("、"),
                    line.amount
                )
            }
            _ => return,
        };
        hits.push(view.whole_line(index, check.point, evidence));
    }
}
