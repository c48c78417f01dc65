//! Naive oracles: a few rules written again, as simply as can be.
//!
//! Nested loops over plain structs; no index, no compiled form, nothing shared with the engine. They are
//! slow on purpose and are compared with the engine on small random folders: where the two differ,
//! one of them is wrong, and this one can be read at a glance. Refunds are netted first; a reversed
//! settlement is not judged; what is unknown (sex 9, no birthday, no level) decides nothing.

use std::collections::BTreeSet;

use model::{Age, CareSetting, Day, Fen, HospitalLevel, Quantity, Sex, UnitPrice};

use crate::plain::{Claims, PlainInstitution, PlainLine, PlainPerson, PlainVisit};

/// What an oracle says: the key of a finding, and what is at stake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OracleFinding {
    /// As given by the caller.
    pub rule_id: String,
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `feedetl_sn`
    pub feedetl_sn: String,
    /// The quantity at stake.
    pub cnt_over: Quantity,
    /// The money at stake.
    pub amount: Fen,
}

/// How long two charges are "together".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// On one day of one visit.
    Day,
    /// In one visit.
    Visit,
}

/// Completed years: `from` inclusive, `until` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Years {
    /// The youngest age.
    pub from: i32,
    /// The first age past the oldest.
    pub until: i32,
}

/// The ceilings of an item for tertiary, secondary and lower institutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings(pub [Option<UnitPrice>; 3]);

/// Every line of a visit net of its refunds, in order of time and number; fully refunded ones are gone.
pub(crate) fn net_lines(claims: &Claims, visit: &PlainVisit) -> Vec<PlainLine> {
    let of_visit = || claims.lines.iter().filter(|line| line.mdtrt_id == visit.mdtrt_id);
    let mut lines: Vec<PlainLine> = of_visit().filter(|line| line.quantity.0 > 0).cloned().collect();
    for refund in of_visit().filter(|line| line.quantity.0 <= 0) {
        for line in &mut lines {
            if line.sn == refund.refund_of {
                line.quantity += refund.quantity;
                line.amount += refund.amount;
            }
        }
    }
    lines.retain(|line| line.quantity.0 > 0);
    lines.sort_by(|a, b| (a.at, &a.sn).cmp(&(b.at, &b.sn)));
    lines
}

fn person_of<'c>(claims: &'c Claims, visit: &PlainVisit) -> Option<&'c PlainPerson> {
    claims.persons.iter().find(|person| person.psn_no == visit.psn_no)
}

fn institution_of<'c>(claims: &'c Claims, visit: &PlainVisit) -> Option<&'c PlainInstitution> {
    claims.institutions.iter().find(|institution| institution.code == visit.institution)
}

fn finding(rule_id: &str, line: &PlainLine, cnt_over: Quantity, amount: Fen) -> OracleFinding {
    let (mdtrt_id, feedetl_sn) = (line.mdtrt_id.clone(), line.sn.clone());
    OracleFinding { rule_id: rule_id.to_owned(), mdtrt_id, feedetl_sn, cnt_over, amount }
}

/// Every line of a limited code for which `wrong` holds, whole.
fn lines_where<L>(
    claims: &Claims,
    rule_id: &str,
    limits: &[(String, L)],
    wrong: impl Fn(&PlainVisit, &PlainLine, &L) -> bool,
) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed) {
        for line in net_lines(claims, visit) {
            if limits.iter().any(|(code, limit)| *code == line.code && wrong(visit, &line, limit)) {
                found.push(finding(rule_id, &line, line.quantity, line.amount));
            }
        }
    }
    found.sort();
    found
}

/// An item for one sex, charged to the other.
#[must_use]
pub fn sex_limit(claims: &Claims, rule_id: &str, limits: &[(String, Sex)]) -> Vec<OracleFinding> {
    lines_where(claims, rule_id, limits, |visit, _, sex| {
        let actual = person_of(claims, visit).map_or(Sex::Unknown, |person| person.sex);
        actual != Sex::Unknown && actual != *sex
    })
}

/// An item for an age, charged to somebody of another age on that day.
#[must_use]
pub fn age_window(claims: &Claims, rule_id: &str, limits: &[(String, Years)]) -> Vec<OracleFinding> {
    lines_where(claims, rule_id, limits, |visit, line, years| {
        let born_on = person_of(claims, visit).and_then(|person| person.born_on);
        born_on.is_some_and(|born| {
            let age = Age::on(born, line.at.day()).years;
            age < years.from || age >= years.until
        })
    })
}

/// An item for institutions of a level, charged by one below it.
#[must_use]
pub fn level_limit(claims: &Claims, rule_id: &str, limits: &[(String, HospitalLevel)]) -> Vec<OracleFinding> {
    lines_where(claims, rule_id, limits, |visit, _, level| {
        let actual = institution_of(claims, visit).map_or(HospitalLevel::Unknown, |institution| institution.level);
        actual != HospitalLevel::Unknown && actual < *level
    })
}

/// An item for some settings, charged in another.
#[must_use]
pub fn setting_limit(claims: &Claims, rule_id: &str, limits: &[(String, Vec<CareSetting>)]) -> Vec<OracleFinding> {
    lines_where(claims, rule_id, limits, |visit, _, settings| !settings.contains(&visit.setting))
}

/// Every line of B where A is charged in the same window.
#[must_use]
pub fn pair_in_window(
    claims: &Claims,
    rule_id: &str,
    pairs: &[(String, String)],
    window: Window,
) -> Vec<OracleFinding> {
    let mut found = BTreeSet::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed) {
        let lines = net_lines(claims, visit);
        for (a, b) in pairs {
            for line in lines.iter().filter(|line| line.code == *b) {
                let together = |other: &&PlainLine| window == Window::Visit || other.at.day() == line.at.day();
                if lines.iter().filter(together).any(|other| other.code == *a && other.sn != line.sn) {
                    found.insert(finding(rule_id, line, line.quantity, line.amount));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The quantity of a code above the limit of a day in one visit, on the latest lines of the day.
#[must_use]
pub fn quantity_per_day(claims: &Claims, rule_id: &str, limits: &[(String, Quantity)]) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed) {
        let lines = net_lines(claims, visit);
        let days: BTreeSet<Day> = lines.iter().map(|line| line.at.day()).collect();
        for (code, most) in limits {
            for day in &days {
                let of_day: Vec<&PlainLine> = lines.iter().filter(|l| l.code == *code && l.at.day() == *day).collect();
                let total: Quantity = of_day.iter().map(|line| line.quantity).sum();
                let mut over = total - *most;
                for line in of_day.iter().rev() {
                    if over.0 <= 0 {
                        break;
                    }
                    let part = over.min(line.quantity);
                    found.push(finding(rule_id, line, part, line.amount.share(part, line.quantity)));
                    over -= part;
                }
            }
        }
    }
    found.sort();
    found
}

/// Every line of a code on a day past the `days`-th distinct day of its use in one visit.
#[must_use]
pub fn distinct_day_course(claims: &Claims, rule_id: &str, limits: &[(String, usize)]) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed) {
        let lines = net_lines(claims, visit);
        for (code, days) in limits {
            let used: BTreeSet<Day> = lines.iter().filter(|l| l.code == *code).map(|l| l.at.day()).collect();
            let past: Vec<Day> = used.into_iter().skip(*days).collect();
            for line in lines.iter().filter(|line| line.code == *code && past.contains(&line.at.day())) {
                found.push(finding(rule_id, line, line.quantity, line.amount));
            }
        }
    }
    found.sort();
    found
}

/// A price above the ceiling of the institution's level: the difference, times the quantity.
#[must_use]
pub fn price_ceiling(claims: &Claims, rule_id: &str, limits: &[(String, Ceilings)]) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed) {
        let level = institution_of(claims, visit).map_or(HospitalLevel::Unknown, |institution| institution.level);
        for line in net_lines(claims, visit) {
            for (_, Ceilings([tertiary, secondary, primary])) in limits.iter().filter(|(code, _)| *code == line.code) {
                let ceiling = match level {
                    HospitalLevel::Tertiary => *tertiary,
                    HospitalLevel::Secondary => *secondary,
                    HospitalLevel::Primary | HospitalLevel::Unrated => *primary,
                    HospitalLevel::Unknown => (*tertiary).max(*secondary).max(*primary),
                };
                if let Some(ceiling) = ceiling.filter(|ceiling| line.price > *ceiling) {
                    let over = UnitPrice(line.price.0 - ceiling.0);
                    found.push(finding(rule_id, &line, line.quantity, over.times(line.quantity)));
                }
            }
        }
    }
    found.sort();
    found
}

/// Every piece of a prescription whose pieces are all on the list.
#[must_use]
pub fn all_pieces_in_list(claims: &Claims, rule_id: &str, list: &[String]) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for visit in claims.visits.iter().filter(|visit| !visit.reversed) {
        let pieces: Vec<PlainLine> =
            net_lines(claims, visit).into_iter().filter(|line| line.code.starts_with('T')).collect();
        let prescriptions: BTreeSet<&String> = pieces.iter().map(|line| &line.prescription).collect();
        for prescription in prescriptions {
            let together: Vec<&PlainLine> = pieces.iter().filter(|line| line.prescription == *prescription).collect();
            if together.iter().all(|line| list.contains(&line.code)) {
                found.extend(together.iter().map(|line| finding(rule_id, line, line.quantity, line.amount)));
            }
        }
    }
    found.sort();
    found
}
