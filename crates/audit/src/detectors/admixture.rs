//! Two medicines in one infusion that must not be mixed.
//!
//! One infusion is one order number of the stay (`drord_no`) on one day. Medicines go by name, since the national
//! catalogue at hand does not hold every code: `named:头孢曲松` is every line whose name contains it. The later line is
//! at fault.

use super::{Detector, DetectorInfo};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::Hits;
use model::{CaseLine, ItemKind};

pub(super) const INFO: DetectorInfo =
    DetectorInfo { name: "admixture", title: "同组输液中的药品（溶媒）不得配伍", params: &[], build };

struct Pair {
    point: u32,
    one: Vec<String>,
    other: Vec<String>,
}

struct Admixture {
    pairs: Vec<Pair>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let knowledge = binder.knowledge;
    let mut pairs = Vec::new();
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        let names = |codes: Vec<&str>| -> Vec<String> {
            codes.into_iter().filter_map(|code| code.strip_prefix("named:")).map(str::to_owned).collect()
        };
        let one = names(knowledge.subjects_of(point).collect());
        let other = names(knowledge.partners_of(point).collect());
        if one.is_empty() || other.is_empty() {
            binder.report("code", "配伍的两侧都须写作“named:药品名”".into());
        }
        pairs.push(Pair { point: index, one, other });
    }
    Box::new(Admixture { pairs })
}

impl Detector for Admixture {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        let mut orders: Vec<(u32, &CaseLine)> = view
            .lines()
            .filter(|(_, line)| !line.order.is_empty() && line.quantity.0 > 0 && !line.take_home)
            .filter(|(_, line)| ItemKind::from_code(view.text(line.code)).is_medicine())
            .collect();
        if orders.len() < 2 {
            return;
        }
        let key = |line: &CaseLine| (view.text(line.order), line.at.day());
        orders.sort_by_key(|(index, line)| (key(line), *index));
        for group in orders.chunk_by(|a, b| key(a.1) == key(b.1)).filter(|group| group.len() > 1) {
            for (place, &(later, line)) in group.iter().enumerate() {
                let name = view.item_name(line);
                for &(earlier, other) in &group[..place] {
                    if let Some(point) = self.forbids(name, view.item_name(other)) {
                        let evidence = format!(
                            "医嘱{}同组输液中“{name}”与“{}”不得配伍（{}），涉及{}元",
                            view.text(line.order),
                            view.item_name(other),
                            view.library.point_text(point),
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
}

impl Admixture {
    /// The point that forbids the two to meet.
    fn forbids(&self, a: &str, b: &str) -> Option<u32> {
        let holds = |names: &[String], text: &str| names.iter().any(|name| text.contains(name.as_str()));
        let meets = |pair: &&Pair| {
            (holds(&pair.one, a) && holds(&pair.other, b)) || (holds(&pair.one, b) && holds(&pair.other, a))
        };
        // A premixed product holds both and mixes nothing.
        self.pairs.iter().filter(|_| a != b).find(meets).map(|pair| pair.point)
    }
}
