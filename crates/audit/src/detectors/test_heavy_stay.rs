//! A stay made of tests: examination and laboratory above a share of the cost, many kinds of them, no operation.
//!
//! The amount at stake is that of the tests. A work-up of an unclear disease looks the same: suspicious only, and
//! exempt where the diagnosis says so.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseLine, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "test_heavy_stay",
    title: "住院费用以检查检验为主（体检式住院）",
    params: &[
        ParamSpec {
            name: "min_stay_days", kind: ParamKind::Integer, default: Some("3"), title: "住院天数不少于"
        },
        ParamSpec {
            name: "min_test_percent",
            kind: ParamKind::Integer,
            default: Some("65"),
            title: "检查与化验费占比不低于（%）",
        },
        ParamSpec {
            name: "min_test_kinds",
            kind: ParamKind::Integer,
            default: Some("8"),
            title: "检查检验项目种数不少于",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct TestHeavyStay {
    min_stay_days: i32,
    min_test_percent: i64,
    min_test_kinds: usize,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    Box::new(TestHeavyStay {
        min_stay_days: params.integer("min_stay_days") as i32,
        min_test_percent: params.integer("min_test_percent"),
        min_test_kinds: usize::try_from(params.integer("min_test_kinds")).unwrap_or(usize::MAX),
        exempt,
    })
}

/// A test is of charge type 检查费 or 化验费; monitoring, charged by the hour, is not what a check-up is made of.
fn is_test(line: &CaseLine) -> bool {
    matches!(line.charge_type, 3 | 4) && (1..=TEST_QUANTITY_MAX.0).contains(&line.quantity.0)
}

/// More of one line than this are hours.
const TEST_QUANTITY_MAX: Quantity = Quantity::whole(4);
/// 手术费
const OPERATION: u8 = 6;

impl Detector for TestHeavyStay {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let visit = view.visit;
        let Some(ends_at) = visit.ends_at else { return };
        let days = ends_at.day().0 - visit.begins_at.day().0;
        if visit.setting != CareSetting::Inpatient || days < self.min_stay_days || !view.procedures().is_empty() {
            return;
        }
        let (mut total, mut tests) = (Fen::ZERO, Fen::ZERO);
        for (_, line) in view.lines() {
            if line.charge_type == OPERATION && line.quantity.0 > 0 {
                return;
            }
            total += line.amount;
            if is_test(line) {
                tests += line.amount;
            }
        }
        if total.0 <= 0 || tests.0 * 100 < total.0 * self.min_test_percent {
            return;
        }
        let mut kinds: Vec<&str> =
            view.lines().filter(|(_, line)| is_test(line)).map(|(_, line)| view.text(line.code)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.len() < self.min_test_kinds || self.exempt.covers(view) {
            return;
        }
        let evidence = format!(
            "住院{days}天，无手术，检查检验{}种共{tests}元，占总费用{total}元的{}%",
            kinds.len(),
            tests.0 * 100 / total.0
        );
        hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, tests, Vec::new(), evidence));
    }
}
