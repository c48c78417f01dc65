//! Too long and too often: supply, courses, frequencies of a day and of a period.

use model::{HospitalLevel, Quantity, UnitPrice};

use super::cast::{Cast, pick_in_force};
use super::{Needs, Place, Stage};
use crate::draft::AtStake;
use crate::shelf::ItemId;

const SECONDARY: HospitalLevel = HospitalLevel::Secondary;
const CLINIC: Place = Place::Clinic(SECONDARY);
const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(cast: &mut Cast<'_>) {
    supply_days(cast);
    drug_course(cast);
    service_course(cast);
    day_frequency(cast);
    period_frequency(cast);
}

fn supply_days(cast: &mut Cast<'_>) {
    let rule = "drug-max-paid-days-or-quantity";
    let Some(drug) = cast.world.shelf.find("阿利沙坦酯片") else { return };
    for (dose, days) in [("85 天", 85), ("90 天", 90), ("120 天", 120), ("恰 84 天", 84), ("住院带药 90 天", 0)]
    {
        let scene = cast.scene(Needs::aged(45, 70), move |stage| {
            let stay = days == 0;
            stage.open(0, if stay { Place::Stay(SECONDARY) } else { CLINIC });
            stage.diagnose("I10.x00x002", &[]);
            let line = stage.prescribe(drug, 1, 1);
            if let Some(line) = stage.visit().lines.get_mut(line as usize) {
                line.supply_days = if stay { 90 } else { days };
                line.quantity = Quantity::whole(i64::from(line.supply_days).div_euclid(14) + 1);
            }
            match days {
                0 | 84 => stage.visit().look_alike(rule, dose, Some(line)),
                _ => {
                    let past = stage.amount(line).ratio(i64::from(days) - 84, i64::from(days));
                    stage.visit().mark_line(
                        rule,
                        dose,
                        line,
                        Quantity::whole(i64::from(days) - 84),
                        AtStake::Exactly(past),
                    );
                }
            }
        });
        // What is at hand for months would make the fills before and after it a violation of other rules.
        scene.quiet_days = 130;
    }
}

/// Uses an item once on each of so many days of a stay and marks the days past the limit.
fn course(stage: &mut Stage<'_>, rule: &'static str, dose: &'static str, item: ItemId, days: i32, paid: i32) {
    let mut lines = Vec::new();
    for night in 0..days {
        let line = stage.charge(item, night, ONE);
        lines.push(line);
    }
    for (night, line) in lines.iter().enumerate() {
        if night as i32 >= paid {
            stage.whole(rule, dose, *line);
        } else if days <= paid {
            stage.visit().look_alike(rule, dose, Some(*line));
        }
    }
}

fn drug_course(cast: &mut Cast<'_>) {
    let rule = "drug-paid-course-limit";
    for (text, paid) in [("支付不超过14天。", 14), ("支付不超过10天。", 10)] {
        let items = cast.limited(rule, |point| point.text == text);
        if items.is_empty() {
            continue;
        }
        for (dose, over) in [("超 1 天", 1), ("超 3 天", 3), ("超 8 天", 8), ("恰为支付天数", 0)] {
            let items = items.clone();
            cast.long_scene(Needs::aged(40, 58), paid + 12, move |stage| {
                let Some(limited) = pick_in_force(stage, &items) else { return };
                stage.stay(0, paid + over + 2, SECONDARY);
                course(stage, rule, dose, limited.item, paid + over, paid);
            });
        }
        let again = items.clone();
        cast.long_scene(Needs::aged(40, 58), paid + 12, move |stage| {
            let Some(limited) = pick_in_force(stage, &again) else { return };
            stage.stay(0, paid + 2, SECONDARY);
            for night in 0..paid {
                for _ in 0..2 {
                    let line = stage.charge(limited.item, night, ONE);
                    stage.visit().look_alike(rule, "每天 2 次，天数恰为支付天数", Some(line));
                }
            }
        });
        cast.long_scene(Needs::aged(40, 58), paid + 12, move |stage| {
            let Some(limited) = pick_in_force(stage, &items) else { return };
            stage.stay(0, paid + 3, SECONDARY);
            let lines: Vec<u16> = (0..=paid).map(|night| stage.charge(limited.item, night, ONE)).collect();
            let Some(first) = lines.first() else { return };
            stage.visit().refund(*first, ONE);
            for line in lines {
                stage.visit().look_alike(rule, "多用 1 天，其中 1 天已退费", Some(line));
            }
        });
    }
}

fn service_course(cast: &mut Cast<'_>) {
    let rule = "service-paid-course-limit";
    let items = cast.limited(rule, |point| point.text == "支付不超过30天。");
    if items.is_empty() {
        return;
    }
    for (dose, over) in [("超 1 天", 1), ("超 4 天", 4), ("恰为 30 天", 0)] {
        let items = items.clone();
        cast.long_scene(Needs::aged(40, 58), 40, move |stage| {
            let Some(limited) = pick_in_force(stage, &items) else { return };
            stage.stay(0, 35, SECONDARY);
            course(stage, rule, dose, limited.item, 30 + over, 30);
        });
    }
}

/// The excess of a quantity over the limit of a day, by the price of a unit.
fn excess(stage: &mut Stage<'_>, line: u16, over: i64) -> AtStake {
    let price = stage.visit().lines.get(line as usize).map_or(UnitPrice(0), |line| line.price);
    AtStake::Exactly(price.times(Quantity::whole(over)))
}

fn day_frequency(cast: &mut Cast<'_>) {
    let rule = "service-frequency-limit";
    // Hour-priced, at most 24 a day.
    let hours = cast.limited_by(&[rule, "service-duplicate-charge"], |point| {
        point.predicate.contains("max_qty=24") && (point.name.contains("监测") || point.name.contains("监护"))
    });
    for (dose, quantity) in [("一日 25 小时", 25), ("一日 30 小时", 30), ("一日 48 小时", 48), ("恰 24 小时", 24)]
    {
        let hours = hours.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some(limited) = pick_in_force(stage, &hours) else { return };
            stage.open(0, Place::Stay(SECONDARY));
            let line = stage.charge(limited.item, 2, Quantity::whole(quantity));
            if quantity > 24 {
                let at_stake = excess(stage, line, quantity - 24);
                stage.visit().mark_line(rule, dose, line, Quantity::whole(quantity - 24), at_stake);
            } else {
                stage.visit().look_alike(rule, dose, Some(line));
            }
        });
    }
    // Day-priced, at most once a day: the stay charges them daily already.
    let daily: Vec<ItemId> =
        [Some(cast.world.bed), cast.world.daily.first().map(|d| d.0), cast.world.daily.get(1).map(|d| d.0)]
            .into_iter()
            .flatten()
            .collect();
    for (dose, more, lines) in
        [("一日 2 次", 1, 1), ("一日 3 次", 2, 1), ("一日 11 次", 10, 1), ("一日另收 2 笔", 1, 2)]
    {
        let daily = daily.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some(item) = stage.pick(&daily) else { return };
            stage.open(0, Place::Stay(SECONDARY));
            for _ in 0..lines {
                let line = stage.charge(item, 3, Quantity::whole(more));
                stage.whole(rule, dose, line);
            }
        });
    }
    let again = daily.clone();
    cast.scene(Needs::ADULT, move |stage| {
        let Some(item) = stage.pick(&again) else { return };
        stage.open(0, Place::Stay(SECONDARY));
        let line = stage.charge(item, 3, Quantity::whole(2));
        stage.visit().refund(line, Quantity::whole(2));
        stage.visit().look_alike(rule, "多收 2 次，当日已全部退费", Some(line));
    });
    cast.scene(Needs::ADULT, move |stage| {
        let Some(item) = stage.pick(&daily) else { return };
        stage.open(0, Place::Stay(SECONDARY));
        // The stay's own line of the third day is refunded, another one charged: still one a day.
        let day = stage.visit().begins.day().plus(3);
        let lines = &stage.visit().lines;
        let Some(own) = lines.iter().position(|line| line.item == item && line.at.day() == day) else { return };
        stage.visit().refund(own as u16, ONE);
        let line = stage.charge(item, 3, ONE);
        stage.visit().look_alike(rule, "退一笔重收一笔", Some(line));
    });
}

fn period_frequency(cast: &mut Cast<'_>) {
    let rule = "service-period-frequency";
    for period in [15, 14, 7] {
        let wanted = format!("period_days={period}");
        let items = cast.limited(rule, |point| point.predicate.ends_with(&wanted) && !point.name.contains("儿童"));
        if items.is_empty() {
            continue;
        }
        for (dose, gap) in [
            ("间隔 1 天", 1),
            ("间隔为周期一半", period / 2),
            ("间隔比周期短 1 天", period - 1),
            ("间隔恰为周期", period),
        ] {
            let items = items.clone();
            cast.long_scene(Needs::ADULT, period + 2, move |stage| {
                let Some(limited) = pick_in_force(stage, &items) else { return };
                stage.open(0, CLINIC);
                stage.charge(limited.item, 0, ONE);
                stage.open(gap, CLINIC);
                let line = stage.charge(limited.item, 0, ONE);
                if gap < period {
                    stage.whole(rule, dose, line);
                } else {
                    stage.visit().look_alike(rule, dose, Some(line));
                }
            })
            .quiet_days = 20;
        }
    }
}
