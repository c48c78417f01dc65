//! I12: personal data that was planted in records, messages and requests is never seen in logs, metrics or errors, whatever goes wrong.

use crate::cast::{CANARY, PHYSICIAN, act, ask, stage};
use crate::outpatient::{Visit, certificate, with};
use crate::support::{ENTRY, Hall};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// A name, a phone, an address that no table of the demo has.
const NAME: &str = "卡纳利雀";
const PHONE: &str = "13912340987";
const ADDRESS: &str = "金丝雀巷七号";

/// Everything that was logged in this process, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    subscriber.try_init().unwrap();
    log
});

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// No text holds any of the secrets; a part of the text tells where.
fn clean(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        let found = text.find(secret).map(|at| text[..at].chars().rev().take(300).collect::<Vec<_>>());
        let before: String = found.clone().unwrap_or_default().into_iter().rev().collect();
        assert!(found.is_none(), "{what} holds {secret} behind: {before}");
    }
}

/// A day of messages, right ones and wrong ones, that name a person in every field that can.
async fn messages(hall: &Hall) -> Vec<String> {
    let (institution, person) = (hall.institution(&hall.area(1), "hospital"), hall.person(&hall.area(1), "active"));
    let cover = person["insuplc_admdvs"].as_str().unwrap().to_owned();
    let visit = Visit::register(hall, institution.clone(), person.clone()).await;
    let line = visit.line("F1", "B1", &hall.item(&hall.area(1), "western"), "2");
    let total = line["det_item_fee_sumamt"].as_str().unwrap().to_owned();
    hall.say(&institution, &cover, "2204", json!({ "feedetail": [line.clone()] })).await;
    let base = certificate(&person);
    let stranger = json!({ "mdtrt_cert_type": "02", "mdtrt_cert_no": CANARY, "psn_cert_type": "01", "certno": CANARY,
        "psn_name": NAME, "psn_no": CANARY, "tel": PHONE, "addr": ADDRESS });
    let data = |more: Value| json!({ "data": with(&with(&base, stranger.clone()), more) });
    // Persons where persons belong, and something else that is wrong.
    let wrong = [
        ("1101", data(json!({}))),
        ("2201", data(json!({ "begntime": "gestern", "ipt_otp_no": "OP1" }))),
        ("2203", data(json!({ "mdtrt_id": visit.id, "med_type": "99" }))),
        (
            "2204",
            json!({ "feedetail": [with(&line, json!({ "psn_no": CANARY, "bilg_dr_name": NAME, "cnt": "viel" }))] }),
        ),
        ("2207", data(json!({ "mdtrt_id": visit.id, "medfee_sumamt": "viel", "chrg_bchno": "B1" }))),
        ("2401", data(json!({ "mdtrt_id": visit.id, "begntime": "gestern" }))),
        ("3101", json!({ "data": { "patient_dtos": [{ "patn_id": CANARY, "patn_name": NAME, "brdy": "gestern" }] } })),
        (
            "3103",
            json!({ "data": { "warn_type": "1",
                "warns": [{ "warn_rslt_id": "JR0", "dspo_way": "1", "dspo_way_rea": NAME }] } }),
        ),
    ];
    let mut errors = Vec::new();
    for (infno, input) in wrong {
        errors.push(hall.refused(&institution, &cover, infno, input).await);
    }
    // Persons where they do not belong: whoever wrote it is told what is wrong with it, nobody else.
    for input in [
        data(json!({ "begntime": NAME, "ipt_otp_no": CANARY })),
        data(json!({ "begntime": ADDRESS, "dept_code": PHONE })),
    ] {
        hall.refused(&institution, &cover, "2201", input).await;
    }
    let torn = format!("{{\"infno\": \"2207\", \"input\": {{\"psn_name\": \"{NAME}\", \"certno\": \"{CANARY}\"");
    let (_, reply) = hall.post_bytes(ENTRY, &[], torn.into_bytes()).await;
    errors.push(String::from_utf8_lossy(&reply).into_owned());
    hall.say(&institution, &cover, "2207", visit.settle_input("B1", &total)).await;
    hall.desk.take_hits(server::now().stamp).await.unwrap();
    errors
}

/// Requests of the workbench and the management API that go wrong, with what names a person where an id belongs.
async fn requests(hall: &Hall) -> Vec<String> {
    let key = "H36010000001~F0";
    let mut replies = Vec::new();
    for (account, method, path, body) in [
        ("firstreviewer0", "GET", format!("/api/review/items/H36010000001~{CANARY}"), None),
        ("firstreviewer0", "GET", format!("/api/v1/persons/{CANARY}"), None),
        ("finance0", "GET", format!("/api/v1/ledger/balance?account=personal/{CANARY}"), None),
        ("finance0", "GET", format!("/api/v1/institutions/{CANARY}"), None),
        ("hospitaloffice0", "GET", format!("/api/v1/stays?institution={CANARY}"), None),
        (
            "leader0",
            "POST",
            format!("/api/review/items/{key}/reveal"),
            Some(json!({"field": "person_number", "reason": "看一看原值"})),
        ),
        (
            "firstreviewer0",
            "POST",
            format!("/api/review/items/{key}/acts"),
            Some(json!({"kind": "appeal", "text": NAME})),
        ),
        (
            "secondreviewer0",
            "POST",
            format!("/api/review/items/{key}/acts"),
            Some(json!({"kind": "first_review", "verdict": PHONE})),
        ),
        ("firstreviewer0", "PUT", format!("/api/review/items/{key}/draft"), Some(json!({"text": ADDRESS}))),
        ("", "POST", "/api/session".to_owned(), Some(json!({"account": CANARY, "password": PHONE}))),
        ("", "GET", format!("/api/review/items/{key}"), None),
    ] {
        replies.push(ask(hall, account, method, &path, body).await.text);
    }
    let wish = json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed", "text": NAME});
    assert_eq!(act(hall, "firstreviewer0", key, wish).await.status, 200);
    replies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i12_planted_personal_data_is_never_logged_counted_or_told_in_an_error() {
    let log = LazyLock::force(&LOG).clone();
    tracing::info!("the log is captured");
    let hall = Hall::open().await;
    stage(&hall, 2).await;
    let person = hall.person(&hall.area(1), "active");
    let of_person: Vec<&str> = ["psn_no", "psn_name", "certno", "card_sn", "mdtrt_cert_no"]
        .iter()
        .filter_map(|field| person[field].as_str())
        .collect();
    let secrets: Vec<&str> = [CANARY, PHYSICIAN, NAME, PHONE, ADDRESS]
        .into_iter()
        .chain(of_person.into_iter().filter(|text| !text.is_empty()))
        .collect();
    let errors = [messages(&hall).await, requests(&hall).await].concat();
    let log_of = ask(&hall, "auditadmin0", "GET", "/api/access-log?limit=500", None).await.text;
    let logged = log.text();
    assert!(logged.contains("the log is captured") && logged.contains("\"message\""), "something is captured");
    for (number, error) in errors.iter().enumerate() {
        clean(&format!("error {number}"), error, &secrets);
    }
    clean("the log", &logged, &secrets);
    clean("the access log", &log_of, &secrets);
    clean("metrics", &ask(&hall, "", "GET", "/metrics", None).await.text, &secrets);
}
