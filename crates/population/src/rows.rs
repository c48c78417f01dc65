//! The answer of a query, as plain values.

use model::{Day, Fen, Stamp};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing there
    Null,
    /// A text
    Text(String),
    /// A whole number; money is fen
    Whole(i64),
    /// A ratio or a statistic, never money
    Real(f64),
    /// A day
    Day(Day),
    /// A moment
    Stamp(Stamp),
}

/// Columns by name and rows in the order that the query gave.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Column names.
    pub columns: Vec<String>,
    /// Cells, a row each.
    pub cells: Vec<Vec<Value>>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows,
    index: usize,
}

impl Rows {
    /// Whether the query gave such a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.cells.len()).map(|index| Row { rows: self, index })
    }

    /// One row.
    #[must_use]
    pub fn row(&self, index: usize) -> Row<'_> {
        Row { rows: self, index }
    }
}

impl<'a> Row<'a> {
    /// The cell of a column; `Null` where there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> &'a Value {
        let place = self.rows.columns.iter().position(|name| name == column);
        let cell = place.and_then(|place| self.rows.cells.get(self.index)?.get(place));
        cell.unwrap_or(&Value::Null)
    }

    /// A text; empty where there is none.
    #[must_use]
    pub fn text(&self, column: &str) -> &'a str {
        match self.get(column) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// A whole number.
    #[must_use]
    pub fn whole(&self, column: &str) -> Option<i64> {
        match self.get(column) {
            Value::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// A number of either kind.
    #[must_use]
    pub fn real(&self, column: &str) -> Option<f64> {
        match self.get(column) {
            Value::Whole(number) => Some(*number as f64),
            Value::Real(number) if number.is_finite() => Some(*number),
            _ => None,
        }
    }

    /// A day, or the day of a moment.
    #[must_use]
    pub fn day(&self, column: &str) -> Option<Day> {
        match self.get(column) {
            Value::Day(day) => Some(*day),
            Value::Stamp(stamp) => Some(stamp.day()),
            _ => None,
        }
    }

    /// A moment, or the start of a day.
    #[must_use]
    pub fn stamp(&self, column: &str) -> Option<Stamp> {
        match self.get(column) {
            Value::Stamp(stamp) => Some(*stamp),
            Value::Day(day) => Some(day.start()),
            _ => None,
        }
    }

    /// Money in fen; zero where there is none.
    #[must_use]
    pub fn fen(&self, column: &str) -> Fen {
        self.whole(column).map_or(Fen::ZERO, Fen)
    }
}
