//! Reasons for going on in spite of a reminder: chips before free text, so that reasons can be counted.

use serde_json::{Value, json};

/// System of the codes below.
pub const REASON_SYSTEM: &str = "urn:yibao:override-reason";

/// A reason that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Code.
    pub code: &'static str,
    /// What the doctor reads, and what is kept.
    pub display: &'static str,
}

const fn reason(code: &'static str, display: &'static str) -> Reason {
    Reason { code, display }
}

/// The reasons, the usual ones first.
pub const REASONS: [Reason; 6] = [
    reason("indicated", "病情需要，依据已记入病历"),
    reason("self-funded", "患者知情同意自费"),
    reason("evidence-elsewhere", "依据在其他就诊或检查结果中"),
    reason("emergency", "急诊抢救"),
    reason("not-the-fact", "提醒与实际情况不符"),
    reason("will-correct", "稍后更正或补充材料"),
];

impl Reason {
    /// The reason with this code.
    #[must_use]
    pub fn with_code(code: &str) -> Option<Self> {
        REASONS.into_iter().find(|known| known.code == code)
    }

    pub(crate) fn coding(self) -> Value {
        json!({ "system": REASON_SYSTEM, "code": self.code, "display": self.display })
    }
}
