//! The clock, as institutions have it: Beijing time, which knows no summer time.

use gateway::Moment;
use model::Stamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds that Beijing is ahead of UTC.
const BEIJING: i64 = 8 * 3600;

/// Milliseconds since 1970 in UTC.
#[must_use]
pub fn milliseconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Now, in Beijing.
#[must_use]
pub fn now() -> Moment {
    let milliseconds = milliseconds();
    Moment {
        stamp: Stamp(milliseconds.div_euclid(1000) + BEIJING),
        millisecond: u16::try_from(milliseconds.rem_euclid(1000)).unwrap_or(0),
    }
}
