//! Changes of cover as dated events (保全): 增员 adds a spell, 减员 ends one, 变更 goes on with other facts.
//!
//! Bitemporal: what was believed until now gets its `known_until`, what is believed from now on is added; no row is
//! overwritten, no day loses its past. A change is known from the moment it is entered, however far back it takes effect.

use crate::coverage::{INSURANCES, PERSON_KINDS, believed, fits, next_spell, overlapping, person};
use crate::import::Batch;
use crate::row::Row;
use agency::{Coverage, CoverageState};
use model::{Day, Stamp};

const EVENTS: [(&str, &str); 3] = [("add", "增员"), ("remove", "减员"), ("change", "变更")];

/// What a row wants.
struct Wanted {
    person: String,
    event: &'static str,
    insurance: &'static str,
    person_kind: Option<&'static str>,
    area: Option<String>,
    civil_servant: Option<bool>,
    employer: Option<String>,
    on: Day,
}

/// Judges a row; carries the event out when nothing is wrong.
pub(crate) fn take(row: &mut Row<'_>, batch: &mut Batch<'_>) {
    let Some(wanted) = wanted(row, batch) else { return };
    let spells = batch.known.coverages.entry(wanted.person.clone()).or_default();
    // Two events of one person in a file are a second apart, so that each belief has a time of its own.
    let latest = spells.iter().flat_map(|spell| [Some(spell.known_from), spell.known_until]).flatten().max();
    let at = latest.map_or(batch.now, |latest| batch.now.max(Stamp(latest.0 + 1)));
    let changed = match wanted.event {
        "add" => add(row, spells, &wanted, at),
        "remove" => end(row, spells, &wanted, at).map(|(rows, _)| rows),
        _ => change(row, spells, &wanted, at),
    };
    for spell in changed.unwrap_or_default() {
        match spells.iter_mut().find(|old| (old.spell, old.known_from) == (spell.spell, spell.known_from)) {
            Some(old) => old.clone_from(&spell),
            None => spells.push(spell.clone()),
        }
        batch.changes.coverages.push(spell);
    }
}

fn wanted(row: &mut Row<'_>, batch: &Batch<'_>) -> Option<Wanted> {
    let person = person(row, batch);
    let event = row.code("event", &EVENTS);
    let insurance = row.code("insutype", &INSURANCES);
    let person_kind = row.code_or("psn_type", &PERSON_KINDS, "").filter(|kind| !kind.is_empty());
    let area = if row.text("insuplc_admdvs").is_empty() { None } else { crate::coverage::area(row, "insuplc_admdvs") };
    let civil_servant = if row.text("cvlserv_flag").is_empty() { None } else { row.flag("cvlserv_flag") };
    let employer = Some(row.text("emp_name")).filter(|name| !name.is_empty());
    let on = row.must_day("on");
    if let (Some(insurance), Some(kind)) = (insurance, person_kind) {
        fits(row, insurance, kind);
    }
    if !row.is_sound() {
        return None;
    }
    Some(Wanted { person, event: event?, insurance: insurance?, person_kind, area, civil_servant, employer, on: on? })
}

fn add(row: &mut Row<'_>, spells: &[Coverage], wanted: &Wanted, at: Stamp) -> Option<Vec<Coverage>> {
    if wanted.person_kind.is_none() {
        row.reject("psn_type", "增员没有填写人员类别", "请补上");
    }
    if wanted.area.is_none() {
        row.reject("insuplc_admdvs", "增员没有填写参保地", "请补上");
    }
    if let Some(other) = overlapping(spells, at, wanted.insurance, wanted.on, None) {
        let until = other.until.map_or_else(|| "今".to_owned(), |until| until.to_string());
        let reason = format!("该人已在参保：险种 {}，{} 至 {until}", other.insurance, other.from);
        row.reject("on", &reason, "请先减员，或改用变更");
    }
    if !row.is_sound() {
        return None;
    }
    Some(vec![Coverage {
        person: wanted.person.clone(),
        spell: next_spell(spells),
        insurance: wanted.insurance.to_owned(),
        person_kind: wanted.person_kind?.to_owned(),
        area: wanted.area.clone()?,
        state: CoverageState::Normal,
        civil_servant: wanted.civil_servant.unwrap_or_default(),
        supplements: Vec::new(),
        employer: wanted.employer.clone().unwrap_or_default(),
        from: wanted.on,
        until: None,
        months_before: 0,
        known_from: at,
        known_until: None,
    }])
}

/// Ends the spell that holds on the day: the old belief closed, the new one until the day. With the spell as it was.
fn end(row: &mut Row<'_>, spells: &[Coverage], wanted: &Wanted, at: Stamp) -> Option<(Vec<Coverage>, Coverage)> {
    let found = believed(spells, at).find(|spell| spell.insurance == wanted.insurance && spell.holds(wanted.on, at));
    let Some(spell) = found else {
        row.reject("on", &format!("{} 没有险种 {} 的参保", wanted.on, wanted.insurance), "请核对险种与生效日期");
        return None;
    };
    if spell.from == wanted.on {
        let reason = format!("生效日期就是参保开始日 {}，这一段将不剩一天", spell.from);
        row.reject("on", &reason, "请核对生效日期；它是不再参保（或改变）的第一天");
        return None;
    }
    let closed = Coverage { known_until: Some(at), ..spell.clone() };
    let shorter = Coverage { until: Some(wanted.on), known_from: at, known_until: None, ..spell.clone() };
    Some((vec![closed, shorter], spell.clone()))
}

fn change(row: &mut Row<'_>, spells: &[Coverage], wanted: &Wanted, at: Stamp) -> Option<Vec<Coverage>> {
    let says_something = wanted.person_kind.is_some()
        || wanted.area.is_some()
        || wanted.civil_servant.is_some()
        || wanted.employer.is_some();
    if !says_something {
        row.reject("event", "变更没有写明改什么", "请填写人员类别、参保地、公务员标志或单位名称");
        return None;
    }
    let (mut rows, old) = end(row, spells, wanted, at)?;
    rows.push(Coverage {
        spell: next_spell(spells),
        person_kind: wanted.person_kind.map_or_else(|| old.person_kind.clone(), str::to_owned),
        area: wanted.area.clone().unwrap_or_else(|| old.area.clone()),
        civil_servant: wanted.civil_servant.unwrap_or(old.civil_servant),
        employer: wanted.employer.clone().unwrap_or_else(|| old.employer.clone()),
        from: wanted.on,
        months_before: old.months_before.saturating_add(months_between(old.from, wanted.on)),
        known_from: at,
        known_until: None,
        ..old
    });
    Some(rows)
}

/// Calendar months from one day to a later one.
fn months_between(from: Day, to: Day) -> u16 {
    let (from_year, from_month, _) = from.civil();
    let (to_year, to_month, _) = to.civil();
    let months = i64::from(to_year - from_year) * 12 + i64::from(to_month) - i64::from(from_month);
    u16::try_from(months.max(0)).unwrap_or(u16::MAX)
}
