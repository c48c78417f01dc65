//! A medicine given by a route that its dosage form does not allow: an oral form injected, an injection swallowed.
//!
//! The form is the letter behind the ingredient in a western drug's national code (`XA02BCA084A012…`: A oral, B
//! injection); the route is the hospital's wording. Other forms and unknown wordings decide nothing.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "route_form",
    title: "给药途径与剂型不符",
    params: &[
        ParamSpec {
            name: "injected_words",
            kind: ParamKind::Texts,
            default: Some("静脉 静滴 静注 静推 肌内 肌肉 肌注 皮下 皮内 椎管 鞘内"),
            title: "注射途径的用语",
        },
        ParamSpec {
            name: "swallowed_words",
            kind: ParamKind::Texts,
            default: Some("口服 吞服 含服 舌下 嚼服 冲服"),
            title: "口服途径的用语",
        },
        ParamSpec {
            name: "exempt_codes",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "说明书另许的药品（编码前缀）",
        },
    ],
    build,
};

struct RouteForm {
    injected: Vec<String>,
    swallowed: Vec<String>,
    exempt: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let params = binder.params();
    Box::new(RouteForm {
        injected: params.texts("injected_words").to_vec(),
        swallowed: params.texts("swallowed_words").to_vec(),
        exempt: params.texts("exempt_codes").to_vec(),
    })
}

/// The letter of the dosage form in a western drug's national code.
fn form(code: &str) -> Option<u8> {
    let bytes = code.as_bytes();
    (bytes.len() == 23 && bytes.first() == Some(&b'X')).then(|| bytes.get(10).copied()).flatten()
}

/// Whether a code is that of an injection.
pub(super) fn is_injection(code: &str) -> bool {
    form(code) == Some(b'B')
}

impl Detector for RouteForm {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        for (index, line) in view.lines() {
            if line.route.is_empty() || line.quantity.0 <= 0 {
                continue;
            }
            let (code, route) = (view.text(line.code), view.text(line.route));
            if self.exempt.iter().any(|prefix| code.starts_with(prefix.as_str())) {
                continue;
            }
            let says = |words: &[String]| words.iter().any(|word| route.contains(word.as_str()));
            let what = match form(code) {
                Some(b'A') if says(&self.injected) && !says(&self.swallowed) => "口服剂型",
                Some(b'B') if says(&self.swallowed) && !says(&self.injected) => "注射剂型",
                _ => continue,
            };
            let evidence =
                format!("“{}”为{what}，医嘱给药途径为“{route}”，涉及{}元", view.item_name(line), line.amount);
            hits.push(view.whole_line(index, NO_POINT, evidence));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{form, is_injection};

    #[test]
    fn the_form_is_read_from_the_code() {
        for (code, expect) in [
            ("XA02BCA084A012010100453", Some(b'A')),
            ("XB05BBG129B002010100001", Some(b'B')),
            ("XD11AXT002F001010100001", Some(b'F')),
            ("ZA12CAD007010100001", None),
            ("XA02BC", None),
            ("001102000010000", None),
        ] {
            assert_eq!(form(code), expect, "{code}");
        }
        assert!(is_injection("XB05BBG129B002010100001") && !is_injection("XA02BCA084A012010100453"));
    }
}
