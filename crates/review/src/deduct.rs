//! A deduction as a booking, and its reversal as another one (I5, I7).

use crate::item::{Item, State};
use crate::reach::reach;
use agency::{Account, Booking, BookingKind, Entry};
use model::{Fen, Stamp};

/// What an item adds to what its visit is refused already, and the booking that moves it; `visit` are all items of the visit.
/// No booking when other rules took the money before (I11).
#[must_use]
pub fn deduct(item: &Item, visit: &[&Item], id: String, at: Stamp) -> (Fen, Option<Booking>) {
    let standing = deducted(item, visit);
    let before = refused(&standing, item);
    let after = refused(&[standing.as_slice(), &[item]].concat(), item);
    let amount = after - before;
    (amount, booking(item, amount, BookingKind::Deduction, id, at))
}

/// What falls away when an item's deduction does, and the booking that gives it back. Other deductions of the visit stand: what
/// they would have taken alone, they take now.
#[must_use]
pub fn restore(item: &Item, visit: &[&Item], id: String, at: Stamp) -> (Fen, Option<Booking>) {
    let standing = deducted(item, visit);
    let after = refused(&standing, item);
    let before = refused(&[standing.as_slice(), &[item]].concat(), item);
    let amount = before - after;
    (amount, booking(item, Fen(-amount.0), BookingKind::Restoration, id, at))
}

/// The other items of the visit whose deduction stands.
fn deducted<'a>(item: &Item, visit: &[&'a Item]) -> Vec<&'a Item> {
    let other = |known: &&&Item| known.facts.id != item.facts.id && known.facts.visit == item.facts.visit;
    visit.iter().filter(other).filter(|known| known.standing.state == State::Deducted).copied().collect()
}

fn refused(items: &[&Item], of: &Item) -> Fen {
    reach(items.iter().map(|item| (item.facts.line.as_str(), item.standing.decided)), of.facts.share)
}

/// The institution is owed less, the fund has paid less.
fn booking(item: &Item, amount: Fen, kind: BookingKind, id: String, at: Stamp) -> Option<Booking> {
    if amount == Fen::ZERO {
        return None;
    }
    let facts = &item.facts;
    let insurance = if facts.insurance.is_empty() { "310".to_owned() } else { facts.insurance.clone() };
    let fund = agency::words::pool_fund_type(&insurance).to_owned();
    Some(Booking {
        id,
        owner: facts.institution.clone(),
        kind,
        refers: facts.id.clone(),
        on: at.day(),
        at,
        entries: vec![
            Entry { account: Account::Payable { institution: facts.institution.clone() }, amount },
            Entry { account: Account::Fund { area: facts.area.clone(), insurance, fund }, amount: Fen(-amount.0) },
        ],
    })
}
