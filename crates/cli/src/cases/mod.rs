//! Benefit cases from files: one JSON object, an array of them, or a table with dotted column names.
//!
//! A file whose head is wrong (an unknown column, no rows) is refused whole; a row that is wrong becomes a [`Refused`]
//! that names its row and field, and the others go on. Tables are read as they are settled, so their size does not matter.

mod table;
mod write;

pub use write::{AnswerWriter, write_rejects};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::Write;
use std::path::Path;

/// A case as read, before it is understood.
pub struct RawCase {
    /// Its number as people count: rows of an array or a Parquet file from 1; in a text table the head is row 1.
    pub row: u64,
    /// As JSON, whatever it came from; or why the row cannot be read.
    pub value: std::result::Result<Value, String>,
}

/// The cases of a file, one by one.
pub type CaseStream = Box<dyn Iterator<Item = RawCase>>;

/// A file of cases, opened.
pub struct Cases {
    pub format: CaseFormat,
    /// How many there are, about: for the progress bar.
    pub count_about: u64,
    pub stream: CaseStream,
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

/// Opens a file of cases by its extension.
pub fn read(path: &Path) -> Result<Cases> {
    let shown = path.display();
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("json") => {
            let text = std::fs::read_to_string(path).with_context(|| format!("读不了 {shown}"))?;
            json(&text).with_context(|| format!("{shown} 不能读取"))
        }
        Some("csv") => table::csv(path),
        Some("parquet") => table::parquet(path),
        _ => bail!("{shown}：不认识的文件类型；案例应为 .json、.csv 或 .parquet"),
    }
}

fn json(text: &str) -> Result<Cases> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| anyhow::anyhow!("第 {} 行第 {} 列不是合法的 JSON（{error}）", error.line(), error.column()))?;
    let (format, values) = match value {
        Value::Array(values) if values.is_empty() => bail!("数组中没有案例"),
        Value::Array(values) => (CaseFormat::Array, values),
        value => (CaseFormat::Single, vec![value]),
    };
    let count_about = values.len() as u64;
    let stream = (1..).zip(values).map(|(row, value)| RawCase { row, value: Ok(value) });
    Ok(Cases { format, count_about, stream: Box::new(stream) })
}

impl RawCase {
    /// The case's own id, for messages.
    pub fn id(&self) -> String {
        let id = self.value.as_ref().ok().and_then(|value| value.get("id"));
        id.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Gives the case another day of settlement.
    pub fn set_day(&mut self, on: &str) {
        if let Ok(Value::Object(case)) = &mut self.value {
            case.insert("on".to_owned(), on.into());
        }
    }
}

impl Refused {
    /// A row that could not be read.
    pub fn unreadable(row: u64, reason: &str) -> Vec<Self> {
        vec![Self { row, id: String::new(), field: String::new(), reason: reason.to_owned() }]
    }

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

/// For the terminal. A table says rows, not cases: see [`write_rejects`].
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { row, id, field, reason } = self;
        write!(f, "第 {row} 例")?;
        if !id.is_empty() {
            write!(f, "（{id}）")?;
        }
        if field.is_empty() { write!(f, "：{reason}") } else { write!(f, "，{field}：{reason}") }
    }
}

/// Writes an answer to the terminal. A reader that has seen enough (`| head`) is no error.
pub fn print_all(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("写不了标准输出"),
        _ => Ok(()),
    }
}
