//! Reconciliation: totals (3201), and line by line against the institution's own list (3202).
//!
//! Refunds are settlements with the other sign, and count: totals are net on both sides, and every refund is a row of its
//! own in the files (ERRATA 14 of the facts leaves this open; it is the reading under which both sides balance).

use crate::files::{Cells, TextFile};
use crate::output::Values;
use crate::profile::{Profile, StatementCodes, StatementColumns};
use crate::request::Request;
use agency::Settlement;
use model::Fen;
use std::collections::HashMap;

/// 3201: whether the institution's totals are ours.
pub(crate) fn totals(request: &Request, settlements: &[Settlement], profile: &Profile) -> Values {
    let data = request.only("data");
    let sum = |part: fn(&Settlement) -> Fen| settlements.iter().fold(Fen::ZERO, |sum, one| sum + part(one));
    let ours = [sum(|one| one.total), sum(|one| one.fund_total), sum(|one| one.account)];
    let sent = ["medfee_sumamt", "fund_pay_sumamt", "acct_pay"].map(|name| data.fen(name).unwrap_or_default());
    let (our_count, their_count) =
        (i64::try_from(settlements.len()).unwrap_or(i64::MAX), data.whole("fixmedins_setl_cnt").unwrap_or(0));
    let verdict = if ours == sent && our_count == their_count {
        Verdict::Equal
    } else if our_count > their_count {
        Verdict::CentreHasMore
    } else if our_count < their_count {
        Verdict::InstitutionHasMore
    } else {
        Verdict::Differs
    };
    let mut told: Vec<String> = Vec::new();
    for ((label, ours), sent) in
        [("医疗费总额", ours[0]), ("基金支付总额", ours[1]), ("个人账户支付金额", ours[2])].into_iter().zip(sent)
    {
        if ours != sent {
            told.push(format!("{label}：中心 {ours}，机构 {sent}"));
        }
    }
    if our_count != their_count {
        told.push(format!("结算笔数：中心 {our_count}，机构 {their_count}"));
    }
    let description = if told.is_empty() { "一致".to_owned() } else { told.join("；") };
    Values::new().object(
        "stmtinfo",
        Values::new()
            .text("setl_optins", data.text("setl_optins"))
            .text("stmt_rslt", verdict.code(profile.statement_codes))
            .text("stmt_rslt_dscr", super::lines::cut(&description, 200)),
    )
}

/// How one row, or a total, compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Equal,
    CentreHasMore,
    InstitutionHasMore,
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

/// A row of the institution's list: `setl_id mdtrt_id psn_no medfee_sumamt fund_pay_sumamt acct_pay refd_setl_flag`.
struct Theirs {
    visit: String,
    person: String,
    amounts: [Fen; 3],
    refund: bool,
}

/// 3202: compares the uploaded list with our settlements and gives the result file, one row a difference.
///
/// # Errors
/// The uploaded file is not a ZIP of such rows: which row and column, and what to do.
pub fn compare_statement(
    uploaded: &[u8],
    settlements: &[Settlement],
    profile: &Profile,
) -> Result<(Vec<u8>, usize), String> {
    let file = TextFile::read(uploaded)?;
    let mut theirs: HashMap<(String, bool), Theirs> = HashMap::new();
    for (index, cells) in file.rows().enumerate() {
        let (setl_id, row) = their_row(&cells, index + 1)?;
        if theirs.insert((setl_id.clone(), row.refund), row).is_some() {
            return Err(format!("对账文件第 {} 行：结算ID“{setl_id}”重复，请去重后重传", index + 1));
        }
    }
    let mut result = TextFile::default();
    let mut count = 0;
    let mut add = |row: ResultRow<'_>| {
        count += 1;
        row.write(&mut result, profile);
    };
    for ours in settlements {
        let amounts = [ours.total, ours.fund_total, ours.account];
        let refund = ours.reverses.is_some();
        // A refund may be listed under its own number or under the settlement it takes back.
        let keys = [Some(ours.id.clone()), ours.reverses.clone()];
        let found = keys.into_iter().flatten().find_map(|id| theirs.remove(&(id, refund)));
        let verdict = match &found {
            None => Verdict::CentreHasMore,
            Some(theirs) if theirs.amounts == amounts => continue,
            Some(_) => Verdict::Differs,
        };
        // Rows only at the centre have neither settlement nor visit: the message id says which it was.
        let known = found.is_some();
        add(ResultRow {
            person: &ours.person,
            visit: if known { &ours.visit } else { "" },
            settlement: if known { &ours.id } else { "" },
            msgid: &ours.msgid,
            verdict,
            refund,
            amounts,
        });
    }
    let mut left: Vec<((String, bool), Theirs)> = theirs.into_iter().collect();
    left.sort_by(|one, other| one.0.cmp(&other.0));
    for ((setl_id, refund), row) in &left {
        add(ResultRow {
            person: &row.person,
            visit: &row.visit,
            settlement: setl_id,
            msgid: "",
            verdict: Verdict::InstitutionHasMore,
            refund: *refund,
            amounts: row.amounts,
        });
    }
    Ok((result.write("result.txt")?, count))
}

fn their_row(cells: &Cells<'_>, number: usize) -> Result<(String, Theirs), String> {
    let fen = |column: usize, name: &str| {
        Fen::parse(cells.get(column).as_bytes()).map_err(|_| {
            format!(
                "对账文件第 {number} 行第 {} 列（{name}）：“{}”不是金额，请按两位小数填写",
                column + 1,
                cells.get(column)
            )
        })
    };
    let setl_id = cells.get(0).to_owned();
    if setl_id.is_empty() {
        return Err(format!("对账文件第 {number} 行第 1 列（setl_id）：不能为空，请填写结算ID"));
    }
    let amounts = [fen(3, "medfee_sumamt")?, fen(4, "fund_pay_sumamt")?, fen(5, "acct_pay")?];
    let refund = cells.get(6) == "1";
    Ok((setl_id, Theirs { visit: cells.get(1).to_owned(), person: cells.get(2).to_owned(), amounts, refund }))
}

struct ResultRow<'a> {
    person: &'a str,
    visit: &'a str,
    settlement: &'a str,
    msgid: &'a str,
    verdict: Verdict,
    refund: bool,
    amounts: [Fen; 3],
}

impl ResultRow<'_> {
    fn write(&self, file: &mut TextFile, profile: &Profile) {
        let [total, fund, account] = self.amounts.map(|amount| amount.to_string());
        let (verdict, refund) = (self.verdict.code(profile.statement_codes), if self.refund { "1" } else { "0" });
        let words = self.verdict.words();
        let head = [self.person, self.visit, self.settlement, self.msgid];
        let tail: Vec<&str> = match profile.statement_columns {
            StatementColumns::Ten => vec![verdict, refund, words, &total, &fund, &account],
            StatementColumns::Seven => vec![refund, verdict, words],
        };
        file.add(head.into_iter().chain(tail));
    }
}
