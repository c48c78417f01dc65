//! An injury whose recorded cause makes somebody else liable: traffic, assault, work.
//!
//! Both the injury and its cause are diagnoses of the visit; a visit without a cause decides nothing.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CaseDiagnosis, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "cause_of_injury",
    title: "外伤原因提示应由第三人或工伤保险负担",
    params: &[
        ParamSpec {
            name: "injuries", kind: ParamKind::Texts, default: Some("S T"), title: "损伤诊断（编码前缀）"
        },
        ParamSpec {
            name: "causes", kind: ParamKind::Texts, default: None, title: "他人负担的外因（编码前缀）"
        },
        ParamSpec {
            name: "exempt_causes",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "无第三人的外因（编码前缀）",
        },
    ],
    build,
};

struct CauseOfInjury {
    injuries: Option<SetId>,
    causes: Option<SetId>,
    exempt: Option<SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let injuries = binder.diagnosis_set("injuries");
    let causes = binder.diagnosis_set("causes");
    let exempt = binder.diagnosis_set("exempt_causes");
    Box::new(CauseOfInjury { injuries, causes, exempt })
}

impl Detector for CauseOfInjury {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let paid = view.visit.fund_paid.unwrap_or(Fen::ZERO);
        if paid.0 <= 0 || view.diagnoses().len() < 2 {
            return;
        }
        let of = |set: Option<SetId>, d: &CaseDiagnosis| {
            set.is_some_and(|set| view.library.sets().contains(set, d.diagnosis))
        };
        let injury = view.diagnoses().iter().find(|d| of(self.injuries, d));
        let cause = view.diagnoses().iter().find(|d| of(self.causes, d) && !of(self.exempt, d));
        let (Some(injury), Some(cause)) = (injury, cause) else { return };
        let evidence = format!(
            "损伤{}的外因为{}，提示应由第三人或工伤保险负担，基金支付{paid}元",
            view.text(injury.code),
            view.text(cause.code)
        );
        hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, paid, Vec::new(), evidence));
    }
}
