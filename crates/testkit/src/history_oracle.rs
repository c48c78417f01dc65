//! Naive oracles for rules about a person's history, in the manner of `oracle`: nested loops, day by day.

use std::collections::BTreeSet;

use model::{CareSetting, Fen, Quantity};

use crate::oracle::{OracleFinding, net_lines};
use crate::plain::{Claims, PlainLine, PlainVisit};

/// Visits of one person that are judged, in order of time and number.
fn visits_of<'c>(claims: &'c Claims, psn_no: &str) -> Vec<&'c PlainVisit> {
    let mut visits: Vec<&PlainVisit> = claims.visits.iter().filter(|v| v.psn_no == psn_no && !v.reversed).collect();
    visits.sort_by(|a, b| (a.begins, &a.mdtrt_id).cmp(&(b.begins, &b.mdtrt_id)));
    visits
}

fn stays_of<'c>(claims: &'c Claims, psn_no: &str) -> Vec<&'c PlainVisit> {
    visits_of(claims, psn_no).into_iter().filter(|visit| visit.setting == CareSetting::Inpatient).collect()
}

fn whole_visit(claims: &Claims, rule_id: &str, visit: &PlainVisit, cnt_over: Quantity) -> OracleFinding {
    let amount: Fen = net_lines(claims, visit).iter().map(|line| line.amount).sum();
    let (rule_id, mdtrt_id) = (rule_id.to_owned(), visit.mdtrt_id.clone());
    OracleFinding { rule_id, mdtrt_id, feedetl_sn: String::new(), cnt_over, amount }
}

/// A stay that shares more than so many hours with a stay begun before it.
#[must_use]
pub fn overlapping_stays(claims: &Claims, rule_id: &str, max_hours: i64) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for person in &claims.persons {
        let stays = stays_of(claims, &person.psn_no);
        for (place, later) in stays.iter().enumerate() {
            let Some(end) = later.ends else { continue };
            let shares = |earlier: &&PlainVisit| {
                earlier.ends.is_some_and(|other| other.min(end).0 - later.begins.0 > max_hours * 3600)
            };
            if stays.iter().take(place).any(shares) {
                found.push(whole_visit(claims, rule_id, later, Quantity::ZERO));
            }
        }
    }
    found.sort();
    found
}

/// A visit of these settings on a day between the first and the last day of a stay.
#[must_use]
pub fn outpatient_during_stay(claims: &Claims, rule_id: &str, settings: &[CareSetting]) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed && settings.contains(&visit.setting)) {
        let day = visit.begins.day();
        let stays = stays_of(claims, &visit.psn_no);
        if stays.iter().any(|stay| stay.begins.day() < day && stay.ends.is_some_and(|end| day < end.day())) {
            found.push(whole_visit(claims, rule_id, visit, Quantity::ZERO));
        }
    }
    found.sort();
    found
}

/// The next stay after a stay, within so many days, at the same institution, for the same three characters.
#[must_use]
pub fn repeat_admission(claims: &Claims, rule_id: &str, max_gap_days: i32) -> Vec<OracleFinding> {
    let category = |visit: &PlainVisit| {
        let main = claims.diagnoses.iter().find(|d| d.mdtrt_id == visit.mdtrt_id && d.main)?;
        main.code.get(..3).map(str::to_owned)
    };
    let mut found = Vec::new();
    for person in &claims.persons {
        for pair in stays_of(claims, &person.psn_no).windows(2) {
            let [before, after] = pair else { continue };
            let Some(end) = before.ends else { continue };
            let gap = after.begins.day().0 - end.day().0;
            let same = before.institution == after.institution && category(before) == category(after);
            if (0..=max_gap_days).contains(&gap) && same && category(after).is_some() {
                found.push(whole_visit(claims, rule_id, after, Quantity::ZERO));
            }
        }
    }
    found.sort();
    found
}

/// The stay with which a run of days holds more stays than allowed; counting starts anew after it.
#[must_use]
pub fn frequent_stays(claims: &Claims, rule_id: &str, (max, days): (usize, i32)) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for person in &claims.persons {
        let mut since: Vec<&PlainVisit> = Vec::new();
        for stay in stays_of(claims, &person.psn_no) {
            since.push(stay);
            let near = |other: &&&PlainVisit| stay.begins.day().0 - other.begins.day().0 < days;
            if since.iter().filter(near).count() > max {
                found.push(whole_visit(claims, rule_id, stay, Quantity::whole(1)));
                since.clear();
            }
        }
    }
    found.sort();
    found
}

/// The fills of a person: lines of medicine with days of supply, from elsewhere than a stay, by ingredient (the first
/// ten characters of the code), in order of time, then visit and number.
fn fills_of(claims: &Claims, psn_no: &str) -> Vec<(String, Vec<(PlainVisit, PlainLine)>)> {
    let mut fills: Vec<(PlainVisit, PlainLine)> = Vec::new();
    for visit in visits_of(claims, psn_no).into_iter().filter(|visit| visit.setting != CareSetting::Inpatient) {
        let medicine = |line: &PlainLine| line.supply_days > 0 && line.code.starts_with(['X', 'Z']);
        fills.extend(net_lines(claims, visit).into_iter().filter(medicine).map(|line| (visit.clone(), line)));
    }
    let ingredient = |line: &PlainLine| line.code.chars().take(10).collect::<String>();
    let names: BTreeSet<String> = fills.iter().map(|(_, line)| ingredient(line)).collect();
    let mut groups = Vec::new();
    for name in names {
        let mut of: Vec<(PlainVisit, PlainLine)> =
            fills.iter().filter(|(_, line)| ingredient(line) == name).cloned().collect();
        of.sort_by_key(|(_, line)| line.at.day());
        groups.push((name, of));
    }
    groups
}

fn share(rule_id: &str, line: &PlainLine, over: i64) -> OracleFinding {
    let days = i64::from(line.supply_days);
    OracleFinding {
        rule_id: rule_id.to_owned(),
        mdtrt_id: line.mdtrt_id.clone(),
        feedetl_sn: line.sn.clone(),
        cnt_over: Quantity(line.quantity.0 * over / days),
        amount: line.amount.share(Quantity(over), Quantity(days)),
    }
}

/// A fill on top of more days of supply, dispensed within the window before it, than allowed.
#[must_use]
pub fn cumulative_supply(claims: &Claims, rule_id: &str, (window, max): (i32, i64)) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for person in &claims.persons {
        for (_, fills) in fills_of(claims, &person.psn_no) {
            // What counts of each earlier fill.
            let mut counted: Vec<(i32, i64)> = Vec::new();
            for (_, line) in &fills {
                let day = line.at.day().0;
                let near: Vec<i64> =
                    counted.iter().filter(|(on, _)| day - on < window).map(|(_, days)| *days).collect();
                let over = (near.iter().sum::<i64>() - max).clamp(0, i64::from(line.supply_days));
                if over > 0 && !near.is_empty() {
                    found.push(share(rule_id, line, over));
                }
                counted.push((day, i64::from(line.supply_days) - over));
            }
        }
    }
    found.sort();
    found
}

/// A fill while more days than allowed are left of earlier visits' fills, which with this one come from so many
/// institutions. Days are used up one by one, oldest fill first.
#[must_use]
pub fn early_refill(claims: &Claims, rule_id: &str, (allowed, places): (i64, usize)) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for person in &claims.persons {
        for (_, fills) in fills_of(claims, &person.psn_no) {
            let mut left: Vec<(&PlainVisit, i64)> = Vec::new();
            let mut today = fills.first().map_or(0, |(_, line)| line.at.day().0);
            for (visit, line) in &fills {
                while today < line.at.day().0 {
                    if let Some((_, days)) = left.iter_mut().find(|(_, days)| *days > 0) {
                        *days -= 1;
                    }
                    today += 1;
                }
                let others = left.iter().filter(|(other, _)| other.mdtrt_id != visit.mdtrt_id);
                let at_hand: i64 = others.map(|(_, days)| days).sum();
                let mut houses: BTreeSet<&str> =
                    left.iter().filter(|(_, days)| *days > 0).map(|(other, _)| other.institution.as_str()).collect();
                houses.insert(&visit.institution);
                if at_hand > allowed && houses.len() >= places {
                    let over = (at_hand - allowed).clamp(1, i64::from(line.supply_days));
                    found.push(share(rule_id, line, over));
                }
                left.push((visit, i64::from(line.supply_days)));
            }
        }
    }
    found.sort();
    found
}
