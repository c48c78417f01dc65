//! A diagnosis or procedure that the person's sex or age rules out.
//!
//! The finding is the visit's: the code is wrong, or the person is; no charge line follows from it, so
//! no money is at stake until someone has looked.

use super::attribute_limit::{AgeLimit, age_words};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use knowledge::{AgeWindow, PointKind};
use model::{Fen, Quantity, Sex};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "sex_or_age_of_code",
    title: "诊断或手术编码与性别、年龄不符",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["diagnosis", "procedure"]),
            default: None,
            title: "判断诊断还是手术操作",
        },
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "就诊有这些诊断时豁免（编码前缀）",
        },
    ],
    build,
};

#[derive(Clone, Copy)]
struct Demand {
    sex: Option<Sex>,
    age: Option<AgeLimit>,
    point: u32,
}

struct SexOrAgeOfCode {
    procedures: bool,
    /// By code: place in `demands`, plus one; 0 where nothing is demanded.
    places: Vec<u32>,
    demands: Vec<Demand>,
    exempt: Option<SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let procedures = binder.params().word("of") == "procedure";
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    let points: Vec<_> = binder.points().collect();
    // A longer prefix is the more exact word: it comes later and wins.
    let mut rows = Vec::new();
    for (index, point) in points {
        let age = match point.predicate.age {
            Some(AgeWindow::Between { from, until }) => Some(AgeLimit::Window { from, until }),
            _ => None,
        };
        let demand = Demand { sex: point.predicate.sex, age, point: index };
        for code in binder.knowledge.codes_of(point) {
            let range = match point.kind {
                PointKind::Procedure if procedures => binder.catalogue.procedures_with_prefix(code),
                PointKind::Diagnosis if !procedures => binder.catalogue.diagnoses_with_prefix(code),
                _ => continue,
            };
            rows.push((code.len(), range, demand));
        }
    }
    rows.sort_by_key(|(length, range, demand)| (*length, range.start, demand.point));
    let codes = if procedures { binder.catalogue.procedure_count() } else { binder.catalogue.diagnosis_count() };
    let mut places = vec![0; codes as usize];
    let mut demands = Vec::with_capacity(rows.len());
    for (_, range, demand) in rows {
        demands.push(demand);
        for code in range {
            places[code as usize] = demands.len() as u32;
        }
    }
    Box::new(SexOrAgeOfCode { procedures, places, demands, exempt })
}

impl Detector for SexOrAgeOfCode {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let diagnoses = view.diagnoses();
        if self.procedures {
            for procedure in view.procedures() {
                let demand = self.demand(procedure.procedure);
                if let Some(demand) = demand.filter(|_| !self.exempt.is_some_and(|set| view.has_diagnosis_of(set))) {
                    let name = view.library.catalogue().procedure_name(procedure.procedure);
                    judge(view, demand, view.text(procedure.code), name, hits);
                }
            }
        } else {
            for diagnosis in diagnoses {
                let demand = self.demand(diagnosis.diagnosis);
                if let Some(demand) = demand.filter(|_| !self.exempt.is_some_and(|set| view.has_diagnosis_of(set))) {
                    let name = view.library.catalogue().diagnosis_name(diagnosis.diagnosis);
                    judge(view, demand, view.text(diagnosis.code), name, hits);
                }
            }
        }
    }
}

impl SexOrAgeOfCode {
    fn demand(&self, code: u32) -> Option<&Demand> {
        let place = *self.places.get(code as usize)?;
        self.demands.get((place as usize).checked_sub(1)?)
    }
}

fn judge(view: &View<'_>, demand: &Demand, code: &str, name: &str, hits: &mut Hits) {
    let person = &view.case.person;
    let day = view.visit.begins_at.day();
    if !view.library.point(demand.point).valid.contains(day) {
        return;
    }
    let evidence = if demand.sex.is_some_and(|only| person.sex != Sex::Unknown && person.sex != only) {
        let only = demand.sex.unwrap_or_default().label();
        format!("“{code} {name}”只见于{only}性，参保人为{}性", person.sex.label())
    } else {
        let (Some(born), Some(limit), Some(age)) = (person.born_on, demand.age, view.age_on(day)) else { return };
        if limit.admits(age, person.sex, born) {
            return;
        }
        format!("“{code} {name}”与年龄不符，就诊时参保人{}", age_words(age))
    };
    hits.push(view.whole_visit(demand.point, Quantity::ZERO, Fen::ZERO, Vec::new(), evidence));
}
