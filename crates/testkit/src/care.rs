//! A clean visit from a bundle.
//!
//! What is chosen passes [`crate::shelf::Shelf::fits`]; day-priced items are charged once a day, hour-priced
//! ones at most 24 times, at most three kinds of medicine a prescription, each of another catalogue
//! category, for at most 28 days. Where to look next: `life` for when visits happen.

use model::{Age, CareSetting, Day, HospitalLevel, Quantity, Stamp};
use rustc_hash::FxHashMap;

use crate::bundles::{DIALYSIS, PREGNANCY, Setting};
use crate::dice::Dice;
use crate::draft::{DraftDiagnosis, DraftLine, DraftProcedure, DraftVisit, Facts, Pack, Remark};
use crate::shelf::{Circumstances, ItemId};
use crate::world::{Ready, World};

/// Whose visit, when, and of what kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occasion {
    pub person: u64,
    pub facts: Facts,
    pub day: Day,
    pub bundle: usize,
}

/// What a person still has at home: an ordinary doctor prescribes nothing on top of it.
#[derive(Debug, Default)]
pub(crate) struct Cupboard(FxHashMap<ItemId, Day>);

/// Days of supply at hand with which a medicine is dispensed again.
const AT_HAND_DAYS: i32 = 4;

impl Cupboard {
    fn holds(&self, item: ItemId, on: Day) -> bool {
        self.0.get(&item).is_some_and(|until| until.0 - on.0 > AT_HAND_DAYS)
    }

    fn fill(&mut self, item: ItemId, on: Day, days: u16) {
        let until = self.0.entry(item).or_insert(on);
        *until = (*until).max(on).plus(i32::from(days));
    }
}

const HOUR: i64 = 3600;
/// The services of a stay that are given every day.
const REPEATED: [&str; 5] = ["45", "43", "34", "1203", "1207"];
/// 心电监测, by the hour.
const MONITORING: &str = "310701022";

/// Makes the visit.
pub(crate) fn visit(
    world: &World,
    dice: &mut Dice,
    occasion: &Occasion,
    cupboard: &mut Cupboard,
) -> Option<DraftVisit> {
    let ready = world.ready.get(occasion.bundle)?;
    Some(match ready.bundle.setting {
        Setting::Stay => stay(world, dice, occasion, ready),
        _ => contact(world, dice, occasion, ready, cupboard),
    })
}

impl World {
    /// An empty visit at an institution.
    pub fn open(
        &self,
        dice: &mut Dice,
        institution: u32,
        med_type: &'static str,
        begins: Stamp,
        ends: Stamp,
    ) -> DraftVisit {
        DraftVisit {
            institution,
            doctor: self.town.doctor(dice, institution),
            med_type,
            begins,
            ends,
            insurance: None,
            maternal: "",
            reversed: false,
            free: false,
            discharge_way: "1",
            diagnoses: Vec::with_capacity(2),
            procedures: Vec::new(),
            lines: Vec::with_capacity(16),
            marks: Vec::new(),
            total_shift: model::Fen::ZERO,
            cash_shift: model::Fen::ZERO,
        }
    }

    /// A line of one item at the institution's price, uploaded within hours.
    pub fn line(&self, dice: &mut Dice, visit: &DraftVisit, item: ItemId, at: Stamp, quantity: Quantity) -> DraftLine {
        let level = self.town.house(visit.institution).level;
        DraftLine {
            item,
            at,
            quantity,
            price: self.price(item, level),
            amount: None,
            prescription: 0,
            supply_days: 0,
            upload_delay_s: 300 + dice.below(5 * 3600),
            performed_in: "",
            refund_of: None,
            remark: Remark::default(),
            pack: Pack::Own,
        }
    }
}

/// What limits are held against in this visit.
pub(crate) fn circumstances(world: &World, facts: &Facts, visit: &DraftVisit) -> Circumstances {
    let age = Age::on(facts.born_on, visit.begins.day());
    let house = world.town.house(visit.institution);
    Circumstances {
        sex: facts.sex(),
        age_years: age.years,
        age_days: age.days,
        level: house.level,
        setting: if house.kind == "2" { CareSetting::Pharmacy } else { CareSetting::from_med_type(visit.med_type) },
        pregnant: !visit.maternal.is_empty(),
    }
}

fn level_for(dice: &mut Dice, occasion: &Occasion, setting: Setting) -> HospitalLevel {
    let (primary, secondary) = match setting {
        Setting::Chronic if occasion.bundle == DIALYSIS => (0, 70),
        Setting::Chronic => (55, 30),
        Setting::Emergency => (0, 60),
        Setting::Stay => (12, 48),
        _ => (42, 35),
    };
    match dice.below(100) {
        roll if roll < primary => HospitalLevel::Primary,
        roll if roll < primary + secondary => HospitalLevel::Secondary,
        _ => HospitalLevel::Tertiary,
    }
}

fn put_diagnoses(dice: &mut Dice, visit: &mut DraftVisit, ready: &Ready) {
    if let Some(main) = dice.pick(ready.bundle.main) {
        visit.diagnoses.push(DraftDiagnosis { code: (*main).into(), main: true });
    }
    for code in ready.bundle.others {
        visit.diagnoses.push(DraftDiagnosis { code: (*code).into(), main: false });
    }
}

fn contact(world: &World, dice: &mut Dice, occasion: &Occasion, ready: &Ready, cupboard: &mut Cupboard) -> DraftVisit {
    let setting = ready.bundle.setting;
    let (institution, med_type) = match setting {
        Setting::Pharmacy => (world.town.pharmacy_of(dice, occasion.person), "41"),
        Setting::Internet => (world.town.internet, "11"),
        _ => {
            let level = level_for(dice, occasion, setting);
            let med_type = match setting {
                Setting::Chronic if occasion.bundle != PREGNANCY => "14",
                Setting::Emergency => "13",
                _ => "11",
            };
            (world.town.house_of(dice, level, occasion.person), med_type)
        }
    };
    let begins = Stamp(occasion.day.start().0 + 8 * HOUR + i64::from(dice.below(8 * 3600)));
    let mut visit = world.open(dice, institution, med_type, begins, Stamp(begins.0 + 3 * HOUR));
    if occasion.bundle == PREGNANCY {
        visit.maternal = "3";
    }
    put_diagnoses(dice, &mut visit, ready);
    let at = circumstances(world, &occasion.facts, &visit);
    let mut clock = begins.0;
    if let Some(item) = consultation(world, dice, setting, at.level) {
        let line = world.line(dice, &visit, item, begins, Quantity::whole(1));
        visit.push(line);
    }
    for &(item, share) in &ready.services {
        if dice.percent(share) && world.shelf.fits(item, &at) {
            clock += 60 + i64::from(dice.below(300));
            let line = world.line(dice, &visit, item, Stamp(clock), Quantity::whole(1));
            visit.push(line);
        }
    }
    if matches!(setting, Setting::Outpatient | Setting::Chronic) && occasion.bundle != DIALYSIS && dice.percent(45) {
        clock = panel(world, dice, &mut visit, clock);
    }
    if setting == Setting::Decoction {
        decoction(world, dice, &mut visit, Stamp(clock + 600));
    } else {
        prescribe(world, dice, &mut visit, ready, &at, (Stamp(clock + 600), cupboard));
    }
    visit
}

/// The usual blood and urine tests, as far as the visit has not had them.
fn panel(world: &World, dice: &mut Dice, visit: &mut DraftVisit, mut clock: i64) -> i64 {
    for &(item, share) in &world.admission {
        if dice.percent(share) && !visit.lines.iter().any(|line| line.item == item) {
            clock += 45;
            let line = world.line(dice, visit, item, Stamp(clock), Quantity::whole(1));
            visit.push(line);
        }
    }
    clock
}

fn consultation(world: &World, dice: &mut Dice, setting: Setting, level: HospitalLevel) -> Option<ItemId> {
    let place = match setting {
        Setting::Pharmacy => return None,
        Setting::Emergency => 3,
        Setting::Internet => 4,
        Setting::Decoction => 5,
        _ if level == HospitalLevel::Tertiary => dice.below(3) as usize,
        _ => 0,
    };
    world.consultation.get(place).copied()
}

/// Up to three kinds of medicine on one prescription.
fn prescribe(
    world: &World,
    dice: &mut Dice,
    visit: &mut DraftVisit,
    ready: &Ready,
    at: &Circumstances,
    (when, cupboard): (Stamp, &mut Cupboard),
) {
    let wanted = 1 + dice.below(3) as usize;
    let mut kinds: [Option<ItemId>; 3] = [None; 3];
    let mut count = 0;
    let first = dice.below(ready.drugs.len() as u32) as usize;
    for &(item, days) in ready.drugs.iter().cycle().skip(first).take(ready.drugs.len()) {
        let category = &world.shelf.item(item).category;
        let taken = kinds.iter().flatten().any(|k| &world.shelf.item(*k).category == category);
        if count == wanted || taken || !world.shelf.fits(item, at) || cupboard.holds(item, when.day()) {
            continue;
        }
        if let Some(place) = kinds.get_mut(count) {
            *place = Some(item);
        }
        count += 1;
        let packs = 1 + i64::from(days <= 14 && dice.percent(30));
        let mut line = world.line(dice, visit, item, when, Quantity::whole(packs));
        line.prescription = 1;
        line.supply_days = days * packs as u16;
        cupboard.fill(item, when.day(), line.supply_days);
        visit.push(line);
    }
}

/// Eight to sixteen pieces that go together, most of them payable alone, for a week or two.
pub(crate) fn decoction(world: &World, dice: &mut Dice, visit: &mut DraftVisit, when: Stamp) {
    let doses = 5 + i64::from(dice.below(10));
    let count = 7 + dice.below(7) as usize;
    let first = dice.below(world.pieces.len() as u32) as usize;
    let mixed = dice.below(4) as usize;
    let pieces = world.pieces.iter().cycle().skip(first).take(count);
    for item in pieces.chain(world.single_pieces.iter().take(mixed)).copied() {
        let grams = (6 + i64::from(dice.below(10))) * doses;
        let mut line = world.line(dice, visit, item, when, Quantity::whole(grams));
        line.prescription = 1;
        line.supply_days = doses as u16;
        visit.push(line);
    }
}

fn stay(world: &World, dice: &mut Dice, occasion: &Occasion, ready: &Ready) -> DraftVisit {
    let nights = dice.between(ready.bundle.nights.0, ready.bundle.nights.1);
    let mut level = level_for(dice, occasion, Setting::Stay);
    if ready.surgery.is_some() && level == HospitalLevel::Primary {
        level = HospitalLevel::Secondary;
    }
    let institution = world.town.house_of(dice, level, occasion.person);
    let mut visit = ward(world, dice, institution, occasion.day, nights);
    put_diagnoses(dice, &mut visit, ready);
    let at = circumstances(world, &occasion.facts, &visit);
    if let Some((operation, service)) = ready.surgery {
        let when = Stamp(occasion.day.plus(1).start().0 + 10 * HOUR);
        visit.procedures.push(DraftProcedure { code: operation.into(), at: when, main: true, anaesthesia: None });
        let line = world.line(dice, &visit, service, when, Quantity::whole(1));
        visit.push(line);
    }
    for &(item, share) in &ready.services {
        if dice.percent(share) && world.shelf.fits(item, &at) {
            give(world, dice, &mut visit, item, nights);
        }
    }
    medicate(world, dice, &mut visit, ready, &at, nights);
    visit
}

/// A stay with bed, consultation, nursing and infusion every day, and the usual tests on admission.
pub(crate) fn ward(world: &World, dice: &mut Dice, institution: u32, day: Day, nights: i32) -> DraftVisit {
    let begins = Stamp(day.start().0 + 8 * HOUR + i64::from(dice.below(8 * 3600)));
    let ends = Stamp(day.plus(nights).start().0 + 10 * HOUR + i64::from(dice.below(4 * 3600)));
    let mut visit = world.open(dice, institution, "21", begins, ends);
    for &(item, share) in &world.admission {
        if dice.percent(share) {
            let line = world.line(dice, &visit, item, Stamp(begins.0 + 1200), Quantity::whole(1));
            visit.push(line);
        }
    }
    for night in 0..nights {
        let when = time_of_day(&visit, night);
        let line = world.line(dice, &visit, world.bed, when, Quantity::whole(1));
        visit.push(line);
        let again = if night == 3 { world.admission.as_slice() } else { &[] };
        for &(item, share) in world.daily.iter().chain(again) {
            if dice.percent(share) {
                let line = world.line(dice, &visit, item, when, Quantity::whole(1));
                visit.push(line);
            }
        }
    }
    visit
}

/// When the daily charges of a night's day are made: never before admission.
pub(crate) fn time_of_day(visit: &DraftVisit, night: i32) -> Stamp {
    let morning = Stamp(visit.begins.day().plus(night).start().0 + 9 * HOUR + 600);
    morning.max(Stamp(visit.begins.0 + 1800))
}

fn give(world: &World, dice: &mut Dice, visit: &mut DraftVisit, item: ItemId, nights: i32) {
    let local = &world.shelf.item(item).local;
    let (from, until) = if REPEATED.iter().any(|start| local.starts_with(start)) {
        (0, nights)
    } else if local == MONITORING {
        (1, 2 + dice.between(0, 2))
    } else {
        (1, 2)
    };
    let hours = local == MONITORING;
    for night in from..until.min(nights) {
        let quantity = if hours { 8 + i64::from(dice.below(17)) } else { 1 };
        let when = time_of_day(visit, night);
        let line = world.line(dice, visit, item, Stamp(when.0 + 900), Quantity::whole(quantity));
        visit.push(line);
    }
}

fn medicate(world: &World, dice: &mut Dice, visit: &mut DraftVisit, ready: &Ready, at: &Circumstances, nights: i32) {
    let mut given: Option<ItemId> = None;
    let mut count = 0;
    for &(item, days) in &ready.drugs {
        let category = &world.shelf.item(item).category;
        let taken = given.is_some_and(|other| &world.shelf.item(other).category == category);
        if taken || count == 3 || !world.shelf.fits(item, at) {
            continue;
        }
        given = Some(item);
        count += 1;
        let last = if days > 1 { 1 } else { nights };
        let packs = if days > 1 { 1 } else { 1 + i64::from(dice.below(3)) };
        for night in 0..last {
            let when = time_of_day(visit, night);
            let mut line = world.line(dice, visit, item, Stamp(when.0 + 1500), Quantity::whole(packs));
            line.prescription = count;
            line.supply_days = days;
            visit.push(line);
        }
    }
}
