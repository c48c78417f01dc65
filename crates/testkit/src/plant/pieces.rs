//! Decoction pieces: never paid, not paid alone, incompatible, too many.

use model::{HospitalLevel, Quantity};

use super::cast::Cast;
use super::{Needs, Place, Stage};
use crate::shelf::ItemId;

const CLINIC: Place = Place::Clinic(HospitalLevel::Secondary);

/// Pieces of which the pharmacopoeia gives little: a gram a day breaks no limit.
const POTENT: [&str; 12] =
    ["细辛", "附子", "制川乌", "制草乌", "全蝎", "蜈蚣", "吴茱萸", "麻黄", "苦杏仁", "大黄", "芒硝", "甘遂"];

/// Writes a prescription of these pieces.
fn decoct(stage: &mut Stage<'_>, pieces: &[ItemId]) -> Vec<u16> {
    let doses = i64::from(5 + stage.dice.below(9));
    let mut lines = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let potent = POTENT.contains(&stage.world.shelf.item(*piece).name.as_str());
        let grams = if potent { 1 } else { i64::from(6 + stage.dice.below(9)) } * doses;
        let line = stage.charge(*piece, 0, Quantity::whole(grams));
        if let Some(line) = stage.visit().lines.get_mut(line as usize) {
            line.prescription = 1;
            line.supply_days = doses as u16;
        }
        lines.push(line);
    }
    lines
}

/// So many pieces that nothing is said against.
fn plain(stage: &mut Stage<'_>, count: usize) -> Vec<ItemId> {
    let pieces = &stage.world.pieces;
    let start = stage.dice.below(pieces.len() as u32) as usize;
    pieces.iter().copied().cycle().skip(start).take(count).collect()
}

pub(super) fn register(cast: &mut Cast<'_>) {
    never(cast);
    alone(cast);
    incompatible(cast);
    oversized(cast);
    overdosed(cast);
}

fn never(cast: &mut Cast<'_>) {
    let rule = "tcm-slice-never-payable";
    let items: Vec<ItemId> = cast.limited(rule, |_| true).into_iter().map(|limited| limited.item).collect();
    for (dose, count, refunded) in
        [("复方中夹 1 味不予支付饮片", 9, false), ("单开不予支付饮片", 0, false), ("已全额退费", 9, true)]
    {
        let items = items.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some(item) = stage.pick(&items) else { return };
            let mut pieces = plain(stage, count);
            pieces.push(item);
            stage.open(0, CLINIC);
            let Some(line) = decoct(stage, &pieces).pop() else { return };
            if refunded {
                let quantity = stage.visit().lines.get(line as usize).map_or(Quantity::ZERO, |l| l.quantity);
                stage.visit().refund(line, quantity);
                stage.visit().look_alike(rule, dose, Some(line));
            } else {
                stage.whole(rule, dose, line);
            }
        });
    }
}

fn alone(cast: &mut Cast<'_>) {
    let rule = "tcm-slice-single-not-payable";
    let items: Vec<ItemId> = cast.limited(rule, |_| true).into_iter().map(|limited| limited.item).collect();
    for (dose, count) in [("单味", 1), ("3 味均在名单内", 3), ("8 味均在名单内", 8)] {
        let items = items.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let start = stage.dice.below(items.len() as u32) as usize;
            let mut pieces = compatible(stage, items.iter().copied().cycle().skip(start).take(items.len()));
            pieces.truncate(count);
            stage.open(0, CLINIC);
            for line in decoct(stage, &pieces) {
                stage.whole(rule, dose, line);
            }
        });
    }
    cast.scene(Needs::ADULT, move |stage| {
        let start = stage.dice.below(items.len() as u32) as usize;
        let mut pieces = compatible(stage, items.iter().copied().cycle().skip(start).take(items.len()));
        pieces.truncate(5);
        pieces.extend(plain(stage, 1));
        stage.open(0, CLINIC);
        for line in decoct(stage, &pieces) {
            stage.visit().look_alike(rule, "另有 1 味不在名单内", Some(line));
        }
    });
}

/// Leaves out pieces that any table calls incompatible with something: the scene is about another rule.
fn compatible(stage: &Stage<'_>, pieces: impl Iterator<Item = ItemId>) -> Vec<ItemId> {
    let named = |name: &str| stage.world.tables.incompatible.iter().any(|[a, b]| a == name || b == name);
    pieces.filter(|piece| !named(&stage.world.shelf.item(*piece).name)).collect()
}

fn incompatible(cast: &mut Cast<'_>) {
    let rule = "tcm-incompatibility";
    // Pieces of the lists of never or singly unpaid ones would be violations of those rules too.
    let listed = |name: &String| cast.world.tables.pieces.iter().any(|row| &row[1] == name);
    let pairs = cast.world.tables.incompatible.iter().filter(|pair| !pair.iter().any(listed));
    let pairs: Vec<[String; 2]> = pairs.step_by(7).take(40).cloned().collect();
    let items: Vec<[ItemId; 2]> = pairs.iter().map(|pair| pair.each_ref().map(|name| cast.put_piece(name))).collect();
    for (dose, count) in [("相反相畏 2 味同方", 0), ("10 味方中相反相畏 2 味", 8)] {
        let items = items.clone();
        cast.scene(Needs::ADULT, move |stage| {
            let Some([a, b]) = stage.pick(&items) else { return };
            let mut pieces = plain(stage, count);
            pieces.extend([a, b]);
            stage.open(0, CLINIC);
            if let Some(line) = decoct(stage, &pieces).pop() {
                stage.whole(rule, dose, line);
            }
        });
    }
    cast.scene(Needs::ADULT, move |stage| {
        let Some([a, b]) = stage.pick(&items) else { return };
        for (offset, piece) in [(0, a), (5, b)] {
            let mut pieces = plain(stage, 6);
            pieces.push(piece);
            stage.open(offset, CLINIC);
            if let Some(line) = decoct(stage, &pieces).pop() {
                stage.visit().look_alike(rule, "两味分属两次就诊的处方", Some(line));
            }
        }
    });
}

fn oversized(cast: &mut Cast<'_>) {
    let rule = "tcm-oversized-prescription";
    for (dose, count) in [("26 味", 26), ("30 味", 30), ("恰 25 味", 25)] {
        cast.scene(Needs::ADULT, move |stage| {
            let pieces = plain(stage, count);
            stage.open(0, CLINIC);
            let lines = decoct(stage, &pieces);
            if count > 25 {
                let past = lines.iter().skip(25).map(|line| stage.amount(*line)).sum();
                stage.visit().mark_visit(rule, dose, crate::draft::AtStake::Exactly(past));
            } else {
                stage.visit().look_alike(rule, dose, None);
            }
        });
    }
}

/// More than twice what the pharmacopoeia gives a day (an assumed multiple).
fn overdosed(cast: &mut Cast<'_>) {
    let rule = "tcm-over-daily-dose";
    let asarum = cast.put_piece("细辛");
    for (dose, degree, grams) in
        [("细辛每日 8 克", 1, 8), ("细辛每日 15 克", 2, 15), ("细辛每日 30 克", 3, 30), ("细辛每日 6 克", 0, 6)]
    {
        let scene = cast.scene(Needs::ADULT, move |stage| {
            let mut pieces = plain(stage, 7);
            pieces.push(asarum);
            stage.open(0, CLINIC);
            let Some(place) = decoct(stage, &pieces).pop() else { return };
            let Some(line) = stage.visit().lines.get_mut(place as usize) else { return };
            let doses = i64::from(line.supply_days);
            line.quantity = Quantity::whole(grams * doses);
            let whole = line.quantity;
            if degree > 0 {
                let over = Quantity::whole((grams - 6) * doses);
                let amount = stage.amount(place).share(over, whole);
                stage.visit().mark_line(rule, dose, place, over, crate::draft::AtStake::Exactly(amount));
            } else {
                stage.visit().look_alike(rule, dose, Some(place));
            }
        });
        scene.degree = (degree > 0).then_some(degree);
    }
}
