//! A line ordered by somebody who, on that day, was dead or whose payment qualification was suspended.
//!
//! What the register of staff does not say decides nothing. A doctor with posts at several institutions is
//! suspended only where the post is; death counts everywhere.

use super::exempt::{self, Exempt};
use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{Day, Staff, Text};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "prescriber_status",
    title: "开单医务人员当日已死亡或支付资格暂停",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["died", "suspended"]),
            default: None,
            title: "died 已死亡（注销）；suspended 支付资格暂停、终止",
        },
        exempt::DIAGNOSES,
        exempt::MED_TYPES,
    ],
    build,
};

struct PrescriberStatus {
    died: bool,
    exempt: Exempt,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let exempt = Exempt::of(binder);
    Box::new(PrescriberStatus { died: binder.params().word("of") == "died", exempt })
}

impl PrescriberStatus {
    /// Why the person behind the code may not order on the day; `None` when nothing is against it.
    fn objection(&self, posts: &[&Staff], institution: &str, day: Day) -> Option<String> {
        if self.died {
            let died = posts.iter().filter_map(|post| post.died_on).min()?;
            return (day > died).then(|| format!("已于{died}死亡（注销）"));
        }
        let here = posts.iter().filter(|post| post.institution.is_empty() || post.institution == institution);
        let span = here.filter_map(|post| post.suspended).find(|span| span.contains(day))?;
        let until = span.until.map_or_else(|| "未恢复".to_owned(), |until| format!("{until}恢复"));
        Some(format!("支付资格自{}起暂停（{until}）", span.from))
    }
}

impl Detector for PrescriberStatus {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        if !view.registers.has_ineligible() {
            return;
        }
        // Lines of a visit mostly share their doctor: asked once.
        let mut last: Option<(Text, &[&Staff])> = None;
        for (index, line) in view.lines() {
            if line.quantity.0 <= 0 {
                continue;
            }
            let doctor = if view.text(line.doctor).is_empty() { view.visit.doctor } else { line.doctor };
            let posts = match last {
                Some((known, posts)) if known == doctor => posts,
                _ => view.registers.ineligible(view.text(doctor)),
            };
            last = Some((doctor, posts));
            let institution = view.text(view.visit.fixmedins_code);
            let Some(why) = self.objection(posts, institution, line.at.day()) else { continue };
            if self.exempt.covers(view) {
                return;
            }
            let evidence = format!(
                "开单人员{}{why}，{}仍开具“{}”，涉及{}元",
                view.text(doctor),
                line.at.day(),
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(index, NO_POINT, evidence));
        }
    }
}
