//! Round numbers on axes, and the logarithm of a count.

use model::Fen;

use crate::wording::count;

/// Round values from zero that cover `most` in about `wanted` steps of 1, 2 or 5 × 10ⁿ.
pub(super) fn ticks(most: i64, wanted: i64) -> Vec<i64> {
    let rough = (most / wanted.max(1)).max(1);
    let mut power = 1_i64;
    while power.checked_mul(10).is_some_and(|next| next <= rough) {
        power *= 10;
    }
    let step = [1, 2, 5, 10].map(|times| power.saturating_mul(times)).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(rough);
    (0..=wanted + 2).map(|position| position * step).take_while(|tick| *tick < most.saturating_add(step)).collect()
}

/// The unit that suits amounts up to `most`, and how many fen it is.
pub(super) fn money_unit(most: Fen) -> (&'static str, i64) {
    match most.0 {
        ..1_000_000 => ("元", 100),
        1_000_000..10_000_000_000 => ("万元", 1_000_000),
        _ => ("亿元", 10_000_000_000),
    }
}

/// `value / unit` with as many decimals as it needs, at most two.
pub(super) fn in_units(value: i64, unit: i64) -> String {
    let hundredths = i128::from(value) * 100 / i128::from(unit.max(1));
    let magnitude = u64::try_from(hundredths.unsigned_abs()).unwrap_or(u64::MAX);
    let decimals = match (magnitude % 100, magnitude % 10) {
        (0, _) => String::new(),
        (cents, 0) => format!(".{}", cents / 10),
        (cents, _) => format!(".{cents:02}"),
    };
    format!("{}{}{decimals}", if hundredths < 0 { "-" } else { "" }, count(magnitude / 100))
}

/// `value / unit` with two decimals, so that a table's figures stand under each other.
pub(super) fn two_decimals(value: i64, unit: i64) -> String {
    let hundredths = i128::from(value) * 100 / i128::from(unit.max(1));
    let magnitude = u64::try_from(hundredths.unsigned_abs()).unwrap_or(u64::MAX);
    format!("{}{}.{:02}", if hundredths < 0 { "-" } else { "" }, count(magnitude / 100), magnitude % 100)
}

/// A count as it stands on an axis: `500`, `2,000`, `5万`.
pub(super) fn short_count(number: u64) -> String {
    if number >= 10_000 && number.is_multiple_of(1_000) {
        format!("{}万", in_units(i64::try_from(number).unwrap_or(i64::MAX), 10_000))
    } else {
        count(number)
    }
}

/// log₂ in thousandths, by repeated squaring of the mantissa; 0 for 0.
pub(super) fn log2_milli(number: u64) -> i64 {
    let Some(whole) = number.checked_ilog2() else { return 0 };
    // The mantissa in [1, 2) with 32 binary places.
    let mut mantissa = (u128::from(number) << 32) >> whole;
    let mut fraction = 0_i64;
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 32;
        fraction <<= 1;
        if mantissa >> 33 > 0 {
            mantissa >>= 1;
            fraction |= 1;
        }
    }
    i64::from(whole) * 1_000 + ((fraction * 1_000) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_steps_that_cover_the_data() {
        for (most, wanted, expect) in [
            (10, 5, vec![0, 2, 4, 6, 8, 10]),
            (97, 5, vec![0, 20, 40, 60, 80, 100]),
            (1_234_567, 4, vec![0, 500_000, 1_000_000, 1_500_000]),
            (0, 5, vec![0]),
            (1, 5, vec![0, 1]),
        ] {
            assert_eq!(ticks(most, wanted), expect, "{most} in {wanted}");
        }
    }

    #[test]
    fn logarithms_are_right_to_the_thousandth() {
        for (number, expect) in [(0, 0), (1, 0), (2, 1_000), (1_000, 9_965), (1_000_000, 19_931), (3, 1_584)] {
            assert_eq!(log2_milli(number), expect, "{number}");
        }
    }

    #[test]
    fn units_keep_what_they_need() {
        for (value, unit, expect) in
            [(2_500_000, 1_000_000, "2.5"), (100, 100, "1"), (1_234_500_000, 1_000_000, "1,234.5"), (125, 100, "1.25")]
        {
            assert_eq!(in_units(value, unit), expect);
        }
    }
}
