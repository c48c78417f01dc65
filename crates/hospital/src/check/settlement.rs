//! Identities inside one settlement reply (`settlement.md` §1): between its amounts, its fund list, and
//! what was asked.

use super::amounts::{Amounts, Parts, setlinfo};
use crate::deviation::Examination;
use crate::reply::Fields;
use model::Fen;

/// Which of the three kinds of reply it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// 2101, 2206, 2303.
    Trial,
    /// 2102, 2207, 2304.
    Final,
    /// 2103, 2208, 2305: amounts are negative.
    Reversal,
}

/// What the reply must repeat, and what it must add up to.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Fields to be repeated: name and value.
    pub echoes: Vec<(&'static str, String)>,
    /// Sum of the lines as sent.
    pub medfee: Option<Fen>,
    /// Sums of the lines as answered.
    pub parts: Option<Parts>,
    /// Balance of the own account before, when nobody else draws on it.
    pub balance_before: Option<Fen>,
}

/// Examines `setlinfo` and `setldetail` and returns the amounts.
#[must_use]
pub fn settlement(output: &Fields, stage: Stage, expected: &Expected, examination: &mut Examination<'_>) -> Amounts {
    let Some(info) = output.object("setlinfo") else {
        examination.wrong("setlinfo", "一个对象", "缺失");
        return Amounts::default();
    };
    let amounts = Amounts::read(&info, examination);
    echoes(&info, expected, examination);
    identifiers(&info, stage, examination);
    sums(&amounts, examination);
    signs(&amounts, stage, examination);
    funds(&output.objects("setldetail"), &amounts, examination);
    if let Some(medfee) = expected.medfee {
        examination.same("setlinfo.medfee_sumamt", "Σ 上传明细", medfee, amounts.medfee);
    }
    if let Some(parts) = expected.parts {
        let why = "Σ 明细同类金额，§2 detlcutinfo";
        examination.same("setlinfo.fulamt_ownpay_amt", why, parts.outside, amounts.parts.outside);
        examination.same("setlinfo.overlmt_selfpay", why, parts.over_cap, amounts.parts.over_cap);
        examination.same("setlinfo.preselfpay_amt", why, parts.paid_first, amounts.parts.paid_first);
        examination.same("setlinfo.inscp_scp_amt", why, parts.in_scope, amounts.parts.in_scope);
    }
    if let (Some(before), Some(after), true) = (expected.balance_before, amounts.balance, stage != Stage::Trial) {
        let own = amounts.account - amounts.family_account;
        examination.same("setlinfo.balc", "结算后余额 = 结算前余额 − 本人账户支出", before - own, after);
    }
    amounts
}

fn echoes(info: &Fields, expected: &Expected, examination: &mut Examination<'_>) {
    for (name, value) in &expected.echoes {
        let got = info.text(name).unwrap_or_default();
        examination.same(&setlinfo(name), "与请求或 1101 一致", value.clone(), got);
    }
}

/// Trial: nothing is settled, so nothing is numbered or timed. Final: everything is (ERRATA 13).
fn identifiers(info: &Fields, stage: Stage, examination: &mut Examination<'_>) {
    let text = |name: &str| info.text(name);
    if stage == Stage::Trial {
        for name in ["setl_id", "setl_time", "clr_way", "clr_optins"] {
            if let Some(got) = text(name) {
                examination.wrong(&setlinfo(name), "空：预结算不产生结算（§1.9）", &got);
            }
        }
        return;
    }
    let required: &[&str] = if stage == Stage::Final {
        &["setl_id", "setl_time", "clr_optins", "clr_type", "medins_setl_id", "mdtrt_id", "psn_no"]
    } else {
        &["setl_id", "setl_time", "clr_optins", "mdtrt_id"]
    };
    for name in required {
        examination.require(text(name).is_some(), &setlinfo(name), "非空（ERRATA 13）", "空");
    }
    if let Some(time) = text("setl_time") {
        let stamp = model::Stamp::parse(time.as_bytes());
        examination.require(stamp.is_ok() && time.len() == 19, "setlinfo.setl_time", "yyyy-MM-dd HH:mm:ss", &time);
    }
    if let Some(got) = text("medins_setl_id") {
        let msgid = examination.msgid().to_owned();
        examination.same("setlinfo.medins_setl_id", "请求的 msgid（§2）", msgid, got);
    }
}

fn sums(amounts: &Amounts, examination: &mut Examination<'_>) {
    let a = amounts;
    examination.same("setlinfo.medfee_sumamt", "四类金额之和，§1.1", a.parts.total(), a.medfee);
    let paid = a.fund + a.person + a.hospital;
    examination.same("setlinfo.medfee_sumamt", "基金 + 个人 + 医院负担，§1.2", paid, a.medfee);
    examination.same("setlinfo.psn_part_amt", "账户 + 现金，§1.3", a.account + a.cash, a.person);
    let funds = a.hifp + a.cvlserv + a.hifes + a.hifmi + a.hifob + a.maf + a.other;
    // Whether the disabled persons' fund is inside `oth_pay` is not settled: both are accepted.
    if a.fund != funds + a.hifdm {
        examination.same("setlinfo.fund_pay_sumamt", "各基金支出之和，§1.5", funds, a.fund);
    }
    if let Some(ratio) = a.pool_ratio {
        let holds = (0..=model::Quantity::SCALE).contains(&ratio.0);
        examination.require(holds, "setlinfo.pool_prop_selfpay", "0 至 1 的比例", &ratio.to_string());
    }
}

fn signs(amounts: &Amounts, stage: Stage, examination: &mut Examination<'_>) {
    let reversed = stage == Stage::Reversal;
    let turned = |amount: Fen| if reversed { -amount } else { amount };
    for (name, amount) in amounts.named() {
        if turned(amount) < Fen::ZERO {
            let expected = if reversed { "不大于 0：撤销金额为负（§3）" } else { "不小于 0" };
            examination.wrong(&setlinfo(name), expected, &amount.to_string());
        }
    }
    if turned(amounts.family_account) > turned(amounts.account) {
        let got = format!("{} > {}", amounts.family_account, amounts.account);
        examination.wrong("setlinfo.acct_mulaid_pay", "不大于 acct_pay（§1.4）", &got);
    }
    let within = turned(amounts.parts.in_scope);
    if turned(amounts.fund + amounts.hospital) > within {
        let got = format!("{} + {}", amounts.fund, amounts.hospital);
        examination.wrong("setlinfo.fund_pay_sumamt", "基金与医院负担不超过 inscp_scp_amt（§1.8）", &got);
    }
    if turned(amounts.deductible) > within {
        let got = amounts.deductible.to_string();
        examination.wrong("setlinfo.act_pay_dedc", "不大于 inscp_scp_amt：实际消耗的起付线（§2）", &got);
    }
}

/// A fund list by the field of `setlinfo` that sums it (`settlement.md` §2, last row).
fn field_of(fund: &str) -> &'static str {
    match fund {
        "310100" | "310101" | "310102" | "390100" | "390101" | "390102" => "hifp_pay",
        "310200" => "acct_pay",
        "320100" | "320200" => "cvlserv_pay",
        "330100" | "330101" => "hifob_pay",
        "370100" => "hifes_pay",
        "390200" => "hifmi_pay",
        "610100" => "maf_pay",
        "999996" | "999997" => "hosp_part_amt",
        _ => "oth_pay",
    }
}

fn funds(detail: &[Fields], amounts: &Amounts, examination: &mut Examination<'_>) {
    let mut listed: std::collections::BTreeMap<&str, Fen> = std::collections::BTreeMap::new();
    for (index, row) in detail.iter().enumerate() {
        let at = |name: &str| format!("setldetail[{index}].{name}");
        let Some(fund) = row.text("fund_pay_type") else {
            examination.wrong(&at("fund_pay_type"), "必填", "空");
            continue;
        };
        match row.fen("fund_payamt") {
            Ok(Some(amount)) => *listed.entry(field_of(&fund)).or_default() += amount,
            Ok(None) => examination.wrong(&at("fund_payamt"), "必填", "空"),
            Err(error) => examination.wrong(&at("fund_payamt"), "两位小数的金额", &error.to_string()),
        }
    }
    let a = amounts;
    for (name, amount) in [
        ("hifp_pay", a.hifp),
        ("cvlserv_pay", a.cvlserv),
        ("hifob_pay", a.hifob),
        ("hifes_pay", a.hifes),
        ("hifmi_pay", a.hifmi),
        ("maf_pay", a.maf),
        ("acct_pay", a.account),
        ("hosp_part_amt", a.hospital),
    ] {
        let sum = listed.remove(name).unwrap_or_default();
        examination.same("setldetail", &format!("{name} 对应的基金行之和，§1.7"), amount, sum);
    }
    let rest = listed.remove("oth_pay").unwrap_or_default();
    if rest != a.other + a.hifdm {
        examination.same("setldetail", "oth_pay 对应的基金行之和，§1.7", a.other, rest);
    }
}
