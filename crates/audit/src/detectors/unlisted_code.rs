//! A charge under a code that has the form of a price item but stands in no price book: an item of the hospital's own.
//!
//! Only areas whose price book is at hand can be judged (parameter `areas`), and only codes of the price book's form:
//! nine digits and an optional letter, or a national service code. Other unknown codes are the business of
//! `line_anomaly`.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec};
use crate::binder::Binder;
use crate::engine::{Mark, View};
use crate::hit::{Hits, NO_POINT};
use model::UNKNOWN_ITEM;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "unlisted_code",
    title: "收费项目不在价格目录内",
    params: &[ParamSpec {
        name: "areas",
        kind: ParamKind::Texts,
        default: None,
        title: "已备价格目录的统筹区（区划代码前缀）",
    }],
    build,
};

struct UnlistedCode {
    areas: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(UnlistedCode { areas: binder.params().texts("areas").to_vec() })
}

impl Detector for UnlistedCode {
    fn every_visit(&self) -> bool {
        true
    }

    fn visit(&self, view: &View<'_>, _marks: &[Mark], hits: &mut Hits) {
        if view.institution.pharmacy || !self.areas.iter().any(|area| view.institution.area.starts_with(area.as_str()))
        {
            return;
        }
        for (index, line) in view.lines() {
            let code = view.text(line.code);
            if line.item != UNKNOWN_ITEM || line.quantity.0 <= 0 || !price_item(code) {
                continue;
            }
            let evidence = format!(
                "“{}”以编码{code}收费，本地和国家价格项目目录均无此项目，涉及{}元",
                view.item_name(line),
                line.amount
            );
            hits.push(view.whole_line(index, NO_POINT, evidence));
        }
    }
}

/// Nine digits and an optional letter, or fifteen digits that begin with two noughts.
fn price_item(code: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match code.len() {
        9 => digits(code),
        10 => digits(&code[..9]) && code.ends_with(|last: char| last.is_ascii_lowercase()),
        15 => digits(code) && code.starts_with("00"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::price_item;

    #[test]
    fn only_the_form_of_the_price_book_counts() {
        for (code, expect) in [
            ("110200005", true),
            ("110200005a", true),
            ("001102000050000", true),
            ("1102000051", false),
            ("991102000050000", false),
            ("XB05BBG129B002010100001", false),
            ("自立项目", false),
            ("", false),
        ] {
            assert_eq!(price_item(code), expect, "{code}");
        }
    }
}
