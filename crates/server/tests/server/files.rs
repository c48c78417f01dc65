//! Catalogue files, sign-in, reconciliation.

use crate::support::{ENTRY, Hall};
use serde_json::{Value, json};

#[tokio::test]
async fn a_catalogue_is_named_and_fetched() {
    let hall = Hall::open().await;
    let area = hall.area(1);
    let institution = hall.institution(&area, "hospital");
    let output = hall.say(&institution, "", "1307", json!({ "data": { "ver": "v0000" } })).await;
    let number = output["file_qury_no"].as_str().unwrap().to_owned();
    assert!(output["data_cnt"].to_string().trim_matches('"').parse::<u32>().unwrap() > 30_000, "{output}");
    let ask =
        json!({ "fsDownloadIn": { "file_qury_no": number, "filename": output["filename"], "fixmedins_code": "plc" } });
    let message = hall.envelope(&institution, "", "9102", ask);
    let (_, bytes) = hall.post_bytes(ENTRY, &[], message.to_string().into_bytes()).await;
    assert!(bytes.starts_with(b"PK"), "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    let wrong = json!({ "fsDownloadIn": { "file_qury_no": "D0", "filename": "x", "fixmedins_code": "plc" } });
    let text = hall.refused(&institution, "", "9102", wrong).await;
    assert!(text.contains("file_qury_no"), "{text}");
    let page = json!({ "data": { "page_num": 1, "page_size": 5, "updt_time": "2026-01-01" } });
    let output = hall.say(&institution, "", "1312", page).await;
    assert_eq!(output["data"].as_array().unwrap().len(), 5, "{output}");
}

#[tokio::test]
async fn an_operator_on_two_terminals_has_one_number() {
    let hall = Hall::open().await;
    let institution = hall.institution(&hall.area(0), "hospital");
    let sign_in = json!({ "signIn": { "opter_no": "0001", "mac": "00", "ip": "10.0.0.1" } });
    let number = |output: &Value| output["signinoutb"]["sign_no"].as_str().unwrap().to_owned();
    let first = number(&hall.say(&institution, "", "9001", sign_in.clone()).await);
    let second = number(&hall.say(&institution, "", "9001", sign_in.clone()).await);
    assert_eq!(first, second);
    let out = json!({ "signOut": { "sign_no": first, "opter_no": "0001" } });
    hall.say(&institution, "", "9002", out.clone()).await;
    assert!(hall.refused(&institution, "", "9002", out).await.contains("签到流水号"));
    assert_ne!(number(&hall.say(&institution, "", "9001", sign_in).await), first);
}
