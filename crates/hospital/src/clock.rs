//! Time as a counter in China sees it: Beijing time, whatever zone the machine is in.

use model::{Day, Stamp};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds that Beijing is ahead of UTC, all year.
const BEIJING: i64 = 8 * 3600;

/// The clock on the wall, and the business day when the world has stopped on one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    today: Option<Day>,
}

impl Clock {
    /// A clock whose business day is `today`, or the real one.
    #[must_use]
    pub const fn new(today: Option<Day>) -> Self {
        Self { today }
    }

    /// The real moment: what message numbers and `inf_time` are made of, so that they never repeat.
    #[must_use]
    pub fn wall(&self) -> Stamp {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Stamp(i64::try_from(seconds).unwrap_or(0) + BEIJING)
    }

    /// The moment of care: the wall's time on the business day.
    #[must_use]
    pub fn care(&self) -> Stamp {
        let wall = self.wall();
        self.today.map_or(wall, |day| Stamp(day.start().0 + wall.0.rem_euclid(86_400)))
    }
}

/// Waits until the next second begins. Message numbers are made of the second: whoever starts in one that an
/// earlier run has used up to its end would use numbers again.
pub async fn next_second() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_secs(1).saturating_sub(Duration::from_nanos(since.subsec_nanos().into()));
    tokio::time::sleep(left).await;
}

/// `yyyyMMddHHmmss`.
#[must_use]
pub fn compact(at: Stamp) -> String {
    at.to_string().chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn care_falls_on_the_business_day_and_numbers_on_the_real_one() {
        let day = Day::from_civil(2025, 3, 1).unwrap();
        let clock = Clock::new(Some(day));
        assert_eq!(clock.care().day(), day);
        assert!(clock.wall().day() > day);
        assert_eq!(compact(Stamp(day.start().0 + 3661)), "20250301010101");
    }
}
