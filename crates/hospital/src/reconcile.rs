//! Day's end: totals by 3201, details by 3202, for each institution from its own books.
//!
//! Agreement alone proves little: a platform that always says yes would agree too. So each institution also
//! claims a fen too much, and leaves a record out of its file, and must be told.

use crate::books::{self, Claim};
use crate::counter::{Counter, Stop};
use crate::deviation::Examination;
use crate::node::Node;
use crate::record::Record;
use crate::reply::{Fields, Reply};
use crate::statement_file::{self, Difference};
use crate::wire::WireError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Day, Fen};
use std::collections::BTreeMap;

/// Files up to so many bytes may go as a list of numbers.
const SMALL: usize = 64 * 1024;

/// What the reconciliation of one institution found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balance {
    /// The institution.
    pub institution: String,
    /// Records in its books.
    pub records: usize,
    /// Its claim over all of them.
    pub claim: Claim,
    /// Statements of 3201 that balanced.
    pub totals_equal: usize,
    /// Statements of 3201 in all.
    pub totals: usize,
    /// Files of 3202 without a difference.
    pub details_equal: usize,
    /// Files of 3202 in all.
    pub details: usize,
    /// Rows about settlements whose answer was lost and that 2601 took back: the institution cannot know them.
    pub explained: usize,
}

/// Reconciles everything that the institution of this counter has in its books.
pub async fn institution(counter: &mut Counter<'_>) -> Result<Balance, Stop> {
    let code = counter.house().institution.code.clone();
    let records = counter.hall().books.of(&code);
    let refunds = counter.hall().world.statement.refund_count;
    let claim = books::claim(&records, refunds);
    let mut balance = Balance { institution: code, records: records.len(), claim, ..Balance::default() };
    let Some(days) = books::days(&records) else { return Ok(balance) };
    for (index, (key, claim)) in books::claims(&records, refunds).iter().enumerate() {
        balance.totals += 1;
        let keys = key.node();
        if total(counter, &keys, days, claim).await? {
            balance.totals_equal += 1;
        }
        if index == 0 {
            too_much(counter, &keys, days, claim).await?;
        }
    }
    let mut files: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
    for record in records {
        files.entry((record.clr_type.clone(), record.clr_optins.clone())).or_default().push(record);
    }
    for (index, ((clr_type, office), records)) in files.iter().enumerate() {
        balance.details += 1;
        let keys = Node::new().text("clr_type", clr_type).text("setl_optins", office);
        let (differences, msgid) = detail(counter, &keys, days, records).await?;
        let (explained, left) = explain(counter, differences);
        balance.explained += explained;
        balance.details_equal += usize::from(left.is_empty());
        let mut examination = Examination::new("3202", &msgid);
        for difference in &left {
            examination.wrong("（结果文件）", "与本机构台账一致，没有差异行（§10）", &format!("{difference:?}"));
        }
        examination.report(&counter.hall().deviations);
        if index == 0
            && let Some((left_out, rest)) = records.split_first()
        {
            one_short(counter, &keys, days, left_out, rest).await?;
        }
    }
    Ok(balance)
}

/// 3201. Whether both sides agree; disagreement is a deviation.
pub async fn total(counter: &mut Counter<'_>, keys: &Node, days: (Day, Day), claim: &Claim) -> Result<bool, Stop> {
    let (result, words, msgid) = ask_total(counter, keys, days, claim).await?;
    let mut examination = Examination::new("3201", &msgid);
    let due = format!("0 平：{keys} 本机构 {}", shown(claim));
    examination.require(result == "0", "stmtinfo.stmt_rslt", &due, &format!("{result} {words}"));
    examination.report(&counter.hall().deviations);
    Ok(result == "0")
}

/// A fen more than the books say: the platform must notice.
async fn too_much(counter: &mut Counter<'_>, keys: &Node, days: (Day, Day), claim: &Claim) -> Result<(), Stop> {
    let more = Claim { fund: claim.fund + Fen(1), ..*claim };
    let (result, _, msgid) = ask_total(counter, keys, days, &more).await?;
    let mut examination = Examination::new("3201", &msgid);
    examination.require(result != "0" && !result.is_empty(), "stmtinfo.stmt_rslt", "不平：多报了一分", &result);
    examination.report(&counter.hall().deviations);
    Ok(())
}

async fn ask_total(
    counter: &mut Counter<'_>,
    keys: &Node,
    (first, last): (Day, Day),
    claim: &Claim,
) -> Result<(String, String, String), Stop> {
    let data = keys
        .clone()
        .text("stmt_begndate", &first.to_string())
        .text("stmt_enddate", &last.to_string())
        .number("medfee_sumamt", claim.medfee)
        .number("fund_pay_sumamt", claim.fund)
        .number("acct_pay", claim.account)
        .number("fixmedins_setl_cnt", claim.count)
        .text("fixmedins_refd_setl_flag", "0");
    let answered = counter.call("3201", None, &Node::new().node("data", &data)).await?;
    let info = answered.reply.output.object("stmtinfo").unwrap_or_default();
    let text = |name: &str| info.text(name).unwrap_or_default();
    Ok((text("stmt_rslt"), text("stmt_rslt_dscr"), answered.message.msgid))
}

/// 9101, 3202, 9102: the differences, and the message of 3202.
async fn detail(
    counter: &mut Counter<'_>,
    keys: &Node,
    (first, last): (Day, Day),
    records: &[Record],
) -> Result<(Vec<Difference>, String), Stop> {
    let refunds = counter.hall().world.statement.refund_count;
    let claim = books::claim(records, refunds);
    let file = upload(counter, records).await?;
    let data = keys
        .clone()
        .text("file_qury_no", &file)
        .text("stmt_begndate", &first.to_string())
        .text("stmt_enddate", &last.to_string())
        .number("medfee_sumamt", claim.medfee)
        .number("fund_pay_sumamt", claim.fund)
        .number("cash_payamt", claim.cash)
        .number("fixmedins_setl_cnt", claim.count)
        .text("fixmedins_refd_setl_flag", "0");
    let answered = counter.call("3202", None, &Node::new().node("data", &data)).await?;
    let info = answered.reply.output.object("fileinfo").unwrap_or_default();
    let differences = download(counter, &info).await?;
    Ok((differences, answered.message.msgid))
}

/// 9101; bytes as numbers or as Base64, both are sent by live clients (ERRATA 18).
async fn upload(counter: &mut Counter<'_>, records: &[Record]) -> Result<String, Stop> {
    let code = &counter.house().institution.code;
    let name = format!("stmt-{code}.txt");
    let bytes = statement_file::pack(&name, records).map_err(std::io::Error::other)?;
    let node = Node::new().text("filename", &name.replace(".txt", ".zip")).text("fixmedins_code", code);
    let node = if records.len().is_multiple_of(2) && bytes.len() < SMALL {
        node.bytes("in", &bytes)
    } else {
        node.text("in", &STANDARD.encode(&bytes))
    };
    let answered = counter.call("9101", None, &Node::new().node("fsUploadIn", &node)).await?;
    let number = answered.reply.output.text("file_qury_no");
    let mut examination = Examination::new("9101", &answered.message.msgid);
    examination.require(number.is_some(), "output.file_qury_no", "非空（§7）", "空");
    examination.report(&counter.hall().deviations);
    Ok(number.unwrap_or_default())
}

/// 9102: a ZIP, or an envelope that says why not.
async fn download(counter: &mut Counter<'_>, info: &Fields) -> Result<Vec<Difference>, Stop> {
    let text = |name: &str| info.text(name).unwrap_or_default();
    let node = Node::new()
        .text("file_qury_no", &text("file_qury_no"))
        .text("filename", &text("filename"))
        .text("fixmedins_code", &counter.house().institution.code);
    let message = counter.message("9102", None, &Node::new().node("fsDownloadIn", &node));
    let bytes = counter.hall().wire.exchange(&message).await?;
    statement_file::unpack(&bytes).map_err(|error| {
        let reason = Reply::parse(bytes).map_or_else(|_| error.to_string(), |reply| reply.err_msg);
        let mut examination = Examination::new("9102", &message.msgid);
        examination.wrong("（文件）", "ZIP，内有一个 TAB 分隔的文本（§7）", &reason);
        examination.report(&counter.hall().deviations);
        Stop::Wire(WireError::NotAReply {
            infno: message.infno.clone(),
            msgid: message.msgid.clone(),
            status: 200,
            reason,
            body: String::new(),
        })
    })
}

/// Rows about what was lost and taken back are explained: the institution never got those numbers.
fn explain(counter: &Counter<'_>, differences: Vec<Difference>) -> (usize, Vec<Difference>) {
    let told: Vec<Difference> = differences.into_iter().filter(|difference| difference.stmt_rslt != "0").collect();
    let all = told.len();
    let left: Vec<Difference> =
        told.into_iter().filter(|difference| !counter.hall().books.lost(&difference.msgid)).collect();
    (all - left.len(), left)
}

/// A file that lacks a record: the result must name that record, by the message that made it.
async fn one_short(
    counter: &mut Counter<'_>,
    keys: &Node,
    days: (Day, Day),
    left_out: &Record,
    rest: &[Record],
) -> Result<(), Stop> {
    let (differences, msgid) = detail(counter, keys, days, rest).await?;
    let named = differences.iter().any(|row| row.msgid == left_out.msgid && row.stmt_rslt != "0");
    let mut examination = Examination::new("3202", &msgid);
    let due = format!("含报文 {} 的一行：中心有、机构漏报（§10）", left_out.msgid);
    examination.require(named, "（结果文件）", &due, &format!("{} 行，没有它", differences.len()));
    examination.report(&counter.hall().deviations);
    Ok(())
}

fn shown(claim: &Claim) -> String {
    let Claim { medfee, fund, account, cash, count } = claim;
    format!("总额 {medfee} 基金 {fund} 账户 {account} 现金 {cash} 笔数 {count}")
}
