//! Whatever is sent: a 200 with infcode −1 that names the field and the remedy, and nothing half done.

use crate::outpatient::{Visit, certificate, with};
use crate::support::{ENTRY, Hall};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn bytes_that_are_no_message_are_answered() {
    let hall = Hall::configured(|config| config.body_max_mib = 1).await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, word) in [
        (b"".to_vec(), "JSON"),
        (b"{\"infno\":\"2207\"".to_vec(), "JSON"),
        (b"[1,2,3]".to_vec(), "JSON"),
        (b"\xff\xfe{}".to_vec(), "UTF-8"),
        (deep.into_bytes(), "JSON"),
        (vec![b' '; 2 << 20], "MiB"),
        (b"{}".to_vec(), "infno"),
    ] {
        let (status, bytes) = hall.post_bytes(ENTRY, &[], body).await;
        assert_eq!(status, StatusCode::OK);
        let reply: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(reply["infcode"], -1);
        assert!(reply["err_msg"].as_str().unwrap().contains(word), "{word}: {reply}");
    }
    let (status, _) = hall.post_bytes("/nowhere", &[], b"{}".to_vec()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_that_cannot_be_is_refused_with_its_field() {
    let hall = Hall::open().await;
    let area = hall.area(1);
    let institution = hall.institution(&area, "hospital");
    let person = hall.person(&area, "active");
    let data = with(
        &certificate(&person),
        json!({
            "begntime": server::now().stamp.to_string(), "ipt_otp_no": "1", "dept_code": "01", "dept_name": "内科", "caty": "A03",
        }),
    );
    let good = hall.envelope(&institution, &area, "2201", json!({ "data": data }));
    let cases: [(&str, Value, &str); 9] = [
        ("/fixmedins_code", json!("H00000000000"), "fixmedins_code"),
        ("/mdtrtarea_admvs", json!("360100"), "mdtrtarea_admvs"),
        ("/infno", json!("9999"), "9999"),
        ("/inf_time", json!("2020-01-01 00:00:00"), "inf_time"),
        ("/input/data/psn_no", json!("nobody"), "查无此人"),
        ("/input/data/insutype", json!("555"), "insutype"),
        ("/input/data/begntime", json!("2026-13-01 00:00:00"), "begntime"),
        ("/input/data/begntime", json!("2000-01-01 00:00:00"), "协议"),
        ("/insuplc_admdvs", json!("110000"), "参保地"),
    ];
    for (at, value, word) in cases {
        let mut message = good.clone();
        *message.pointer_mut(at).unwrap() = value;
        let reply = hall.post(&message).await;
        assert_eq!(reply["infcode"], -1, "{at}: {reply}");
        assert!(reply["err_msg"].as_str().unwrap().contains(word), "{at}: {reply}");
    }
    // What a tolerant server takes: input as text, numbers as text, unknown keys, lists for objects.
    let mut message = good.clone();
    message["input"] = json!({ "data": [good["input"]["data"]], "unknown": 1 }).to_string().into();
    message["enc_type"] = json!("");
    let reply = hall.post(&message).await;
    assert_eq!(reply["infcode"], 0, "{reply}");
}

#[tokio::test]
async fn the_suspended_and_the_paused_are_refused() {
    let hall = Hall::open().await;
    let negative = hall.world["negative"].clone();
    let paused = negative["paused_institutions"][0].clone();
    let home = paused["area"].as_str().unwrap().to_owned();
    let data = with(
        &certificate(&hall.person(&home, "active")),
        json!({
            "begntime": server::now().stamp.to_string(), "ipt_otp_no": "1", "dept_code": "01", "dept_name": "内科", "caty": "A03",
        }),
    );
    let text = hall.refused(&paused, &home, "2201", json!({ "data": data })).await;
    assert!(text.contains("中止") && text.contains(paused["code"].as_str().unwrap()), "{text}");
    let suspended = negative["suspended_staff"][0].clone();
    let all = hall.world["institutions"].as_array().unwrap();
    let institution = all.iter().find(|known| known["code"] == suspended["institution"]).unwrap().clone();
    let area = institution["area"].as_str().unwrap().to_owned();
    let visit = Visit::register(&hall, institution.clone(), hall.person(&area, "active")).await;
    let mut line = visit.line("1", "B1", &hall.item(&area, "western"), "1");
    line["bilg_dr_codg"] = suspended["code"].clone();
    let text = hall.refused(&institution, &area, "2204", json!({ "feedetail": [line] })).await;
    assert!(text.contains("暂停医保支付资格"), "{text}");
    let mut line = visit.line("1", "B1", &hall.item(&area, "western"), "1");
    line["fee_ocur_time"] = json!("2099-01-01 00:00:00");
    let text = hall.refused(&institution, &area, "2204", json!({ "feedetail": [line] })).await;
    assert!(text.contains("晚于当前时间"), "{text}");
    let text = hall.refused(&institution, &area, "2207", visit.settle_input("B1", "1.00")).await;
    assert!(text.contains("没有可结算"), "{text}");
}
