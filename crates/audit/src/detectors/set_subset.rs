//! A prescription made only of listed pieces: single use, or a mix of nothing else.
//!
//! Decoction pieces of one prescription number are one prescription.

use super::{Detector, DetectorInfo, prescriptions};
use crate::binder::Binder;
use crate::engine::{Mark, View, is_piece};
use crate::hit::Hits;

pub(super) const INFO: DetectorInfo =
    DetectorInfo { name: "set_subset", title: "处方全部由目录内饮片组成", params: &[], build };

struct SetSubset;

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        for item in binder.items_of(point) {
            binder.mark(item, Some(index));
        }
    }
    Box::new(SetSubset)
}

impl Detector for SetSubset {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        for (number, lines) in prescriptions(view, |line| is_piece(view, line)) {
            let points: Option<Vec<u32>> = lines
                .iter()
                .map(|&line| {
                    marks.iter().find(|mark| mark.line == line).map(|mark| view.library.check(mark.check).point)
                })
                .collect();
            // One piece that is not listed makes it a compound that may be paid.
            let Some(points) = points else { continue };
            let names: Vec<&str> = lines.iter().map(|&line| view.item_name(view.line(line))).collect();
            for (&line, &point) in lines.iter().zip(&points) {
                let evidence = format!(
                    "处方{}共{}味饮片（{}），全部属于单独使用不予支付的饮片，“{}”涉及{}元",
                    view.text(number),
                    lines.len(),
                    names.join("、"),
                    view.item_name(view.line(line)),
                    view.line(line).amount
                );
                let mut hit = view.whole_line(line, point, evidence);
                hit.related = lines.iter().copied().filter(|&other| other != line).collect();
                hits.push(hit);
            }
        }
    }
}
