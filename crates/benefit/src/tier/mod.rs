//! One tier, one base: deductible, bands, caps, rounding. The arithmetic heart; nothing here knows areas.
//!
//! Amounts are fen in `i64` (cases are held below a billion yuan), products are millionths of a
//! fen in `i128`. A tier's payment is exact until its one named rounding; cells (a band's share of a fund)
//! then get whole fen by largest remainder, so that they add up to it (I3).

mod rounding;

use crate::facts::Facts;
use crate::package::{Measure, Per};
use crate::policy::{Ceiling, FUNDS_MAX, Slot, Split, Tier};
use crate::ratio::Ratio;
use crate::state::{TierState, VisitState, given};
use crate::trace::{Step, StepKind, Tracer};
use crate::words::Fund;
use model::Fen;

/// Why a tier cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TierError {
    /// No row of the slot holds for the case.
    NoDeductible,
    /// No row of the slot holds for the case.
    NoRate { band: u8 },
    /// A ceiling that depends on a figure that is not loaded.
    UnknownCeiling { parameter: u32 },
}

/// What the tier did with its base.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TierRun {
    /// Deductible met before this base.
    pub(crate) met: i64,
    /// Base seen this year before this base.
    pub(crate) seen: i64,
    pub(crate) deductible: i64,
    /// What the bands were applied to.
    pub(crate) banded: i64,
    /// What lies above the cap.
    pub(crate) over: i64,
    pub(crate) pays: [(Option<Fund>, i64); FUNDS_MAX],
    pub(crate) total: i64,
    /// Paid by the tier's own fund.
    pub(crate) own: i64,
}

/// A band's share of a fund, before rounding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    band: u8,
    fund: Fund,
    base: i64,
    rate: Ratio,
    parameter: u32,
    exact: i128,
    amount: i64,
}

/// Everything a tier needs beside its base.
pub(crate) struct TierInput<'a> {
    pub(crate) tier: &'a Tier,
    pub(crate) index: u8,
    pub(crate) facts: &'a Facts,
    pub(crate) year: &'a TierState,
    pub(crate) visit: &'a VisitState,
    /// Base seen this year before the case, feeds resolved.
    pub(crate) seen_before: i64,
    /// What is still borne: no tier pays more.
    pub(crate) limit: i64,
    /// Deductible on top of the slot's, for further cycles of a stay that cannot be cut.
    pub(crate) extra_deductible: i64,
}

/// The deductible in force: slot × factors, rounded half up. Zero where the tier has none.
pub(crate) fn deductible_in_force(
    tier: &Tier,
    index: u8,
    facts: &Facts,
    tracer: &mut impl Tracer,
) -> Result<(i64, u32), TierError> {
    if tier.deductible_per.is_none() || tier.deductible.is_empty() {
        return Ok((0, crate::trace::NONE));
    }
    let row = tier.deductible.choose(facts).ok_or(TierError::NoDeductible)?;
    let mut exact = i128::from(row.value.0);
    let mut scale: i128 = 1;
    for factor in &tier.deductible_factors {
        if let Some(row) = factor.choose(facts) {
            exact *= i128::from(row.value.0);
            scale *= i128::from(Ratio::ONE.0);
            tracer.step(Step::new(StepKind::Modifier, 0).tier(index).rate(row.value.0).by(row.parameter));
        }
    }
    let rounded = (exact + scale / 2) / scale;
    Ok((i64::try_from(rounded).unwrap_or(i64::MAX), row.parameter))
}

/// Runs a tier on a base.
pub(crate) fn run(
    input: &TierInput<'_>,
    base: i64,
    cells: &mut Vec<Cell>,
    tracer: &mut impl Tracer,
) -> Result<TierRun, TierError> {
    let TierInput { tier, index, facts, year, visit, .. } = *input;
    let (nominal, parameter) = deductible_in_force(tier, index, facts, tracer)?;
    let nominal = nominal + input.extra_deductible;
    let met = deductible_met(input, nominal);
    let seen = input.seen_before.max(if tier.deductible_per == Some(Per::Year) { met } else { 0 });
    let deductible = (nominal - met).clamp(0, base);
    if nominal > 0 {
        tracer.step(Step::new(StepKind::Deductible, deductible).tier(index).on(base).by(parameter));
    }
    let start = match (tier.bands_measure, tier.bands_per) {
        (Measure::WithDeductible, Per::Year) => seen + deductible,
        (Measure::WithDeductible, Per::Visit) => visit.in_scope + deductible,
        (Measure::AboveDeductible, Per::Year) => {
            (seen - if tier.deductible_per == Some(Per::Year) { met } else { year.deductible }).max(0)
        }
        (Measure::AboveDeductible, Per::Visit) => visit.in_scope - visit.deductible,
        (Measure::Paid, Per::Year) => year.paid,
        (Measure::Paid, Per::Visit) => visit.paid,
    };
    let cap = tightest_cap(input)?;
    cells.clear();
    let walk = Walk { input, cap, start };
    let (banded, over) = walk.bands(base - deductible, cells, tracer)?;
    rounding::round(tier, cells, input.limit.min(base - deductible), cap.map(|(left, _)| left));
    let mut run = TierRun { met, seen, deductible, banded, over, ..TierRun::default() };
    for cell in cells.iter() {
        run.total += cell.amount;
        if cell.fund == tier.fund {
            run.own += cell.amount;
        }
        let slot = run.pays.iter_mut().find(|(fund, _)| fund.is_none_or(|fund| fund == cell.fund));
        if let Some(slot) = slot {
            *slot = (Some(cell.fund), slot.1 + cell.amount);
        }
        tracer.step(
            Step::new(StepKind::Pay, cell.amount)
                .tier(index)
                .band(cell.band + 1)
                .fund(cell.fund)
                .on(cell.base)
                .rate(cell.rate.0)
                .by(cell.parameter),
        );
    }
    if over > 0
        && let Some((_, parameter)) = cap
    {
        tracer.step(Step::new(StepKind::Cap, over).tier(index).on(base).by(parameter));
    }
    Ok(run)
}

/// The deductible met before this base.
fn deductible_met(input: &TierInput<'_>, nominal: i64) -> i64 {
    match input.tier.deductible_per {
        None => 0,
        Some(Per::Visit) => input.visit.deductible,
        Some(Per::Year) => {
            let by_base = input.seen_before.min(nominal);
            let by_case = input.year.deductible;
            if !input.year.gave(given::DEDUCTIBLE) {
                by_base
            } else if input.tier.feeds.is_empty() {
                by_case
            } else {
                by_case.max(by_base)
            }
        }
    }
}

/// What the tier's own fund may still pay, with the parameter that says so; `None` without a ceiling.
fn tightest_cap(input: &TierInput<'_>) -> Result<Option<(i64, u32)>, TierError> {
    let TierInput { tier, facts, year, visit, .. } = *input;
    let mut tightest: Option<(i64, u32)> = None;
    let mut consider = |slot: &Slot<Ceiling>, used: i64, grows: bool| -> Result<(), TierError> {
        let Some(row) = slot.choose(facts) else { return Ok(()) };
        let sum = match row.value {
            Ceiling::Unlimited => return Ok(()),
            Ceiling::Unknown => return Err(TierError::UnknownCeiling { parameter: row.parameter }),
            Ceiling::Sum(Fen(sum)) => sum + if grows { growth(tier, facts, sum) } else { 0 },
        };
        let left = (sum - used).max(0);
        if tightest.is_none_or(|(least, _)| left < least) {
            tightest = Some((left, row.parameter));
        }
        Ok(())
    };
    consider(&tier.cap, year.paid, true)?;
    consider(&tier.visit_cap, visit.paid, false)?;
    for (slot, used) in tier.subcaps.iter().zip(year.subcaps) {
        consider(slot, used, false)?;
    }
    Ok(tightest)
}

/// What continuous cover adds to a cap.
fn growth(tier: &Tier, facts: &Facts, cap: i64) -> i64 {
    let (Some(step), Some(months)) = (tier.growth_step.choose(facts), facts.cover_months) else { return 0 };
    let after = tier.growth_after_years.choose(facts).map_or(0, |row| row.value);
    let years = i64::from((months / 12).saturating_sub(after));
    let most = tier.growth_max_share.choose(facts).map_or(i64::MAX, |row| row.value.of_fen(cap));
    (step.value.0 * years).min(most)
}

/// Walks the bands from a position.
struct Walk<'a> {
    input: &'a TierInput<'a>,
    cap: Option<(i64, u32)>,
    start: i64,
}

impl Walk<'_> {
    /// Fills cells; returns what was applied to bands and what lies above the cap.
    fn bands(&self, base: i64, cells: &mut Vec<Cell>, tracer: &mut impl Tracer) -> Result<(i64, i64), TierError> {
        let TierInput { tier, index, facts, .. } = *self.input;
        let mut left = base;
        let mut position = self.start;
        let mut own_exact: i128 = 0;
        for (number, band) in tier.bands.iter().enumerate() {
            if left == 0 {
                break;
            }
            let upper = band.upper.choose(facts);
            if upper.is_some_and(|upper| position >= upper.value.0) {
                continue;
            }
            let row = band.rate.choose(facts).ok_or(TierError::NoRate { band: number as u8 + 1 })?;
            let split = self.effective(&row.value, tracer);
            let own = split.parts[0].1;
            let room = upper.map(|upper| upper.value.0 - position);
            let mut piece = match (room, tier.bands_measure) {
                (None, _) => left,
                (Some(room), Measure::Paid) => left.min(base_that_pays(own, room)),
                (Some(room), _) => left.min(room),
            };
            let mut own_part = i128::from(piece) * i128::from(own.0);
            let mut stopped = false;
            if let Some((limit, _)) = self.cap {
                let room = i128::from(limit) * i128::from(Ratio::ONE.0) - own_exact;
                if own_part > room {
                    piece = ceil_div(room, i128::from(own.0)).min(piece);
                    own_part = room;
                    stopped = true;
                }
            }
            for (place, &(fund, rate)) in split.parts().iter().enumerate() {
                let exact = if place == 0 { own_part } else { i128::from(piece) * i128::from(rate.0) };
                if rate.0 > 0 || split.len == 1 {
                    let band = number as u8;
                    cells.push(Cell { band, fund, base: piece, rate, parameter: row.parameter, exact, amount: 0 });
                }
            }
            own_exact += own_part;
            left -= piece;
            if stopped {
                return Ok((base - left, left));
            }
            if let Some(upper) = upper
                && left > 0
            {
                position = upper.value.0;
                tracer.step(Step::new(StepKind::Bound, upper.value.0).tier(index).by(upper.parameter));
            }
        }
        // Beyond the last bound no band pays: what is left stays with the insured, and is not over the cap.
        Ok((base - left, 0))
    }

    /// The band's rate with points and factors, held within nothing and the whole.
    fn effective(&self, written: &Split, tracer: &mut impl Tracer) -> Split {
        let TierInput { tier, index, facts, .. } = *self.input;
        if tier.points.is_empty() && tier.self_factors.is_empty() && tier.rate_factors.is_empty() {
            return *written;
        }
        let mut note = |ratio: Ratio, parameter: u32| {
            tracer.step(Step::new(StepKind::Modifier, 0).tier(index).rate(ratio.0).by(parameter));
        };
        let before = written.total();
        let mut rate = before;
        for slot in &tier.points {
            if let Some(row) = slot.choose(facts) {
                rate = Ratio(rate.0 + row.value.0);
                note(row.value, row.parameter);
            }
        }
        rate = rate.within_one();
        for slot in &tier.self_factors {
            if let Some(row) = slot.choose(facts) {
                rate = Ratio(Ratio::ONE.0 - Ratio(Ratio::ONE.0 - rate.0).times(row.value).0).within_one();
                note(row.value, row.parameter);
            }
        }
        for slot in &tier.rate_factors {
            if let Some(row) = slot.choose(facts) {
                rate = rate.times(row.value).within_one();
                note(row.value, row.parameter);
            }
        }
        with_total(*written, rate)
    }
}

/// The split with another total: the own fund takes the difference, the others only what it cannot.
fn with_total(mut split: Split, total: Ratio) -> Split {
    let mut difference = total.0 - split.total().0;
    let own = &mut split.parts[0].1.0;
    let taken = difference.max(-*own);
    *own += taken;
    difference -= taken;
    for part in split.parts.iter_mut().take(usize::from(split.len)).skip(1).rev() {
        let taken = difference.max(-part.1.0);
        part.1.0 += taken;
        difference -= taken;
    }
    split
}

/// The smallest base of which the own fund pays `amount`; everything when it pays nothing.
fn base_that_pays(rate: Ratio, amount: i64) -> i64 {
    if rate.0 <= 0 {
        return i64::MAX;
    }
    ceil_div(i128::from(amount) * i128::from(Ratio::ONE.0), i128::from(rate.0))
}

fn ceil_div(value: i128, by: i128) -> i64 {
    if by <= 0 {
        return i64::MAX;
    }
    i64::try_from((value + by - 1) / by).unwrap_or(i64::MAX)
}
