//! From a rule and the rows of its query to findings.

use audit::{Judge, Rule};
use model::{Fen, Finding, Quantity};

use crate::evidence::{Figures, sentence};
use crate::rows::{Row, Rows};
use crate::{groups, months, peers};

/// Why rows cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum PopulationError {
    /// The statement does not give a column that its judge needs.
    #[error("规则 {rule} 的查询结果缺少列 {column}；请在查询语句中给出该列")]
    Column {
        /// The rule.
        rule: String,
        /// The column.
        column: &'static str,
    },
    /// A row does not say when.
    #[error("规则 {rule} 的查询结果第 {row} 行没有 occurred_on；请在查询语句中排除或补上")]
    NoDay {
        /// The rule.
        rule: String,
        /// Its row, from 1.
        row: usize,
    },
}

/// Judges the rows of a rule; `index` is the rule's in its library. A rule without a query says nothing.
///
/// # Errors
/// A statement that does not give the columns which its judge needs.
pub fn judge(rule: &Rule, index: u32, rows: &Rows) -> Result<Vec<Finding>, PopulationError> {
    let Some(query) = &rule.query else { return Ok(Vec::new()) };
    let needed: &[&'static str] = match query.judge {
        Judge::Rows => &["occurred_on"],
        Judge::Peers(_) => &["occurred_on", "fixmedins_code", "value", "size", "peer", "wider"],
        Judge::Months(_) => &["occurred_on", "fixmedins_code", "value", "size", "period"],
        Judge::Groups(_) => &["occurred_on", "fixmedins_code", "at", "psn_no", "mdtrt_id", "family_no", "amount_fen"],
    };
    if let Some(column) = needed.iter().find(|column| !rows.has(column)) {
        return Err(PopulationError::Column { rule: rule.id.clone(), column });
    }
    let raised: Vec<(usize, Figures)> = match &query.judge {
        Judge::Rows => (0..rows.cells.len()).map(|row| (row, Figures::default())).collect(),
        Judge::Peers(limits) => peers::outliers(rows, limits),
        Judge::Months(limits) => months::shifts(rows, limits),
        Judge::Groups(limits) => groups::together(rows, limits),
    };
    let mut findings = Vec::with_capacity(raised.len());
    for (place, figures) in raised {
        let row = rows.row(place);
        let day = row.day("occurred_on");
        let day = day.ok_or_else(|| PopulationError::NoDay { rule: rule.id.clone(), row: place + 1 })?;
        if rule.effective.contains(day) {
            findings.push(finding(rule, index, row, day, sentence(&query.evidence, row, &figures)));
        }
    }
    Ok(findings)
}

fn finding(rule: &Rule, index: u32, row: Row<'_>, day: model::Day, evidence: String) -> Finding {
    Finding {
        rule: index,
        psn_no: row.text("psn_no").to_owned(),
        mdtrt_id: row.text("mdtrt_id").to_owned(),
        fixmedins_code: row.text("fixmedins_code").to_owned(),
        orders_dr_code: row.text("orders_dr_code").to_owned(),
        occurred_on: day,
        feedetl_sn: row.text("feedetl_sn").to_owned(),
        related_feedetl_sn: row.text("related_feedetl_sn").to_owned(),
        cnt_over: row.whole("cnt_over").map_or(Quantity::ZERO, Quantity::whole),
        amount: row.fen("amount_fen"),
        counted: Fen::ZERO,
        knowledge_point_id: String::new(),
        basis: rule.basis_line(),
        evidence,
    }
}
