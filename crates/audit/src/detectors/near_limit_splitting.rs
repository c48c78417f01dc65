//! Several settlements of one person on one day at one institution, each just below the limit of a settlement.
//!
//! The limit is the locality's: the shipped figure is an example. The findings are the settlements from the
//! given count on: the ones that a single settlement would not have paid.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseVisit, Day, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "near_limit_splitting",
    title: "一日多次结算，每次都略低于单次限额",
    params: &[
        ParamSpec { name: "limit_yuan", kind: ParamKind::Integer, default: None, title: "单次结算限额（元）" },
        ParamSpec {
            name: "min_percent", kind: ParamKind::Integer, default: Some("90"), title: "达到限额的比例（%）"
        },
        ParamSpec { name: "min_count", kind: ParamKind::Integer, default: Some("3"), title: "一日至少次数" },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct NearLimitSplitting {
    least: Fen,
    limit: Fen,
    min_count: usize,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    let limit = Fen(params.integer("limit_yuan") * 100);
    Box::new(NearLimitSplitting {
        least: limit.ratio(params.integer("min_percent"), 100),
        limit,
        min_count: usize::try_from(params.integer("min_count")).unwrap_or(usize::MAX),
        exempt,
    })
}

impl NearLimitSplitting {
    fn near_limit(&self, visit: &CaseVisit) -> bool {
        !visit.reversed
            && visit.setting != CareSetting::Inpatient
            && visit.total.is_some_and(|total| total >= self.least && total <= self.limit)
    }
}

impl Detector for NearLimitSplitting {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let mut day = Day(i32::MIN);
        // By institution: how many of the day so far.
        let mut of_day: Vec<(&str, usize)> = Vec::new();
        for (index, visit) in person.case.visits.iter().enumerate() {
            if !self.near_limit(visit) {
                continue;
            }
            if visit.begins_at.day() != day {
                day = visit.begins_at.day();
                of_day.clear();
            }
            let place = person.code_of_institution(index as u32);
            let here = match of_day.iter_mut().find(|(known, _)| *known == place) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    of_day.push((place, 1));
                    1
                }
            };
            let view = person.visit(index as u32);
            if here < self.min_count || self.exempt.covers(&view) {
                continue;
            }
            let amount = view.total();
            let evidence = format!(
                "{day}在{}第{here}次结算，每次金额在{}元至{}元之间（单次限额{}元），本次{amount}元",
                view.institution.name, self.least, self.limit, self.limit
            );
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
        }
    }
}
