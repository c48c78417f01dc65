//! What the agency refuses, in the wire's names: node, row, field and label before the reason and the remedy.

use crate::request::{Rejection, Request};
use crate::table::{Node, Table};
use agency::Refusal;

/// Words of `agency` and the wire names that stand for them, in the order in which they are looked for.
const NAMES: [(&str, &[&str]); 27] = [
    ("person", &["psn_no"]),
    ("visit", &["mdtrt_id"]),
    ("settlement", &["setl_id"]),
    ("insurance", &["insutype"]),
    ("care", &["med_type"]),
    ("disease", &["dise_codg"]),
    ("begun_at", &["begntime"]),
    ("ended_at", &["endtime"]),
    ("certificate", &["mdtrt_cert_no"]),
    ("doctor", &["bilg_dr_codg", "atddr_no", "dise_dor_no"]),
    ("institution", &["fixmedins_code"]),
    ("coverage_area", &["insuplc_admdvs"]),
    ("treatment_area", &["mdtrtarea_admvs"]),
    ("batch", &["chrg_bchno"]),
    ("total", &["medfee_sumamt"]),
    ("self_funded", &["fulamt_ownpay_amt"]),
    ("over_limit", &["overlmt_selfpay"]),
    ("upfront", &["preselfpay_amt"]),
    ("in_scope", &["inscp_scp_amt"]),
    ("filing", &["trt_dcla_detl_sn"]),
    ("code", &["opsp_dise_code", "biz_appy_type", "refl_type"]),
    ("from", &["begndate", "refl_date"]),
    ("until", &["enddate"]),
    ("account_use", &["acct_used_flag"]),
    ("message", &["omsgid"]),
    ("key", &["fixmedins_hilist_id", "hosp_dept_codg", "fixmedins_bchno", "setl_id"]),
    ("state", &["stas_type"]),
];
/// The same for what stands in a line.
const LINE_NAMES: [(&str, &str); 10] = [
    ("number", "feedetl_sn"),
    ("refunds", "init_feedetl_sn"),
    ("batch", "chrg_bchno"),
    ("item", "med_list_codg"),
    ("quantity", "cnt"),
    ("price", "pric"),
    ("amount", "det_item_fee_sumamt"),
    ("at", "fee_ocur_time"),
    ("approval", "hosp_appr_flag"),
    ("doctor", "bilg_dr_codg"),
];
/// Nodes that hold lines.
const LINE_NODES: [&str; 3] = ["feedetail", "drugdetail", "data"];

/// The rejection that tells a refusal.
#[must_use]
pub fn refused(request: &Request, refusal: &Refusal) -> Rejection {
    let place = place(request, &refusal.field);
    let colon = if place.is_empty() { "" } else { "：" };
    request.reject(format!("{place}{colon}{}，{}", refusal.what, refusal.remedy))
}

fn place(request: &Request, field: &str) -> String {
    let root = &request.transaction.request;
    if let Some(rest) = field.strip_prefix("lines") {
        let row = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(row, _)| format!(" 第 {row} 行"));
        let word = rest.rsplit_once('.').map(|(_, word)| word).unwrap_or_default();
        let Some(node) = LINE_NODES.iter().find_map(|name| root.child(name)) else { return String::new() };
        let wire = LINE_NAMES.iter().find(|(known, _)| *known == word).and_then(|(_, wire)| node.field(wire));
        let wire = wire.map(|field| format!(" 字段 {}（{}）", field.name, field.label));
        return format!("节点 {}{}{}", node.name, row.unwrap_or_default(), wire.unwrap_or_default());
    }
    let Some((_, wires)) = NAMES.iter().find(|(known, _)| *known == field) else { return String::new() };
    let found = wires.iter().find_map(|wire| named(root, wire).or_else(|| named(Table::get().envelope(), wire)));
    found.unwrap_or_default()
}

/// `节点 data 字段 mdtrt_id（就诊ID）`, where the first field of this name stands.
fn named(node: &Node, wire: &str) -> Option<String> {
    let own = node.field(wire).map(|field| {
        let node = if node.name.is_empty() { String::new() } else { format!("节点 {} ", node.name) };
        format!("{node}字段 {}（{}）", field.name, field.label)
    });
    own.or_else(|| node.children.iter().find_map(|child| named(child, wire)))
}
