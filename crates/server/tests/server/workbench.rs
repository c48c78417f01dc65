//! The workbench through the router: who may do what on whose items, the way of a case to the ledger, nothing leaks.

use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use model::{Day, Fen, Severity, Stamp};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use review::{Facts, FundShare, Item};
use rights::{Action, Role, RoleGroup, Scope};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Bill, BillLine, ReviewChanges, ReviewJob, Session, User};
use tower::ServiceExt;

/// Planted in fields that name a person: never to be seen in logs, metrics or errors (I12).
const CANARY: &str = "61010119800101999X";
const PHYSICIAN: &str = "D9900778899";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn write(hall: &Hall, changes: impl Fn() -> ReviewChanges + Send + Sync + 'static) {
    let job = ReviewJob {
        keys: Vec::new(),
        request: None,
        at: server::now().stamp,
        decide: Arc::new(move |_, _| Ok(changes())),
    };
    hall.desk.store.review(job).await.unwrap();
}

fn item(institution: &str, area: &str, number: u64) -> Item {
    let text = str::to_owned;
    let facts = Facts {
        id: format!("F{number}"),
        institution: text(institution),
        area: text(area),
        visit: format!("V{}", number / 2),
        person: text(CANARY),
        physician: text(PHYSICIAN),
        line: format!("L{}", number % 2),
        related_lines: String::new(),
        rule: text("drug-sex"),
        rule_version: text("1"),
        rule_name: text("限性别用药"),
        official_code: String::new(),
        severity: if number.is_multiple_of(2) { Severity::Suspicious } else { Severity::Clear },
        occurred_on: Day(20_700),
        quantity_over: text("1"),
        amount: Fen(10_000),
        counted: Fen(10_000),
        point: String::new(),
        basis: text("国家医保药品目录"),
        evidence: text("男性使用限女性药品"),
        insurance: text("310"),
        share: Some(FundShare { fund: Fen(16_000), total: Fen(20_000) }),
        snapshot: text("abc"),
        imported_at: server::now().stamp,
    };
    Item::new(facts, Some(server::now().stamp.day().plus(14)))
}

/// Items of two institutions in two areas, and for each role an account of either area.
async fn stage(hall: &Hall, items: u64) {
    let places = [("H61010000001", "610100"), ("H99040000002", "990400")];
    let all: Vec<Item> = places
        .iter()
        .flat_map(|(institution, area)| (0..items).map(|number| item(institution, area, number)))
        .collect();
    let bill = |institution: &str, number: u64| Bill {
        institution: institution.to_owned(),
        visit: format!("V{number}"),
        person: CANARY.to_owned(),
        total: Fen(20_000),
        fund: Some(Fen(16_000)),
        lines: vec![BillLine {
            id: "L0".to_owned(),
            physician: PHYSICIAN.to_owned(),
            amount: Fen(20_000),
            ..BillLine::default()
        }],
        ..Bill::default()
    };
    let bills: Vec<Bill> =
        places.iter().flat_map(|(code, _)| (0..=items / 2).map(|number| bill(code, number))).collect();
    let mut users = Vec::new();
    let mut sessions = Vec::new();
    for (place, (institution, area)) in places.iter().enumerate() {
        for role in Role::ALL {
            for double in ["", "b", "c"] {
                let account = format!("{}{place}{double}", role.word().replace('_', ""));
                let of_institution = (role.group() == RoleGroup::Provider).then(|| (*institution).to_owned());
                let scope =
                    Scope { areas: vec![(*area).to_owned()], institutions: of_institution.into_iter().collect() };
                sessions.push(Session {
                    account: account.clone(),
                    secret: hex(&Sha256::digest(account.as_bytes())),
                    begun_at: Stamp(0),
                    expires_at: Stamp(i64::MAX),
                });
                users.push(User {
                    account: account.clone(),
                    name: account.clone(),
                    role: Some(role),
                    scope,
                    password: String::new(),
                    must_change: false,
                    totp: None,
                    totp_pending: None,
                    totp_step: 0,
                    failures: 0,
                    locked_until: Stamp(0),
                    disabled: false,
                    changed_at: Stamp(0),
                });
            }
        }
    }
    write(hall, move || ReviewChanges {
        items: all.clone(),
        bills: bills.clone(),
        users: users.clone(),
        sessions: sessions.clone(),
        ..ReviewChanges::default()
    })
    .await;
}

struct Reply {
    status: StatusCode,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Asks as an account; the secret of its session is its name.
async fn ask(hall: &Hall, account: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("x-yibao-console", "1");
    if !account.is_empty() {
        request = request.header(header::COOKIE, format!("yibao_session={account}.{account}"));
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    send(hall, request.body(body).unwrap()).await
}

async fn send(hall: &Hall, request: Request<Body>) -> Reply {
    let response = hall.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    Reply { status, text: String::from_utf8_lossy(&bytes).into_owned() }
}

async fn act(hall: &Hall, account: &str, key: &str, wish: Value) -> Reply {
    ask(hall, account, "POST", &format!("/api/review/items/{key}/acts"), Some(wish)).await
}

/// A body that each route accepts as far as its guard and scope are concerned.
fn body_of(path: &str, method: &str) -> Option<Value> {
    match (path, method) {
        ("/api/users", "post") => Some(json!({"account": "neu", "name": "新人"})),
        ("/api/users/{account}/state", _) => Some(json!({"disabled": false})),
        ("/api/users/{account}/rights", _) => Some(json!({"role": "leader", "areas": ["610100"], "institutions": []})),
        ("/api/session/password", _) => Some(json!({"old": "x", "new": "y"})),
        ("/api/session/second-factor", "put") => Some(json!({"code": "000000"})),
        ("/api/review/items/{key}/acts", _) => {
            Some(json!({"kind": "escalate", "reason": "other", "text": "x", "seen": 99}))
        }
        ("/api/review/items/{key}/reveal", _) => Some(json!({"field": "person_number", "reason": "核对身份信息"})),
        (path, "put") if !path.ends_with("/lock") => Some(json!({})),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_knows_every_role_and_scope() {
    let hall = Hall::open().await;
    stage(&hall, 4).await;
    // What institutions and experts see has been looked at.
    for place in 0..2 {
        let institution = ["H61010000001", "H99040000002"][place];
        let reviewer = format!("firstreviewer{place}");
        let wish = json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed"});
        assert_eq!(act(&hall, &reviewer, &format!("{institution}~F1"), wish).await.status, StatusCode::OK);
    }
    let routes = server::review::inventory();
    assert!(routes.len() > 25);
    for route in routes {
        let Some(action) = route.action else { continue };
        let (method, named) = (route.method.to_uppercase(), route.path);
        let path = |institution: &str| {
            named
                .replace("{key}", &format!("{institution}~F1"))
                .replace("{id}", "D1")
                .replace("{name}", "n")
                .replace("{account}", "leader1")
        };
        let own = path("H61010000001");
        let nobody = ask(&hall, "", &method, &own, body_of(named, route.method)).await;
        assert_eq!((nobody.status, nobody.code().as_str()), (StatusCode::UNAUTHORIZED, "sign_in"), "{method} {own}");
        if method != "GET" {
            let forged = Request::builder()
                .method(method.as_str())
                .uri(&own)
                .header(header::COOKIE, "yibao_session=leader0.leader0");
            assert_eq!(send(&hall, forged.body(Body::empty()).unwrap()).await.code(), "csrf", "{method} {own}");
        }
        for role in Role::ALL {
            let account = format!("{}0", role.word().replace('_', ""));
            let reply = ask(&hall, &account, &method, &own, body_of(named, route.method)).await;
            let denied = reply.status == StatusCode::FORBIDDEN && reply.code() == "right";
            assert_ne!(reply.status, StatusCode::UNAUTHORIZED, "{account} {method} {own}");
            assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{account} {method} {own}");
            if !action.allows(role) {
                assert!(denied, "{account} {method} {own}: {} {}", reply.status, reply.text);
                continue;
            }
            assert!(!denied, "{account} {method} {own}: {}", reply.text);
            // A form is read before its item is looked for: an empty one is refused for what it is.
            if named.contains("{key}") && action != Action::Attach {
                let other = ask(&hall, &account, &method, &path("H99040000002"), body_of(named, route.method)).await;
                assert_eq!(other.status, StatusCode::NOT_FOUND, "{account} {method} {named}: {}", other.text);
                assert!(!other.text.contains(CANARY));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_long_way_ends_in_the_ledger() {
    let hall = Hall::open().await;
    stage(&hall, 4).await;
    let key = "H61010000001~F0";
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
    let balance =
        async |account: &str| hall.desk.store.balance(&agency::Account::parse(account).unwrap(), None).await.unwrap();
    assert_eq!(balance("payable/H61010000001").await, Fen(5_000), "I7: the institution is owed less");
    assert_eq!(balance("fund/610100/310/310100").await, Fen(-5_000), "I7: the fund has it back");
    let same = act(&hall, "secondreviewer0", key, json!({"kind": "restore", "reason": "deducted_in_error"})).await;
    assert_eq!(same.code(), "four_eyes");
    done("secondreviewer0b", json!({"kind": "restore", "reason": "deducted_in_error"})).await;
    assert_eq!(balance("payable/H61010000001").await, Fen(0));
    assert!(hall.desk.store.prove().await.unwrap().holds());
    let rules = ask(&hall, "rulemanager0", "GET", "/api/review/rules", None).await.json();
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["rule"] == "drug-sex").unwrap();
    assert_eq!(
        (rule["reversed"].as_i64(), rule["precision_parts"].as_i64()),
        (Some(1), Some(0)),
        "the reversal feeds the rule: {rule}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masked_fields_are_shown_for_a_reason_and_the_look_is_logged() {
    let hall = Hall::open().await;
    stage(&hall, 2).await;
    let path = "/api/review/items/H61010000001~F0";
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

/// 10,000 pairs take half a minute: `SWAPS=10000 cargo nextest run -p server swapped`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i12_swapped_ids_leak_nothing() {
    let hall = Hall::open().await;
    stage(&hall, 30).await;
    let pairs: u32 = std::env::var("SWAPS").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let paths: Vec<(&str, &str)> = server::review::inventory()
        .into_iter()
        .filter(|route| route.path.contains("{key}"))
        .map(|route| (route.method, route.path))
        .collect();
    let mut errors = Vec::new();
    for _ in 0..pairs {
        let role = *Role::ALL.choose(&mut random).unwrap();
        let account = format!("{}0", role.word().replace('_', ""));
        let (method, named) = *paths.choose(&mut random).unwrap();
        let number = random.random_range(0..40);
        // Somebody else's institution, or one's own with a finding of the other.
        let key = match random.random_range(0..3) {
            0 => format!("H99040000002~F{number}"),
            1 => format!("H61010000001~F{}", number + 1_000),
            _ => format!("H99040000002~H61010000001~F{number}"),
        };
        let path = named.replace("{key}", &key).replace("{id}", "D1");
        let reply = ask(&hall, &account, &method.to_uppercase(), &path, body_of(named, method)).await;
        assert!(
            matches!(reply.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST),
            "{account} {method} {path}: {}",
            reply.text
        );
        errors.push(reply.text);
    }
    let metrics = ask(&hall, "", "GET", "/metrics", None).await.text;
    for text in errors.iter().chain([&metrics]) {
        assert!(!text.contains(CANARY) && !text.contains(PHYSICIAN), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_locks_after_five_and_ends_with_a_changed_role() {
    let hall = Hall::open().await;
    stage(&hall, 1).await;
    let opened = ask(&hall, "systemadmin0", "POST", "/api/users", Some(json!({"account": "neuling", "name": "新人"})))
        .await
        .json();
    let password = opened["password"].as_str().unwrap().to_owned();
    let sign_in = async |password: &str| {
        let request = Request::post("/api/session")
            .header("x-yibao-console", "1")
            .header(header::CONTENT_TYPE, "application/json");
        let body = json!({"account": "neuling", "password": password}).to_string();
        hall.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    };
    let response = sign_in(&password).await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with = async |method: &str, path: &str, body: Value| {
        let request =
            Request::builder().method(method).uri(path).header("x-yibao-console", "1").header(header::COOKIE, &cookie);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        send(&hall, request.body(Body::from(body.to_string())).unwrap()).await
    };
    assert_eq!(with("GET", "/api/review/items", json!({})).await.code(), "right", "no role yet");
    let rights = json!({"role": "first_reviewer", "areas": ["610100"], "institutions": []});
    assert_eq!(
        ask(&hall, "securityadmin0", "PUT", "/api/users/neuling/rights", Some(rights.clone())).await.status,
        StatusCode::OK
    );
    assert_eq!(
        with("GET", "/api/session", json!({})).await.status,
        StatusCode::UNAUTHORIZED,
        "the session ended with the change"
    );
    let again = sign_in(&password).await;
    let cookie = again.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let with = async |method: &str, path: &str, body: Value| {
        let request =
            Request::builder().method(method).uri(path).header("x-yibao-console", "1").header(header::COOKIE, &cookie);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        send(&hall, request.body(Body::from(body.to_string())).unwrap()).await
    };
    assert_eq!(with("GET", "/api/review/items", json!({})).await.code(), "must_change_password");
    assert_eq!(
        with("PUT", "/api/session/password", json!({"old": password, "new": "kurz"})).await.code(),
        "weak_password"
    );
    let changed = with("PUT", "/api/session/password", json!({"old": password, "new": "tisch-lampe-42"})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let listed = with("GET", "/api/review/items", json!({})).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
    assert_eq!(
        ask(&hall, "securityadmin0", "PUT", "/api/users/securityadmin0/rights", Some(rights)).await.code(),
        "rights",
        "not one's own"
    );
    for _ in 0..5 {
        assert_eq!(sign_in("falsch").await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(sign_in("tisch-lampe-42").await.status(), StatusCode::LOCKED);
    assert!(Action::OwnSession.allows(Role::Leader));
}
