//! Two items that must not meet in one prescription (pieces, 十八反十九畏) or one visit (interactions).
//!
//! The later of the two by entry is at fault, the earlier is related.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, prescriptions};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use rustc_hash::{FxHashMap, FxHashSet};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "incompatible_pair",
    title: "两种药品（饮片）不得同用",
    params: &[ParamSpec {
        name: "within",
        kind: ParamKind::Word(&["prescription", "day", "visit"]),
        default: Some("prescription"),
        title: "在何范围内算同用",
    }],
    build,
};

struct IncompatiblePair {
    /// Points by (lower item, higher item).
    pairs: FxHashMap<(u32, u32), u32>,
    within: String,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mut pairs = FxHashMap::default();
    let mut marked = FxHashSet::default();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        for (a, b) in binder.pairs_of(point) {
            pairs.entry((a.min(b), a.max(b))).or_insert(index);
            marked.extend([a, b]);
        }
    }
    let mut marked: Vec<u32> = marked.into_iter().collect();
    marked.sort_unstable();
    for item in marked {
        binder.mark(item, None);
    }
    Box::new(IncompatiblePair { pairs, within: binder.params().word("within").to_owned() })
}

impl Detector for IncompatiblePair {
    fn visit(&self, view: &View<'_>, marks: &[Mark], hits: &mut Hits) {
        if marks.len() < 2 {
            return;
        }
        let items_of = |line: u32| {
            marks.iter().filter(move |mark| mark.line == line).map(|mark| view.library.item_of_check(mark.check))
        };
        let groups: Vec<Vec<u32>> = match self.within.as_str() {
            "prescription" => prescriptions(view, |_| true).into_iter().map(|(_, lines)| lines).collect(),
            _ => {
                let mut lines: Vec<u32> = marks.iter().map(|mark| mark.line).collect();
                lines.dedup();
                if self.within == "visit" {
                    vec![lines]
                } else {
                    lines
                        .chunk_by(|&a, &b| view.line(a).at.day() == view.line(b).at.day())
                        .map(<[u32]>::to_vec)
                        .collect()
                }
            }
        };
        for lines in groups {
            for (place, &later) in lines.iter().enumerate() {
                for &earlier in &lines[..place] {
                    let pair = items_of(later)
                        .find_map(|b| items_of(earlier).find_map(|a| self.pairs.get(&(a.min(b), a.max(b)))));
                    let Some(&point) = pair else { continue };
                    let line = view.line(later);
                    let evidence = format!(
                        "“{}”与“{}”同用，属配伍（相互作用）禁忌：{}，涉及{}元",
                        view.item_name(line),
                        view.item_name(view.line(earlier)),
                        view.library.point_name(point),
                        line.amount
                    );
                    let mut hit = view.whole_line(later, point, evidence);
                    hit.related = vec![earlier];
                    hits.push(hit);
                }
            }
        }
    }
}
