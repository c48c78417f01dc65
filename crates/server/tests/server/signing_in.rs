//! Signing in: passwords, locks, sessions that end with a changed role.

use crate::cast::{ask, send, stage};
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use rights::{Action, Role};
use serde_json::{Value, json};
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
