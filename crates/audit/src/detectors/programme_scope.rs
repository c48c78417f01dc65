//! A medicine paid at the rate of a chronic programme that has nothing to do with its disease.
//!
//! A point is a programme, by the diagnosis prefix that the visit's `dise_codg` begins with; its partner codes are the
//! prefixes of medicines in scope. Programmes without a point, and what is not a western medicine, are not judged.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::ItemKind;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "programme_scope",
    title: "门诊慢特病待遇内使用病种范围外的药品",
    params: &[ParamSpec {
        name: "med_types",
        kind: ParamKind::Texts,
        default: Some("14"),
        title: "门诊慢特病的医疗类别（前缀）",
    }],
    build,
};

struct Programme {
    point: u32,
    prefix: String,
    in_scope: Vec<String>,
}

struct ProgrammeScope {
    med_types: Vec<String>,
    programmes: Vec<Programme>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let knowledge = binder.knowledge;
    let mut programmes = Vec::new();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let in_scope: Vec<String> = knowledge.partners_of(point).map(str::to_owned).collect();
        for prefix in knowledge.subjects_of(point) {
            programmes.push(Programme { point: index, prefix: prefix.to_owned(), in_scope: in_scope.clone() });
        }
    }
    Box::new(ProgrammeScope { med_types: binder.params().texts("med_types").to_vec(), programmes })
}

impl Detector for ProgrammeScope {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let disease = view.text(view.visit.programme);
        if disease.is_empty() || self.programmes.is_empty() {
            return;
        }
        let med_type = view.text(view.visit.med_type);
        if !self.med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str())) {
            return;
        }
        let longest = self.programmes.iter().filter(|p| disease.starts_with(p.prefix.as_str()));
        let Some(programme) = longest.max_by_key(|p| p.prefix.len()) else { return };
        for (index, line) in view.lines() {
            let code = view.text(line.code);
            if line.quantity.0 <= 0
                || ItemKind::from_code(code) != ItemKind::WesternDrug
                || programme.in_scope.iter().any(|prefix| code.starts_with(prefix.as_str()))
            {
                continue;
            }
            let evidence = format!(
                "本次按门诊慢特病“{}”（{disease}）结算，“{}”不在该病种用药范围，涉及{}元",
                view.library.point_name(programme.point),
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(index, programme.point, evidence));
        }
    }
}
