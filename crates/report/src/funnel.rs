//! Whether an institution's rate differs from all others' by more than chance.
//!
//! The model is the binomial funnel (D. J. Spiegelhalter, "Funnel plots for comparing institutional
//! performance", Statistics in Medicine 24, 2005): around the pooled rate p, an institution with n
//! visits may by chance lie within p ± z·√(p(1−p)/n), z = 1.96 for 95 % and 3.09 for 99.8 %. It is a
//! prompt to look, never a proof: institutions differ in what they treat. Integer arithmetic, so that
//! the same data draws the same funnel on every machine.

use serde::Serialize;

use crate::wording::Ratio;

/// Visits below which a rate says nothing.
pub(crate) const VISITS_MIN: u64 = 30;
/// Flagged visits below which a high rate may be one mishap: there the normal curve is too narrow.
const FLAGGED_MIN: i64 = 5;
const MILLION: i64 = 1_000_000;

/// How wide a funnel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// 95 % of chance: z = 1.960.
    NinetyFive,
    /// 99.8 % of chance: z = 3.090.
    NinetyNineEight,
}

/// Where an institution lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Fewer than thirty visits, or a high rate from fewer than five flagged ones.
    TooFew,
    /// Below the lower 99.8 % limit.
    FarBelow,
    /// Below the lower 95 % limit.
    Below,
    /// Inside.
    Within,
    /// Above the upper 95 % limit.
    Above,
    /// Above the upper 99.8 % limit.
    FarAbove,
}

/// A funnel around a pooled rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Funnel {
    /// The pooled rate in parts per million.
    pub(crate) rate_ppm: i64,
}

impl Funnel {
    /// Lower and upper limit for an institution with that many visits, in parts per million.
    pub(crate) fn limits(self, width: Width, visits: u64) -> (i64, i64) {
        let z_milli: u128 = match width {
            Width::NinetyFive => 1_960,
            Width::NinetyNineEight => 3_090,
        };
        let rate = self.rate_ppm.clamp(0, MILLION);
        let variance = u128::from((rate * (MILLION - rate)).unsigned_abs());
        // √(variance·10⁶/n) is the standard error in thousandths of a part per million.
        let error_milli = (variance * 1_000_000 / u128::from(visits.max(1))).isqrt();
        let reach = i64::try_from(error_milli * z_milli / 1_000_000).unwrap_or(MILLION);
        ((rate - reach).max(0), (rate + reach).min(MILLION))
    }

    /// Where an institution lies of which `part` visits of `whole` are flagged.
    pub(crate) fn standing(self, flagged: Ratio) -> Standing {
        let visits = flagged.whole.max(0).unsigned_abs();
        let (low, high) = self.limits(Width::NinetyFive, visits);
        let (far_low, far_high) = self.limits(Width::NinetyNineEight, visits);
        match flagged.ppm() {
            _ if visits < VISITS_MIN => Standing::TooFew,
            rate if rate > high && flagged.part < FLAGGED_MIN => Standing::TooFew,
            rate if rate > far_high => Standing::FarAbove,
            rate if rate > high => Standing::Above,
            rate if rate < far_low => Standing::FarBelow,
            rate if rate < low => Standing::Below,
            _ => Standing::Within,
        }
    }
}

impl Standing {
    /// In Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::TooFew => "样本少",
            Self::FarBelow => "显著偏低",
            Self::Below => "偏低",
            Self::Within => "正常波动",
            Self::Above => "偏高",
            Self::FarAbove => "显著偏高",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_the_formula() {
        // 0.1 ± 1.96·√(0.09/900) = 0.1 ± 0.0196; with z = 3.09: 0.1 ± 0.0309.
        let funnel = Funnel { rate_ppm: 100_000 };
        for (width, visits, expect) in [
            (Width::NinetyFive, 900, (80_400, 119_600)),
            (Width::NinetyNineEight, 900, (69_100, 130_900)),
            (Width::NinetyNineEight, 1, (0, 1_000_000)),
        ] {
            assert_eq!(funnel.limits(width, visits), expect, "{width:?} {visits}");
        }
    }

    #[test]
    fn standing_has_its_bounds() {
        let funnel = Funnel { rate_ppm: 100_000 };
        for (part, whole, expect) in [
            (1_058, 10_000, Standing::Within),
            (1_059, 10_000, Standing::Above),
            (1_093, 10_000, Standing::FarAbove),
            (941, 10_000, Standing::Below),
            (907, 10_000, Standing::FarBelow),
            (29, 29, Standing::TooFew),
            (4, 30, Standing::Within),
            (30, 30, Standing::FarAbove),
        ] {
            assert_eq!(funnel.standing(Ratio { part, whole }), expect, "{part} of {whole}");
        }
    }

    #[test]
    fn a_few_mishaps_are_no_pattern() {
        let funnel = Funnel { rate_ppm: 1_000 };
        for (part, expect) in [(4, Standing::TooFew), (5, Standing::FarAbove)] {
            assert_eq!(funnel.standing(Ratio { part, whole: 100 }), expect, "{part} of 100");
        }
    }
}
