//! Schemes at pharmacies and clinics: cards used together, at night, for round or equal sums, for packages.

use model::{Fen, HospitalLevel, Quantity, UnitPrice};

use super::schemes::{Crew, settle_at};
use super::{Needs, Stage};
use crate::draft::{AtStake, Pack};
use crate::shelf::ItemId;

const ONE: Quantity = Quantity::whole(1);
pub(super) const HOUR: i64 = 3600;
const MINUTE: i64 = 60;

/// Medicines of the chronically ill that a pharmacy sells in turn, so that none of them outweighs the others.
const STOCK: [&str; 3] = ["阿利沙坦酯片", "海博麦布片", "富马酸伏诺拉生片"];

pub(super) fn register(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("阿利沙坦酯片") else { return };
    let stock: Vec<ItemId> = STOCK.iter().filter_map(|name| crew.world.shelf.find(name)).collect();
    night(crew, &stock);
    same_amount(crew, &stock);
    small_amounts(crew, drug);
    empty_swipes(crew, drug);
    queue(crew, drug);
    cards(crew, drug);
    package(crew);
    goods(crew);
    key_drug(crew);
    prescriptions(crew, drug);
    resale(crew, drug);
    flow(crew, drug);
}

/// A purchase of one drug at a price, settled at a time of the day.
pub(super) fn buy(stage: &mut Stage<'_>, offset: i32, house: u32, drug: ItemId, fen: i64, seconds: i64) -> u16 {
    stage.contact_at(offset, house, "41");
    stage.diagnose("I10.x00x002", &[]);
    let line = stage.charge(drug, 0, ONE);
    stage.reprice(line, UnitPrice(fen * 100));
    if let Some(line) = stage.visit().lines.get_mut(line as usize) {
        line.supply_days = 7;
    }
    settle_at(stage, seconds);
    line
}

/// The n-th sale of a pharmacy, with the diagnoses that go with what it sells.
fn sell(stage: &mut Stage<'_>, (offset, house, n): (i32, u32, i32), stock: &[ItemId], fen: i64, seconds: i64) {
    let Some(drug) = stock.get(n as usize % stock.len().max(1)) else { return };
    buy(stage, offset, house, *drug, fen, seconds);
    stage.diagnose("I10.x00x002", &["E78.000", "K21.001"]);
}

fn night(crew: &mut Crew<'_>, stock: &[ItemId]) {
    let rule = "night-settlement";
    let (by_night, by_day) = (stock.to_vec(), stock.to_vec());
    let (times, house) = (crew.by_degree([4, 6, 12]), crew.pharmacy(0));
    crew.scheme(25, 340, move |stage, role| {
        for n in 0..times {
            let seconds = 2 * HOUR + i64::from(role) * MINUTE + i64::from(n);
            let fen = 2000 + 37 * i64::from(role) + 11 * i64::from(n);
            sell(stage, (n * 26 + role as i32, house, n), &by_night, fen, seconds);
        }
    })
    .blames(rule, house, "关门后两点集中刷卡");
    let house = crew.pharmacy(1);
    crew.scheme(40, 340, move |stage, role| {
        for n in 0..12 {
            let hour = (i64::from(role) + 2 * i64::from(n)) % 24;
            let fen = 2000 + 37 * i64::from(role) + 11 * i64::from(n);
            sell(stage, (n * 27, house, n), &by_day, fen, hour * HOUR + 25 * MINUTE + i64::from(role));
        }
    })
    .clears(rule, house, "24 小时营业");
}

fn same_amount(crew: &mut Crew<'_>, stock: &[ItemId]) {
    let (times, house) = (crew.by_degree([11, 14, 22]), crew.pharmacy(2));
    let stock = stock.to_vec();
    crew.scheme(50, 340, move |stage, role| {
        for n in 0..times {
            let seconds = 10 * HOUR + i64::from(role) * 7 * MINUTE + i64::from(n);
            sell(stage, (n * (330 / times) + role as i32 % 9, house, n), &stock, 6240, seconds);
        }
    })
    .blames("same-amount-repeat", house, "大量结算同为 62.40 元");
}

fn small_amounts(crew: &mut Crew<'_>, drug: ItemId) {
    let (times, house) = (crew.by_degree([3, 4, 6]), crew.pharmacy(3));
    crew.scheme(8, 40, move |stage, role| {
        for n in 0..times {
            let fen = 19_900 - 130 * n - i64::from(role);
            buy(stage, role as i32 * 4, house, drug, fen, (10 + n) * HOUR + i64::from(role) * MINUTE);
            stage.visit().mark_visit("small-amount-splitting", "一天多次接近 200 元限额", AtStake::Whole);
        }
    });
}

fn empty_swipes(crew: &mut Crew<'_>, drug: ItemId) {
    let (actors, house) = (crew.by_degree([9, 15, 26]), crew.pharmacy(4));
    crew.scheme(actors, 4, move |stage, role| {
        let line = buy(stage, 0, house, drug, 30_000, 19 * HOUR + i64::from(role) * 97);
        if let Some(sold) = stage.visit().lines.get_mut(line as usize) {
            sold.pack = Pack::Unscanned;
        }
        stage.whole("trace-missing", "空刷的明细没有追溯码", line);
        stage.visit().mark_visit("empty-swipe", "同晚各刷 300 元，无追溯码", AtStake::Whole);
    });
}

fn queue(crew: &mut Crew<'_>, drug: ItemId) {
    let rule = "consecutive-swipes";
    let (actors, house) = (crew.by_degree([6, 9, 15]), crew.pharmacy(5));
    crew.scheme(actors, 4, move |stage, role| {
        buy(stage, 0, house, drug, 19_800 + 20 * i64::from(role), 20 * HOUR + 30 * i64::from(role));
        stage.visit().mark_visit(rule, "每 30 秒一张卡，金额几乎相同", AtStake::Whole);
    });
    crew.scheme(9, 4, move |stage, role| {
        buy(stage, 0, house, drug, 3_000 + 1_700 * i64::from(role), 20 * HOUR + 30 * i64::from(role));
        stage.visit().look_alike(rule, "高峰排队，金额各异", None);
    });
}

fn cards(crew: &mut Crew<'_>, drug: ItemId) {
    let (rule, pairs) = ("card-aggregation", "group-outpatient");
    let (actors, meetings) = (crew.by_degree([4, 6, 8]), crew.by_degree([4, 6, 8]));
    let (houses, both) = ([crew.pharmacy(6), crew.pharmacy(7)], meetings >= 5);
    crew.scheme(actors, 340, move |stage, role| {
        meet(stage, role, (&houses, meetings, 37), drug);
        for visit in &mut stage.visits {
            visit.mark_visit(rule, "几张卡总在一起，在两家店", AtStake::Whole);
            if both {
                visit.mark_visit(pairs, "几人总是结伴，在两家店", AtStake::Whole);
            }
        }
    });
    let times = crew.by_degree([6, 8, 14]);
    let houses = [crew.pharmacy(8), crew.pharmacy(0)];
    crew.scheme(2, 340, move |stage, role| {
        meet(stage, role, (&houses, times, 23), drug);
        stage.visits.iter_mut().for_each(|visit| visit.mark_visit(pairs, "两人总是结伴，在两家店", AtStake::Whole));
    });
    let houses = [crew.pharmacy(6), crew.pharmacy(8)];
    let family = crew.scheme(4, 340, move |stage, role| {
        meet(stage, role, (&houses, 8, 41), drug);
        for visit in &mut stage.visits {
            visit.look_alike(rule, "一家四口同行", None);
            visit.look_alike(pairs, "一家四口同行", None);
        }
    });
    family.household = true;
    let houses = [crew.pharmacy(7)];
    crew.scheme(8, 340, move |stage, role| {
        meet(stage, role, (&houses, 9, 36), drug);
        for visit in &mut stage.visits {
            visit.look_alike(rule, "养老院每月同到一家店", None);
            visit.look_alike(pairs, "养老院每月同到一家店", None);
        }
    })
    .needs = Needs::aged(78, 90);
}

/// Purchases minutes apart, every so many days, in turn at these houses.
fn meet(stage: &mut Stage<'_>, role: u32, (houses, times, every): (&[u32], i32, i32), drug: ItemId) {
    for n in 0..times {
        let house = houses.get(n as usize % houses.len().max(1)).copied().unwrap_or_default();
        let seconds = 19 * HOUR + 30 * MINUTE + i64::from(role) * MINUTE;
        buy(stage, n * every, house, drug, 2_500 + 910 * i64::from(role) + 130 * i64::from(n), seconds);
    }
}

fn package(crew: &mut Crew<'_>) {
    let names = ["阿利沙坦酯片", "海博麦布片", "富马酸伏诺拉生片"];
    let items: Vec<ItemId> = names.iter().filter_map(|name| crew.world.shelf.find(name)).collect();
    let (times, house) = (crew.by_degree([4, 7, 13]), crew.pharmacy(9));
    crew.scheme(15, 340, move |stage, role| {
        for n in 0..times {
            stage.contact_at(n * (330 / times) + role as i32 % 7, house, "41");
            stage.diagnose("I10.x00x002", &["E78.000", "K21.001"]);
            for item in &items {
                let line = stage.charge(*item, 0, ONE);
                stage.reprice(line, UnitPrice(1_326_700));
            }
            stage.visit().mark_visit("pharmacy-package-swap", "同三种药 398 元成套出售", AtStake::Whole);
        }
    });
}

fn goods(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("保妇康栓") else { return };
    let (times, house) = (crew.by_degree([6, 10, 20]), crew.pharmacy(10));
    crew.scheme(30, 340, move |stage, role| {
        for n in 0..times {
            stage.contact_at(n * (330 / times) + role as i32 % 5, house, "41");
            stage.diagnose("N73.101", &[]);
            let line = stage.charge(drug, 0, ONE);
            stage.reprice(line, UnitPrice(2_500_000 + 10_000 * i64::from(role)));
        }
    })
    .blames("goods-swap", house, "一种药占了销售额的大半")
    .needs = Needs::aged(30, 55).gender("2");
}

fn key_drug(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("海博麦布片") else { return };
    let packs = crew.by_degree([6, 10, 20]);
    let house = crew.world.town.primary.first().copied().unwrap_or_default();
    // The first of a month in the second half of the run.
    let first = crew.world.first_day.plus(240);
    let (year, month, _) = first.civil();
    let first = model::Day::from_civil(year, month, 1).unwrap_or(first);
    let scheme = crew.scheme(25, 20, move |stage, role| {
        stage.contact_at(role as i32 % 20, house, "11");
        stage.diagnose("E78.000", &[]);
        let line = stage.charge(drug, 0, Quantity::whole(packs));
        if let Some(line) = stage.visit().lines.get_mut(line as usize) {
            line.supply_days = 28;
            line.prescription = 1;
        }
    });
    scheme.on = Some(first);
    scheme.blames("key-drug-overpurchase", house, "重点药品一个月内突增");
}

fn prescriptions(crew: &mut Crew<'_>, drug: ItemId) {
    let actors = crew.by_degree([65, 90, 140]);
    let house = crew.world.town.primary.get(1).copied().unwrap_or_default();
    let doctor = crew.world.town.house(house).doctors.start;
    let step = 3_500 / i64::from(actors);
    crew.scheme(actors, 4, move |stage, role| {
        stage.contact_at(0, house, "11");
        stage.diagnose("I10.x00x002", &[]);
        stage.visit().doctor = doctor;
        let line = stage.prescribe(drug, 0, 1);
        stage.reprice(line, UnitPrice((3_000 + i64::from(role) * 997 % 6_000) * 100));
        // Charges stand twenty minutes before the settlement: ten o'clock sharp and after.
        settle_at(stage, 10 * HOUR + 20 * MINUTE + step * i64::from(role));
    })
    .blames("prescription-forged", house, "一名医师一小时内开出几十张处方");
}

fn resale(crew: &mut Crew<'_>, drug: ItemId) {
    let gap = crew.by_degree([17, 13, 9]);
    let houses: Vec<u32> = (0..5).map(|n| crew.pharmacy(n + 6)).collect();
    // Nothing else happens to this person in the year: half of what is bought is still at hand.
    crew.scheme(1, 340, move |stage, role| {
        let mut supplied: Vec<(i32, i32)> = Vec::new();
        for n in 0..190 / gap {
            let house = houses.get((n as usize + role as usize) % houses.len()).copied().unwrap_or_default();
            let line = buy(stage, n * gap, house, drug, 15_000 + i64::from(role), 11 * HOUR + i64::from(role));
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.supply_days = 30;
            }
            // From the third on it is bought at a third pharmacy while plenty is at hand.
            if n >= 2 {
                stage.visit().mark_line(
                    "multi-institution-prescribing",
                    "多家药店轮流购药",
                    line,
                    ONE,
                    AtStake::NotJudged,
                );
            }
            // What of these thirty days is beyond 104 in the ninety days before; it counts for nothing later.
            let within: i32 = supplied.iter().filter(|(day, _)| n * gap - day < 90).map(|(_, days)| days).sum();
            let beyond = (within - 104).clamp(0, 30);
            if beyond > 0 {
                stage.visit().mark_line("cumulative-overquantity", "多家药店轮流购药", line, ONE, AtStake::NotJudged);
            }
            supplied.push((n * gap, 30 - beyond));
            // The ninth purchase brings the supply to one and a half times the 180 days.
            if n == 8 {
                let sum = Fen(9 * (15_000 + i64::from(role)));
                stage.visit().mark_visit("drug-resale-accumulation", "多家药店轮流购药", AtStake::Exactly(sum));
            }
        }
    });
}

fn flow(crew: &mut Crew<'_>, drug: ItemId) {
    let (actors, house) = (crew.by_degree([25, 40, 60]), crew.pharmacy(11));
    let scheme = crew.scheme(actors, 60, move |stage, role| {
        buy(stage, role as i32 % 50, house, drug, 3_000 + 90 * i64::from(role), 13 * HOUR + 60 * i64::from(role));
    });
    scheme.area = Some("652901");
    scheme.blames("person-flow-anomaly", house, "外县的人集中到一家药店");
    let level = HospitalLevel::Primary;
    let scheme = crew.scheme(60, 300, move |stage, role| {
        let house = stage.world.town.house_of(stage.dice, level, u64::from(role));
        stage.contact_at(role as i32 * 5, house, "11");
        stage.diagnose("I10.x00x002", &[]);
        stage.prescribe(drug, 0, 1);
    });
    scheme.area = Some("610902");
}
