//! Seeded randomness: the same seed gives the same city on every machine and with any thread count.
//!
//! Every person has a stream of his own, derived from the seed and his number, so that leaving one
//! person out or planting something in him changes nobody else. ChaCha is used because its output
//! is specified; the mapping to ranges is ours for the same reason.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A seeded stream of choices.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

/// Which stream of a seed: one a person, and a few for what persons share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(pub u64);

impl Stream {
    /// Institutions and staff.
    pub const TOWN: Self = Self(u64::MAX);
    /// Which scenes are planted, in which order.
    pub const SCENES: Self = Self(u64::MAX - 1);
}

impl Dice {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream.0);
        Self(rng)
    }

    /// A number in `0..bound` (0 when `bound` is 0).
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u32) as i32
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// True in `parts` of a million cases.
    pub fn per_million(&mut self, parts: u32) -> bool {
        self.below(1_000_000) < parts
    }

    /// One of the entries; `None` of an empty list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len() as u32) as usize)
    }

    /// Puts the entries into a random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last as u32 + 1) as usize);
        }
    }
}
