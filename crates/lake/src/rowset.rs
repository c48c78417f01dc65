//! Rows gathered one by one from blocks, and their form on disk.
//!
//! A router cannot keep the columns of a batch together: each row goes to its own slice. Here rows
//! are appended to column buffers, written as a chunk, and read back as a [`Block`]. Numbers are
//! stored as the distance from the chunk's least one, in as few bytes as the greatest needs.

use arrow::array::StringArray;
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use crate::block::{Block, Column, NONE, Origin, Origins, State, Texts};
use crate::runs::take;
use crate::tables::{Kind, Reading, TableSpec};

/// Column buffers for the decoded columns of a table.
#[derive(Debug, Clone)]
pub(crate) struct RowSet {
    rows: usize,
    bytes: usize,
    origins: Vec<Origin>,
    states: Vec<State>,
    columns: Vec<Gathered>,
}

#[derive(Debug, Clone)]
enum Gathered {
    Missing,
    Text { ends: Vec<u32>, bytes: Vec<u8> },
    Number(Vec<i64>),
}

impl RowSet {
    pub(crate) fn new(spec: &TableSpec, reading: Reading) -> Self {
        let columns = spec.columns.iter().map(|column| match (reading.wants(column.need), column.kind) {
            (false, _) => Gathered::Missing,
            (_, Kind::Code | Kind::Name) => Gathered::Text { ends: Vec::new(), bytes: Vec::new() },
            _ => Gathered::Number(Vec::new()),
        });
        Self { rows: 0, bytes: 0, origins: Vec::new(), states: Vec::new(), columns: columns.collect() }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn push(&mut self, block: &Block, row: usize) {
        self.push_all(block, &[row]);
    }

    /// Appends rows of a block, column by column.
    pub(crate) fn push_all(&mut self, block: &Block, rows: &[usize]) {
        self.rows += rows.len();
        self.bytes += 11 * rows.len();
        self.origins.extend(rows.iter().map(|&row| block.origin(row)));
        self.states.extend(rows.iter().map(|&row| block.state(row)));
        for (gathered, column) in self.columns.iter_mut().zip(&block.columns) {
            match gathered {
                Gathered::Missing => {}
                Gathered::Number(values) => {
                    self.bytes += 8 * rows.len();
                    values.extend(rows.iter().map(|&row| column.number(row)));
                }
                Gathered::Text { ends, bytes } => {
                    let before = bytes.len();
                    ends.extend(rows.iter().map(|&row| {
                        bytes.extend_from_slice(column.text(row).as_bytes());
                        bytes.len() as u32
                    }));
                    self.bytes += bytes.len() - before + 4 * rows.len();
                }
            }
        }
    }

    /// The rows as a block, leaving the buffers empty.
    pub(crate) fn take_block(&mut self) -> Block {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let columns = self.columns.iter_mut().map(|gathered| match gathered {
            Gathered::Missing => Column::Missing,
            Gathered::Number(values) => Column::Number(std::mem::take(values)),
            Gathered::Text { ends, bytes } => text_column(&std::mem::take(ends), std::mem::take(bytes)),
        });
        let columns = columns.collect();
        let origins = Origins::Each(std::mem::take(&mut self.origins));
        Block { rows, origins, states: std::mem::take(&mut self.states), columns }
    }

    /// The rows as bytes, leaving the buffers empty; `tags` is a number for each row, or nothing. Neighbours repeat each
    /// other, so that packed they are a fraction to write and to read back.
    pub(crate) fn take_bytes(&mut self, tags: &[i64]) -> Vec<u8> {
        let mut into = Vec::with_capacity(self.bytes + 64);
        into.extend((tags.len() as u32).to_le_bytes());
        put_numbers(&mut into, tags.iter().copied());
        into.extend((self.rows as u32).to_le_bytes());
        put_numbers(&mut into, self.origins.iter().map(|origin| i64::from(origin.file)));
        put_numbers(&mut into, self.origins.iter().map(|origin| origin.row as i64));
        into.extend(self.states.iter().map(|state| *state as u8));
        for gathered in &mut self.columns {
            match gathered {
                Gathered::Missing => {}
                Gathered::Number(values) => {
                    put_numbers(&mut into, values.iter().copied());
                    values.clear();
                }
                Gathered::Text { ends, bytes } => {
                    let starts = std::iter::once(0).chain(ends.iter().copied());
                    put_numbers(&mut into, ends.iter().zip(starts).map(|(end, start)| i64::from(end - start)));
                    into.extend_from_slice(bytes);
                    ends.clear();
                    bytes.clear();
                }
            }
        }
        self.origins.clear();
        self.states.clear();
        self.rows = 0;
        self.bytes = 0;
        lz4_flex::compress_prepend_size(&into)
    }
}

/// Reads back what `take_bytes` wrote: tags and rows.
pub(crate) fn read_block(spec: &TableSpec, reading: Reading, packed: &[u8]) -> Option<(Vec<i64>, Block)> {
    let unpacked = lz4_flex::decompress_size_prepended(packed).ok()?;
    let bytes = &mut unpacked.as_slice();
    let tags = u32::from_le_bytes(take(bytes)?) as usize;
    let tags = take_numbers(bytes, tags)?;
    let rows = u32::from_le_bytes(take(bytes)?) as usize;
    let files = take_numbers(bytes, rows)?;
    let places = take_numbers(bytes, rows)?;
    let origins = files.iter().zip(places).map(|(file, row)| Origin { file: *file as u16, row: row as u64 }).collect();
    let (head, tail) = bytes.split_at_checked(rows)?;
    *bytes = tail;
    let states = head.iter().map(|state| if *state == 0 { State::Accepted } else { State::Corrected }).collect();
    let mut columns = Vec::with_capacity(spec.columns.len());
    for column in spec.columns {
        columns.push(match (reading.wants(column.need), column.kind) {
            (false, _) => Column::Missing,
            (_, Kind::Code | Kind::Name) => {
                let mut end = 0_u32;
                let ends: Vec<u32> = take_numbers(bytes, rows)?
                    .into_iter()
                    .map(|length| {
                        end += length as u32;
                        end
                    })
                    .collect();
                let (head, tail) = bytes.split_at_checked(end as usize)?;
                *bytes = tail;
                text_column(&ends, head.to_vec())
            }
            _ => Column::Number(take_numbers(bytes, rows)?),
        });
    }
    Some((tags, Block { rows, origins: Origins::Each(origins), states, columns }))
}

fn text_column(ends: &[u32], bytes: Vec<u8>) -> Column {
    let offsets: Vec<i32> = std::iter::once(0).chain(ends.iter().map(|&end| end as i32)).collect();
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    match StringArray::try_new(offsets, Buffer::from_vec(bytes), None) {
        Ok(array) => Column::Text(Texts::Plain(array)),
        Err(_) => Column::Missing,
    }
}

fn put_numbers(into: &mut Vec<u8>, values: impl Iterator<Item = i64> + Clone) {
    let (mut least, mut greatest) = (i64::MAX, i64::MIN);
    for value in values.clone().filter(|value| *value != NONE) {
        least = least.min(value);
        greatest = greatest.max(value);
    }
    // 0 is the empty number; distances start at 1.
    let span = if least > greatest { 0 } else { greatest.wrapping_sub(least) as u64 };
    let width: u8 = match span {
        0xffff_ffff.. => 8,
        0xffff.. => 4,
        0xff.. => 2,
        _ => 1,
    };
    into.push(width);
    into.extend(least.to_le_bytes());
    let code = |value: i64| if value == NONE { 0 } else { (value.wrapping_sub(least) as u64).wrapping_add(1) };
    match width {
        1 => into.extend(values.map(|value| code(value) as u8)),
        2 => values.for_each(|value| into.extend((code(value) as u16).to_le_bytes())),
        4 => values.for_each(|value| into.extend((code(value) as u32).to_le_bytes())),
        _ => values.for_each(|value| into.extend(code(value).to_le_bytes())),
    }
}

fn take_numbers(bytes: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    let [width] = take(bytes)?;
    let least = i64::from_le_bytes(take(bytes)?);
    let (head, tail) = bytes.split_at_checked(count * usize::from(width))?;
    *bytes = tail;
    let value = |code: u64| if code == 0 { NONE } else { least.wrapping_add(code.wrapping_sub(1) as i64) };
    Some(match width {
        1 => head.iter().map(|byte| value(u64::from(*byte))).collect(),
        2 => head.as_chunks::<2>().0.iter().map(|b| value(u64::from(u16::from_le_bytes(*b)))).collect(),
        4 => head.as_chunks::<4>().0.iter().map(|b| value(u64::from(u32::from_le_bytes(*b)))).collect(),
        _ => head.as_chunks::<8>().0.iter().map(|b| value(u64::from_le_bytes(*b))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(values in proptest::collection::vec(prop_oneof![Just(NONE), -300_i64..300, any::<i64>().prop_map(|v| v.max(NONE + 2))], 0..50)) {
            let mut bytes = Vec::new();
            put_numbers(&mut bytes, values.iter().copied());
            prop_assert_eq!(take_numbers(&mut bytes.as_slice(), values.len()), Some(values));
        }
    }
}
