//! Several prescriptions of one doctor within minutes that together break a limit each of them keeps.
//!
//! Counted are kinds of medicine (药品 of 处方管理办法 第六条: no more than five a prescription). Narcotics must be
//! written on a prescription of their own, decoction pieces as well: they do not count.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, prescriptions};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{Fen, ItemKind, Quantity, Text};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "split_prescription",
    title: "短时间内拆成多张处方，合计品种数超过一张处方的上限",
    params: &[
        ParamSpec {
            name: "min_prescriptions", kind: ParamKind::Integer, default: Some("3"), title: "至少几张处方"
        },
        ParamSpec {
            name: "window_minutes",
            kind: ParamKind::Integer,
            default: Some("60"),
            title: "首末两张处方相隔不超过（分钟）",
        },
        ParamSpec {
            name: "max_kinds", kind: ParamKind::Integer, default: Some("5"), title: "一张处方最多品种数"
        },
        ParamSpec {
            name: "separate_codes",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "依法须单独开具处方的药品（编码前缀），不计",
        },
    ],
    build,
};

struct SplitPrescription {
    min_prescriptions: usize,
    window_seconds: i64,
    max_kinds: usize,
    separate_codes: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let params = binder.params();
    let count = |name| usize::try_from(params.integer(name)).unwrap_or(usize::MAX);
    Box::new(SplitPrescription {
        min_prescriptions: count("min_prescriptions").max(2),
        window_seconds: params.integer("window_minutes") * 60,
        max_kinds: count("max_kinds"),
        separate_codes: params.texts("separate_codes").to_vec(),
    })
}

/// A prescription: number, lines, kinds.
struct Prescription<'a> {
    number: Text,
    lines: Vec<u32>,
    kinds: Vec<&'a str>,
}

impl Detector for SplitPrescription {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        // Most visits have one prescription or none: look before grouping.
        let mut numbers = view.lines().map(|(_, line)| line.prescription).filter(|number| !number.is_empty());
        let Some(first) = numbers.next() else { return };
        if !numbers.any(|number| view.text(number) != view.text(first)) {
            return;
        }
        let written = self.prescriptions(view);
        let doctor = |p: &Prescription<'_>| p.lines.first().map_or("", |&line| view.text(view.line(line).doctor));
        let Some(by) = written.first().map(doctor) else { return };
        let mut of_one: Vec<&Prescription<'_>> = written.iter().filter(|p| doctor(p) == by).collect();
        let at = |p: &Prescription<'_>| p.lines.first().map(|&line| view.line(line).at);
        of_one.sort_by_key(|p| at(p));
        if let Some(start) = of_one.first().and_then(|p| at(p)) {
            of_one.retain(|p| at(p).is_some_and(|at| at.0 - start.0 <= self.window_seconds));
        }
        let mut kinds: Vec<&str> = of_one.iter().flat_map(|p| p.kinds.iter().copied()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let kept = of_one.iter().all(|p| p.kinds.len() <= self.max_kinds);
        if of_one.len() < self.min_prescriptions || kinds.len() <= self.max_kinds || !kept || by.is_empty() {
            return;
        }
        let lines: Vec<u32> = of_one.iter().flat_map(|p| p.lines.iter().copied()).collect();
        let amount: Fen = lines.iter().map(|&line| view.line(line).amount).sum();
        let numbers: Vec<&str> = of_one.iter().map(|p| view.text(p.number)).collect();
        let evidence = format!(
            "同一医师{}分钟内开具{}张处方（{}），每张不超过{}种，合计{}种，涉及{amount}元",
            self.window_seconds / 60,
            of_one.len(),
            numbers.join("、"),
            self.max_kinds,
            kinds.len(),
        );
        let over = Quantity::whole((kinds.len() - self.max_kinds) as i64);
        hits.push(view.whole_visit(NO_POINT, over, amount, lines, evidence));
    }
}

impl SplitPrescription {
    fn prescriptions<'a>(&self, view: &View<'a>) -> Vec<Prescription<'a>> {
        let wanted = |line: &model::CaseLine| {
            let code = view.text(line.code);
            ItemKind::from_code(code).is_medicine()
                && !self.separate_codes.iter().any(|prefix| code.starts_with(prefix.as_str()))
        };
        let kinds_of = |lines: &[u32]| {
            let mut kinds: Vec<&str> = lines.iter().map(|&line| view.item_name(view.line(line))).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        let groups = prescriptions(view, wanted).into_iter();
        groups.map(|(number, lines)| Prescription { number, kinds: kinds_of(&lines), lines }).collect()
    }
}
