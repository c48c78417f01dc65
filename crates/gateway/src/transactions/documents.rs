//! What institutions file: catalogue mappings, departments, goods, settlement lists (33xx, 34xx, 35xx, 41xx).
//!
//! A document is kept as its rows were sent, under the institution, a kind and a key of its own. Goods of one kind of
//! record (`inv_data_type`) lie together, so that 3507 finds what 3503 or 3504 filed by its serial number.

use super::repeated;
use crate::fault::{Fault, quote};
use crate::node::Row;
use crate::output::Values;
use crate::request::Request;
use agency::{Command, Document};

/// How a transaction files its rows.
struct Filing {
    infno: &'static str,
    node: &'static str,
    /// The kind its documents are kept under.
    kind: &'static str,
    /// Fields that make up the key.
    key: &'static [&'static str],
    /// Field with the day it is about.
    on: &'static str,
}

const fn filing(
    infno: &'static str,
    node: &'static str,
    kind: &'static str,
    key: &'static [&'static str],
    on: &'static str,
) -> Filing {
    Filing { infno, node, kind, key, on }
}

const MAPPING: &[&str] = &["fixmedins_hilist_id", "list_type"];
const SERIAL: &[&str] = &["fixmedins_bchno"];
const DEPARTMENT: &[&str] = &["hosp_dept_codg"];

/// Everything that is filed.
const FILINGS: [Filing; 18] = [
    filing("3301", "data", "3301", MAPPING, "begndate"),
    filing("3401", "deptinfo", "3401", DEPARTMENT, "begntime"),
    filing("3401A", "deptinfo", "3401", DEPARTMENT, "begntime"),
    filing("3402", "deptinfo", "3401", DEPARTMENT, "begntime"),
    filing("3501", "invinfo", "3501", SERIAL, "invdate"),
    filing("3501A", "invinfoDetail", "3501", SERIAL, "invdate"),
    filing("3502", "invinfo", "3502", SERIAL, "inv_chg_time"),
    filing("3502A", "invinfoDetail", "3502", SERIAL, "inv_chg_time"),
    filing("3503", "purcinfo", "3503", SERIAL, "purc_retn_stoin_time"),
    filing("3503A", "purcinfoDetail", "3503", SERIAL, "purc_retn_stoin_time"),
    filing("3504", "purcinfo", "3503", SERIAL, "purc_retn_stoin_time"),
    filing("3504A", "purcinfoDetail", "3503", SERIAL, "purc_retn_stoin_time"),
    filing("3505", "selinfo", "3505", SERIAL, "sel_retn_time"),
    filing("3505A", "selinfoDetail", "3505", SERIAL, "sel_retn_time"),
    filing("3506", "selinfo", "3505", SERIAL, "sel_retn_time"),
    filing("3506A", "selinfoDetail", "3505", SERIAL, "sel_retn_time"),
    filing("4101", "setlinfo", "4101", &["setl_id"], "setl_end_date"),
    filing("4101A", "setlinfo", "4101", &["setl_id"], "setl_end_date"),
];

/// Transactions that take documents back, or move them on.
const MOVES: [&str; 5] = ["3302", "3403", "3507", "3507A", "4102"];

/// State of a settlement list that is handed in but not submitted (`stas_type`).
const UNSUBMITTED: &str = "0";

pub(crate) fn is_document(infno: &str) -> bool {
    MOVES.contains(&infno) || FILINGS.iter().any(|filing| filing.infno == infno)
}

pub(crate) fn command(request: &Request) -> Result<Command, Fault> {
    let infno = request.transaction.infno;
    match infno {
        "3302" => Ok(taken_back(request, "3301", request.input.rows("data"), MAPPING)),
        "3403" => Ok(taken_back(request, "3401", request.input.rows("data"), DEPARTMENT)),
        "3507" => goods_deleted(request, "data"),
        "3507A" => goods_deleted(request, "goodDetail"),
        "4102" => list_moved(request),
        _ => match FILINGS.iter().find(|filing| filing.infno == infno) {
            Some(filing) => kept_rows(request, filing),
            None => Err(Fault::new("", format!("交易 {infno} 未开通"), "请核对交易编号")),
        },
    }
}

fn key_of(row: &Row, key: &[&str]) -> String {
    let parts: Vec<&str> = key.iter().map(|name| row.text(name)).filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

fn kept_rows(request: &Request, filing: &Filing) -> Result<Command, Fault> {
    let list = filing.kind == "4101";
    let mut documents: Vec<Document> = Vec::new();
    for (index, row) in request.input.rows(filing.node).iter().enumerate() {
        let key = key_of(row, filing.key);
        if documents.iter().any(|document| document.key == key) {
            return Err(Fault::new(
                format!("节点 {} 第 {} 行", filing.node, index + 1),
                format!("编号 {} 在本次上传中重复", quote(&key)),
                "请合并或更正后重传",
            ));
        }
        let state = if !list {
            ""
        } else if row.text("stas_type").is_empty() {
            UNSUBMITTED
        } else {
            row.text("stas_type")
        };
        // A settlement list is one document with all its nodes.
        let content = if list { request.input.to_json() } else { row.to_json() };
        let at = request.envelope.sent_at;
        documents.push(Document {
            owner: request.envelope.institution.clone(),
            kind: filing.kind.to_owned(),
            key,
            state: state.to_owned(),
            on: row.day(filing.on).unwrap_or_else(|| at.day()),
            at,
            deleted: false,
            content: content.to_string(),
        });
    }
    // protocol.md §8.6: a list that was submitted (1) or approved (2) is not replaced.
    let only_over =
        if request.transaction.infno.starts_with("4101") { vec!["0".to_owned(), "3".to_owned()] } else { Vec::new() };
    Ok(Command::Keep { documents, only_over })
}

fn taken_back(request: &Request, kind: &str, rows: &[Row], key: &[&str]) -> Command {
    Command::Advance {
        owner: request.envelope.institution.clone(),
        kind: kind.to_owned(),
        keys: rows.iter().map(|row| key_of(row, key)).collect(),
        from: Vec::new(),
        to: String::new(),
        delete: true,
    }
}

/// 3507: `inv_data_type` says which records: 1 stock-takes, 2 changes, 3 purchases and their returns, 4 sales and theirs.
fn goods_deleted(request: &Request, node: &str) -> Result<Command, Fault> {
    let rows = request.input.rows(node);
    let kind_of = |row: &Row| match row.text("inv_data_type") {
        "1" => Some("3501"),
        "2" => Some("3502"),
        "3" => Some("3503"),
        "4" => Some("3505"),
        _ => None,
    };
    let first = rows.first().and_then(kind_of);
    match first {
        Some(kind) if rows.iter().all(|row| kind_of(row) == first) => Ok(taken_back(request, kind, rows, SERIAL)),
        _ => Err(Fault::new(
            format!("节点 {node} 字段 inv_data_type（进销存数据类型）"),
            "一次只能删除同一类数据",
            "请按类型分次删除",
        )),
    }
}

/// 4102: 0→1 submits, 3→0 and 3→1 after a rejection; what is submitted or approved does not move (protocol.md §8.6).
fn list_moved(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    let rows = data.rows("stastinfo");
    let to = rows.first().map(|row| row.text("stas_type")).unwrap_or_default();
    let place = "节点 data › stastinfo 字段 stas_type（审核状态）";
    if rows.iter().any(|row| row.text("stas_type") != to) {
        return Err(Fault::new(place, "各行的状态不一致", "一次只改为同一种状态，请分次提交"));
    }
    let from = match to {
        "1" => vec!["0".to_owned(), "3".to_owned()],
        "0" => vec!["3".to_owned()],
        _ => return Err(Fault::new(place, format!("{}不能由医药机构设置", quote(to)), "可填：0 未提交、1 已提交")),
    };
    Ok(Command::Advance {
        owner: request.envelope.institution.clone(),
        kind: "4101".to_owned(),
        keys: rows.iter().map(|row| row.string("setl_id")).collect(),
        from,
        to: to.to_owned(),
        delete: false,
    })
}

/// What is said when documents were kept: most say nothing; batches of goods repeat their rows with a result each.
pub(crate) fn kept(request: &Request) -> Values {
    let infno = request.transaction.infno;
    let Some(filing) = FILINGS.iter().find(|filing| filing.infno == infno) else { return Values::new() };
    if filing.kind == "4101" {
        let number = request.only("setlinfo").string("setl_id");
        return Values::new().object("data", Values::new().text("setl_list_id", number));
    }
    if request.transaction.response.child(filing.node).is_none() {
        return Values::new();
    }
    let number = if filing.kind == "3503" { "medins_prod_purc_no" } else { "medins_prod_sel_no" };
    let row = |row: &Row| repeated(row).text("retRslt", "1").text(number, key_of(row, filing.key));
    Values::new().list(filing.node, request.input.rows(filing.node).iter().map(row).collect())
}
