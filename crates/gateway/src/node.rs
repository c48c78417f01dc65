//! A checked node: its values stand in the order of the field table, and each kind of value has its accessor.
//!
//! What a [`Row`] gives was checked against the table when it was read, so accessors give plain values: an empty text, a
//! zero, `None`. A name that the table does not hold gives the same as an empty field.

use crate::table::Node;
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use std::collections::BTreeMap;

/// One row of a node.
#[derive(Debug, Clone)]
pub struct Row {
    pub(crate) node: &'static Node,
    pub(crate) values: Vec<Option<Box<str>>>,
    pub(crate) below: Vec<Vec<Row>>,
}

impl Row {
    pub(crate) fn empty(node: &'static Node) -> Self {
        Self { node, values: vec![None; node.fields.len()], below: vec![Vec::new(); node.children.len()] }
    }

    /// The node this is a row of.
    #[must_use]
    pub const fn node(&self) -> &'static Node {
        self.node
    }

    /// A value as text; empty when nothing was sent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.node.place(name).and_then(|place| self.values.get(place)?.as_deref()).unwrap_or_default()
    }

    /// An owned [`Self::text`].
    #[must_use]
    pub fn string(&self, name: &str) -> String {
        self.text(name).to_owned()
    }

    /// An amount; `None` when nothing was sent.
    #[must_use]
    pub fn fen(&self, name: &str) -> Option<Fen> {
        Fen::parse(self.text(name).as_bytes()).ok()
    }

    /// A quantity; `None` when nothing was sent.
    #[must_use]
    pub fn quantity(&self, name: &str) -> Option<Quantity> {
        Quantity::parse(self.text(name).as_bytes()).ok()
    }

    /// A price of one unit. The interface allows six decimals (split packs), the model keeps four: rounded half up. The
    /// amount of a line is its own field, so no bill depends on the two that are lost.
    #[must_use]
    pub fn unit_price(&self, name: &str) -> Option<UnitPrice> {
        let text = self.text(name);
        let cut = text.find('.').map_or(text.len(), |point| text.len().min(point + 5));
        let (kept, lost) = (text.get(..cut)?, text.get(cut..)?);
        let price = UnitPrice::parse(kept.as_bytes()).ok()?;
        let up = i64::from(lost.as_bytes().first().is_some_and(|digit| *digit >= b'5'));
        Some(UnitPrice(price.0 + if text.starts_with('-') { -up } else { up }))
    }

    /// A whole number; `None` when nothing was sent.
    #[must_use]
    pub fn whole(&self, name: &str) -> Option<i64> {
        let text = self.text(name);
        text.split_once('.').map_or(text, |(whole, _)| whole).parse().ok()
    }

    /// A day; `None` when nothing was sent.
    #[must_use]
    pub fn day(&self, name: &str) -> Option<Day> {
        Day::parse(self.text(name).as_bytes()).ok()
    }

    /// A moment; `None` when nothing was sent.
    #[must_use]
    pub fn stamp(&self, name: &str) -> Option<Stamp> {
        Stamp::parse(self.text(name).as_bytes()).ok()
    }

    /// The rows of a node below.
    #[must_use]
    pub fn rows(&self, name: &str) -> &[Row] {
        let place = self.node.children.iter().position(|child| child.name == name);
        place.and_then(|place| self.below.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The only row of a node below; `None` when it was not sent.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&Row> {
        self.rows(name).first()
    }

    /// Everything that was sent and is not among the names given, by wire name: what a record keeps beyond what it knows.
    #[must_use]
    pub fn rest(&self, known: &[&str]) -> BTreeMap<String, String> {
        let sent = self.node.fields.iter().zip(&self.values);
        let kept = sent.filter(|(field, _)| !known.contains(&field.name));
        kept.filter_map(|(field, value)| Some((field.name.to_owned(), value.as_deref()?.to_owned()))).collect()
    }

    /// Every value in the order of the table, with the rows below: the same message gives the same text.
    pub(crate) fn canonical(&self, into: &mut String) {
        for (field, value) in self.node.fields.iter().zip(&self.values) {
            if let Some(value) = value {
                into.push_str(field.name);
                into.push('\u{1}');
                into.push_str(value);
                into.push('\u{2}');
            }
        }
        for (child, rows) in self.node.children.iter().zip(&self.below) {
            for row in rows {
                into.push_str(child.name);
                into.push('\u{3}');
                row.canonical(into);
                into.push('\u{4}');
            }
        }
    }

    /// The row as JSON, fields and rows below by wire name: how a filed document is kept.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        for (field, value) in self.node.fields.iter().zip(&self.values) {
            if let Some(value) = value {
                object.insert(field.name.to_owned(), value.as_ref().into());
            }
        }
        for (child, rows) in self.node.children.iter().zip(&self.below) {
            if !rows.is_empty() {
                object.insert(child.name.to_owned(), rows.iter().map(Self::to_json).collect());
            }
        }
        serde_json::Value::Object(object)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn i2_a_price_of_six_decimals_is_rounded_half_up_to_four() {
        let node = Table::get().transaction("2204").unwrap().request.child("feedetail").unwrap();
        for (text, expect) in [
            ("0.083333", 833),
            ("0.08335", 834),
            ("12", 120_000),
            ("-0.00005", -1),
            ("1.5", 15_000),
            ("9.99995", 100_000),
        ] {
            let mut row = Row::empty(node);
            row.values[node.place("pric").unwrap()] = Some(text.into());
            assert_eq!(row.unit_price("pric"), Some(UnitPrice(expect)), "{text}");
        }
        assert_eq!(Row::empty(node).unit_price("pric"), None);
        assert_eq!(Row::empty(node).text("no_such_field"), "");
    }
}
