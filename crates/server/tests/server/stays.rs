//! 在院核查: what would be found of open stays, and that only what changed is judged again.

use crate::management::get;
use crate::support::Hall;
use agency::{Changes, Charge, Needs, Split, Upload, Visit, VisitKind, VisitState};
use axum::http::StatusCode;
use model::{Fen, Quantity, Stamp, UnitPrice};
use serde_json::Value;
use std::collections::BTreeMap;

/// 艾附暖宫丸 for women, 爱普列特片 for men.
const FOR_WOMEN: &str = "ZD03AAA0043010100166";
const FOR_MEN: &str = "XG04CBA088A001010101467";

fn stay(id: &str, person: &str, institution: &Value, state: VisitState) -> Visit {
    let area = institution["area"].as_str().unwrap().to_owned();
    Visit {
        id: id.to_owned(),
        person: person.to_owned(),
        institution: institution["code"].as_str().unwrap().to_owned(),
        opened_by: format!("test-{id}"),
        kind: VisitKind::Inpatient,
        state,
        insurance: "310".to_owned(),
        care: "21".to_owned(),
        coverage_area: area.clone(),
        treatment_area: area,
        certificate: String::new(),
        local_number: id.to_owned(),
        begun_at: Stamp(server::now().stamp.0 - 2 * 86_400),
        ended_at: None,
        disease: String::new(),
        admission_ordinal: 1,
        doctor: "D1".to_owned(),
        department: "A03".to_owned(),
        department_name: "内科".to_owned(),
        diagnoses: Vec::new(),
        extra: BTreeMap::new(),
    }
}

fn upload(number: u32, person: &str, visit: &str, item: &str) -> Upload {
    let charge = Charge {
        number: format!("{visit}-{number}"),
        refunds: String::new(),
        item: item.to_owned(),
        quantity: Quantity::whole(2),
        price: UnitPrice::parse(b"12.50").unwrap(),
        amount: Fen(2500),
        at: Stamp(server::now().stamp.0 - 86_400),
        approval: String::new(),
        split: Split::default(),
        extra: BTreeMap::new(),
    };
    let (person, visit) = (person.to_owned(), visit.to_owned());
    Upload { number, person, visit, batch: String::new(), settled_by: None, charges: vec![charge] }
}

#[tokio::test]
async fn only_a_stay_that_changed_is_judged_again() {
    let hall = Hall::configured(|config| config.management_token = Some("geheim".to_owned())).await;
    let institution = hall.institution(&hall.area(0), "hospital");
    let person = hall.person(&hall.area(0), "active")["psn_no"].as_str().unwrap().to_owned();
    let known = hall.desk.store.load(&person, &Needs::default()).await.unwrap().person.unwrap();
    let (fine, wrong) = if known.sex == "1" { (FOR_MEN, FOR_WOMEN) } else { (FOR_WOMEN, FOR_MEN) };
    let write = |visits: Vec<Visit>, uploads: Vec<Upload>| {
        hall.desk.store.write(Changes { visits, uploads, ..Changes::default() })
    };
    let stays = ["V1", "V2"].map(|id| stay(id, &person, &institution, VisitState::Open)).to_vec();
    write(stays, vec![upload(1, &person, "V1", fine), upload(1, &person, "V2", fine)]).await.unwrap();
    let path = format!("/api/v1/stays?institution={}", institution["code"].as_str().unwrap());
    let list = async || {
        let (status, list) = get(&hall, &path, Some("geheim")).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        list.as_array().unwrap().clone()
    };
    let of_rule = |row: &Value| {
        row["findings"].as_array().unwrap().iter().filter(|found| found["rule"] == "drug-sex-specific").count()
    };
    let first = list().await;
    assert_eq!(first.iter().map(|row| row["visit"].as_str().unwrap()).collect::<Vec<_>>(), ["V1", "V2"]);
    assert!(
        first.iter().all(|row| row["fresh"] == true && row["charged"] == "25.00" && of_rule(row) == 0),
        "{first:?}"
    );
    assert!(list().await.iter().all(|row| row["fresh"] == false), "nothing changed");
    // A line that is not for this person.
    write(Vec::new(), vec![upload(2, &person, "V2", wrong)]).await.unwrap();
    let second = list().await;
    assert_eq!((&second[0]["fresh"], &second[1]["fresh"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!((of_rule(&second[0]), of_rule(&second[1])), (0, 1), "{second:?}");
    assert_eq!(second[1]["charged"], "50.00");
    assert_eq!(second[1]["library"], hall.desk.edition().version());
    // A discharged stay is no longer in hospital.
    write(vec![stay("V1", &person, &institution, VisitState::Discharged)], Vec::new()).await.unwrap();
    assert_eq!(list().await.len(), 1);
    assert_eq!(get(&hall, &path, None).await.0, StatusCode::UNAUTHORIZED);
}
