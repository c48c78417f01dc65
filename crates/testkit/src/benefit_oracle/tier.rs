//! One tier on one piece of base: deductible, bands, caps, rounding, in this order.
//!
//! Base is whole fen throughout; what is paid on it stays an exact fraction until the rounding at the end.

use super::exact::Exact;
use super::law::{Contested, Law, ratio_of};
use super::policy::{Measure, Rounding, Setting, Tier};

/// What a tier is run on, in fen.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Base to look at.
    pub base: i64,
    /// Deductible still to be met.
    pub due: i64,
    /// What was known of the tier before, over the year or the visit, as its bands count.
    pub before: Standing,
    /// What the tightest cap leaves; `None` without caps.
    pub room: Option<i64>,
    /// What is still borne by the insured.
    pub borne: i64,
}

/// How far a year or a visit has come in a tier, in fen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Deductible met.
    pub deductible: i64,
    /// Base seen.
    pub seen: i64,
    /// Paid by the tier's own fund.
    pub paid: i64,
}

/// What a tier made of its base, in fen.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Base looked at.
    pub base: i64,
    /// Deductible met.
    pub deductible: i64,
    /// Base that could not be paid because of a cap.
    pub over_cap: i64,
    /// Paid by each fund, the tier's own first.
    pub funds: Vec<(String, i64)>,
}

impl Outcome {
    /// Paid by all funds.
    pub fn paid(&self) -> i64 {
        self.funds.iter().map(|(_, fen)| fen).sum()
    }

    /// Paid by the tier's own fund.
    pub fn own(&self) -> i64 {
        self.funds.first().map_or(0, |(_, fen)| *fen)
    }

    /// Base the bands were applied to.
    pub fn above_deductible(&self) -> i64 {
        self.base - self.deductible - self.over_cap
    }
}

/// What one fund pays in one band.
#[derive(Debug, Clone)]
struct Cell {
    fund: String,
    exact: Exact,
    fen: i64,
}

/// Runs a tier.
pub fn run(tier: &Tier, law: &Law<'_>, piece: Piece) -> Result<Outcome, Contested> {
    let deductible = piece.base.min(piece.due);
    let above = piece.base - deductible;
    let mut position = Exact::whole(match tier.measure {
        Measure::WithDeductible => piece.before.seen + deductible,
        Measure::AboveDeductible => (piece.before.seen - piece.before.deductible).max(0),
        Measure::Paid => piece.before.paid,
    });
    let mut cells: Vec<Cell> = Vec::new();
    let mut left = above;
    let mut room = piece.room.map(Exact::whole);
    for band in 1.. {
        let upper = law.money(&format!("{}.band_upper", tier.name), Some(band))?.map(Exact::whole);
        let shares = shares(tier, law, band)?;
        let own_share = shares.first().map_or(Exact::ZERO, |(_, share)| *share);
        let mut length = left;
        let mut reached = None;
        if let Some(upper) = upper {
            let until_bound = (upper - position).max(Exact::ZERO);
            if until_bound == Exact::ZERO {
                length = 0;
            } else if tier.measure == Measure::Paid {
                // The smallest whole fen of base that takes the payment to the bound.
                if own_share * Exact::whole(left) > until_bound {
                    length = (until_bound / own_share).ceiling();
                    reached = Some(upper.max(position));
                }
            } else {
                length = length.min(until_bound.floor());
            }
        }
        let mut own = own_share * Exact::whole(length);
        let cut = room.is_some_and(|room| own > room);
        if let Some(room) = room.filter(|_| cut) {
            length = (room / own_share).ceiling();
            own = room;
        }
        for (at, (fund, share)) in shares.into_iter().enumerate() {
            let exact = if at == 0 { own } else { share * Exact::whole(length) };
            if exact > Exact::ZERO {
                cells.push(Cell { fund, exact, fen: 0 });
            }
        }
        position = reached.unwrap_or(position + if tier.measure == Measure::Paid { own } else { Exact::whole(length) });
        room = room.map(|room| room - own);
        left -= length;
        if cut || left == 0 || upper.is_none() {
            break;
        }
    }
    round(tier, &mut cells);
    if let Some(room) = piece.room {
        let own: Vec<&mut Cell> = cells.iter_mut().filter(|cell| cell.fund == tier.fund).collect();
        take_back(own, room);
    }
    take_back(cells.iter_mut().collect(), above.min(piece.borne));
    let mut funds: Vec<(String, i64)> = vec![(tier.fund.clone(), 0)];
    for cell in &cells {
        match funds.iter_mut().find(|(fund, _)| *fund == cell.fund) {
            Some((_, fen)) => *fen += cell.fen,
            None => funds.push((cell.fund.clone(), cell.fen)),
        }
    }
    Ok(Outcome { base: piece.base, deductible, over_cap: left, funds })
}

/// What each fund pays of a yuan in a band, the tier's own first: rate and points, then factors on the
/// insured's share, then factors on the rate, each held to the millionth and within
/// nothing and the whole.
fn shares(tier: &Tier, law: &Law<'_>, band: usize) -> Result<Vec<(String, Exact)>, Contested> {
    let name = &tier.name;
    let mut shares: Vec<(String, Exact)> = match law.row(&format!("{name}.rate"), Some(band))?.map(|row| &row.setting) {
        Some(Setting::Split(parts)) => parts.iter().map(|(fund, ratio)| (fund.clone(), Exact::ratio(*ratio))).collect(),
        Some(setting) => vec![(tier.fund.clone(), ratio_of(setting))],
        None => Vec::new(),
    };
    let mut total: Exact = shares.iter().map(|(_, share)| *share).sum();
    for (_, points) in law.family(&format!("{name}.points."))? {
        total = total + ratio_of(&points.setting);
    }
    total = total.within_one();
    for (_, factor) in law.family(&format!("{name}.self_factor."))? {
        let share = ((Exact::ONE - total) * ratio_of(&factor.setting)).to_the_millionth();
        total = Exact::ONE - share.within_one();
    }
    for (_, factor) in law.family(&format!("{name}.rate_factor."))? {
        total = (total * ratio_of(&factor.setting)).to_the_millionth().within_one();
    }
    // Others keep what is written for them as far as the total reaches; the tier's own fund has the rest.
    shares.retain(|(fund, _)| *fund != tier.fund);
    let mut left = total;
    for (_, share) in &mut shares {
        *share = (*share).min(left);
        left = left - *share;
    }
    shares.insert(0, (tier.fund.clone(), left));
    Ok(shares)
}

/// Gives every cell its fen.
fn round(tier: &Tier, cells: &mut [Cell]) {
    let mut funds: Vec<String> = Vec::new();
    for cell in cells.iter() {
        if !funds.contains(&cell.fund) {
            funds.push(cell.fund.clone());
        }
    }
    let of_fund = |cells: &[Cell], fund: &String| -> Exact {
        cells.iter().filter(|cell| cell.fund == *fund).map(|cell| cell.exact).sum()
    };
    match tier.rounding {
        Rounding::Total => {
            let total: Exact = cells.iter().map(|cell| cell.exact).sum();
            allot(cells.iter_mut().collect(), total.half_up());
        }
        Rounding::EachFund => {
            for fund in &funds {
                let fen = of_fund(cells, fund).half_up();
                allot(cells.iter_mut().filter(|cell| cell.fund == *fund).collect(), fen);
            }
        }
        Rounding::InOrder => {
            let mut running = Exact::ZERO;
            for fund in &funds {
                let before = running.half_up();
                running = running + of_fund(cells, fund);
                let fen = running.half_up() - before;
                allot(cells.iter_mut().filter(|cell| cell.fund == *fund).collect(), fen);
            }
        }
    }
}

/// Shares `fen` by largest remainder; of equal remainders the first cell has it.
fn allot(mut cells: Vec<&mut Cell>, fen: i64) {
    for cell in &mut cells {
        cell.fen = cell.exact.floor();
    }
    let missing = fen - cells.iter().map(|cell| cell.fen).sum::<i64>();
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.exact.remainder()));
    for cell in cells.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        cell.fen += 1;
    }
}

/// Takes what is above `most` from the last cells.
fn take_back(cells: Vec<&mut Cell>, most: i64) {
    let mut excess = cells.iter().map(|cell| cell.fen).sum::<i64>() - most;
    for cell in cells.into_iter().rev() {
        let back = excess.clamp(0, cell.fen);
        cell.fen -= back;
        excess -= back;
    }
}
