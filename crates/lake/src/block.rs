//! Decoded rows of one table, a column at a time.
//!
//! A block is what every format becomes: texts cleaned, numbers as scaled integers, each row with
//! its origin and its state. Columns that were not asked for are `Missing` and read as empty.

use arrow::array::{Array, StringArray};

/// The empty number.
pub(crate) const NONE: i64 = i64::MIN;

/// What intake thinks of a row so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum State {
    #[default]
    Accepted,
    Corrected,
    Rejected,
}

/// Where a row lies: file of the table, and data row from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Origin {
    pub(crate) file: u16,
    pub(crate) row: u64,
}

#[derive(Debug, Clone)]
pub(crate) enum Texts {
    Plain(StringArray),
    /// `keys` index `values`; a key beyond them is the empty text.
    Coded {
        keys: Vec<u32>,
        values: StringArray,
    },
}

#[derive(Debug, Clone, Default)]
pub(crate) enum Column {
    #[default]
    Missing,
    Text(Texts),
    Number(Vec<i64>),
}

#[derive(Debug)]
pub(crate) enum Origins {
    Run(Origin),
    Each(Vec<Origin>),
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) rows: usize,
    pub(crate) origins: Origins,
    pub(crate) states: Vec<State>,
    pub(crate) columns: Vec<Column>,
}

impl Texts {
    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        match self {
            Self::Plain(array) => value(array, row),
            Self::Coded { keys, values } => keys.get(row).map_or("", |&key| value(values, key as usize)),
        }
    }
}

#[inline]
fn value(array: &StringArray, row: usize) -> &str {
    // `decode` sees to it that null rows are empty.
    if row < array.len() { array.value(row) } else { "" }
}

impl Column {
    #[inline]
    pub(crate) fn text(&self, row: usize) -> &str {
        match self {
            Self::Text(texts) => texts.get(row),
            _ => "",
        }
    }

    #[inline]
    pub(crate) fn number(&self, row: usize) -> i64 {
        match self {
            Self::Number(numbers) => numbers.get(row).copied().unwrap_or(NONE),
            _ => NONE,
        }
    }
}

static MISSING: Column = Column::Missing;

impl Block {
    #[inline]
    pub(crate) fn column(&self, column: usize) -> &Column {
        self.columns.get(column).unwrap_or(&MISSING)
    }

    #[inline]
    pub(crate) fn text(&self, column: usize, row: usize) -> &str {
        self.column(column).text(row)
    }

    #[inline]
    pub(crate) fn number(&self, column: usize, row: usize) -> i64 {
        self.column(column).number(row)
    }

    #[inline]
    pub(crate) fn state(&self, row: usize) -> State {
        self.states.get(row).copied().unwrap_or(State::Rejected)
    }

    #[inline]
    pub(crate) fn origin(&self, row: usize) -> Origin {
        match &self.origins {
            Origins::Run(first) => Origin { file: first.file, row: first.row + row as u64 },
            Origins::Each(each) => each.get(row).copied().unwrap_or_default(),
        }
    }

    /// Whether every decoded value of the two rows is the same, and else which is the smaller:
    /// the order that decides which of several rows with one key is kept (I8).
    pub(crate) fn compare(&self, row: usize, other: &Self, other_row: usize) -> std::cmp::Ordering {
        let columns = self.columns.len().max(other.columns.len());
        (0..columns)
            .map(|c| {
                (self.text(c, row), self.number(c, row)).cmp(&(other.text(c, other_row), other.number(c, other_row)))
            })
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}
