//! What a back-test found, as it is kept and told: sums, institutions that add up to them (I3), sampled cases without a person (I12).

use audit::Mode;
use model::Fen;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Findings and their money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sum {
    /// Findings
    pub hits: u64,
    /// 涉及金额
    pub amount_fen: i64,
}

impl Sum {
    pub(super) fn add(&mut self, amount: Fen) {
        self.hits += 1;
        self.amount_fen += amount.0;
    }
}

/// What the change does, in sums: `before` + `added` − `removed` = `after` in hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// By the rule in force
    pub before: Sum,
    /// By the changed rule
    pub after: Sum,
    /// Found by the changed rule only
    pub added: Sum,
    /// Found by the rule in force only
    pub removed: Sum,
    /// Found by both with other figures; the money is what the changed rule says
    pub changed: Sum,
}

/// An institution's part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstitutionChange {
    /// 定点医药机构编号
    pub institution: String,
    /// 名称
    pub institution_name: String,
    /// Visits judged
    pub visits: u64,
    /// How the rule speaks there now: `on`, `shadow`, `off`
    #[serde(default)]
    #[schema(required, value_type = String)]
    pub mode: Mode,
    /// Sums
    pub change: Change,
}

/// One case of the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SampledCase {
    /// `added`, `removed`, `changed`
    pub kind: String,
    /// 定点医药机构编号
    pub institution: String,
    /// 名称
    pub institution_name: String,
    /// 就诊ID
    pub visit: String,
    /// 费用明细流水号; empty when the visit is at fault
    pub line: String,
    /// Day of the fact
    pub on: String,
    /// What the rule in force says
    pub before: Option<SampledSide>,
    /// What the changed rule says
    pub after: Option<SampledSide>,
    /// Whether a finding about it stood; absent when none was decided
    pub upheld: Option<bool>,
}

/// What one of the two rules says of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SampledSide {
    /// 涉及金额
    pub amount_fen: i64,
    /// Why
    pub evidence: String,
}

/// Findings of one kind that were decided before, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Known {
    /// Stood
    pub upheld: u64,
    /// Did not
    pub reversed: u64,
}

impl Known {
    pub(super) fn add(&mut self, upheld: Option<bool>) {
        match upheld {
            Some(true) => self.upheld += 1,
            Some(false) => self.reversed += 1,
            None => {}
        }
    }
}

/// What a back-test found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// Persons judged
    pub persons: u64,
    /// Visits judged
    pub visits: u64,
    /// Charge lines judged
    pub lines: u64,
    /// First day of a visit
    pub from: Option<String>,
    /// Last day of a visit's begin
    pub to: Option<String>,
    /// Sums
    pub change: Change,
    /// Of these sums, what is found where the rule is switched off or into the shadow: nobody hears it there
    #[serde(default)]
    #[schema(required)]
    pub unheard: Change,
    /// 医保区划 that were judged by parameters of their own
    #[serde(default)]
    #[schema(required)]
    pub areas: Vec<String>,
    /// Of removed findings, those decided before
    pub removed_known: Known,
    /// Of findings that stay, those decided before
    pub kept_known: Known,
    /// By institution, most changed money first
    pub institutions: Vec<InstitutionChange>,
    /// Sampled cases
    pub sample: Vec<SampledCase>,
}
