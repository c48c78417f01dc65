//! Counts and refused rows, as one thread gathers them while it reads.

use serde::{Deserialize, Serialize};

use crate::LakeError;
use crate::block::{Origin, State};
use crate::parse::Correction;
use crate::runs::{Record, Runs, put_text, take, take_text};
use crate::tables::Table;

/// Something about an accepted row that a reader of the report should know; judging it is a rule's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(crate) enum Mark {
    UnknownCode,
    AmountMismatch,
    RefundWithoutTarget,
    RefundTooLarge,
    RefundNetted,
    FullyRefunded,
    OutsidePeriod,
    RefundOfOtherItem,
    SexInWords,
    SexUnknown,
}

impl Mark {
    pub(crate) const ALL: [Self; 10] = [
        Self::UnknownCode,
        Self::AmountMismatch,
        Self::RefundWithoutTarget,
        Self::RefundTooLarge,
        Self::RefundNetted,
        Self::FullyRefunded,
        Self::OutsidePeriod,
        Self::RefundOfOtherItem,
        Self::SexInWords,
        Self::SexUnknown,
    ];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::UnknownCode => "编码不在目录中",
            Self::AmountMismatch => "金额与单价×数量不符",
            Self::RefundWithoutTarget => "退费找不到原明细",
            Self::RefundTooLarge => "退费超过原明细余额",
            Self::RefundNetted => "退费已冲减原明细",
            Self::FullyRefunded => "已全额退费，不再审核",
            Self::OutsidePeriod => "不在审核期间",
            Self::RefundOfOtherItem => "退费与所指原明细的项目不同，未冲减",
            Self::SexInWords => "性别写成男、女，按 1、2 处理",
            Self::SexUnknown => "性别不是 0、1、2、9，按未说明处理；请核对 gend",
        }
    }
}

/// The counts of one table.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) read: u64,
    pub(crate) accepted: u64,
    pub(crate) corrected: u64,
    pub(crate) rejected: u64,
    pub(crate) corrections: [u64; Correction::ALL.len()],
    pub(crate) marks: [u64; Mark::ALL.len()],
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reject {
    pub(crate) table: u8,
    pub(crate) origin: Origin,
    pub(crate) column: String,
    pub(crate) value: String,
    pub(crate) reason: String,
}

/// What a thread has seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Issues {
    counts: [Counts; Table::ALL.len()],
    #[serde(skip)]
    rejects: Vec<Reject>,
}

/// Refused rows kept in memory before they go to disk.
const REJECTS_IN_MEMORY: usize = 20_000;
/// Characters of a refused value that are shown.
const VALUE_CHARACTERS: usize = 200;

impl Issues {
    pub(crate) fn table(&mut self, table: Table) -> &mut Counts {
        &mut self.counts[table as usize]
    }

    pub(crate) fn counts(&self) -> &[Counts; Table::ALL.len()] {
        &self.counts
    }

    pub(crate) fn count(&mut self, table: Table, correction: Correction) {
        self.table(table).corrections[correction as usize] += 1;
    }

    pub(crate) fn mark(&mut self, table: Table, mark: Mark) {
        self.table(table).marks[mark as usize] += 1;
    }

    /// Counts and notes a refused row.
    pub(crate) fn reject(&mut self, table: Table, origin: Origin, column: &str, value: &str, reason: String) {
        self.table(table).rejected += 1;
        let value = value.chars().take(VALUE_CHARACTERS).collect();
        self.rejects.push(Reject { table: table as u8, origin, column: column.to_owned(), value, reason });
    }

    /// Counts a row that goes through.
    pub(crate) fn settle(&mut self, table: Table, state: State) {
        match state {
            State::Accepted => self.table(table).accepted += 1,
            State::Corrected => self.table(table).corrected += 1,
            State::Rejected => {}
        }
    }

    /// Adds another thread's counts.
    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            mine.read += theirs.read;
            mine.accepted += theirs.accepted;
            mine.corrected += theirs.corrected;
            mine.rejected += theirs.rejected;
            mine.corrections.iter_mut().zip(theirs.corrections).for_each(|(a, b)| *a += b);
            mine.marks.iter_mut().zip(theirs.marks).for_each(|(a, b)| *a += b);
        }
    }

    /// Drops the refused rows of a table that turned out not to be usable.
    pub(crate) fn forget(&mut self, table: Table) {
        self.rejects.retain(|reject| reject.table != table as u8);
    }

    /// Puts refused rows on disk when there are many.
    pub(crate) fn relieve(&mut self, runs: &Runs<Reject>) -> Result<(), LakeError> {
        if self.rejects.len() >= REJECTS_IN_MEMORY { self.flush(runs) } else { Ok(()) }
    }

    /// Puts all refused rows on disk.
    pub(crate) fn flush(&mut self, runs: &Runs<Reject>) -> Result<(), LakeError> {
        runs.add(std::mem::take(&mut self.rejects))
    }
}

impl Record for Reject {
    fn encode(&self, into: &mut Vec<u8>) {
        into.push(self.table);
        into.extend(self.origin.file.to_le_bytes());
        into.extend(self.origin.row.to_le_bytes());
        put_text(into, &self.column);
        put_text(into, &self.value);
        put_text(into, &self.reason);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let [table] = take(bytes)?;
        let file = u16::from_le_bytes(take(bytes)?);
        let row = u64::from_le_bytes(take(bytes)?);
        let (column, value, reason) = (take_text(bytes)?, take_text(bytes)?, take_text(bytes)?);
        Some(Self { table, origin: Origin { file, row }, column, value, reason })
    }
}
