//! Signing in: passwords, locks, sessions that end with a changed role.

use crate::cast::{ask, send, stage};
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hmac::{Hmac, Mac};
use rights::{Action, Role};
use serde_json::{Value, json};
use sha1::Sha1;
use tower::ServiceExt;

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
    let rights = json!({"role": "first_reviewer", "areas": ["360100"], "institutions": []});
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

/// A change of role, scope, state or password ends all sessions of the account with the next request: long before five seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_within_five_seconds_of_every_change() {
    let hall = Hall::open().await;
    stage(&hall, 1).await;
    let changes = [
        (
            "leader0",
            "securityadmin0",
            "PUT",
            "rights",
            Some(json!({"role": "auditor", "areas": ["360100"], "institutions": []})),
        ),
        (
            "finance0",
            "securityadmin0",
            "PUT",
            "rights",
            Some(json!({"role": "finance", "areas": ["990400"], "institutions": []})),
        ),
        ("supervisor0", "securityadmin0", "PUT", "rights", Some(json!({"role": "", "areas": [], "institutions": []}))),
        ("auditor0", "systemadmin0", "PUT", "state", Some(json!({"disabled": true}))),
        ("firstreviewer0", "systemadmin0", "POST", "password", None),
    ];
    for (account, administrator, method, what, body) in changes {
        assert_eq!(ask(&hall, account, "GET", "/api/review/items", None).await.status, StatusCode::OK, "{account}");
        let changed = ask(&hall, administrator, method, &format!("/api/users/{account}/{what}"), body).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
        let begun = std::time::Instant::now();
        let after = ask(&hall, account, "GET", "/api/review/items", None).await;
        assert_eq!((after.status, after.code().as_str()), (StatusCode::UNAUTHORIZED, "sign_in"), "{account} {what}");
        assert!(begun.elapsed().as_secs() < 5);
    }
    // Somebody else's session goes on.
    assert_eq!(ask(&hall, "leader0b", "GET", "/api/review/items", None).await.status, StatusCode::OK);
}

/// RFC 6238 as an authenticator app has it, written once more.
fn totp(secret: &str, step: i64) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|letter| format!("{:05b}", letters.find(letter).unwrap())).collect();
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|eight| u8::from_str_radix(std::str::from_utf8(eight).unwrap(), 2).unwrap())
        .collect();
    let mac = Hmac::<Sha1>::new_from_slice(&key).unwrap().chain_update(step.to_be_bytes()).finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let four = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", four % 1_000_000)
}

/// The time step of now; the test begins early enough in one to end in it.
async fn step() -> i64 {
    loop {
        let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        if seconds % 30 < 18 {
            return i64::try_from(seconds / 30).unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_confirmed_asked_for_and_never_taken_twice() {
    let hall = Hall::open().await;
    stage(&hall, 1).await;
    let given = ask(&hall, "systemadmin0", "POST", "/api/users/leader0/password", None).await.json();
    let password = given["password"].as_str().unwrap().to_owned();
    let sign_in = async |code: Option<&str>| {
        let body = json!({"account": "leader0", "password": password, "code": code});
        ask(&hall, "", "POST", "/api/session", Some(body)).await
    };
    assert_eq!(sign_in(None).await.status, StatusCode::OK, "no second factor yet");
    let request =
        Request::post("/api/session").header("x-yibao-console", "1").header(header::CONTENT_TYPE, "application/json");
    let body = json!({"account": "leader0", "password": password}).to_string();
    let response = hall.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let own = async |method: &str, body: Value| {
        let request = Request::builder()
            .method(method)
            .uri("/api/session/second-factor")
            .header("x-yibao-console", "1")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/json");
        send(&hall, request.body(Body::from(body.to_string())).unwrap()).await
    };
    let secret = own("POST", json!({})).await.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 32, "160 bits");
    let now = step().await;
    let wrong = totp(&secret, now + 500);
    assert_eq!(own("PUT", json!({"code": wrong})).await.code(), "wrong_code");
    assert_eq!(sign_in(None).await.status, StatusCode::OK, "what is not confirmed is not asked for");
    let confirmed = own("PUT", json!({"code": totp(&secret, now)})).await;
    assert_eq!((confirmed.status, &confirmed.json()["has_second_factor"]), (StatusCode::OK, &json!(true)));
    assert_eq!(sign_in(None).await.code(), "code_required");
    assert_eq!(sign_in(Some(&totp(&secret, now))).await.code(), "wrong_code", "it confirmed the factor and is used up");
    assert_eq!(
        sign_in(Some(&totp(&secret, now + 1))).await.status,
        StatusCode::OK,
        "a clock may be half a minute ahead"
    );
    assert_eq!(sign_in(Some(&totp(&secret, now + 1))).await.code(), "wrong_code", "never twice");
    for _ in 0..4 {
        assert_eq!(sign_in(Some(&wrong)).await.code(), "wrong_code");
    }
    assert_eq!(sign_in(Some(&wrong)).await.status, StatusCode::LOCKED, "wrong codes lock as wrong passwords do");
    let reset = ask(&hall, "systemadmin0", "POST", "/api/users/leader0/password", None).await.json();
    let fresh = json!({"account": "leader0", "password": reset["password"]});
    let after = ask(&hall, "", "POST", "/api/session", Some(fresh)).await;
    assert_eq!(
        (after.status, &after.json()["has_second_factor"]),
        (StatusCode::OK, &json!(false)),
        "lost with the device"
    );
}
