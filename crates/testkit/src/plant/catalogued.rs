//! Scenes of the catalogued rules, played from scripts (`scenes/*.txt`; how they are written: `script`).

use model::{Fen, HospitalLevel, Insurance, Stamp, UnitPrice};
use rustc_hash::FxHashMap;
use std::rc::Rc;

use super::cast::Cast;
use super::script::{self, Line, Mark, Price, Scene, Setting, Visit};
use super::{Needs, Stage};
use crate::care;
use crate::draft::{AtStake, DraftDiagnosis, DraftProcedure};
use crate::shelf::ItemId;

const SCRIPTS: [(&str, &str); 4] = [
    ("specialties.txt", include_str!("scenes/specialties.txt")),
    ("charging.txt", include_str!("scenes/charging.txt")),
    ("scope.txt", include_str!("scenes/scope.txt")),
    ("payment.txt", include_str!("scenes/payment.txt")),
];
const DAY: i64 = 86_400;
/// Nights that a stay may last longer than its script says, so that not every planted stay is of the same length.
const SPARE_NIGHTS: i32 = 5;
/// A clinic opens at nine as far as scripts are concerned.
const OPENING: i64 = 9 * 3600;

type Items = Rc<FxHashMap<&'static str, ItemId>>;

pub(super) fn register(cast: &mut Cast<'_>) {
    let mut problems = Vec::new();
    let mut scenes = Vec::new();
    for (file, text) in SCRIPTS {
        scenes.extend(script::read(file, text, &mut problems));
    }
    let mut items = FxHashMap::default();
    for line in scenes.iter().flat_map(|scene| &scene.visits).flat_map(|visit| &visit.lines) {
        if let Some(item) = find(cast, line.item) {
            items.insert(line.item, item);
        } else {
            problems.push(format!("场景中的项目“{}”不在目录内", line.item));
        }
    }
    cast.world.shelf.problems.append(&mut problems);
    let items: Items = Rc::new(items);
    for scene in scenes {
        let last = |visit: &Visit| match visit.setting {
            Setting::Stay { nights } => visit.offset + nights,
            _ => visit.offset,
        };
        let spare = if leaves_room(&scene) { SPARE_NIGHTS } else { 0 };
        let days = scene.visits.iter().map(last).max().unwrap_or(0) + spare + 1;
        let needs = Needs { gender: scene.gender, years: scene.years, ..Needs::ADULT };
        let (degree, quiet_days, items) = (scene.degree, scene.quiet_days, Rc::clone(&items));
        let played = cast.long_scene(needs, days, move |stage| play(stage, &scene, &items));
        played.degree = degree;
        played.quiet_days = quiet_days;
    }
}

/// The item that a script names.
fn find(cast: &mut Cast<'_>, text: &str) -> Option<ItemId> {
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    if let Some(name) = text.strip_prefix("drug:") {
        return shelf.drug(tables, name, Fen(6_000));
    }
    let Some(rest) = text.strip_prefix("new:") else { return shelf.service(tables, text) };
    let mut parts = rest.split(':');
    let (code, name, price) = (parts.next()?, parts.next()?, parts.next()?);
    Some(shelf.invented(code, name, Fen(price.parse().ok()?)))
}

fn play(stage: &mut Stage<'_>, scene: &Scene, items: &Items) {
    for (place, visit) in scene.visits.iter().enumerate() {
        let spare = if leaves_room(scene) { stage.dice.between(0, SPARE_NIGHTS) } else { 0 };
        open(stage, visit, spare);
        if visit.bare {
            empty(stage, place as i64);
        }
        if let Some(code) = visit.insurance.or(scene.insurance) {
            stage.insure(Insurance(code));
        }
        for operation in &visit.operations {
            let script::Operation { code, day, anaesthesia: record } = *operation;
            let start = stage.visit().begins.day().plus(day).start().0;
            let anaesthesia = record.map(|(from, until)| (Stamp(start + from), Stamp(start + until)));
            let at = Stamp(record.map_or(start + OPENING + 3600, |(from, _)| start + from + 1800));
            stage.visit().procedures.push(DraftProcedure { code: code.into(), at, main: true, anaesthesia });
        }
        for line in &visit.lines {
            if let Some(&item) = items.get(line.item) {
                charge(stage, scene, line, item);
            }
        }
        if let Some(rule) = visit.also {
            stage.visit().mark_visit(rule, scene.shows, AtStake::NotJudged);
        }
        match visit.mark {
            Some(Mark::Like) => stage.visit().look_alike(scene.rule, scene.shows, None),
            Some(_) => stage.visit().mark_visit(scene.rule, scene.shows, AtStake::NotJudged),
            None => {}
        }
    }
}

/// Whether the stay of a scene may last longer than written: nothing else follows, and nothing happens on its
/// last days. A short stay is short on purpose.
fn leaves_room(scene: &Scene) -> bool {
    let [Visit { setting: Setting::Stay { nights }, bare: false, lines, .. }] = scene.visits.as_slice() else {
        return false;
    };
    *nights > SPARE_NIGHTS && lines.iter().all(|line| line.day < nights - 1 && !line.remark.take_home)
}

fn open(stage: &mut Stage<'_>, visit: &Visit, spare: i32) {
    let level = if visit.elsewhere { HospitalLevel::Secondary } else { HospitalLevel::Tertiary };
    let house = match visit.setting {
        Setting::Pharmacy => stage.world.town.pharmacy_of(stage.dice, stage.person),
        _ => stage.house(level),
    };
    match visit.setting {
        Setting::Stay { nights } => {
            let mut stay = care::ward(stage.world, stage.dice, house, stage.day.plus(visit.offset), nights + spare);
            let shelf = &stage.world.shelf;
            stay.lines.retain(|line| !visit.without.contains(&shelf.item(line.item).local.as_str()));
            stage.visits.push(stay);
        }
        Setting::Clinic => stage.contact_at(visit.offset, house, "11"),
        Setting::Chronic => stage.contact_at(visit.offset, house, "14"),
        Setting::HomeBed => stage.contact_at(visit.offset, house, "71"),
        Setting::Pharmacy => stage.contact_at(visit.offset, house, "41"),
    }
    let opened = stage.visit();
    opened.diagnoses.clear();
    let diagnoses = visit.diagnoses.iter().enumerate();
    opened.diagnoses.extend(diagnoses.map(|(rank, code)| DraftDiagnosis { code: (*code).into(), main: rank == 0 }));
}

/// Leaves nothing of a stay but its days, and gives it set times.
fn empty(stage: &mut Stage<'_>, place: i64) {
    let stay = stage.visit();
    stay.lines.clear();
    stay.begins = Stamp(stay.begins.day().start().0 + 8 * 3600 + place * 1800);
    stay.ends = Stamp(stay.ends.day().start().0 + 10 * 3600 + place * 1800);
}

fn charge(stage: &mut Stage<'_>, scene: &Scene, line: &Line, item: ItemId) {
    let visit = stage.visit();
    let at = if visit.is_stay() {
        Stamp(visit.begins.day().start().0 + i64::from(line.day) * DAY + line.time)
    } else {
        Stamp(visit.begins.0 + i64::from(line.day) * DAY + line.time - OPENING)
    };
    let place = stage.charge(item, line.day, line.quantity);
    let medicine = stage.world.shelf.item(item).kind.is_medicine();
    let Some(draft) = stage.visit().lines.get_mut(place as usize) else { return };
    draft.at = at;
    draft.remark = line.remark;
    draft.performed_in = line.performed_in;
    draft.prescription = line.prescription.unwrap_or(u8::from(medicine));
    draft.supply_days = line.supply_days.unwrap_or(if medicine { 7 } else { 0 });
    draft.price = match line.price {
        Price::Usual => draft.price,
        Price::Percent(percent) => UnitPrice(draft.price.0 * percent / 100),
        Price::Exactly(price) => UnitPrice(price.0 * 100),
    };
    let (rule, shows, quantity) = (scene.rule, scene.shows, line.quantity);
    let amount = stage.amount(place);
    match line.mark {
        Some(Mark::Fault) => stage.whole(rule, shows, place),
        Some(Mark::Part(over)) => {
            let at_stake = AtStake::Exactly(amount.share(over, quantity));
            stage.visit().mark_line(rule, shows, place, over, at_stake);
        }
        Some(Mark::MoneyOpen) => stage.visit().mark_line(rule, shows, place, quantity, AtStake::NotJudged),
        Some(Mark::Like) => stage.visit().look_alike(rule, shows, Some(place)),
        None => {}
    }
}
