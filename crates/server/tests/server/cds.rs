//! CDS Hooks over HTTP: who may ask, what comes back, what was done with a card.

use crate::keys;
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use server::CdsClient;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt;

const ISSUER: &str = "https://his.example.org";
const OTHER: &str = "https://other.example.org";
const BASE: &str = "https://yibao.example";
/// 艾附暖宫丸: for women.
const FOR_WOMEN: &str = "ZD03AAA0043010100166";

static SERIAL: AtomicU32 = AtomicU32::new(1);

/// A server that two hospitals' medical records may ask.
pub async fn hall() -> Hall {
    Hall::configured(|config| {
        config.public_url = Some(format!("{BASE}/"));
        config.management_token = Some("geheim".to_owned());
        // Not about speed: on a busy machine the usual budget runs out.
        config.advice_milliseconds = 60_000;
        config.cds_origins = vec![ISSUER.to_owned()];
        config.embed_origins = vec![ISSUER.to_owned()];
        config.cds_clients = [(ISSUER, "H36010000001"), (OTHER, "H36010000002")]
            .map(|(issuer, institution)| CdsClient {
                issuer: issuer.to_owned(),
                institution: institution.to_owned(),
                jwks: keys::JWKS.to_owned(),
            })
            .to_vec();
    })
    .await
}

fn claims(service: &str) -> Value {
    let now = server::now().stamp.0 - 8 * 3600;
    let nonce = SERIAL.fetch_add(1, Ordering::Relaxed);
    json!({ "iss": ISSUER, "aud": format!("{BASE}/cds-services/{service}"), "iat": now, "exp": now + 300, "jti": format!("n{nonce}") })
}

fn signed(algorithm: Algorithm, kid: &str, key: &EncodingKey, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

pub fn token(service: &str) -> String {
    signed(Algorithm::ES384, "ec-1", &keys::ec(), &claims(service))
}

pub async fn post(hall: &Hall, path: &str, token: Option<&str>, body: &Value) -> Response<Body> {
    let mut request =
        Request::post(path).header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ISSUER);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    hall.router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap()
}

pub async fn text(response: Response<Body>) -> String {
    String::from_utf8(axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap().to_vec()).unwrap()
}

/// A doctor signs an order that is not for men.
pub fn order_sign() -> Value {
    // Another moment of another patient: the same is not said twice in a visit.
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let instance = format!("d1577c69-dfbe-44ad-ba6d-{serial:012x}");
    let (patient, encounter) = (format!("patient-{serial}"), format!("encounter-{serial}"));
    json!({
        "hook": "order-sign", "hookInstance": instance,
        "context": { "userId": "Practitioner/d1", "patientId": patient, "encounterId": encounter,
            "draftOrders": { "resourceType": "Bundle", "entry": [{ "resource": {
                "resourceType": "MedicationRequest", "id": "med-1", "status": "draft", "intent": "order",
                "authoredOn": "2026-11-27T09:20:00+08:00",
                "medicationCodeableConcept": { "coding": [{ "code": FOR_WOMEN }] },
                "extension": [{ "url": "urn:yibao:unit-price", "valueDecimal": 12.5 }],
            } }] } },
        "prefetch": {
            "patient": { "resourceType": "Patient", "id": patient, "gender": "male", "birthDate": "1980-01-01",
                "name": [{ "text": "示例患者" }] },
            "encounter": { "resourceType": "Encounter", "id": encounter, "class": { "code": "AMB" },
                "period": { "start": "2026-11-27T09:00:00+08:00" } },
        },
    })
}

fn valid(answer: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../../../hooks/schema/response.json")).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{answer:#}");
}

/// The card of the order that is not for men.
pub async fn card(hall: &Hall) -> Value {
    let response = post(hall, "/cds-services/yibao-order-sign", Some(&token("yibao-order-sign")), &order_sign()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-yibao-library"], hall.desk.edition().version());
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], ISSUER);
    let answer: Value = serde_json::from_str(&text(response).await).unwrap();
    valid(&answer);
    let cards = answer["cards"].as_array().unwrap();
    cards.iter().find(|card| card["source"]["topic"]["code"] == "drug-sex-specific").unwrap().clone()
}

#[tokio::test]
async fn a_medical_record_asks_and_tells_what_was_done() {
    let hall = hall().await;
    let card = card(&hall).await;
    assert_eq!(card["suggestions"][0]["actions"][0]["resourceId"], "MedicationRequest/med-1");
    let said = json!({ "feedback": [{ "card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-27T01:31:00Z",
        "overrideReason": { "reason": { "system": "urn:yibao:override-reason", "code": "self-funded" } } }] });
    let path = "/cds-services/yibao-order-sign/feedback";
    // Another hospital's client knows nothing of this card.
    let mut theirs = claims("yibao-order-sign");
    theirs["iss"] = json!(OTHER);
    let theirs = signed(Algorithm::RS384, "rsa-1", &keys::rsa(), &theirs);
    assert_eq!(post(&hall, path, Some(&theirs), &said).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(post(&hall, path, Some(&token("yibao-order-sign")), &said).await.status(), StatusCode::OK);
    let reminder = format!("JR{}", card["uuid"].as_str().unwrap().replace('-', ""));
    let shown = hall.desk.shown(&reminder).await.unwrap().unwrap();
    let answered = shown.answered.unwrap();
    assert_eq!((answered.way, answered.reason.as_str()), (bedside::Way::Continued, "患者知情同意自费"));
    assert_eq!(shown.institution, "H36010000001");
}

#[tokio::test]
async fn only_a_fresh_token_of_a_registered_key_is_admitted() {
    let hall = hall().await;
    let (service, body) = ("yibao-order-sign", order_sign());
    let changed = |field: &str, value: Value| {
        let mut claims = claims(service);
        claims[field] = value;
        signed(Algorithm::ES384, "ec-1", &keys::ec(), &claims)
    };
    let now = server::now().stamp.0 - 8 * 3600;
    let mut forged = token(service);
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'Q' } else { 'A' });
    let secret = EncodingKey::from_secret(keys::JWKS.as_bytes());
    let refused = [
        ("none", None),
        ("no token at all", Some("x".to_owned())),
        ("forged", Some(forged)),
        ("symmetric", Some(signed(Algorithm::HS256, "ec-1", &secret, &claims(service)))),
        ("unknown key", Some(signed(Algorithm::ES384, "ec-2", &keys::ec(), &claims(service)))),
        ("another key's name", Some(signed(Algorithm::ES384, "rsa-1", &keys::ec(), &claims(service)))),
        ("unknown issuer", Some(changed("iss", json!("https://evil.example.org")))),
        ("another service", Some(changed("aud", json!(format!("{BASE}/cds-services/yibao-order-select"))))),
        ("another server", Some(changed("aud", json!("https://evil.example.org/cds-services/yibao-order-sign")))),
        ("expired", Some(changed("exp", json!(now - 60)))),
        ("a time that is none", Some(changed("exp", json!("never")))),
        ("lives too long", Some(changed("exp", json!(now + 3600)))),
        ("issued tomorrow", Some(changed("iat", json!(now + 86_400)))),
        ("no jti", Some(changed("jti", json!("")))),
    ];
    for (what, token) in refused {
        let response = post(&hall, "/cds-services/yibao-order-sign", token.as_deref(), &body).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
    }
    let once = signed(Algorithm::RS384, "rsa-1", &keys::rsa(), &claims(service));
    assert_eq!(post(&hall, "/cds-services/yibao-order-sign", Some(&once), &body).await.status(), StatusCode::OK);
    let again = post(&hall, "/cds-services/yibao-order-sign", Some(&once), &body).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    assert!(text(again).await.contains("令牌已使用过"));
    // Nobody is configured: shut.
    let shut = Hall::open().await;
    let response = post(&shut, "/cds-services/yibao-order-sign", Some(&token(service)), &body).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn discovery_is_open_and_what_a_call_lacks_is_told() {
    let hall = hall().await;
    let get =
        |path: &str| Request::get(path).header(header::ORIGIN, "https://evil.example.org").body(Body::empty()).unwrap();
    let response = hall.router.clone().oneshot(get("/cds-services")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    let services: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(services["services"].as_array().unwrap().len(), 4);
    let preflight =
        Request::builder().method(Method::OPTIONS).uri("/cds-services/yibao-order-sign").header(header::ORIGIN, ISSUER);
    let response = hall.router.clone().oneshot(preflight.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization, content-type");
    let mut body = order_sign();
    body["prefetch"] = json!({});
    let path = "/cds-services/yibao-order-sign";
    let response = post(&hall, path, Some(&token("yibao-order-sign")), &body).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert!(text(response).await.contains("prefetch.patient"));
    let response = post(&hall, path, Some(&token("yibao-order-sign")), &json!({})).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let response = post(&hall, "/cds-services/nothing", Some(&token("nothing")), &order_sign()).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
