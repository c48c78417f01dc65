//! Diagnosis coding that cannot be right: a code outside 医保版 2.0 (and its clinical map), a stay
//! without exactly one main diagnosis, an external cause as the main diagnosis, the same code twice.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseDiagnosis, Fen, Quantity, UNKNOWN_CODE};

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
    unknown_code: bool,
    main_diagnosis: bool,
    external_cause: bool,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let on = |check: &str| binder.params().texts("checks").iter().any(|c| c == check);
    Box::new(DiagnosisCoding {
        unknown_code: on("unknown-code"),
        main_diagnosis: on("main-diagnosis"),
        external_cause: on("external-cause"),
    })
}

/// Chinese-medicine diagnoses (`diag_type` 2, 3) have code tables of their own. Where nobody says which it is, as in a 3102, the
/// form of a code that the western table does not hold tells.
fn is_western(view: &View<'_>, diagnosis: &CaseDiagnosis) -> bool {
    match diagnosis.kind {
        0 => diagnosis.diagnosis != UNKNOWN_CODE || !has_chinese_form(view.text(diagnosis.code)),
        kind => kind == 1,
    }
}

/// Diseases and syndromes of GB/T 15657: `A04.03.12`, `B02.07.01` (2021, digits by twos), `BNP050`, `ZYVXB0` (1995, three letters
/// first). No code of 医保版 2.0 looks like either.
fn has_chinese_form(code: &str) -> bool {
    let of_1995 = code.len() == 6
        && matches!(code.as_bytes(), [b'B' | b'Z', rest @ ..] if rest.iter().take(2).all(u8::is_ascii_uppercase));
    let mut groups = code.strip_prefix(['A', 'B']).unwrap_or_default().split('.');
    let two = |group: &str| group.len() == 2 && group.bytes().all(|byte| byte.is_ascii_digit());
    of_1995 || (groups.clone().count() > 1 && groups.all(two))
}

/// Codes of the diagnoses that a test picks.
fn codes<'a>(view: &View<'a>, pick: impl Fn(&CaseDiagnosis) -> bool) -> String {
    let picked: Vec<&str> = view.diagnoses().iter().filter(|d| pick(d)).map(|d| view.text(d.code)).collect();
    picked.join("、")
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
        let unknown = |d: &CaseDiagnosis| d.diagnosis == UNKNOWN_CODE && is_western(view, d);
        if self.unknown_code && diagnoses.iter().any(unknown) {
            say(format!("诊断编码{}不在《医疗保障疾病诊断分类与代码》2.0版及其临床版对照内", codes(view, unknown)));
        }
        if view.visit.setting != CareSetting::Inpatient || diagnoses.is_empty() {
            return;
        }
        let main = |d: &CaseDiagnosis| d.main && is_western(view, d);
        if self.main_diagnosis {
            match diagnoses.iter().filter(|d| main(d)).count() {
                0 => say(format!("住院诊断{}条，没有标明主要诊断", diagnoses.len())),
                1 => {}
                count => say(format!("住院有{count}个主要诊断（{}），应只有一个", codes(view, main))),
            }
        }
        if self.external_cause {
            for diagnosis in diagnoses.iter().filter(|d| main(d)) {
                let code = view.text(diagnosis.code);
                if matches!(code.as_bytes().first(), Some(b'V'..=b'Y')) {
                    say(format!("主要诊断“{code}”是损伤外因编码，不得作为主要诊断"));
                }
            }
        }
    }
}
