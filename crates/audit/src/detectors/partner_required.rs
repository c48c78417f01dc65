//! A drug that is only used together with a certain service, billed without any such service.
//!
//! Pairs are a parameter, by code prefix: `XV08>21 22 32` reads "contrast media need an imaging or
//! interventional service somewhere in the visit". Local and national service codes are both
//! understood: a national code is `00` + the nine-digit price code.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::CareSetting;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "partner_required",
    title: "缺少必须配套的医疗服务项目",
    params: &[
        ParamSpec {
            name: "pairs",
            kind: ParamKind::Texts,
            default: None,
            title: "“药品编码前缀>项目价格编码前缀 …”，任一配套即可",
        },
        ParamSpec { name: "what", kind: ParamKind::Texts, default: None, title: "与 pairs 一一对应的说明" },
    ],
    build,
};

struct Pair {
    drug: String,
    partners: Vec<String>,
    what: String,
}

struct PartnerRequired {
    pairs: Vec<Pair>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let mut pairs = Vec::new();
    let words = binder.params().texts("what");
    for (index, text) in binder.params().texts("pairs").iter().enumerate() {
        match (text.split_once('>'), words.get(index)) {
            (Some((drug, partners)), Some(what)) => pairs.push(Pair {
                drug: drug.trim().to_owned(),
                partners: partners.split_whitespace().map(str::to_owned).collect(),
                what: what.clone(),
            }),
            _ => binder.report("params.pairs", format!("“{text}”应为“药品前缀>项目前缀 …”，并在 what 中有对应说明")),
        }
    }
    Box::new(PartnerRequired { pairs })
}

impl Detector for PartnerRequired {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        // A pharmacy sells what is used elsewhere.
        if view.visit.setting == CareSetting::Pharmacy {
            return;
        }
        for (index, line) in view.lines() {
            let code = view.text(line.code);
            if line.quantity.0 <= 0 || line.take_home || !code.starts_with('X') {
                continue;
            }
            let Some(pair) = self.pairs.iter().find(|pair| code.starts_with(pair.drug.as_str())) else { continue };
            let accompanied = view.lines().any(|(_, other)| {
                let service = view.text(other.code);
                let price_code = service.strip_prefix("00").filter(|_| service.len() >= 15).unwrap_or(service);
                other.quantity.0 > 0 && pair.partners.iter().any(|partner| price_code.starts_with(partner.as_str()))
            });
            if !accompanied {
                let evidence = format!(
                    "“{}”须与{}配套使用，本次就诊没有任何此类项目，涉及{}元",
                    view.item_name(line),
                    pair.what,
                    line.amount
                );
                hits.push(view.whole_line(index, NO_POINT, evidence));
            }
        }
    }
}
