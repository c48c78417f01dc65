//! From exact millionths to whole fen: the one named rounding of a tier, and its allotment to cells (I2, I3).

use super::Cell;
use crate::package::Rounding;
use crate::policy::Tier;
use crate::ratio::{Ratio, round_exact};
use crate::words::Fund;

/// Gives every cell whole fen. Together they never pay more than `limit`, the own fund never more than
/// its cap: a fen that rounding would add is not paid.
pub(super) fn round(tier: &Tier, cells: &mut [Cell], limit: i64, cap: Option<i64>) {
    match tier.rounding {
        Rounding::Total => {
            let exact = cells.iter().map(|cell| cell.exact).sum();
            allot(cells, |_| true, round_exact(exact));
        }
        Rounding::EachFund | Rounding::InOrder => by_fund(tier.rounding, cells),
    }
    if let Some(cap) = cap {
        hold(cells, |cell| cell.fund == tier.fund, cap);
    }
    hold(cells, |_| true, limit);
}

/// Fund after fund, in the order of their first cells that pay.
fn by_fund(rounding: Rounding, cells: &mut [Cell]) {
    let mut done = [false; Fund::COUNT];
    let (mut running, mut paid) = (0_i128, 0_i64);
    for place in 0..cells.len() {
        let Some(Cell { fund, exact, .. }) = cells.get(place).copied() else { break };
        if exact == 0 {
            continue;
        }
        if std::mem::replace(&mut done[fund as usize], true) {
            continue;
        }
        let exact: i128 = cells.iter().filter(|cell| cell.fund == fund).map(|cell| cell.exact).sum();
        running += exact;
        let amount = match rounding {
            Rounding::InOrder => round_exact(running) - paid,
            Rounding::Total | Rounding::EachFund => round_exact(exact),
        };
        paid += amount;
        allot(cells, |cell| cell.fund == fund, amount);
    }
}

/// Takes from the last cells what some of them pay above a limit.
fn hold(cells: &mut [Cell], wanted: impl Fn(&Cell) -> bool, limit: i64) {
    let mut excess = cells.iter().filter(|cell| wanted(cell)).map(|cell| cell.amount).sum::<i64>() - limit;
    for cell in cells.iter_mut().rev().filter(|cell| wanted(cell)) {
        if excess <= 0 {
            break;
        }
        let taken = excess.min(cell.amount);
        cell.amount -= taken;
        excess -= taken;
    }
}

/// Allots an amount, some cells' exact total rounded, to them by largest remainder; of equal remainders the
/// first cell gets the fen.
fn allot(cells: &mut [Cell], wanted: impl Fn(&Cell) -> bool, amount: i64) {
    let one = i128::from(Ratio::ONE.0);
    let mut missing = amount;
    for cell in cells.iter_mut().filter(|cell| wanted(cell)) {
        cell.amount = i64::try_from(cell.exact / one).unwrap_or(i64::MAX);
        missing -= cell.amount;
    }
    // At most one fen a cell is missing, so each pass serves the largest remainder not yet served.
    let mut served: u64 = 0;
    while missing > 0 {
        let open = cells.iter().enumerate().filter(|(place, cell)| wanted(cell) && served & (1 << place) == 0);
        let Some((place, _)) = open.max_by_key(|(place, cell)| (cell.exact % one, std::cmp::Reverse(*place))) else {
            break;
        };
        served |= 1 << place;
        if let Some(cell) = cells.get_mut(place) {
            cell.amount += 1;
        }
        missing -= 1;
    }
}
