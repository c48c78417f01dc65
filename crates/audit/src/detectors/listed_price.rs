//! An item above the price that a table gives it, or the parts of a set above the price of the set.
//!
//! `of = "item"`: `max_price` is the highest unit price; at stake is the part above. `of = "set"`: the items of a point
//! are the parts of one set; several of them in one visit may together cost `max_price` a set, and there are as many
//! sets as units of the part listed first. The excess is laid on the latest parts.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use crate::library::{Scope, Side};
use model::{Fen, Quantity, UnitPrice};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "listed_price",
    title: "单价（或成套合计）高于列明的价格",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["item", "set"]),
            default: Some("item"),
            title: "item 单件；set 一套的各部件合计（code 为主件，partner_code 为其他部件）",
        },
        ParamSpec {
            name: "tolerance_ten_thousandths",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "允许的单价误差（万分之一元）",
        },
    ],
    build,
};

struct ListedPrice {
    of_set: bool,
    tolerance: i64,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if point.predicate.max_price.is_some() {
            binder.mark_sides(index, point, Scope::Visit);
        }
    }
    Box::new(ListedPrice {
        of_set: binder.params().word("of") == "set",
        tolerance: binder.params().integer("tolerance_ten_thousandths"),
    })
}

impl Detector for ListedPrice {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        let Some(sided) = super::sided(view.library, marks) else { return };
        for of_point in sided.chunk_by(|a, b| a.point == b.point) {
            let Some(first) = of_point.first() else { continue };
            let Some(listed) = view.library.point(first.point).predicate.max_price else { continue };
            if self.of_set {
                judge_set(view, of_point, listed, hits);
            } else {
                of_point.iter().for_each(|mark| self.judge_item(view, mark, listed, hits));
            }
        }
    }
}

impl ListedPrice {
    fn judge_item(&self, view: &View<'_>, mark: &super::Sided, listed: UnitPrice, hits: &mut Hits) {
        let line = view.line(mark.line);
        if line.price.0 <= listed.0 + self.tolerance {
            return;
        }
        let over = UnitPrice(line.price.0 - listed.0).times(line.quantity).min(line.amount);
        let evidence = format!(
            "“{}”单价{}元，列明价格{listed}元，数量{}，超出{over}元",
            view.item_name(line),
            line.price,
            line.quantity
        );
        hits.push(view.part_of_line(mark.line, mark.point, line.quantity, over, evidence));
    }
}

fn judge_set(view: &View<'_>, parts: &[super::Sided], listed: UnitPrice, hits: &mut Hits) {
    let main = parts.iter().filter(|mark| mark.side == Side::Subject).map(|mark| view.line(mark.line).quantity);
    let sets: Quantity = main.sum();
    let allowed = listed.times(sets);
    if parts.len() < 2 {
        return;
    }
    let total: Fen = parts.iter().map(|mark| view.line(mark.line).amount).sum();
    let mut over = Fen((total - allowed).0.max(0));
    for mark in parts.iter().rev() {
        let line = view.line(mark.line);
        let here = over.min(line.amount);
        if here.0 <= 0 {
            break;
        }
        over -= here;
        let evidence = format!(
            "成套价{listed}元，{sets}套应收{allowed}元，拆分部件合计{total}元，“{}”多收{here}元",
            view.item_name(line)
        );
        let mut hit = view.part_of_line(mark.line, mark.point, line.quantity, here, evidence);
        hit.related = parts.iter().map(|other| other.line).filter(|&other| other != mark.line).collect();
        hits.push(hit);
    }
}
