//! A short stay of little but tests: few days, no operation, examination and laboratory above a share.
//!
//! Suspicious only. Deaths, transfers and day surgery explain themselves.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "low_intensity_stay",
    title: "短期住院以检查检验为主，无手术无治疗",
    params: &[
        ParamSpec {
            name: "max_stay_days", kind: ParamKind::Integer, default: Some("2"), title: "住院天数不超过"
        },
        ParamSpec {
            name: "min_test_percent",
            kind: ParamKind::Integer,
            default: Some("70"),
            title: "检查与化验费占比不低于（%）",
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
            default: Some("28"),
            title: "这些医疗类别豁免（前缀）",
        },
    ],
    build,
};

struct LowIntensityStay {
    max_stay_days: i32,
    min_test_percent: i64,
    exempt: Option<SetId>,
    exempt_med_types: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    Box::new(LowIntensityStay {
        max_stay_days: binder.params().integer("max_stay_days") as i32,
        min_test_percent: binder.params().integer("min_test_percent"),
        exempt,
        exempt_med_types: binder.params().texts("exempt_med_types").to_vec(),
    })
}

impl Detector for LowIntensityStay {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let visit = view.visit;
        let Some(ends_at) = visit.ends_at else { return };
        let days = (ends_at.day().0 - visit.begins_at.day().0).max(1);
        let left_by_plan = matches!(visit.discharge_way, 0 | 1);
        if visit.setting != CareSetting::Inpatient
            || days > self.max_stay_days
            || !left_by_plan
            || !view.procedures().is_empty()
        {
            return;
        }
        let med_type = view.text(visit.med_type);
        if self.exempt_med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str()))
            || self.exempt.is_some_and(|set| view.has_diagnosis_of(set))
        {
            return;
        }
        let (mut total, mut tests) = (Fen::ZERO, Fen::ZERO);
        for (_, line) in view.lines() {
            // 05 治疗费 and 06 手术费 are what a stay is for.
            if matches!(line.charge_type, 5 | 6) && line.quantity.0 > 0 {
                return;
            }
            total += line.amount;
            if matches!(line.charge_type, 3 | 4) {
                tests += line.amount;
            }
        }
        if total.0 <= 0 || tests.0 * 100 < total.0 * self.min_test_percent {
            return;
        }
        let evidence = format!(
            "住院{days}天，无手术操作、无治疗费，检查化验{tests}元占总费用{total}元的{}%",
            tests.0 * 100 / total.0
        );
        hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, total, Vec::new(), evidence));
    }
}
