//! What is given to take home at discharge: more days than allowed, or something that is not taken home.
//!
//! Medicine for a chronic disease may be given for longer. Injections and services are not taken home, save for those
//! that patients inject themselves (parameter).

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::{CareSetting, ItemKind, Quantity};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "take_home",
    title: "出院带药超天数或超范围",
    params: &[
        ParamSpec { name: "max_days", kind: ParamKind::Integer, default: Some("7"), title: "一般疾病最多天数" },
        ParamSpec {
            name: "chronic_max_days", kind: ParamKind::Integer, default: Some("30"), title: "慢性病最多天数"
        },
        ParamSpec {
            name: "chronic_diagnoses", kind: ParamKind::Texts, default: None, title: "慢性病诊断（编码前缀）"
        },
        ParamSpec {
            name: "self_injected_codes",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "可由患者自行注射的药品（编码前缀）",
        },
    ],
    build,
};

struct TakeHome {
    max_days: i64,
    chronic_max_days: i64,
    chronic: Option<SetId>,
    self_injected: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let chronic = binder.diagnosis_set("chronic_diagnoses");
    Box::new(TakeHome {
        max_days: binder.params().integer("max_days"),
        chronic_max_days: binder.params().integer("chronic_max_days"),
        chronic,
        self_injected: binder.params().texts("self_injected_codes").to_vec(),
    })
}

impl Detector for TakeHome {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        if view.visit.setting != CareSetting::Inpatient {
            return;
        }
        for (index, line) in view.lines().filter(|(_, line)| line.take_home && line.quantity.0 > 0) {
            let code = view.text(line.code);
            let name = view.item_name(line);
            let service = ItemKind::from_code(code) == ItemKind::Service;
            let injection = super::route_form::is_injection(code)
                && !self.self_injected.iter().any(|prefix| code.starts_with(prefix.as_str()));
            if service || injection {
                let what = if service { "医疗服务项目" } else { "注射剂" };
                let evidence = format!("出院带药中有{what}“{name}”，不属可带范围，涉及{}元", line.amount);
                hits.push(view.whole_line(index, NO_POINT, evidence));
                continue;
            }
            let days = i64::from(line.supply_days);
            let chronic = self.chronic.is_some_and(|set| view.has_diagnosis_of(set));
            let allowed = if chronic { self.chronic_max_days } else { self.max_days };
            if days <= allowed {
                continue;
            }
            let over = days - allowed;
            let amount = line.amount.share(Quantity(over), Quantity(days));
            let quantity = Quantity(line.quantity.0 * over / days);
            let kind = if chronic { "慢性病" } else { "一般疾病" };
            let evidence = format!("出院带药“{name}”{days}天，{kind}最多{allowed}天，超出{over}天，涉及{amount}元");
            hits.push(view.part_of_line(index, NO_POINT, quantity, amount, evidence));
        }
    }
}
