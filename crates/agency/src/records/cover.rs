//! Who is insured, how, with what used up and what filed.

use model::{Day, Fen, Stamp};
use serde::{Deserialize, Serialize};

/// An insured person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// 人员编号
    pub id: String,
    /// 姓名
    pub name: String,
    /// 证件类型, national code
    pub certificate_kind: String,
    /// 证件号码
    pub certificate: String,
    /// 性别: `1`, `2`, `9`
    pub sex: String,
    /// 民族, national code; empty when unknown
    pub nation: String,
    /// 出生日期
    pub born_on: Day,
    /// 死亡日期
    pub died_on: Option<Day>,
    /// 社会保障卡号; empty when there is none
    pub card: String,
    /// Family members who share their accounts with this person (共济), by person id.
    pub family: Vec<String>,
    /// Special groups with their spells, by the words of the policy packages: `poor`, `disabled`, …
    pub special: Vec<SpecialStatus>,
}

/// A special status for a stretch of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialStatus {
    /// The word policy packages use.
    pub group: String,
    /// National code (`psn_idet_type`).
    pub code: String,
    /// First day.
    pub from: Day,
    /// First day after; open when `None`.
    pub until: Option<Day>,
}

/// Whether a spell of cover pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageState {
    /// 正常参保
    Normal,
    /// 暂停参保: contributions are missing; nothing is paid
    Paused,
    /// 终止参保
    Ended,
}

/// A spell of cover as it was known for a stretch of days: bitemporal. A correction closes `known_until` of the old row
/// and adds a new one; what was known on a past day can always be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Whose.
    pub person: String,
    /// Number of the spell within the person.
    pub spell: u32,
    /// 险种类型, `310`
    pub insurance: String,
    /// 人员类别, national code
    pub person_kind: String,
    /// 参保地医保区划
    pub area: String,
    /// State during the spell.
    pub state: CoverageState,
    /// Civil servant allowance (公务员标志).
    pub civil_servant: bool,
    /// Supplements by the words of the policy packages: `unit`, …
    pub supplements: Vec<String>,
    /// 单位名称
    pub employer: String,
    /// First day of cover.
    pub from: Day,
    /// First day after; open when `None`.
    pub until: Option<Day>,
    /// Months of continuous cover before `from`.
    pub months_before: u16,
    /// Since when this row is believed.
    pub known_from: Stamp,
    /// Until when it was; `None` while it is.
    pub known_until: Option<Stamp>,
}

/// The person's own account, and what family members made over to it (共济) and only this person may use. The ledger proves
/// both: they are minus the sums of the entries of `personal/<person>` and `family/<person>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// Whose.
    pub person: String,
    /// What is left of the person's own.
    pub balance: Fen,
    /// What is left of what the family made over.
    pub family: Fen,
}

/// What a person has used up of a year, in one area and scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accumulator {
    /// Whose.
    pub person: String,
    /// Policy year.
    pub year: i32,
    /// Area of cover.
    pub area: String,
    /// 险种类型
    pub insurance: String,
    /// Key of the policy packages, `outpatient.deductible`, or `admissions`.
    pub key: String,
    /// Fen, or a count.
    pub value: i64,
}

/// What was filed in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingKind {
    /// 转院备案 (2501)
    Referral,
    /// 慢特病备案 (2503)
    Chronic,
    /// 定点备案 (2505)
    Designated,
    /// 意外伤害备案 (2507)
    Injury,
    /// 异地长期居住备案
    LongTerm,
}

/// A filing (备案).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// 待遇申报明细流水号
    pub id: String,
    /// Whose.
    pub person: String,
    /// What.
    pub kind: FilingKind,
    /// 险种类型; empty when the filing is for all
    pub insurance: String,
    /// Disease code of a chronic programme; business kind (`biz_appy_type`) of a designation; kind of a referral.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Institution chosen or referred to; empty when none.
    pub institution: String,
    /// Area of treatment that the filing opens; empty when none.
    pub area: String,
    /// First day.
    pub from: Day,
    /// Last day, included; open when `None`.
    pub until: Option<Day>,
    /// Institution that filed.
    pub filed_by: String,
    /// When it was filed.
    pub filed_at: Stamp,
    /// When it was taken back.
    pub cancelled_at: Option<Stamp>,
    /// What the wire carried beyond this, by wire name, to be given back in queries.
    pub extra: std::collections::BTreeMap<String, String>,
}

impl Coverage {
    /// Whether the spell holds on a day, as known at a moment.
    #[must_use]
    pub fn holds(&self, on: Day, known_at: Stamp) -> bool {
        self.from <= on
            && self.until.is_none_or(|until| on < until)
            && self.known_from <= known_at
            && self.known_until.is_none_or(|until| known_at < until)
    }
}

impl Filing {
    /// Whether the filing is in force on a day.
    #[must_use]
    pub fn holds(&self, on: Day) -> bool {
        self.cancelled_at.is_none() && self.from <= on && self.until.is_none_or(|last| on <= last)
    }
}
