//! `output`, filled by name and written by the field table: every declared field is there, whatever was filled.
//!
//! What was not said is written as the interface wants it (an empty text, a zero); a list is an array even when it has
//! one row or none; a void output is `{}`. Amounts are numbers with two decimals, written from integers (I2).

use crate::table::{Field, FieldKind, Node, NodeKind, Transaction};
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use std::fmt::Write;

/// The values of one row, by wire name, and the rows of nodes below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    fields: Vec<(String, Value)>,
    below: Vec<(&'static str, Vec<Values>)>,
}

/// One value: its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    /// Digits, already as they are written.
    Number(String),
    /// JSON as it stands.
    Json(String),
    Null,
}

impl Values {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        let name = name.into();
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.fields.push((name, value)),
        }
        self
    }

    /// A text or a code. When the table says number, it is written as one.
    #[must_use]
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// `1` or `0`.
    #[must_use]
    pub fn flag(self, name: impl Into<String>, flag: bool) -> Self {
        self.text(name, if flag { "1" } else { "0" })
    }

    /// An amount, with two decimals.
    #[must_use]
    pub fn fen(self, name: impl Into<String>, amount: Fen) -> Self {
        self.with(name, Value::Number(amount.to_string()))
    }

    /// A quantity.
    #[must_use]
    pub fn quantity(self, name: impl Into<String>, quantity: Quantity) -> Self {
        self.with(name, Value::Number(quantity.to_string()))
    }

    /// A price of one unit.
    #[must_use]
    pub fn price(self, name: impl Into<String>, price: UnitPrice) -> Self {
        self.with(name, Value::Number(price.to_string()))
    }

    /// A share in millionths, with four decimals.
    #[must_use]
    pub fn ratio(self, name: impl Into<String>, millionths: i64) -> Self {
        let sign = if millionths < 0 { "-" } else { "" };
        let ten_thousandths = millionths.unsigned_abs() / 100;
        self.with(name, Value::Number(format!("{sign}{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)))
    }

    /// A whole number.
    #[must_use]
    pub fn whole(self, name: impl Into<String>, number: i64) -> Self {
        self.with(name, Value::Number(number.to_string()))
    }

    /// A day.
    #[must_use]
    pub fn day(self, name: impl Into<String>, day: Day) -> Self {
        self.text(name, day.to_string())
    }

    /// A moment.
    #[must_use]
    pub fn stamp(self, name: impl Into<String>, stamp: Stamp) -> Self {
        self.text(name, stamp.to_string())
    }

    /// `true` or `false`.
    #[must_use]
    pub fn truth(self, name: impl Into<String>, truth: bool) -> Self {
        self.with(name, Value::Json(truth.to_string()))
    }

    /// Nothing, said: `null`.
    #[must_use]
    pub fn null(self, name: impl Into<String>) -> Self {
        self.with(name, Value::Null)
    }

    /// The only row of a node below.
    #[must_use]
    pub fn object(self, name: &'static str, values: Self) -> Self {
        self.list(name, vec![values])
    }

    /// The rows of a node below.
    #[must_use]
    pub fn list(mut self, name: &'static str, rows: Vec<Self>) -> Self {
        self.below.retain(|(known, _)| *known != name);
        self.below.push((name, rows));
        self
    }

    /// Values of another row, where this one has none: what a request said, repeated in its reply.
    #[must_use]
    pub fn or(mut self, others: impl IntoIterator<Item = (String, String)>) -> Self {
        for (name, text) in others {
            if !self.fields.iter().any(|(known, _)| *known == name) {
                self.fields.push((name, Value::Text(text)));
            }
        }
        self
    }
}

/// How lists and single rows are written where provinces differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As the table says.
    Declared,
    /// The first row of every list directly under `output`, as an object: what some clients of 1201 and 3101 read.
    Single,
    /// As the table says, with names in camel case: `jrId` for `jr_id`.
    CamelCase,
}

impl Shape {
    /// The shape of what lies below the top.
    const fn below(self) -> Self {
        match self {
            Self::Single => Self::Declared,
            other => other,
        }
    }
}

/// `jr_id` as `jrId`.
fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

/// The text of `output`.
#[must_use]
pub fn write_output(transaction: &Transaction, values: &Values, shape: Shape) -> String {
    let mut text = String::with_capacity(1024);
    let root = &transaction.response;
    if root.kind == NodeKind::List {
        let rows = values.below.iter().find(|(name, _)| name.is_empty()).map_or(&[][..], |(_, rows)| rows);
        write_list(root, rows, shape, &mut text);
    } else {
        write_row(root, values, shape, &mut text);
    }
    text
}

fn write_list(node: &Node, rows: &[Values], shape: Shape, into: &mut String) {
    into.push('[');
    for (index, row) in rows.iter().enumerate() {
        into.push_str(if index > 0 { "," } else { "" });
        write_row(node, row, shape.below(), into);
    }
    into.push(']');
}

fn write_row(node: &Node, values: &Values, shape: Shape, into: &mut String) {
    into.push('{');
    let mut first = true;
    let mut name = |name: &str, into: &mut String| {
        into.push_str(if first { "" } else { "," });
        first = false;
        match shape {
            Shape::CamelCase => push_string(&camel_case(name), into),
            Shape::Declared | Shape::Single => push_string(name, into),
        }
        into.push(':');
    };
    for field in &node.fields {
        name(field.name, into);
        match values.fields.iter().find(|(known, _)| known == field.name) {
            Some((_, value)) => write_value(value, Some(field), into),
            None => into.push_str(default_of(field)),
        }
    }
    for (extra, value) in values.fields.iter().filter(|(known, _)| node.field(known).is_none()) {
        name(extra, into);
        write_value(value, None, into);
    }
    for child in &node.children {
        name(child.name, into);
        let rows = values.below.iter().find(|(known, _)| *known == child.name).map_or(&[][..], |(_, rows)| rows);
        match (child.kind, shape, rows) {
            (NodeKind::List, Shape::Declared | Shape::CamelCase, rows) => write_list(child, rows, shape, into),
            (_, _, [row, ..]) => write_row(child, row, shape.below(), into),
            (_, _, []) => into.push_str("null"),
        }
    }
    into.push('}');
}

fn write_value(value: &Value, field: Option<&Field>, into: &mut String) {
    let numeric = field.is_some_and(|field| matches!(field.kind, FieldKind::Number(_)));
    match value {
        Value::Null => into.push_str("null"),
        Value::Json(json) => into.push_str(json),
        Value::Number(digits) if numeric || field.is_none() => into.push_str(digits),
        // A request's text repeated in a numeric field of the reply was checked to be a decimal when it came in.
        Value::Text(text) if numeric => into.push_str(if is_json_number(text) { text } else { "0" }),
        Value::Text(text) | Value::Number(text) => push_string(text, into),
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// Protocol: an empty number is zero, anything else empty is an empty text.
const fn default_of(field: &Field) -> &'static str {
    match field.kind {
        FieldKind::Number(Some((_, 0))) => "0",
        FieldKind::Number(_) => "0.00",
        _ => "\"\"",
    }
}

/// A JSON string with its quotes.
pub(crate) fn push_string(text: &str, into: &mut String) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(into, "\\u{:04x}", u32::from(c));
            }
            c => into.push(c),
        }
    }
    into.push('"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use crate::table::Table;
    use proptest::prelude::*;

    fn written(infno: &str, values: &Values) -> serde_json::Value {
        let text = write_output(Table::get().transaction(infno).unwrap(), values, Shape::Declared);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    #[test]
    fn every_declared_field_is_there_in_every_reply() {
        fn complete(node: &Node, json: &serde_json::Value) {
            for field in &node.fields {
                assert!(json.get(field.name).is_some(), "{}", field.name);
            }
        }
        for transaction in Table::get().transactions() {
            let root = &transaction.response;
            let mut values = Values::new();
            for child in &root.children {
                values = values.object(child.name, Values::new());
            }
            let json = written(transaction.infno, &values);
            if root.kind == NodeKind::List {
                assert_eq!(json, serde_json::json!([]));
                continue;
            }
            complete(root, &json);
            for child in &root.children {
                let node = &json[child.name];
                complete(child, if child.kind == NodeKind::List { &node[0] } else { node });
            }
        }
    }

    #[test]
    fn i2_amounts_are_numbers_with_two_decimals() {
        let setlinfo =
            Values::new().fen("medfee_sumamt", Fen(10_000)).ratio("pool_prop_selfpay", 700_000).null("setl_id");
        let text = write_output(
            Table::get().transaction("2207").unwrap(),
            &Values::new().object("setlinfo", setlinfo),
            Shape::Declared,
        );
        for part in
            [r#""medfee_sumamt":100.00,"#, r#""pool_prop_selfpay":0.7000,"#, r#""setl_id":null,"#, r#""setldetail":[]"#]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn void_is_an_empty_object_and_5204_an_array() {
        assert_eq!(written("2202", &Values::new()), serde_json::json!({}));
        let rows = written("5204", &Values::new().list("", vec![Values::new().text("mdtrt_id", "M1")]));
        assert_eq!(rows[0]["mdtrt_id"], "M1");
    }

    #[test]
    fn a_list_may_be_asked_for_as_one_object() {
        let values = Values::new().object("medinsinfo", Values::new().text("fixmedins_code", "H1"));
        let transaction = Table::get().transaction("1201").unwrap();
        let single = write_output(transaction, &values, Shape::Single);
        assert!(single.starts_with(r#"{"medinsinfo":{"fixmedins_code":"H1""#), "{single}");
        assert!(write_output(transaction, &values, Shape::Declared).starts_with(r#"{"medinsinfo":[{"#));
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_json(text in any::<String>()) {
            let mut written = String::new();
            push_string(&text, &mut written);
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
            let number = format!("{{\"n\":{}}}", if is_json_number(&text) { &text } else { "0" });
            prop_assert!(serde_json::from_str::<serde_json::Value>(&number).is_ok());
        }
    }
}
