//! What only a person's whole history shows: overlaps, death, distance, organs, supply at hand.

use model::{Fen, HospitalLevel, Quantity, Stamp};

use super::cast::Cast;
use super::{Needs, Place, Stage};
use crate::draft::AtStake;
use crate::shelf::ItemId;

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const CLINIC: Place = Place::Clinic(SECONDARY);
const HOUR: i64 = 3600;

pub(super) fn register(cast: &mut Cast<'_>) {
    overlapping_stays(cast);
    outpatient_during_stay(cast);
    after_death(cast);
    struck_off(cast);
    impossible_travel(cast);
    organs(cast);
    overlapping_supply(cast);
}

/// Two secondary hospitals.
fn two_houses(stage: &mut Stage<'_>) -> Option<(u32, u32)> {
    let houses = stage.world.town.secondary.clone();
    let first = stage.pick(&houses)?;
    let others: Vec<u32> = houses.into_iter().filter(|house| *house != first).collect();
    Some((first, stage.pick(&others)?))
}

fn overlapping_stays(cast: &mut Cast<'_>) {
    let rule = "overlapping-stays";
    for (dose, degree, nights, second_on, second_nights) in
        [("重叠 2 天", 1, 8, 6, 6), ("重叠 5 天", 2, 10, 5, 7), ("整个住院落在另一次住院之内", 3, 14, 3, 8)]
    {
        let scene = cast.long_scene(Needs::aged(30, 58), 24, move |stage| {
            let Some((first, second)) = two_houses(stage) else { return };
            stage.stay_at(0, nights, first, "M51.200");
            stage.stay_at(second_on, second_nights, second, "J18.900");
            stage.visit().mark_visit(rule, dose, AtStake::Whole);
        });
        scene.quiet_days = 45;
        scene.degree = Some(degree);
    }
    for (dose, late_hours, transfer) in [
        ("出院登记滞后 20 小时", 20, false),
        ("当日出院当日入另一院", 0, false),
        ("医嘱转院，原院次日办出院", 23, true),
    ] {
        cast.long_scene(Needs::aged(30, 58), 20, move |stage| {
            let Some((first, second)) = two_houses(stage) else { return };
            stage.stay_at(0, 6, first, "M51.200");
            stage.stay_at(6, 6, second, "J18.900");
            let admitted = stage.visit().begins;
            stage.visit().look_alike(rule, dose, None);
            if let Some(before) = stage.visits.first_mut() {
                before.ends = Stamp(admitted.0 + late_hours * HOUR);
                before.discharge_way = if transfer { "2" } else { "1" };
            }
        })
        .quiet_days = 45;
    }
}

fn outpatient_during_stay(cast: &mut Cast<'_>) {
    let rule = "outpatient-during-stay";
    let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") else { return };
    for (dose, degree, days) in [
        ("住院期间 1 次门诊", 1, &[3][..]),
        ("住院期间 2 次购药", 2, &[2, 6]),
        ("住院期间 3 次门诊、购药", 3, &[1, 4, 7]),
    ] {
        let scene = cast.long_scene(Needs::aged(45, 58), 14, move |stage| {
            stage.stay(0, 9, SECONDARY);
            for (n, day) in days.iter().enumerate() {
                if n % 2 == 1 || days.len() == 2 {
                    stage.open(*day, Place::Pharmacy);
                    stage.diagnose("I10.x00x002", &[]);
                    stage.prescribe(drug, 0, 1);
                } else {
                    stage.open(*day, CLINIC);
                }
                stage.visit().mark_visit(rule, dose, AtStake::Whole);
            }
        });
        scene.quiet_days = 35;
        scene.degree = Some(degree);
    }
    for (dose, day, place) in [
        ("出院当日购药", 9, Place::Pharmacy),
        ("入院当日先看门诊", 0, CLINIC),
        ("住院期间急诊", 4, Place::Emergency(SECONDARY)),
        ("住院期间外出透析", 5, CLINIC),
    ] {
        cast.long_scene(Needs::aged(45, 58), 14, move |stage| {
            stage.stay(0, 9, SECONDARY);
            stage.open(day, place);
            match place {
                Place::Pharmacy => {
                    stage.diagnose("I10.x00x002", &[]);
                    stage.prescribe(drug, 0, 1);
                    // Home first: never within minutes of the discharge.
                    let evening = Stamp(stage.visit().begins.day().start().0 + 17 * HOUR);
                    shift(stage, evening);
                }
                CLINIC if day > 0 => stage.diagnose("Z49.100", &["N18.000"]),
                CLINIC => {
                    let morning = Stamp(stage.visit().begins.day().start().0 + 7 * HOUR);
                    shift(stage, morning);
                }
                _ => {}
            }
            stage.visit().look_alike(rule, dose, None);
        })
        .quiet_days = 35;
    }
}

/// Moves the visit being made, with its lines, to another beginning.
fn shift(stage: &mut Stage<'_>, begins: Stamp) {
    let visit = stage.visit();
    let by = begins.0 - visit.begins.0;
    visit.begins = begins;
    visit.ends = Stamp(visit.ends.0 + by);
    visit.lines.iter_mut().for_each(|line| line.at = Stamp(line.at.0 + by));
}

fn after_death(cast: &mut Cast<'_>) {
    let rule = "after-death-service";
    let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") else { return };
    for (dose, degree, first, times) in
        [("死亡 2 天后 1 次购药", 1, 2, 1), ("死亡 20 天起 2 次购药", 2, 20, 2), ("死亡后 4 个月按月购药", 3, 30, 4)]
    {
        let needs = Needs { died: Some(0), ..Needs::aged(62, 88) };
        let scene = cast.long_scene(needs, 160, move |stage| {
            for n in 0..times {
                stage.open(first + 31 * n, Place::Pharmacy);
                stage.diagnose("I10.x00x002", &[]);
                stage.prescribe(drug, 0, 1);
                stage.visit().mark_visit(rule, dose, AtStake::Whole);
                for line in 0..stage.visit().lines.len() as u16 {
                    stage.whole("detail-line-anomaly", dose, line);
                }
            }
        });
        scene.quiet_days = 30;
        scene.degree = Some(degree);
    }
    let needs = Needs { died: Some(6), ..Needs::aged(62, 88) };
    cast.long_scene(needs, 12, move |stage| {
        stage.stay(0, 6, SECONDARY);
        stage.visit().discharge_way = "5";
        stage.visit().look_alike(rule, "住院期间死亡，死亡当日出院", None);
    })
    .quiet_days = 45;
}

/// Lines ordered by a doctor who is dead, or suspended.
fn struck_off(cast: &mut Cast<'_>) {
    let town = &cast.world.town;
    let (day, house) = (town.struck_off_on, town.secondary.first().copied().unwrap_or_default());
    for (rule, doctor) in [("after-death-prescriber", town.dying_doctor), ("staff-suspended", town.suspended_doctor)] {
        for (dose, degree, until) in
            [("停权后 1 至 20 天仍开单", 1, 20), ("停权 20 天后仍开单", 2, 60), ("停权数月后仍开单", 3, 200)]
        {
            let scene = cast.scene(Needs::ADULT, move |stage| {
                stage.contact_at(0, house, "11");
                stage.visit().doctor = doctor;
                let items: Vec<ItemId> = stage.world.consultation.iter().take(1).copied().collect();
                for item in items {
                    let line = stage.charge(item, 0, Quantity::whole(1));
                    stage.whole(rule, dose, line);
                }
            });
            scene.degree = Some(degree);
            scene.from = Some(day.plus(if degree == 1 { 1 } else { until / 2 }));
            scene.until = Some(day.plus(until + 15));
        }
        let scene = cast.scene(Needs::ADULT, move |stage| {
            stage.contact_at(0, house, "11");
            stage.visit().doctor = doctor;
            let items: Vec<ItemId> = stage.world.consultation.iter().take(1).copied().collect();
            for item in items {
                let line = stage.charge(item, 0, Quantity::whole(1));
                stage.visit().look_alike(rule, "停权之前开单", Some(line));
            }
        });
        scene.until = Some(day);
    }
}

fn impossible_travel(cast: &mut Cast<'_>) {
    let rule = "impossible-travel";
    for (dose, degree, minutes, far) in [
        ("同城两院相隔 25 分钟", 1, 25, false),
        ("两地相隔 90 分钟", 2, 90, true),
        ("两地相隔 20 分钟", 3, 20, true),
        ("两地相隔 5 小时", 0, 300, true),
        ("同城两院相隔 45 分钟", 0, 45, false),
    ] {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            let Some((first, second)) = two_houses(stage) else { return };
            let second = if far { stage.world.town.distant } else { second };
            stage.contact_at(0, first, "11");
            charge_consultation(stage);
            let at = Stamp(stage.visit().begins.0 + minutes * 60);
            stage.contact_at(0, second, "11");
            charge_consultation(stage);
            shift(stage, at);
            if degree > 0 {
                stage.visit().mark_visit(rule, dose, AtStake::Whole);
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
        scene.degree = (degree > 0).then_some(degree);
    }
    cast.scene(Needs::ADULT, move |stage| {
        let Some((first, _)) = two_houses(stage) else { return };
        stage.contact_at(0, first, "11");
        charge_consultation(stage);
        let at = Stamp(stage.visit().begins.0 + 600);
        stage.open(0, Place::Internet);
        shift(stage, at);
        stage.visit().look_alike(rule, "十分钟后互联网复诊", None);
    });
}

fn charge_consultation(stage: &mut Stage<'_>) {
    if let Some(item) = stage.world.consultation.first().copied() {
        stage.charge(item, 0, Quantity::whole(1));
    }
}

fn organs(cast: &mut Cast<'_>) {
    let rule = "identity-implausible";
    for (dose, degree, gap, again) in [
        ("胆囊切除 40 天后再切除", 1, 40, "51.2300"),
        ("胆囊切除 90 天后再切除", 2, 90, "51.2300"),
        ("胆囊切除 150 天后在另一院再切除", 3, 150, "51.2300"),
        ("胆囊切除后做疝修补", 0, 60, "53.0001"),
        ("转院后重复填报同一手术", 0, 7, "51.2300"),
    ] {
        let scene = cast.long_scene(Needs::aged(30, 58), gap + 16, move |stage| {
            let Some((first, second)) = two_houses(stage) else { return };
            stage.stay_at(0, 6, first, "K80.000");
            stage.operate("51.2300", true);
            stage.visit().discharge_way = if gap == 7 { "2" } else { "1" };
            let hernia = again.starts_with("53");
            stage.stay_at(gap, 6, second, if hernia { "K40.900x003" } else { "K80.101" });
            stage.operate(again, true);
            if degree > 0 {
                stage.visit().mark_visit(rule, dose, AtStake::Whole);
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
        scene.quiet_days = 400;
        scene.degree = (degree > 0).then_some(degree);
    }
}

/// A medicine from a pharmacy or clinic: so many packs for so many days.
pub(super) fn fill(stage: &mut Stage<'_>, offset: i32, house: u32, drug: ItemId, days: u16) -> u16 {
    let pharmacy = stage.world.town.house(house).kind == "2";
    stage.contact_at(offset, house, if pharmacy { "41" } else { "11" });
    stage.diagnose("I10.x00x002", &[]);
    let place = stage.prescribe(drug, 0, 1);
    if let Some(line) = stage.visit().lines.get_mut(place as usize) {
        line.supply_days = days;
        line.quantity = Quantity::whole(i64::from(days) / 7);
    }
    place
}

/// The part of a fill that so many of its days stand for.
pub(super) fn share_of_fill(stage: &mut Stage<'_>, place: u16, over: i64) -> (Quantity, Fen) {
    let amount = stage.amount(place);
    let Some(line) = stage.visit().lines.get(place as usize) else { return (Quantity::ZERO, Fen::ZERO) };
    let days = i64::from(line.supply_days);
    (Quantity(line.quantity.0 * over / days), amount.share(Quantity(over), Quantity(days)))
}

fn overlapping_supply(cast: &mut Cast<'_>) {
    let rule = "multi-institution-prescribing";
    let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") else { return };
    // Offset and days of the fills, each at another institution.
    type Fills = &'static [(i32, u16)];
    let violations: [(&str, u8, Fills); 3] = [
        ("三家机构，余药 20 天又取药", 1, &[(0, 14), (2, 14), (8, 14)]),
        ("三家机构，三日内各取 28 天", 2, &[(0, 28), (1, 28), (3, 28)]),
        ("五家机构，两周内各取 28 天", 3, &[(0, 28), (2, 28), (5, 28), (9, 28), (13, 28)]),
    ];
    for (dose, degree, fills) in violations {
        let scene = cast.long_scene(Needs::aged(45, 58), 20, move |stage| {
            let houses = stage.world.town.pharmacies_around(stage.person, fills.len());
            // Days supplied before this fill: all of them, and what the rule on cumulative supply lets stand.
            let (mut supplied, mut counted) = (0, 0);
            for (n, (&(offset, days), house)) in fills.iter().zip(houses).enumerate() {
                let place = fill(stage, offset, house, drug, days);
                let over = (supplied - offset - 7).min(i32::from(days));
                if n >= 2 && over > 0 {
                    let (quantity, amount) = share_of_fill(stage, place, i64::from(over));
                    stage.visit().mark_line(rule, dose, place, quantity, AtStake::Exactly(amount));
                }
                let past = (counted - 104).clamp(0, i32::from(days));
                if past > 0 {
                    let (quantity, amount) = share_of_fill(stage, place, i64::from(past));
                    let rule = "cumulative-overquantity";
                    stage.visit().mark_line(rule, dose, place, quantity, AtStake::Exactly(amount));
                }
                supplied += i32::from(days);
                counted += i32::from(days) - past;
            }
        });
        scene.quiet_days = 200;
        scene.degree = Some(degree);
    }
    let look_alikes: [(&str, usize, Fills); 3] = [
        ("两家机构轮流取药", 2, &[(0, 28), (25, 28), (50, 28)]),
        ("出远门前一次取两个月", 1, &[(0, 28), (1, 28)]),
        ("三家机构，余药不足 7 天", 3, &[(0, 14), (12, 14), (23, 14)]),
    ];
    for (dose, places, fills) in look_alikes {
        cast.long_scene(Needs::aged(45, 58), 60, move |stage| {
            let houses = stage.world.town.pharmacies_around(stage.person, places);
            for (&(offset, days), house) in fills.iter().zip(houses.into_iter().cycle()) {
                let place = fill(stage, offset, house, drug, days);
                stage.visit().look_alike(rule, dose, Some(place));
            }
        })
        .quiet_days = 200;
    }
}
