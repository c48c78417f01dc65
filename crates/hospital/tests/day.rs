//! A day against the stand-in: nothing is said of a right platform, and every wrong one is found out.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod stand_in;

use hospital::{Books, Hall, Outcome, Patience, Plan, Scene, Wire, World, run, verify};
use serde_json::json;
use stand_in::{Fault, start};
use std::path::Path;
use std::time::Duration;

/// Two areas, an institution of each kind in each, four dozen persons, an item of every kind.
fn world() -> serde_json::Value {
    let mut institutions = Vec::new();
    let mut persons = Vec::new();
    for area in ["990100", "990200"] {
        for (index, kind) in ["hospital", "community", "pharmacy"].iter().enumerate() {
            let code = format!("{}{area}{:05}", if index == 2 { "P" } else { "H" }, index + 1);
            let staff = json!([{"code": format!("D{area}{index}"), "name": "甲医师", "dept": "01"}]);
            let departments = json!([{"code": "01", "name": "内科", "caty": "A03"}]);
            institutions.push(json!({"code": code, "name": "示例机构", "area": area, "kind": kind,
                "departments": departments, "staff": staff}));
        }
        for index in 0..24 {
            let (insutype, psn_type) = if index % 3 == 0 { ("390", "15") } else { ("310", "11") };
            let certno = format!("{area}19800101{index:04}");
            persons.push(json!({"psn_no": format!("{area}{index:014}"), "psn_name": "测试甲", "psn_cert_type": "01",
                "certno": certno, "mdtrt_cert_type": "02", "mdtrt_cert_no": certno, "ec_token": format!("EC{certno}"),
                "gend": if index % 2 == 0 { "1" } else { "2" }, "brdy": "1980-01-01", "insutype": insutype,
                "psn_type": psn_type, "insuplc_admdvs": area,
                "tags": if index % 12 == 11 { json!(["suspended"]) } else { json!([]) }}));
        }
    }
    let item = |code: &str, kind: &str, class: &str, price: &str, prop: &str| json!({"code": code, "name": code, "kind": kind, "class": class, "price": price, "selfpay_prop": prop, "limits": {}});
    let mut items = vec![
        item("A", "western", "01", "12.34", "0"),
        item("B", "patent", "02", "45.67", "0.1"),
        item("C", "western", "03", "9.99", "1"),
        item("H", "herb", "01", "0.3456", "0"),
        item("S", "service", "01", "30.00", "0"),
        item("L", "laboratory", "02", "88.80", "0.05"),
        item("R", "western", "02", "300.00", "0.2"),
        item("BED", "bed", "01", "80.00", "0"),
        item("G", "registration", "01", "5.00", "0"),
    ];
    items[4]["ceiling"] = json!("25.00");
    items[6]["limits"]["restricted"] = json!(true);
    let suspended = ["H99010000001", "H99010000002", "H99020000001", "H99020000002"];
    let suspended: Vec<_> =
        suspended.iter().map(|code| json!({"code": "DX", "name": "停医师", "institution": code})).collect();
    json!({"negative": {"suspended_staff": suspended}, "areas": [{"code": "990100", "name": "甲市"}, {"code": "990200", "name": "乙市"}],
        "institutions": institutions, "persons": persons, "items": items,
        "diagnoses": [{"code": "J06.900", "name": "急性上呼吸道感染"}],
        "chronic_programmes": [{"code": "M03900", "name": "高血压"}]})
}

async fn hall(fault: Fault, books: Books, copies: std::ops::RangeInclusive<u32>, folder: &Path) -> Hall {
    let mut world = world();
    world["base_url"] = json!(start(fault, world.clone()).await);
    let path = folder.join("world.json");
    std::fs::write(&path, world.to_string()).unwrap();
    let world = World::read(&path).unwrap();
    let patience = Patience { answer: Duration::from_secs(5), all: Duration::from_secs(5) };
    let wire = Wire::new(&world, patience).unwrap();
    Hall::new(world, wire, books, copies)
}

async fn day(fault: Fault, copies: std::ops::RangeInclusive<u32>, scenes: &[Scene], visits: u32) -> (Hall, Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(fault, Books::new(), copies, folder.path()).await;
    let mix = scenes.iter().map(|scene| (*scene, 1)).collect();
    let outcome = run(&hall, &Plan { visits, clients: 8, seed: 7, mix, rate: None }).await;
    (hall, outcome)
}

fn all_scenes() -> Vec<Scene> {
    Scene::ALL.iter().map(|(scene, _)| *scene).collect()
}

#[tokio::test]
async fn i6_a_right_platform_has_no_deviation_and_balances_to_the_fen() {
    let (hall, outcome) = day(Fault::None, 1..=3, &all_scenes(), 150).await;
    assert_eq!(hall.deviations.first(), vec![]);
    assert!(outcome.stopped.is_empty(), "{:?}", outcome.stopped);
    assert_eq!(outcome.played.len(), Scene::ALL.len(), "every scene was played: {:?}", outcome.played);
    for balance in &outcome.balances {
        assert_eq!((balance.totals, balance.details), (balance.totals_equal, balance.details_equal));
    }
    assert!(outcome.balances.iter().map(|balance| balance.totals).sum::<usize>() >= 6);
}

#[tokio::test]
async fn i6_lines_that_are_cut_after_the_work_was_done_change_nothing() {
    let (hall, outcome) = day(Fault::CutsLines, 1..=1, &all_scenes(), 40).await;
    assert_eq!(hall.deviations.first(), vec![]);
    assert!(outcome.stopped.is_empty(), "{:?}", outcome.stopped);
    assert!(hall.wire.retries() > 50);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_visits_whoever_plays_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut totals = Vec::new();
    for clients in [1, 6] {
        let hall = hall(Fault::None, Books::new(), 1..=1, folder.path()).await;
        let mix = vec![(Scene::Outpatient, 1), (Scene::Pharmacy, 1), (Scene::Inpatient, 1)];
        let outcome = run(&hall, &Plan { visits: 30, clients, seed: 11, mix, rate: None }).await;
        totals.push((outcome.played, outcome.balances.iter().map(|balance| balance.claim.medfee).collect::<Vec<_>>()));
    }
    assert_eq!(totals[0], totals[1]);
}

/// Each fault, and a transaction and field that must be named for it.
#[tokio::test]
async fn every_wrong_platform_is_found_out() {
    use Fault::Text;
    let outpatients = [Scene::Outpatient, Scene::OutpatientCancelled];
    let cases: [(Fault, &[Scene], &str, &str); 21] = [
        (Text { infno: "2207", from: "\"infcode\":0", to: "\"infcode\":\"0\"" }, &outpatients, "2207", "infcode"),
        (Text { infno: "2206", from: "\"err_msg\":\"\"", to: "\"err_msg\":\"成功\"" }, &outpatients, "2206", "err_msg"),
        (
            Text { infno: "2206", from: "\"setl_id\":null", to: "\"setl_id\":\"X\"" },
            &outpatients,
            "2206",
            "setlinfo.setl_id",
        ),
        (Text { infno: "2207", from: "测试甲", to: "测试乙" }, &outpatients, "2207", "setlinfo.psn_name"),
        (Text { infno: "1101", from: "测试甲", to: "测试乙" }, &outpatients, "1101", "baseinfo.psn_name"),
        (Text { infno: "2207", from: "\"310200\"", to: "\"310100\"" }, &outpatients, "2207", "setldetail"),
        (
            Text { infno: "2204", from: "\"chrgitm_lv\":\"02\"", to: "\"chrgitm_lv\":\"01\"" },
            &outpatients,
            "2204",
            "chrgitm_lv",
        ),
        (
            Text { infno: "2207", from: "\"inf_refmsgid\":\"9", to: "\"inf_refmsgid\":\"" },
            &outpatients,
            "2207",
            "inf_refmsgid",
        ),
        (Fault::OtherBytes, &outpatients, "2207", "（应答）"),
        (Fault::SettledTwice, &outpatients, "3201", "stmtinfo.stmt_rslt"),
        (Fault::SettledTwice, &outpatients, "3202", "（结果文件）"),
        (Fault::Forgets, &[Scene::Outpatient], "3201", "stmtinfo.stmt_rslt"),
        (Fault::AlwaysEqual, &outpatients, "3201", "stmtinfo.stmt_rslt"),
        (Fault::BlindToDetail, &outpatients, "3202", "（结果文件）"),
        (Fault::PositiveReversal, &outpatients, "2208", "setlinfo.medfee_sumamt"),
        (Fault::Lenient, &[Scene::Missteps], "2207", "infcode"),
        (Fault::Lenient, &[Scene::Chronic], "2504", "infcode"),
        (Fault::Lenient, &[Scene::TurnedAway], "2207", "infcode"),
        (Fault::Lenient, &[Scene::TurnedAway], "2204", "infcode"),
        (Fault::TrialDiffers, &[Scene::Inpatient], "2304", "setlinfo.psn_cash_pay"),
        (Fault::DeafTo2601, &[Scene::LostAnswer], "2205", "infcode"),
    ];
    for (fault, scenes, infno, field) in cases {
        let (hall, _) = day(fault, 2..=2, scenes, 24).await;
        let counts = hall.deviations.counts();
        let named = counts.keys().any(|(at, what)| at == infno && what.contains(field));
        assert!(named, "{fault:?}: {infno} {field} is not in {counts:?}");
    }
}

#[tokio::test]
async fn i6_the_file_of_acknowledged_settlements_is_held_against_the_platform() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acked.jsonl");
    let before = hall(Fault::None, Books::kept_in(&path).unwrap(), 1..=1, folder.path()).await;
    let mix = vec![(Scene::Outpatient, 1), (Scene::OutpatientCancelled, 1)];
    run(&before, &Plan { visits: 20, clients: 4, seed: 3, mix, rate: None }).await;
    let records = before.books.len();
    assert!(records >= 20);

    // The same server: everything is there, once.
    let again = World::read(&folder.path().join("world.json")).unwrap();
    let wire = Wire::new(&again, Patience::default()).unwrap();
    let hall_again = Hall::new(again, wire, Books::kept_in(&path).unwrap(), 1..=1);
    let verified = verify(&hall_again).await;
    assert_eq!((verified.records, verified.lost, verified.unbalanced), (records, 0, 0));
    assert_eq!(hall_again.deviations.first(), vec![]);

    // A server that remembers nothing: all of it is lost.
    let empty = hall(Fault::None, Books::kept_in(&path).unwrap(), 1..=1, folder.path()).await;
    let verified = verify(&empty).await;
    assert_eq!((verified.records, verified.lost), (records, records));
    assert!(verified.unbalanced > 0);
}
