//! Records as replies: what the documents say is never empty is not empty, where the records hold it.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod support;

use agency::{
    AccountState, Accumulator, AgreementSpell, AgreementState, Charge, Coverage, CoverageState, Department, Diagnosis,
    Document, Filing, FilingKind, FundAmount, Institution, Outcome, Person, PractiseSpell, PractiseState, Profession,
    Settlement, SpecialStatus, Split, Staff, Upload, Visit, VisitKind, VisitState,
};
use gateway::{Answer, CatalogueEntry, Entitlement, Kept, Node, NodeKind, Profile, Request, Table};
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use serde_json::Value;
use std::collections::BTreeMap;
use support::{Dice, Fill, valid};

fn day() -> Day {
    Day::parse(b"2025-01-10").unwrap()
}

fn at() -> Stamp {
    Stamp::parse(b"2025-01-10 10:15:01").unwrap()
}

fn extra(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn person() -> Person {
    let special = SpecialStatus { group: "poor".into(), code: "1".into(), from: day(), until: Some(day().plus(300)) };
    Person {
        id: "9999000000000001".into(),
        name: "测试甲".into(),
        certificate_kind: "01".into(),
        certificate: "999901198001010019".into(),
        sex: "2".into(),
        nation: "01".into(),
        born_on: Day::parse(b"1980-01-11").unwrap(),
        died_on: None,
        card: "C1".into(),
        family: Vec::new(),
        special: vec![special],
    }
}

fn cover() -> Coverage {
    Coverage {
        person: person().id,
        spell: 1,
        insurance: "310".into(),
        person_kind: "11".into(),
        area: "999901".into(),
        state: CoverageState::Normal,
        civil_servant: false,
        supplements: Vec::new(),
        employer: "示例单位".into(),
        from: Day::parse(b"2020-01-01").unwrap(),
        until: None,
        months_before: 0,
        known_from: Stamp(0),
        known_until: None,
    }
}

fn institution() -> Institution {
    Institution {
        code: "H99990000001".into(),
        name: "示例医院".into(),
        area: "999900".into(),
        kind: "A100".into(),
        level: "1".into(),
        community: false,
        credit_code: "91999900MA00000001".into(),
        beds: 100,
        services: Vec::new(),
        agreement: vec![AgreementSpell {
            state: AgreementState::Signed,
            from: day(),
            until: None,
            reason: String::new(),
        }],
        departments: vec![department()],
    }
}

fn department() -> Department {
    Department { code: "01".into(), name: "内科".into(), discipline: "A03".into() }
}

fn visit(kind: VisitKind) -> Visit {
    let diagnosis = Diagnosis {
        number: "1".into(),
        kind: "1".into(),
        main: true,
        code: "J06.900".into(),
        name: "急性上呼吸道感染".into(),
        at_discharge: false,
        extra: extra(&[
            ("diag_dept", "内科"),
            ("dise_dor_no", "D1"),
            ("dise_dor_name", "测试医师"),
            ("diag_time", "2025-01-10 09:00:00"),
        ]),
    };
    Visit {
        id: "M0000001".into(),
        person: person().id,
        institution: institution().code,
        opened_by: "m1".into(),
        kind,
        state: VisitState::Open,
        insurance: "310".into(),
        care: "11".into(),
        coverage_area: "999901".into(),
        treatment_area: "999900".into(),
        certificate: "02".into(),
        local_number: "OP1".into(),
        begun_at: at(),
        ended_at: None,
        disease: String::new(),
        admission_ordinal: 0,
        doctor: "D1".into(),
        department: "01".into(),
        department_name: "内科".into(),
        diagnoses: vec![diagnosis],
        extra: BTreeMap::new(),
    }
}

fn upload() -> Upload {
    let split = Split {
        in_scope: Fen(8550),
        upfront: Fen(450),
        ceiling: Some(UnitPrice(500_000)),
        upfront_ratio: 50_000,
        class: "02".into(),
        category: "09".into(),
        portion: "drug".into(),
        ..Split::default()
    };
    let charge = Charge {
        number: "1001".into(),
        refunds: String::new(),
        item: "XTEST".into(),
        quantity: Quantity::whole(2),
        price: UnitPrice(450_000),
        amount: Fen(9000),
        at: at(),
        approval: "1".into(),
        split,
        extra: extra(&[("medins_list_codg", "H1"), ("rxno", "RX1"), ("spec", "0.1g")]),
    };
    Upload {
        number: 1,
        person: person().id,
        visit: "M0000001".into(),
        batch: "B1".into(),
        settled_by: Some("ST1".into()),
        charges: vec![charge],
    }
}

fn settlement() -> Settlement {
    let funds = ["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"];
    Settlement {
        id: "ST1".into(),
        person: person().id,
        visit: "M0000001".into(),
        institution: institution().code,
        msgid: "m2".into(),
        at: at(),
        law_on: day(),
        insurance: "310".into(),
        person_kind: "11".into(),
        civil_servant: false,
        care: "11".into(),
        coverage_area: "999901".into(),
        treatment_area: "999900".into(),
        clearing_kind: "11".into(),
        clearing_way: "1".into(),
        clearing_office: "999900".into(),
        interim: false,
        reverses: None,
        uploads: vec![1],
        total: Fen(9000),
        self_funded: Fen(0),
        over_limit: Fen(0),
        upfront: Fen(450),
        in_scope: Fen(8550),
        deductible: Fen(2000),
        pool_ratio: 700_000,
        fields: funds
            .iter()
            .map(|name| ((*name).to_owned(), Fen(if *name == "hifp_pay" { 4585 } else { 0 })))
            .collect(),
        funds: vec![FundAmount { fund: "310100".into(), amount: Fen(4585), in_scope: Fen(8550), left: None }],
        fund_total: Fen(4585),
        person_total: Fen(4415),
        account: Fen(3000),
        family_account: Fen(0),
        cash: Fen(1415),
        hospital: Fen(0),
        balance: Fen(47_000),
        used: Vec::new(),
        case: String::new(),
        receipt: String::new(),
    }
}

fn filing(kind: FilingKind) -> Filing {
    Filing {
        id: "F1".into(),
        person: person().id,
        kind,
        insurance: "310".into(),
        code: "M00500".into(),
        name: "示例名称".into(),
        institution: institution().code,
        area: "999900".into(),
        from: day(),
        until: None,
        filed_by: institution().code,
        filed_at: at(),
        cancelled_at: None,
        extra: extra(&[("fix_srt_no", "1"), ("refl_rea", "病情需要"), ("hosp_agre_refl_flag", "1")]),
    }
}

fn item() -> CatalogueEntry {
    CatalogueEntry {
        code: "XTEST".into(),
        name: "示例药".into(),
        kind: "101".into(),
        category: "09".into(),
        class: "02".into(),
        ceiling: Some(UnitPrice(500_000)),
        upfront_ratio: 50_000,
        area: "999900".into(),
        from: day(),
        ..CatalogueEntry::default()
    }
}

fn mapped() -> CatalogueEntry {
    let content = r#"{"fixmedins_hilist_id":"H1","fixmedins_hilist_name":"本院药","list_type":"101","med_list_codg":"XTEST","prcunt":"盒"}"#;
    CatalogueEntry { area: "999900".into(), ..gateway::mapping(&document("3301", "H1/101", content)) }
}

fn document(kind: &str, key: &str, content: &str) -> Document {
    Document {
        owner: institution().code,
        kind: kind.into(),
        key: key.into(),
        state: "0".into(),
        on: day(),
        at: at(),
        deleted: false,
        content: content.into(),
    }
}

fn request(infno: &str) -> Request {
    let message = valid(Table::get().transaction(infno).unwrap(), Fill::All, &mut Dice(11));
    Request::read(message.text.as_bytes(), &Profile::packed("national").unwrap()).unwrap()
}

fn told(infno: &str, answer: &Answer) -> Value {
    let text = gateway::told(&request(infno), answer, &Profile::packed("national").unwrap());
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{infno}: {e}: {text}"))
}

/// Required fields of a reply that are empty, by path.
fn empty(node: &Node, json: &Value, path: &str, into: &mut Vec<String>) {
    let rows: Vec<&Value> = json.as_array().map_or_else(|| vec![json], |rows| rows.iter().collect());
    assert!(!rows.is_empty(), "{path}: no row");
    for row in rows {
        for field in node.fields.iter().filter(|field| field.required) {
            if row[field.name].is_null() || row[field.name] == "" {
                into.push(format!("{path}{}", field.name));
            }
        }
        for child in
            node.children.iter().filter(|child| !row[child.name].is_null() && row[child.name] != serde_json::json!([]))
        {
            empty(child, &row[child.name], &format!("{path}{}.", child.name), into);
        }
    }
}

fn answers() -> Vec<(&'static str, Answer)> {
    let account = AccountState { person: person().id, balance: Fen(50_000), family: Fen(0) };
    let identity = |token: &str| Answer::Person {
        person: Box::new(person()),
        covers: vec![cover()],
        account: account.clone(),
        on: day(),
        token: token.to_owned(),
    };
    let visits = |kind| Answer::Visits { person: Box::new(person()), covers: vec![cover()], visits: vec![visit(kind)] };
    let settled = || Answer::Settlement {
        settlement: Box::new(settlement()),
        person: Box::new(person()),
        visit: Box::new(visit(VisitKind::Outpatient)),
        institution: Box::new(institution()),
    };
    let charges = || Answer::Charges {
        visits: vec![visit(VisitKind::Outpatient)],
        uploads: vec![upload()],
        items: vec![item()],
        institutions: vec![institution()],
    };
    let filings = |kind| Answer::Filings { person: Box::new(person()), filings: vec![filing(kind)] };
    let staff = Staff {
        code: "D999900000001".into(),
        name: "测试医师".into(),
        institution: institution().code,
        profession: Profession::Doctor,
        department: "01".into(),
        points_left: 12,
        states: vec![PractiseSpell { state: PractiseState::Active, from: day(), until: None, reason: String::new() }],
    };
    let used = Accumulator {
        person: person().id,
        year: 2025,
        area: "999901".into(),
        insurance: "310".into(),
        key: "outpatient.deductible".into(),
        value: 2000,
    };
    let entitlement = Entitlement { fund: "310100".into(), from: day(), until: None, refused: None };
    let filed = r#"{"hosp_dept_codg":"02","hosp_dept_name":"外科","begntime":"2020-01-01 00:00:00","caty":"A04",
        "dept_resper_name":"测试甲","dept_resper_tel":"0"}"#;
    let kept = Kept { number: "N1".into(), filename: "f.zip".into(), until: at(), rows: 3 };
    vec![
        ("1101", identity("")),
        ("1162", identity("EC1")),
        ("1201", Answer::Institutions(vec![institution()])),
        ("1301", Answer::File(kept.clone())),
        ("1312", Answer::Page { rows: vec![item()], total: 1 }),
        ("1317", Answer::Page { rows: vec![mapped()], total: 1 }),
        ("1318", Answer::Page { rows: vec![item()], total: 1 }),
        ("1901", Answer::Nothing),
        ("2001", Answer::Entitlements { person: person().id, rows: vec![entitlement] }),
        ("3201", Answer::Settlements(vec![settlement()])),
        ("3202", Answer::File(kept.clone())),
        ("5101", Answer::Departments { registered: Vec::new(), filed: vec![document("3401", "02", filed)] }),
        ("5102", Answer::Staff(vec![staff])),
        ("5201", visits(VisitKind::Outpatient)),
        ("5202", visits(VisitKind::Outpatient)),
        ("5203", settled()),
        ("5204", charges()),
        ("5205", charges()),
        ("5206", Answer::Accumulators(vec![used])),
        ("5301", filings(FilingKind::Chronic)),
        ("5302", filings(FilingKind::Designated)),
        ("5303", visits(VisitKind::Inpatient)),
        ("5304", filings(FilingKind::Referral)),
        ("9001", Answer::SignedIn { at: at(), number: "S1".into() }),
        ("9002", Answer::SignedOut { at: at() }),
        ("9101", Answer::File(kept)),
        ("100001", settled()),
    ]
}

/// Never empty in the documents, but nothing the platform keeps: coded as free text, or about machines and operators.
const NOT_KEPT: [&str; 8] = [
    "hilist_use_type",
    "lmt_cpnd_type",
    "overlmt_dspo_way",
    "psn_cert_type",
    "certno",
    "matn_used_flag",
    "selfpay_prop_psn_type",
    "selfpay_prop_type",
];

#[test]
fn what_is_never_empty_is_told() {
    for (infno, answer) in answers() {
        let reply = told(infno, &answer);
        let mut missing = Vec::new();
        empty(&Table::get().transaction(infno).unwrap().response, &reply, "", &mut missing);
        let staff_or_catalogue = ["5102", "1312", "1318"].contains(&infno);
        missing.retain(|path| !(staff_or_catalogue && NOT_KEPT.contains(&path.rsplit('.').next().unwrap())));
        assert_eq!(missing, Vec::<String>::new(), "{infno}: {reply}");
    }
}

#[test]
fn outcomes_say_what_is_never_empty() {
    let profile = Profile::packed("national").unwrap();
    let outcomes = [
        ("2201", Outcome::Opened(visit(VisitKind::Outpatient))),
        ("2401", Outcome::Opened(visit(VisitKind::Inpatient))),
        ("2204", Outcome::Charged(upload().charges)),
        ("2301", Outcome::Charged(upload().charges)),
        ("2503", Outcome::Filed(filing(FilingKind::Chronic))),
        ("2501", Outcome::Filed(filing(FilingKind::Referral))),
    ];
    let settled = ["2102", "2207", "2207A", "2208", "2304", "2305", "2103"].map(|infno| {
        let outcome = Outcome::Settled {
            settlement: Box::new(settlement()),
            person: Box::new(person()),
            certificate: "02".into(),
            trial: false,
            charges: upload().charges,
        };
        (infno, outcome)
    });
    for (infno, outcome) in outcomes.into_iter().chain(settled) {
        let reply: Value = serde_json::from_str(&gateway::said(&request(infno), &outcome, &profile)).unwrap();
        let mut missing = Vec::new();
        empty(&Table::get().transaction(infno).unwrap().response, &reply, "", &mut missing);
        assert_eq!(missing, Vec::<String>::new(), "{infno}: {reply}");
    }
}

#[test]
fn a_department_as_filed_stands_in_the_place_of_the_registers() {
    let filed = document("3401", "01", r#"{"hosp_dept_codg":"01","hosp_dept_name":"心血管内科"}"#);
    let reply = told("5101", &Answer::Departments { registered: vec![department()], filed: vec![filed.clone()] });
    assert_eq!(reply["feedetail"].as_array().unwrap().len(), 1);
    assert_eq!(reply["feedetail"][0]["hosp_dept_name"], "心血管内科");
    let deleted = Document { deleted: true, ..filed };
    let reply = told("5101", &Answer::Departments { registered: vec![department()], filed: vec![deleted] });
    assert_eq!(reply["feedetail"][0]["hosp_dept_name"], "内科");
}

#[test]
fn lines_are_told_with_their_names_and_the_row_they_were_settled_in() {
    let (_, answer) = answers().into_iter().find(|(infno, _)| *infno == "5204").unwrap();
    let reply = told("5204", &answer);
    let row = &reply[0];
    for (name, expect) in
        [("hilist_name", "示例药"), ("list_type", "101"), ("setl_id", "ST1"), ("rx_drord_no", "RX1"), ("spec", "0.1g")]
    {
        assert_eq!(row[name], expect, "{name}");
    }
    assert_eq!(Table::get().transaction("5204").unwrap().response.kind, NodeKind::List);
}
