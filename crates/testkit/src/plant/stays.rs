//! Stays that are not what they seem: empty beds, check-ups, chains over several hospitals.

use model::{Fen, HospitalLevel, Quantity};

use super::cast::Cast;
use super::patterns::TESTS;
use super::{Needs, Stage};
use crate::draft::AtStake;
use crate::shelf::ItemId;

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(cast: &mut Cast<'_>) {
    bed_hanging(cast);
    check_ups(cast);
    chains(cast);
}

/// Takes every charge but the bed from some days of the stay; says what beds cost over the stay.
fn leave_only_beds(stage: &mut Stage<'_>, empty: std::ops::RangeInclusive<i32>) -> Fen {
    let bed = stage.world.bed;
    let visit = stage.visit();
    let admitted = visit.begins.day();
    visit.lines.retain(|line| line.item == bed || !empty.contains(&(line.at.day().0 - admitted.0)));
    visit.lines.iter().filter(|line| line.item == bed).map(|line| line.price.times(line.quantity)).sum()
}

fn bed_hanging(cast: &mut Cast<'_>) {
    let rule = "bed-hanging";
    for (dose, degree, nights, empty) in [
        ("9 晚中 3 天只有床位费", 1, 9, 3..=5),
        ("10 晚中 5 天只有床位费", 2, 10, 3..=7),
        ("14 晚中 10 天只有床位费", 3, 14, 3..=12),
    ] {
        let scene = cast.long_scene(Needs::ADULT, 20, move |stage| {
            stage.stay(0, nights, SECONDARY);
            let beds = leave_only_beds(stage, empty.clone());
            let days = i64::from(empty.end() - empty.start() + 1);
            stage.visit().mark_visit(rule, dose, AtStake::Exactly(beds));
            if let Some(mark) = stage.visit().marks.last_mut() {
                mark.over = Some(Quantity::whole(days));
            }
        });
        scene.quiet_days = 40;
        scene.degree = Some(degree);
    }
    cast.long_scene(Needs::ADULT, 20, move |stage| {
        stage.stay(0, 9, SECONDARY);
        leave_only_beds(stage, 3..=4);
        stage.visit().look_alike(rule, "只有 2 天空白（请假回家）", None);
    })
    .quiet_days = 40;
    let round = cast.world.daily.first().map(|(item, _)| *item);
    cast.long_scene(Needs::ADULT, 20, move |stage| {
        stage.stay(0, 9, SECONDARY);
        leave_only_beds(stage, 3..=6);
        if let Some(round) = round {
            for night in 3..=6 {
                stage.charge(round, night, ONE);
            }
        }
        stage.visit().look_alike(rule, "四天只有床位费和查房", None);
    })
    .quiet_days = 40;
}

fn check_ups(cast: &mut Cast<'_>) {
    let rule = "exam-type-admission";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let tests: Vec<ItemId> = TESTS.iter().filter_map(|code| shelf.service(tables, code)).collect();
    // What stays of the ward's daily charges beside bed and round, and what of the tests is left out.
    for (dose, degree, nights, diagnosis, left_out, rounds) in [
        ("住 3 晚，8 项检查检验", 1, 3, "M51.200", 0, 1),
        ("住 4 晚，8 项检查检验各 2 次", 2, 4, "M51.200", 0, 2),
        ("住 4 晚，8 项检查检验各 3 次", 3, 4, "M51.200", 0, 3),
        ("待查症状", 0, 3, "R51.x00", 0, 1),
        ("只有 5 项检查", 0, 3, "M51.200", 3, 1),
        ("每日治疗，检查占比低", 0, 8, "M51.200", 5, 0),
    ] {
        let tests = tests.clone();
        let scene = cast.long_scene(Needs::ADULT, 14, move |stage| {
            let house = stage.world.town.house_of(stage.dice, SECONDARY, stage.person);
            stage.stay_at(0, nights, house, diagnosis);
            let (bed, round) = (stage.world.bed, stage.world.daily.first().map(|(item, _)| *item));
            let treated = rounds == 0;
            if !treated {
                stage.visit().lines.retain(|line| line.item == bed || Some(line.item) == round);
            } else {
                let tests = tests.clone();
                stage.visit().lines.retain(|line| !tests.contains(&line.item));
            }
            let mut cost = Fen::ZERO;
            for night in 0..rounds.max(1) {
                for item in tests.iter().take(tests.len() - left_out) {
                    let line = stage.charge(*item, night, ONE);
                    cost += stage.amount(line);
                }
            }
            if degree > 0 {
                stage.visit().mark_visit(rule, dose, AtStake::Exactly(cost));
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
        scene.quiet_days = 40;
        scene.degree = (degree > 0).then_some(degree);
    }
}

fn chains(cast: &mut Cast<'_>) {
    let rule = "cross-institution-split";
    for (dose, degree, gap, diagnoses, way) in [
        ("三家医院接连住院，间隔 3 天", 1, 3, ["M51.200", "M51.202", "M51.200"], "1"),
        ("三家医院接连住院，间隔 2 天", 2, 2, ["M51.200"; 3], "1"),
        ("三家医院接连住院，次日即入", 3, 1, ["M51.200"; 3], "1"),
        ("逐级医嘱转院", 0, 0, ["M51.200"; 3], "2"),
        ("三次住院病种不同", 0, 2, ["M51.200", "J18.900", "K29.000"], "1"),
        ("间隔 10 天", 0, 10, ["M51.200"; 3], "1"),
    ] {
        let scene = cast.long_scene(Needs::aged(30, 58), 3 * 9 + 2 * gap + 6, move |stage| {
            let houses = stage.world.town.secondary.clone();
            let first = stage.dice.below(houses.len() as u32) as usize;
            let mut offset = 0;
            for (n, (diagnosis, house)) in diagnoses.into_iter().zip(houses.iter().cycle().skip(first)).enumerate() {
                // Nights of their own, so that persons in like chains do not move from hospital to hospital together.
                let nights = stage.dice.between(4, 9);
                stage.stay_at(offset, nights, *house, diagnosis);
                offset += nights + gap;
                stage.visit().discharge_way = way;
                if n == 2 && degree > 0 {
                    stage.visit().mark_visit(rule, dose, AtStake::Whole);
                } else {
                    stage.visit().look_alike(rule, dose, None);
                }
            }
        });
        scene.quiet_days = 92;
        scene.degree = (degree > 0).then_some(degree);
    }
}
