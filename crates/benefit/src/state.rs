//! Accumulators: what a year has already used of each tier.
//!
//! Read from `year_to_date` before a settlement, written back after it. Reversal needs no code of its
//! own: the settlement that is taken back named the values before it.

use crate::policy::{SUBCAPS_MAX, TIERS_MAX};

/// Which values of a tier the case gave.
pub(crate) mod given {
    pub(crate) const DEDUCTIBLE: u8 = 1;
    pub(crate) const IN_SCOPE: u8 = 2;
    pub(crate) const PAID: u8 = 4;
    pub(crate) const SELF_PAID: u8 = 8;
}

/// One tier's year so far, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TierState {
    pub(crate) deductible: i64,
    pub(crate) in_scope: i64,
    pub(crate) paid: i64,
    pub(crate) self_paid: i64,
    pub(crate) subcaps: [i64; SUBCAPS_MAX],
    /// Bits of [`given`].
    pub(crate) given: u8,
    /// Whether this settlement changed it.
    pub(crate) touched: bool,
}

impl TierState {
    pub(crate) fn gave(&self, what: u8) -> bool {
        self.given & what != 0
    }
}

/// The year of one person in one scheme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct YearToDate {
    pub(crate) tiers: [TierState; TIERS_MAX],
    pub(crate) admissions: u16,
    pub(crate) admissions_touched: bool,
}

impl YearToDate {
    /// Admissions of the year so far, this settlement's included.
    #[must_use]
    pub const fn admissions(&self) -> u16 {
        self.admissions
    }
}

/// What this visit (this cycle of a stay) has used of a tier.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct VisitState {
    pub(crate) deductible: i64,
    pub(crate) in_scope: i64,
    pub(crate) paid: i64,
}
