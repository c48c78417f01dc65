//! What FHIR R4 resources say, as far as an inquiry needs it.

use crate::moment;
use bedside::{Diagnosis, Line, Operation};
use catalog::Catalogue;
use model::{CareSetting, Fen, Quantity, Sex, Stamp, UnitPrice};
use serde_json::Value;

/// System of an identifier that is the agency's 人员编号.
pub const PERSON_SYSTEM: &str = "urn:yibao:psn-no";
/// System of an identifier that is a resident identity card number (居民身份证号, WS/T 500).
pub const CERTIFICATE_SYSTEM: &str = "urn:oid:2.16.156.10011.1.3";
/// System of an identifier of an encounter that is the agency's 就诊ID.
pub const VISIT_SYSTEM: &str = "urn:yibao:mdtrt-id";
/// Extension of an order that tells the price of one: FHIR R4 orders have none.
pub const PRICE_EXTENSION: &str = "urn:yibao:unit-price";

/// A text below a resource: `text(encounter, "/class/code")`.
pub(crate) fn text<'r>(resource: &'r Value, pointer: &str) -> &'r str {
    resource.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'r>(resource: &'r Value, pointer: &str) -> &'r [Value] {
    resource.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The value of an identifier with this system; OIDs with or without `urn:oid:`.
pub(crate) fn identifier<'r>(resource: &'r Value, system: &str) -> &'r str {
    let bare = system.trim_start_matches("urn:oid:");
    let own = |known: &&Value| text(known, "/system").trim_start_matches("urn:oid:") == bare;
    list(resource, "/identifier").iter().find(own).map_or("", |known| text(known, "/value"))
}

/// The resources of a kind in a bundle (or the one resource itself), in order.
pub(crate) fn resources<'r>(bundle: Option<&'r Value>, kinds: &'r [&str]) -> impl Iterator<Item = &'r Value> {
    let entries = bundle.map_or(&[][..], |bundle| list(bundle, "/entry"));
    let alone = bundle.filter(|resource| text(resource, "/resourceType") != "Bundle");
    let all = entries.iter().filter_map(|entry| entry.get("resource")).chain(alone);
    all.filter(|resource| kinds.contains(&text(resource, "/resourceType")))
}

/// `MedicationRequest/103`
pub(crate) fn reference(resource: &Value) -> String {
    format!("{}/{}", text(resource, "/resourceType"), text(resource, "/id"))
}

pub(crate) fn sex(patient: &Value) -> Sex {
    match text(patient, "/gender") {
        "male" => Sex::Male,
        "female" => Sex::Female,
        _ => Sex::Unknown,
    }
}

/// Where care happens, by the class of the encounter (v3-ActCode).
pub(crate) fn setting(encounter: &Value) -> CareSetting {
    match text(encounter, "/class/code") {
        "IMP" | "ACUTE" | "NONAC" => CareSetting::Inpatient,
        "EMER" => CareSetting::Emergency,
        "HH" => CareSetting::HomeBed,
        _ => CareSetting::Outpatient,
    }
}

/// `med_type` of a setting, as far as FHIR tells it.
pub(crate) const fn care(setting: CareSetting) -> &'static str {
    match setting {
        CareSetting::Outpatient => "11",
        CareSetting::Emergency => "13",
        CareSetting::Inpatient => "21",
        CareSetting::Pharmacy => "41",
        CareSetting::HomeBed => "71",
    }
}

/// A diagnosis, unless it was ruled out or entered by mistake.
pub(crate) fn diagnosis(
    condition: &Value,
    catalogue: &Catalogue,
    encounter: &Value,
    place: usize,
) -> Option<Diagnosis> {
    let status = text(condition, "/verificationStatus/coding/0/code");
    if matches!(status, "refuted" | "entered-in-error") {
        return None;
    }
    let concept = condition.get("code")?;
    let known = |code: &&str| catalogue.diagnosis(code).is_some();
    let code = codes(concept).find(known).map(str::to_owned);
    let code =
        code.or_else(|| named_diagnosis(concept, catalogue)).or_else(|| codes(concept).next().map(str::to_owned))?;
    let own = reference(condition);
    let listed = list(encounter, "/diagnosis").iter().find(|listed| text(listed, "/condition/reference") == own);
    let rank = listed.and_then(|listed| listed.get("rank")).and_then(Value::as_u64);
    let rank = rank.and_then(|rank| u16::try_from(rank).ok()).unwrap_or(u16::try_from(place).unwrap_or(u16::MAX));
    Some(Diagnosis { code, main: rank == 1, kind: 1, rank })
}

/// An operation that was carried out or is under way.
pub(crate) fn operation(procedure: &Value, catalogue: &Catalogue) -> Option<Operation> {
    if matches!(text(procedure, "/status"), "not-done" | "entered-in-error") {
        return None;
    }
    let concept = procedure.get("code")?;
    let code = codes(concept).find(|code| catalogue.procedure(code).is_some()).or_else(|| codes(concept).next())?;
    let at =
        ["/performedDateTime", "/performedPeriod/start"].into_iter().find_map(|at| moment::stamp(text(procedure, at)));
    Some(Operation { code: code.to_owned(), at, main: false })
}

/// The kinds of resources that are orders or things charged.
pub(crate) const ORDERS: [&str; 4] = ["MedicationRequest", "ServiceRequest", "DeviceRequest", "Procedure"];

/// An order as a line; `None` when it is not to be carried out, or says nothing of what is ordered.
pub(crate) fn line(order: &Value, catalogue: &Catalogue, now: Stamp) -> Option<Line> {
    if matches!(text(order, "/status"), "cancelled" | "stopped" | "revoked" | "entered-in-error" | "not-done") {
        return None;
    }
    let concept =
        ["/medicationCodeableConcept", "/code", "/codeCodeableConcept"].into_iter().find_map(|at| order.pointer(at))?;
    let item = item(concept, catalogue);
    let name = text(concept, "/text");
    let name = if name.is_empty() { text(concept, "/coding/0/display") } else { name };
    let number = |at: &str| order.pointer(at).and_then(decimal);
    let quantity = ["/dispenseRequest/quantity/value", "/quantityQuantity/value"].into_iter().find_map(number);
    let quantity = quantity.and_then(|text| Quantity::parse(text.as_bytes()).ok()).unwrap_or(Quantity::whole(1));
    let price = unit_price(order).unwrap_or_default();
    let days = number("/dispenseRequest/expectedSupplyDuration/value");
    let at = ["/authoredOn", "/performedDateTime", "/performedPeriod/start", "/occurrenceDateTime"]
        .into_iter()
        .find_map(|at| moment::stamp(text(order, at)));
    Some(Line {
        id: reference(order),
        item,
        name: name.to_owned(),
        at: at.unwrap_or(now),
        quantity,
        price,
        amount: if price == UnitPrice::default() { Fen::ZERO } else { price.times(quantity) },
        doctor: text(order, "/requester/identifier/value").to_owned(),
        order: text(order, "/groupIdentifier/value").to_owned(),
        route: text(order, "/dosageInstruction/0/route/text").to_owned(),
        supply_days: days.and_then(|days| days.parse().ok()).unwrap_or(0),
        ..Line::default()
    })
}

fn codes(concept: &Value) -> impl Iterator<Item = &str> {
    list(concept, "/coding").iter().map(|coding| text(coding, "/code")).filter(|code| !code.is_empty())
}

fn names(concept: &Value) -> impl Iterator<Item = &str> {
    let displayed = list(concept, "/coding").iter().map(|coding| text(coding, "/display"));
    displayed.chain([text(concept, "/text")]).filter(|name| !name.is_empty())
}

/// The national code: a code that the catalogue knows, else that of the only item so named, else the first code as sent.
fn item(concept: &Value, catalogue: &Catalogue) -> String {
    if let Some(code) = codes(concept).find(|code| catalogue.item(code).is_some()) {
        return code.to_owned();
    }
    let named = names(concept).find_map(|name| match catalogue.items_named(name) {
        [only] => Some(catalogue.item_code(*only).to_owned()),
        _ => None,
    });
    named.or_else(|| codes(concept).next().map(str::to_owned)).unwrap_or_default()
}

/// The diagnosis that is named just so.
fn named_diagnosis(concept: &Value, catalogue: &Catalogue) -> Option<String> {
    names(concept).find_map(|name| {
        let found = (0..catalogue.diagnosis_count()).find(|&id| catalogue.diagnosis_name(id) == name)?;
        Some(catalogue.diagnosis_code(found).to_owned())
    })
}

fn unit_price(order: &Value) -> Option<UnitPrice> {
    let own = list(order, "/extension").iter().find(|extension| text(extension, "/url") == PRICE_EXTENSION)?;
    let value = ["/valueMoney/value", "/valueDecimal"].into_iter().find_map(|at| own.pointer(at))?;
    UnitPrice::parse(decimal(value)?.as_bytes()).ok()
}

/// A number as its digits: FHIR's decimals are numbers in JSON.
fn decimal(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
