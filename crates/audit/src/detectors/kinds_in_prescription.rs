//! Too many kinds in one prescription: medicines (处方管理办法 第六条: five) or decoction pieces.
//!
//! A kind is a generic, whatever packs it was dispensed in. The finding is the prescription's; at
//! stake are the lines of the kinds beyond the limit, in order of entry.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, prescriptions};
use crate::binder::Binder;
use crate::engine::{Mark, View, is_piece};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseLine, Fen, ItemKind, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "kinds_in_prescription",
    title: "单张处方种类（味数）超标",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["medicine", "piece"]),
            default: None,
            title: "西药与中成药，或中药饮片",
        },
        ParamSpec { name: "max_kinds", kind: ParamKind::Integer, default: None, title: "最多种类（味数）" },
    ],
    build,
};

struct KindsInPrescription {
    pieces: bool,
    max_kinds: usize,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let max_kinds = usize::try_from(binder.params().integer("max_kinds")).unwrap_or(usize::MAX);
    Box::new(KindsInPrescription { pieces: binder.params().word("of") == "piece", max_kinds })
}

impl KindsInPrescription {
    fn wants(&self, view: &View<'_>, line: &CaseLine) -> bool {
        if self.pieces { is_piece(view, line) } else { ItemKind::from_code(view.text(line.code)).is_medicine() }
    }
}

impl Detector for KindsInPrescription {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        // Orders of a stay are not prescriptions of the 处方管理办法.
        if view.visit.setting == CareSetting::Inpatient {
            return;
        }
        let candidates = view.lines().filter(|(_, line)| self.wants(view, line)).take(self.max_kinds + 1).count();
        if candidates <= self.max_kinds {
            return;
        }
        for (number, lines) in prescriptions(view, |line| self.wants(view, line)) {
            let mut kinds: Vec<&str> = Vec::new();
            let mut beyond: Vec<u32> = Vec::new();
            for index in lines {
                let name = view.item_name(view.line(index));
                let kind = kinds.iter().position(|known| *known == name).unwrap_or_else(|| {
                    kinds.push(name);
                    kinds.len() - 1
                });
                if kind >= self.max_kinds {
                    beyond.push(index);
                }
            }
            if beyond.is_empty() {
                continue;
            }
            let amount: Fen = beyond.iter().map(|&index| view.line(index).amount).sum();
            let quantity = Quantity::whole((kinds.len() - self.max_kinds) as i64);
            let what = if self.pieces { "味中药饮片" } else { "种西药、中成药" };
            let evidence = format!(
                "处方{}开具{}{what}，上限{}，超出{}：{}，涉及{amount}元",
                view.text(number),
                kinds.len(),
                self.max_kinds,
                kinds.len() - self.max_kinds,
                kinds[self.max_kinds..].join("、")
            );
            hits.push(view.whole_visit(NO_POINT, quantity, amount, beyond, evidence));
        }
    }
}
