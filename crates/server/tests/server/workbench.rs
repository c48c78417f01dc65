//! The way of a case to the ledger, and what of a person is shown to whom.

use crate::cast::{CANARY, PHYSICIAN, act, ask, send, stage};
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use model::Fen;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_long_way_ends_in_the_ledger() {
    let hall = Hall::open().await;
    stage(&hall, 4).await;
    let key = "H36010000001~F0";
    let done = async |account: &str, wish: Value| -> Value {
        let reply = act(&hall, account, key, wish).await;
        assert_eq!(reply.status, StatusCode::OK, "{account}: {}", reply.text);
        reply.json()
    };
    let hidden = ask(&hall, "hospitaloffice0", "GET", &format!("/api/review/items/{key}"), None).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND, "nobody has looked at it yet");
    let sent = done(
        "firstreviewer0",
        json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed", "seen": 0}),
    )
    .await;
    assert_eq!(
        (sent["state"].as_str(), sent["decided_fen"].as_i64()),
        (Some("sent"), Some(8_000)),
        "fund's part: {sent}"
    );
    assert!(sent["may"].as_array().unwrap().contains(&json!("undo")) && sent["undo_until"].is_string());
    let stale =
        act(&hall, "firstreviewer0b", key, json!({"kind": "escalate", "reason": "large_amount", "seen": 0})).await;
    assert_eq!((stale.status, stale.code().as_str()), (StatusCode::CONFLICT, "outdated"));
    // The hospital appeals with an attachment; what it is, its bytes say.
    let attach = async |content: &[u8]| {
        let mut form = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n".to_vec();
        form.extend(content);
        form.extend(b"\r\n--x--\r\n");
        let request = Request::post(format!("/api/review/items/{key}/attachments"))
            .header(header::COOKIE, "yibao_session=hospitaloffice0.hospitaloffice0")
            .header("x-yibao-console", "1")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        send(&hall, request.body(Body::from(form)).unwrap()).await
    };
    assert_eq!(attach(b"MZ this is a program").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        attach(&[b"%PDF-".as_slice(), &vec![0; 6 << 20]].concat()).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let attached = attach(b"%PDF-1.7 record").await;
    assert_eq!(attached.status, StatusCode::OK, "{}", attached.text);
    let id = attached.json()["id"].as_str().unwrap().to_owned();
    let foreign = act(
        &hall,
        "hospitaloffice0",
        key,
        json!({"kind": "appeal", "reason": "appeal_clinical", "text": "有指征", "evidence": ["D0"]}),
    )
    .await;
    assert_eq!(foreign.code(), "attachment");
    let appealed = done(
        "hospitaloffice0",
        json!({"kind": "appeal", "reason": "appeal_clinical", "text": "有指征", "evidence": [id]}),
    )
    .await;
    assert_eq!(appealed["state"], "appealed");
    let reviewer = appealed["history"][0]["user_name"].as_str().unwrap();
    assert_eq!(reviewer, "医保经办", "an institution does not learn who reviewed");
    let file = ask(&hall, "secondreviewer0", "GET", &format!("/api/review/items/{key}/attachments/{id}"), None).await;
    assert_eq!((file.status, file.text.as_str()), (StatusCode::OK, "%PDF-1.7 record"));
    let undo = act(&hall, "firstreviewer0", key, json!({"kind": "undo"})).await;
    assert_eq!(undo.code(), "undo", "the hospital has answered");
    done("secondreviewer0", json!({"kind": "second_review", "amount_fen": 6_000, "reason": "part_confirmed"})).await;
    done("hospitaloffice0", json!({"kind": "appeal", "reason": "appeal_basis", "text": "仍有异议"})).await;
    let members = json!(["panelist0", "panelist0b", "panelist0c"]);
    let wrong = act(
        &hall,
        "secondreviewer0",
        key,
        json!({"kind": "convene", "members": ["panelist0", "panelist0b", "panelist1"]}),
    )
    .await;
    assert_eq!(wrong.code(), "person", "an expert of another area");
    let blind = ask(&hall, "panelist0", "GET", &format!("/api/review/items/{key}"), None).await;
    assert_eq!(blind.status, StatusCode::NOT_FOUND, "not on the panel yet");
    done("secondreviewer0", json!({"kind": "convene", "members": members})).await;
    for (account, amount) in [("panelist0", 6_000), ("panelist0b", 0), ("panelist0c", 5_000)] {
        done(account, json!({"kind": "vote", "amount_fen": amount, "reason": "rule_confirmed", "text": "已阅病历"}))
            .await;
    }
    let balance =
        async |account: &str| hall.desk.store.balance(&agency::Account::parse(account).unwrap(), None).await.unwrap();
    let fund = balance("fund/360100/310/310100").await;
    // Twice the same request, one deduction.
    let wish = json!({"kind": "deduct"});
    for _ in 0..2 {
        let request = Request::post(format!("/api/review/items/{key}/acts"))
            .header(header::COOKIE, "yibao_session=finance0.finance0")
            .header("x-yibao-console", "1")
            .header("idempotency-key", "einmal");
        let reply = send(&hall, request.body(Body::from(wish.to_string())).unwrap()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        assert_eq!(
            (reply.json()["state"].as_str(), reply.json()["deducted_fen"].as_i64()),
            (Some("deducted"), Some(5_000))
        );
    }
    assert_eq!(balance("payable/H36010000001").await, Fen(5_000), "I7: the institution is owed less");
    assert_eq!(balance("fund/360100/310/310100").await, fund - Fen(5_000), "I7: the fund has it back");
    let same = act(&hall, "secondreviewer0", key, json!({"kind": "restore", "reason": "deducted_in_error"})).await;
    assert_eq!(same.code(), "four_eyes");
    done("secondreviewer0b", json!({"kind": "restore", "reason": "deducted_in_error"})).await;
    assert_eq!(balance("payable/H36010000001").await, Fen(0));
    assert!(hall.desk.store.prove().await.unwrap().holds());
    let rules = ask(&hall, "rulemanager0", "GET", "/api/rules", None).await.json();
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["id"] == "drug-sex").unwrap();
    assert_eq!(
        (rule["reversed"].as_i64(), rule["precision_parts"].as_i64()),
        (Some(1), Some(0)),
        "the reversal feeds the rule: {rule}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_shows_its_peers_to_reviewers_alone_and_the_kind_of_care_in_words() {
    let hall = Hall::open().await;
    stage(&hall, 6).await;
    let path = "/api/review/items/H36010000002~F1";
    let shown = ask(&hall, "firstreviewer0", "GET", path, None).await.json();
    let peers = &shown["peers"];
    assert_eq!(
        (&peers["institutions"], &peers["median"]),
        (&json!(2), &json!(6)),
        "two of three are in the area: {peers}"
    );
    let rows = peers["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["institution"] == "H36010000002" && row["this"] == true && row["items"] == 6));
    assert!(rows.iter().all(|row| row["institution"] != "H99040000002"));
    assert_eq!((&shown["bill"]["care"], &shown["bill"]["care_label"]), (&json!("11"), &json!("普通门诊")));
    let wish = json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed"});
    assert_eq!(act(&hall, "firstreviewer0", "H36010000002~F1", wish).await.status, StatusCode::OK);
    let told = ask(&hall, "hospitaloffice2", "GET", path, None).await.json();
    assert_eq!(told["peers"], Value::Null, "an institution is not told of others");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masked_fields_are_shown_for_a_reason_and_the_look_is_logged() {
    let hall = Hall::open().await;
    stage(&hall, 2).await;
    let path = "/api/review/items/H36010000001~F0";
    for account in ["firstreviewer0", "auditor0", "leader0", "finance0", "supervisor0", "rulemanager0"] {
        let shown = ask(&hall, account, "GET", path, None).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(!shown.text.contains(CANARY) && !shown.text.contains(PHYSICIAN), "{account}");
    }
    let reveal = async |account: &str, reason: &str| {
        ask(
            &hall,
            account,
            "POST",
            &format!("{path}/reveal"),
            Some(json!({"field": "person_number", "reason": reason})),
        )
        .await
    };
    assert_eq!(reveal("firstreviewer0", "x").await.code(), "reason");
    assert_eq!(reveal("leader0", "想看一看").await.code(), "right");
    assert_eq!(reveal("firstreviewer0", "核对住院病历").await.json()["value"], CANARY);
    let log = ask(&hall, "auditadmin0", "GET", "/api/access-log?action=reveal", None).await.json();
    let entries = log["entries"].as_array().unwrap();
    assert!(entries.iter().any(
        |entry| entry["account"] == "firstreviewer0" && entry["reason"].as_str().unwrap().contains("核对住院病历")
    ));
    assert!(entries.iter().any(|entry| entry["account"] == "leader0" && entry["outcome"] == "refused"));
    assert!(!log.to_string().contains(CANARY), "I12: the log names items, not persons");
}
