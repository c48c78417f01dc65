//! Diagnosis coding that cannot be right: a code outside 医保版 2.0 (and its clinical map), a stay
//! without exactly one main diagnosis, an external cause as the main diagnosis, the same code twice.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use crate::library::Binder;
use model::{CareSetting, Fen, Quantity, UNKNOWN_CODE};

const CHECKS: &[&str] = &["unknown-code", "main-diagnosis", "external-cause"];

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "diagnosis_coding",
    title: "疾病诊断编码异常",
    params: &[ParamSpec {
        name: "checks",
        kind: ParamKind::Words(CHECKS),
        default: Some("unknown-code main-diagnosis external-cause"),
        title: "启用的检查",
    }],
    build,
};

struct DiagnosisCoding {
    checks: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(DiagnosisCoding { checks: binder.params().texts("checks").to_vec() })
}

impl DiagnosisCoding {
    fn on(&self, check: &str) -> bool {
        self.checks.iter().any(|c| c == check)
    }
}

impl Detector for DiagnosisCoding {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let diagnoses = view.diagnoses();
        let mut say = |evidence: String| {
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, Fen::ZERO, Vec::new(), evidence));
        };
        if self.on("unknown-code") {
            // Chinese-medicine diagnoses (diag_type 2, 3) have code tables of their own.
            let unknown: Vec<&str> = diagnoses
                .iter()
                .filter(|d| d.diagnosis == UNKNOWN_CODE && d.kind < 2)
                .map(|d| view.text(d.code))
                .collect();
            if !unknown.is_empty() {
                say(format!("诊断编码{}不在《医疗保障疾病诊断分类与代码》2.0版及其临床版对照内", unknown.join("、")));
            }
        }
        let main: Vec<&str> = diagnoses.iter().filter(|d| d.main && d.kind < 2).map(|d| view.text(d.code)).collect();
        if self.on("main-diagnosis") && view.visit.setting == CareSetting::Inpatient && !diagnoses.is_empty() && main.len() != 1 {
            say(match main.len() {
                0 => format!("住院诊断{}条，没有标明主要诊断", diagnoses.len()),
                count => format!("住院有{count}个主要诊断（{}），应只有一个", main.join("、")),
            });
        }
        if self.on("external-cause") && view.visit.setting == CareSetting::Inpatient {
            for code in main.iter().filter(|code| matches!(code.as_bytes().first(), Some(b'V'..=b'Y'))) {
                say(format!("主要诊断“{code}”是损伤外因编码，不得作为主要诊断"));
            }
        }
    }
}
