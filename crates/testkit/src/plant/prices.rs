//! Too dear: prices above their ceiling, the same thing twice, surgeries without discount.

use model::{Fen, HospitalLevel, Quantity, UnitPrice};

use super::cast::{Cast, Limited};
use super::{Needs, Place, Stage};
use crate::draft::AtStake;
use crate::shelf::{ItemId, tier};

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const CLINIC: Place = Place::Clinic(SECONDARY);
const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(cast: &mut Cast<'_>) {
    unit_price(cast);
    duplicate_charge(cast);
    surgery_discount(cast);
}

/// Services that nothing limits but their price; a unit, tests and examinations.
const PRICED: [&str; 6] = ["250101015b", "310701001b", "220201002", "250404002", "220301001", "250307002"];

fn unit_price(cast: &mut Cast<'_>) {
    let rule = "service-unit-price-over-cap";
    let items = priced(cast);
    // How much is added: ten-thousandths of a yuan, and percent of the ceiling.
    let doses = [("高 0.01 元", 100, 0), ("高 10%", 0, 10), ("高 1 倍", 0, 100), ("恰为最高限价", 0, 0)];
    for level in [HospitalLevel::Primary, SECONDARY, HospitalLevel::Tertiary] {
        for (dose, more, percent) in doses {
            let items = items.clone();
            cast.scene(Needs::ADULT, move |stage| {
                let Some(item) = stage.pick(&items) else { return };
                let ceiling = stage.world.shelf.item(item).ceiling.get(tier(level)).copied().flatten();
                let Some(ceiling) = ceiling else { return };
                stage.open(0, Place::Clinic(level));
                let quantity = Quantity::whole(1 + i64::from(stage.dice.below(3)));
                let line = stage.charge(item, 0, quantity);
                let over = UnitPrice(more + ceiling.0 * percent / 100);
                stage.reprice(line, UnitPrice(ceiling.0 + over.0));
                if over.0 > 0 {
                    stage.visit().mark_line(rule, dose, line, quantity, AtStake::Exactly(over.times(quantity)));
                } else {
                    stage.visit().look_alike(rule, dose, Some(line));
                }
            });
        }
    }
    cast.scene(Needs::ADULT, move |stage| {
        let Some(item) = stage.pick(&items) else { return };
        let Some(ceiling) = stage.world.shelf.item(item).ceiling.first().copied().flatten() else { return };
        stage.open(0, Place::Clinic(HospitalLevel::Tertiary));
        let line = stage.charge(item, 0, ONE);
        stage.reprice(line, UnitPrice(ceiling.0 * 95 / 100));
        stage.visit().look_alike(rule, "高于二级、低于三级限价，在三级机构", Some(line));
    });
}

fn priced(cast: &mut Cast<'_>) -> Vec<ItemId> {
    let crate::world::World { tables, shelf, .. } = &mut *cast.world;
    PRICED.iter().filter_map(|code| shelf.service(tables, code)).collect()
}

/// A pair of a point: A includes B.
#[derive(Debug, Clone, Copy)]
struct Pair {
    a: ItemId,
    b: ItemId,
}

fn pairs(cast: &mut Cast<'_>, window: &str) -> Vec<Pair> {
    let rule = "service-duplicate-charge";
    // Tests and examinations: they may happen anywhere and to anybody.
    let plain = |code: &String| {
        code.starts_with("0021") || code.starts_with("0022") || code.starts_with("0025") || code.starts_with("0031")
    };
    let rows = cast
        .world
        .tables
        .points
        .iter()
        .filter(|p| p.rule == rule && p.predicate == window && p.codes.iter().all(plain));
    let rows: Vec<[String; 2]> =
        rows.filter_map(|p| Some([p.codes.first()?.clone(), p.codes.get(1)?.clone()])).collect();
    let only = |cast: &Cast<'_>, code: &str| cast.world.shelf.points(&cast.world.tables, code).all(|p| p.rule == rule);
    let rows: Vec<_> = rows.into_iter().filter(|[a, b]| a != b && only(cast, a) && only(cast, b)).collect();
    let mut found = Vec::new();
    for [a, b] in rows {
        if let (Some(a), Some(b)) = (cast.put(&a, ""), cast.put(&b, ""))
            && !cast.world.shelf.includes(b, a)
            // Three sessions of dialysis on a day would break a rule of their own.
            && !cast.world.shelf.item(b).local.starts_with("311000006")
        {
            found.push(Pair { a, b });
        }
    }
    found
}

fn duplicate_charge(cast: &mut Cast<'_>) {
    let rule = "service-duplicate-charge";
    for (window, place) in
        [("window=day", CLINIC), ("window=day", Place::Stay(SECONDARY)), ("window=visit", Place::Stay(SECONDARY))]
    {
        let found = pairs(cast, window);
        if found.is_empty() {
            continue;
        }
        for (dose, count) in [("A 与 B 同收", 1), ("A 与 3 笔 B 同收", 3)] {
            let found = found.clone();
            cast.scene(Needs::ADULT, move |stage| {
                let Some(Pair { a, b }) = stage.pick(&found) else { return };
                stage.open(0, place);
                stage.charge(a, 2, ONE);
                for _ in 0..count {
                    let line = stage.charge(b, 2, ONE);
                    stage.whole(rule, dose, line);
                }
            });
        }
        let again = found.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some(Pair { a, b }) = stage.pick(&again) else { return };
            stage.open(0, place);
            stage.charge(a, 2, ONE);
            let line = stage.charge(b, 2, ONE);
            stage.visit().refund(line, ONE);
            stage.visit().look_alike(rule, "B 已全额退费", Some(line));
        });
        cast.scene(Needs::ADULT, move |stage| {
            let Some(Pair { a, b }) = stage.pick(&found) else { return };
            stage.open(0, place);
            stage.charge(a, 2, ONE);
            // The window is a day, or a visit: one further is outside it.
            let same_stay = window == "window=day" && matches!(place, Place::Stay(_));
            if !same_stay {
                stage.open(9, CLINIC);
            }
            let line = stage.charge(b, 3, ONE);
            stage.visit().look_alike(rule, "A、B 不在同一窗口", Some(line));
        });
    }
}

/// An item of a same-incision group.
#[derive(Debug, Clone, Copy)]
struct Surgery {
    item: ItemId,
    group: usize,
}

fn surgeries(cast: &mut Cast<'_>) -> Vec<Surgery> {
    let rule = "surgery-second-not-discounted";
    let groups: Vec<String> = {
        let mut groups: Vec<String> =
            cast.world.tables.points.iter().filter(|p| p.rule == rule).map(|p| p.predicate.clone()).collect();
        groups.sort();
        groups.dedup();
        groups
    };
    // An item of two groups would make the look-alikes ambiguous.
    let all: Vec<Limited> = cast.limited(rule, |_| true);
    let mut found: Vec<Surgery> = Vec::new();
    for Limited { item, point } in all {
        let code = cast.world.shelf.item(item).code.clone();
        let once = cast.world.shelf.points(&cast.world.tables, &code).count() == 1;
        let predicate = cast.world.tables.points.get(point).map(|p| p.predicate.clone());
        let group = groups.iter().position(|g| Some(g) == predicate.as_ref());
        if let (true, Some(group)) = (once, group) {
            found.push(Surgery { item, group });
        }
    }
    found
}

/// Two surgeries of different prices, the dearer first.
fn two(stage: &mut Stage<'_>, all: &[Surgery], same_group: bool) -> Option<[ItemId; 2]> {
    let price = |stage: &Stage<'_>, item: ItemId| stage.world.price(item, SECONDARY);
    for _ in 0..200 {
        let (Some(a), Some(b)) = (stage.pick(all), stage.pick(all)) else { return None };
        let dearer = price(stage, a.item).0 >= price(stage, b.item).0 * 13 / 10;
        let apart = stage.world.shelf.includes(a.item, b.item) || stage.world.shelf.includes(b.item, a.item);
        if dearer && !apart && (a.group == b.group) == same_group {
            return Some([a.item, b.item]);
        }
    }
    None
}

fn surgery_discount(cast: &mut Cast<'_>) {
    let rule = "surgery-second-not-discounted";
    let all = surgeries(cast);
    // Name, whether of one group, the day of the second, its price in hundredths of the ceiling.
    let cases: [(&'static str, bool, i32, i64); 5] = [
        ("第二手术全价", true, 1, 100),
        ("第二手术收 60%", true, 1, 60),
        ("第二手术恰收 50%", true, 1, 50),
        ("第二手术在次日", true, 2, 100),
        ("两手术不同切口组", false, 1, 100),
    ];
    for (dose, same_group, night, hundredths) in cases {
        let all = all.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some([first, second]) = two(stage, &all, same_group) else { return };
            stage.open(0, Place::Stay(SECONDARY));
            stage.operate("54.1100", true);
            stage.charge(first, 1, ONE);
            let line = stage.charge(second, night, ONE);
            let ceiling = stage.world.price(second, SECONDARY);
            stage.reprice(line, UnitPrice(ceiling.0 * hundredths / 100));
            let amount = stage.amount(line);
            let over: Fen = amount - ceiling.times(ONE).ratio(50, 100);
            if same_group && night == 1 && over.0 > 0 {
                stage.visit().mark_line(rule, dose, line, ONE, AtStake::Exactly(over));
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
}
