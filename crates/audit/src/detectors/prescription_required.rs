//! A listed medicine sold by a pharmacy on the fund's account without a prescription on record.

use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::CareSetting;

pub(super) const INFO: DetectorInfo =
    DetectorInfo {
        name: "prescription_required", title: "药店售出须凭处方支付的药品而无处方号", params: &[], build
    };

struct PrescriptionRequired;

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        for item in binder.items_of(point) {
            binder.mark(item, Some(index));
        }
    }
    Box::new(PrescriptionRequired)
}

impl Detector for PrescriptionRequired {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        // The prescription itself is written in a hospital and filled here.
        if view.visit.setting != CareSetting::Pharmacy {
            return;
        }
        for mark in marks {
            let line = view.line(mark.line);
            if !line.prescription.is_empty() {
                continue;
            }
            let evidence = format!(
                "“{}”属凭外配处方支付的药品，本次药店购药没有处方号，涉及{}元",
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(mark.line, view.library.check(mark.check).point, evidence));
        }
    }
}
