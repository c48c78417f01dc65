//! Exact fractions, so that the oracle rounds only where the decision says so.
//!
//! A hundred and twenty-eight bits are ample for the amounts and ratios the generator makes; running
//! out of them stops the comparison loudly instead of giving a wrong verdict.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

/// A fraction in lowest terms, with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    over: i128,
    under: i128,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self { over: 0, under: 1 };
    /// The whole.
    pub const ONE: Self = Self { over: 1, under: 1 };

    /// `over / under` in lowest terms.
    ///
    /// # Panics
    /// When `under` is zero: the oracle never divides by a rate of zero.
    #[must_use]
    pub fn of(over: i128, under: i128) -> Self {
        assert!(under != 0, "an exact fraction needs a denominator");
        let shared = greatest_common_divisor(over, under) * under.signum();
        Self { over: over / shared, under: under / shared }
    }

    /// A whole number, as of fen.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Self { over: i128::from(number), under: 1 }
    }

    /// A ratio written with four decimals, in ten-thousandths.
    #[must_use]
    pub fn ratio(ten_thousandths: i64) -> Self {
        Self::of(i128::from(ten_thousandths), 10_000)
    }

    /// The nearest whole number, halves upwards (the oracle rounds no negative amounts).
    #[must_use]
    pub fn half_up(self) -> i64 {
        Self::of(times(2, self.over) + self.under, times(2, self.under)).floor()
    }

    /// The largest whole number not above.
    #[must_use]
    pub fn floor(self) -> i64 {
        self.over.div_euclid(self.under) as i64
    }

    /// The smallest whole number not below.
    #[must_use]
    pub fn ceiling(self) -> i64 {
        -((-self.over).div_euclid(self.under) as i64)
    }

    /// What is left above [`Self::floor`].
    #[must_use]
    pub fn remainder(self) -> Self {
        self - Self::whole(self.floor())
    }

    /// The nearest millionth, halves upwards.
    #[must_use]
    pub fn to_the_millionth(self) -> Self {
        Self::of(i128::from((self * Self::whole(1_000_000)).half_up()), 1_000_000)
    }

    /// Held within nothing and the whole.
    #[must_use]
    pub fn within_one(self) -> Self {
        self.max(Self::ZERO).min(Self::ONE)
    }
}

fn greatest_common_divisor(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one.unsigned_abs(), other.unsigned_abs());
    // Most fractions here are small; the 128-bit division is a slow routine and needed rarely.
    while other != 0 {
        if let (Ok(mut a), Ok(mut b)) = (u64::try_from(one), u64::try_from(other)) {
            while b != 0 {
                (a, b) = (b, a % b);
            }
            return i128::from(a);
        }
        (one, other) = (other, one % other);
    }
    one as i128
}

fn times(one: i128, other: i128) -> i128 {
    let Some(product) = one.checked_mul(other) else { panic!("the oracle ran out of digits: {one} × {other}") };
    product
}

impl Add for Exact {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::of(times(self.over, other.under) + times(other.over, self.under), times(self.under, other.under))
    }
}

impl Sub for Exact {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { over: -other.over, under: other.under }
    }
}

impl Mul for Exact {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::of(times(self.over, other.over), times(self.under, other.under))
    }
}

impl Div for Exact {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::of(times(self.over, other.under), times(self.under, other.over))
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        times(self.over, other.under).cmp(&times(other.over, self.under))
    }
}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn i2_fractions_round_where_told() {
        assert_eq!(Exact::of(1, 2).half_up(), 1);
        assert_eq!(Exact::of(49, 100).half_up(), 0);
        assert_eq!(Exact::of(7, 3).floor(), 2);
        assert_eq!(Exact::of(7, 3).ceiling(), 3);
        assert_eq!(Exact::whole(4).ceiling(), 4);
        assert_eq!(Exact::of(7, 3).remainder(), Exact::of(1, 3));
        assert_eq!(Exact::ratio(8_000) * Exact::whole(5) / Exact::of(2, 1), Exact::whole(2));
        assert_eq!(Exact::of(3, -6), Exact::of(-1, 2));
        assert_eq!((Exact::ONE + Exact::of(1, 3)).within_one(), Exact::ONE);
    }
}
