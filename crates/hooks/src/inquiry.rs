//! A call as an inquiry.

use crate::fault::HookFault;
use crate::fhir::{
    self, CERTIFICATE_SYSTEM, ORDERS, PERSON_SYSTEM, VISIT_SYSTEM, diagnosis, identifier, line, operation, reference,
    resources, text,
};
use crate::moment;
use crate::request::{Hook, HookRequest};
use bedside::{Inquiry, Line, Patient, Scene, Stage, Visit};
use catalog::Catalogue;
use model::Stamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// On whose behalf it is asked: what the server knows of the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker {
    /// 定点医药机构编号
    pub institution: String,
    /// 医保区划 of the institution
    pub area: String,
}

/// An inquiry, and by what the person can be found in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The inquiry; its patient is named by the medical record until the register is asked.
    pub inquiry: Inquiry,
    /// 人员编号, when the patient has such an identifier.
    pub person: Option<String>,
    /// 居民身份证号, when the patient has such an identifier.
    pub certificate: Option<String>,
}

impl HookRequest {
    /// What is asked, with codes as the catalogue has them.
    ///
    /// # Errors
    /// What the call lacks: parts of its context, or prefetched resources.
    pub fn asked(&self, asker: &Asker, catalogue: &Catalogue, now: Stamp) -> Result<Asked, HookFault> {
        let missing = |key, what| HookFault::Missing { key, what };
        let patient = self.prefetched("patient").ok_or_else(|| missing("patient", "患者（Patient）"))?;
        let none = Value::Null;
        let encounter = self.prefetched("encounter");
        if encounter.is_none() && matches!(self.hook, Hook::EncounterStart | Hook::EncounterDischarge) {
            return Err(missing("encounter", "就诊（Encounter）"));
        }
        let encounter = encounter.unwrap_or(&none);
        let lines = self.lines(catalogue, now)?;
        let id = self.visit_id(encounter)?;
        let own = |system| Some(identifier(patient, system)).filter(|value| !value.is_empty()).map(str::to_owned);
        let conditions = resources(self.prefetched("conditions"), &["Condition"]).enumerate();
        let diagnoses =
            conditions.filter_map(|(place, condition)| diagnosis(condition, catalogue, encounter, place + 1));
        let procedures = resources(self.prefetched("procedures"), &["Procedure"]);
        let begun = moment::stamp(text(encounter, "/period/start"));
        let setting = fhir::setting(encounter);
        let visit = Visit {
            id: id.clone(),
            institution: asker.institution.clone(),
            setting,
            care: fhir::care(setting).to_owned(),
            begins_at: begun.or_else(|| lines.iter().map(|line| line.at).min()).unwrap_or(now),
            ends_at: self.ends_at(encounter, now),
            treatment_area: asker.area.clone(),
            diagnoses: diagnoses.collect(),
            operations: procedures.filter_map(|procedure| operation(procedure, catalogue)).collect(),
            lines,
            ..Visit::default()
        };
        let discharge = self.hook == Hook::EncounterDischarge;
        let scene = match self.hook {
            Hook::EncounterStart => Scene::Registration,
            Hook::EncounterDischarge => Scene::Settlement,
            Hook::OrderSelect | Hook::OrderSign => Scene::Charging,
        };
        let inquiry = Inquiry {
            stage: if discharge { Stage::During } else { Stage::Before },
            scenes: vec![scene],
            rules: Vec::new(),
            patient: Patient {
                id: self.context_text("patientId")?.to_owned(),
                sex: fhir::sex(patient),
                born_on: moment::day(text(patient, "/birthDate")),
                died_on: moment::day(text(patient, "/deceasedDateTime")),
                ..Patient::default()
            },
            current: id,
            visits: vec![visit],
        };
        Ok(Asked { inquiry, person: own(PERSON_SYSTEM), certificate: own(CERTIFICATE_SYSTEM) })
    }

    /// The agency's id of the visit, when the medical record knows it; else its own.
    fn visit_id(&self, encounter: &Value) -> Result<String, HookFault> {
        let national = identifier(encounter, VISIT_SYSTEM);
        if !national.is_empty() {
            return Ok(national.to_owned());
        }
        let told = self.context.get("encounterId").and_then(Value::as_str).filter(|id| !id.is_empty());
        match (told, self.hook) {
            (Some(id), _) => Ok(id.to_owned()),
            // An order may be written outside any encounter: then the patient's orders of now are one.
            (None, Hook::OrderSelect | Hook::OrderSign) => Ok(format!("orders-of-{}", self.context_text("patientId")?)),
            (None, _) => self.context_text("encounterId").map(str::to_owned),
        }
    }

    fn ends_at(&self, encounter: &Value, now: Stamp) -> Option<Stamp> {
        let told = moment::stamp(text(encounter, "/period/end"));
        told.or_else(|| (self.hook == Hook::EncounterDischarge).then_some(now))
    }

    /// Orders as lines, marked when they are what is asked about.
    fn lines(&self, catalogue: &Catalogue, now: Stamp) -> Result<Vec<Line>, HookFault> {
        let as_lines = |bundle: Option<&Value>| -> Vec<Line> {
            resources(bundle, &ORDERS).filter_map(|order| line(order, catalogue, now)).collect()
        };
        let drafts = || {
            let drafts = self.context.get("draftOrders").filter(|drafts| drafts.is_object());
            drafts.ok_or_else(|| HookFault::malformed("缺少字段 context.draftOrders，应为 Bundle"))
        };
        let mut lines = match self.hook {
            Hook::EncounterStart => Vec::new(),
            Hook::OrderSelect => {
                let chosen = self.context.get("selections").and_then(Value::as_array);
                let chosen = chosen.ok_or_else(|| HookFault::malformed("缺少字段 context.selections，应为列表"))?;
                let chosen: BTreeSet<&str> = chosen.iter().filter_map(Value::as_str).collect();
                let mut lines = as_lines(Some(drafts()?));
                lines.iter_mut().for_each(|line| line.current = chosen.contains(line.id.as_str()));
                if !lines.iter().any(|line| line.current) {
                    // Nothing that was chosen is a line: where no line is marked, all would be meant.
                    lines.clear();
                }
                lines
            }
            Hook::OrderSign => as_lines(Some(drafts()?)),
            Hook::EncounterDischarge => {
                let keys = ["medications", "services", "procedures"];
                keys.into_iter().flat_map(|key| as_lines(self.prefetched(key))).collect()
            }
        };
        if self.hook != Hook::OrderSelect {
            lines.iter_mut().for_each(|line| line.current = true);
        }
        let mut seen = BTreeSet::new();
        lines.retain(|line| seen.insert(line.id.clone()));
        Ok(lines)
    }

    /// The order behind a line, when it is still a draft that can be taken away.
    pub(crate) fn draft(&self, line: &str) -> Option<&Value> {
        resources(self.context.get("draftOrders"), &ORDERS).find(|order| reference(order) == line)
    }
}
