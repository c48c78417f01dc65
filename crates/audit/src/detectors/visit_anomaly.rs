//! A settlement list that contradicts itself: end before begin, a stay without diagnoses, a total
//! that is not the sum of its lines or of its payers.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Fen, Quantity, Stamp};

const CHECKS: &[&str] = &["dates", "diagnosis", "line-sum", "payer-sum"];

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "visit_anomaly",
    title: "医保结算清单信息异常",
    params: &[
        ParamSpec {
            name: "checks",
            kind: ParamKind::Words(CHECKS),
            default: Some("dates diagnosis line-sum payer-sum"),
            title: "启用的检查",
        },
        ParamSpec {
            name: "sum_tolerance_fen",
            kind: ParamKind::Integer,
            default: Some("1"),
            title: "每条明细允许的合计误差（分）",
        },
    ],
    build,
};

struct VisitAnomaly {
    dates: bool,
    diagnosis: bool,
    line_sum: bool,
    payer_sum: bool,
    tolerance_fen: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let on = |check: &str| binder.params().texts("checks").iter().any(|c| c == check);
    Box::new(VisitAnomaly {
        dates: on("dates"),
        diagnosis: on("diagnosis"),
        line_sum: on("line-sum"),
        payer_sum: on("payer-sum"),
        tolerance_fen: binder.params().integer("sum_tolerance_fen"),
    })
}

impl Detector for VisitAnomaly {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let visit = view.visit;
        let mut say = |amount: Fen, evidence: String| {
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
        };
        // A date without a time of day on the same day is not a contradiction.
        let backwards =
            |end: &Stamp| end.day() < visit.begins_at.day() || (*end < visit.begins_at && !end.is_midnight());
        if let Some(ends_at) = visit.ends_at.filter(backwards).filter(|_| self.dates) {
            say(Fen::ZERO, format!("结束时间{ends_at}早于开始时间{}", visit.begins_at));
        }
        let has_lines = view.lines().next().is_some();
        if self.diagnosis && visit.setting == CareSetting::Inpatient && has_lines && view.diagnoses().is_empty() {
            say(Fen::ZERO, "住院结算没有任何诊断".into());
        }
        let Some(total) = visit.total else { return };
        let (mut sum, mut count) = (Fen::ZERO, 0);
        for (_, line) in view.lines() {
            sum += line.amount;
            count += 1;
        }
        if self.line_sum && has_lines && (total - sum).0.abs() > self.tolerance_fen * count {
            say(
                Fen((total - sum).0.max(0)),
                format!("医疗费总额{total}元，{count}条明细合计{sum}元，相差{}元", total - sum),
            );
        }
        if let (true, Some(fund), Some(account), Some(cash)) =
            (self.payer_sum, visit.fund_paid, visit.account_paid, visit.cash_paid)
        {
            let paid = fund + account + cash;
            if (total - paid).0.abs() > self.tolerance_fen {
                let over = Fen((paid - total).0.max(0));
                say(
                    over,
                    format!(
                        "医疗费总额{total}元 ≠ 基金{fund} + 账户{account} + 现金{cash} = {paid}元，相差{}元",
                        paid - total
                    ),
                );
            }
        }
    }
}
