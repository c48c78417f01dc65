//! What was found at the bedside and settled all the same becomes an item, once, and no settlement waits for it.

use crate::bedside::inquiry;
use crate::cast::write;
use crate::outpatient::Visit;
use crate::support::{Hall, fen};
use model::{Fen, Stamp};
use review::{Facts, Item, State};
use rights::Scope;
use serde_json::{Value, json};
use store::{ItemQuery, ReviewChanges};

/// 甲硝唑阴道泡腾片, which a man is given.
const FOR_WOMEN: &str = "XG01AFJ070A009010100150";
const RULE: &str = "drug-sex-specific";

/// A man, and the hospital where he is insured.
fn man(hall: &Hall) -> (Value, Value) {
    let area = hall.area(1);
    let tagged = |person: &&Value, tag: &str| person["tags"].as_array().unwrap().iter().any(|known| known == tag);
    let persons = hall.world["persons"].as_array().unwrap();
    let fits = |person: &&Value| {
        person["insuplc_admdvs"] == area
            && person["gend"] == "1"
            && tagged(person, "active")
            && !tagged(person, "suspended")
    };
    (persons.iter().find(fits).unwrap().clone(), hall.institution(&area, "hospital"))
}

fn item(hall: &Hall) -> Value {
    let items = hall.world["items"].as_array().unwrap();
    items.iter().find(|item| item["code"] == FOR_WOMEN && item["area"] == hall.area(1)).unwrap().clone()
}

/// Registers, charges and, before that, asks as a hospital does that writes orders under the numbers of their charges.
async fn charged(hall: &Hall, asks: &[&str]) -> (Visit, String) {
    let (person, institution) = man(hall);
    let visit = Visit::register(hall, institution, person).await;
    let item = item(hall);
    let line = visit.line("F1", "B1", &item, "2");
    let total = line["det_item_fee_sumamt"].as_str().unwrap().to_owned();
    hall.say(&visit.institution, &visit.cover, "2204", json!({ "feedetail": [line] })).await;
    for infno in asks {
        ask(hall, &visit, infno, &total).await;
    }
    (visit, total)
}

/// The reminder that the order gets, and what it says.
async fn ask(hall: &Hall, visit: &Visit, infno: &str, total: &str) -> Value {
    let mut order = crate::bedside::order("F1", "2", total);
    order["hilist_code"] = json!(FOR_WOMEN);
    order["pric"] = item(hall)["price"].clone();
    let person = visit.person["psn_no"].as_str().unwrap();
    let output = hall
        .say(&visit.institution, &visit.cover, infno, inquiry(&visit.institution, person, &visit.id, json!([order])))
        .await;
    let found = output["result"].as_array().unwrap().iter().find(|row| row["rule_id"] == RULE).cloned();
    found.unwrap_or_else(|| panic!("{infno}: {output}"))
}

async fn settle(hall: &Hall, visit: &Visit, total: &str) -> Value {
    hall.say(&visit.institution, &visit.cover, "2207", visit.settle_input("B1", total)).await["setlinfo"].clone()
}

async fn items(hall: &Hall, visit: &Visit) -> Vec<Item> {
    let query = ItemQuery { visit: Some(visit.id.clone()), ..ItemQuery::of(Scope::everywhere()) };
    let items = hall.desk.store.review_page(&query).await.unwrap().items;
    items.into_iter().filter(|item| item.facts.rule == RULE).collect()
}

fn now() -> Stamp {
    server::now().stamp
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hit_that_was_settled_becomes_an_item_with_its_bill_and_the_answer() {
    let hall = Hall::open().await;
    let (visit, total) = charged(&hall, &["3102"]).await;
    let reminder = ask(&hall, &visit, "3101", &total).await;
    let warn = json!({ "data": { "warn_type": "1",
        "warns": [{ "warn_rslt_id": reminder["jr_id"], "dspo_way": "1", "dspo_way_rea": "患者自备阴道炎病历" }] } });
    hall.say(&visit.institution, &visit.cover, "3103", warn).await;
    assert_eq!(hall.desk.take_hits(now()).await.unwrap(), 0, "an order is no case yet");
    let settled = settle(&hall, &visit, &total).await;
    assert!(hall.desk.take_hits(now()).await.unwrap() >= 1);
    let [item] = <[Item; 1]>::try_from(items(&hall, &visit).await).unwrap();
    let facts = &item.facts;
    assert_eq!((item.standing.state, facts.line.as_str(), facts.area.as_str()), (State::Suspected, "F1", "990400"));
    let share = facts.share.unwrap();
    assert_eq!((share.fund.0, share.total.0), (fen(&settled["fund_pay_sumamt"]), fen(&settled["medfee_sumamt"])));
    assert!(facts.reminder.contains("继续执行") && facts.reminder.contains("患者自备"), "{}", facts.reminder);
    assert_eq!((facts.insurance.as_str(), facts.rule_version.is_empty(), facts.snapshot.len()), ("310", false, 32));
    assert_eq!(item.standing.due_on, hall.desk.review_clock().first_review_due(now().day()));
    let bill = hall.desk.store.review_bill(&facts.institution, &facts.visit).await.unwrap().unwrap();
    assert_eq!((bill.lines.len(), bill.lines[0].id.as_str(), bill.total.0), (1, "F1", fen(&settled["medfee_sumamt"])));
    assert_eq!(hall.desk.take_hits(now()).await.unwrap(), 0, "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_was_told_or_paid_becomes_no_item() {
    let hall = Hall::open().await;
    let (silent, total) = charged(&hall, &[]).await;
    settle(&hall, &silent, &total).await;
    assert_eq!(hall.desk.take_hits(now()).await.unwrap(), 0, "the audit of the month finds it");
    // Told, and corrected before it was settled.
    let (mended, _) = charged(&hall, &["3102"]).await;
    let person = mended.person["psn_no"].clone();
    let delete = crate::outpatient::with(
        &crate::outpatient::certificate(&mended.person),
        json!({ "psn_no": person, "mdtrt_id": mended.id, "chrg_bchno": "0000" }),
    );
    hall.say(&mended.institution, &mended.cover, "2205", json!({ "data": delete })).await;
    let fine = mended.line("F2", "B1", &hall.item(&hall.area(1), "service"), "1");
    let amount = fine["det_item_fee_sumamt"].as_str().unwrap().to_owned();
    hall.say(&mended.institution, &mended.cover, "2204", json!({ "feedetail": [fine] })).await;
    settle(&hall, &mended, &amount).await;
    hall.desk.take_hits(now()).await.unwrap();
    assert_eq!(items(&hall, &mended).await, Vec::new(), "the order was changed");
    // Told, settled, and taken back before anybody looked.
    let (reversed, total) = charged(&hall, &["3102"]).await;
    let settled = settle(&hall, &reversed, &total).await;
    let back = json!({ "data": { "setl_id": settled["setl_id"], "mdtrt_id": reversed.id, "psn_no": reversed.person["psn_no"] } });
    hall.say(&reversed.institution, &reversed.cover, "2208", back).await;
    assert_eq!(hall.desk.take_hits(now()).await.unwrap(), 0, "nothing is paid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i11_what_a_later_audit_finds_again_is_the_same_item() {
    let hall = Hall::open().await;
    let (visit, total) = charged(&hall, &["3102"]).await;
    settle(&hall, &visit, &total).await;
    hall.desk.take_hits(now()).await.unwrap();
    let [item] = <[Item; 1]>::try_from(items(&hall, &visit).await).unwrap();
    // Another version of the rule gives another id; rule, visit and line are the same.
    let audited = |line: &str, id: &str| {
        let facts = Facts {
            id: id.to_owned(),
            line: line.to_owned(),
            rule_version: "99".to_owned(),
            snapshot: "monthly".to_owned(),
            ..item.facts.clone()
        };
        Item::new(facts, None)
    };
    let take = async |items: Vec<Item>| hall.desk.store.review_intake(items, now(), |_| None).await.unwrap();
    assert_eq!(take(vec![audited("F1", "ANOTHER"), audited("F9", "THIRD"), audited("F9", "FOURTH")]).await, 2);
    assert_eq!(take(vec![audited("F1", "ANOTHER"), audited("F9", "THIRD")]).await, 0, "the same audit once more");
    let lines: Vec<String> = items(&hall, &visit).await.into_iter().map(|item| item.facts.line).collect();
    assert_eq!(lines.iter().filter(|line| *line == "F1").count(), 1, "{lines:?}");
    // A decision stands, whatever is found again.
    let mut decided = item.clone();
    (decided.standing.state, decided.version) = (State::Dismissed, 1);
    write(&hall, move || ReviewChanges { items: vec![decided.clone()], ..ReviewChanges::default() }).await;
    assert_eq!(take(vec![audited("F1", "ANOTHER")]).await, 0);
    let kept = hall.desk.store.review_item(&item.facts.institution, &item.facts.id).await.unwrap().unwrap();
    assert_eq!((kept.standing.state, kept.facts.amount), (State::Dismissed, item.facts.amount));
    assert!(item.facts.amount > Fen::ZERO);
}
