//! Header signatures (protocol.md §1.1), where an area asks for them; health and metrics.

use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use server::Config;
use tower::ServiceExt;

#[tokio::test]
async fn header_signatures_are_verified_where_a_profile_asks() {
    let hall = Hall::configured(|config: &mut Config| {
        config.keys = vec![server::Key { id: "demo".to_owned(), secret: "demo-secret".to_owned() }];
    })
    .await;
    let area = hall.area(1);
    let institution = hall.institution(&area, "hospital");
    // The area changes to a province's way of speaking, and the server sees it when it reads the registers again.
    let changed = agency::Area { profile: "hebei".to_owned(), ..hall.desk.world().areas[&area].clone() };
    let document = agency::Document {
        owner: server::REGISTRY.to_owned(),
        kind: "area".to_owned(),
        key: area.clone(),
        state: String::new(),
        on: model::Day(0),
        at: server::now().stamp,
        deleted: false,
        content: serde_json::to_string(&changed).unwrap(),
    };
    hall.desk.store.write(agency::Changes { documents: vec![document], ..Default::default() }).await.unwrap();
    hall.desk.refresh().await.unwrap();
    let message = hall.envelope(
        &institution,
        &area,
        "1201",
        json!({ "medinsinfo": { "fixmedins_type": "1", "fixmedins_code": institution["code"] } }),
    );
    let bytes = message.to_string().into_bytes();
    let path = crate::support::ENTRY;
    let (_, answer) = hall.post_bytes(path, &[], bytes.clone()).await;
    assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap()["code"], 401);
    let now = (server::now().stamp.0 - 8 * 3600).to_string();
    let signature = gateway::tif_signature("demo-secret", &now, "nonce");
    let headers = [
        ("x-tif-paasid", "demo"),
        ("x-tif-timestamp", now.as_str()),
        ("x-tif-nonce", "nonce"),
        ("x-tif-signature", signature.as_str()),
    ];
    let (_, answer) = hall.post_bytes(path, &headers, bytes.clone()).await;
    assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap()["infcode"], 0);
    let wrong = headers.map(|(name, value)| if name == "x-tif-signature" { (name, "0") } else { (name, value) });
    let (_, answer) = hall.post_bytes(path, &wrong, bytes).await;
    assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap()["code"], 401);
}

#[tokio::test]
async fn i12_health_and_metrics_say_nothing_of_persons() {
    let hall = Hall::open().await;
    let area = hall.area(0);
    let person = hall.person(&area, "active");
    let institution = hall.institution(&area, "hospital");
    let ask = json!({ "data": crate::outpatient::certificate(&person) });
    hall.say(&institution, "", "1101", ask).await;
    for (path, word) in [("/health/live", "ok"), ("/health/ready", "ready"), ("/metrics", "yibao_messages_total")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = hall.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let text =
            String::from_utf8(axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
        assert!(text.contains(word), "{path}: {text}");
        for personal in ["psn_no", "certno", "psn_name"] {
            assert!(!text.contains(person[personal].as_str().unwrap()), "{path}");
        }
    }
}
