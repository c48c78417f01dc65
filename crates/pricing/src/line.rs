//! What a bill becomes: lines split into their four parts.

use benefit::{Portion, PricedLine, Ratio};
use catalog::PaymentClass;
use model::{Day, Fen, UnitPrice};
use std::fmt;
use std::ops::AddAssign;

/// The four parts of an amount. They are what the amount is made of, so they add up to it (I3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// 全自费 (`fulamt_ownpay_amt`)
    pub self_funded: Fen,
    /// 超限价自费 (`overlmt_selfpay`)
    pub over_limit: Fen,
    /// 先行自付 (`preselfpay_amt`)
    pub upfront: Fen,
    /// 符合政策范围 (`inscp_scp_amt`)
    pub in_scope: Fen,
}

/// A line with its split and what the split rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitLine {
    /// Its number in the bill, from 1.
    pub number: usize,
    /// The code as charged.
    pub item: String,
    /// The name the catalogue has for it; empty when only the area's table knows the code.
    pub name: String,
    /// The day of the service.
    pub on: Day,
    /// The part of the bill that it belongs to.
    pub portion: Portion,
    /// 甲, 乙, 丙.
    pub class: PaymentClass,
    /// The highest price of one unit; `None` when no table sets one.
    pub ceiling: Option<UnitPrice>,
    /// The first share of class 乙; zero for 甲, one for 丙.
    pub upfront_ratio: Ratio,
    /// For whom or when the item is paid, as the area's table or the drug list says and nobody here can verify; empty when
    /// it is paid for everybody.
    pub restriction: String,
    /// The split.
    pub parts: Parts,
    /// Which tables said so (I4).
    pub basis: String,
}

/// A whole bill, split.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitBill {
    /// The lines, in the order of the bill.
    pub lines: Vec<SplitLine>,
    /// What was not checked and touches the result, a Chinese sentence each.
    pub remarks: Vec<String>,
}

/// Why a line cannot be priced. Texts are Chinese, for the person who sends bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// The line's number in the bill, from 1.
    pub number: usize,
    /// The field at fault: `item`, `quantity`, `unit_price`.
    pub field: &'static str,
    /// The value found.
    pub value: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Parts {
    /// All four.
    #[must_use]
    pub fn total(self) -> Fen {
        self.self_funded + self.over_limit + self.upfront + self.in_scope
    }
}

impl AddAssign for Parts {
    fn add_assign(&mut self, other: Self) {
        self.self_funded += other.self_funded;
        self.over_limit += other.over_limit;
        self.upfront += other.upfront;
        self.in_scope += other.in_scope;
    }
}

impl SplitLine {
    /// The line as the engine takes it.
    #[must_use]
    pub fn priced(&self) -> PricedLine {
        PricedLine {
            on: self.on,
            total: self.parts.total(),
            self_funded: self.parts.self_funded,
            over_limit: self.parts.over_limit,
            upfront: self.parts.upfront,
            in_scope: self.parts.in_scope,
            portion: self.portion,
        }
    }
}

impl SplitBill {
    /// The four parts of the bill.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut sum = Parts::default();
        self.lines.iter().for_each(|line| sum += line.parts);
        sum
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, field, value, what, remedy } = self;
        write!(f, "第 {number} 条明细，{field} = “{value}”：{what}；{remedy}")
    }
}
