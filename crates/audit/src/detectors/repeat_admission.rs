//! Admitted again to the same institution, soon, for the same disease.
//!
//! The finding is the later stay's. Planned series (chemotherapy, radiotherapy, dialysis) are exempt by
//! diagnosis; a stay that ended in a transfer to another institution and back counts nothing here.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Fen, Quantity, UNKNOWN_CODE};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "repeat_admission",
    title: "短期内因同病再次入住同一机构",
    params: &[
        ParamSpec {
            name: "max_gap_days",
            kind: ParamKind::Integer,
            default: Some("7"),
            title: "出院到再入院的天数不超过",
        },
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "再入院有这些诊断时豁免（编码前缀）",
        },
    ],
    build,
};

struct RepeatAdmission {
    max_gap_days: i32,
    exempt: Option<SetId>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    Box::new(RepeatAdmission { max_gap_days: binder.params().integer("max_gap_days") as i32, exempt })
}

/// The category (three characters) of the main diagnosis.
pub(super) fn main_category<'a>(view: &View<'a>) -> Option<&'a str> {
    let main = view.diagnoses().iter().find(|d| d.main && d.diagnosis != UNKNOWN_CODE)?;
    view.library.catalogue().diagnosis_code(main.diagnosis).get(..3)
}

impl Detector for RepeatAdmission {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let stays =
            person.case.visits.iter().enumerate().filter(|(_, v)| v.setting == CareSetting::Inpatient && !v.reversed);
        let stays: Vec<u32> = stays.map(|(index, _)| index as u32).collect();
        for pair in stays.windows(2) {
            let (before, after) = (person.visit(pair[0]), person.visit(pair[1]));
            let Some(discharged) = before.visit.ends_at else { continue };
            let gap = after.visit.begins_at.day().0 - discharged.day().0;
            let same_place = after.text(after.visit.fixmedins_code) == before.text(before.visit.fixmedins_code);
            let category = main_category(&after);
            if !(0..=self.max_gap_days).contains(&gap)
                || !same_place
                || category.is_none()
                || category != main_category(&before)
            {
                continue;
            }
            if self.exempt.is_some_and(|set| after.has_diagnosis_of(set)) {
                continue;
            }
            let amount: Fen = after.lines().map(|(_, line)| line.amount).sum();
            let evidence = format!(
                "{}出院（{}）后{gap}天，{}因同类主要诊断{}再次入住{}，本次费用{amount}元",
                discharged.day(),
                before.text(before.visit.mdtrt_id),
                after.visit.begins_at.day(),
                category.unwrap_or_default(),
                after.institution.name,
            );
            hits.push(after.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
        }
    }
}
