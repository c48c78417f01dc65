//! Prophylactic antibiotics that go on too long after a clean operation.
//!
//! Clean operations are a parameter (procedure prefixes); antibiotics are systemic antibacterials
//! (ATC J01, code prefix XJ01). A visit with a diagnosis of infection treats, it does not prevent.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, UNKNOWN_CODE};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "perioperative_antibiotic",
    title: "清洁手术后预防用抗菌药物超时",
    params: &[
        ParamSpec {
            name: "clean_procedures",
            kind: ParamKind::Texts,
            default: None,
            title: "清洁手术（Ⅰ类切口）编码前缀",
        },
        ParamSpec {
            name: "infection_diagnoses",
            kind: ParamKind::Texts,
            default: None,
            title: "感染类诊断编码前缀，有则属治疗用药",
        },
        ParamSpec {
            name: "antibiotic_codes",
            kind: ParamKind::Texts,
            default: Some("XJ01"),
            title: "抗菌药物编码前缀",
        },
        ParamSpec {
            name: "max_days_after",
            kind: ParamKind::Integer,
            default: Some("1"),
            title: "术后最多用药天数（手术日不计）",
        },
    ],
    build,
};

struct PerioperativeAntibiotic {
    clean: Option<SetId>,
    infection: Option<SetId>,
    codes: Vec<String>,
    max_days_after: i32,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let clean = binder.procedure_set("clean_procedures");
    let infection = binder.diagnosis_set("infection_diagnoses");
    Box::new(PerioperativeAntibiotic {
        clean,
        infection,
        codes: binder.params().texts("antibiotic_codes").to_vec(),
        max_days_after: binder.params().integer("max_days_after") as i32,
    })
}

impl Detector for PerioperativeAntibiotic {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let procedures = view.procedures();
        if procedures.is_empty() || view.visit.setting != CareSetting::Inpatient {
            return;
        }
        let sets = view.library.sets();
        let clean = |p: &model::CaseProcedure| {
            p.procedure != UNKNOWN_CODE && self.clean.is_some_and(|set| sets.contains(set, p.procedure))
        };
        // Only a stay whose every operation is clean and dated can be judged.
        if !procedures.iter().all(|p| clean(p) && p.at.is_some()) {
            return;
        }
        // Without diagnoses nobody can tell prevention from treatment.
        if view.diagnoses().is_empty() {
            return;
        }
        let infected =
            |set| view.diagnoses().iter().any(|d| d.diagnosis == UNKNOWN_CODE || sets.contains(set, d.diagnosis));
        if self.infection.is_some_and(infected) {
            return;
        }
        let Some(last) = procedures.iter().filter_map(|p| p.at).map(model::Stamp::day).max() else { return };
        for (index, line) in view.lines() {
            let days = line.at.day().0 - last.0;
            let code = view.text(line.code);
            if days <= self.max_days_after
                || line.quantity.0 <= 0
                || line.take_home
                || !self.codes.iter().any(|p| code.starts_with(p.as_str()))
            {
                continue;
            }
            let evidence = format!(
                "清洁手术于{last}完成，无感染诊断，术后第{days}天仍用抗菌药物“{}”，预防用药上限术后{}天，涉及{}元",
                view.item_name(line),
                self.max_days_after,
                line.amount
            );
            hits.push(view.whole_line(index, NO_POINT, evidence));
        }
    }
}
