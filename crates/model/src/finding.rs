//! What an audit says.

use crate::{Day, Fen, Quantity};

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// 明确违规
    Clear,
    /// 可疑
    Suspicious,
    /// 指标
    Indicator,
}

impl Severity {
    /// The word in files: `clear`, `suspicious`, `indicator`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Suspicious => "suspicious",
            Self::Indicator => "indicator",
        }
    }

    /// The word on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Clear => "明确违规",
            Self::Suspicious => "可疑",
            Self::Indicator => "指标",
        }
    }
}

/// One finding: a rule, the line or visit at fault, the money at stake, and why (I4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Index of the rule in the compiled library (id, version, code and name are looked up there).
    pub rule: u32,
    /// 人员编号
    pub psn_no: String,
    /// 就诊ID
    pub mdtrt_id: String,
    /// 定点医药机构编号
    pub fixmedins_code: String,
    /// 开单医师, empty when unknown
    pub orders_dr_code: String,
    /// The day of the fact.
    pub occurred_on: Day,
    /// The line at fault; empty when the visit is.
    pub feedetl_sn: String,
    /// The lines that make it so, `;`-separated, sorted.
    pub related_feedetl_sn: String,
    /// The quantity at stake.
    pub cnt_over: Quantity,
    /// The money at stake: the violating part, not the whole line.
    pub amount: Fen,
    /// Its share once overlapping rules are settled (I11).
    pub counted: Fen,
    /// The knowledge point it rests on; empty for a rule without points.
    pub knowledge_point_id: String,
    /// Document, article or attachment row.
    pub basis: String,
    /// One Chinese sentence with the figures of this case.
    pub evidence: String,
}
