//! Lines uploaded long after the service: bulk back-entry. One finding a visit.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "late_upload",
    title: "费用明细未实时上传",
    params: &[ParamSpec {
        name: "max_delay_hours",
        kind: ParamKind::Integer,
        default: Some("24"),
        title: "费用发生到上传的最长小时数",
    }],
    build,
};

struct LateUpload {
    max_delay_hours: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(LateUpload { max_delay_hours: binder.params().integer("max_delay_hours") })
}

impl Detector for LateUpload {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let mut late = Vec::new();
        let mut longest = 0;
        for (index, line) in view.lines() {
            let Some(uploaded_at) = line.uploaded_at else { continue };
            // A fee time without a time of day may have been any time of that day.
            let from = if line.at.is_midnight() { line.at.0 + 86_400 } else { line.at.0 };
            let delay = uploaded_at.0 - from;
            if delay > self.max_delay_hours * 3600 {
                late.push(index);
                longest = longest.max(delay);
            }
        }
        if !late.is_empty() {
            let evidence =
                format!("{}条明细上传晚于费用发生{}小时，最长{}小时", late.len(), self.max_delay_hours, longest / 3600);
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, Fen::ZERO, late, evidence));
        }
    }
}
