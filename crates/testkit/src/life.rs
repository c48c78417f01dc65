//! A person and when he needs care: age, conditions, seasons.
//!
//! Clean by construction: one visit a day at most, none during a stay, stays at least 35 days apart, a
//! chronic programme every four weeks or more, dialysis thrice a week and nothing beside it,
//! purchases at least twelve days apart. Where to look next: `care` for what happens in a visit.

use model::{Age, Day, Insurance, Sex};

use crate::bundles::{
    BUNDLES, Bundle, DIABETES, DIALYSIS, HEPATITIS, HYPERTENSION, KIDNEY, LIPIDS, LUNG, PREGNANCY, PROSTATE, REFLUX,
    Season, Setting,
};
use crate::care::{self, Cupboard, Occasion};
use crate::dice::Dice;
use crate::draft::{Draft, Facts};
use crate::town::AREA;
use crate::world::World;

/// Per 1,000 persons in each band of five years.
const PYRAMID: [u32; 19] = [50, 56, 58, 52, 52, 60, 78, 84, 70, 68, 76, 80, 66, 56, 42, 26, 14, 8, 4];

/// An event to be: a bundle on a day, and the last day that it may take.
#[derive(Debug, Clone, Copy)]
struct Event {
    day: i32,
    until: i32,
    bundle: usize,
}

/// Who the person is.
pub(crate) fn facts(world: &World, dice: &mut Dice, person: u64) -> Facts {
    let mut roll = dice.below(PYRAMID.iter().sum());
    let mut band = 0;
    for share in PYRAMID {
        if roll < share {
            break;
        }
        roll -= share;
        band += 1;
    }
    let days_old = band * 1826 + dice.between(0, 1825);
    let newborn = band == 0 && dice.percent(12);
    let born_on = if newborn {
        world.first_day.plus(dice.between(0, world.days as i32))
    } else {
        world.first_day.plus(-days_old)
    };
    let gender = match dice.below(1000) {
        0 => "9",
        roll if roll % 2 == 0 => "1",
        _ => "2",
    };
    let working = (20..70).contains(&(days_old / 365));
    let insurance = Insurance(if working && dice.percent(45) { 310 } else { 390 });
    // About the mortality of these ages, for a run of a year.
    let deaths = match days_old / 365 {
        ..60 => 800,
        60..75 => 12_000,
        _ => 60_000,
    };
    let died_on = dice.per_million(deaths).then(|| world.first_day.plus(dice.between(30, 364)));
    Facts { gender, born_on, died_on, insurance, family: (person / 3) as u32, area: AREA }
}

/// All clean visits of a person, in time order.
pub(crate) fn life(world: &World, dice: &mut Dice, person: u64, facts: Facts) -> Draft {
    let mut events = Vec::with_capacity(16);
    let age = Age::on(facts.born_on, world.first_day).years;
    let span = world.days as i32;
    if age >= 25 && dice.per_million(800) {
        dialysis(dice, &mut events, span);
    } else {
        stays(world, dice, &facts, age, &mut events);
        conditions(dice, &facts, age, span, &mut events);
        acute(world, dice, &facts, age, &mut events);
    }
    settle_collisions(&mut events);
    let mut visits = Vec::with_capacity(events.len());
    let mut cupboard = Cupboard::default();
    for event in events {
        let day = world.first_day.plus(event.day);
        let last = world.first_day.plus(event.until);
        if day <= facts.born_on || event.until >= span || facts.died_on.is_some_and(|died| last >= died) {
            continue;
        }
        let occasion = Occasion { person, facts, day, bundle: event.bundle };
        let visit = care::visit(world, dice, &occasion, &mut cupboard);
        visits.extend(visit.filter(|visit| !visit.lines.is_empty()));
    }
    Draft { facts, visits }
}

fn dialysis(dice: &mut Dice, events: &mut Vec<Event>, span: i32) {
    let mut day = dice.between(0, 6);
    for step in 0.. {
        if day >= span {
            return;
        }
        events.push(Event { day, until: day, bundle: DIALYSIS });
        day += if step % 3 == 2 { 3 } else { 2 };
    }
}

fn stays(world: &World, dice: &mut Dice, facts: &Facts, age: i32, events: &mut Vec<Event>) {
    let mean_gap = match age {
        ..3 => 520,
        3..15 => 2100,
        15..45 => 1500,
        45..65 => 760,
        _ => 360,
    };
    let mut day = dice.between(0, 2 * mean_gap);
    while day < world.days as i32 {
        if let Some(bundle) = choose(world, dice, facts, day, Setting::Stay) {
            let nights = BUNDLES.get(bundle).map_or(0, |b| b.nights.1);
            events.push(Event { day, until: day + nights, bundle });
            day += nights;
        }
        day += 36 + dice.between(0, 2 * mean_gap);
    }
}

/// The conditions of a person, each with its programme.
fn conditions(dice: &mut Dice, facts: &Facts, age: i32, span: i32, events: &mut Vec<Event>) {
    let sex = facts.sex();
    let share = |young: u32, old: u32| if age < 35 { 0 } else { young + (old - young) * (age as u32 - 35) / 60 };
    let odds: [(usize, u32); 9] = [
        (HYPERTENSION, share(5, 48)),
        (DIABETES, share(3, 22)),
        (LIPIDS, if age >= 42 { share(2, 18) } else { 0 }),
        (HEPATITIS, if age >= 20 { 2 } else { 0 }),
        (PROSTATE, if sex == Sex::Male && age >= 52 { 12 } else { 0 }),
        (KIDNEY, share(0, 4)),
        (LUNG, if age >= 50 { share(0, 10) } else { 0 }),
        (PREGNANCY, if sex == Sex::Female && (21..38).contains(&age) { 6 } else { 0 }),
        (REFLUX, if age >= 22 { 4 } else { 0 }),
    ];
    for (bundle, percent) in odds {
        if !dice.percent(percent) {
            continue;
        }
        let (from, until) =
            if bundle == PREGNANCY { (dice.between(0, span), 200) } else { (dice.between(0, 30), span) };
        let mut day = from;
        while day < span.min(from + until) {
            events.push(Event { day, until: day, bundle });
            day += 28 + dice.between(0, 20);
        }
    }
    if age >= 22 && dice.percent(5) {
        let from = dice.between(0, span);
        let bundle =
            BUNDLES.iter().position(|b| b.setting == Setting::Decoction).unwrap_or_default() + dice.below(3) as usize;
        (0..4).for_each(|n| events.push(Event { day: from + n * 11, until: from + n * 11, bundle }));
    }
}

/// Everything that comes and goes.
fn acute(world: &World, dice: &mut Dice, facts: &Facts, age: i32, events: &mut Vec<Event>) {
    let span = world.days as i32;
    let streams = match age {
        ..6 => {
            [(Setting::Outpatient, 55), (Setting::Pharmacy, 240), (Setting::Emergency, 900), (Setting::Internet, 9_000)]
        }
        6..18 => [
            (Setting::Outpatient, 110),
            (Setting::Pharmacy, 420),
            (Setting::Emergency, 1200),
            (Setting::Internet, 9_000),
        ],
        18..60 => [
            (Setting::Outpatient, 130),
            (Setting::Pharmacy, 330),
            (Setting::Emergency, 1400),
            (Setting::Internet, 4_000),
        ],
        _ => {
            [(Setting::Outpatient, 80), (Setting::Pharmacy, 200), (Setting::Emergency, 800), (Setting::Internet, 2_500)]
        }
    };
    for (setting, mean_gap) in streams {
        let mut day = dice.between(0, 2 * mean_gap);
        while day < span {
            if let Some(bundle) = choose(world, dice, facts, day, setting) {
                events.push(Event { day, until: day, bundle });
            }
            day += 12 + dice.between(0, 2 * mean_gap - 24);
        }
    }
}

fn fits(bundle: &Bundle, facts: &Facts, on: Day) -> bool {
    let age = Age::on(facts.born_on, on).years;
    bundle.sex.is_none_or(|sex| sex == facts.sex()) && age >= bundle.years.0 && age < bundle.years.1
}

/// A bundle of a setting by weight; in its season it weighs four times as much.
fn choose(world: &World, dice: &mut Dice, facts: &Facts, day: i32, setting: Setting) -> Option<usize> {
    let on = world.first_day.plus(day);
    let (_, month, _) = on.civil();
    let weight = |bundle: &Bundle| match bundle.season {
        Season::Always => bundle.weight * 2,
        Season::Winter => bundle.weight * if matches!(month, 11 | 12 | 1..=3) { 4 } else { 1 },
        Season::Summer => bundle.weight * if matches!(month, 6..=9) { 4 } else { 1 },
    };
    let candidates = || BUNDLES.iter().enumerate().filter(|(_, b)| b.setting == setting && fits(b, facts, on));
    let total: u32 = candidates().map(|(_, b)| weight(b)).sum();
    let mut roll = dice.below(total);
    for (index, bundle) in candidates() {
        if roll < weight(bundle) {
            return Some(index);
        }
        roll -= weight(bundle);
    }
    None
}

/// Stays first; of the rest, what does not touch a stay, one a day.
fn settle_collisions(events: &mut Vec<Event>) {
    // Nobody loses an appendix twice: an operation of a kind is the first of its kind.
    let mut operated: Vec<usize> = Vec::new();
    events.retain(|e| {
        let operates = BUNDLES.get(e.bundle).is_some_and(|bundle| bundle.surgery.is_some());
        let again = operates && operated.contains(&e.bundle);
        if operates {
            operated.push(e.bundle);
        }
        !again
    });
    let stays: Vec<Event> = events.iter().copied().filter(|e| e.until > e.day).collect();
    events.retain(|e| e.until > e.day || !stays.iter().any(|s| e.day >= s.day - 1 && e.day <= s.until + 1));
    events.sort_by_key(|e| (e.day, e.bundle));
    let mut last = i32::MIN;
    events.retain(|e| {
        let free = e.day > last;
        if free {
            last = e.until;
        }
        free
    });
}
