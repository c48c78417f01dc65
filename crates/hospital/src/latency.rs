//! How long answers took, by transaction.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Times of answered messages.
#[derive(Debug, Default)]
pub struct Latencies {
    by_infno: Mutex<BTreeMap<String, Vec<u32>>>,
}

/// What is told of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Transaction number.
    pub infno: String,
    /// Answers.
    pub count: usize,
    /// Half of them came within this time.
    pub p50: Duration,
    /// 99 of 100 came within this time.
    pub p99: Duration,
    /// The slowest.
    pub max: Duration,
}

impl Latencies {
    /// Notes one answer.
    pub fn add(&self, infno: &str, took: Duration) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let mut held = self.by_infno.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(infno) {
            Some(times) => times.push(micros),
            None => {
                held.insert(infno.to_owned(), vec![micros]);
            }
        }
    }

    /// Forgets what was noted so far.
    pub fn clear(&self) {
        self.by_infno.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// All transactions, in order of their numbers.
    #[must_use]
    pub fn timings(&self) -> Vec<Timing> {
        let held = self.by_infno.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter()
            .map(|(infno, times)| {
                let mut times = times.clone();
                times.sort_unstable();
                Timing {
                    infno: infno.clone(),
                    count: times.len(),
                    p50: within(&times, 50),
                    p99: within(&times, 99),
                    max: within(&times, 100),
                }
            })
            .collect()
    }
}

/// The time within which `percent` of the sorted `times` lie: the nearest-rank percentile.
#[must_use]
pub fn within(times: &[u32], percent: usize) -> Duration {
    let rank = (times.len() * percent).div_ceil(100).max(1);
    Duration::from_micros(times.get(rank - 1).copied().unwrap_or(0).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times: Vec<u32> = (1..=200).collect();
        assert_eq!(within(&times, 50), Duration::from_micros(100));
        assert_eq!(within(&times, 99), Duration::from_micros(198));
        assert_eq!(within(&times, 100), Duration::from_micros(200));
        assert_eq!(within(&[7], 99), Duration::from_micros(7));
        assert_eq!(within(&[], 50), Duration::ZERO);
    }
}
