//! More of an item charged over a period than the institution can have had.
//!
//! One person shows nothing of it: [`crate::StockFlow`] adds up all persons and asks the rules of this kind.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, Silent};
use crate::binder::Binder;

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "stock_flow",
    title: "结算数量超过进销存可供数量",
    params: &[
        ParamSpec {
            name: "of",
            kind: ParamKind::Word(&["drug", "consumable"]),
            default: None,
            title: "药品（西药、中成药、饮片）或医用耗材",
        },
        ParamSpec { name: "tolerance_percent", kind: ParamKind::Integer, default: Some("5"), title: "容差（%）" },
    ],
    build,
};

fn build(_binder: &mut Binder<'_>) -> Box<dyn Detector> {
    Box::new(Silent)
}
