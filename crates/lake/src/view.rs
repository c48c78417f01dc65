//! A block of charge lines with its columns looked up once: what the hot loop reads.

use arrow::array::{Array, StringArray};

use crate::block::{Block, Column, NONE, Texts};
use crate::tables::{Table, line};

/// A text column. A dictionary is read value by value; a plain column is checked once as a whole, so
/// that a row costs two offsets and no call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field<'b> {
    Missing,
    Plain { offsets: &'b [i32], text: &'b str },
    Coded { keys: &'b [u32], values: &'b StringArray },
}

impl<'b> Field<'b> {
    fn of(column: &'b Column) -> Self {
        match column {
            Column::Text(Texts::Plain(values)) => {
                let text = str::from_utf8(values.value_data()).unwrap_or_default();
                Self::Plain { offsets: values.value_offsets(), text }
            }
            Column::Text(Texts::Coded { keys, values }) => Self::Coded { keys, values },
            _ => Self::Missing,
        }
    }

    #[inline]
    pub(crate) fn get(self, row: usize) -> &'b str {
        match self {
            Self::Missing => "",
            Self::Plain { offsets, text } => match offsets.get(row..) {
                Some([start, end, ..]) => text.get(*start as usize..*end as usize).unwrap_or_default(),
                _ => "",
            },
            Self::Coded { keys, values } => match keys.get(row) {
                Some(&key) if (key as usize) < values.len() => values.value(key as usize),
                _ => "",
            },
        }
    }

    #[inline]
    pub(crate) fn is_coded(self) -> bool {
        matches!(self, Self::Coded { .. })
    }

    /// Whether a dictionary says that the row has the text of the row before; false when it is silent.
    #[inline]
    pub(crate) fn repeats(self, row: usize) -> bool {
        match self {
            Self::Missing => true,
            Self::Plain { .. } => false,
            Self::Coded { keys, .. } => row > 0 && keys.get(row) == keys.get(row - 1),
        }
    }
}

/// A block of lines.
#[derive(Debug)]
pub(crate) struct LineView<'b> {
    pub(crate) block: &'b Block,
    texts: Vec<Field<'b>>,
    numbers: Vec<&'b [i64]>,
}

/// Columns of the table; a constant, so that looking one up needs no search.
const COLUMNS: usize = line::drug_trac_codg + 1;

impl<'b> LineView<'b> {
    pub(crate) fn of(block: &'b Block) -> Self {
        let columns = (0..COLUMNS.min(Table::Lines.spec().columns.len())).map(|column| block.column(column));
        let numbers = columns.clone().map(|column| match column {
            Column::Number(numbers) => numbers.as_slice(),
            _ => &[],
        });
        Self { block, texts: columns.clone().map(Field::of).collect(), numbers: numbers.collect() }
    }

    #[inline]
    pub(crate) fn field(&self, column: usize) -> Field<'b> {
        self.texts.get(column).copied().unwrap_or(Field::Missing)
    }

    #[inline]
    pub(crate) fn number(&self, column: usize, row: usize) -> i64 {
        self.numbers.get(column).and_then(|numbers| numbers.get(row)).copied().unwrap_or(NONE)
    }
}
