//! Several prescriptions of one doctor in one visit that keep the limit of kinds each, and break it together.
//!
//! Repeats count once: a kind is a generic. Chronic programmes, whose medicines are written on several sheets by rule,
//! are exempt by kind of visit. At stake are the lines of the kinds beyond the limit, in order of entry.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, prescriptions};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseLine, Fen, ItemKind, Quantity, Stamp, Text};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "split_prescription",
    title: "一次就诊拆成多张处方，合计超过单张上限",
    params: &[
        ParamSpec {
            name: "max_kinds", kind: ParamKind::Integer, default: Some("5"), title: "单张处方最多药品种类"
        },
        ParamSpec {
            name: "min_prescriptions", kind: ParamKind::Integer, default: Some("3"), title: "至少处方张数"
        },
        ParamSpec {
            name: "window_minutes",
            kind: ParamKind::Integer,
            default: Some("60"),
            title: "首张到末张处方的分钟数",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct SplitPrescription {
    max_kinds: usize,
    min_prescriptions: usize,
    window_seconds: i64,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let count = |name: &str| usize::try_from(binder.params().integer(name)).unwrap_or(usize::MAX);
    Box::new(SplitPrescription {
        max_kinds: count("max_kinds"),
        min_prescriptions: count("min_prescriptions"),
        window_seconds: binder.params().integer("window_minutes") * 60,
        exempt,
    })
}

fn is_medicine(view: &View<'_>, line: &CaseLine) -> bool {
    line.quantity.0 > 0 && ItemKind::from_code(view.text(line.code)).is_medicine()
}

/// A doctor's prescriptions of the visit, in order of entry.
struct Sheets {
    doctor: Text,
    first_at: Stamp,
    lines: Vec<Vec<u32>>,
}

impl Detector for SplitPrescription {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        // Orders of a stay are not prescriptions, a pharmacy only fills them.
        if matches!(view.visit.setting, CareSetting::Inpatient | CareSetting::Pharmacy) {
            return;
        }
        if view.lines().filter(|(_, line)| is_medicine(view, line)).take(self.max_kinds + 1).count() <= self.max_kinds {
            return;
        }
        let mut doctors: Vec<Sheets> = Vec::new();
        for (_, lines) in prescriptions(view, |line| is_medicine(view, line)) {
            let Some(first) = lines.first().map(|&line| view.line(line)) else { continue };
            match doctors.iter_mut().find(|sheets| view.text(sheets.doctor) == view.text(first.doctor)) {
                Some(sheets) if first.at.0 - sheets.first_at.0 <= self.window_seconds => sheets.lines.push(lines),
                Some(_) => {}
                None => doctors.push(Sheets { doctor: first.doctor, first_at: first.at, lines: vec![lines] }),
            }
        }
        for sheets in doctors.iter().filter(|sheets| sheets.lines.len() >= self.min_prescriptions) {
            self.judge(view, sheets, hits);
        }
    }
}

impl SplitPrescription {
    fn judge(&self, view: &View<'_>, sheets: &Sheets, hits: &mut Hits) {
        let mut kinds: Vec<&str> = Vec::new();
        let mut beyond: Vec<u32> = Vec::new();
        for lines in &sheets.lines {
            let mut of_sheet: Vec<&str> = Vec::new();
            for &index in lines {
                let name = view.item_name(view.line(index));
                if !of_sheet.contains(&name) {
                    of_sheet.push(name);
                }
                let kind = kinds.iter().position(|known| *known == name).unwrap_or_else(|| {
                    kinds.push(name);
                    kinds.len() - 1
                });
                if kind >= self.max_kinds {
                    beyond.push(index);
                }
            }
            // A sheet that breaks the limit by itself is the other rule's.
            if of_sheet.len() > self.max_kinds {
                return;
            }
        }
        if beyond.is_empty() || self.exempt.covers(view) {
            return;
        }
        let amount: Fen = beyond.iter().map(|&index| view.line(index).amount).sum();
        let over = Quantity::whole((kinds.len() - self.max_kinds) as i64);
        let evidence = format!(
            "同一医师在{}分钟内开具{}张处方，合计{}种药品，单张上限{}种，超出{}种：{}，涉及{amount}元",
            self.window_seconds / 60,
            sheets.lines.len(),
            kinds.len(),
            self.max_kinds,
            kinds.len() - self.max_kinds,
            kinds[self.max_kinds..].join("、"),
        );
        hits.push(view.whole_visit(NO_POINT, over, amount, beyond, evidence));
    }
}
