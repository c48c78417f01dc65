//! Procedure coding that cannot be right: a code outside 医保版, more than one main procedure, a date
//! outside the stay, surgery charged without any procedure on the settlement list.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use crate::library::Binder;
use model::{CareSetting, Fen, Quantity, UNKNOWN_CODE};

const CHECKS: &[&str] = &["unknown-code", "main-procedure", "date", "missing"];

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "procedure_coding",
    title: "手术操作编码异常",
    params: &[ParamSpec {
        name: "checks",
        kind: ParamKind::Words(CHECKS),
        default: Some("unknown-code main-procedure date"),
        title: "启用的检查",
    }],
    build,
};

struct ProcedureCoding {
    checks: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(ProcedureCoding { checks: binder.params().texts("checks").to_vec() })
}

impl ProcedureCoding {
    fn on(&self, check: &str) -> bool {
        self.checks.iter().any(|c| c == check)
    }
}

impl Detector for ProcedureCoding {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let procedures = view.procedures();
        let mut say = |related: Vec<u32>, evidence: String| {
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, Fen::ZERO, related, evidence));
        };
        if self.on("unknown-code") {
            let unknown: Vec<&str> = procedures.iter().filter(|p| p.procedure == UNKNOWN_CODE).map(|p| view.text(p.code)).collect();
            if !unknown.is_empty() {
                say(Vec::new(), format!("手术操作编码{}不在《医疗保障手术操作分类与代码》及其临床版对照内", unknown.join("、")));
            }
        }
        let main: Vec<&str> = procedures.iter().filter(|p| p.main).map(|p| view.text(p.code)).collect();
        if self.on("main-procedure") && !procedures.is_empty() && main.len() != 1 {
            say(Vec::new(), match main.len() {
                0 => format!("手术操作{}条，没有标明主要手术操作", procedures.len()),
                count => format!("有{count}个主要手术操作（{}），应只有一个", main.join("、")),
            });
        }
        if self.on("date") && view.visit.setting == CareSetting::Inpatient {
            let first = view.visit.begins_at.day();
            let last = view.visit.ends_at.map(model::Stamp::day);
            for procedure in procedures {
                let Some(day) = procedure.at.map(model::Stamp::day) else { continue };
                if day < first || last.is_some_and(|last| day > last) {
                    let until = last.map_or_else(|| "在院".to_owned(), |day| day.to_string());
                    say(Vec::new(), format!("手术操作“{}”日期{day}在住院时间{first}至{until}之外", view.text(procedure.code)));
                }
            }
        }
        if self.on("missing") && view.visit.setting == CareSetting::Inpatient && procedures.is_empty() {
            let surgery: Vec<u32> = view.lines().filter(|(_, l)| l.charge_type == 6 && l.quantity.0 > 0).map(|(i, _)| i).collect();
            if !surgery.is_empty() {
                say(surgery.clone(), format!("收取手术费{}条，结算清单没有手术操作编码", surgery.len()));
            }
        }
    }
}
