//! Money and quantities as integers (I2).
//!
//! `Fen` is a hundredth of a yuan. `Quantity` and `UnitPrice` carry four decimals, as the national
//! interface does for `cnt` and `pric`. Rounding happens in one named place, [`UnitPrice::times`].

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of money in fen (0.01 yuan).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// A quantity in ten-thousandths of the item's unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Quantity(pub i64);

/// A price of one unit, in ten-thousandths of a yuan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct UnitPrice(pub i64);

/// Why a text is not a decimal number of the wanted precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Something else than digits, a sign and one point.
    #[error("is not a decimal number")]
    NotANumber,
    /// More decimals than the field can hold, and they are not zero.
    #[error("has more than {0} decimals")]
    TooPrecise(u32),
    /// Beyond what 64 bits hold.
    #[error("is out of range")]
    OutOfRange,
}

/// Parses a decimal text into an integer scaled by `10^decimals`. Thousands separators, exponents
/// and currency signs are refused: what they mean must not be guessed.
fn parse_scaled(text: &[u8], decimals: u32) -> Result<i64, DecimalError> {
    let text = text.trim_ascii();
    let (negative, digits) = match text.first() {
        None => return Err(DecimalError::Empty),
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        Some(_) => (false, text),
    };
    let mut value: i64 = 0;
    let mut seen = 0_u32;
    let mut after_point: Option<u32> = None;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen += 1;
                let digit = i64::from(byte - b'0');
                match &mut after_point {
                    Some(count) if *count == decimals => {
                        if digit != 0 {
                            return Err(DecimalError::TooPrecise(decimals));
                        }
                        continue;
                    }
                    Some(count) => *count += 1,
                    None => {}
                }
                value = value.checked_mul(10).and_then(|v| v.checked_add(digit)).ok_or(DecimalError::OutOfRange)?;
            }
            b'.' if after_point.is_none() => after_point = Some(0),
            _ => return Err(DecimalError::NotANumber),
        }
    }
    if seen == 0 {
        return Err(DecimalError::NotANumber);
    }
    for _ in after_point.unwrap_or(0)..decimals {
        value = value.checked_mul(10).ok_or(DecimalError::OutOfRange)?;
    }
    Ok(if negative { -value } else { value })
}

fn write_scaled(f: &mut fmt::Formatter<'_>, value: i64, decimals: usize, keep: usize) -> fmt::Result {
    let scale = 10_u64.pow(u32::try_from(decimals).unwrap_or(0));
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let fraction = format!("{:0decimals$}", magnitude % scale);
    let shown = fraction.trim_end_matches('0').len().max(keep);
    if shown == 0 {
        write!(f, "{sign}{}", magnitude / scale)
    } else {
        write!(f, "{sign}{}.{}", magnitude / scale, &fraction[..shown])
    }
}

/// Divides, rounding half away from zero: the rounding of a bill.
fn divide_half_up(value: i128, by: i128) -> i128 {
    let half = by / 2;
    if value >= 0 { (value + half) / by } else { (value - half) / by }
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Parses yuan with at most two decimals (`"12.5"` → 1250 fen).
    pub fn parse(text: &[u8]) -> Result<Self, DecimalError> {
        parse_scaled(text, 2).map(Self)
    }

    /// The share `part / whole` of this amount, rounded half up to the fen. Zero when `whole` is.
    #[must_use]
    pub fn share(self, part: Quantity, whole: Quantity) -> Self {
        if whole.0 == 0 || part.0 == whole.0 {
            return if whole.0 == 0 { Self::ZERO } else { self };
        }
        let product = i128::from(self.0) * i128::from(part.0);
        let whole = i128::from(whole.0);
        let (product, whole) = if whole < 0 { (-product, -whole) } else { (product, whole) };
        Self(i64::try_from(divide_half_up(product, whole)).unwrap_or(i64::MAX))
    }

    /// `numerator / denominator` of this amount, rounded half up to the fen.
    #[must_use]
    pub fn ratio(self, numerator: i64, denominator: i64) -> Self {
        self.share(Quantity(numerator), Quantity(denominator))
    }
}

impl Quantity {
    /// Ten-thousandths in one unit.
    pub const SCALE: i64 = 10_000;
    /// None.
    pub const ZERO: Self = Self(0);

    /// `units` whole units.
    #[must_use]
    pub const fn whole(units: i64) -> Self {
        Self(units * Self::SCALE)
    }

    /// Parses a number of units with at most four decimals.
    pub fn parse(text: &[u8]) -> Result<Self, DecimalError> {
        parse_scaled(text, 4).map(Self)
    }
}

impl UnitPrice {
    /// Parses yuan with at most four decimals.
    pub fn parse(text: &[u8]) -> Result<Self, DecimalError> {
        parse_scaled(text, 4).map(Self)
    }

    /// Price × quantity, rounded half up to the fen.
    #[must_use]
    #[inline]
    pub fn times(self, quantity: Quantity) -> Fen {
        // price 1e-4 yuan × quantity 1e-4 = 1e-8 yuan; a fen is 1e-2 yuan, so divide by 1e6.
        let product = i128::from(self.0) * i128::from(quantity.0);
        Fen(i64::try_from(divide_half_up(product, 1_000_000)).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, 2, 2)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, 4, 0)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, 4, 2)
    }
}

macro_rules! additive {
    ($($name:ident),*) => {$(
        impl Add for $name { type Output = Self; fn add(self, other: Self) -> Self { Self(self.0 + other.0) } }
        impl Sub for $name { type Output = Self; fn sub(self, other: Self) -> Self { Self(self.0 - other.0) } }
        impl Neg for $name { type Output = Self; fn neg(self) -> Self { Self(-self.0) } }
        impl AddAssign for $name { fn add_assign(&mut self, other: Self) { self.0 += other.0; } }
        impl SubAssign for $name { fn sub_assign(&mut self, other: Self) { self.0 -= other.0; } }
        impl Sum for $name { fn sum<I: Iterator<Item = Self>>(all: I) -> Self { Self(all.map(|v| v.0).sum()) } }
    )*};
}
additive!(Fen, Quantity);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn i2_decimals_parse_exactly() {
        for (text, expect) in [
            ("12.5", Ok(1250)),
            ("0", Ok(0)),
            ("-3.07", Ok(-307)),
            (" 8.10 ", Ok(810)),
            ("1.230", Ok(123)),
            ("1.234", Err(DecimalError::TooPrecise(2))),
            ("", Err(DecimalError::Empty)),
            (".", Err(DecimalError::NotANumber)),
            ("1,000", Err(DecimalError::NotANumber)),
            ("1e3", Err(DecimalError::NotANumber)),
            ("99999999999999999999", Err(DecimalError::OutOfRange)),
        ] {
            assert_eq!(Fen::parse(text.as_bytes()).map(|v| v.0), expect, "{text:?}");
        }
    }

    #[test]
    fn i2_price_times_quantity_rounds_half_up() {
        for (price, quantity, expect) in
            [("0.005", "1", 1), ("0.0049", "1", 0), ("12.3456", "3", 3704), ("1.5", "-1", -150), ("0.005", "-1", -1)]
        {
            let amount =
                UnitPrice::parse(price.as_bytes()).unwrap().times(Quantity::parse(quantity.as_bytes()).unwrap());
            assert_eq!(amount, Fen(expect), "{price} × {quantity}");
        }
    }

    proptest! {
        #[test]
        fn i2_printed_money_parses_back(fen in -1_000_000_000_i64..1_000_000_000) {
            prop_assert_eq!(Fen::parse(Fen(fen).to_string().as_bytes()), Ok(Fen(fen)));
            prop_assert_eq!(Quantity::parse(Quantity(fen).to_string().as_bytes()), Ok(Quantity(fen)));
        }

        #[test]
        fn i3_a_share_never_exceeds_its_whole(fen in 0_i64..1_000_000_000, part in 0_i64..1_000_000, rest in 1_i64..1_000_000) {
            let share = Fen(fen).share(Quantity(part), Quantity(part + rest));
            prop_assert!(share.0 >= 0 && share.0 <= fen);
        }
    }
}
