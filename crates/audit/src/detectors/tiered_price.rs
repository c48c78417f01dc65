//! The second and further units of an item on one day charged in full where a share of the price is owed.
//!
//! A point pools the items of one kind and says the share (`percent=60`). The dearest unit is the first, at its own
//! price; each further one may cost that share of it. At stake is what lies above.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::{Fen, Quantity, UnitPrice};
use std::cmp::Reverse;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "tiered_price",
    title: "同日第二个及以后部位（血管）未按比例计价",
    params: &[ParamSpec {
        name: "what",
        kind: ParamKind::Word(&["site", "vessel"]),
        default: Some("site"),
        title: "site 部位；vessel 血管",
    }],
    build,
};

struct TieredPrice {
    what: &'static str,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.percent.is_some() {
            for item in binder.items_of(point) {
                binder.mark(item, Some(index));
            }
        }
    }
    Box::new(TieredPrice { what: if binder.params().word("what") == "vessel" { "支血管" } else { "个部位" } })
}

impl Detector for TieredPrice {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let key = |mark: &Mark| (view.library.check(mark.check).point, view.line(mark.line).at.day());
        let mut ordered: Vec<&Mark> = marks.iter().collect();
        ordered.sort_by_key(|mark| (key(mark), Reverse(view.line(mark.line).price), mark.line));
        for units in ordered.chunk_by(|a, b| key(a) == key(b)) {
            self.judge(view, units, hits);
        }
    }
}

impl TieredPrice {
    /// The lines of one kind and day, the dearest first.
    fn judge(&self, view: &View<'_>, lines: &[&Mark], hits: &mut Hits) {
        let Some(first) = lines.first() else { return };
        let point = view.library.check(first.check).point;
        let Some(percent) = view.library.point(point).predicate.percent else { return };
        let full = view.line(first.line).price;
        let reduced = UnitPrice(full.0 * i64::from(percent) / 100);
        let mut at_full = Quantity::whole(1);
        let mut units = Quantity::ZERO;
        for mark in lines {
            let line = view.line(mark.line);
            units += line.quantity;
            let whole = at_full.min(line.quantity);
            at_full -= whole;
            let allowed = full.times(whole) + reduced.times(line.quantity - whole);
            let over = Fen((line.amount - allowed).0.max(0));
            if over == Fen::ZERO || line.quantity == whole {
                continue;
            }
            let evidence = format!(
                "{}“{}”第2{what}起应按{percent}%（{reduced}元）计收，计至第{units}{what}，实收单价{}元，多收{over}元",
                line.at.day(),
                view.item_name(line),
                line.price,
                what = self.what,
            );
            let mut hit = view.part_of_line(mark.line, point, line.quantity - whole, over, evidence);
            hit.related = lines.iter().map(|other| other.line).filter(|&other| other != mark.line).collect();
            hits.push(hit);
        }
    }
}
