//! Calls as medical records send them, judged by the shipped library: what is understood, and cards that keep to the schema.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot prepare its input should stop there")]

use audit::{Cases, Library, Registers, Sources, Switches};
use bedside::{Advice, Adviser, History, Stage};
use catalog::Catalogue;
use hooks::{Asker, Hook, HookFault, HookRequest, Place, cards, services};
use knowledge::Knowledge;
use model::{CareSetting, Fen, Institution, Sex, Stamp};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(shipped::catalogue()));

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let shown = |name: &str, end: &str| name.ends_with(end) && !name.ends_with("README.md");
    let rules = shipped::files("rules").into_iter().filter(|(name, _)| shown(name, ".md"));
    let rules: Vec<(String, String)> =
        rules.map(|(name, bytes)| (format!("rules/{name}"), String::from_utf8(bytes).unwrap())).collect();
    let tables: Vec<_> = shipped::files("knowledge").into_iter().filter(|(name, _)| shown(name, ".csv")).collect();
    let knowledge = Arc::new(Knowledge::read(&shipped::named(&tables)).unwrap());
    let sources = Sources { rules: &rules, knowledge, catalogue: Arc::clone(&CATALOGUE), cases: Cases::MayLack };
    Library::compile(&sources).unwrap_or_else(|problems| panic!("{problems:?}"))
});

/// 艾附暖宫丸, for women only, and 二甲双胍 by its name.
const FOR_WOMEN: &str = "ZD03AAA0043010100166";

fn now() -> Stamp {
    Stamp::parse(b"2026-11-27 09:30:00").unwrap()
}

fn asker() -> Asker {
    Asker { institution: "H36010000001".to_owned(), area: "360100".to_owned() }
}

fn man() -> Value {
    json!({
        "resourceType": "Patient", "id": "1288992", "gender": "male", "birthDate": "1980-01-01",
        "identifier": [
            { "system": "2.16.156.10011.1.3", "value": "360102198001010010" },
            { "system": "urn:hospital:mrn", "value": "77" },
        ],
    })
}

fn encounter() -> Value {
    json!({
        "resourceType": "Encounter", "id": "89284", "status": "in-progress",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
        "period": { "start": "2026-11-27T09:00:00+08:00" },
        "diagnosis": [{ "condition": { "reference": "Condition/c1" }, "rank": 1 }],
    })
}

fn conditions() -> Value {
    json!({ "resourceType": "Bundle", "type": "searchset", "entry": [
        { "resource": { "resourceType": "Condition", "id": "c1", "code": { "coding": [
            { "system": "http://hl7.org/fhir/sid/icd-10", "code": "I10" },
            { "system": "urn:nhsa:icd-10", "code": "I10.x00", "display": "特发性（原发性）高血压" } ] } } },
        { "resource": { "resourceType": "Condition", "id": "c2", "code": { "text": "未编码的诊断" } } },
        { "resource": { "resourceType": "Condition", "id": "c3",
            "verificationStatus": { "coding": [{ "code": "refuted" }] },
            "code": { "coding": [{ "code": "J18.900" }] } } },
    ] })
}

fn medication(id: &str, code: &str) -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": id, "status": "draft", "intent": "order",
        "medicationCodeableConcept": { "coding": [{ "system": "urn:nhsa:drug", "code": code, "display": "艾附暖宫丸" }] },
        "subject": { "reference": "Patient/1288992" }, "authoredOn": "2026-11-27T01:20:00Z",
        "dispenseRequest": { "quantity": { "value": 2, "unit": "盒" }, "expectedSupplyDuration": { "value": 7, "unit": "d" } },
        "extension": [{ "url": "urn:yibao:unit-price", "valueMoney": { "value": 12.5, "currency": "CNY" } }],
    })
}

fn call(hook: &str, context: Value) -> Value {
    let mut full = json!({ "userId": "Practitioner/d1", "patientId": "1288992", "encounterId": "89284" });
    for (key, value) in context.as_object().unwrap() {
        full[key] = value.clone();
    }
    json!({
        "hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": full,
        "prefetch": { "patient": man(), "encounter": encounter(), "conditions": conditions() },
    })
}

fn drafts() -> Value {
    json!({ "resourceType": "Bundle", "entry": [
        { "resource": medication("med-1", FOR_WOMEN) },
        { "resource": { "resourceType": "NutritionOrder", "id": "n1", "status": "draft" } },
    ] })
}

fn read(service: Hook, body: &Value) -> Result<HookRequest, HookFault> {
    HookRequest::read(service, body.to_string().as_bytes())
}

fn advise(request: &HookRequest) -> Advice {
    let asked = request.asked(&asker(), &CATALOGUE, now()).unwrap();
    let institutions = Adviser::institutions(vec![Institution { code: asker().institution, ..Institution::default() }]);
    let registers = Registers::new(&institutions, &[]);
    let mut adviser = Adviser::new(&LIBRARY, ("0123456789abcdef", b"seal"), &registers, &institutions);
    adviser.advise(&asked.inquiry, &History::default(), &Switches::default()).unwrap()
}

fn valid(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

const RESPONSE: &str = include_str!("../schema/response.json");

#[test]
fn discovery_keeps_to_the_schema_and_names_four_services() {
    let told = services();
    valid(include_str!("../schema/services.json"), &told);
    let hooks: Vec<&str> = told["services"].as_array().unwrap().iter().map(|s| s["hook"].as_str().unwrap()).collect();
    assert_eq!(hooks, ["encounter-start", "order-select", "order-sign", "encounter-discharge"]);
}

#[test]
fn an_order_that_is_not_for_men_gets_a_card_that_can_be_taken() {
    let body = call("order-select", json!({ "selections": ["MedicationRequest/med-1"], "draftOrders": drafts() }));
    let request = read(Hook::OrderSelect, &body).unwrap();
    let advice = advise(&request);
    let reminder = advice.reminders.iter().find(|reminder| reminder.rule == "drug-sex-specific").expect("a reminder");
    assert_eq!(reminder.amount, Fen(2500));
    let place = Place { base: "https://yibao.example", library: &advice.library };
    let answer = cards(&request, &advice.reminders, place);
    valid(RESPONSE, &answer);
    assert!(answer.get("systemActions").is_none());
    let uuid = hooks::card_uuid(&reminder.id).unwrap();
    let card = answer["cards"].as_array().unwrap().iter().find(|card| card["uuid"] == uuid.as_str()).unwrap();
    assert_eq!(card["indicator"], "warning");
    assert!(card["detail"].as_str().unwrap().contains("25.00 元"), "{card:#}");
    let action = &card["suggestions"][0]["actions"][0];
    assert_eq!((&action["type"], &action["resourceId"]), (&json!("delete"), &json!("MedicationRequest/med-1")));
    assert_ne!(card["suggestions"][0]["uuid"], card["uuid"]);
    assert_eq!(card["links"][0]["url"], format!("https://yibao.example/reminder?jr={}", reminder.id));
    // Where no address is configured there is nothing to link to.
    let answer = cards(&request, &advice.reminders, Place { base: "", library: "" });
    valid(RESPONSE, &answer);
    assert!(answer["cards"][0].get("links").is_none() && answer["cards"][0]["source"].get("url").is_none());
}

#[test]
fn an_order_that_was_not_selected_gets_no_card() {
    let body = call("order-select", json!({ "selections": ["NutritionOrder/n1"], "draftOrders": drafts() }));
    let advice = advise(&read(Hook::OrderSelect, &body).unwrap());
    assert!(advice.reminders.iter().all(|reminder| reminder.rule != "drug-sex-specific"), "{:?}", advice.reminders);
    let mut two = drafts();
    two["entry"][1]["resource"] = medication("med-2", "XA10BAE046A001010104021");
    let body = call("order-select", json!({ "selections": ["MedicationRequest/med-2"], "draftOrders": two }));
    let advice = advise(&read(Hook::OrderSelect, &body).unwrap());
    assert!(advice.reminders.iter().all(|reminder| reminder.rule != "drug-sex-specific"), "{:?}", advice.reminders);
    let body = call("order-sign", json!({ "draftOrders": drafts() }));
    let advice = advise(&read(Hook::OrderSign, &body).unwrap());
    assert!(advice.reminders.iter().any(|reminder| reminder.rule == "drug-sex-specific"));
}

#[test]
fn what_fhir_says_is_understood_as_far_as_needed() {
    let body = call("order-sign", json!({ "draftOrders": drafts() }));
    let asked = read(Hook::OrderSign, &body).unwrap().asked(&asker(), &CATALOGUE, now()).unwrap();
    assert_eq!((asked.certificate.as_deref(), asked.person), (Some("360102198001010010"), None));
    let (inquiry, visit) = (&asked.inquiry, &asked.inquiry.visits[0]);
    assert_eq!((inquiry.stage, inquiry.patient.sex, inquiry.current.as_str()), (Stage::Before, Sex::Male, "89284"));
    assert_eq!((visit.setting, visit.begins_at.to_string().as_str()), (CareSetting::Outpatient, "2026-11-27 09:00:00"));
    // The national code is taken although the international one comes first; what was refuted is none.
    let diagnoses: Vec<(&str, bool)> = visit.diagnoses.iter().map(|known| (known.code.as_str(), known.main)).collect();
    assert_eq!(diagnoses, [("I10.x00", true)]);
    let line = &visit.lines[0];
    assert_eq!((line.id.as_str(), line.item.as_str(), line.supply_days), ("MedicationRequest/med-1", FOR_WOMEN, 7));
    assert_eq!((line.at.to_string().as_str(), line.amount), ("2026-11-27 09:20:00", Fen(2500)));
}

#[test]
fn names_stand_in_for_codes_nobody_knows() {
    let named = CATALOGUE.item_name(CATALOGUE.item("001109000010000").unwrap()).to_owned();
    let only = CATALOGUE.items_named(&named).len() == 1;
    let order = json!({ "resourceType": "ServiceRequest", "id": "s1", "status": "draft",
        "code": { "coding": [{ "system": "urn:hospital", "code": "LOCAL-7" }], "text": named } });
    let body =
        call("order-sign", json!({ "draftOrders": { "resourceType": "Bundle", "entry": [{ "resource": order }] } }));
    let asked = read(Hook::OrderSign, &body).unwrap().asked(&asker(), &CATALOGUE, now()).unwrap();
    let expect = if only { "001109000010000" } else { "LOCAL-7" };
    assert_eq!(asked.inquiry.visits[0].lines[0].item, expect, "{named}");
}

#[test]
fn a_discharge_is_judged_as_a_settlement_is() {
    let mut body = call("encounter-discharge", json!({}));
    let mut taken = medication("m9", FOR_WOMEN);
    taken["status"] = json!("active");
    body["prefetch"]["encounter"]["class"]["code"] = json!("IMP");
    body["prefetch"]["encounter"]["identifier"] =
        json!([{ "system": "urn:yibao:mdtrt-id", "value": "M000001000000000001" }]);
    body["prefetch"]["medications"] =
        json!({ "resourceType": "Bundle", "entry": [{ "resource": taken }, { "resource": taken }] });
    let request = read(Hook::EncounterDischarge, &body).unwrap();
    let asked = request.asked(&asker(), &CATALOGUE, now()).unwrap();
    assert_eq!((asked.inquiry.stage, asked.inquiry.current.as_str()), (Stage::During, "M000001000000000001"));
    assert_eq!(asked.inquiry.visits[0].lines.len(), 1, "the same order twice is one");
    assert_eq!(asked.inquiry.visits[0].ends_at, Some(now()));
    let advice = advise(&request);
    let answer = cards(&request, &advice.reminders, Place { base: "https://yibao.example", library: "v" });
    valid(RESPONSE, &answer);
    let told = answer["cards"].as_array().unwrap();
    assert!(
        !told.is_empty() && told.iter().all(|card| card.get("suggestions").is_none()),
        "an order given is no draft"
    );
}

#[test]
fn no_advice_is_an_empty_list_of_cards() {
    let request = read(Hook::EncounterStart, &call("encounter-start", json!({}))).unwrap();
    let answer = cards(&request, &[], Place { base: "", library: "" });
    assert_eq!(answer, json!({ "cards": [] }));
    valid(RESPONSE, &answer);
}

#[test]
fn what_a_call_lacks_is_named() {
    let mut body = call("order-sign", json!({ "draftOrders": drafts() }));
    body["prefetch"].as_object_mut().unwrap().remove("patient");
    let fault = read(Hook::OrderSign, &body).unwrap().asked(&asker(), &CATALOGUE, now()).unwrap_err();
    assert!(matches!(fault, HookFault::Missing { key: "patient", .. }), "{fault}");
    let mut body = call("encounter-discharge", json!({}));
    body["prefetch"]["encounter"] = Value::Null;
    let fault = read(Hook::EncounterDischarge, &body).unwrap().asked(&asker(), &CATALOGUE, now()).unwrap_err();
    assert!(matches!(fault, HookFault::Missing { key: "encounter", .. }), "{fault}");
    let fault = read(Hook::OrderSelect, &call("order-sign", json!({}))).unwrap_err();
    assert!(fault.to_string().contains("order-select"), "{fault}");
    for body in [&b"{"[..], b"[]", b"{}", br#"{"hook":"order-sign","hookInstance":"x"}"#] {
        assert!(HookRequest::read(Hook::OrderSign, body).is_err());
    }
    let body = call("order-select", json!({ "draftOrders": drafts() }));
    let fault = read(Hook::OrderSelect, &body).unwrap().asked(&asker(), &CATALOGUE, now()).unwrap_err();
    assert!(fault.to_string().contains("selections"), "{fault}");
}
