//! Reconciliation: totals (3201), and line by line against the institution's own list (3202).
//!
//! Refunds are settlements with the other sign. Amounts are net on both sides, in totals and in files, where every refund is a
//! row of its own; how they count in the number of settlements is the profile's (the documents leave it open).

use crate::fault::{Fault, quote};
use crate::files::{Cells, TextFile};
use crate::output::Values;
use crate::profile::{Profile, RefundCount, StatementCodes, StatementColumns};
use crate::request::Request;
use agency::Settlement;
use model::Fen;
use std::collections::HashMap;

/// A row of the institution's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// 结算ID
    pub settlement: String,
    /// 就诊ID
    pub visit: String,
    /// 人员编号
    pub person: String,
    /// 医疗费总额, 基金支付总额, 个人账户支出
    pub amounts: [Fen; 3],
    /// 退费结算标志
    pub refund: bool,
}

/// What a row of one side is to the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementDifference {
    /// The row; without settlement and visit when only the centre has it.
    pub row: StatementRow,
    /// Message of the settlement, by which an unknown result can be undone (2601); empty when the centre has none.
    pub msgid: String,
    /// How the sides differ.
    pub verdict: Verdict,
}

/// How one row, or a total, compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 一致
    Equal,
    /// 中心有，机构无
    CentreHasMore,
    /// 机构有，中心无
    InstitutionHasMore,
    /// 两方金额不一致
    Differs,
}

impl Verdict {
    const fn code(self, codes: StatementCodes) -> &'static str {
        match (self, codes) {
            (Self::Equal, _) => "0",
            (_, StatementCodes::Two) | (Self::CentreHasMore, _) => "1",
            (Self::InstitutionHasMore, _) => "2",
            (Self::Differs, _) => "3",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Equal => "一致",
            Self::CentreHasMore => "中心有，机构无",
            Self::InstitutionHasMore => "机构有，中心无",
            Self::Differs => "两方金额不一致",
        }
    }
}

fn amounts(settlement: &Settlement) -> [Fen; 3] {
    [settlement.total, settlement.fund_total, settlement.account]
}

/// 3201: whether the institution's totals are ours.
pub(crate) fn totals(request: &Request, settlements: &[Settlement], profile: &Profile) -> Values {
    let data = request.only("data");
    let ours = settlements.iter().map(amounts).fold([Fen::ZERO; 3], |sum, one| {
        let [total, fund, account] = sum;
        [total + one[0], fund + one[1], account + one[2]]
    });
    let sent = ["medfee_sumamt", "fund_pay_sumamt", "acct_pay"].map(|name| data.fen(name).unwrap_or_default());
    let count = |one: &Settlement| match profile.refund_count {
        RefundCount::Net if one.reverses.is_some() => -1,
        RefundCount::Net | RefundCount::Each => 1,
    };
    let our_count: i64 = settlements.iter().map(count).sum();
    let their_count = data.whole("fixmedins_setl_cnt").unwrap_or(0);
    let verdict = match our_count.cmp(&their_count) {
        std::cmp::Ordering::Greater => Verdict::CentreHasMore,
        std::cmp::Ordering::Less => Verdict::InstitutionHasMore,
        std::cmp::Ordering::Equal if ours == sent => Verdict::Equal,
        std::cmp::Ordering::Equal => Verdict::Differs,
    };
    let mut told: Vec<String> = Vec::new();
    for ((label, ours), sent) in ["医疗费总额", "基金支付总额", "个人账户支付金额"].into_iter().zip(ours).zip(sent)
    {
        if ours != sent {
            told.push(format!("{label}：中心 {ours}，机构 {sent}"));
        }
    }
    if our_count != their_count {
        told.push(format!("结算笔数：中心 {our_count}，机构 {their_count}"));
    }
    let description = if told.is_empty() { Verdict::Equal.words().to_owned() } else { told.join("；") };
    let info = Values::new()
        .text("setl_optins", data.text("setl_optins"))
        .text("stmt_rslt", verdict.code(profile.statement_codes))
        .text("stmt_rslt_dscr", super::lines::cut(&description, 200));
    Values::new().object("stmtinfo", info)
}

/// Reads an institution's list (3202): a ZIP of rows `setl_id mdtrt_id psn_no medfee_sumamt fund_pay_sumamt acct_pay
/// refd_setl_flag`.
///
/// # Errors
/// The file is not such a ZIP, or a row is not such a row: which row and column, and what to do.
pub fn read_statement(zipped: &[u8]) -> Result<Vec<StatementRow>, Fault> {
    let file = TextFile::read(zipped).map_err(|what| Fault::new("对账文件", what, ""))?;
    let mut rows: Vec<StatementRow> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, cells) in file.rows().enumerate() {
        let row = statement_row(&cells, index + 1)?;
        if !seen.insert((row.settlement.clone(), row.refund)) {
            let place = format!("对账文件第 {} 行第 1 列（setl_id）", index + 1);
            return Err(Fault::new(place, format!("结算ID {} 重复", quote(&row.settlement)), "请去重后重新上传"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn statement_row(cells: &Cells<'_>, number: usize) -> Result<StatementRow, Fault> {
    let place = |column: usize, name: &str| format!("对账文件第 {number} 行第 {} 列（{name}）", column + 1);
    let fen = |column: usize, name: &str| {
        let cell = cells.get(column);
        Fen::parse(cell.as_bytes())
            .map_err(|_| Fault::new(place(column, name), format!("{}不是金额", quote(cell)), "请按两位小数填写"))
    };
    if cells.get(0).is_empty() {
        return Err(Fault::new(place(0, "setl_id"), "不能为空", "请填写结算ID"));
    }
    Ok(StatementRow {
        settlement: cells.get(0).to_owned(),
        visit: cells.get(1).to_owned(),
        person: cells.get(2).to_owned(),
        amounts: [fen(3, "medfee_sumamt")?, fen(4, "fund_pay_sumamt")?, fen(5, "acct_pay")?],
        refund: cells.get(6) == "1",
    })
}

/// Compares the institution's list with our settlements: one difference a row that does not fit.
#[must_use]
pub fn compare(theirs: &[StatementRow], ours: &[Settlement]) -> Vec<StatementDifference> {
    let mut left: HashMap<(&str, bool), &StatementRow> =
        theirs.iter().map(|row| ((row.settlement.as_str(), row.refund), row)).collect();
    let mut differences = Vec::new();
    for settlement in ours {
        let refund = settlement.reverses.is_some();
        // A refund may be listed under its own number or under the settlement it takes back.
        let keys = [Some(settlement.id.as_str()), settlement.reverses.as_deref()];
        let found = keys.into_iter().flatten().find_map(|id| left.remove(&(id, refund)));
        let verdict = match found {
            None => Verdict::CentreHasMore,
            Some(row) if row.amounts == amounts(settlement) => continue,
            Some(_) => Verdict::Differs,
        };
        let known = |id: &str| if found.is_some() { id.to_owned() } else { String::new() };
        differences.push(StatementDifference {
            row: StatementRow {
                settlement: known(&settlement.id),
                visit: known(&settlement.visit),
                person: settlement.person.clone(),
                amounts: amounts(settlement),
                refund,
            },
            msgid: settlement.msgid.clone(),
            verdict,
        });
    }
    for row in theirs.iter().filter(|row| left.contains_key(&(row.settlement.as_str(), row.refund))) {
        let verdict = Verdict::InstitutionHasMore;
        differences.push(StatementDifference { row: row.clone(), msgid: String::new(), verdict });
    }
    differences
}

/// The result file of 3202: a ZIP, one row a difference, with the profile's columns.
///
/// # Errors
/// The ZIP could not be written: a fault of the program.
pub fn write_statement(differences: &[StatementDifference], profile: &Profile) -> Result<Vec<u8>, String> {
    let mut file = TextFile::default();
    for StatementDifference { row, msgid, verdict } in differences {
        let [total, fund, account] = row.amounts.map(|amount| amount.to_string());
        let (code, refund) = (verdict.code(profile.statement_codes), if row.refund { "1" } else { "0" });
        let head = [row.person.as_str(), &row.visit, &row.settlement, msgid];
        let tail: Vec<&str> = match profile.statement_columns {
            StatementColumns::Ten => vec![code, refund, verdict.words(), &total, &fund, &account],
            StatementColumns::Seven => vec![refund, code, verdict.words()],
        };
        file.add(head.into_iter().chain(tail));
    }
    file.write("result.txt")
}
