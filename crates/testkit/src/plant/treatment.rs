//! Treatment that does not belong together: prophylaxis too long, contrast without imaging, drugs that
//! must not meet; and lines that break two rules at once, or are charged under the provincial code.

use model::{Fen, HospitalLevel, Quantity, UnitPrice};

use super::cast::{Cast, pick_in_force};
use super::{Needs, Place};
use crate::draft::AtStake;
use crate::shelf::{Item, ItemId, tier};

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const CLINIC: Place = Place::Clinic(SECONDARY);
const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(cast: &mut Cast<'_>) {
    prophylaxis(cast);
    contrast(cast);
    interaction(cast);
    rehabilitation(cast);
    two_rules(cast);
    provincial_codes(cast);
}

/// An antibiotic after a hernia repair: free on the day of the operation and the day after it.
fn prophylaxis(cast: &mut Cast<'_>) {
    let rule = "perioperative-antibiotic";
    let items = cast.limited("drug-payment-indication", |point| point.name == "注射用硫酸头孢匹罗");
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let culture = shelf.service(tables, "250501009a");
    let cases: [(&'static str, i32, &[&str]); 4] = [
        ("术后第 2 天仍用", 1, &[]),
        ("术后第 2–4 天仍用", 3, &[]),
        ("术后第 1 天停", 0, &[]),
        ("有感染诊断", 3, &["L03.100"]),
    ];
    for (dose, over, infection) in cases {
        let Some(item) = items.first().map(|limited| limited.item) else { return };
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, Place::Stay(SECONDARY));
            stage.diagnose("K40.900x003", infection);
            stage.operate("53.0001", true);
            if let Some(culture) = culture {
                // Sent for culture, so that the drug itself is justified.
                stage.charge(culture, 1, ONE);
            }
            // The operation is on the second day of the stay.
            for night in 1..=2 + over {
                let line = stage.charge(item, night, Quantity::whole(2));
                match night > 2 && infection.is_empty() {
                    true => stage.whole(rule, dose, line),
                    false => stage.visit().look_alike(rule, dose, Some(line)),
                }
            }
        });
    }
}

/// A contrast medium, with and without imaging. No published table has a code of one, so the code is ours.
fn contrast(cast: &mut Cast<'_>) {
    let rule = "drug-service-mismatch";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let Some(imaging) = shelf.service(tables, "210300004") else { return };
    let medium = shelf.drug_of_code(tables, "碘海醇注射液", "XV08ABD035B002010199999", "XV08A", Fen(18_000));
    for (dose, place, imaged) in [
        ("门诊造影剂无影像项目", CLINIC, false),
        ("住院造影剂无影像项目", Place::Stay(SECONDARY), false),
        ("造影剂与 CT 同一就诊", CLINIC, true),
    ] {
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, place);
            let line = stage.charge(medium, 1, ONE);
            if imaged {
                stage.charge(imaging, 1, ONE);
                stage.visit().look_alike(rule, dose, Some(line));
            } else {
                stage.whole(rule, dose, line);
            }
        });
    }
}

/// 索磷维伏片 must not be used with rosuvastatin.
fn interaction(cast: &mut Cast<'_>) {
    let rule = "drug-interaction";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let first = shelf.drug(tables, "索磷维伏片", Fen(29_000));
    let second =
        tables.drugs.iter().filter(|(name, _)| name.starts_with("瑞舒伐他汀")).map(|(name, _)| name.clone()).min();
    let second = second.and_then(|name| shelf.drug(tables, &name, Fen(8_600)));
    let (Some(first), Some(second)) = (first, second) else { return };
    cast.scene(Needs::ADULT, move |stage| {
        stage.open(0, CLINIC);
        stage.diagnose("B18.200", &["E78.000"]);
        stage.prescribe(first, 0, 1);
        let line = stage.prescribe(second, 0, 1);
        stage.whole(rule, "同方使用相互作用药品", line);
    });
    cast.long_scene(Needs::ADULT, 80, move |stage| {
        for (offset, item) in [(0, first), (60, second)] {
            stage.open(offset, CLINIC);
            stage.diagnose("B18.200", &["E78.000"]);
            let line = stage.prescribe(item, 0, 1);
            stage.visit().look_alike(rule, "相隔 60 天先后使用", Some(line));
        }
    })
    .quiet_days = 10;
}

/// Limb training for hemiplegia, palsy and paraplegia, with and without the disease; palsy training of
/// grown-ups.
fn rehabilitation(cast: &mut Cast<'_>) {
    let (disease, childhood) = ("service-payment-indication", "service-child-payment-limit");
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    let items = ["340200040", "340200041", "340200042"].map(|code| shelf.service(tables, code));
    let [Some(hemiplegia), Some(palsy), Some(paraplegia)] = items else { return };
    let cases: [(&'static str, ItemId, &'static str, &[&str]); 5] = [
        ("腰椎间盘突出做偏瘫训练", hemiplegia, "M51.200", &[]),
        ("偏瘫患者做截瘫训练", paraplegia, "G81.900", &[]),
        ("高血压患者做偏瘫训练", hemiplegia, "I10.x00", &["E78.000"]),
        ("脑梗死后遗症做偏瘫训练", hemiplegia, "M51.200", &["I69.300"]),
        ("截瘫患者做截瘫训练", paraplegia, "G82.200", &[]),
    ];
    for (dose, item, main, others) in cases {
        let fits = others.contains(&"I69.300") || main == "G82.200";
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, CLINIC);
            stage.diagnose(main, others);
            let line = stage.charge(item, 0, Quantity::whole(2));
            match fits {
                true => stage.visit().look_alike(disease, dose, Some(line)),
                false => stage.whole(disease, dose, line),
            }
        });
    }
    for (dose, needs) in [("成人做脑瘫训练", Needs::ADULT), ("儿童做脑瘫训练", Needs::aged(3, 12))] {
        cast.scene(needs, move |stage| {
            stage.open(0, CLINIC);
            stage.diagnose("G80.900", &[]);
            let line = stage.charge(palsy, 0, ONE);
            match needs.years.1 < 18 {
                true => stage.visit().look_alike(childhood, dose, Some(line)),
                false => stage.whole(childhood, dose, line),
            }
        });
    }
}

/// One line, two rules: each must report it (and money be counted once, I11).
fn two_rules(cast: &mut Cast<'_>) {
    let rules = ["drug-care-setting", "drug-child-exclusive"];
    let items = cast.limited_by(&rules, |point| point.name.starts_with("小儿复方氨基酸"));
    if items.is_empty() {
        return;
    }
    cast.scene(Needs::ADULT, move |stage| {
        let Some(limited) = pick_in_force(stage, &items) else { return };
        stage.open(0, CLINIC);
        let line = stage.prescribe(limited.item, 0, 1);
        for rule in rules {
            stage.whole(rule, "成人门诊使用限住院的儿童专用药", line);
        }
    });
}

/// Puts the provincial-code form of a service on the shelf.
fn provincial(cast: &mut Cast<'_>, national: ItemId) -> ItemId {
    let item = cast.world.shelf.item(national).clone();
    let id = ItemId(cast.world.shelf.items.len() as u32);
    cast.world.shelf.items.push(Item { code: item.local.clone(), ..item });
    id
}

fn provincial_codes(cast: &mut Cast<'_>) {
    let rule = "service-unit-price-over-cap";
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    if let Some(national) = shelf.service(tables, "220201002") {
        let item = provincial(cast, national);
        cast.scene(Needs::ADULT, move |stage| {
            let ceiling = stage.world.shelf.item(item).ceiling.get(tier(SECONDARY)).copied().flatten();
            let Some(ceiling) = ceiling else { return };
            stage.open(0, CLINIC);
            let line = stage.charge(item, 0, ONE);
            let over = UnitPrice(ceiling.0 / 10);
            stage.reprice(line, UnitPrice(ceiling.0 + over.0));
            stage.visit().mark_line(rule, "省码收费，高 10%", line, ONE, AtStake::Exactly(over.times(ONE)));
        });
    }
    let rule = "service-frequency-limit";
    if let Some(national) = cast.world.daily.first().map(|(item, _)| *item) {
        let item = provincial(cast, national);
        cast.scene(Needs::ADULT, move |stage| {
            stage.open(0, Place::Stay(SECONDARY));
            // The whole stay is charged under the provincial code; one day twice.
            stage.visit().lines.iter_mut().filter(|line| line.item == national).for_each(|line| line.item = item);
            let line = stage.charge(item, 3, ONE);
            stage.whole(rule, "省码收费，一日 2 次", line);
        });
    }
}
