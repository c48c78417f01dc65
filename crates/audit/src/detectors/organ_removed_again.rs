//! An organ that can be removed once in a life is removed again: somebody else was treated, or nobody.
//!
//! The organs are reviewed procedure sets; a second removal soon after the first is the same operation entered
//! in two records (a stay that was split, a transfer), so some days must lie between.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::Quantity;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "organ_removed_again",
    title: "同一器官先后两次切除",
    params: &[
        ParamSpec {
            name: "organs",
            kind: ParamKind::Texts,
            default: None,
            title: "器官切除的手术编码集（knowledge/code_sets.csv）",
        },
        ParamSpec {
            name: "min_gap_days",
            kind: ParamKind::Integer,
            default: Some("30"),
            title: "两次手术相隔至少天数（更近的视为同一次手术重复填报）",
        },
    ],
    build,
};

struct OrganRemovedAgain {
    organs: Vec<SetId>,
    min_gap_days: i32,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let names = binder.params().texts("organs");
    let organs = names.iter().filter_map(|name| binder.named_set(name)).collect();
    Box::new(OrganRemovedAgain { organs, min_gap_days: binder.params().integer("min_gap_days") as i32 })
}

impl Detector for OrganRemovedAgain {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let case = person.case;
        if case.procedures.len() < 2 {
            return;
        }
        for &organ in &self.organs {
            let mut first: Option<(u32, model::Day)> = None;
            let mut reported = u32::MAX;
            for procedure in &case.procedures {
                let visit = &case.visits[procedure.visit as usize];
                if visit.reversed || !person.library.sets().contains(organ, procedure.procedure) {
                    continue;
                }
                let day = procedure.at.unwrap_or(visit.begins_at).day();
                let Some((before, removed_on)) = first else {
                    first = Some((procedure.visit, day));
                    continue;
                };
                let apart = day.0 - removed_on.0;
                if procedure.visit == before || procedure.visit == reported || apart < self.min_gap_days {
                    continue;
                }
                reported = procedure.visit;
                let (earlier, view) = (person.visit(before), person.visit(procedure.visit));
                let amount = view.total();
                let evidence = format!(
                    "{removed_on}在{}已做“{}”（就诊{}），{apart}天后（{day}）在{}又填报{}，本次费用{amount}元",
                    earlier.institution.name,
                    person.library.sets().title(organ),
                    earlier.text(earlier.visit.mdtrt_id),
                    view.institution.name,
                    view.text(procedure.code),
                );
                hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
            }
        }
    }
}
