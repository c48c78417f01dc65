//! The two kinds of value that both databases hold alike, and rows of them by column.

use crate::error::Failed;
use crate::table::{Present, Table};
use rustc_hash::FxHashMap;

/// A value of a row that was read, or a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

impl Value {
    /// The text; empty for a number.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(_) => String::new(),
        }
    }

    /// The number; 0 for a text.
    pub(crate) const fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(_) => 0,
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A row that was read, taken apart from the left.
#[derive(Debug)]
pub(crate) struct Row(pub(crate) std::vec::IntoIter<Value>);

impl Row {
    /// The next column.
    pub(crate) fn value(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Number(0))
    }

    /// The next column, which is a text.
    pub(crate) fn text(&mut self) -> String {
        self.0.next().map(Value::text).unwrap_or_default()
    }

    /// The next column, which is a number.
    pub(crate) fn number(&mut self) -> i64 {
        self.0.next().map_or(0, |value| value.number())
    }
}

/// One column of rows to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column {
    Texts(Vec<String>),
    Numbers(Vec<i64>),
}

impl Column {
    /// Puts a value at a place, which is one of those there or the next.
    fn set(&mut self, place: usize, value: Value) {
        match self {
            Self::Texts(texts) => {
                let text = clean(value.text());
                match texts.get_mut(place) {
                    Some(known) => *known = text,
                    None => texts.push(text),
                }
            }
            Self::Numbers(numbers) => match numbers.get_mut(place) {
                Some(known) => *known = value.number(),
                None => numbers.push(value.number()),
            },
        }
    }
}

/// PostgreSQL keeps no U+0000 in a text. Records keep it, escaped in their JSON; what they are found by has U+FFFD.
pub(crate) fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// Rows of one table, to be written by one statement. A row that replaces another takes its place here already: one
/// statement must not meet a key twice.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) table: &'static Table,
    pub(crate) columns: Vec<Column>,
    pub(crate) count: usize,
    places: FxHashMap<Vec<Value>, usize>,
}

impl Rows {
    pub(crate) fn new(table: &'static Table) -> Self {
        Self { table, columns: table.empty_columns(), count: 0, places: FxHashMap::default() }
    }

    /// Adds a row, or replaces the one with its key as the database would.
    pub(crate) fn put<const N: usize>(&mut self, row: [Value; N]) {
        let place = match self.table.present {
            // Who adds has added up already.
            Present::Refuse | Present::Add => self.count,
            Present::Keep | Present::Replace { .. } => {
                let key = row.get(..self.table.keys).unwrap_or_default().to_vec();
                *self.places.entry(key).or_insert(self.count)
            }
        };
        let is_new = place == self.count;
        for ((column, name), value) in self.columns.iter_mut().zip(self.table.columns).zip(row) {
            let keeps = match self.table.present {
                Present::Replace { keep } => keep.contains(name),
                Present::Keep => true,
                Present::Refuse | Present::Add => false,
            };
            if is_new || !keeps {
                column.set(place, value);
            }
        }
        self.count += usize::from(is_new);
    }
}

/// A result that speaks of one statement.
pub(crate) type Said<T> = Result<T, Failed>;
