//! Publishing to a running server: nothing wrong comes into force, what does is seen by every process, and goes back.

use crate::management::{get, send};
use crate::support::{Hall, LIBRARY};
use axum::http::StatusCode;
use serde_json::{Value, json};
use server::{Desk, open_store};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const TOKEN: &str = "geheim";
const RULE: &str = "rules/behaviour/dx-age-conflict.md";
const TEXT: &str = include_str!("../../../../rules/behaviour/dx-age-conflict.md");

pub async fn hall() -> Hall {
    Hall::configured(|config| config.management_token = Some(TOKEN.to_owned())).await
}

pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The packed library with another text for one rule.
pub fn offer(text: &str) -> Value {
    let mut files = LIBRARY.files.manifest();
    files.insert(RULE.to_owned(), hash(text));
    json!({ "files": files, "texts": [text], "by": "测试员", "note": "试" })
}

async fn publish(hall: &Hall, text: &str) -> (StatusCode, Value) {
    send(hall, "POST", "/api/v1/library/publications", TOKEN, &offer(text)).await
}

/// The rule as another version: the same logic, other text.
pub fn version(number: u32) -> String {
    TEXT.replace("\nversion = 1\n", &format!("\nversion = {number}\n"))
}

#[tokio::test]
async fn a_publication_comes_into_force_and_goes_back() {
    let hall = hall().await;
    let packed = hall.desk.edition();
    let (status, published) = publish(&hall, &version(2)).await;
    assert_eq!(status, StatusCode::OK, "{published}");
    assert_eq!((published["publication"].as_u64(), published["cases"].as_u64() > Some(2)), (Some(1), true));
    let edition = hall.desk.edition();
    assert_eq!(published["version"], edition.version());
    assert_ne!(edition.version(), packed.version());
    let of = |edition: &server::library::Edition| {
        edition.library("").rules().iter().find(|rule| rule.id == "dx-age-conflict").unwrap().version
    };
    assert_eq!((of(&packed), of(&edition)), (1, 2));
    let (_, second) = publish(&hall, &version(3)).await;
    assert_eq!(second["publication"], 2);
    let (status, back) = send(&hall, "POST", "/api/v1/library/roll-back", TOKEN, &json!({})).await;
    assert_eq!((status, &back["version"]), (StatusCode::OK, &published["version"]), "{back}");
    let (_, back) = send(&hall, "POST", "/api/v1/library/roll-back", TOKEN, &json!({ "to": 0 })).await;
    assert_eq!(back["version"], packed.version());
    assert_eq!(
        send(&hall, "POST", "/api/v1/library/roll-back", TOKEN, &json!({ "to": 9 })).await.0,
        StatusCode::NOT_FOUND
    );
    let (_, list) = get(&hall, "/api/v1/library/publications", Some(TOKEN)).await;
    let numbers: Vec<u64> = list.as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
}

#[tokio::test]
async fn nothing_wrong_comes_into_force_and_every_mistake_is_named() {
    let hall = hall().await;
    let before = hall.desk.edition().version().to_owned();
    let wrong = TEXT
        .replace("detector = \"sex_or_age_of_code\"", "detector = \"sex_or_age_of_codes\"")
        .replace("severity = \"clear\"", "severity = \"certain\"");
    let (status, problem) = publish(&hall, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("sex_or_age_of_code") && detail.contains("severity"), "{detail}");
    assert!(detail.lines().count() >= 2, "{detail}");
    // It compiles, but what its cases say is no longer true.
    let (status, problem) =
        publish(&hall, &TEXT.replace("diagnoses = [\"A09.903\"]", "diagnoses = [\"I10.x00\"]")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["detail"].as_str().unwrap().contains("用例“40 岁成人诊断婴儿腹泻”不成立"), "{problem}");
    let mut unknown = offer(TEXT);
    unknown["files"]["knowledge/local/new.csv"] = json!("00");
    let (status, problem) = send(&hall, "POST", "/api/v1/library/publications", TOKEN, &unknown).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["detail"].as_str().unwrap().contains("knowledge/local/new.csv"), "{problem}");
    let mut stale = offer(&version(2));
    stale["serial"] = json!(7);
    assert_eq!(send(&hall, "POST", "/api/v1/library/publications", TOKEN, &stale).await.0, StatusCode::CONFLICT);
    assert_eq!(hall.desk.edition().version(), before);
}

#[tokio::test]
async fn another_process_and_a_restart_see_what_was_published_and_set() {
    let hall = hall().await;
    let other = Desk::open(
        open_store(&hall.desk.config).await.unwrap(),
        hall.desk.config.clone(),
        Arc::clone(&hall.desk.world().law),
        LIBRARY.clone(),
    );
    let other = other.await.unwrap();
    publish(&hall, &version(2)).await;
    let wish = json!({ "area": "990100", "mode": "shadow", "reason": "试运行" });
    let (status, set) = send(&hall, "PUT", "/api/v1/rules/dx-age-conflict/switch", TOKEN, &wish).await;
    assert_eq!(status, StatusCode::OK, "{set}");
    let wish = json!({ "area": "990100", "values": { "days_min": 3 } });
    let (status, problem) = send(&hall, "PUT", "/api/v1/rules/dx-age-conflict/parameters", TOKEN, &wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("days_min"), "{problem}");
    let wish = json!({ "area": "990100", "values": { "of": "procedure" } });
    let (status, set) = send(&hall, "PUT", "/api/v1/rules/dx-age-conflict/parameters", TOKEN, &wish).await;
    assert_eq!(status, StatusCode::OK, "{set}");
    let here = hall.desk.edition();
    let of = |area: &str| {
        let library = here.library(area);
        library.rules().iter().find(|rule| rule.id == "dx-age-conflict").unwrap().params.word("of").to_owned()
    };
    assert_eq!((of("990100"), of("990200")), ("procedure".to_owned(), "diagnosis".to_owned()));
    assert_eq!(here.mode("dx-age-conflict", "990100", "H1"), audit::Mode::Shadow);
    assert_eq!(here.mode("dx-age-conflict", "990200", "H1"), audit::Mode::On);
    // What the server does every three seconds.
    other.refresh().await.unwrap();
    assert_eq!(other.edition().version(), here.version());
    assert_eq!(other.edition().library("990100").check_count(), here.library("990100").check_count());
    let (_, rules) = get(&hall, "/api/v1/rules", Some(TOKEN)).await;
    let row = rules.as_array().unwrap().iter().find(|row| row["id"] == "dx-age-conflict").unwrap().clone();
    assert_eq!(
        (&row["version"], &row["switches"][0]["mode"], &row["of_areas"]["990100"]["of"]),
        (&json!(2), &json!("shadow"), &json!("procedure"))
    );
    assert_eq!(
        send(&hall, "PUT", "/api/v1/rules/dx-age-conflikt/switch", TOKEN, &json!({ "mode": "off" })).await.0,
        StatusCode::NOT_FOUND
    );
}
