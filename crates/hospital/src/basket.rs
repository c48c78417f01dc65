//! What is charged: lines drawn from the world's items.

use crate::check::Charged;
use crate::hall::pick;
use crate::world::{Item, World};
use model::Quantity;
use rand::Rng;

/// A line to be sent: what the checker must know of it, and its codes.
#[derive(Debug, Clone)]
pub struct Line {
    /// Amounts, class, limits.
    pub charged: Charged,
    /// `med_list_codg`
    pub item: String,
    /// `medins_list_codg`
    pub own_code: String,
    /// `init_feedetl_sn`: the line that this one takes back, in part.
    pub takes_back: Option<String>,
}

/// Who buys, where.
#[derive(Debug, Clone, Copy)]
pub struct Shopper<'a> {
    /// Area of the institution.
    pub area: &'a str,
    /// Sex of the person.
    pub gend: &'a str,
}

/// Items of a kind of visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Anything but beds and registration.
    Outpatient,
    /// Medicine over the counter.
    Pharmacy,
    /// Anything but registration.
    Inpatient,
    /// The registration fee.
    Registration,
    /// Medicine.
    Medicine,
}

impl Shelf {
    fn holds(self, item: &Item) -> bool {
        let kind = item.kind.as_str();
        match self {
            Self::Outpatient => !matches!(kind, "bed" | "registration"),
            Self::Pharmacy => item.over_the_counter() && !item.limits.restricted,
            Self::Inpatient => kind != "registration",
            Self::Registration => kind == "registration" || kind == "service",
            Self::Medicine => matches!(kind, "western" | "patent"),
        }
    }
}

/// Draws `count` lines with serial numbers from `first` on. Fewer only when the world sells nothing that fits.
pub fn draw(
    world: &World,
    shelf: Shelf,
    shopper: Shopper<'_>,
    count: u32,
    first: u32,
    dice: &mut impl Rng,
) -> Vec<Line> {
    let mut fit: Vec<&Item> =
        world.items.iter().filter(|item| shelf.holds(item) && item.suits(shopper.area, shopper.gend)).collect();
    if shelf == Shelf::Registration && fit.iter().any(|item| item.kind == "registration") {
        fit.retain(|item| item.kind == "registration");
    }
    (0..count).filter_map(|step| pick(&fit, dice).map(|item| line(item, shelf, first + step, dice))).collect()
}

fn line(item: &Item, shelf: Shelf, serial: u32, dice: &mut impl Rng) -> Line {
    let count = match item.kind.as_str() {
        "herb" => Quantity(dice.random_range(1..30) * Quantity::SCALE / 2),
        "bed" => Quantity::whole(dice.random_range(1..8)),
        "western" | "patent" if item.limits.course_days.is_none() => Quantity::whole(dice.random_range(1..5)),
        _ => Quantity::whole(1),
    };
    // A purchase has no place for the hospital's approval.
    let approval = match (shelf, item.limits.restricted, dice.random_range(0..10)) {
        (Shelf::Pharmacy, ..) => "0",
        (_, true, 0..=4) => "1",
        (_, _, 9) => "2",
        _ => "0",
    };
    Line {
        charged: Charged {
            serial: serial.to_string(),
            count,
            price: item.price,
            sum: item.price.times(count),
            approval,
            class: item.class.clone(),
            restricted: item.limits.restricted,
            ceiling: item.ceiling,
            selfpay_prop: item.selfpay_prop,
        },
        item: item.code.clone(),
        own_code: item.medins_list_codg.clone().unwrap_or_else(|| item.code.clone()),
        takes_back: None,
    }
}

impl Line {
    /// A refund line: `count` of this one come back, at the same price (`protocol.md` §8.3).
    #[must_use]
    pub fn refund(&self, count: Quantity, serial: u32) -> Self {
        let mut back = self.clone();
        back.takes_back = Some(self.charged.serial.clone());
        back.charged.serial = serial.to_string();
        back.charged.count = -count;
        back.charged.sum = self.charged.price.times(-count);
        back
    }
}
