//! Facts that come later: where the same rule may say something else of the same visit at another moment, and why.
//!
//! A 3101 knows what a message says, a 3102 what was uploaded besides, the audit of the year who paid what. Everything else is the
//! same at each of the three (I8); a test over ten thousand visits fails for a rule that is not named here.

/// Between which moments of care a fact becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// 3101 and 3102: what was told of an order may be cleared by the upload.
    OrderAndDischarge,
    /// 3102 and the audit of the year: what nobody was told may be found.
    DischargeAndYear,
}

/// (rule, between which moments, what becomes known), by rule.
pub const LATER: [(&str, Between, &str); 3] = [
    (
        "consumable-department-mismatch",
        Between::OrderAndDischarge,
        "执行科室随费用明细上传才知道；医嘱只写开单科室，开单或执行科室有一个符合即可",
    ),
    (
        "service-department-limit",
        Between::OrderAndDischarge,
        "执行科室随费用明细上传才知道；医嘱只写开单科室，开单或执行科室有一个符合即可",
    ),
    (
        "settlement-list-anomaly",
        Between::DischargeAndYear,
        "基金、个人账户、现金各付多少，结算之后才知道；三者之和与总费用不符，结算前看不出",
    ),
];

/// What becomes known for a rule between two moments; `None` where its answer may not change.
#[must_use]
pub fn becomes_known(rule: &str, between: Between) -> Option<&'static str> {
    LATER.iter().find(|(known, when, _)| (*known, *when) == (rule, between)).map(|(_, _, what)| *what)
}
