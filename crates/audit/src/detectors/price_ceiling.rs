//! Unit price above the ceiling of the price book for the institution's level and the day.
//!
//! At stake is the part above: (price − ceiling) × quantity.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::View;
use crate::hit::{Hits, NO_POINT};
use crate::library::{Check, Limit};
use model::{HospitalLevel, UnitPrice};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "price_ceiling",
    title: "单价高于价格项目的最高限价",
    params: &[
        ParamSpec {
            name: "child_surcharge_until_years",
            kind: ParamKind::Integer,
            default: Some("6"),
            title: "儿童加收适用年龄（周岁，含）",
        },
        ParamSpec {
            name: "child_surcharge_percent",
            kind: ParamKind::Integer,
            default: Some("30"),
            title: "儿童加收最高比例（%）",
        },
        ParamSpec {
            name: "areas",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "适用统筹区（区划代码前缀，空为全部）",
        },
    ],
    build,
};

struct PriceCeiling {
    child_until_years: i32,
    child_percent: i64,
    areas: Vec<String>,
}

const LEVELS: [HospitalLevel; 5] = [
    HospitalLevel::Unknown,
    HospitalLevel::Unrated,
    HospitalLevel::Primary,
    HospitalLevel::Secondary,
    HospitalLevel::Tertiary,
];

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    for item in 0..binder.catalogue.item_count() {
        let ceilings =
            LEVELS.map(|level| binder.catalogue.price_ceiling(item, level).map_or(i64::MAX, |price| price.0));
        if ceilings.iter().any(|&price| price < i64::MAX) {
            let row = binder.ceiling_row(ceilings);
            binder.bind(item, Limit::Price(row), None);
        }
    }
    Box::new(PriceCeiling {
        child_until_years: binder.params().integer("child_surcharge_until_years") as i32,
        child_percent: binder.params().integer("child_surcharge_percent"),
        areas: binder.params().texts("areas").to_vec(),
    })
}

impl Detector for PriceCeiling {
    fn line(&self, view: &View<'_>, index: u32, check: &Check, hits: &mut Hits) {
        let Limit::Price(row) = check.limit else { return };
        if !self.areas.is_empty() && !self.areas.iter().any(|area| view.institution.area.starts_with(area.as_str())) {
            return;
        }
        let line = view.line(index);
        let mut ceiling = view.library.ceiling(row, view.institution.level);
        if view.age_on(line.at.day()).is_some_and(|age| age.years <= self.child_until_years) {
            ceiling = ceiling.saturating_mul(100 + self.child_percent) / 100;
        }
        if line.price.0 <= ceiling {
            return;
        }
        let over = UnitPrice(line.price.0 - ceiling).times(line.quantity).min(line.amount);
        let basis = view.library.catalogue().price_basis(line.item).unwrap_or_default();
        let evidence = format!(
            "“{}”单价{}元，{}医疗机构最高限价{}元，数量{}，超出{over}元（{basis}）",
            view.item_name(line),
            line.price,
            view.institution.level.label(),
            UnitPrice(ceiling),
            line.quantity,
        );
        hits.push(view.part_of_line(index, NO_POINT, line.quantity, over, evidence));
    }
}
