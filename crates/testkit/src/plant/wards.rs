//! Schemes of stays: gangs, batches, full houses, boundary days, holidays, copied bills, free stays.

use model::{Day, Quantity, UnitPrice};

use super::schemes::Crew;
use super::{Needs, Stage};
use crate::draft::AtStake;
use crate::shelf::ItemId;
use crate::world::Extent;

const ONE: Quantity = Quantity::whole(1);
/// Diseases that an ordinary ward sees.
const MIXED: [&str; 5] = ["J18.900", "K29.000", "E11.900", "M54.500", "I10.x00x002"];

pub(super) fn register(crew: &mut Crew<'_>, extent: Extent) {
    gang(crew);
    batch(crew);
    full_house(crew);
    boundary(crew);
    holiday(crew, extent);
    copies(crew);
    free(crew);
    dear(crew);
    remote(crew);
    again_and_again(crew);
}

pub(super) fn mixed(role: u32) -> &'static str {
    MIXED.get(role as usize % MIXED.len()).copied().unwrap_or("J18.900")
}

fn gang(crew: &mut Crew<'_>) {
    let rule = "gang-hospitalisation";
    let (actors, rounds) = (crew.by_degree([6, 8, 12]), crew.by_degree([2, 3, 4]));
    let houses = [crew.hospital(0), crew.hospital(1)];
    crew.scheme(actors, 320, move |stage, role| {
        for round in 0..rounds {
            let house = houses.get(round as usize % 2).copied().unwrap_or_default();
            stage.stay_at(round * 70 + role as i32 % 3, 5 + role as i32 % 3, house, mixed(role));
            stage.visit().mark_visit(rule, "一群人同期住进两家医院", AtStake::Whole);
        }
    });
    let house = crew.hospital(2);
    crew.scheme(8, 320, move |stage, role| {
        for round in 0..3 {
            stage.stay_at(
                round * 80 + role as i32 % 3,
                4 + (role as i32 * 3 + round) % 9,
                house,
                mixed(role + round as u32),
            );
            stage.visit().look_alike(rule, "养老院居民，一家医院，费用各异", None);
        }
    })
    .needs = Needs::aged(78, 90);
    let houses = [crew.hospital(0), crew.hospital(2)];
    crew.scheme(4, 320, move |stage, role| {
        for round in 0..3 {
            let house = houses.get(round as usize % 2).copied().unwrap_or_default();
            stage.stay_at(round * 75, 6, house, mixed(role));
            stage.visit().look_alike(rule, "一家四口同期住院", None);
        }
    })
    .household = true;
}

fn batch(crew: &mut Crew<'_>) {
    let rule = "same-day-batch-admission";
    let (actors, house) = (crew.by_degree([8, 12, 18]), crew.hospital(3));
    crew.scheme(actors, 20, move |stage, _| {
        stage.stay_at(0, 6, house, "M54.500");
        stage.visit().mark_visit(rule, "同日入院、同日出院、同一病种", AtStake::Whole);
    });
    crew.scheme(10, 20, move |stage, _| {
        stage.stay_at(0, 3, house, "H25.900");
        stage.visit().look_alike(rule, "白内障集中手术", None);
    });
}

fn full_house(crew: &mut Crew<'_>) {
    let (actors, house) = (crew.by_degree([26, 32, 44]), crew.hospital(4));
    crew.scheme(actors, 30, move |stage, role| {
        stage.stay_at(role as i32 % 4, 8 + role as i32 % 5, house, mixed(role));
    })
    .blames("bed-over-capacity", house, "在院人数超过床位");
}

fn boundary(crew: &mut Crew<'_>) {
    let (exact, house) = (crew.by_degree([30, 45, 80]), crew.hospital(5));
    crew.scheme(60 + exact, 330, move |stage, role| {
        let nights = if role < 60 { 4 + role as i32 % 9 } else { 15 };
        stage.stay_at((role as i32 * 37) % 300, nights, house, mixed(role));
    })
    .blames("los-bunching", house, "出院集中在第 15 天");
}

fn holiday(crew: &mut Crew<'_>, extent: Extent) {
    let Some(first) = Day::from_civil(2025, 10, 1) else { return };
    let (start, end) = (extent.first_day, extent.first_day.plus(extent.days as i32));
    if first < start.plus(60) || first.plus(60) > end {
        return;
    }
    let (crowd, house) = (crew.by_degree([24, 36, 48]), crew.hospital(6));
    let scheme = crew.scheme(60 + crowd, 340, move |stage, role| {
        let offset = if role < 60 { (role as i32 * 53) % 320 } else { first.0 - start.0 - 4 + role as i32 % 8 };
        let nights = if role < 60 { 1 + role as i32 * 5 % 7 } else { 1 + role as i32 / 8 % 4 };
        stage.stay_at(offset, nights, house, mixed(role));
    });
    scheme.on = Some(start.plus(4));
    scheme.blames("holiday-admission", house, "国庆集中入院");
}

fn copies(crew: &mut Crew<'_>) {
    let (actors, house) = (crew.by_degree([10, 14, 24]), crew.hospital(7));
    let world = crew.world;
    let once: Vec<ItemId> = world.admission.iter().map(|(item, _)| *item).collect();
    let daily: Vec<ItemId> = world.daily.iter().map(|(item, _)| *item).chain([world.bed]).collect();
    crew.scheme(actors, 300, move |stage, role| {
        stage.stay_at(role as i32 * 11, 9, house, "M54.500");
        let admitted = stage.visit().begins;
        stage.visit().lines.clear();
        for item in &once {
            stage.charge(*item, 1, ONE);
        }
        for night in 0..9 {
            for item in &daily {
                stage.charge(*item, night, ONE);
            }
        }
        stage.visit().begins = admitted;
        stage.visit().mark_visit("case-similarity", "账单如出一辙", AtStake::Whole);
    });
}

fn free(crew: &mut Crew<'_>) {
    let (share, house) = (crew.by_degree([22, 30, 40]), crew.hospital(8));
    crew.scheme(40, 300, move |stage, role| {
        stage.stay_at((role as i32 * 7) % 280, 5 + role as i32 % 4, house, mixed(role));
        stage.visit().free = role < share;
    })
    .blames("inducement-admission", house, "多数病人分文未付");
}

fn dear(crew: &mut Crew<'_>) {
    let (times, house) = (crew.by_degree([3, 5, 9]), crew.hospital(9));
    let Some(drug) = crew.world.shelf.find("阿利沙坦酯片") else { return };
    crew.scheme(40, 300, move |stage, role| {
        stage.stay_at((role as i32 * 7) % 280, 7, house, "M51.200");
        stage.diagnose("M51.200", &["I10.x00x002"]);
        let cost: i64 = stage.visit().lines.iter().map(|line| line.price.times(line.quantity).0).sum();
        let line = stage.charge(drug, 1, ONE);
        stage.reprice(line, UnitPrice(cost * (times - 1) * 100));
    })
    .blames("peer-outlier", house, "同病种费用数倍于同行");
}

fn remote(crew: &mut Crew<'_>) {
    let (actors, house) = (crew.by_degree([12, 20, 40]), crew.hospital(10));
    let scheme = crew.scheme(actors, 200, move |stage, role| {
        stage.stay_at((role as i32 * 9) % 180, 5 + role as i32 % 5, house, mixed(role));
    });
    scheme.area = Some("652900");
    scheme.blames("remote-visit-cluster", house, "远方一地的人住进一家医院");
}

/// Outpatients of small private hospitals: the same persons again and again, and one month that costs far more.
fn again_and_again(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("阿利沙坦酯片") else { return };
    let month = |months: i32| {
        let (year, month, _) = crew.world.first_day.plus(31 * months).civil();
        Day::from_civil(year, month, 1)
    };
    let (fifth, eighth) = (month(5), month(8));
    let visit = move |stage: &mut Stage<'_>, offset: i32, house: u32, fen: i64| {
        stage.contact_at(offset, house, "11");
        stage.diagnose("I10.x00x002", &[]);
        let line = stage.charge(drug, 0, ONE);
        stage.reprice(line, UnitPrice(fen * 100));
        if let Some(line) = stage.visit().lines.get_mut(line as usize) {
            (line.supply_days, line.prescription) = (3, 1);
        }
    };
    let (times, house) = (crew.by_degree([3, 5, 8]), crew.hospital(11));
    let scheme = crew.scheme(40, 27, move |stage, role| {
        for n in 0..times {
            visit(stage, n * 3 + role as i32 % 3, house, 2_000 + 10 * i64::from(role));
        }
    });
    scheme.on = fifth;
    scheme.blames("visit-per-head-high", house, "同一批人一月数次");
    let (grown, house) = (crew.by_degree([3, 5, 9]), crew.hospital(12));
    let scheme = crew.scheme(60, 60, move |stage, role| {
        let fen = 10_000 + 13 * i64::from(role);
        visit(stage, role as i32 % 25, house, fen);
        visit(stage, 31 + role as i32 % 25, house, fen * grown);
    });
    scheme.on = eighth;
    scheme.blames("fund-growth-outlier", house, "基金支出一月数倍");
}
