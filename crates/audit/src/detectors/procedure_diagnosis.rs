//! Main procedure and main diagnosis that do not belong together, by a published whitelist.
//!
//! The list names, for some procedures, the diagnoses that go with them. It has gaps (ERRATA 2), so
//! a diagnosis of the same three-character category as a listed one is let pass.

use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::{Fen, Quantity, UNKNOWN_CODE};
use rustc_hash::{FxHashMap, FxHashSet};

pub(super) const INFO: DetectorInfo =
    DetectorInfo {
        name: "procedure_diagnosis", title: "主要手术与主要诊断不在对应关系内", params: &[], build
    };

#[derive(Default)]
struct Allowed {
    diagnoses: FxHashSet<u32>,
    categories: FxHashSet<String>,
    point: u32,
}

struct ProcedureDiagnosis {
    allowed: FxHashMap<u32, Allowed>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mut allowed: FxHashMap<u32, Allowed> = FxHashMap::default();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let (mut procedures, mut diagnoses) =
            (binder.knowledge.subjects_of(point), binder.knowledge.partners_of(point));
        let (Some(procedure), Some(diagnosis)) = (procedures.next(), diagnoses.next()) else { continue };
        let Some(procedure) = binder.catalogue.procedure(procedure) else { continue };
        let entry = allowed.entry(procedure).or_insert_with(|| Allowed { point: index, ..Allowed::default() });
        entry.diagnoses.extend(binder.catalogue.diagnosis(diagnosis));
        entry.categories.extend(diagnosis.get(..3).map(str::to_owned));
    }
    Box::new(ProcedureDiagnosis { allowed })
}

impl Detector for ProcedureDiagnosis {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let Some(procedure) = view.procedures().iter().find(|p| p.main) else { return };
        let Some(diagnosis) = view.diagnoses().iter().find(|d| d.main && d.diagnosis != UNKNOWN_CODE) else { return };
        let Some(allowed) = self.allowed.get(&procedure.procedure) else { return };
        let code = view.library.catalogue().diagnosis_code(diagnosis.diagnosis);
        if allowed.diagnoses.contains(&diagnosis.diagnosis)
            || code.get(..3).is_some_and(|c| allowed.categories.contains(c))
        {
            return;
        }
        let evidence = format!(
            "主要手术“{} {}”的对应诊断目录（{}个）不含主要诊断“{} {}”",
            view.text(procedure.code),
            view.library.catalogue().procedure_name(procedure.procedure),
            allowed.diagnoses.len(),
            view.text(diagnosis.code),
            view.library.catalogue().diagnosis_name(diagnosis.diagnosis),
        );
        hits.push(view.whole_visit(allowed.point, Quantity::ZERO, Fen::ZERO, Vec::new(), evidence));
    }
}
