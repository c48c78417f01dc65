//! What is wrong with a message, in words for the person at the desk: node, row, field, label, and what to do.
//!
//! All faults of a message are told at once, up to ten. A value is quoted only where it is a number, a day or a code;
//! free texts may be personal (I12).

use std::fmt;

/// Faults told in one answer.
const TOLD_MAX: usize = 10;
/// Characters of a quoted value.
const QUOTE_MAX: usize = 24;

/// One thing wrong, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: node, row, field with its label; empty when it is the message as a whole.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Fault {
    /// A fault.
    #[must_use]
    pub fn new(place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}：", self.place)?;
        }
        f.write_str(&self.what)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "，{}", self.remedy) }
    }
}

/// A value as it may be quoted: cut, and never across lines.
pub(crate) fn quote(value: &str) -> String {
    let mut shown: String = value.chars().take(QUOTE_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(QUOTE_MAX).is_some() {
        shown.push('…');
    }
    format!("“{shown}”")
}

/// The faults of a message. Counting goes on when there are too many to tell.
#[derive(Debug, Default)]
pub struct Faults {
    told: Vec<Fault>,
    count: usize,
}

impl Faults {
    /// Adds one.
    pub fn add(&mut self, place: impl FnOnce() -> String, what: impl Into<String>, remedy: impl Into<String>) {
        self.count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(Fault::new(place(), what, remedy));
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether more can still be told; when not, checking may stop early.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.told.len() >= TOLD_MAX
    }

    /// The text of an answer.
    #[must_use]
    pub fn message(&self) -> String {
        match self.told.as_slice() {
            [] => String::new(),
            [only] if self.count == 1 => only.to_string(),
            all => {
                let mut text = if self.is_full() {
                    format!("报文至少有 {} 处错误：", self.count)
                } else {
                    format!("报文有 {} 处错误：", self.count)
                };
                for (number, fault) in all.iter().enumerate() {
                    text.push_str(&format!("{}. {fault}；", number + 1));
                }
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fault_stands_alone_and_many_are_numbered() {
        let mut faults = Faults::default();
        faults.add(|| "节点 data 字段 psn_no（人员编号）".into(), "不能为空", "请填写");
        assert_eq!(faults.message(), "节点 data 字段 psn_no（人员编号）：不能为空，请填写");
        for _ in 0..20 {
            faults.add(String::new, "多余", "");
        }
        let text = faults.message();
        assert!(text.starts_with("报文至少有 21 处错误：1. 节点 data"), "{text}");
        assert_eq!(text.matches("多余").count(), 9);
    }

    #[test]
    fn i12_a_quoted_value_is_short_and_on_one_line() {
        assert_eq!(quote("12\n3"), "“12 3”");
        assert_eq!(quote(&"国".repeat(30)), format!("“{}…”", "国".repeat(24)));
    }
}
