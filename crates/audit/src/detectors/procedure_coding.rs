//! Procedure coding that cannot be right: a code outside 医保版, more than one main procedure, a date
//! outside the stay, surgery charged without any procedure on the settlement list.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseProcedure, Fen, Quantity, UNKNOWN_CODE};

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
    unknown_code: bool,
    main_procedure: bool,
    date: bool,
    missing: bool,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let on = |check: &str| binder.params().texts("checks").iter().any(|c| c == check);
    Box::new(ProcedureCoding {
        unknown_code: on("unknown-code"),
        main_procedure: on("main-procedure"),
        date: on("date"),
        missing: on("missing"),
    })
}

/// Codes of the procedures that a test picks.
fn codes(view: &View<'_>, pick: impl Fn(&CaseProcedure) -> bool) -> String {
    let picked: Vec<&str> = view.procedures().iter().filter(|p| pick(p)).map(|p| view.text(p.code)).collect();
    picked.join("、")
}

impl Detector for ProcedureCoding {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let mut say = |related: Vec<u32>, evidence: String| {
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, Fen::ZERO, related, evidence));
        };
        let procedures = view.procedures();
        let inpatient = view.visit.setting == CareSetting::Inpatient;
        if procedures.is_empty() {
            let surgery = || {
                view.lines().filter(|(_, line)| line.charge_type == 6 && line.quantity.0 > 0).map(|(index, _)| index)
            };
            if self.missing && inpatient && surgery().next().is_some() {
                let lines: Vec<u32> = surgery().collect();
                let evidence = format!("收取手术费{}条，结算清单没有手术操作编码", lines.len());
                say(lines, evidence);
            }
            return;
        }
        let unknown = |p: &CaseProcedure| p.procedure == UNKNOWN_CODE;
        if self.unknown_code && procedures.iter().any(unknown) {
            say(
                Vec::new(),
                format!("手术操作编码{}不在《医疗保障手术操作分类与代码》及其临床版对照内", codes(view, unknown)),
            );
        }
        if self.main_procedure {
            match procedures.iter().filter(|p| p.main).count() {
                0 => say(Vec::new(), format!("手术操作{}条，没有标明主要手术操作", procedures.len())),
                1 => {}
                count => say(Vec::new(), format!("有{count}个主要手术操作（{}），应只有一个", codes(view, |p| p.main))),
            }
        }
        if self.date && inpatient {
            let first = view.visit.begins_at.day();
            let last = view.visit.ends_at.map(model::Stamp::day);
            for procedure in procedures {
                let Some(day) = procedure.at.map(model::Stamp::day) else { continue };
                if day < first || last.is_some_and(|last| day > last) {
                    let until = last.map_or_else(|| "在院".to_owned(), |day| day.to_string());
                    say(
                        Vec::new(),
                        format!("手术操作“{}”日期{day}在住院时间{first}至{until}之外", view.text(procedure.code)),
                    );
                }
            }
        }
    }
}
