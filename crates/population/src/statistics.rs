//! The formulas of peer comparison and monitoring, each as a function of plain numbers.
//!
//! Sources: robust z and its limit 3.5, Iglewicz & Hoaglin 1993; funnel limits with a multiplicative factor for
//! over-dispersion, Spiegelhalter 2005; CUSUM, Page 1954; empirical-Bayes shrinkage of small numbers, as used by
//! provider profiling. What cannot be said (no spread, too few values) is `None`, never a number.

/// Makes MAD comparable with a standard deviation of normal data.
const MAD_TO_SIGMA: f64 = 0.6745;
/// Makes the interquartile range comparable with a standard deviation of normal data.
const IQR_TO_SIGMA: f64 = 1.349;

/// The values in order, those that are not numbers left out.
#[must_use]
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The quantile of ordered values, linear between neighbours (type 7); `None` of no values.
#[must_use]
pub fn quantile(ordered: &[f64], share: f64) -> Option<f64> {
    let last = ordered.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let low = *ordered.get(below)?;
    let high = *ordered.get(below + 1).unwrap_or(&low);
    Some(low + (high - low) * part)
}

/// The middle of ordered values.
#[must_use]
pub fn median(ordered: &[f64]) -> Option<f64> {
    quantile(ordered, 0.5)
}

/// Median absolute deviation from the median.
#[must_use]
pub fn median_absolute_deviation(ordered: &[f64]) -> Option<f64> {
    let middle = median(ordered)?;
    median(&sorted(ordered.iter().map(|value| (value - middle).abs())))
}

/// Rank percentile, of 100: (lower + half of equal) / n.
#[must_use]
pub fn rank_percentile(value: f64, ordered: &[f64]) -> Option<f64> {
    if ordered.is_empty() {
        return None;
    }
    let lower = ordered.partition_point(|other| *other < value);
    let not_above = ordered.partition_point(|other| *other <= value);
    Some(100.0 * (lower as f64 + 0.5 * (not_above - lower) as f64) / ordered.len() as f64)
}

/// 0.6745 (x − median) / MAD; where MAD is zero, (x − median) / (IQR / 1.349); without any spread nothing.
#[must_use]
pub fn robust_z(value: f64, ordered: &[f64]) -> Option<f64> {
    let middle = median(ordered)?;
    let deviation = median_absolute_deviation(ordered)?;
    if deviation > 0.0 {
        return Some(MAD_TO_SIGMA * (value - middle) / deviation);
    }
    let spread = (quantile(ordered, 0.75)? - quantile(ordered, 0.25)?) / IQR_TO_SIGMA;
    (spread > 0.0).then(|| (value - middle) / spread)
}

/// A rate and how many cases it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Share of cases, 0 to 1.
    pub value: f64,
    /// Cases.
    pub size: f64,
}

/// The funnel of a group of rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Funnel {
    /// The rate of all cases together (p0).
    pub centre: f64,
    /// Over-dispersion factor (φ), at least 1.
    pub dispersion: f64,
}

impl Funnel {
    /// The funnel of these rates: p0 of all cases, φ the mean of squared z after the outer tenths are pulled in.
    /// `None` where there are no cases or all or none of them count.
    #[must_use]
    pub fn of(rates: &[Rate]) -> Option<Self> {
        let cases: f64 = rates.iter().map(|rate| rate.size).sum();
        let counted: f64 = rates.iter().map(|rate| rate.value * rate.size).sum();
        let centre = counted / cases;
        if !(centre > 0.0 && centre < 1.0) {
            return None;
        }
        let plain = Self { centre, dispersion: 1.0 };
        let scores = sorted(rates.iter().filter_map(|rate| plain.score(*rate)));
        let (low, high) = (quantile(&scores, 0.1)?, quantile(&scores, 0.9)?);
        let squares: f64 = scores.iter().map(|score| score.clamp(low, high).powi(2)).sum();
        Some(Self { centre, dispersion: (squares / scores.len() as f64).max(1.0) })
    }

    /// How many widened standard errors the rate lies above the centre: (x − p0) / √(φ p0 (1 − p0) / n).
    #[must_use]
    pub fn score(&self, rate: Rate) -> Option<f64> {
        let error = (self.dispersion * self.centre * (1.0 - self.centre) / rate.size).sqrt();
        (error > 0.0 && error.is_finite()).then(|| (rate.value - self.centre) / error)
    }

    /// The rate that lies `z` standard errors above the centre for so many cases.
    #[must_use]
    pub fn limit(&self, z: f64, size: f64) -> f64 {
        self.centre + z * (self.dispersion * self.centre * (1.0 - self.centre) / size).sqrt()
    }
}

/// Empirical-Bayes shrinkage: w x + (1 − w) mean, w = n / (n + k). With k = 0 the value stays.
#[must_use]
pub fn shrink(value: f64, size: f64, mean: f64, k: f64) -> f64 {
    if size + k <= 0.0 {
        return mean;
    }
    let weight = size / (size + k);
    weight * value + (1.0 - weight) * mean
}

/// Mean and sample standard deviation; `None` of fewer than two values.
#[must_use]
pub fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, (squares / (count - 1.0)).sqrt()))
}

/// The probability of `least` or more where `mean` are expected: the upper tail of Poisson's law, summed from its largest
/// term, so that the smallest tails keep their digits.
#[must_use]
pub fn poisson_tail(least: usize, mean: f64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    if (least as f64) <= mean {
        // Most of the mass lies above: what lies below is taken off.
        let below: f64 = (0..least).map(|n| poisson(n, mean)).sum();
        return (1.0 - below).clamp(0.0, 1.0);
    }
    let mut term = poisson(least, mean);
    let mut sum = 0.0;
    let mut next = least as f64;
    // The terms fall from here on; what is left after a term this small does not change the sum.
    while term > sum * f64::EPSILON {
        sum += term;
        next += 1.0;
        term *= mean / next;
    }
    sum
}

/// The probability of exactly `count` where `mean` are expected.
fn poisson(count: usize, mean: f64) -> f64 {
    let factorial: f64 = (1..=count).map(|n| (n as f64).ln()).sum();
    (count as f64 * mean.ln() - mean - factorial).exp()
}

/// Coefficient of variation: deviation over mean; `None` without a positive mean.
#[must_use]
pub fn variation(values: &[f64]) -> Option<f64> {
    let (mean, deviation) = mean_and_deviation(values)?;
    (mean > 0.0).then(|| deviation / mean)
}

/// One-sided CUSUM: S = max(0, S + (x − mean)/deviation − k), after each value.
#[must_use]
pub fn cusum(values: &[f64], mean: f64, deviation: f64, k: f64) -> Vec<f64> {
    let mut sum = 0.0_f64;
    values
        .iter()
        .map(|value| {
            sum = (sum + (value - mean) / deviation - k).max(0.0);
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(got: Option<f64>, expect: f64) {
        let got = got.expect("a number");
        assert!((got - expect).abs() < 1e-9, "{got} is not {expect}");
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let ordered = [1.0, 2.0, 3.0, 4.0];
        close(median(&ordered), 2.5);
        close(quantile(&ordered, 0.25), 1.75);
        close(quantile(&ordered, 1.0), 4.0);
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn rank_percentile_halves_ties() {
        let ordered = [10.0, 20.0, 20.0, 30.0];
        close(rank_percentile(20.0, &ordered), 50.0);
        close(rank_percentile(30.0, &ordered), 87.5);
        close(rank_percentile(99.0, &ordered), 100.0);
        assert_eq!(rank_percentile(1.0, &[]), None);
    }

    #[test]
    fn robust_z_of_a_known_sample() {
        // Median 5, deviations 4 3 1 0 1 3 4 → MAD 3.
        let ordered = [1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 9.0];
        close(robust_z(20.0, &ordered), 0.6745 * 15.0 / 3.0);
        // MAD is 0, the quartiles still differ: 5 and 5.5.
        let ordered = [1.0, 5.0, 5.0, 5.0, 5.0, 6.0, 9.0];
        close(robust_z(9.0, &ordered), (9.0 - 5.0) / (0.5 / 1.349));
        assert_eq!(robust_z(9.0, &[5.0; 8]), None);
    }

    #[test]
    fn a_funnel_widens_with_few_cases_and_with_dispersion() {
        let even = [Rate { value: 0.1, size: 100.0 }; 10];
        let funnel = Funnel::of(&even).expect("a funnel");
        assert_eq!(funnel, Funnel { centre: 0.1, dispersion: 1.0 });
        close(Some(funnel.limit(3.0, 100.0)), 0.1 + 3.0 * 0.03);
        assert!(funnel.limit(3.0, 25.0) > funnel.limit(3.0, 100.0));
        let scattered: Vec<Rate> = (0..10).map(|n| Rate { value: 0.02 * f64::from(n), size: 400.0 }).collect();
        assert!(Funnel::of(&scattered).expect("a funnel").dispersion > 5.0);
        assert_eq!(Funnel::of(&[Rate { value: 0.0, size: 50.0 }; 3]), None);
        assert_eq!(Funnel::of(&[]), None);
    }

    #[test]
    fn shrinkage_pulls_small_numbers_to_the_mean() {
        close(Some(shrink(0.8, 20.0, 0.2, 20.0)), 0.5);
        close(Some(shrink(0.8, 0.0, 0.2, 20.0)), 0.2);
        close(Some(shrink(0.8, 20.0, 0.2, 0.0)), 0.8);
        close(Some(shrink(0.8, 0.0, 0.2, 0.0)), 0.2);
    }

    #[test]
    fn cusum_sums_what_passes_the_drift() {
        assert_eq!(cusum(&[10.0, 12.0, 12.0, 9.0, 13.0], 10.0, 1.0, 0.5), [0.0, 1.5, 3.0, 1.5, 4.0]);
        close(variation(&[90.0, 110.0]), 200.0_f64.sqrt() / 100.0);
        assert_eq!(variation(&[5.0]), None);
    }

    #[test]
    fn poisson_tails_of_known_tables() {
        // 1 − e⁻² (1 + 2 + 2), and 1 − e⁻¹.
        close(Some(poisson_tail(3, 2.0)), 1.0 - (-2.0_f64).exp() * 5.0);
        close(Some(poisson_tail(1, 1.0)), 1.0 - (-1.0_f64).exp());
        // Far out: the first term, 10⁻¹²/720, and hardly more.
        let far = poisson_tail(6, 0.01);
        assert!((far / (1e-12 / 720.0) - 1.0).abs() < 0.01, "{far}");
        assert_eq!((poisson_tail(0, 3.0), poisson_tail(4, 0.0)), (1.0, 0.0));
        assert!(poisson_tail(5, 50.0) > 0.999_999);
    }

    proptest! {
        #[test]
        fn a_poisson_tail_falls_with_the_count_and_grows_with_the_mean(least in 1_usize..60, mean in 0.01..40.0_f64) {
            let tail = poisson_tail(least, mean);
            prop_assert!((0.0..=1.0).contains(&tail));
            prop_assert!(poisson_tail(least + 1, mean) <= tail);
            prop_assert!(poisson_tail(least, mean * 1.1) >= tail - 1e-12);
        }

        #[test]
        fn robust_z_knows_neither_unit_nor_origin(values in prop::collection::vec(-1e3..1e3_f64, 8..40), shift in -1e3..1e3_f64, scale in 0.1..50.0_f64) {
            let ordered = sorted(values.clone());
            let moved = sorted(values.iter().map(|value| value * scale + shift));
            if let (Some(before), Some(after)) = (robust_z(values[0], &ordered), robust_z(values[0] * scale + shift, &moved)) {
                prop_assert!((before - after).abs() < 1e-3 * (1.0 + before.abs()));
            }
        }

        #[test]
        fn rank_percentile_stays_within_its_bounds(values in prop::collection::vec(-1e3..1e3_f64, 1..40), x in -2e3..2e3_f64) {
            let percentile = rank_percentile(x, &sorted(values)).expect("values");
            prop_assert!((0.0..=100.0).contains(&percentile));
        }

        #[test]
        fn a_shrunken_value_lies_between_value_and_mean(x in 0.0..1.0_f64, mean in 0.0..1.0_f64, n in 0.0..500.0_f64, k in 0.1..500.0_f64) {
            let shrunken = shrink(x, n, mean, k);
            prop_assert!(shrunken >= x.min(mean) - 1e-12 && shrunken <= x.max(mean) + 1e-12);
        }
    }
}
