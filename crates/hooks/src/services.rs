//! What discovery tells: four services, and what each wants to be sent along.

use crate::request::Hook;
use serde_json::{Map, Value, json};

/// Prefetch templates: key, query, and whether a service about orders wants it.
const TEMPLATES: [(&str, &str); 6] = [
    ("patient", "Patient/{{context.patientId}}"),
    ("encounter", "Encounter/{{context.encounterId}}"),
    ("conditions", "Condition?encounter={{context.encounterId}}"),
    ("medications", "MedicationRequest?encounter={{context.encounterId}}&status=active,completed"),
    ("services", "ServiceRequest?encounter={{context.encounterId}}&status=active,completed"),
    ("procedures", "Procedure?encounter={{context.encounterId}}"),
];

/// The answer of `GET /cds-services`.
#[must_use]
pub fn services() -> Value {
    let services: Vec<Value> = Hook::ALL.into_iter().map(service).collect();
    json!({ "services": services })
}

fn service(hook: Hook) -> Value {
    let wanted = TEMPLATES.iter().filter(|(key, _)| hook.wants(key));
    let prefetch: Map<String, Value> = wanted.map(|(key, query)| ((*key).to_owned(), json!(query))).collect();
    json!({
        "id": hook.service(),
        "hook": hook.word(),
        "title": hook.title(),
        "description": hook.description(),
        "usageRequirements": "需要随请求发送 prefetch；患者标识用居民身份证号或医保人员编号。提醒只供参考，不阻止诊疗。",
        "prefetch": prefetch,
    })
}
