//! A line whose share in the scope of payment (`inscp_scp_amt`) contradicts what the item is.
//!
//! `unpayable`: a class 丙 item with money in scope. `shifted`: a class 甲 item of a stay with no money in scope, although
//! the rest of the stay is paid. `listed`: an item of the points with money in scope. A line that does not say its
//! share decides nothing.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseLine, Fen};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "scope_mismatch",
    title: "明细的政策范围内金额与项目属性矛盾",
    params: &[ParamSpec {
        name: "mode",
        kind: ParamKind::Word(&["unpayable", "shifted", "listed"]),
        default: None,
        title: "unpayable 丙类计入范围；shifted 甲类转为自费；listed 所列项目计入范围",
    }],
    build,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Unpayable,
    Shifted,
    Listed,
}

struct ScopeMismatch {
    mode: Mode,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mode = match binder.params().word("mode") {
        "unpayable" => Mode::Unpayable,
        "shifted" => Mode::Shifted,
        _ => Mode::Listed,
    };
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        for item in binder.items_of(point) {
            binder.mark(item, Some(index));
        }
    }
    Box::new(ScopeMismatch { mode })
}

impl Detector for ScopeMismatch {
    fn every_visit(&self) -> bool {
        self.mode != Mode::Listed
    }

    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let in_scope = |line: &CaseLine| line.in_scope.filter(|money| line.quantity.0 > 0 && money.0 > 0);
        match self.mode {
            Mode::Listed => {
                for mark in marks {
                    let line = view.line(mark.line);
                    let Some(money) = in_scope(line) else { continue };
                    let point = view.library.check(mark.check).point;
                    let evidence =
                        format!("“{}”不属基本医疗保险支付范围，计入范围内金额{money}元", view.item_name(line));
                    hits.push(view.part_of_line(mark.line, point, line.quantity, money.min(line.amount), evidence));
                }
            }
            Mode::Unpayable => {
                for (index, line) in view.lines().filter(|(_, line)| line.charge_level == 3) {
                    let Some(money) = in_scope(line) else { continue };
                    let evidence = format!("“{}”收费项目等级为丙类，计入范围内金额{money}元", view.item_name(line));
                    let money = money.min(line.amount);
                    hits.push(view.part_of_line(index, NO_POINT, line.quantity, money, evidence));
                }
            }
            Mode::Shifted => shifted(view, hits),
        }
    }
}

fn shifted(view: &View<'_>, hits: &mut Hits) {
    let paid = view.visit.fund_paid.is_some_and(|paid| paid.0 > 0);
    if view.visit.setting != CareSetting::Inpatient || !paid {
        return;
    }
    for (index, line) in view.lines() {
        // What the hospital itself declared unpayable was judged by it, not shifted.
        let left_out = line.charge_level == 1
            && line.in_scope == Some(Fen::ZERO)
            && line.amount.0 > 0
            && line.quantity.0 > 0
            && !line.self_declared_unpayable;
        if left_out {
            let evidence = format!(
                "甲类项目“{}”范围内金额为0，{}元全部由个人自费，而本次住院基金已支付其他费用",
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(index, NO_POINT, evidence));
        }
    }
}
