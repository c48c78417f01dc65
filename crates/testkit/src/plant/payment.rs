//! Schemes that payment by disease invites: bills that stop at a boundary, tests moved before the stay, patients sent home
//! early who come back, mild diseases that cost like grave ones; and bills so large that each is looked at.

use model::{Quantity, UnitPrice};

use super::Stage;
use super::patterns::TESTS;
use super::schemes::Crew;
use super::wards::mixed;
use crate::draft::{AtStake, DraftDiagnosis};
use crate::shelf::ItemId;

const ONE: Quantity = Quantity::whole(1);

pub(super) fn register(crew: &mut Crew<'_>) {
    let Some(drug) = crew.world.shelf.find("阿利沙坦酯片") else { return };
    boundary(crew, drug);
    tests_before(crew);
    sent_home(crew);
    mild_but_dear(crew, drug);
    large(crew, drug);
}

/// What is charged so far, in fen.
fn charged(stage: &mut Stage<'_>) -> i64 {
    stage.visit().lines.iter().map(|line| line.price.times(line.quantity).0).sum()
}

/// Brings the bill of a stay to a sum with one medicine, for a disease of the patient's own.
fn bring_to(stage: &mut Stage<'_>, drug: ItemId, fen: i64) {
    let so_far = charged(stage);
    stage.visit().diagnoses.push(DraftDiagnosis { code: "I10.x00x002".into(), main: false });
    let line = stage.charge(drug, 1, ONE);
    stage.reprice(line, UnitPrice((fen - so_far).max(100) * 100));
}

/// A disease that only these two hospitals treat, so that its mean is known: half of the ordinary bills vary, half follow
/// a pathway of a fixed price; the crowd is billed just below twice the mean of all.
fn boundary(crew: &mut Crew<'_>, drug: ItemId) {
    const ORDINARY: i64 = 45;
    const MEAN_FEN: i64 = 300_000;
    let (rule, disease) = ("dip-boundary-bunching", "K59.000");
    let crowd = crew.by_degree([14, 20, 34]);
    let [house, beside] = [crew.hospital(13), crew.hospital(14)];
    // x = 1.95 (2 n m + c x) / (2 n + c)
    let near = 195 * 2 * ORDINARY * MEAN_FEN / (100 * (2 * ORDINARY + crowd) - 195 * crowd);
    crew.scheme((ORDINARY + crowd) as u32, 320, move |stage, role| {
        stage.stay_at((role as i32 * 37) % 300, 4 + role as i32 * 5 % 8, house, disease);
        let role = i64::from(role);
        let fen = if role < ORDINARY { MEAN_FEN / 100 * (78 + role) } else { near + 150 * (role - ORDINARY) };
        bring_to(stage, drug, fen);
    })
    .blames(rule, house, "费用凑在两倍线下");
    crew.scheme(ORDINARY as u32, 320, move |stage, role| {
        stage.stay_at((role as i32 * 29) % 300, 4 + role as i32 * 5 % 8, beside, disease);
        bring_to(stage, drug, MEAN_FEN);
    })
    .clears(rule, beside, "临床路径固定费用，不在线边");
}

/// Tests of a stay that are done and charged at the same hospital's outpatient department days before.
fn tests_before(crew: &mut Crew<'_>) {
    let rule = "drg-cost-shift";
    let tests: Vec<ItemId> = TESTS.iter().filter_map(|code| crew.world.shelf.find(code)).collect();
    let share = crew.by_degree([18, 26, 38]);
    for (house, shifted) in [(crew.hospital(15), share), (crew.hospital(16), 5)] {
        let tests = tests.clone();
        let scheme = crew.scheme(40, 300, move |stage, role| {
            let day = (role as i32 * 7) % 280;
            if role < shifted {
                stage.contact_at(day, house, "11");
                stage.diagnose(mixed(role), &[]);
                for item in &tests {
                    stage.charge(*item, 0, ONE);
                }
            }
            stage.stay_at(day + 3, 4 + role as i32 * 5 % 8, house, mixed(role));
        });
        if shifted == share {
            scheme.blames(rule, house, "术前检查移到门诊另收");
        } else {
            scheme.clears(rule, house, "少数病人门诊检查后收治");
        }
    }
}

/// Short and cheap stays after which many come back within the month; and as short ones after which nobody does.
fn sent_home(crew: &mut Crew<'_>) {
    let rule = "drg-underservice-readmit";
    let back = crew.by_degree([10, 18, 30]);
    for (house, back) in [(crew.hospital(17), back), (crew.hospital(18), 0)] {
        let scheme = crew.scheme(30, 300, move |stage, role| {
            let first = (role as i32 * 7) % 200;
            let gap = if role < back { 19 } else { 70 };
            stage.stay_at(first, 1 + role as i32 % 5, house, mixed(role));
            stage.stay_at(first + 6 + gap, 1 + (role as i32 + 2) % 5, house, mixed(role));
        });
        if back > 0 {
            scheme.blames(rule, house, "早出院，一月内再入院");
        } else {
            scheme.clears(rule, house, "住院短，但不再入院");
        }
    }
}

/// Gastritis that costs several times what it costs elsewhere, and gastritis that took a long time.
fn mild_but_dear(crew: &mut Crew<'_>, drug: ItemId) {
    let rule = "low-severity-high-cost";
    let (times, house) = (crew.by_degree([5, 7, 12]), crew.hospital(19));
    crew.scheme(8, 300, move |stage, role| {
        stage.stay_at(role as i32 * 31, 7, house, "K29.000");
        let fen = charged(stage) * times;
        bring_to(stage, drug, fen);
        stage.visit().mark_visit(rule, "胃炎花了数倍的钱", AtStake::NotJudged);
    });
    crew.scheme(2, 300, move |stage, role| {
        stage.stay_at(role as i32 * 90, 33, house, "K29.000");
        stage.visit().look_alike(rule, "住院超过 30 天", None);
    });
}

/// Bills beyond what is settled without a second look, in a far hospital whose own figures they cannot disturb.
fn large(crew: &mut Crew<'_>, drug: ItemId) {
    let (rule, house) = ("large-amount-review", crew.world.town.distant);
    let fen = crew.by_degree([20_100_000, 26_000_000, 45_000_000]);
    for (actors, fen) in [(4, fen), (2, 20_000_000)] {
        crew.scheme(actors, 300, move |stage, role| {
            stage.stay_at(role as i32 * 60, 12, house, "I71.000");
            bring_to(stage, drug, fen);
            if fen > 20_000_000 {
                stage.visit().mark_visit(rule, "一次住院超过 20 万元", AtStake::NotJudged);
            } else {
                stage.visit().look_alike(rule, "恰为 20 万元", None);
            }
        });
    }
}
