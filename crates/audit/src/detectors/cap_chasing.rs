//! Outpatient payments of a year that come close to the year's cap, much of them in its last days.
//!
//! What the fund paid is added up over the calendar year, by scheme; the finding is the visit with which the sum
//! passes the given share of the cap, when the last days of the year hold more than the given share of it. The
//! cap is the locality's: the shipped figure is an example. A programme with a cap of its own is exempt by kind of visit.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, Day, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "cap_chasing",
    title: "门诊统筹支付临近年度封顶线且集中在年末",
    params: &[
        ParamSpec {
            name: "annual_cap_yuan", kind: ParamKind::Integer, default: None, title: "门诊年度支付限额（元）"
        },
        ParamSpec {
            name: "insurance",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "只判断这一险种（0 为全部）",
        },
        ParamSpec {
            name: "min_percent",
            kind: ParamKind::Integer,
            default: Some("90"),
            title: "全年支付达到限额的比例（%）",
        },
        ParamSpec { name: "year_end_days", kind: ParamKind::Integer, default: Some("30"), title: "年末窗口天数" },
        ParamSpec {
            name: "min_year_end_percent",
            kind: ParamKind::Integer,
            default: Some("40"),
            title: "年末窗口内支付占全年的比例至少（%）",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct CapChasing {
    cap: Fen,
    insurance: u32,
    min_percent: i64,
    year_end_days: i32,
    min_year_end_percent: i64,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    let params = binder.params();
    Box::new(CapChasing {
        cap: Fen(params.integer("annual_cap_yuan") * 100),
        insurance: u32::try_from(params.integer("insurance")).unwrap_or(0),
        min_percent: params.integer("min_percent"),
        year_end_days: params.integer("year_end_days") as i32,
        min_year_end_percent: params.integer("min_year_end_percent"),
        exempt,
    })
}

/// The year being added up.
#[derive(Default)]
struct Year {
    number: i32,
    paid: Fen,
    paid_at_end: Fen,
    /// The visit that passed the share, and what had been paid by then.
    passed: Option<(u32, Fen)>,
}

impl Detector for CapChasing {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let limit = self.cap.ratio(self.min_percent, 100);
        let mut year = Year::default();
        for (index, visit) in person.case.visits.iter().enumerate() {
            let Some(paid) = visit.fund_paid.filter(|paid| paid.0 > 0) else { continue };
            let outpatient =
                matches!(visit.setting, CareSetting::Outpatient | CareSetting::Emergency | CareSetting::Pharmacy);
            let of_scheme = self.insurance == 0 || visit.insurance.0 == self.insurance;
            if visit.reversed || !outpatient || !of_scheme || self.exempt.covers(&person.visit(index as u32)) {
                continue;
            }
            let (number, ..) = visit.begins_at.day().civil();
            if number != year.number {
                self.close(person, &year, hits);
                year = Year { number, ..Year::default() };
            }
            year.paid += paid;
            let end = Day::from_civil(number + 1, 1, 1).unwrap_or_default();
            if end.0 - visit.begins_at.day().0 <= self.year_end_days {
                year.paid_at_end += paid;
            }
            if year.passed.is_none() && year.paid >= limit {
                year.passed = Some((index as u32, year.paid));
            }
        }
        self.close(person, &year, hits);
    }
}

impl CapChasing {
    fn close(&self, person: &PersonView<'_>, year: &Year, hits: &mut Hits) {
        let Some((visit, paid)) = year.passed else { return };
        if year.paid_at_end.0 * 100 < year.paid.0 * self.min_year_end_percent {
            return;
        }
        let view = person.visit(visit);
        let evidence = format!(
            "{}年门诊统筹累计支付至本次达{paid}元，为年度限额{}元的{}%；年末{}天内支付{}元，占全年{}元的{}%",
            year.number,
            self.cap,
            paid.0 * 100 / self.cap.0.max(1),
            self.year_end_days,
            year.paid_at_end,
            year.paid,
            year.paid_at_end.0 * 100 / year.paid.0.max(1),
        );
        let hit = view.whole_visit(NO_POINT, Quantity::ZERO, year.paid_at_end, Vec::new(), evidence);
        hits.push(hit);
    }
}
