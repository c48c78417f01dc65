//! A settlement as people look at it: found by its numbers, told step by step, the same as it was settled; registers masked.

use crate::cast::{ask, enrol, write};
use crate::outpatient::Visit;
use crate::support::{Hall, fen};
use axum::http::StatusCode;
use rights::{Role, Scope};
use serde_json::{Value, json};
use store::ReviewChanges;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i10_a_settlement_is_told_again_step_by_step_and_comes_out_the_same() {
    let hall = Hall::open().await;
    let (area, other) = (hall.area(0), hall.area(1));
    let of = |area: &str| Scope { areas: vec![area.to_owned()], institutions: Vec::new() };
    let accounts = [enrol("here", Role::Finance, of(&area)), enrol("there", Role::Supervisor, of(&other))];
    let (users, sessions): (Vec<_>, Vec<_>) = accounts.into_iter().unzip();
    write(&hall, move || ReviewChanges {
        users: users.clone(),
        sessions: sessions.clone(),
        ..ReviewChanges::default()
    })
    .await;
    let (institution, person) = (hall.institution(&area, "hospital"), hall.person(&area, "active"));
    let visit = Visit::register(&hall, institution.clone(), person.clone()).await;
    let items = ["western", "service"].map(|kind| hall.item(&area, kind));
    let lines = items.iter().enumerate().map(|(at, item)| visit.line(&format!("{at}"), "B1", item, "40"));
    let lines: Vec<Value> = lines.collect();
    let total: i64 = lines.iter().map(|line| fen(&line["det_item_fee_sumamt"])).sum();
    hall.say(&institution, &visit.cover, "2204", json!({ "feedetail": lines })).await;
    let input = visit.settle_input("B1", &model::Fen(total).to_string());
    let settled = hall.say(&institution, &visit.cover, "2207", input).await;
    let id = settled["setlinfo"]["setl_id"].as_str().unwrap().to_owned();
    let number = person["psn_no"].as_str().unwrap();
    for word in [&id, &visit.id, number] {
        let page = ask(&hall, "here", "GET", &format!("/api/settlements?q={word}"), None).await;
        let rows = page.json()["rows"].as_array().unwrap().clone();
        assert_eq!((rows.len(), &rows[0]["id"]), (1, &json!(id)), "{word}: {}", page.text);
        assert!(!page.text.contains(number), "I12: masked");
        let elsewhere = ask(&hall, "there", "GET", &format!("/api/settlements?q={word}"), None).await.json();
        assert_eq!(elsewhere["rows"], json!([]));
    }
    let path = format!("/api/settlements/{id}");
    assert_eq!(ask(&hall, "there", "GET", &path, None).await.status, StatusCode::NOT_FOUND);
    let detail = ask(&hall, "here", "GET", &path, None).await;
    assert!(!detail.text.contains(number), "I12: masked");
    let detail = detail.json();
    let sum = |name: &str| -> i64 {
        detail[name].as_array().unwrap().iter().map(|part| part["amount_fen"].as_i64().unwrap()).sum()
    };
    assert_eq!((sum("parts"), sum("lines")), (total, total), "I3: {detail}");
    assert_eq!(sum("funds"), detail["row"]["fund_fen"].as_i64().unwrap(), "I3: {detail}");
    let trace = &detail["trace"];
    assert_eq!(trace["is_same"], true, "{detail}");
    let steps = trace["steps"].as_array().unwrap();
    let decided = steps.iter().filter(|step| step["parameter"] != "");
    assert!(decided.clone().count() >= 2, "{trace}");
    for step in decided {
        assert!(step["place"].as_str().unwrap().starts_with("policy/"), "I4: {step}");
    }
    let back = json!({ "data": { "setl_id": id, "mdtrt_id": visit.id, "psn_no": number } });
    let reversal = hall.say(&institution, &visit.cover, "2208", back).await["setlinfo"]["setl_id"].clone();
    assert_eq!(ask(&hall, "here", "GET", &path, None).await.json()["reversed_by"], reversal);
    let path = format!("/api/settlements/{}", reversal.as_str().unwrap());
    let taken_back = ask(&hall, "here", "GET", &path, None).await.json();
    assert_eq!((&taken_back["row"]["reverses"], &taken_back["trace"]["is_same"]), (&json!(id), &json!(true)));

    let named = ask(&hall, "there", "GET", &format!("/api/persons?q={number}"), None).await.json();
    assert_eq!(named, json!([]), "covered elsewhere");
    let all = ask(&hall, "there", "GET", "/api/persons", None).await;
    assert!(all.json().as_array().unwrap().len() > 10 && all.text.contains('*'));
    let certificate = person["certno"].as_str().unwrap();
    assert!(!all.text.contains(number) && !all.text.contains(certificate), "I12");
}
