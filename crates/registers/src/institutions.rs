//! Rows of institutions: who they are, what their agreement covers, where it stands since when.
//!
//! A row of a known institution replaces its particulars; a new state of the agreement closes the one before it and is added,
//! so that the life of the agreement stays whole.

use crate::coverage::area;
use crate::import::Batch;
use crate::known::REGISTRY;
use crate::row::Row;
use agency::{AgreementSpell, AgreementState, Department, Document, Institution, Service};
use model::Stamp;
use serde::Serialize;

const STATES: [(&str, &str); 5] =
    [("applied", "申请中"), ("trial", "试运行"), ("signed", "已签约"), ("paused", "中止"), ("exited", "解除")];
const LEVELS: [(&str, &str); 14] = [
    ("1", "三级特等"),
    ("2", "三级甲等"),
    ("3", "三级乙等"),
    ("4", "三级丙等"),
    ("5", "二级甲等"),
    ("6", "二级乙等"),
    ("7", "二级丙等"),
    ("8", "一级甲等"),
    ("9", "一级乙等"),
    ("10", "一级丙等"),
    ("11", "无等级"),
    ("12", "三级无等"),
    ("13", "二级无等"),
    ("14", "一级无等"),
];
const SERVICES: [(&str, &str, Service); 4] = [
    ("outpatient", "门诊", Service::Outpatient),
    ("inpatient", "住院", Service::Inpatient),
    ("pharmacy", "药店购药", Service::Pharmacy),
    ("chronic", "门诊慢特病", Service::Chronic),
];
/// No hospital has more.
const BEDS_MAX: u32 = 20_000;

/// Judges a row; takes the institution when nothing is wrong.
pub(crate) fn take(row: &mut Row<'_>, batch: &mut Batch<'_>) {
    let area = area(row, "admdvs").unwrap_or_default();
    let code = code(row, &area);
    let name = row.must("fixmedins_name").unwrap_or_default();
    let pharmacy = code.starts_with('P');
    let kind = row.text("medins_type");
    let level = row.code_or("hosp_lv", &LEVELS, "").unwrap_or_default();
    if row.is_sound() && !pharmacy && level.is_empty() {
        row.reject("hosp_lv", "医疗机构没有填写等级", "请填写 1 至 14 的代码；没有评级的填 11");
    }
    let community = row.flag("community").unwrap_or_default();
    let credit_code = credit_code(row);
    let beds = row.count("beds", BEDS_MAX, 0).unwrap_or_default();
    let services = services(row, pharmacy);
    let departments = departments(row);
    let spell = spell(row);
    batch.once(row, "fixmedins_code", &format!("institution {code}"));
    let (Some(spell), true) = (spell, row.is_sound()) else { return };
    let known = batch.known.institutions.get(&code);
    let agreement = match next(known.map_or(&[][..], |known| known.agreement.as_slice()), spell) {
        Ok(agreement) => agreement,
        Err(reason) => {
            row.reject("agreement_from", &reason, "新状态应晚于已登记的状态；更正历史请逐条办理");
            return;
        }
    };
    let institution = Institution {
        code: code.clone(),
        name,
        area,
        kind,
        level: level.to_owned(),
        community,
        credit_code,
        beds,
        services,
        agreement,
        departments,
    };
    batch.remember(format!("institution {code}"), row.number);
    batch.changes.documents.push(registered("institution", &code, &institution, batch.now));
    batch.known.institutions.insert(code, institution);
}

/// A register's entry as a document of the registry.
pub(crate) fn registered<T: Serialize>(kind: &str, code: &str, entry: &T, now: Stamp) -> Document {
    Document {
        owner: REGISTRY.to_owned(),
        kind: kind.to_owned(),
        key: code.to_owned(),
        state: String::new(),
        on: now.day(),
        at: now,
        deleted: false,
        // Plain data with text keys: writing it cannot fail.
        content: serde_json::to_string(entry).unwrap_or_default(),
    }
}

/// `H` or `P`, the area, five digits.
fn code(row: &mut Row<'_>, area: &str) -> String {
    let Some(code) = row.must("fixmedins_code") else { return String::new() };
    let digits = code.get(1..).unwrap_or_default();
    if code.len() != 12 || !code.starts_with(['H', 'P']) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        row.reject("fixmedins_code", "不是机构编码", "应为 H（医疗机构）或 P（药店）加 11 位数字");
    } else if !area.is_empty() && !digits.starts_with(area) {
        row.reject("fixmedins_code", &format!("编码中的区划与医保区划 {area} 不一致"), "请核对编码与区划");
    }
    code
}

/// 统一社会信用代码: eighteen characters, the last follows from the others (GB 32100-2015).
fn credit_code(row: &mut Row<'_>) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let text = row.text("uscc");
    let code = text.to_ascii_uppercase();
    if code != text {
        row.correct("uscc", &code, "字母改为大写");
    }
    if code.is_empty() {
        return code;
    }
    let values: Option<Vec<usize>> = code.chars().map(|letter| LETTERS.find(letter)).collect();
    let Some(values) = values.filter(|values| values.len() == 18) else {
        row.reject("uscc", "不是统一社会信用代码", "应为十八位数字或大写字母（不含 I、O、S、V、Z）");
        return code;
    };
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let expected = (31 - sum % 31) % 31;
    if values.last() != Some(&expected) {
        let letter = LETTERS.chars().nth(expected).unwrap_or('0');
        row.reject("uscc", &format!("校验码不符，前十七位对应的校验码是 {letter}"), "请核对代码的每一位");
    }
    code
}

fn services(row: &mut Row<'_>, pharmacy: bool) -> Vec<Service> {
    let Some(text) = row.must("services") else { return Vec::new() };
    let mut services = Vec::new();
    for word in text.split(';').map(str::trim).filter(|word| !word.is_empty()) {
        match SERVICES.iter().find(|(name, title, _)| *name == word || *title == word) {
            None => {
                let all: Vec<&str> = SERVICES.iter().map(|(_, title, _)| *title).collect();
                row.reject(
                    "services",
                    &format!("不认识的服务“{word}”"),
                    &format!("应为：{}，以分号分开", all.join("、")),
                );
            }
            Some((.., service)) if pharmacy != (*service == Service::Pharmacy) => {
                row.reject("services", &format!("这类机构不提供“{word}”"), "药店只有药店购药，医疗机构没有药店购药");
            }
            Some((.., service)) => services.push(*service),
        }
    }
    services
}

/// `0101:内科:A03;0102:外科:A04`: own code, name, national discipline.
fn departments(row: &mut Row<'_>) -> Vec<Department> {
    let text = row.text("departments");
    let mut departments: Vec<Department> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let pieces: Vec<&str> = part.split(':').map(str::trim).collect();
        let [code, name, discipline] = pieces.as_slice() else {
            row.reject("departments", &format!("“{part}”不是科室"), "请写作 0101:内科:A03，以分号分开");
            continue;
        };
        if departments.iter().any(|known| known.code == *code) {
            row.reject("departments", &format!("科室编码 {code} 重复"), "每个科室一个编码");
        }
        let [code, name, discipline] = [code, name, discipline].map(|piece| (*piece).to_owned());
        departments.push(Department { code, name, discipline });
    }
    departments
}

fn spell(row: &mut Row<'_>) -> Option<AgreementSpell> {
    let state = match row.code("agreement", &STATES) {
        Some("applied") => Some(AgreementState::Applied),
        Some("trial") => Some(AgreementState::Trial),
        Some("signed") => Some(AgreementState::Signed),
        Some("paused") => Some(AgreementState::Paused),
        Some(_) => Some(AgreementState::Exited),
        None => None,
    };
    let from = row.must_day("agreement_from");
    let reason = row.text("reason");
    if matches!(state, Some(AgreementState::Paused | AgreementState::Exited)) && reason.is_empty() {
        row.reject("reason", "中止或解除没有写明原因", "请补上原因");
    }
    Some(AgreementSpell { state: state?, from: from?, until: None, reason })
}

/// The life of the agreement with a state added: the open one before it ends where it begins. The same state again adds nothing.
fn next(life: &[AgreementSpell], spell: AgreementSpell) -> Result<Vec<AgreementSpell>, String> {
    let mut life = life.to_vec();
    let Some(last) = life.last_mut() else { return Ok(vec![spell]) };
    if (last.state, last.from) == (spell.state, spell.from) {
        return Ok(life);
    }
    if spell.from <= last.from {
        return Err(format!("已登记自 {} 起为“{}”", last.from, last.state.label()));
    }
    if last.state == AgreementState::Exited {
        return Err(format!("协议已于 {} 解除；重新申请请用新的编码", last.from));
    }
    last.until = Some(last.until.map_or(spell.from, |until| until.min(spell.from)));
    life.push(spell);
    Ok(life)
}
