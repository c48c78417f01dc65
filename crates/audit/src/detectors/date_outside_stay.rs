//! A charge of a stay dated before admission or after discharge.
//!
//! A stay that has not ended has no last day. Take-home medicine is charged on the day of discharge.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::CareSetting;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "date_outside_stay",
    title: "计费日期在住院时间之外",
    params: &[
        ParamSpec {
            name: "grace_before_days",
            kind: ParamKind::Integer,
            default: Some("0"),
            title: "入院前允许天数（院前检查并入住院的地区）",
        },
        ParamSpec {
            name: "grace_after_days", kind: ParamKind::Integer, default: Some("0"), title: "出院后允许天数"
        },
    ],
    build,
};

struct DateOutsideStay {
    before: i32,
    after: i32,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(DateOutsideStay {
        before: binder.params().integer("grace_before_days") as i32,
        after: binder.params().integer("grace_after_days") as i32,
    })
}

impl Detector for DateOutsideStay {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        if view.visit.setting != CareSetting::Inpatient {
            return;
        }
        let admitted = view.visit.begins_at.day();
        let discharged = view.visit.ends_at.map(model::Stamp::day);
        let first = admitted.plus(-self.before);
        let last = discharged.map(|day| day.plus(self.after));
        for (index, line) in view.lines() {
            let day = line.at.day();
            let early = day < first;
            if line.quantity.0 <= 0 || !(early || last.is_some_and(|last| day > last)) {
                continue;
            }
            let until = discharged.map_or_else(|| "在院".to_owned(), |day| day.to_string());
            let (side, days) = if early {
                ("入院前", admitted.0 - day.0)
            } else {
                ("出院后", day.0 - discharged.map_or(day.0, |d| d.0))
            };
            let evidence = format!(
                "住院时间{admitted}至{until}，“{}”计费日期{day}在{side}{days}天，涉及{}元",
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(index, NO_POINT, evidence));
        }
    }
}
