//! An outpatient visit from certificate to refund, and the same message twice.

use crate::support::{ENTRY, Hall, fen};
use serde_json::{Value, json};

/// An outpatient visit in the making.
pub struct Visit {
    pub institution: Value,
    pub person: Value,
    pub cover: String,
    pub id: String,
}

pub fn certificate(person: &Value) -> Value {
    json!({
        "psn_no": person["psn_no"], "insutype": person["insutype"], "psn_type": person["psn_type"],
        "psn_name": person["psn_name"], "psn_cert_type": person["psn_cert_type"], "certno": person["certno"],
        "mdtrt_cert_type": person["mdtrt_cert_type"], "mdtrt_cert_no": person["mdtrt_cert_no"], "card_sn": person["card_sn"],
    })
}

pub fn with(base: &Value, more: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    Value::Object(all)
}

impl Visit {
    pub async fn register(hall: &Hall, institution: Value, person: Value) -> Self {
        let cover = person["insuplc_admdvs"].as_str().unwrap().to_owned();
        let (department, doctor) = (&institution["departments"][0], &institution["staff"][0]);
        let data = with(
            &certificate(&person),
            json!({
                "begntime": server::now().stamp.to_string(), "ipt_otp_no": "OP1", "atddr_no": doctor["code"],
                "dr_name": doctor["name"], "dept_code": department["code"], "dept_name": department["name"],
                "caty": department["caty"],
            }),
        );
        let output = hall.say(&institution, &cover, "2201", json!({ "data": data })).await;
        let id = output["data"]["mdtrt_id"].as_str().unwrap().to_owned();
        Self { institution, person, cover, id }
    }

    pub fn line(&self, number: &str, batch: &str, item: &Value, count: &str) -> Value {
        let (department, doctor) = (&self.institution["departments"][0], &self.institution["staff"][0]);
        let price = model::UnitPrice::parse(item["price"].as_str().unwrap().as_bytes()).unwrap();
        let amount = price.times(model::Quantity::parse(count.as_bytes()).unwrap());
        json!({
            "feedetl_sn": number, "mdtrt_id": self.id, "psn_no": self.person["psn_no"], "chrg_bchno": batch, "dise_codg": "",
            "rxno": "", "rx_circ_flag": "0", "fee_ocur_time": server::now().stamp.to_string(), "med_list_codg": item["code"],
            "medins_list_codg": "HIS1", "det_item_fee_sumamt": amount.to_string(), "cnt": count, "pric": item["price"],
            "bilg_dept_codg": department["code"], "bilg_dept_name": department["name"], "bilg_dr_codg": doctor["code"],
            "bilg_dr_name": doctor["name"], "hosp_appr_flag": "1",
        })
    }

    pub fn settle_input(&self, batch: &str, total: &str) -> Value {
        let data = with(
            &certificate(&self.person),
            json!({
                "med_type": "11", "medfee_sumamt": total, "psn_setlway": "01", "mdtrt_id": self.id, "chrg_bchno": batch,
                "acct_used_flag": "1", "fulamt_ownpay_amt": 0, "overlmt_selfpay": 0, "preselfpay_amt": 0, "inscp_scp_amt": 0,
            }),
        );
        json!({ "data": data })
    }
}

pub fn identities(info: &Value) {
    let of = |name: &str| fen(&info[name]);
    let parts = of("fulamt_ownpay_amt") + of("overlmt_selfpay") + of("preselfpay_amt") + of("inscp_scp_amt");
    assert_eq!(of("medfee_sumamt"), parts, "identity 1: {info}");
    assert_eq!(
        of("medfee_sumamt"),
        of("fund_pay_sumamt") + of("psn_part_amt") + of("hosp_part_amt"),
        "identity 2: {info}"
    );
    assert_eq!(of("psn_part_amt"), of("acct_pay") + of("psn_cash_pay"), "identity 3: {info}");
    let funds: i64 =
        ["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"].map(of).iter().sum();
    assert_eq!(of("fund_pay_sumamt"), funds, "identity 5: {info}");
}

#[tokio::test]
async fn i3_i5_a_visit_settles_and_is_taken_back() {
    let hall = Hall::open().await;
    for area in [hall.area(0), hall.area(1)] {
        let institution = hall.institution(&area, "hospital");
        let visit = Visit::register(&hall, institution.clone(), hall.person(&area, "active")).await;
        let lines = ["western", "service", "laboratory"].map(|kind| hall.item(&area, kind));
        let lines: Vec<Value> =
            lines.iter().enumerate().map(|(at, item)| visit.line(&format!("{}", at + 1), "B1", item, "2")).collect();
        let total: i64 = lines.iter().map(|line| fen(&line["det_item_fee_sumamt"])).sum();
        let output = hall.say(&institution, &visit.cover, "2204", json!({ "feedetail": lines })).await;
        assert_eq!(output["result"].as_array().unwrap().len(), 3);
        let input = visit.settle_input("B1", &model::Fen(total).to_string());
        let trial = hall.say(&institution, &visit.cover, "2206", input.clone()).await;
        let output = hall.say(&institution, &visit.cover, "2207", input).await;
        let info = &output["setlinfo"];
        identities(info);
        for name in ["fund_pay_sumamt", "acct_pay", "psn_cash_pay", "act_pay_dedc"] {
            assert_eq!(fen(&trial["setlinfo"][name]), fen(&info[name]), "{name}");
        }
        assert!(trial["setlinfo"]["setl_time"].is_null() || trial["setlinfo"]["setl_time"] == "");
        let back =
            json!({ "data": { "setl_id": info["setl_id"], "mdtrt_id": visit.id, "psn_no": visit.person["psn_no"] } });
        let reversal = hall.say(&institution, &visit.cover, "2208", back.clone()).await;
        assert_eq!(fen(&reversal["setlinfo"]["medfee_sumamt"]), -total);
        let twice = hall.refused(&institution, &visit.cover, "2208", back).await;
        assert!(twice.contains("已撤销"), "{twice}");
    }
    let proof = hall.desk.store.prove().await.unwrap();
    assert!(proof.holds(), "{proof:?}");
}

#[tokio::test]
async fn i6_the_same_message_has_one_effect_and_the_same_bytes() {
    let hall = Hall::open().await;
    let area = hall.area(1);
    let institution = hall.institution(&area, "hospital");
    let visit = Visit::register(&hall, institution.clone(), hall.person(&area, "retired")).await;
    let item = hall.item(&area, "western");
    let line = visit.line("1", "B1", &item, "3");
    let total = line["det_item_fee_sumamt"].as_str().unwrap().to_owned();
    hall.say(&institution, &visit.cover, "2204", json!({ "feedetail": [line] })).await;
    let message = hall.envelope(&institution, &visit.cover, "2207", visit.settle_input("B1", &total));
    let bytes = message.to_string().into_bytes();
    let ask = || hall.post_bytes(ENTRY, &[], bytes.clone());
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    assert_eq!(first.1, second.1);
    assert_eq!(first.1, third.1);
    assert_eq!(first.1, ask().await.1);
    let mut other = message.clone();
    other["input"]["data"]["medfee_sumamt"] = json!("1.00");
    let reply = hall.post(&other).await;
    assert_eq!(reply["infcode"], -1);
    assert!(reply["err_msg"].as_str().unwrap().contains("msgid"), "{reply}");
    let settled: Value = serde_json::from_slice(&first.1).unwrap();
    let undo = json!({ "data": { "psn_no": visit.person["psn_no"], "omsgid": message["msgid"], "oinfno": "2207" } });
    hall.say(&institution, &visit.cover, "2601", undo.clone()).await;
    hall.say(&institution, &visit.cover, "2601", undo).await;
    let unknown = json!({ "data": { "psn_no": visit.person["psn_no"], "omsgid": "H0", "oinfno": "2207A" } });
    hall.say(&institution, &visit.cover, "2601", unknown).await;
    let asked = json!({ "data": { "psn_no": visit.person["psn_no"], "setl_id": settled["output"]["setlinfo"]["setl_id"], "mdtrt_id": visit.id } });
    hall.say(&institution, &visit.cover, "5203", asked).await;
    assert!(hall.desk.store.prove().await.unwrap().holds());
}
