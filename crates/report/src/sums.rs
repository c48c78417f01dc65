//! Counts and money, alone and split by severity.
//!
//! All addition of findings happens here, in integers (I2).

use std::ops::AddAssign;

use model::{Fen, Severity};
use serde::Serialize;

/// How many findings and how much money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Findings.
    pub findings: u64,
    /// Money at stake before overlaps are settled.
    pub amount_fen: Fen,
    /// Money at stake, each line counted once (I11).
    pub counted_fen: Fen,
}

/// [`Sums`] for each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// 明确违规
    pub clear: Sums,
    /// 可疑
    pub suspicious: Sums,
    /// 指标
    pub indicator: Sums,
}

/// The severities in the order they are shown.
pub(crate) const SEVERITIES: [Severity; 3] = [Severity::Clear, Severity::Suspicious, Severity::Indicator];

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.findings += other.findings;
        self.amount_fen += other.amount_fen;
        self.counted_fen += other.counted_fen;
    }
}

impl Split {
    /// The sums of one severity.
    #[must_use]
    pub const fn of(&self, severity: Severity) -> &Sums {
        match severity {
            Severity::Clear => &self.clear,
            Severity::Suspicious => &self.suspicious,
            Severity::Indicator => &self.indicator,
        }
    }

    /// Over all severities.
    #[must_use]
    pub fn total(&self) -> Sums {
        let mut total = self.clear;
        total += self.suspicious;
        total += self.indicator;
        total
    }

    pub(crate) fn add(&mut self, severity: Severity, sums: Sums) {
        *match severity {
            Severity::Clear => &mut self.clear,
            Severity::Suspicious => &mut self.suspicious,
            Severity::Indicator => &mut self.indicator,
        } += sums;
    }
}

impl AddAssign for Split {
    fn add_assign(&mut self, other: Self) {
        for severity in SEVERITIES {
            self.add(severity, *other.of(severity));
        }
    }
}
