//! Settlements and the bookings they make. Neither ever changes (I5).

use crate::account::Account;
use model::{Day, Fen, Stamp};
use serde::{Deserialize, Serialize};

/// What one fund paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundAmount {
    /// National fund type.
    pub fund: String,
    /// Paid.
    pub amount: Fen,
    /// In-scope amount it looked at.
    pub in_scope: Fen,
    /// What the fund may still pay; `None` without a cap.
    pub left: Option<Fen>,
}

/// A settlement, or the reversal of one: then every amount has the other sign and `reverses` names the old.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// 结算ID
    pub id: String,
    /// Who.
    pub person: String,
    /// Visit.
    pub visit: String,
    /// Where.
    pub institution: String,
    /// The message that asked (`medins_setl_id`).
    pub msgid: String,
    /// When.
    pub at: Stamp,
    /// Day of the law that was applied.
    pub law_on: Day,
    /// 险种类型
    pub insurance: String,
    /// 人员类别
    pub person_kind: String,
    /// 公务员标志
    pub civil_servant: bool,
    /// 医疗类别
    pub care: String,
    /// 参保地
    pub coverage_area: String,
    /// 就医地
    pub treatment_area: String,
    /// 清算类别
    pub clearing_kind: String,
    /// 清算方式
    pub clearing_way: String,
    /// 清算经办机构
    pub clearing_office: String,
    /// 中途结算
    pub interim: bool,
    /// Settlement that this one takes back.
    pub reverses: Option<String>,
    /// Uploads settled, by number.
    pub uploads: Vec<u32>,
    /// 医疗费总额
    pub total: Fen,
    /// 全自费
    pub self_funded: Fen,
    /// 超限价
    pub over_limit: Fen,
    /// 先行自付
    pub upfront: Fen,
    /// 符合政策范围
    pub in_scope: Fen,
    /// 实际支付起付线
    pub deductible: Fen,
    /// 统筹支付比例 in millionths
    pub pool_ratio: i64,
    /// National fields of the funds: `hifp_pay`, … by name.
    pub fields: Vec<(String, Fen)>,
    /// What each fund paid.
    pub funds: Vec<FundAmount>,
    /// 基金支付总额
    pub fund_total: Fen,
    /// 个人负担总额
    pub person_total: Fen,
    /// 个人账户支出
    pub account: Fen,
    /// 共济账户支付 (part of `account`)
    pub family_account: Fen,
    /// 现金
    pub cash: Fen,
    /// 医院负担
    pub hospital: Fen,
    /// Balance of the account after it.
    pub balance: Fen,
    /// What it added to the person's accumulators: (year, key, delta).
    pub used: Vec<(i32, String, i64)>,
    /// The case as JSON, from which it can be computed again (I10).
    pub case: String,
    /// Engine, policy hash, input hash (I10).
    pub receipt: String,
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingKind {
    /// A settlement.
    Settlement,
    /// Its reversal.
    Reversal,
    /// A contribution, or what opened an account.
    Contribution,
    /// Between areas, to a bank, to explain what was in suspense.
    Transfer,
    /// What a review refused, taken from what an institution is owed.
    Deduction,
    /// A deduction given back.
    Restoration,
}

/// One side of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Account.
    pub account: Account,
    /// Debit positive, credit negative.
    pub amount: Fen,
}

/// Money that moved, whole: its entries sum to zero (I7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Id.
    pub id: String,
    /// Whose file it came from.
    pub owner: String,
    /// Why.
    pub kind: BookingKind,
    /// Settlement or document behind it.
    pub refers: String,
    /// Business day.
    pub on: Day,
    /// When.
    pub at: Stamp,
    /// Entries.
    pub entries: Vec<Entry>,
}

impl Booking {
    /// What the entries come to; zero, or the booking is a bug.
    #[must_use]
    pub fn sum(&self) -> Fen {
        self.entries.iter().fold(Fen::ZERO, |sum, entry| sum + entry.amount)
    }
}
