//! Two visits of one person, in person, too close in time for the way between the places.
//!
//! Places are known by area only: between two cities (the first four digits of the area differ) hours are
//! needed, within a city minutes between two institutions. Visits over the internet need no way; a purchase
//! may be made by somebody else and is asked about only when the rule says so. A visit whose moment is
//! not given (midnight) decides nothing. The finding is the later visit's.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "travel_conflict",
    title: "短时间内在两地（两家机构）就诊，路程上不可能",
    params: &[
        ParamSpec {
            name: "min_minutes_between_cities",
            kind: ParamKind::Integer,
            default: Some("120"),
            title: "两个地市之间至少需要的分钟数",
        },
        ParamSpec {
            name: "min_minutes_in_city",
            kind: ParamKind::Integer,
            default: Some("30"),
            title: "同一地市两家机构之间至少需要的分钟数",
        },
        ParamSpec {
            name: "purchases",
            kind: ParamKind::Word(&["left-out", "included"]),
            default: Some("left-out"),
            title: "药店购药是否判断（可由家属代购）",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct TravelConflict {
    between_cities: i64,
    in_city: i64,
    purchases: bool,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    Box::new(TravelConflict {
        between_cities: params.integer("min_minutes_between_cities"),
        in_city: params.integer("min_minutes_in_city"),
        purchases: params.word("purchases") == "included",
        exempt,
    })
}

/// The city of a visit: of its institution, else of the visit itself; `None` when neither says.
fn city<'a>(view: &View<'a>) -> Option<&'a str> {
    let area = view.institution.area.as_str();
    let area = if area.is_empty() { view.text(view.visit.treatment_area) } else { area };
    area.get(..4)
}

impl TravelConflict {
    fn in_person(&self, view: &View<'_>) -> bool {
        !view.visit.reversed
            && !view.institution.internet
            && !view.visit.begins_at.is_midnight()
            && view.visit.setting != CareSetting::HomeBed
            && (self.purchases || view.visit.setting != CareSetting::Pharmacy)
    }
}

impl Detector for TravelConflict {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let visits = &person.case.visits;
        let near = self.between_cities.max(self.in_city) * 60;
        let mut before: Option<u32> = None;
        for index in 0..visits.len() as u32 {
            let at = visits[index as usize].begins_at;
            let earlier = before.filter(|&b| at.0 - visits[b as usize].begins_at.0 < near);
            let view = person.visit(index);
            if !self.in_person(&view) {
                continue;
            }
            before = Some(index);
            let Some(earlier) = earlier.map(|b| person.visit(b)) else { continue };
            let same_place = view.text(view.visit.fixmedins_code) == earlier.text(earlier.visit.fixmedins_code);
            let (Some(from), Some(to)) = (city(&earlier), city(&view)) else { continue };
            let needed = if from == to { self.in_city } else { self.between_cities };
            let minutes = (at.0 - earlier.visit.begins_at.0) / 60;
            if same_place || minutes >= needed || self.exempt.covers(&view) {
                continue;
            }
            let amount = view.total();
            let where_to = if from == to { "同一地市" } else { "两个地市" };
            let evidence = format!(
                "{}在{}就诊，{minutes}分钟后又在{}就诊（{where_to}，至少需要{needed}分钟），本次费用{amount}元",
                earlier.visit.begins_at, earlier.institution.name, view.institution.name,
            );
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, amount, Vec::new(), evidence));
        }
    }
}
