//! Conditions for random rows: always a tree, so that of the rows that hold for a case one is the most
//! specific. A policy with two rivals is refused by the engine and would compare nothing.

use super::policy::{Origin, Setting, Test, Value, When};
use crate::dice::Dice;
use model::Day;

/// What a random row may ask about.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Statuses of the scheme.
    pub statuses: &'a [String],
    /// Special groups of the scheme.
    pub special: &'a [String],
    /// Whether the area may set what the nation or the province has set.
    pub open: bool,
    /// Whether rows may differ by portion of the bill.
    pub portions: bool,
    /// Days on which the law may change.
    pub changes: &'a [Day],
    /// The first day of all law.
    pub since: Day,
}

/// Rows for one slot: a general one, exceptions to it, exceptions to those; some change on a day.
pub fn rows(
    dice: &mut Dice,
    scope: Scope<'_>,
    band: Option<usize>,
    make: &mut dyn FnMut(&mut Dice) -> Setting,
) -> Vec<Value> {
    let mut rows = Vec::new();
    grow(dice, scope, band, &When::default(), &mut rows, make);
    rows
}

fn grow(
    dice: &mut Dice,
    scope: Scope<'_>,
    band: Option<usize>,
    when: &When,
    rows: &mut Vec<Value>,
    make: &mut dyn FnMut(&mut Dice) -> Setting,
) {
    let mut add = |dice: &mut Dice, from: Day, until: Option<Day>| {
        let setting = make(dice);
        rows.push(Value { band, setting, when: when.clone(), from, until, origin: Origin::Area });
        // The nation or the province may have said something else of the same case, or be the only one to speak.
        let above = [Origin::Nation, Origin::Province][dice.below(2) as usize];
        if when.0.iter().any(|(key, _)| key == "programme") {
            // Only the scheme itself names programmes.
        } else if scope.open && dice.percent(10) {
            let (when, setting) = (when.clone(), make(dice));
            rows.push(Value { band, setting, when, from, until, origin: above });
        } else if dice.percent(10) {
            let last = rows.len() - 1;
            rows[last].origin = above;
        }
    };
    let change = if dice.percent(20) { dice.pick(scope.changes).copied() } else { None };
    match change {
        Some(day) => {
            add(dice, scope.since, Some(day));
            add(dice, day, None);
        }
        None => add(dice, scope.since, None),
    }
    if when.0.len() < 3 && dice.percent(45) {
        for test in exceptions(dice, scope, when) {
            let mut narrower = when.clone();
            narrower.0.retain(|(key, _)| *key != test.0);
            narrower.0.push(test);
            grow(dice, scope, band, &narrower, rows, make);
        }
    }
}

/// Tests on one fact that exclude each other; on a fact the condition already asks about, narrower ones.
fn exceptions(dice: &mut Dice, scope: Scope<'_>, when: &When) -> Vec<(String, Test)> {
    let keys = ["status", "level", "age", "special", "community", "filing", "region", "selected", "referred"];
    let more = ["admission", "cover_months", "supplement", "programme", "kind", "portion"];
    let all: Vec<&str> = keys.into_iter().chain(more).filter(|key| *key != "portion" || scope.portions).collect();
    let Some(key) = dice.pick(&all).copied() else { return Vec::new() };
    let known = when.0.iter().find(|(own, _)| own == key).map(|(_, test)| test);
    let any = |lists: &[&[&str]]| -> Vec<Test> {
        lists.iter().map(|list| Test::AnyOf(list.iter().map(|word| (*word).to_owned()).collect())).collect()
    };
    let singles =
        |words: &[String]| -> Vec<Test> { words.iter().map(|word| Test::AnyOf(vec![word.clone()])).collect() };
    let mut tests: Vec<Test> = match (key, known) {
        ("level", Some(Test::AnyOf(list))) if list.iter().any(|level| level == "3") => any(&[&["3p"]]),
        ("level", Some(Test::AnyOf(list))) if list.len() > 1 => singles(list),
        ("status", Some(Test::AnyOf(list))) if list.len() > 1 => singles(list),
        ("age", Some(Test::Range(Some(60), None))) => vec![Test::Range(Some(70), None)],
        ("age", Some(Test::Range(None, Some(18)))) => vec![Test::Range(Some(3), Some(7))],
        ("admission", Some(Test::Range(Some(2), None))) => vec![Test::Range(Some(2), Some(3))],
        ("cover_months", Some(Test::Range(Some(12), None))) => {
            vec![Test::Range(Some(12), Some(36)), Test::Range(Some(36), None)]
        }
        (_, Some(_)) => Vec::new(),
        ("level", None) => any(&[&["1", "2"], &["3"], &["none"]]),
        ("status", None) if dice.percent(50) => vec![Test::AnyOf(scope.statuses.iter().take(2).cloned().collect())],
        ("status", None) => singles(scope.statuses),
        ("special", None) => singles(scope.special),
        ("age", None) => {
            vec![Test::Range(None, Some(18)), Test::Range(Some(45), Some(60)), Test::Range(Some(60), None)]
        }
        ("admission", None) => vec![Test::Range(Some(2), None)],
        ("cover_months", None) => vec![Test::Range(Some(12), None), Test::Range(Some(3), Some(12))],
        ("filing", None) => any(&[&["referral", "emergency"], &["self"], &["long_term"]]),
        ("region", None) => any(&[&["in_province"], &["out_of_province"]]),
        ("supplement", None) => any(&[&["unit"]]),
        ("programme", None) => any(&[&["diabetes"], &["hypertension"]]),
        ("kind", None) => any(&[&["emergency"], &["inpatient"]]),
        ("portion", None) => any(&[&["consultation"], &["large_equipment"], &["drug"], &["general"]]),
        _ => vec![Test::Is(dice.percent(50))],
    };
    dice.shuffle(&mut tests);
    let keep = 1 + dice.below(2) as usize;
    tests.into_iter().take(keep).map(|test| (key.to_owned(), test)).collect()
}
