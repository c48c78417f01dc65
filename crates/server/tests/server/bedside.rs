//! 3101, 3102, 3103 over the router: what public clients send is accepted, what is found is told once, answers are kept, and
//! nothing waits for an audit.

use crate::management::get;
use crate::outpatient::{Visit, with};
use crate::support::Hall;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// 艾附暖宫丸: for women.
const FOR_WOMEN: &str = "ZD03AAA0043010100166";

/// An order line as OpenHIS-Server and hsa-his send it: every number a text, optional ones empty.
pub fn order(id: &str, count: &str, amount: &str) -> Value {
    json!({
        "rx_id": id, "rxno": "RX1", "grpno": "1", "long_drord_flag": "0", "hilist_type": "101", "chrg_type": "11",
        "drord_bhvr": "0", "hilist_code": FOR_WOMEN, "hilist_name": "艾附暖宫丸", "hilist_dosform": "", "hilist_lv": "01",
        "hilist_pric": "12.50", "lv1_hosp_item_pric": "", "lv2_hosp_item_pric": "", "lv3_hosp_item_pric": "",
        "hilist_memo": "", "hosplist_code": "H001", "hosplist_name": "艾附暖宫丸", "hosplist_dosform": "", "cnt": count,
        "pric": "12.50", "sumamt": amount, "ownpay_amt": "0", "selfpay_amt": "0", "spec": "9g×10", "spec_unt": "盒",
        "drord_begn_date": server::now().stamp.to_string(), "drord_stop_date": "", "drord_dept_codg": "A03",
        "drord_dept_name": "内科", "drord_dr_codg": "D1", "drord_dr_name": "测试医师", "drord_dr_profttl": "1",
        "curr_drord_flag": "1",
    })
}

/// What a client sends for a man who is prescribed what is for women.
pub fn inquiry(institution: &Value, person: &str, visit: &str, orders: Value) -> Value {
    let now = server::now().stamp.to_string();
    json!({ "data": {
        "trig_scen": "2", "rule_ids": [], "syscode": "HIS", "task_id": "T1",
        "patient_dtos": [{
            "patn_id": person, "patn_name": "测试甲", "gend": "1", "brdy": "1980-01-01", "poolarea": institution["area"],
            "curr_mdtrt_id": visit, "fsi_his_data_dto": "",
            "fsi_encounter_dtos": [{
                "mdtrt_id": visit, "medins_id": institution["code"], "medins_name": institution["name"],
                "medins_admdvs": institution["area"], "medins_type": "A100", "medins_lv": "05", "wardarea_codg": "",
                "wardno": "", "bedno": "", "adm_date": now, "dscg_date": now, "dscg_main_dise_codg": "J06.900",
                "dscg_main_dise_name": "急性上呼吸道感染", "dr_codg": "D1", "adm_dept_codg": "A03", "adm_dept_name": "内科",
                "dscg_dept_codg": "A03", "dscg_dept_name": "内科", "med_mdtrt_type": "1", "med_type": "11",
                "matn_stas": "0", "medfee_sumamt": "25.00", "ownpay_amt": "0", "selfpay_amt": "0", "acct_payamt": "",
                "ma_amt": "", "hifp_payamt": "", "setl_totlnum": "1", "insutype": "310", "reim_flag": "2",
                "out_setl_flag": "2",
                "fsi_diagnose_dtos": [{
                    "dise_id": "1", "inout_dise_type": "1", "maindise_flag": "1", "dias_srt_no": "1",
                    "dise_codg": "J06.900", "dise_name": "急性上呼吸道感染", "dise_date": now,
                }],
                "fsi_order_dtos": orders, "fsi_operation_dtos": null,
            }],
        }],
    } })
}

/// The reminders of 艾附暖宫丸.
fn of_rule(output: &Value) -> Vec<Value> {
    let rows = output["result"].as_array().unwrap();
    rows.iter().filter(|row| row["rule_id"] == "drug-sex-specific").cloned().collect()
}

fn hospital(hall: &Hall) -> Value {
    hall.institution(&hall.area(0), "hospital")
}

#[tokio::test]
async fn a_reminder_is_told_as_clients_read_it_and_answered() {
    let hall = Hall::configured(|config| config.management_token = Some("geheim".to_owned())).await;
    let institution = hospital(&hall);
    let area = hall.area(0);
    let asked = inquiry(&institution, "P1", "V1", json!([order("L1", "2", "25.00")]));
    let output = hall.say(&institution, &area, "3101", asked.clone()).await;
    let [row]: [Value; 1] = of_rule(&output).try_into().unwrap();
    assert_eq!(
        (&row["sev_deg"], &row["vola_amt_stas"], &row["vola_bhvr_type"]),
        (&json!("1"), &json!("1"), &json!("2"))
    );
    assert_eq!((&row["vola_amt"], &row["task_id"], &row["patn_id"]), (&json!(25.0), &json!("T1"), &json!("P1")));
    let detail = &row["judge_result_detail_dtos"][0];
    assert_eq!(
        (&detail["rx_id"], &detail["vola_item_type"], &detail["mdtrt_id"]),
        (&json!("L1"), &json!("1"), &json!("V1"))
    );
    assert!(row["vola_cont"].as_str().unwrap().contains("基金不予支付"), "{row}");
    assert_eq!(output["rule_lib_ver"], hall.desk.edition().version());
    let id = row["jr_id"].as_str().unwrap();

    let warn = |id: &str, way: &str, reason: &str| {
        json!({ "data": { "warn_type": "1",
            "warns": [{ "warn_rslt_id": id, "dspo_way": way, "dspo_way_rea": reason }] } })
    };
    let unknown = hall.refused(&institution, &area, "3103", warn("JR0", "2", "")).await;
    assert!(unknown.contains("warn_rslt_id") && unknown.contains("JR0"), "{unknown}");
    let bare = hall.refused(&institution, &area, "3103", warn(id, "1", "")).await;
    assert!(bare.contains("第 1 行") && bare.contains("dspo_way_rea") && bare.contains("不能为空"), "{bare}");
    let long = hall.refused(&institution, &area, "3103", warn(id, "1", &"长".repeat(501))).await;
    assert!(long.contains("500"), "{long}");
    let other = hall.institution(&hall.area(0), "pharmacy");
    assert!(hall.refused(&other, &area, "3103", warn(id, "2", "")).await.contains("没有向本机构"));
    hall.say(&institution, &area, "3103", warn(id, "1", "病情需要")).await;
    hall.say(&institution, &area, "3103", warn(id, "2", "")).await;
    let kept = hall.desk.shown(id).await.unwrap().unwrap();
    assert_eq!(kept.answered.as_ref().unwrap().way, bedside::Way::Returned, "the last one wins");
    assert_eq!((kept.person.as_str(), kept.line.as_str(), kept.doctor.as_str()), ("P1", "L1", "D1"));

    let path = "/api/v1/reminders/rates?by=rule";
    assert_eq!(get(&hall, path, None).await.0, StatusCode::UNAUTHORIZED);
    let (status, rates) = get(&hall, path, Some("geheim")).await;
    assert_eq!(status, StatusCode::OK, "{rates}");
    let rows = rates["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["key"] == "drug-sex-specific").unwrap();
    assert_eq!((&row["shown"], &row["returned"], &row["followed_share"]), (&json!(1), &json!(1), &json!(10_000)));
    assert_eq!(get(&hall, "/api/v1/reminders/rates?by=x", Some("geheim")).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_was_told_is_not_told_again_unless_facts_change_or_a_change_was_promised() {
    let hall = Hall::open().await;
    let (institution, area) = (hospital(&hall), hall.area(0));
    let ask = async |infno: &str, amount: &str| {
        let asked = inquiry(&institution, "P1", "V1", json!([order("L1", "2", amount)]));
        of_rule(&hall.say(&institution, &area, infno, asked).await)
    };
    let message = hall.envelope(
        &institution,
        &area,
        "3101",
        inquiry(&institution, "P1", "V1", json!([order("L1", "2", "25.00")])),
    );
    let first = of_rule(&hall.post(&message).await["output"]);
    assert_eq!(of_rule(&hall.post(&message).await["output"]), first, "the same message gets the same answer");
    assert_eq!(ask("3101", "25.00").await, Vec::<Value>::new());
    assert_eq!(ask("3101", "26.00").await.len(), 1, "another amount is another fact");
    assert_eq!(ask("3102", "25.00").await.len(), 1, "the cashier was not told yet");
    let id = first[0]["jr_id"].as_str().unwrap();
    assert!(hall.desk.respond(id, bedside::Way::Returned, "", "0001").await.unwrap());
    assert_eq!(ask("3101", "25.00").await.len(), 1, "it was promised to be changed");
    assert!(!hall.desk.respond("JR0", bedside::Way::Returned, "", "").await.unwrap());
}

#[tokio::test]
async fn shapes_of_public_clients_are_accepted() {
    let hall = Hall::open().await;
    let (institution, area) = (hospital(&hall), hall.area(0));
    let asked = |person: &str| inquiry(&institution, person, "V1", json!([order("L1", "2", "25.00")]));
    let changed = |person: &str, pointer: &str, value: Value| {
        let mut asked = asked(person);
        *asked.pointer_mut(pointer).unwrap() = value;
        asked
    };
    let without = |person: &str, node: &str, field: &str| {
        let mut asked = asked(person);
        asked.pointer_mut(node).unwrap().as_object_mut().unwrap().remove(field);
        asked
    };
    let encounter = "/data/patient_dtos/0/fsi_encounter_dtos/0";
    let text = Value::String(asked("C5").to_string());
    for (client, input) in [
        ("hsa-his", asked("C1")),
        ("OpenHIS-Server, inpatient: neither scene nor rules", without("C2", "/data", "trig_scen")),
        ("middleware: scenes with commas", changed("C3", "/data/trig_scen", json!("2,4"))),
        ("Shenzhen: scene 23", changed("C4", "/data/trig_scen", json!("23"))),
        ("yb-interface: input as text", text),
        ("no rule_ids", without("C6", "/data", "rule_ids")),
        ("rule_ids as text", changed("C7", "/data/rule_ids", json!("[\"drug-sex-specific\"]"))),
        ("no operations", changed("C8", &format!("{encounter}/fsi_operation_dtos"), json!([]))),
        ("no end yet", without("C9", encounter, "dscg_date")),
        ("one patient as an object", {
            let mut asked = asked("C10");
            let patient = asked["data"]["patient_dtos"][0].clone();
            asked["data"]["patient_dtos"] = patient;
            asked
        }),
    ] {
        let mut message = hall.envelope(&institution, &area, "3101", input);
        message.as_object_mut().unwrap().remove("sign_no");
        let reply = hall.post(&message).await;
        assert_eq!(reply["infcode"], 0, "{client}: {reply}");
        assert_eq!(of_rule(&reply["output"]).len(), 1, "{client}: {reply}");
    }
    for path in [
        "/fsi/api/riskConService/beforeAnalyze",
        "/ebus/rio_fsi/fsi/api/riskConService/beforeAnalyze",
        "/CSB/hsa-fsi-3101",
    ] {
        let message = hall.envelope(&institution, &area, "3101", asked(path));
        let (status, bytes) = hall.post_bytes(path, &[], message.to_string().into_bytes()).await;
        let reply: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((status, &reply["infcode"]), (StatusCode::OK, &json!(0)), "{path}: {reply}");
    }
    let nothing = hall.say(&institution, &area, "3101", inquiry(&institution, "C20", "V1", json!([]))).await;
    assert_eq!(nothing["result"], json!([]), "a registration: no orders, nothing found, an array");
    let hainan = hall.say(&institution, &area, "3660", camel(&asked("C21"))).await;
    let row = hainan["result"].as_array().unwrap().iter().find(|row| row["ruleId"] == "drug-sex-specific").unwrap();
    assert!(row["jrId"].is_string() && row["judgeResultDetailDtos"][0]["rxId"] == "L1", "{row}");
    let gone = hall
        .refused(&institution, &area, "3101", changed("C22", "/data/patient_dtos/0/curr_mdtrt_id", json!("V9")))
        .await;
    assert!(gone.contains("patient_dtos 第 1 行") && gone.contains("curr_mdtrt_id"), "{gone}");
    let mut bad = changed("C23", "/data/rule_ids", json!(["drug-sex-specifik"]));
    bad["data"].as_object_mut().unwrap().remove("trig_scen");
    let bad = hall.refused(&institution, &area, "3101", bad).await;
    assert!(bad.contains("rule_ids") && bad.contains("drug-sex-specific"), "{bad}");
}

/// Names as Hainan writes them.
fn camel(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let name = |name: &String| {
                let mut parts = name.split('_');
                let first = parts.next().unwrap_or_default().to_owned();
                parts.fold(first, |text, part| format!("{text}{}{}", part[..1].to_uppercase(), &part[1..]))
            };
            Value::Object(members.iter().map(|(key, value)| (name(key), camel(value))).collect())
        }
        Value::Array(items) => items.iter().map(camel).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn without_a_budget_care_goes_on_unchecked_and_is_counted() {
    let hall = Hall::configured(|config| config.advice_milliseconds = 0).await;
    let (institution, area) = (hospital(&hall), hall.area(0));
    let asked = inquiry(&institution, "P1", "V1", json!([order("L1", "2", "25.00")]));
    let reply = hall.post(&hall.envelope(&institution, &area, "3101", asked)).await;
    assert_eq!((&reply["infcode"], &reply["err_msg"], &reply["output"]["result"]), (&json!(0), &json!(""), &json!([])));
    assert!(reply["warn_msg"].as_str().unwrap().starts_with("未审核"), "{reply}");
    assert!(hall.desk.metrics.text().contains("yibao_not_checked_total{reason=\"too_slow\"} 1"));
}

#[tokio::test]
async fn what_is_uploaded_is_known_to_the_next_inquiry() {
    let hall = Hall::open().await;
    let (institution, area) = (hospital(&hall), hall.area(0));
    let person = hall.person(&area, "active");
    let visit = Visit::register(&hall, institution.clone(), person.clone()).await;
    let id = person["psn_no"].as_str().unwrap();
    let history = async || hall.desk.history(id, &area).await.unwrap();
    assert_eq!(history().await.visits().count(), 1);
    let item = hall.item(&area, "western");
    let before = history().await.size();
    let lines: Vec<Value> = (0..20).map(|at| visit.line(&format!("F{at}"), "B1", &item, "1")).collect();
    hall.say(&institution, &area, "2204", json!({ "feedetail": lines })).await;
    assert!(history().await.size() > before, "the upload of this process is seen at once");
    let cancel = with(&json!({ "psn_no": id, "mdtrt_id": visit.id }), json!({ "chrg_bchno": "0000" }));
    hall.say(&institution, &area, "2205", json!({ "data": cancel })).await;
    assert_eq!(history().await.size(), before);
}
