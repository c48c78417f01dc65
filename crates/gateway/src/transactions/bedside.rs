//! Before and during care: what a hospital system asks of a visit (3101, 3102; 3660, 3661 in Hainan), what it is told, and
//! what it says was done about it (3103).
//!
//! Clients differ more here than anywhere: the one says by which scene, the other by which rules, the third says neither;
//! codes come from three dictionaries. What cannot be told for certain is left open: it then decides nothing.

use crate::fault::Fault;
use crate::json::Json;
use crate::node::Row;
use crate::output::Values;
use crate::profile::{MaternalCodes, Profile};
use crate::request::Request;
use bedside::{Advice, Diagnosis, Inquiry, Line, Operation, Patient, Reminder, Role, Scene, Stage, Visit, Way};
use model::{CareSetting, Fen, HospitalLevel, Insurance, MaternalState, Severity, Sex};
use std::str::FromStr;

/// Longest reason, in characters; clients refuse a longer one before they send it.
const REASON_MAX: usize = 500;
/// Longest texts of a result.
const TEXT_MAX: usize = 500;

/// What was done about a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// `warn_rslt_id`: id of the reminder.
    pub id: String,
    /// What was done.
    pub way: Way,
    /// Why.
    pub reason: String,
}

/// 3101, 3102: an inquiry for each patient.
pub(crate) fn inquire(request: &Request, profile: &Profile) -> Result<Vec<Inquiry>, Fault> {
    let data = request.only("data");
    let stage = match request.transaction.infno {
        "3102" | "3661" => Stage::During,
        _ => Stage::Before,
    };
    let scenes = Scene::from_codes(data.text("trig_scen"));
    let rules = listed(data.text("rule_ids"));
    let patients = data.rows("patient_dtos").iter().enumerate();
    patients
        .map(|(index, patient)| {
            let area = patient.text("poolarea");
            let current = patient.string("curr_mdtrt_id");
            let encounters = patient.rows("fsi_encounter_dtos");
            if !encounters.iter().any(|encounter| encounter.text("mdtrt_id") == current) {
                return Err(Fault::new(
                    format!("节点 data › patient_dtos 第 {} 行 字段 curr_mdtrt_id（当前就诊标识）", index + 1),
                    "不在 fsi_encounter_dtos（就诊信息集合）的 mdtrt_id 之中",
                    "请把当前就诊放入就诊信息集合",
                ));
            }
            let mut visits: Vec<Visit> = Vec::with_capacity(encounters.len());
            for encounter in encounters {
                if !visits.iter().any(|visit| visit.id == encounter.text("mdtrt_id")) {
                    visits.push(visit(encounter, area, encounter.text("mdtrt_id") == current, stage, profile));
                }
            }
            let patient = Patient {
                id: patient.string("patn_id"),
                sex: Sex::from_code(patient.text("gend")),
                born_on: patient.day("brdy"),
                area: area.to_owned(),
                ..Patient::default()
            };
            Ok(Inquiry { stage, scenes: scenes.clone(), rules: rules.clone(), patient, current, visits })
        })
        .collect()
}

/// Rule ids: a list, the text of one, or ids with commas between.
fn listed(text: &str) -> Vec<String> {
    let ids: Vec<String> = match Json::parse(text) {
        Ok(Json::List(items)) => items
            .iter()
            .filter_map(|item| match item {
                Json::Text(text) => Some(text.trim().to_owned()),
                Json::Number(digits) => Some((*digits).to_owned()),
                _ => None,
            })
            .collect(),
        _ => text.split([',', '，']).map(|id| id.trim().trim_matches('"').to_owned()).collect(),
    };
    ids.into_iter().filter(|id| !id.is_empty() && id != "null").collect()
}

/// A small code; what does not fit is as good as not said.
pub(super) fn small<T: FromStr + Default>(text: &str) -> T {
    text.trim().parse().unwrap_or_default()
}

fn visit(row: &Row, area: &str, current: bool, stage: Stage, profile: &Profile) -> Visit {
    let care = row.text("med_type");
    let setting = match row.text("med_mdtrt_type") {
        "3" => CareSetting::Pharmacy,
        "2" if care.is_empty() => CareSetting::Inpatient,
        _ => CareSetting::from_med_type(care),
    };
    // Whoever writes orders in a stay does not know its end; clients fill the field with anything.
    let goes_on = current && stage == Stage::Before && setting == CareSetting::Inpatient;
    let amount = |name: &str| row.fen(name).filter(|_| !current);
    Visit {
        id: row.string("mdtrt_id"),
        institution: row.string("medins_id"),
        level: HospitalLevel::from_code(row.text("medins_lv")),
        setting,
        care: care.to_owned(),
        begins_at: row.stamp("adm_date").unwrap_or_default(),
        ends_at: row.stamp("dscg_date").filter(|_| !goes_on),
        insurance: Insurance::from_code(row.text("insutype")),
        maternal: MaternalState::from_code(row.text("matn_stas"), profile.maternal_codes == MaternalCodes::Audit),
        admission_department: row.string("adm_dept_codg"),
        discharge_department: row.string("dscg_dept_codg"),
        doctor: row.string("dr_codg"),
        programme: row.string("dise_no"),
        treatment_area: row.string("medins_admdvs"),
        insured_area: area.to_owned(),
        total: row.fen("medfee_sumamt"),
        // Before a settlement these are what the hospital expects, not what anybody paid.
        account_paid: amount("acct_payamt"),
        fund_paid: amount("hifp_payamt"),
        self_funded: amount("ownpay_amt"),
        diagnoses: diagnoses(row.rows("fsi_diagnose_dtos"), stage),
        operations: row.rows("fsi_operation_dtos").iter().map(operation).collect(),
        lines: row.rows("fsi_order_dtos").iter().map(line).collect(),
        ..Visit::default()
    }
}

/// At the end the discharge diagnoses count, where there are any.
fn diagnoses(rows: &[Row], stage: Stage) -> Vec<Diagnosis> {
    let discharge = stage == Stage::During && rows.iter().any(|row| row.text("inout_dise_type") == "2");
    let counted = rows.iter().filter(|row| !discharge || row.text("inout_dise_type") == "2");
    let diagnosis = |row: &Row| Diagnosis {
        code: row.string("dise_codg"),
        main: row.text("maindise_flag") == "1",
        kind: 0,
        rank: small(row.text("dias_srt_no")),
    };
    counted.map(diagnosis).collect()
}

fn operation(row: &Row) -> Operation {
    Operation { code: row.string("oprn_code"), at: row.stamp("oprn_date"), main: row.text("main_oprn_flag") == "1" }
}

fn line(row: &Row) -> Line {
    let name = match row.text("hosplist_name") {
        "" => row.string("hilist_name"),
        name => name.to_owned(),
    };
    // A group is one of its prescription: every prescription has a group 1.
    let order = match row.text("grpno") {
        "" => String::new(),
        group => format!("{}/{group}", row.text("rxno")),
    };
    let extended = row.row("extend_order_map");
    Line {
        id: row.string("rx_id"),
        current: row.text("curr_drord_flag") == "1",
        item: row.string("hilist_code"),
        name,
        at: row.stamp("drord_begn_date").unwrap_or_default(),
        quantity: row.quantity("cnt").unwrap_or_default(),
        price: row.unit_price("pric").unwrap_or_default(),
        amount: row.fen("sumamt").unwrap_or_default(),
        prescription: row.string("rxno"),
        doctor: row.string("drord_dr_codg"),
        billing_department: row.string("drord_dept_codg"),
        order,
        list_type: small(row.text("hilist_type")),
        charge_type: small(row.text("chrg_type")),
        supply_days: extended.map(|row| small(row.text("o_prdDays"))).unwrap_or_default(),
        charge_level: small(row.text("hilist_lv")),
        ..Line::default()
    }
}

/// The `result` rows of what was found, for as many patients as were asked about.
pub(crate) fn advised(request: &Request, advised: &[(&Inquiry, &Advice)]) -> Values {
    let task = request.only("data").string("task_id");
    let rows = advised.iter().flat_map(|(inquiry, advice)| {
        advice.reminders.iter().map(|reminder| result(reminder, &inquiry.patient.id, &task))
    });
    // Beside the declared fields: which library judged, also when nothing was found.
    let values = Values::new().list("result", rows.collect());
    match advised.first() {
        Some((_, advice)) => values.text("rule_lib_ver", &advice.library),
        None => values,
    }
}

fn result(reminder: &Reminder, person: &str, task: &str) -> Values {
    let detail = |number: usize, visit: &str, line: &str, role: Role, amount: Fen| {
        Values::new()
            .text("jrd_id", format!("{}-{number}", reminder.id))
            .text("patn_id", person)
            .text("mdtrt_id", visit)
            .text("rx_id", line)
            .text("vola_item_type", if role == Role::AtFault { "1" } else { "2" })
            .fen("vola_amt", amount)
    };
    let mut details: Vec<Values> = reminder
        .lines
        .iter()
        .enumerate()
        .map(|(at, line)| detail(at + 1, &line.visit, &line.id, line.role, line.amount))
        .collect();
    if !reminder.lines.iter().any(|line| line.role == Role::AtFault) {
        details.insert(0, detail(0, &reminder.visit, "", Role::AtFault, reminder.amount));
    }
    let severity = match reminder.severity {
        Severity::Clear => "1",
        Severity::Suspicious => "2",
        Severity::Indicator => "3",
    };
    Values::new()
        .text("jr_id", &reminder.id)
        .text("rule_id", &reminder.rule)
        .text("rule_name", &reminder.name)
        .text("vola_cont", reminder.text(TEXT_MAX))
        .text("patn_id", person)
        .text("mdtrt_id", &reminder.visit)
        .fen("vola_amt", reminder.amount)
        .text("vola_amt_stas", "1")
        .text("sev_deg", severity)
        .text("vola_evid", super::lines::cut(&reminder.basis, TEXT_MAX))
        .text("vola_bhvr_type", if reminder.of_line { "2" } else { "1" })
        .text("task_id", task)
        .list("judge_result_detail_dtos", details)
}

/// 3103: what was done about each reminder; of two answers to one the last counts.
pub(crate) fn responses(request: &Request) -> Result<Vec<Response>, Fault> {
    let data = request.only("data");
    let mut responses: Vec<Response> = Vec::new();
    for (index, row) in data.rows("warns").iter().enumerate() {
        let place = |field: &str| format!("节点 data › warns 第 {} 行 字段 {field}", index + 1);
        let Some(way) = Way::from_code(row.text("dspo_way")) else {
            let what = format!("{}不在字典 dspo_way 中", crate::fault::quote(row.text("dspo_way")));
            return Err(Fault::new(place("dspo_way（处理方式）"), what, "可填：1 继续执行、2 返回修改"));
        };
        let reason = row.string("dspo_way_rea");
        let field = || place("dspo_way_rea（处理原因）");
        if way == Way::Continued && reason.is_empty() {
            return Err(Fault::new(field(), "不能为空", "处理方式为 1 继续执行时请写明原因"));
        }
        let length = reason.chars().count();
        if length > REASON_MAX {
            return Err(Fault::new(field(), format!("超过 {REASON_MAX} 个字符（实为 {length} 个）"), "请缩短"));
        }
        let id = row.string("warn_rslt_id");
        responses.retain(|known| known.id != id);
        responses.push(Response { id, way, reason });
    }
    Ok(responses)
}
