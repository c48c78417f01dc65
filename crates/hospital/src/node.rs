//! One object of a message, written as it goes over the wire.
//!
//! A [`Node`] is JSON text under construction. Amounts are written from integers, digit by digit, and
//! never pass through a float (I2); the order of the fields is the order of the calls, so that the same
//! visit always gives the same bytes: a repeated message must be the same message.

use std::fmt::{Display, Write};

/// A JSON object that grows field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    fields: String,
}

impl Node {
    /// An empty object.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.raw(name, &quoted(value))
    }

    /// Adds a number as its own `Display` writes it: `Fen`, `Quantity`, `UnitPrice`, an integer.
    #[must_use]
    pub fn number(self, name: &str, value: impl Display) -> Self {
        self.raw(name, &value.to_string())
    }

    /// Adds an object.
    #[must_use]
    pub fn node(self, name: &str, value: &Self) -> Self {
        self.raw(name, &value.to_string())
    }

    /// Adds a list of objects.
    #[must_use]
    pub fn nodes(self, name: &str, values: &[Self]) -> Self {
        let list: Vec<String> = values.iter().map(Self::to_string).collect();
        self.raw(name, &format!("[{}]", list.join(",")))
    }

    /// Adds bytes as a list of numbers, as one of the clients of 9101 does.
    #[must_use]
    pub fn bytes(self, name: &str, value: &[u8]) -> Self {
        let list: Vec<String> = value.iter().map(u8::to_string).collect();
        self.raw(name, &format!("[{}]", list.join(",")))
    }

    fn raw(mut self, name: &str, json: &str) -> Self {
        let comma = if self.fields.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(self.fields, "{comma}\"{name}\":{json}");
        self
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{}}}", self.fields)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Fen, Quantity};

    #[test]
    fn i2_amounts_are_written_exactly_and_in_order() {
        let line = Node::new().text("name", "a\"b\\").number("sum", Fen(-1205)).number("cnt", Quantity(15_000));
        let message = Node::new().node("one", &line).nodes("all", &[line.clone(), Node::new()]);
        assert_eq!(
            message.to_string(),
            r#"{"one":{"name":"a\"b\\","sum":-12.05,"cnt":1.5},"all":[{"name":"a\"b\\","sum":-12.05,"cnt":1.5},{}]}"#
        );
    }
}
