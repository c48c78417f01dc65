//! What the caller knows besides the findings: the run, the receipt, intake, rules, what was billed.
//!
//! Plain values with no behaviour beyond [`Month`]. Findings themselves are not here: they pass
//! one by one through [`crate::Tally`], so that their number does not decide our memory.

use std::fmt;

use model::{Day, Fen, HospitalLevel, Severity};
use serde::{Deserialize, Serialize};

use crate::ReportError;

/// Everything about an audit except its findings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AuditReport {
    /// How the run went; the only part that may differ between two runs on the same data.
    pub run: RunInfo,
    /// What the figures rest on (I10).
    pub receipt: Receipt,
    /// What was audited.
    pub totals: Totals,
    /// What reading made of each table.
    pub intake: Vec<TableIntake>,
    /// Every rule of the library, whether it ran or not.
    pub rules: Vec<RuleLine>,
    /// Names and levels of institutions; one that is missing here is shown by its code.
    pub institutions: Vec<InstitutionLine>,
    /// What each institution billed in each month.
    pub billed: Vec<Billed>,
}

/// The volatile facts of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of the engine.
    pub engine_version: String,
    /// The command as typed.
    pub command: String,
    /// When the run started, as the caller words it (this crate reads no clock).
    pub started: String,
    /// Stages in the order they ran.
    pub stages: Vec<Stage>,
    /// Threads used.
    pub threads: u64,
    /// Charge lines audited.
    pub lines: u64,
    /// Visits audited.
    pub visits: u64,
    /// Persons audited.
    pub persons: u64,
    /// Charge lines per second over the whole run.
    pub lines_per_second: u64,
}

/// One stage of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stage {
    /// Its Chinese name: 读入, 排序, 审核, 输出 …
    pub name: String,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// What is needed to get the same figures again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// Version of the engine.
    pub engine_version: String,
    /// Hash of the rule files.
    pub rules_hash: String,
    /// Hash of the knowledge tables.
    pub knowledge_hash: String,
    /// Hash of the catalogues.
    pub catalogue_hash: String,
    /// Hash of the accepted input.
    pub input_hash: String,
}

/// What was audited, as the caller counted it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Charge lines.
    pub lines: u64,
    /// Visits.
    pub visits: u64,
    /// Persons.
    pub persons: u64,
    /// Net money billed.
    pub amount_fen: Fen,
    /// First day of the period audited.
    pub from: Option<Day>,
    /// First day after it.
    pub until: Option<Day>,
}

/// What reading made of one table. `accepted + corrected + rejected = read`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TableIntake {
    /// Name of the table, as in the contract.
    pub table: String,
    /// Rows read.
    pub read: u64,
    /// Rows taken as they are.
    pub accepted: u64,
    /// Rows taken after a correction.
    pub corrected: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Each correction and how often.
    pub corrections: Vec<(String, u64)>,
    /// Each reason of refusal and how often.
    pub rejections: Vec<(String, u64)>,
    /// Anything else worth saying, in Chinese.
    pub notes: Vec<String>,
}

/// One rule of the library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RuleLine {
    /// Our id.
    pub rule_id: String,
    /// Its version.
    pub version: String,
    /// The national code.
    pub official_code: String,
    /// The Chinese name.
    pub name: String,
    /// `policy`, `management`, `medical`, or a Chinese word.
    pub category: String,
    /// The family in Chinese.
    pub family: String,
    /// How sure its findings are.
    pub severity: Severity,
    /// `running`, `planned`, `needs-local-data`, …
    pub status: String,
    /// `line`, `visit`, `person-history`, `institution`.
    pub grain: String,
    /// Why it did not run; `None` when it did.
    pub not_run_reason: Option<String>,
    /// What it rests on.
    pub basis: String,
}

/// One institution.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct InstitutionLine {
    /// `fixmedins_code`
    pub code: String,
    /// `fixmedins_name`
    pub name: String,
    /// A retail pharmacy.
    pub pharmacy: bool,
    /// Its level.
    pub level: HospitalLevel,
}

/// What one institution billed in one month. A visit counts once, in the month it began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Billed {
    /// `fixmedins_code`
    pub institution: String,
    /// The month.
    pub month: Month,
    /// Charge lines.
    pub lines: u64,
    /// Visits that began in it.
    pub visits: u64,
    /// Net money billed.
    pub amount_fen: Fen,
}

/// A calendar month, as `yyyyMM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month(u32);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self(day.month_key())
    }

    /// Its year, and its month counted from one.
    #[must_use]
    pub(crate) fn year_and_month(self) -> (i32, u32) {
        (i32::try_from(self.0 / 100).unwrap_or_default(), self.0 % 100)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = ReportError;
    fn try_from(text: String) -> Result<Self, ReportError> {
        Day::parse(format!("{text}-01").as_bytes()).map(Self::of).map_err(|_| ReportError::Month(text))
    }
}
