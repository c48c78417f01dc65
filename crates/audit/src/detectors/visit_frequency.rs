//! More visits of a kind in a period than the limit: outpatient, purchase or stay.
//!
//! One finding a person and period, on the visit that passes the limit. A calendar month is counted
//! once; a rolling period starts anew after a finding. Programmes that need frequent visits (dialysis,
//! infusion) are exempt by diagnosis.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "visit_frequency",
    title: "一段时间内就诊（购药、住院）次数超过上限",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["outpatient", "purchase", "stay"]),
            default: None,
            title: "门诊、购药或住院",
        },
        ParamSpec { name: "max_visits", kind: ParamKind::Integer, default: None, title: "期内最多次数" },
        ParamSpec {
            name: "period_days",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "滚动天数；0 表示自然月",
        },
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "这些诊断的就诊不计（编码前缀）",
        },
    ],
    build,
};

struct VisitFrequency {
    of: String,
    max_visits: usize,
    period_days: i32,
    exempt: Option<SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    Box::new(VisitFrequency {
        of: binder.params().word("of").to_owned(),
        max_visits: usize::try_from(binder.params().integer("max_visits")).unwrap_or(usize::MAX),
        period_days: binder.params().integer("period_days") as i32,
        exempt,
    })
}

impl VisitFrequency {
    fn wants(&self, setting: CareSetting) -> bool {
        match self.of.as_str() {
            "outpatient" => matches!(setting, CareSetting::Outpatient | CareSetting::Emergency),
            "purchase" => setting == CareSetting::Pharmacy,
            _ => setting == CareSetting::Inpatient,
        }
    }
}

impl Detector for VisitFrequency {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        if person.case.visits.len() <= self.max_visits {
            return;
        }
        let mut period: Vec<u32> = Vec::new();
        for index in 0..person.case.visits.len() as u32 {
            let visit = &person.case.visits[index as usize];
            if visit.reversed || !self.wants(visit.setting) {
                continue;
            }
            let view = person.visit(index);
            if self.exempt.is_some_and(|set| view.has_diagnosis_of(set)) {
                continue;
            }
            let day = visit.begins_at.day();
            let day_of = |other: u32| person.case.visits[other as usize].begins_at.day();
            if self.period_days == 0 {
                period.retain(|&other| day_of(other).month_key() == day.month_key());
            } else {
                period.retain(|&other| day.0 - day_of(other).0 < self.period_days);
            }
            period.push(index);
            // Once a month, or once a run: the visit that passes the limit speaks for the period.
            if period.len() != self.max_visits + 1 {
                continue;
            }
            let amount: Fen = view.lines().map(|(_, line)| line.amount).sum();
            let (what, span) = match self.of.as_str() {
                "outpatient" => ("门急诊", self.period_days),
                "purchase" => ("药店购药", self.period_days),
                _ => ("住院", self.period_days),
            };
            let span = if span == 0 {
                format!("{}年{}月内", day.civil().0, day.civil().1)
            } else {
                format!("{span}天内")
            };
            let first = period.first().map(|&f| day_of(f)).unwrap_or(day);
            let evidence = format!("{span}{what}已达第{}次（自{first}起），上限{}次", period.len(), self.max_visits);
            let over = Quantity::whole((period.len() - self.max_visits) as i64);
            hits.push(view.whole_visit(NO_POINT, over, amount, Vec::new(), evidence));
            if self.period_days > 0 {
                period.clear();
            }
        }
    }
}
