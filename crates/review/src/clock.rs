//! Deadlines and limits: parameters of an area, with the national ones as defaults.

use crate::calendar::Calendar;
use model::{Day, Fen};
use serde::{Deserialize, Serialize};

/// How long and how much. 医保办发〔2023〕14号 gives ten working days for an appeal, the second review and the panel each; a
/// limit for the first review and for a second appeal is left to localities, and assumed to be the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Working days for the first review.
    pub first_review_days: u32,
    /// Working days for an answer or appeal.
    pub appeal_days: u32,
    /// Working days for the second review.
    pub second_review_days: u32,
    /// Working days for a second appeal.
    pub second_appeal_days: u32,
    /// Working days for the panel, from the second appeal on.
    pub panel_days: u32,
    /// Seconds in which a decision can be undone, unless somebody acted on it.
    pub undo_seconds: i64,
    /// Most items of one batch.
    pub batch_max: usize,
    /// How many of a batch must be opened before it is decided.
    pub recheck: usize,
    /// From this amount on an item cannot be decided in a batch.
    pub alone_from: Fen,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_review_days: 10,
            appeal_days: 10,
            second_review_days: 10,
            second_appeal_days: 10,
            panel_days: 10,
            undo_seconds: 600,
            batch_max: 5_000,
            recheck: 20,
            alone_from: Fen(1_000_000),
        }
    }
}

/// What decisions know about time.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Working days.
    pub calendar: Calendar,
    /// Limits.
    pub limits: Limits,
}

impl Clock {
    /// Last day of something that takes so many working days from a day on.
    pub(crate) fn due(&self, from: Day, days: u32) -> Option<Day> {
        Some(self.calendar.after(from, days))
    }

    /// Last day of the first review of what comes in on a day.
    #[must_use]
    pub fn first_review_due(&self, from: Day) -> Option<Day> {
        self.due(from, self.limits.first_review_days)
    }
}
