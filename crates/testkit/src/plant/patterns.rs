//! What only several lines or several visits show: kinds of medicine, duplicates, stays, frequencies.

use model::{HospitalLevel, Quantity, Sex};

use super::cast::Cast;
use super::{Needs, Place, Stage, gender_of};
use crate::draft::AtStake;
use crate::shelf::{ItemId, sex_of};

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const CLINIC: Place = Place::Clinic(SECONDARY);
const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(cast: &mut Cast<'_>) {
    drug_kinds(cast);
    split_prescription(cast);
    cap_chasing(cast);
    duplicate_class(cast);
    low_standard(cast);
    split_admission(cast);
    frequent_outpatient(cast);
    frequent_admission(cast);
    frequent_purchase(cast);
}

/// Medicines for a woman of different catalogue categories, limited by sex or level only.
fn kinds(cast: &mut Cast<'_>) -> Vec<ItemId> {
    let mut items =
        cast.limited("drug-sex-specific", |p| sex_of(&p.predicate) == Some(Sex::Female) && p.until.is_none());
    items.extend(cast.limited("drug-institution-level", |p| p.text.trim_end_matches('。') == "限二级及以上医疗机构"));
    let mut categories: Vec<String> = Vec::new();
    let mut kept = Vec::new();
    for limited in items {
        let item = cast.world.shelf.item(limited.item);
        // Three characters more than the anatomical group: kinds that nobody would call the same.
        let category: String = item.category.chars().take(4).collect();
        if category.len() == 4 && !categories.contains(&category) {
            categories.push(category);
            kept.push(limited.item);
        }
    }
    kept
}

fn drug_kinds(cast: &mut Cast<'_>) {
    let rule = "drug-kinds-over-limit";
    let items = kinds(cast);
    let woman = Needs::aged(25, 50).gender("2");
    let tertiary = Place::Clinic(HospitalLevel::Tertiary);
    for (dose, count) in [("6 种", 6), ("7 种", 7), ("9 种", 9), ("恰 5 种", 5)] {
        let items = items.clone();
        cast.scene(woman, move |stage| {
            let chosen = some(stage, &items, count);
            stage.open(0, tertiary);
            let lines: Vec<u16> = chosen.iter().map(|item| stage.prescribe(*item, 0, 1)).collect();
            if chosen.len() > 5 {
                let past = lines.iter().skip(5).map(|line| stage.amount(*line)).sum();
                stage.visit().mark_visit(rule, dose, AtStake::Exactly(past));
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
    }
    let again = items.clone();
    cast.scene(woman, move |stage| {
        let chosen = some(stage, &again, 6);
        stage.open(0, tertiary);
        for (n, item) in chosen.iter().enumerate() {
            stage.prescribe(*item, 0, 1 + (n % 2) as u8);
        }
        stage.visit().look_alike(rule, "6 种分在两张处方", None);
    });
    cast.scene(woman, move |stage| {
        let chosen = some(stage, &items, 7);
        stage.open(0, Place::Stay(HospitalLevel::Tertiary));
        for item in &chosen {
            stage.prescribe(*item, 1, 1);
        }
        stage.visit().look_alike(rule, "住院 7 种", None);
    });
}

/// Several prescriptions of one visit that keep the limit of five kinds each, and break it together.
fn split_prescription(cast: &mut Cast<'_>) {
    let rule = "split-prescription";
    let items = kinds(cast);
    for (dose, degree, count, sheets, med_type) in [
        ("3 张处方共 6 种", 1, 6, 3, "11"),
        ("4 张处方共 8 种", 2, 8, 4, "11"),
        ("3 张处方共 9 种", 3, 9, 3, "11"),
        ("3 张处方共 5 种", 0, 5, 3, "11"),
        ("2 张处方共 6 种", 0, 6, 2, "11"),
        ("两病门诊分病种开 3 张处方", 0, 6, 3, "9901"),
    ] {
        let items = items.clone();
        let scene = cast.scene(Needs::aged(25, 50).gender("2"), move |stage| {
            let chosen = some(stage, &items, count);
            stage.open(0, Place::Clinic(HospitalLevel::Tertiary));
            stage.visit().med_type = med_type;
            let per_sheet = count.div_ceil(sheets);
            let lines: Vec<u16> = chosen
                .iter()
                .enumerate()
                .map(|(n, item)| stage.prescribe(*item, 0, 1 + (n / per_sheet) as u8))
                .collect();
            if degree > 0 {
                let past = lines.iter().skip(5).map(|line| stage.amount(*line)).sum();
                stage.visit().mark_visit(rule, dose, AtStake::Exactly(past));
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
        scene.degree = (degree > 0).then_some(degree);
    }
}

/// An employee's outpatient payments that come close to the year's cap (an example figure), in December or in May.
fn cap_chasing(cast: &mut Cast<'_>) {
    let rule = "cap-line-chasing";
    let drug = cast.invent("XEXAMPLE00000000000009", "示例注射剂");
    let (year, month, _) = cast.world.first_day.civil();
    // The first December and the first May that a run of a year holds whole.
    let december = if month <= 11 { year } else { year + 1 };
    let may = if month <= 4 { year } else { year + 1 };
    for (dose, degree, units, (in_year, in_month)) in [
        ("年末一次用去限额的九成", 1, 66, (december, 12)),
        ("年末一次用去全部限额", 2, 72, (december, 12)),
        ("年末一次用去限额的一倍半", 3, 110, (december, 12)),
        ("五月住院前检查用去九成", 0, 66, (may, 5)),
    ] {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            stage.insure(model::Insurance(310));
            stage.charge(drug, 0, Quantity::whole(units));
            if degree > 0 {
                stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
        scene.from = model::Day::from_civil(in_year, in_month, 3);
        scene.until = model::Day::from_civil(in_year, in_month, 31).map(|day| day.plus(1));
        scene.degree = (degree > 0).then_some(degree);
    }
}

fn some(stage: &mut Stage<'_>, items: &[ItemId], count: usize) -> Vec<ItemId> {
    let start = stage.dice.below(items.len() as u32) as usize;
    items.iter().copied().cycle().skip(start).take(count.min(items.len())).collect()
}

/// Generics of one published group, for the sex that they are for.
const SAME_CLASS: [(Sex, &[&str]); 2] = [
    (Sex::Male, &["比卡鲁胺胶囊", "达罗他胺片", "瑞维鲁胺片", "恩扎卢胺软胶囊"]),
    (Sex::Female, &["地屈孕酮片", "烯丙雌醇片", "炔诺酮片"]),
];

fn duplicate_class(cast: &mut Cast<'_>) {
    let rule = "drug-duplicate-class";
    for (sex, names) in SAME_CLASS {
        let grouped = |name: &&&str, cast: &Cast<'_>| {
            cast.world.tables.duplicate_class.iter().any(|[generic, _]| generic == **name)
        };
        let found: Vec<&str> = names.iter().filter(|name| grouped(name, cast)).copied().collect();
        let crate::world::World { tables, shelf, .. } = &mut *cast.world;
        let items: Vec<ItemId> = found.iter().filter_map(|name| shelf.drug(tables, name, model::Fen(12_300))).collect();
        if items.len() < 2 {
            continue;
        }
        let needs = Needs::aged(50, 58).gender(gender_of(sex));
        let again = items.clone();
        let more = items.clone();
        cast.scene(needs, move |stage| {
            let chosen = some(stage, &items, 2);
            stage.open(0, CLINIC);
            let lines: Vec<u16> = chosen.iter().map(|item| stage.prescribe(*item, 0, 1)).collect();
            if let Some(second) = lines.get(1) {
                stage.whole(rule, "同方 2 种同类药", *second);
            }
        });
        cast.long_scene(needs, 70, move |stage| {
            for (offset, item) in some(stage, &again, 2).into_iter().enumerate() {
                stage.open(60 * offset as i32, CLINIC);
                let line = stage.prescribe(item, 0, 1);
                stage.visit().look_alike(rule, "相隔 60 天换用同类药", Some(line));
            }
        })
        .quiet_days = 10;
        cast.scene(needs, move |stage| {
            let Some(item) = stage.pick(&more) else { return };
            stage.open(0, CLINIC);
            for _ in 0..2 {
                let line = stage.prescribe(item, 0, 1);
                stage.visit().look_alike(rule, "同一种药开 2 笔", Some(line));
            }
        });
    }
}

/// Tests and examinations of a stay that has nothing else.
pub(super) const TESTS: [&str; 8] =
    ["250101015b", "250401025", "250102001", "250305007a", "250307002", "210300004", "220301001", "310701001b"];

fn low_standard(cast: &mut Cast<'_>) {
    let rule = "low-standard-admission";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let tests: Vec<ItemId> = TESTS.iter().filter_map(|code| shelf.service(tables, code)).collect();
    let infusion = cast.world.daily.get(2).map(|(item, _)| *item);
    let surgery = cast.world.shelf.find("331008003");
    for (dose, nights, treated) in [
        ("住 1 晚，只做检查检验", 1, 0),
        ("住 2 晚，只做检查检验", 2, 0),
        ("住 2 晚，有手术", 2, 1),
        ("住 2 晚，每日输液用药", 2, 2),
    ] {
        let tests = tests.clone();
        let drug = cast.world.shelf.find("脉络宁注射液");
        cast.scene(Needs::ADULT, move |stage| {
            let house = stage.world.town.house_of(stage.dice, SECONDARY, stage.person);
            stage.stay_at(0, nights, house, "R51.x00");
            let (bed, round) = (stage.world.bed, stage.world.daily.first().map(|(item, _)| *item));
            // Bed and ward round stay; nursing, infusion, injections go.
            stage.visit().lines.retain(|line| line.item == bed || Some(line.item) == round);
            for item in &tests {
                stage.charge(*item, 0, ONE);
            }
            match treated {
                0 => stage.visit().mark_visit(rule, dose, AtStake::NotJudged),
                1 => {
                    stage.diagnose("K40.900x003", &[]);
                    stage.operate("53.0001", true);
                    if let Some(item) = surgery {
                        stage.charge(item, 1, ONE);
                    }
                    stage.visit().look_alike(rule, dose, None);
                }
                _ => {
                    for night in 0..nights {
                        if let Some(item) = infusion {
                            stage.charge(item, night, ONE);
                        }
                        if let Some(item) = drug {
                            stage.charge(item, night, Quantity::whole(9));
                        }
                    }
                    stage.visit().look_alike(rule, dose, None);
                }
            }
        });
    }
}

fn split_admission(cast: &mut Cast<'_>) {
    let rule = "split-admission";
    let cases = [
        ("出院次日再入院", 1, "M51.200", true, true),
        ("隔 5 天再入院", 5, "M51.200", true, true),
        ("隔 7 天再入院", 7, "M51.200", true, true),
        ("隔 7 天，前三位相同的另一诊断", 7, "M51.202", true, true),
        ("隔 20 天再入院", 20, "M51.200", true, false),
        ("隔 3 天，诊断不同", 3, "J18.900", true, false),
        ("隔 3 天，另一机构", 3, "M51.200", false, false),
    ];
    for (dose, gap, diagnosis, same_house, wrong) in cases {
        cast.long_scene(Needs::aged(30, 58), 6 + gap + 8, move |stage| {
            let Some(first) = stage.pick(&stage.world.town.secondary) else { return };
            let others: Vec<u32> = stage.world.town.secondary.iter().copied().filter(|house| *house != first).collect();
            let second = if same_house { Some(first) } else { stage.pick(&others) };
            let Some(second) = second else { return };
            stage.stay_at(0, 6, first, "M51.200");
            stage.stay_at(6 + gap, 6, second, diagnosis);
            if wrong {
                stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        })
        .quiet_days = 45;
    }
}

/// So many outpatient visits in one calendar month.
fn month_of_visits(stage: &mut Stage<'_>, count: i32, mut each: impl FnMut(&mut Stage<'_>, i32)) {
    // The first of the month after the stage's day lies within the scene's span.
    let (year, month, _) = stage.day.civil();
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let first = model::Day::from_civil(year, month, 1).unwrap_or(stage.day);
    let offset = first.0 - stage.day.0;
    for n in 0..count {
        each(stage, offset + n);
    }
}

fn frequent_outpatient(cast: &mut Cast<'_>) {
    let rule = "frequent-outpatient";
    for (dose, count) in [("当月 16 次", 16), ("当月 22 次", 22), ("当月恰 15 次", 15)] {
        cast.long_scene(Needs::ADULT, 62, move |stage| {
            month_of_visits(stage, count, |stage, offset| {
                stage.open(offset, CLINIC);
                stage.diagnose("M54.500", &[]);
                let visited = stage.visits.len();
                if visited == 16 {
                    stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
                } else if count < 16 {
                    stage.visit().look_alike(rule, dose, None);
                }
            });
        })
        .quiet_days = 32;
    }
}

fn frequent_admission(cast: &mut Cast<'_>) {
    let rule = "frequent-admission";
    let diagnoses = ["M51.200", "J18.900", "E11.900", "K29.000", "I10.x00x002"];
    for (dose, count) in [("90 天内 4 次", 4), ("90 天内 5 次", 5), ("90 天内 3 次", 3)] {
        cast.long_scene(Needs::aged(40, 58), 90, move |stage| {
            for (n, diagnosis) in diagnoses.iter().take(count).enumerate() {
                let house = stage.pick(&stage.world.town.secondary).unwrap_or_default();
                stage.stay_at(17 * n as i32, 6, house, diagnosis);
                if n == 3 {
                    stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
                } else if count < 4 {
                    stage.visit().look_alike(rule, dose, None);
                }
            }
        })
        .quiet_days = 92;
    }
}

fn frequent_purchase(cast: &mut Cast<'_>) {
    let rule = "frequent-drug-purchase";
    let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") else { return };
    for (dose, count) in [("当月购药 11 次", 11), ("当月购药 15 次", 15), ("当月恰购药 10 次", 10)] {
        cast.long_scene(Needs::aged(45, 58), 62, move |stage| {
            month_of_visits(stage, count, |stage, offset| {
                stage.open(offset, Place::Pharmacy);
                stage.diagnose("I10.x00x002", &[]);
                let line = stage.prescribe(drug, 0, 1);
                // A day's tablets each time: often, but never two months' supply at home.
                if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                    line.supply_days = 1;
                }
                if stage.visits.len() == 11 {
                    stage.visit().mark_visit(rule, dose, AtStake::NotJudged);
                } else if count < 11 {
                    stage.visit().look_alike(rule, dose, None);
                }
            });
        })
        .quiet_days = 32;
    }
}
