//! Benefit cases from files: one JSON object, an array of them, or a table with dotted column names.
//!
//! A file whose head is wrong (an unknown column, no rows) is refused whole; a row that is wrong becomes a [`Refused`]
//! that names its row and field, and the others go on.

mod table;
mod write;

pub use write::{AnswerWriter, write_rejects};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

/// A case as read, before it is understood.
pub struct RawCase {
    /// Its number as people count: rows of an array or a Parquet file from 1; in a text table the head is row 1.
    pub row: u64,
    /// As JSON, whatever it came from.
    pub value: Value,
}

/// A case that was not settled.
pub struct Refused {
    pub row: u64,
    pub id: String,
    /// Dotted field; empty when the case as a whole is refused.
    pub field: String,
    pub reason: String,
}

/// The form of a file of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseFormat {
    /// One object.
    Single,
    /// An array of objects.
    Array,
    /// CSV or Parquet.
    Table,
}

/// Reads a file of cases by its extension.
pub fn read(path: &Path) -> Result<(CaseFormat, Vec<RawCase>)> {
    let shown = path.display();
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("json") => {
            let text = std::fs::read_to_string(path).with_context(|| format!("读不了 {shown}"))?;
            json(&text).with_context(|| format!("{shown} 不能读取"))
        }
        Some("csv") => Ok((CaseFormat::Table, table::csv(path)?)),
        Some("parquet") => Ok((CaseFormat::Table, table::parquet(path)?)),
        _ => bail!("{shown}：不认识的文件类型；案例应为 .json、.csv 或 .parquet"),
    }
}

fn json(text: &str) -> Result<(CaseFormat, Vec<RawCase>)> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| anyhow::anyhow!("第 {} 行第 {} 列不是合法的 JSON（{error}）", error.line(), error.column()))?;
    match value {
        Value::Array(values) if values.is_empty() => bail!("数组中没有案例"),
        Value::Array(values) => {
            let cases = (1..).zip(values).map(|(row, value)| RawCase { row, value }).collect();
            Ok((CaseFormat::Array, cases))
        }
        value => Ok((CaseFormat::Single, vec![RawCase { row: 1, value }])),
    }
}

impl RawCase {
    /// The case's own id, for messages.
    pub fn id(&self) -> String {
        self.value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

impl Refused {
    /// One refusal a problem of the case.
    pub fn of_problems(row: u64, id: &str, problems: &[benefit::CaseProblem]) -> Vec<Self> {
        let of = |problem: &benefit::CaseProblem| Self {
            row,
            id: id.to_owned(),
            field: problem.key.clone(),
            reason: problem.message.clone(),
        };
        problems.iter().map(of).collect()
    }

    /// What the law does not cover.
    pub fn of_refusal(row: u64, id: &str, refusal: &benefit::Refusal) -> Vec<Self> {
        match refusal {
            benefit::Refusal::Invalid(problems) => Self::of_problems(row, id, problems),
            benefit::Refusal::NotCovered(reason) => {
                vec![Self { row, id: id.to_owned(), field: String::new(), reason: reason.clone() }]
            }
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { row, id, field, reason } = self;
        write!(f, "第 {row} 行")?;
        if !id.is_empty() {
            write!(f, "（{id}）")?;
        }
        if field.is_empty() { write!(f, "：{reason}") } else { write!(f, "，{field}：{reason}") }
    }
}
