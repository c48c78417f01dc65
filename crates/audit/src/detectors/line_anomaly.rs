//! Charge lines that cannot be right in themselves: a code of no national shape, amount ≠ price ×
//! quantity, medicine of a hospital without a prescriber, a charge after the person's death.
//!
//! "Unknown" is judged by shape only: the catalogue at hand does not hold every national code, so
//! absence from it proves nothing.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hit, Hits, NO_POINT};
use model::{CaseLine, Fen, ItemKind, Quantity, UNKNOWN_ITEM};

const CHECKS: &[&str] = &["code-shape", "amount", "prescriber", "after-death"];

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "line_anomaly",
    title: "结算明细信息异常",
    params: &[
        ParamSpec {
            name: "checks",
            kind: ParamKind::Words(CHECKS),
            default: Some("code-shape amount prescriber after-death"),
            title: "启用的检查",
        },
        ParamSpec {
            name: "amount_tolerance_fen",
            kind: ParamKind::Integer,
            default: Some("1"),
            title: "每单位允许的金额误差（分）",
        },
    ],
    build,
};

struct LineAnomaly {
    code_shape: bool,
    amount: bool,
    prescriber: bool,
    after_death: bool,
    tolerance_fen: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let on = |check: &str| binder.params().texts("checks").iter().any(|c| c == check);
    Box::new(LineAnomaly {
        code_shape: on("code-shape"),
        amount: on("amount"),
        prescriber: on("prescriber"),
        after_death: on("after-death"),
        tolerance_fen: binder.params().integer("amount_tolerance_fen"),
    })
}

impl Detector for LineAnomaly {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        for (index, line) in view.lines() {
            if let Some(hit) = self.judge(view, index, line) {
                hits.push(hit);
            }
        }
    }
}

impl LineAnomaly {
    fn judge(&self, view: &View<'_>, index: u32, line: &CaseLine) -> Option<Hit> {
        let due = line.price.times(line.quantity);
        let allowed = self.tolerance_fen * (line.quantity.0.abs() / Quantity::SCALE).max(1);
        if self.amount && (line.amount - due).0.abs() > allowed {
            let over = Fen((line.amount - due).0.max(0));
            let evidence = format!(
                "“{}”金额{}元 ≠ 单价{} × 数量{} = {due}元，相差{}元",
                view.item_name(line),
                line.amount,
                line.price,
                line.quantity,
                line.amount - due
            );
            return Some(view.part_of_line(index, NO_POINT, line.quantity, over, evidence));
        }
        if self.after_death && view.case.person.died_on.is_some_and(|died| line.at.day() > died) {
            let died = view.case.person.died_on.unwrap_or_default();
            let evidence = format!(
                "“{}”计费日期{}在参保人死亡日期{died}之后，涉及{}元",
                view.item_name(line),
                line.at.day(),
                line.amount
            );
            return Some(view.whole_line(index, NO_POINT, evidence));
        }
        if self.code_shape && line.item == UNKNOWN_ITEM && !national_shape(view.text(line.code)) {
            let code = view.text(line.code);
            let evidence = format!(
                "项目编码“{code}”不在目录内，也不合国家医保编码的位数，无法确认所收何物，涉及{}元",
                line.amount
            );
            return Some(view.whole_line(index, NO_POINT, evidence));
        }
        let needs_prescriber = self.prescriber && !view.institution.pharmacy && !view.institution.code.is_empty();
        if needs_prescriber
            && view.text(line.doctor).is_empty()
            && ItemKind::from_code(view.text(line.code)).is_medicine()
        {
            let evidence = format!("药品“{}”没有开单医师，涉及{}元", view.item_name(line), line.amount);
            return Some(view.part_of_line(index, NO_POINT, line.quantity, Fen::ZERO, evidence));
        }
        None
    }
}

/// Whether a code has the length and letters of a national code: X 23, Z 20, T 10, C 20–27, service
/// 15, or a nine-digit price code with an optional letter. Suffixes behind a hyphen are local.
fn national_shape(code: &str) -> bool {
    let code = code.split('-').next().unwrap_or_default();
    let plain = code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    match code.as_bytes().first() {
        Some(b'X') => code.len() == 23 && plain,
        Some(b'Z') => code.len() == 20 && plain,
        Some(b'T') => code.len() == 10 && plain,
        Some(b'C') => (20..=27).contains(&code.len()) && plain,
        Some(b'0'..=b'9') => {
            let price_code = (9..=11).contains(&code.len()) && code.bytes().take(9).all(|b| b.is_ascii_digit());
            (code.len() == 15 && digits) || price_code
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::national_shape;

    #[test]
    fn codes_are_judged_by_shape() {
        for (code, expect) in [
            ("XL02BBA326A001010102180", true),
            ("XL02BBA326A00101010218", false),
            ("XL02BBA326A00101010218a", false),
            ("ZD03AAA0043010100166", true),
            ("ZD03AAA004301010016", false),
            ("ZD03AAA004301010016-", false),
            ("T00070020", false),
            ("T0007002o0", false),
            ("C0101010000000000000012", true),
            ("C01010100", false),
            ("C01010100000000000000é", false),
            ("T000700200", true),
            ("001102000050000", true),
            ("110200005a", true),
            ("001102000050000-110200005-1", true),
            ("12345", false),
            ("自费项目", false),
            ("", false),
        ] {
            assert_eq!(national_shape(code), expect, "{code}");
        }
    }
}
