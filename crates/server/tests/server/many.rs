//! Many items at once over HTTP: batches with preview and re-check, samples and what they say of all, handing out, notices.

use crate::cast::{Reply, ask, send, stage};
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use model::Fen;
use review::{Confidence, extrapolate};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

/// Posts as an account under a key.
async fn post(hall: &Hall, account: &str, path: &str, key: &str, body: &Value) -> Reply {
    let request = Request::post(path)
        .header(header::COOKIE, format!("yibao_session={account}.{account}"))
        .header("x-yibao-console", "1")
        .header("idempotency-key", key);
    send(hall, request.body(Body::from(body.to_string())).unwrap()).await
}

async fn listed(hall: &Hall, account: &str, query: &str) -> Vec<Value> {
    let reply = ask(hall, account, "GET", &format!("/api/review/items?limit=500&{query}"), None).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()["items"].as_array().unwrap().clone()
}

fn keys(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
}

async fn open(hall: &Hall, account: &str, keys: &[Value]) {
    for key in keys {
        let path = format!("/api/review/items/{}", key.as_str().unwrap());
        assert_eq!(ask(hall, account, "GET", &path, None).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_previewed_rechecked_and_decided_once() {
    let hall = Hall::configured(|config| (config.review.recheck, config.review.alone_from) = (3, Fen(8_001))).await;
    stage(&hall, 12).await;
    let wish = |token: Option<&str>| {
        json!({
            "filter": {"institution": "H36010000001"},
            "act": {"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed"},
            "token": token,
        })
    };
    let preview =
        async || ask(&hall, "firstreviewer0", "POST", "/api/review/batches/preview", Some(wish(None))).await.json();
    let seen = preview().await;
    assert_eq!(
        (&seen["items"], &seen["visits"], &seen["lines"], &seen["left_out"]),
        (&json!(12), &json!(6), &json!(12), &json!(0))
    );
    assert_eq!((&seen["at_stake_fen"], &seen["institutions"]), (&json!(12 * 8_000), &json!(1)));
    let token = seen["token"].as_str().unwrap();
    let recheck = seen["recheck"].as_array().unwrap();
    assert_eq!((recheck.len(), seen["opened"].as_array().unwrap().len()), (3, 0));
    let decide = async |key: &str, token: &str| {
        post(&hall, "firstreviewer0", "/api/review/batches", key, &wish(Some(token))).await
    };
    assert_eq!(decide("eins", token).await.code(), "recheck", "nobody opened the sample");
    open(&hall, "firstreviewer0", recheck).await;
    assert_eq!(preview().await["opened"].as_array().unwrap().len(), 3);
    assert_eq!(decide("zwei", "another").await.code(), "outdated");
    let done = decide("drei", token).await;
    assert_eq!((done.status, &done.json()["items"]), (StatusCode::OK, &json!(12)), "{}", done.text);
    let again = decide("drei", token).await;
    assert_eq!(
        (again.status, &again.text),
        (StatusCode::OK, &done.text),
        "the same answer, though nothing is left to decide"
    );
    let other = post(&hall, "firstreviewer0", "/api/review/batches", "drei", &wish(Some("another"))).await;
    assert_eq!((other.status, other.code().as_str()), (StatusCode::CONFLICT, "idempotency"));
    assert_eq!(decide("vier", token).await.code(), "batch", "under another key there is nothing to decide");
    let history = ask(&hall, "firstreviewer0", "GET", "/api/review/batches", None).await.json();
    assert_eq!((history.as_array().unwrap().len(), &history[0]["batch"]), (1, &done.json()["batch"]));
    let told = listed(&hall, "hospitaloffice0", "stage=provider").await;
    assert_eq!(told.len(), 12, "sent to the institution, clear and suspicious alike");
    let elsewhere = listed(&hall, "firstreviewer1", "stage=first").await;
    assert_eq!(elsewhere.len(), 12, "another area is untouched");
    let one = ask(&hall, "auditor0", "GET", &format!("/api/review/items/{}", keys(&told)[0]), None).await.json();
    assert_eq!(one["history"].as_array().unwrap().len(), 1, "one event for two requests: {one}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_dear_or_not_a_first_review_is_not_decided_in_a_batch() {
    let hall = Hall::configured(|config| config.review.alone_from = Fen(8_000)).await;
    stage(&hall, 2).await;
    let ask_for = async |act: Value| {
        let wish = json!({"filter": {}, "act": act});
        ask(&hall, "firstreviewer0", "POST", "/api/review/batches/preview", Some(wish)).await
    };
    let dear = ask_for(json!({"kind": "first_review", "verdict": "no_violation", "reason": "exempt"})).await;
    assert_eq!(dear.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(dear.text.contains("逐件审核"), "{}", dear.text);
    assert_eq!(ask_for(json!({"kind": "escalate", "reason": "repeated"})).await.code(), "batch");
    let part = json!({"kind": "first_review", "verdict": "violation", "amount_fen": 1, "reason": "part_confirmed"});
    assert_eq!(ask_for(part).await.code(), "batch", "amounts differ from item to item");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_says_what_all_are_worth_once_it_is_decided() {
    let hall = Hall::open().await;
    stage(&hall, 12).await;
    let wish = json!({"filter": {"institution": "H36010000001"}, "size": 4, "seed": "7"});
    let drawn = post(&hall, "firstreviewer0", "/api/review/samples", "eins", &wish).await;
    assert_eq!(drawn.status, StatusCode::OK, "{}", drawn.text);
    assert_eq!(
        post(&hall, "firstreviewer0", "/api/review/samples", "eins", &wish).await.json()["id"],
        drawn.json()["id"]
    );
    let again = post(&hall, "firstreviewer0", "/api/review/samples", "zwei", &wish).await.json();
    assert_eq!(again["keys"], drawn.json()["keys"], "the same seed draws the same");
    assert_ne!(again["id"], drawn.json()["id"]);
    let (id, sample) =
        (drawn.json()["id"].as_str().unwrap().to_owned(), drawn.json()["keys"].as_array().unwrap().clone());
    assert_eq!((sample.len(), &drawn.json()["population"], &drawn.json()["decided"]), (4, &json!(12), &json!(0)));
    let path = format!("/api/review/samples/{id}");
    assert_eq!(ask(&hall, "auditor0", "GET", &path, None).await.status, StatusCode::NOT_FOUND, "somebody else's");
    // Two of four turn out to be right, one of them in part.
    let decisions = [
        json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed"}),
        json!({"kind": "first_review", "verdict": "violation", "amount_fen": 3_000, "reason": "part_confirmed"}),
        json!({"kind": "first_review", "verdict": "no_violation", "reason": "exempt"}),
        json!({"kind": "first_review", "verdict": "no_violation", "reason": "data_error"}),
    ];
    for (place, (key, decision)) in sample.iter().zip(decisions).enumerate() {
        let acts = format!("/api/review/items/{}/acts", key.as_str().unwrap());
        assert_eq!(ask(&hall, "firstreviewer0", "POST", &acts, Some(decision)).await.status, StatusCode::OK);
        if place < 2 {
            let accepted = ask(&hall, "hospitaloffice0", "POST", &acts, Some(json!({"kind": "accept"}))).await;
            assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text);
        }
        let so_far = ask(&hall, "firstreviewer0", "GET", &path, None).await.json();
        assert_eq!(so_far["decided"], json!(place + 1));
        assert_eq!(so_far["extrapolation"].is_object(), place == 3, "only once all of it is decided");
    }
    let said = ask(&hall, "firstreviewer0", "GET", &path, None).await.json()["extrapolation"].clone();
    let expected = extrapolate(&[8_000, 3_000, 0, 0].map(Fen), 12, Confidence::Ninety).unwrap();
    assert_eq!((&said["found_fen"], &said["estimate_fen"]), (&json!(11_000), &json!(33_000)));
    assert_eq!(
        (said["lower_fen"].as_i64(), said["upper_fen"].as_i64()),
        (Some(expected.lower.0), Some(expected.upper.0))
    );
    assert!(said["formula"].as_str().unwrap().contains("2.353"), "t of three degrees at 90 %: {said}");
    let list = ask(&hall, "firstreviewer0", "GET", "/api/review/samples", None).await.json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    let large = json!({"filter": {"institution": "H36010000001"}, "size": 13, "seed": "7"});
    assert_eq!(post(&hall, "firstreviewer0", "/api/review/samples", "drei", &large).await.code(), "sample");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_is_handed_out_to_one_in_turn_by_money_and_by_lot() {
    let hall = Hall::open().await;
    stage(&hall, 9).await;
    let of = json!({"institution": "H36010000001"});
    let three = ["firstreviewer0", "firstreviewer0b", "firstreviewer0c"];
    let assign = async |key: &str, method: &str, to: &[&str]| {
        let wish = json!({"filter": of, "method": method, "to": to});
        post(&hall, "firstreviewer0", "/api/review/assignments", key, &wish).await
    };
    let holds = async |account: &str| keys(&listed(&hall, "auditor0", &format!("assignee={account}")).await);
    let counts = async || {
        let mut counts = Vec::new();
        for account in three {
            counts.push(holds(account).await.len());
        }
        counts
    };
    let one = assign("a", "round_robin", &["firstreviewer0b"]).await;
    assert_eq!((one.status, &one.json()[0]["items"]), (StatusCode::OK, &json!(9)), "{}", one.text);
    assert_eq!(counts().await, [0, 9, 0]);
    // Whoever has nine already waits until the others have as many.
    let turn = assign("b", "round_robin", &three).await;
    assert_eq!(turn.json()[1]["items"], json!(0), "{}", turn.text);
    assert_eq!(assign("b", "round_robin", &three).await.text, turn.text, "once, with the same answer");
    let lots = assign("c", "random", &three).await.json();
    let given: i64 = lots.as_array().unwrap().iter().map(|share| share["items"].as_i64().unwrap()).sum();
    assert_eq!(given, 9);
    assert_eq!(assign("d", "by_amount", &three).await.status, StatusCode::OK);
    let mut all = BTreeSet::new();
    for account in three {
        all.extend(holds(account).await);
    }
    assert_eq!(all.len(), 9, "each item is one person's");
    for (wrong, why) in
        [("firstreviewer1", "another area"), ("secondreviewer0", "another role"), ("nobody", "no account")]
    {
        assert_eq!(assign(wrong, "round_robin", &[wrong]).await.code(), "person", "{why}");
    }
    assert_eq!(assign("e", "by_height", &three).await.code(), "parameter");
    // Taken in hand by hand.
    let key = holds("firstreviewer0c").await.first().cloned().unwrap_or_else(|| "H36010000001~F0".to_owned());
    let wish = json!({"kind": "assign", "to": "firstreviewer0"});
    let manual = ask(&hall, "firstreviewer0", "POST", &format!("/api/review/items/{key}/acts"), Some(wish)).await;
    assert_eq!((manual.status, &manual.json()["assignee"]), (StatusCode::OK, &json!("firstreviewer0")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_names_every_line_the_amount_in_words_and_the_way_to_appeal() {
    let hall = Hall::open().await;
    stage(&hall, 6).await;
    let path =
        |kind: &str, format: &str| format!("/api/review/notices?institution=H36010000001&kind={kind}&format={format}");
    let nothing = ask(&hall, "secondreviewer0", "GET", &path("refusal", "html"), None).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND, "nothing is refused yet");
    for number in 0..4 {
        let wish = json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed"});
        let acts = format!("/api/review/items/H36010000001~F{number}/acts");
        assert_eq!(ask(&hall, "firstreviewer0", "POST", &acts, Some(wish)).await.status, StatusCode::OK);
    }
    let page = ask(&hall, "hospitaloffice0", "GET", &path("refusal", "html"), None).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for words in ["拒付通知书", "H36010000001", "叁佰贰拾元整", "320.00", "申诉", "限性别用药", "国务院令第735号"]
    {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    for number in 0..4 {
        assert!(page.text.contains(&format!("F{number}")), "every finding has its line");
    }
    assert!(
        !page.text.contains("F4") && !page.text.contains("<script"),
        "what nobody decided is not in it; nothing runs"
    );
    let request =
        Request::get(path("refusal", "xlsx")).header(header::COOKIE, "yibao_session=hospitaloffice0.hospitaloffice0");
    let response = hall.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let named = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
    assert_eq!(named, "attachment; filename=\"refusal-H36010000001.xlsx\"");
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04") && bytes.len() > 3_000, "{} bytes", bytes.len());
    let decided = ask(&hall, "hospitaloffice0", "GET", &path("decision", "html"), None).await;
    assert_eq!(decided.status, StatusCode::NOT_FOUND, "nothing is final yet");
    let log = ask(&hall, "auditadmin0", "GET", "/api/access-log?action=read_notice", None).await.json();
    assert_eq!(log["entries"].as_array().unwrap().len(), 2, "both exports are logged: {log}");
}
