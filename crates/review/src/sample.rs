//! A random sample, and what it says of all.
//!
//! N items, n of them drawn without replacement, each found to be wrong by xᵢ fen. Then, in integers all the way (I2):
//!
//! - the total is estimated as `N/n · Σxᵢ`, rounded half up to the fen (expansion estimator);
//! - its variance is `N² · (1 − n/N) · s²/n` with `s² = (n·Σxᵢ² − (Σxᵢ)²) / (n·(n − 1))`, that is
//!   `V = N·(N − n)·(n·Σxᵢ² − (Σxᵢ)²) / (n²·(n − 1))` (Cochran, Sampling Techniques, 3rd ed. 1977, theorems 2.1 and 2.2);
//! - the standard error is `√V`, rounded up to the fen;
//! - the bounds are the estimate less and plus `t · √V`, with Student's t of n − 1 degrees of freedom, rounded outwards, and never
//!   below what the sample itself found.
//!
//! What is demanded back should be the lower bound: then it is too much in one case of twenty at 90 %.

use model::Fen;
use sha2::{Digest, Sha256};

/// How sure the interval is, on both sides together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// 90 %
    Ninety,
    /// 95 %
    NinetyFive,
}

/// Amounts and numbers of items beyond this are no bill: with them in bounds no product below leaves 128 bits unnoticed.
const REASONABLE: i64 = 1_000_000_000_000;

/// Why there is no extrapolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleError {
    /// Fewer than two of the sample are decided, or more than there are.
    Size,
    /// Amounts that are negative or beyond reason.
    Overflow,
}

/// What a sample says of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extrapolation {
    /// N
    pub population: u64,
    /// n
    pub sample: u64,
    /// Σxᵢ
    pub found: Fen,
    /// Of all.
    pub estimate: Fen,
    /// Its standard error.
    pub standard_error: Fen,
    /// Student's t in thousandths.
    pub t_thousandths: i64,
    /// Lower bound.
    pub lower: Fen,
    /// Upper bound.
    pub upper: Fen,
}

/// Student's t for two-sided 90 % and 95 %, in thousandths, by degrees of freedom 1 … 30, then 40, 60, 120, and infinitely many
/// (Fisher & Yates, Statistical Tables, table III). Between two rows the one with fewer degrees, which is wider.
const T: [(u64, i64, i64); 34] = [
    (1, 6_314, 12_706),
    (2, 2_920, 4_303),
    (3, 2_353, 3_182),
    (4, 2_132, 2_776),
    (5, 2_015, 2_571),
    (6, 1_943, 2_447),
    (7, 1_895, 2_365),
    (8, 1_860, 2_306),
    (9, 1_833, 2_262),
    (10, 1_812, 2_228),
    (11, 1_796, 2_201),
    (12, 1_782, 2_179),
    (13, 1_771, 2_160),
    (14, 1_761, 2_145),
    (15, 1_753, 2_131),
    (16, 1_746, 2_120),
    (17, 1_740, 2_110),
    (18, 1_734, 2_101),
    (19, 1_729, 2_093),
    (20, 1_725, 2_086),
    (21, 1_721, 2_080),
    (22, 1_717, 2_074),
    (23, 1_714, 2_069),
    (24, 1_711, 2_064),
    (25, 1_708, 2_060),
    (26, 1_706, 2_056),
    (27, 1_703, 2_052),
    (28, 1_701, 2_048),
    (29, 1_699, 2_045),
    (30, 1_697, 2_042),
    (40, 1_684, 2_021),
    (60, 1_671, 2_000),
    (120, 1_658, 1_980),
    (1_000_000_000, 1_645, 1_960),
];

/// Draws `size` of the ids: those whose hash with the seed is least. Who knows seed and ids draws the same again, whatever their
/// order; nobody can choose.
#[must_use]
pub fn draw<'a>(ids: &[&'a str], seed: &str, size: usize) -> Vec<&'a str> {
    let mut keyed: Vec<([u8; 32], &str)> = ids
        .iter()
        .map(|id| (Sha256::new().chain_update(seed).chain_update([0]).chain_update(id).finalize().into(), *id))
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().take(size).map(|(_, id)| id).collect()
}

/// Extrapolates what was found in a sample to a population of `population` items.
///
/// # Errors
/// The sample is smaller than two or larger than the population; amounts are beyond reason.
pub fn extrapolate(found: &[Fen], population: u64, confidence: Confidence) -> Result<Extrapolation, SampleError> {
    let sample = found.len() as u64;
    if sample < 2 || sample > population {
        return Err(SampleError::Size);
    }
    if population > REASONABLE.unsigned_abs() || found.iter().any(|fen| !(0..=REASONABLE).contains(&fen.0)) {
        return Err(SampleError::Overflow);
    }
    let (all, n) = (i128::from(population), i128::from(sample));
    let sum: i128 = found.iter().map(|fen| i128::from(fen.0)).sum();
    let squares: i128 = found.iter().map(|fen| i128::from(fen.0) * i128::from(fen.0)).sum();
    let spread =
        n.checked_mul(squares).and_then(|n| n.checked_sub(sum.checked_mul(sum)?)).ok_or(SampleError::Overflow)?;
    let variance = (all * (all - n)).checked_mul(spread).ok_or(SampleError::Overflow)?;
    let standard_error = root_up(divide_up(variance, n * n * (n - 1)));
    let estimate = (2 * all * sum + n).div_euclid(2 * n);
    let t = student(sample - 1, confidence);
    let margin = divide_up(standard_error.checked_mul(i128::from(t)).ok_or(SampleError::Overflow)?, 1_000);
    let fen = |value: i128| i64::try_from(value).map(Fen).map_err(|_| SampleError::Overflow);
    Ok(Extrapolation {
        population,
        sample,
        found: fen(sum)?,
        estimate: fen(estimate)?,
        standard_error: fen(standard_error)?,
        t_thousandths: t,
        lower: fen((estimate - margin).max(sum))?,
        upper: fen(estimate + margin)?,
    })
}

fn student(freedom: u64, confidence: Confidence) -> i64 {
    let below = T.iter().rev().find(|(degrees, ..)| *degrees <= freedom).or(T.first());
    below.map_or(0, |(_, ninety, ninety_five)| match confidence {
        Confidence::Ninety => *ninety,
        Confidence::NinetyFive => *ninety_five,
    })
}

fn divide_up(value: i128, by: i128) -> i128 {
    value.div_euclid(by) + i128::from(value.rem_euclid(by) != 0)
}

/// The least integer whose square is at least `value`.
fn root_up(value: i128) -> i128 {
    let value = value.max(0).unsigned_abs();
    let floor = value.isqrt();
    i128::try_from(floor + u128::from(floor * floor < value)).unwrap_or(i128::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Worked by hand: x = 0, 100, 200, 300 of N = 40. Σ = 600, Σx² = 140 000, spread = 4·140 000 − 360 000 = 200 000,
    /// V = 40·36·200 000 / (16·3) = 6 000 000, √V = 2 449.49 → 2 450, t(3; 90 %) = 2.353 → margin 5 764.85 → 5 765.
    #[test]
    fn i2_the_example_of_the_page() {
        let found = [0, 100, 200, 300].map(Fen);
        let said = extrapolate(&found, 40, Confidence::Ninety).unwrap();
        assert_eq!((said.estimate, said.standard_error, said.t_thousandths), (Fen(6_000), Fen(2_450), 2_353));
        assert_eq!((said.lower, said.upper), (Fen(600), Fen(11_765)));
        assert_eq!(extrapolate(&found[..1], 40, Confidence::Ninety), Err(SampleError::Size));
        assert_eq!(extrapolate(&found, 3, Confidence::Ninety), Err(SampleError::Size));
        assert_eq!(extrapolate(&[Fen(i64::MAX); 3], u64::MAX, Confidence::Ninety), Err(SampleError::Overflow));
    }

    #[test]
    fn everything_looked_at_is_known_for_sure() {
        let said = extrapolate(&[Fen(7), Fen(0), Fen(11)], 3, Confidence::NinetyFive).unwrap();
        assert_eq!((said.estimate, said.standard_error, said.lower, said.upper), (Fen(18), Fen(0), Fen(18), Fen(18)));
    }

    #[test]
    fn a_draw_depends_on_seed_and_ids_alone_and_is_even() {
        let ids: Vec<String> = (0..200).map(|number| format!("F{number}")).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut turned = names.clone();
        turned.reverse();
        assert_eq!(draw(&names, "7", 20), draw(&turned, "7", 20));
        assert_ne!(draw(&names, "7", 20), draw(&names, "8", 20));
        let mut hits = vec![0_u32; 200];
        for seed in 0..1_000 {
            for id in draw(&names, &seed.to_string(), 20) {
                hits[id[1..].parse::<usize>().unwrap()] += 1;
            }
        }
        // 100 expected each, standard deviation 9.5: six of them either way.
        assert!(hits.iter().all(|count| (43..=157).contains(count)), "{hits:?}");
    }

    #[test]
    #[allow(clippy::float_arithmetic, reason = "an oracle of another kind")]
    fn the_interval_covers_the_truth_about_as_often_as_it_says() {
        // 400 items, a quarter wrong by various amounts; 1,000 samples of 60.
        let ids: Vec<String> = (0..400).map(|number| format!("F{number}")).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let amount = |id: &str| {
            let number: i64 = id[1..].parse().unwrap();
            if number % 4 == 0 { Fen(500 + number * 7) } else { Fen(0) }
        };
        let truth: Fen = names.iter().map(|id| amount(id)).sum();
        let covered = (0..1_000)
            .filter(|seed| {
                let sample: Vec<Fen> = draw(&names, &seed.to_string(), 60).into_iter().map(amount).collect();
                let said = extrapolate(&sample, 400, Confidence::Ninety).unwrap();
                said.lower <= truth && truth <= said.upper
            })
            .count();
        assert!((860..=940).contains(&covered), "{covered} of 1,000 at 90 %");
    }

    proptest! {
        /// The same in floating point, which this crate itself never uses.
        #[test]
        #[allow(clippy::float_arithmetic, reason = "an oracle of another kind")]
        fn integers_agree_with_the_formula(found in prop::collection::vec(0_i64..1_000_000, 2..40), more in 0_u64..10_000) {
            let fen: Vec<Fen> = found.iter().map(|x| Fen(*x)).collect();
            let population = found.len() as u64 + more;
            let said = extrapolate(&fen, population, Confidence::NinetyFive).unwrap();
            let (n, all) = (found.len() as f64, population as f64);
            let mean = found.iter().sum::<i64>() as f64 / n;
            let s2 = found.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let error = all * ((1.0 - n / all) * s2 / n).max(0.0).sqrt();
            prop_assert!((said.estimate.0 as f64 - all * mean).abs() <= 0.51 + all * mean * 1e-12);
            prop_assert!((said.standard_error.0 as f64 - error).abs() <= 1.5 + error * 1e-9, "{} {error}", said.standard_error.0);
            prop_assert!(said.found <= said.lower && said.lower <= said.estimate && said.estimate <= said.upper);
        }
    }
}
