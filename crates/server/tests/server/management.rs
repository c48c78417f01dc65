//! The management API: shut without a token, problems as problem+json, the document as committed.

use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use std::path::Path;
use tower::ServiceExt;

pub async fn get(hall: &Hall, path: &str, token: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = hall.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&bytes))))
}

/// Sends JSON with a method.
pub async fn send(hall: &Hall, method: &str, path: &str, token: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let response = hall.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&bytes))))
}

#[tokio::test]
async fn it_is_shut_until_a_token_is_configured() {
    let hall = Hall::open().await;
    assert_eq!(get(&hall, "/api/v1/institutions", Some("x")).await.0, StatusCode::FORBIDDEN);
    let hall = Hall::configured(|config| config.management_token = Some("geheim".to_owned())).await;
    assert_eq!(get(&hall, "/api/v1/institutions", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&hall, "/api/v1/institutions", Some("geheix")).await.0, StatusCode::UNAUTHORIZED);
    let (status, list) = get(&hall, "/api/v1/institutions", Some("geheim")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(list.as_array().unwrap().len() >= 6);
    let (status, problem) = get(&hall, "/api/v1/settlements?from=gestern", Some("geheim")).await;
    assert_eq!((status, problem["status"].as_u64()), (StatusCode::BAD_REQUEST, Some(400)));
    let account = format!("personal/{}", hall.person(&hall.area(0), "active")["psn_no"].as_str().unwrap());
    let (status, balance) = get(&hall, &format!("/api/v1/ledger/balance?account={account}"), Some("geheim")).await;
    assert_eq!(status, StatusCode::OK, "{balance}");
    assert!(balance["balance"].as_str().unwrap().starts_with('-'), "a person's money is a credit: {balance}");
    assert_eq!(get(&hall, "/api/v1/ledger/balance?account=pool", Some("geheim")).await.0, StatusCode::BAD_REQUEST);
}

/// `UPDATE_EXPECT=1 cargo test -p server` writes it anew.
#[test]
fn the_openapi_document_is_the_committed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = server::api::openapi() + "\n";
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), document);
}
