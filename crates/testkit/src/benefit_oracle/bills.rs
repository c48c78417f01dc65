//! Random bills against a policy: amounts crowd around its bounds, and a person's bills follow one another.

use super::case::{Answer, Bill, Case, Line, Split};
use super::invent::FIRST;
use super::policy::{Per, Policy, Setting};
use super::settle::{PORTIONS, Refused, settle};
use crate::dice::{Dice, Stream};
use model::Day;
use std::collections::BTreeMap;

/// The bills of one person of a seed, each with what the year knew before it and the oracle's answer;
/// the year goes on from there.
pub fn of_person(policy: &Policy, seed: u64, person: u64, count: usize) -> Vec<(Case, Result<Answer, Refused>)> {
    let mut dice = Dice::new(seed, Stream(1_000 + person));
    let dice = &mut dice;
    let mut bills = Vec::new();
    let mut next = first(dice, policy);
    for _ in 0..count {
        let answer = settle(policy, &next);
        let mut following = visit(dice, policy, &next);
        following.used = match &answer {
            Ok(answer) if dice.percent(80) => {
                // What an answer does not name stays as it was.
                let mut used = next.used.clone();
                used.extend(answer.used.clone());
                used
            }
            _ => guessed(dice, policy),
        };
        bills.push((next, answer));
        next = following;
    }
    bills
}

fn word(dice: &mut Dice, words: &[&str]) -> String {
    dice.pick(words).map_or(String::new(), |word| (*word).to_owned())
}

fn some(dice: &mut Dice, words: &[&str]) -> Vec<String> {
    words.iter().filter(|_| dice.percent(35)).map(|word| (*word).to_owned()).collect()
}

/// A flag that a hospital does not always send.
fn flag(dice: &mut Dice) -> Option<bool> {
    [None, Some(false), Some(true), Some(true)][dice.below(4) as usize]
}

/// A person, and his first bill.
fn first(dice: &mut Dice, policy: &Policy) -> Case {
    let blank = Case {
        on: FIRST,
        status: dice.pick(&policy.statuses).cloned().unwrap_or_default(),
        age: if dice.percent(90) { Some(i64::from(dice.between(0, 90))) } else { None },
        cover_months: if dice.percent(85) { Some(i64::from(dice.between(0, 150))) } else { None },
        special: some(dice, &["low_income", "destitute", "edge_household"]),
        supplements: some(dice, &["unit", "civil_servant", "retired_cadre"]),
        account: 0,
        family_account: 0,
        use_account: false,
        kind: String::new(),
        level: String::new(),
        community: false,
        admission: None,
        begin: FIRST,
        end: FIRST,
        programme: None,
        treatment_area: String::new(),
        filing: String::new(),
        selected: None,
        referred: None,
        bill: Bill::Amounts(Split::default()),
        used: BTreeMap::new(),
    };
    let mut case = visit(dice, policy, &blank);
    if dice.percent(50) {
        case.used = guessed(dice, policy);
    }
    case
}

/// Another visit of the same person.
fn visit(dice: &mut Dice, policy: &Policy, person: &Case) -> Case {
    let kind = word(dice, &["outpatient", "emergency", "inpatient", "inpatient", "chronic", "pharmacy"]);
    let begin = Day(FIRST.0 + dice.between(0, 250));
    let days = match (kind.as_str(), dice.below(4)) {
        ("inpatient", 0) => dice.between(0, 115),
        ("inpatient", _) => dice.between(0, 20),
        _ => 0,
    };
    let end = Day(begin.0 + days);
    let account = if dice.percent(40) { amount(dice, &[]) } else { 0 };
    Case {
        on: end,
        account,
        family_account: if dice.percent(20) { amount(dice, &[]) } else { 0 },
        use_account: dice.percent(60),
        level: word(dice, &["1", "2", "3", "3p", "none"]),
        community: dice.percent(25),
        admission: if dice.percent(80) { Some(i64::from(dice.between(1, 5))) } else { None },
        begin,
        end,
        programme: if kind == "chronic" { Some(word(dice, &["diabetes", "hypertension"])) } else { None },
        treatment_area: word(dice, &["990100", "990100", "990122", "990300", "110000"]),
        filing: word(dice, &["none", "none", "long_term", "referral", "emergency", "self"]),
        selected: flag(dice),
        referred: flag(dice),
        bill: bill(dice, policy, begin, end),
        kind,
        ..person.clone()
    }
}

/// An amount in fen: next to a bound of the policy, or of any size.
fn amount(dice: &mut Dice, bounds: &[i64]) -> i64 {
    match dice.below(10) {
        0..=2 if !bounds.is_empty() => {
            let bound = dice.pick(bounds).copied().unwrap_or(0);
            (bound + i64::from(dice.between(-3, 3))).max(0)
        }
        3 => i64::from(dice.below(200)),
        4 | 5 => i64::from(dice.between(1, 500)) * 10_000,
        6 => i64::from(dice.below(30_000_000)),
        7 => i64::from(dice.below(3_000_000)),
        _ => i64::from(dice.below(300_000)),
    }
}

/// The sums the policy names.
fn bounds(policy: &Policy) -> Vec<i64> {
    let fen = |setting: &Setting| match setting {
        Setting::Money(fen) => Some(*fen),
        _ => None,
    };
    policy.values.values().flatten().filter_map(|row| fen(&row.setting)).collect()
}

fn split(dice: &mut Dice, bounds: &[i64]) -> Split {
    let in_scope = amount(dice, bounds);
    if dice.percent(40) {
        return Split { in_scope, ..Split::default() };
    }
    let part = |dice: &mut Dice| i64::from(dice.below(u32::try_from(in_scope / 4 + 1).unwrap_or(u32::MAX)));
    Split { self_funded: part(dice), over_limit: part(dice), upfront: part(dice), in_scope }
}

fn bill(dice: &mut Dice, policy: &Policy, begin: Day, end: Day) -> Bill {
    let bounds = bounds(policy);
    if dice.percent(60) {
        return Bill::Amounts(split(dice, &bounds));
    }
    let count = 1 + dice.below(6);
    let lines = (0..count).map(|_| Line {
        on: Day(dice.between(begin.0, end.0)),
        portion: if dice.percent(50) { "general".to_owned() } else { word(dice, &PORTIONS) },
        split: split(dice, &bounds),
    });
    Bill::Lines(lines.collect())
}

/// A year in the middle that some agency sends: some of the accumulators, not all.
fn guessed(dice: &mut Dice, policy: &Policy) -> BTreeMap<String, i64> {
    let mut used = BTreeMap::new();
    for tier in &policy.tiers {
        if dice.percent(30) {
            continue;
        }
        let seen = amount(dice, &[]);
        let paid = seen * i64::from(dice.below(100)) / 100;
        let deductible = i64::from(dice.below(200_000)).min(seen - paid);
        let mut give = |what: &str, fen: i64| used.insert(format!("{}.{what}", tier.name), fen);
        // What was paid is paid on base seen: one without the other would be a fault of the case.
        let whole = dice.percent(70);
        if whole {
            give("in_scope", seen);
            give("paid", paid);
        }
        // The same of a deductible, but where the year's own deductible tells how much was seen.
        if (whole || tier.deductible_per == Per::Year) && dice.percent(70) {
            give("deductible", deductible);
        }
        if dice.percent(70) {
            give("self_paid", seen - paid);
        }
        if dice.percent(40) {
            used.insert(format!("{}.high_level.paid", tier.name), paid / 2);
        }
    }
    // Accumulators of sub-caps that the policy does not have would be a fault of the case.
    used.retain(|name, _| {
        !name.ends_with("high_level.paid")
            || policy.values.keys().any(|slot| slot.replace(".subcap.", ".") + ".paid" == *name)
    });
    used
}
