//! Schemes of more work than there are hands, and of a hospital that turns to another kind of charge.

use model::{Quantity, UnitPrice};

use super::patterns::TESTS;
use super::schemes::{Crew, settle_at};
use super::swipes::HOUR;
use crate::shelf::ItemId;

const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("阿利沙坦酯片") else { return };
    doctor(crew, drug);
    therapist(crew);
    shift(crew, drug);
}

/// One doctor sees so many in a day that five minutes each do not fit; and an internet hospital, where they may.
fn doctor(crew: &mut Crew<'_>, drug: ItemId) {
    let rule = "doctor-overload";
    let overloaded = crew.hospital(20);
    for (house, actors) in [(overloaded, crew.by_degree([150, 175, 220])), (crew.world.town.internet, 150)] {
        let doctor = crew.world.town.house(house).doctors.start;
        let step = 13 * HOUR / i64::from(actors);
        let scheme = crew.scheme(actors, 4, move |stage, role| {
            stage.contact_at(0, house, "11");
            stage.diagnose("I10.x00x002", &[]);
            stage.visit().doctor = doctor;
            let line = stage.prescribe(drug, 0, 1);
            stage.reprice(line, UnitPrice((3_000 + i64::from(role) * 997 % 6_000) * 100));
            settle_at(stage, 8 * HOUR + step * i64::from(role));
        });
        if house == overloaded {
            scheme.blames(rule, house, "一名医师一天接诊一百几十人次");
        } else {
            scheme.clears(rule, house, "互联网医院");
        }
    }
}

/// More sessions in a day than the one registered therapist can give; and just as many as fit.
fn therapist(crew: &mut Crew<'_>) {
    let rule = "therapist-minutes-over";
    let Some(session) = crew.world.shelf.find("340200026") else { return };
    let overloaded = crew.hospital(21);
    for (house, actors) in [(overloaded, crew.by_degree([19, 28, 44])), (crew.hospital(22), 16)] {
        let scheme = crew.scheme(actors, 4, move |stage, role| {
            stage.contact_at(0, house, "11");
            stage.diagnose("M54.500", &[]);
            stage.charge(session, 0, ONE);
            settle_at(stage, 8 * HOUR + 600 * i64::from(role));
        });
        if house == overloaded {
            scheme.blames(rule, house, "一名治疗师一天做了几十次训练");
        } else {
            scheme.clears(rule, house, "恰好排满一班");
        }
    }
}

/// A clinic that charges tests and a little medicine, and from some month on medicine instead of the tests.
fn shift(crew: &mut Crew<'_>, drug: ItemId) {
    const TURN: i32 = 7;
    let (percent, house) = (crew.by_degree([30, 60, 100]), crew.hospital(23));
    let tests: Vec<ItemId> = TESTS.iter().take(4).filter_map(|code| crew.world.shelf.find(code)).collect();
    let first_day = crew.world.first_day;
    let scheme = crew.scheme(40, 345, move |stage, role| {
        for month in 0..11 {
            stage.contact_at(month * 30 + role as i32 % 20, house, "11");
            stage.diagnose("I10.x00x002", &[]);
            let cost: i64 =
                tests.iter().map(|item| stage.world.price(*item, model::HospitalLevel::Primary).0 / 100).sum();
            let turned = month >= TURN && (role as i32 * 7 + month) % 40 * 100 < percent * 40;
            if !turned {
                for item in &tests {
                    stage.charge(*item, 0, ONE);
                }
            }
            let line = stage.prescribe(drug, 0, 1);
            let fen = 2_000 + 10 * i64::from(role) + if turned { cost } else { 0 };
            stage.reprice(line, UnitPrice(fen * 100));
        }
    });
    scheme.on = Some(first_day.plus(4));
    scheme.blames("structure-shift", house, "药费占比突升");
}
