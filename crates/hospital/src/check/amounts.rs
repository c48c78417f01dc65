//! The money of a `setlinfo`, read exactly.

use crate::deviation::Examination;
use crate::reply::Fields;
use model::{Fen, Quantity};

/// Where every yuan of a bill lies: in exactly one of four classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// Outside the catalogue (`fulamt_ownpay_amt`).
    pub outside: Fen,
    /// Above the price cap (`overlmt_selfpay`, `overlmt_amt`).
    pub over_cap: Fen,
    /// Paid first by the person (`preselfpay_amt`).
    pub paid_first: Fen,
    /// Within policy scope (`inscp_scp_amt`).
    pub in_scope: Fen,
}

impl Parts {
    /// All four together: the bill.
    #[must_use]
    pub fn total(self) -> Fen {
        self.outside + self.over_cap + self.paid_first + self.in_scope
    }
}

impl std::ops::AddAssign for Parts {
    fn add_assign(&mut self, other: Self) {
        self.outside += other.outside;
        self.over_cap += other.over_cap;
        self.paid_first += other.paid_first;
        self.in_scope += other.in_scope;
    }
}

impl std::iter::Sum for Parts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let mut sum = Self::default();
        for parts in all {
            sum += parts;
        }
        sum
    }
}

/// Every amount of a settlement, fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// `medfee_sumamt`
    pub medfee: Fen,
    /// The four classes.
    pub parts: Parts,
    /// `act_pay_dedc`
    pub deductible: Fen,
    /// `hifp_pay`
    pub hifp: Fen,
    /// `cvlserv_pay`
    pub cvlserv: Fen,
    /// `hifes_pay`
    pub hifes: Fen,
    /// `hifmi_pay`
    pub hifmi: Fen,
    /// `hifob_pay`
    pub hifob: Fen,
    /// `maf_pay`
    pub maf: Fen,
    /// `oth_pay`
    pub other: Fen,
    /// `hifdm_pay`: inside `oth_pay` or beside it, which no edition settles.
    pub hifdm: Fen,
    /// `fund_pay_sumamt`
    pub fund: Fen,
    /// `psn_part_amt`, or `psn_pay` where the reply calls it so.
    pub person: Fen,
    /// `acct_pay`
    pub account: Fen,
    /// `acct_mulaid_pay`, part of it.
    pub family_account: Fen,
    /// `psn_cash_pay`, or `cash_payamt`.
    pub cash: Fen,
    /// `hosp_part_amt`, or `ownpay_hosp_part`.
    pub hospital: Fen,
    /// `balc`
    pub balance: Option<Fen>,
    /// `pool_prop_selfpay`
    pub pool_ratio: Option<Quantity>,
}

impl Amounts {
    /// Reads `setlinfo`. An amount that is missing is nothing; one that is no number of fen is noted.
    #[must_use]
    pub fn read(info: &Fields, examination: &mut Examination<'_>) -> Self {
        let mut fen = |names: &[&str], required: bool| {
            for name in names {
                match info.fen(name) {
                    Ok(Some(amount)) => return amount,
                    Ok(None) => {}
                    Err(error) => {
                        let got = info.raw(name).unwrap_or_default();
                        examination.wrong(
                            &setlinfo(name),
                            "两位小数的金额（settlement.md §6）",
                            &format!("{got}: {error}"),
                        );
                    }
                }
            }
            if required && let Some(name) = names.first() {
                examination.wrong(&setlinfo(name), "必填（transactions.json）", "缺失");
            }
            Fen::ZERO
        };
        Self {
            medfee: fen(&["medfee_sumamt"], true),
            parts: Parts {
                outside: fen(&["fulamt_ownpay_amt"], true),
                over_cap: fen(&["overlmt_selfpay"], true),
                paid_first: fen(&["preselfpay_amt"], true),
                in_scope: fen(&["inscp_scp_amt"], true),
            },
            deductible: fen(&["act_pay_dedc"], false),
            hifp: fen(&["hifp_pay"], true),
            cvlserv: fen(&["cvlserv_pay"], true),
            hifes: fen(&["hifes_pay"], true),
            hifmi: fen(&["hifmi_pay"], true),
            hifob: fen(&["hifob_pay"], true),
            maf: fen(&["maf_pay"], true),
            other: fen(&["oth_pay"], true),
            hifdm: fen(&["hifdm_pay"], false),
            fund: fen(&["fund_pay_sumamt"], true),
            person: fen(&["psn_part_amt", "psn_pay"], true),
            account: fen(&["acct_pay"], true),
            family_account: fen(&["acct_mulaid_pay"], true),
            cash: fen(&["psn_cash_pay", "cash_payamt"], true),
            hospital: fen(&["hosp_part_amt", "ownpay_hosp_part"], false),
            balance: info.fen("balc").ok().flatten(),
            pool_ratio: info.quantity("pool_prop_selfpay").ok().flatten(),
        }
    }

    /// Every amount with its name on the wire, without balance and ratio.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, Fen); 19] {
        [
            ("medfee_sumamt", self.medfee),
            ("fulamt_ownpay_amt", self.parts.outside),
            ("overlmt_selfpay", self.parts.over_cap),
            ("preselfpay_amt", self.parts.paid_first),
            ("inscp_scp_amt", self.parts.in_scope),
            ("act_pay_dedc", self.deductible),
            ("hifp_pay", self.hifp),
            ("cvlserv_pay", self.cvlserv),
            ("hifes_pay", self.hifes),
            ("hifmi_pay", self.hifmi),
            ("hifob_pay", self.hifob),
            ("maf_pay", self.maf),
            ("oth_pay", self.other),
            ("hifdm_pay", self.hifdm),
            ("fund_pay_sumamt", self.fund),
            ("psn_part_amt", self.person),
            ("acct_pay", self.account),
            ("acct_mulaid_pay", self.family_account),
            ("psn_cash_pay", self.cash),
        ]
    }
}

/// A field's name with its node.
#[must_use]
pub fn setlinfo(name: &str) -> String {
    format!("setlinfo.{name}")
}
