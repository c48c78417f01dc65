//! Visits that a rule leaves alone: by diagnosis, by kind of visit. Many history rules share the two.

use super::{ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::View;

/// The parameter with diagnosis prefixes; a detector that builds an [`Exempt`] declares it.
pub(crate) const DIAGNOSES: ParamSpec = ParamSpec {
    name: "exempt_diagnoses",
    kind: ParamKind::Texts,
    default: Some(""),
    title: "就诊有这些诊断时豁免（编码前缀）",
};

/// The parameter with prefixes of `med_type`.
pub(crate) const MED_TYPES: ParamSpec = ParamSpec {
    name: "exempt_med_types",
    kind: ParamKind::Texts,
    default: Some(""),
    title: "这些医疗类别豁免（前缀）",
};

/// What [`DIAGNOSES`] and [`MED_TYPES`] of a rule say.
pub(crate) struct Exempt {
    diagnoses: Option<SetId>,
    med_types: Vec<String>,
}

impl Exempt {
    pub(crate) fn of(binder: &mut Binder<'_>) -> Self {
        let diagnoses = binder.diagnosis_set(DIAGNOSES.name);
        Self { diagnoses, med_types: binder.params().texts(MED_TYPES.name).to_vec() }
    }

    /// Whether the visit is left alone.
    pub(crate) fn covers(&self, view: &View<'_>) -> bool {
        let med_type = view.text(view.visit.med_type);
        self.med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str()))
            || self.diagnoses.is_some_and(|set| view.has_diagnosis_of(set))
    }
}
