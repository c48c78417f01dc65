//! A pharmacy's sale of a medicine that lacks what it needs: a prescription, a scanned code, a buyer of the other sex.
//!
//! Medicines are told by the first characters of their national code, which follow the catalogue's classes. Unknown
//! sex decides nothing.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseLine, Sex};

const LACKS: &[&str] = &["prescription", "trace-code", "female-buyer"];

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "pharmacy_sale",
    title: "药店售药缺少处方、追溯码，或购药人性别不符",
    params: &[
        ParamSpec { name: "lacks", kind: ParamKind::Word(LACKS), default: None, title: "缺少什么" },
        ParamSpec {
            name: "classes", kind: ParamKind::Texts, default: None, title: "药品编码前缀（按目录分类）"
        },
        ParamSpec {
            name: "exempt_classes", kind: ParamKind::Texts, default: Some(""), title: "豁免的药品编码前缀"
        },
    ],
    build,
};

struct PharmacySale {
    lacks: String,
    classes: Vec<String>,
    exempt: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(PharmacySale {
        lacks: binder.params().word("lacks").to_owned(),
        classes: binder.params().texts("classes").to_vec(),
        exempt: binder.params().texts("exempt_classes").to_vec(),
    })
}

impl PharmacySale {
    fn sells(&self, code: &str) -> bool {
        let begins = |prefixes: &[String]| prefixes.iter().any(|prefix| code.starts_with(prefix.as_str()));
        begins(&self.classes) && !begins(&self.exempt)
    }

    /// What is wrong with the sale, in words.
    fn fault(&self, view: &View<'_>, line: &CaseLine) -> Option<&'static str> {
        match self.lacks.as_str() {
            "prescription" if view.text(line.prescription).is_empty() => Some("属处方药，结算没有处方号"),
            "trace-code" if view.text(line.trace_codes).is_empty() => Some("没有药品追溯码"),
            "female-buyer" if view.case.person.sex == Sex::Male => Some("属妇科用药，购药人为男性"),
            _ => None,
        }
    }
}

impl Detector for PharmacySale {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        if view.visit.setting != CareSetting::Pharmacy {
            return;
        }
        let effective = view.library.rule(view.rule).effective;
        for (index, line) in view.lines() {
            if line.quantity.0 <= 0 || !effective.contains(line.at.day()) || !self.sells(view.text(line.code)) {
                continue;
            }
            if let Some(fault) = self.fault(view, line) {
                let evidence = format!("“{}”{fault}，涉及{}元", view.item_name(line), line.amount);
                hits.push(view.whole_line(index, NO_POINT, evidence));
            }
        }
    }
}
