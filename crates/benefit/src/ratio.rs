//! Ratios as integers: millionths of one (I2). Money times ratio stays exact until a named rounding.

use std::fmt;

/// A ratio in millionths. Negative for points taken off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(pub i64);

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const ONE: Self = Self(1_000_000);

    /// Parses a decimal with at most six decimals (`"0.85"`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fine = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 6 || fraction.len() > 6 || !fine(whole) || !fine(fraction) {
            return None;
        }
        let padded = format!("{whole}{fraction:0<6}");
        let value: i64 = padded.parse().ok()?;
        Some(Self(if negative { -value } else { value }))
    }

    /// The product of two ratios, rounded half up to the millionth.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self(divide_half_up(i128::from(self.0) * i128::from(other.0), i128::from(Self::ONE.0)))
    }

    /// Held within nothing and the whole.
    #[must_use]
    pub fn within_one(self) -> Self {
        Self(self.0.clamp(0, Self::ONE.0))
    }

    /// Fen times ratio, rounded half up to the fen: the named rounding of amounts.
    #[must_use]
    pub fn of_fen(self, fen: i64) -> i64 {
        round_exact(i128::from(fen) * i128::from(self.0))
    }
}

/// Millionths of a fen to fen, half away from zero.
pub(crate) fn round_exact(exact: i128) -> i64 {
    divide_half_up(exact, i128::from(Ratio::ONE.0))
}

fn divide_half_up(value: i128, by: i128) -> i64 {
    let half = by / 2;
    let rounded = if value >= 0 { (value + half) / by } else { (value - half) / by };
    i64::try_from(rounded).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl fmt::Display for Ratio {
    /// A percentage without needless zeros: `85%`, `89.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let fraction = format!("{:04}", magnitude % 10_000);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{fraction}%", magnitude / 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_ratios_parse_exactly_and_print_as_percent() {
        for (text, millionths, shown) in [
            ("0.85", 850_000, "85%"),
            ("1", 1_000_000, "100%"),
            ("0.895", 895_000, "89.5%"),
            ("-0.05", -50_000, "-5%"),
            ("0.000001", 1, "0.0001%"),
        ] {
            let ratio = Ratio::parse(text);
            assert_eq!(ratio, Some(Ratio(millionths)), "{text}");
            assert_eq!(Ratio(millionths).to_string(), shown);
        }
        for wrong in ["", "85%", ".5", "0.1234567", "1e-2", "0,5", "--1"] {
            assert_eq!(Ratio::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn i2_amounts_round_half_up() {
        assert_eq!(Ratio(850_000).of_fen(3), 3, "2.55");
        assert_eq!(Ratio(500_000).of_fen(1), 1, "0.5");
        assert_eq!(Ratio(500_000).of_fen(-1), -1, "-0.5");
        assert_eq!(Ratio(700_000).of_fen(500), 350);
    }
}
