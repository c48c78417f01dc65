//! A settlement told again: its case and its lines through the same law, with every step and the parameter behind it (I10).

use super::amounts::net;
use crate::file::File;
use crate::law::Law;
use crate::records::{Settlement, Upload, VisitKind};
use crate::refusal::Refusal;
use benefit::{Answer, Bill, Case};
use model::Fen;
use serde_json::{Value, json};

/// How a settlement came about.
pub struct Explained {
    /// Steps, funds, year to date, receipt.
    pub answer: Answer,
    /// Earlier parts of the same stay, which the steps hold too and the settlement does not.
    pub parts: usize,
    /// Whether the same comes out as was settled then: total, and the receipt of engine, law and input.
    pub is_same: bool,
}

/// Computes a settlement again. The file must hold the visit with its uploads and settlements.
///
/// # Errors
/// The record is one of an account alone, cannot be read, or the law in force no longer covers it.
pub fn explain(settlement: &Settlement, file: &File, law: &Law) -> Result<Explained, Refusal> {
    let is_stay = file.visit(&settlement.visit).is_some_and(|visit| visit.kind == VisitKind::Inpatient);
    let before = |other: &&Settlement| {
        is_stay && other.id != settlement.id && (other.at, &other.id) < (settlement.at, &settlement.id)
    };
    let earlier: Vec<&Settlement> = file.live_settlements(&settlement.visit).filter(before).collect();
    let holds = |upload: &&Upload| {
        settlement.uploads.contains(&upload.number) || earlier.iter().any(|part| part.uploads.contains(&upload.number))
    };
    let uploads: Vec<&Upload> = file.uploads_of(&settlement.visit).filter(holds).collect();
    let lines = net(uploads.iter().flat_map(|upload| &upload.charges))?;
    let total: Fen = lines.iter().map(|line| line.total).sum();
    let case = case(settlement, total)?;
    let answer = law.policies.settle_lines(&case, &lines).map_err(|refusal| {
        Refusal::new("policy", refusal.to_string(), "该笔结算没有待遇计算步骤，或现行政策文件不再收录它")
    })?;
    let whole = earlier.iter().fold(settlement.total, |sum, part| sum + part.total);
    let receipt = serde_json::to_string(&answer.receipt).unwrap_or_default();
    Ok(Explained { parts: earlier.len(), is_same: whole == total && receipt == settlement.receipt, answer })
}

/// The case as it was recorded: without its bill, which are the lines. A case is read with a bill only, so that a total stands in.
fn case(settlement: &Settlement, total: Fen) -> Result<Case, Refusal> {
    let unreadable =
        |why: String| Refusal::new("case", format!("结算记录的案例无法读取：{why}"), "请报告经办机构系统管理员");
    let mut value: Value = serde_json::from_str(&settlement.case).map_err(|error| unreadable(error.to_string()))?;
    if let Some(members) = value.as_object_mut() {
        members.insert("amounts".to_owned(), json!({ "total": total.to_string(), "in_scope": total.to_string() }));
    }
    let case = Case::from_json(&value)
        .map_err(|problems| unreadable(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")))?;
    Ok(Case { bill: Bill::Lines(Vec::new()), ..case })
}
