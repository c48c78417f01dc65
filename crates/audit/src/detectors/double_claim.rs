//! One stay settled twice: the same days and the same money, in two places or under two schemes.
//!
//! The later by settlement is at fault. Schemes that top up another one (公务员补助, 大额, 大病) are meant to pay for the
//! same cost and are left out.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, PersonView};
use crate::binder::Binder;
use crate::engine::Mark;
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, CaseVisit, Fen, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "double_claim",
    title: "同一住院在两处或两个险种重复结算",
    params: &[ParamSpec {
        name: "supplementary_schemes",
        kind: ParamKind::Texts,
        default: Some("320 330 340 392"),
        title: "补充性险种，依法可再次结算",
    }],
    build,
};

struct DoubleClaim {
    supplementary: Vec<u32>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let schemes = binder.params().texts("supplementary_schemes").iter();
    Box::new(DoubleClaim { supplementary: schemes.filter_map(|code| code.parse().ok()).collect() })
}

impl Detector for DoubleClaim {
    fn every_person(&self) -> bool {
        true
    }

    fn person(&self, person: &PersonView<'_>, _marks: &[Mark], hits: &mut Hits) {
        let visits = &person.case.visits;
        for (index, visit) in visits.iter().enumerate() {
            if !self.counts(visit) {
                continue;
            }
            // Visits are in order of their beginning, so the same day lies next to it.
            let day = visit.begins_at.day();
            let same_day = visits[..index].iter().enumerate().rev().take_while(|(_, v)| v.begins_at.day() == day);
            let twin = same_day.filter(|(_, other)| self.counts(other) && same_cost(visit, other)).last();
            let Some((earlier, other)) = twin else { continue };
            let (first, second) = if other.settled_at <= visit.settled_at {
                (earlier as u32, index as u32)
            } else {
                (index as u32, earlier as u32)
            };
            let (kept, view) = (person.visit(first), person.visit(second));
            let total = view.visit.total.unwrap_or(Fen::ZERO);
            let evidence = format!(
                "本次住院（{}至{}，总费用{total}元，{}）与就诊{}（{}，{}）的起止日期和总费用相同，重复结算",
                view.visit.begins_at.day(),
                view.visit.ends_at.unwrap_or_default().day(),
                view.visit.insurance.label(),
                view.text(kept.visit.mdtrt_id),
                kept.institution.name,
                kept.visit.insurance.label(),
            );
            let paid = view.visit.fund_paid.unwrap_or(total);
            hits.push(view.whole_visit(NO_POINT, Quantity::ZERO, paid, Vec::new(), evidence));
        }
    }
}

impl DoubleClaim {
    fn counts(&self, visit: &CaseVisit) -> bool {
        !visit.reversed
            && visit.setting == CareSetting::Inpatient
            && visit.ends_at.is_some()
            && visit.total.is_some_and(|total| total.0 > 0)
            && visit.fund_paid.is_some_and(|paid| paid.0 > 0)
            && !self.supplementary.contains(&visit.insurance.0)
    }
}

fn same_cost(a: &CaseVisit, b: &CaseVisit) -> bool {
    let last = |visit: &CaseVisit| visit.ends_at.map(model::Stamp::day);
    a.total == b.total && last(a) == last(b)
}
