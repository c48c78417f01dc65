//! Charge lines: upload, deletion, and the split that is told for each (2204, 2205, 2301, 2302).

use crate::fault::Fault;
use crate::node::Row;
use crate::output::Values;
use crate::profile::Profile;
use crate::request::Request;
use agency::{Charge, Command, LineRequest, LinesScope, VisitKind};
use model::UnitPrice;

/// What means "all that are not settled" in place of a batch or a line.
const ALL: &str = "0000";
/// `pric_uplmt_amt` of an item without a ceiling, as live platforms send it.
const NO_CEILING: UnitPrice = UnitPrice(999_999 * 10_000);

pub(crate) fn charge(request: &Request, profile: &Profile) -> Result<Command, Fault> {
    let rows = request.input.rows("feedetail");
    let most = profile.lines_max;
    if most > 0 && rows.len() > most {
        return Err(Fault::new("节点 feedetail", format!("一次最多 {most} 行，收到 {} 行", rows.len()), "请分次上传"));
    }
    let (person, visit) = same_visit("feedetail", rows)?;
    let inpatient = request.transaction.infno == "2301";
    let kind = if inpatient { VisitKind::Inpatient } else { VisitKind::Outpatient };
    Ok(Command::Charge { person, visit, kind, lines: rows.iter().map(line).collect() })
}

/// What a line keeps in fields of its own.
const LINE: [&str; 12] = [
    "psn_no",
    "mdtrt_id",
    "feedetl_sn",
    "init_feedetl_sn",
    "chrg_bchno",
    "med_list_codg",
    "cnt",
    "pric",
    "det_item_fee_sumamt",
    "fee_ocur_time",
    "hosp_appr_flag",
    "exp_content",
];

pub(crate) fn line(row: &Row) -> LineRequest {
    LineRequest {
        number: row.string("feedetl_sn"),
        refunds: row.string("init_feedetl_sn"),
        batch: row.string("chrg_bchno"),
        item: row.string("med_list_codg"),
        quantity: row.quantity("cnt").unwrap_or_default(),
        price: row.unit_price("pric").unwrap_or_default(),
        amount: row.fen("det_item_fee_sumamt").unwrap_or_default(),
        at: row.stamp("fee_ocur_time").unwrap_or_default(),
        approval: row.string("hosp_appr_flag"),
        doctor: row.string("bilg_dr_codg"),
        extra: row.rest(&LINE),
    }
}

/// The person and visit of rows that must all be of one.
fn same_visit(node: &str, rows: &[Row]) -> Result<(String, String), Fault> {
    let first = rows.first().map(|row| (row.string("psn_no"), row.string("mdtrt_id"))).unwrap_or_default();
    for (index, row) in rows.iter().enumerate() {
        for (name, label, expected) in [("psn_no", "人员编号", &first.0), ("mdtrt_id", "就诊ID", &first.1)] {
            if row.text(name) != *expected {
                return Err(Fault::new(
                    format!("节点 {node} 第 {} 行 字段 {name}（{label}）", index + 1),
                    "与第 1 行不一致",
                    "一次只上传同一人同一次就诊的明细，请分次上传",
                ));
            }
        }
    }
    Ok(first)
}

pub(crate) fn delete_batch(request: &Request) -> Result<Command, Fault> {
    let data = request.only("data");
    let scope = match data.text("chrg_bchno") {
        ALL => LinesScope::All,
        batch => LinesScope::Batch(batch.to_owned()),
    };
    Ok(Command::DeleteLines {
        person: data.string("psn_no"),
        visit: data.string("mdtrt_id"),
        kind: VisitKind::Outpatient,
        scope,
    })
}

pub(crate) fn delete_lines(request: &Request) -> Result<Command, Fault> {
    let rows = request.input.rows("data");
    let (person, visit) = same_visit("data", rows)?;
    let scope = if rows.iter().any(|row| row.text("feedetl_sn") == ALL) {
        LinesScope::All
    } else {
        LinesScope::Lines(rows.iter().map(|row| row.string("feedetl_sn")).collect())
    };
    Ok(Command::DeleteLines { person, visit, kind: VisitKind::Inpatient, scope })
}

pub(crate) fn charged(charges: &[Charge]) -> Values {
    Values::new().list("result", charges.iter().map(split).collect())
}

/// A line with its split.
pub(crate) fn split(charge: &Charge) -> Values {
    let split = &charge.split;
    Values::new()
        .text("feedetl_sn", &charge.number)
        .fen("det_item_fee_sumamt", charge.amount)
        .quantity("cnt", charge.quantity)
        .price("pric", charge.price)
        .price("pric_uplmt_amt", split.ceiling.unwrap_or(NO_CEILING))
        .ratio("selfpay_prop", split.upfront_ratio)
        .fen("fulamt_ownpay_amt", split.self_funded)
        .fen("overlmt_amt", split.over_limit)
        .fen("preselfpay_amt", split.upfront)
        .fen("inscp_scp_amt", split.in_scope)
        .text("chrgitm_lv", &split.class)
        .text("med_chrgitm_type", &split.category)
        .flag("lmt_used_flag", split.restricted)
        .flag("bas_medn_flag", false)
        .flag("hi_nego_drug_flag", false)
        .flag("chld_medc_flag", false)
        .flag("list_sp_item_flag", false)
        .flag("drt_reim_flag", false)
        .text("memo", cut(&split.basis, 500))
}

/// At most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
