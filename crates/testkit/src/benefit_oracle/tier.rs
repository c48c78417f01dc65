//! One tier on one bill: deductible, bands, cap, rounding, in this order and in exact fractions.

use super::exact::Exact;
use super::law::{Contested, Law, ratio_of};
use super::policy::{Measure, Per, Rounding, Setting, Tier};

/// A part of the base with a law of its own: one portion in one cycle.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'p> {
    /// The law it is measured by.
    pub law: Law<'p>,
    /// Which cycle of the stay, from 0.
    pub cycle: usize,
    /// Fen of base.
    pub base: i64,
}

/// What the year knew of a tier before the bill, in fen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// Deductible met.
    pub deductible: i64,
    /// Base seen.
    pub seen: i64,
    /// Paid by the tier's own fund.
    pub paid: i64,
    /// Base seen that no fund paid.
    pub self_paid: i64,
}

/// What a tier made of a bill.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Base looked at.
    pub base: i64,
    /// Deductible met in this bill.
    pub deductible: i64,
    /// Paid by each fund, the tier's own first.
    pub funds: Vec<(String, i64)>,
    /// Base it could not pay because of a cap.
    pub over_cap: i64,
}

impl Outcome {
    /// Paid by the tier's own fund.
    pub fn own(&self) -> i64 {
        self.funds.first().map_or(0, |(_, fen)| *fen)
    }

    /// Base its bands applied to.
    pub fn above_deductible(&self) -> i64 {
        self.base - self.deductible - self.over_cap
    }

    /// Paid by all funds.
    pub fn paid(&self) -> i64 {
        self.funds.iter().map(|(_, fen)| fen).sum()
    }
}

/// Base paid at one rate.
#[derive(Debug, Clone)]
struct Stretch {
    length: Exact,
    shares: Vec<(String, Exact)>,
}

impl Stretch {
    /// The tier's own fund's share, which is always the first.
    fn own(&self) -> Exact {
        self.shares.first().map_or(Exact::ZERO, |(_, share)| *share)
    }
}

/// Runs the tier over its pieces. `deductibles` has what is due in each cycle; `room` is what caps
/// leave; `unpaid` is what is still unpaid within scope.
pub fn run(
    tier: &Tier,
    pieces: &[Piece<'_>],
    before: Before,
    deductibles: &[i64],
    room: Option<i64>,
    unpaid: i64,
) -> Result<Outcome, Contested> {
    let mut due = deductibles.to_vec();
    let mut met = 0;
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut position = start(tier, before);
    let mut cycle = 0;
    for piece in pieces {
        if tier.bands_per == Per::Visit && piece.cycle != cycle {
            position = Exact::ZERO;
        }
        cycle = piece.cycle;
        let still_due = match tier.deductible_per {
            Per::Visit => due.get_mut(piece.cycle),
            Per::Year | Per::Never => due.first_mut(),
        };
        let taken = still_due.map_or(0, |still_due| {
            let taken = piece.base.min(*still_due);
            *still_due -= taken;
            taken
        });
        met += taken;
        if tier.measure == Measure::WithDeductible {
            position = position + Exact::whole(taken);
        }
        let above = Exact::whole(piece.base - taken);
        position = walk(tier, &piece.law, above, position, &mut stretches)?;
    }
    let base: i64 = pieces.iter().map(|piece| piece.base).sum();
    let above = base - met;
    let owed: Exact = stretches.iter().map(|stretch| stretch.length * stretch.own()).sum();
    let mut over_cap = 0;
    if let Some(room) = room.filter(|room| owed > Exact::whole(*room)) {
        over_cap = above - cut(&mut stretches, Exact::whole(room)).ceiling();
    }
    let mut funds = rounded(tier, &stretches);
    if let (Some(room), Some((_, own))) = (room, funds.first_mut()) {
        *own = (*own).min(room);
    }
    hold(&mut funds, above.min(unpaid));
    Ok(Outcome { base, deductible: met, funds, over_cap })
}

/// Where the bill begins in the bands.
fn start(tier: &Tier, before: Before) -> Exact {
    if tier.bands_per != Per::Year {
        return Exact::ZERO;
    }
    Exact::whole(match tier.measure {
        Measure::WithDeductible => before.seen,
        Measure::AboveDeductible => before.seen - before.deductible,
        Measure::Paid => before.paid,
    })
}

/// Lays `length` of base over the bands from `position` on; answers the position reached.
fn walk(
    tier: &Tier,
    law: &Law<'_>,
    mut length: Exact,
    mut position: Exact,
    stretches: &mut Vec<Stretch>,
) -> Result<Exact, Contested> {
    for band in 1.. {
        let upper = law.money(&format!("{}.band_upper", tier.name), Some(band))?;
        let shares = shares(tier, law, band)?;
        let stretch = Stretch { length, shares };
        let speed = if tier.measure == Measure::Paid { stretch.own() } else { Exact::ONE };
        let fits = match upper {
            None => length,
            Some(upper) if Exact::whole(upper) <= position => Exact::ZERO,
            Some(_) if speed == Exact::ZERO => length,
            Some(upper) => length.min((Exact::whole(upper) - position) / speed),
        };
        stretches.push(Stretch { length: fits, ..stretch });
        position = position + fits * speed;
        length = length - fits;
        if upper.is_none() || length == Exact::ZERO {
            break;
        }
    }
    Ok(position)
}

/// What each fund pays of a yuan in a band: rate, points, factors on the insured's share, factors on the rate.
fn shares(tier: &Tier, law: &Law<'_>, band: usize) -> Result<Vec<(String, Exact)>, Contested> {
    let name = &tier.name;
    let mut written: Vec<(String, Exact)> = match law.row(&format!("{name}.rate"), Some(band))?.map(|row| &row.setting)
    {
        Some(Setting::Split(parts)) => parts.iter().map(|(fund, ratio)| (fund.clone(), Exact::ratio(*ratio))).collect(),
        Some(setting) => vec![(tier.fund.clone(), ratio_of(setting))],
        None => Vec::new(),
    };
    let mut total: Exact = written.iter().map(|(_, share)| *share).sum();
    for (_, points) in law.family(&format!("{name}.points."))? {
        total = total + ratio_of(&points.setting);
    }
    for (_, factor) in law.family(&format!("{name}.self_factor."))? {
        total = Exact::ONE - (Exact::ONE - total) * ratio_of(&factor.setting);
    }
    for (_, factor) in law.family(&format!("{name}.rate_factor."))? {
        total = total * ratio_of(&factor.setting);
    }
    total = total.within_one();
    // Others keep what is written for them as far as the total reaches; the tier's own fund has the rest.
    written.retain(|(fund, _)| *fund != tier.fund);
    let mut left = total;
    for (_, share) in &mut written {
        *share = (*share).min(left);
        left = left - *share;
    }
    written.insert(0, (tier.fund.clone(), left));
    Ok(written)
}

/// Shortens the stretches to where the own fund's exact payment reaches `room`; answers the base used.
fn cut(stretches: &mut Vec<Stretch>, room: Exact) -> Exact {
    let mut left = room;
    let mut used = Exact::ZERO;
    let mut kept = Vec::new();
    for mut stretch in stretches.drain(..) {
        if left == Exact::ZERO {
            break;
        }
        let rate = stretch.own();
        if stretch.length * rate > left {
            stretch.length = left / rate;
        }
        left = left - stretch.length * rate;
        used = used + stretch.length;
        kept.push(stretch);
    }
    *stretches = kept;
    used
}

/// Rounds to fen: the total once, allotted by largest remainder, or each fund on its own.
fn rounded(tier: &Tier, stretches: &[Stretch]) -> Vec<(String, i64)> {
    let cells: Vec<(&String, Exact)> = stretches
        .iter()
        .flat_map(|stretch| stretch.shares.iter().map(|(fund, share)| (fund, stretch.length * *share)))
        .collect();
    let mut fen: Vec<(String, i64)> = vec![(tier.fund.clone(), 0)];
    for (fund, _) in &cells {
        if !fen.iter().any(|(known, _)| known == *fund) {
            fen.push(((*fund).clone(), 0));
        }
    }
    match tier.rounding {
        Rounding::EachFund => {
            for (fund, fen) in &mut fen {
                let exact: Exact = cells.iter().filter(|(own, _)| *own == fund).map(|(_, exact)| *exact).sum();
                *fen = exact.half_up();
            }
        }
        Rounding::Total => {
            let total: Exact = cells.iter().map(|(_, exact)| *exact).sum();
            let exact: Vec<Exact> = cells.iter().map(|(_, exact)| *exact).collect();
            for ((fund, _), part) in cells.iter().zip(largest_remainder(total.half_up(), &exact)) {
                for (_, fen) in fen.iter_mut().filter(|(own, _)| own == *fund) {
                    *fen += part;
                }
            }
        }
    }
    fen
}

/// Takes what is above `most` back, from the last fund first.
fn hold(funds: &mut [(String, i64)], most: i64) {
    let mut excess = funds.iter().map(|(_, fen)| fen).sum::<i64>() - most;
    for (_, fen) in funds.iter_mut().rev() {
        let back = excess.clamp(0, *fen);
        *fen -= back;
        excess -= back;
    }
}

/// Whole parts that add up to `total`: the floor of each, and one more for the largest remainders; of
/// equal ones the earlier has it.
pub fn largest_remainder(total: i64, exact: &[Exact]) -> Vec<i64> {
    let mut parts: Vec<i64> = exact.iter().map(|exact| exact.floor()).collect();
    let mut missing = total - parts.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(exact[at].remainder()));
    for at in order {
        if missing <= 0 {
            break;
        }
        parts[at] += 1;
        missing -= 1;
    }
    parts
}
