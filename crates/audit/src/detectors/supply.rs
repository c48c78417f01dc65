//! What was dispensed for use at home: the fills of a person, gathered once for every rule that asks.
//!
//! A fill is a line of a medicine with its days of supply (`prd_days`), from an outpatient visit, a purchase or the
//! take-home set of a stay. What is the same medicine is read off the national code: its first ten characters
//! name the ingredient, whatever form or pack.

use super::PersonView;
use model::{CareSetting, Day, ItemKind, Text};

/// One fill.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fill {
    /// Index of the line.
    pub(crate) line: u32,
    /// Index of the visit.
    pub(crate) visit: u32,
    /// The day on which it was dispensed.
    pub(crate) on: Day,
    /// How long it lasts.
    pub(crate) days: i32,
    /// Its code as sent.
    code: Text,
}

/// Characters of a national drug code that name the ingredient: kind, class (5), name (4).
const INGREDIENT: usize = 10;

/// The ingredient in a drug code; the whole code where it is shorter.
pub(crate) fn ingredient(code: &str) -> &str {
    code.get(..INGREDIENT).unwrap_or(code)
}

/// Every fill of a person, by ingredient, then time.
pub(crate) fn fills(person: &PersonView<'_>) -> Vec<Fill> {
    let case = person.case;
    let mut fills: Vec<Fill> = Vec::new();
    for (index, line) in case.lines.iter().enumerate() {
        // Most lines carry no days at all.
        if line.supply_days == 0 || line.quantity.0 <= 0 {
            continue;
        }
        let visit = &case.visits[line.visit as usize];
        let at_home = visit.setting != CareSetting::Inpatient || line.take_home;
        if visit.reversed || !at_home || !ItemKind::from_code(case.text(line.code)).is_medicine() {
            continue;
        }
        let days = i32::from(line.supply_days);
        fills.push(Fill { line: index as u32, visit: line.visit, on: line.at.day(), days, code: line.code });
    }
    // Lines lie in order of visit and number: what is equal keeps an order that the facts alone decide (I8).
    fills.sort_by(|a, b| ingredient(case.text(a.code)).cmp(ingredient(case.text(b.code))).then(a.on.cmp(&b.on)));
    fills
}

/// The fills of each ingredient, in time order.
pub(crate) fn by_ingredient<'f>(person: &PersonView<'_>, fills: &'f [Fill]) -> impl Iterator<Item = &'f [Fill]> {
    let case = person.case;
    fills.chunk_by(move |a, b| ingredient(case.text(a.code)) == ingredient(case.text(b.code)))
}
