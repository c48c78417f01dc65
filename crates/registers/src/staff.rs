//! Rows of staff: who works where, and since when the fund pays for it.

use crate::import::Batch;
use crate::institutions::registered;
use crate::row::Row;
use agency::{FULL_POINTS, PractiseSpell, PractiseState, Profession, Staff};

const PROFESSIONS: [(&str, &str); 3] = [("doctor", "医师"), ("nurse", "护士"), ("pharmacist", "药师")];
const STATES: [(&str, &str); 3] = [("active", "正常"), ("suspended", "暂停"), ("ended", "终止")];

/// Judges a row; takes the person when nothing is wrong.
pub(crate) fn take(row: &mut Row<'_>, batch: &mut Batch<'_>) {
    let code = row.must("code").unwrap_or_default();
    let (profession, letter) = match row.code("profession", &PROFESSIONS) {
        Some("doctor") => (Profession::Doctor, 'D'),
        Some("nurse") => (Profession::Nurse, 'N'),
        _ => (Profession::Pharmacist, 'Y'),
    };
    let digits = code.get(1..).unwrap_or_default();
    if row.is_sound()
        && (code.len() != 13 || !code.starts_with(letter) || !digits.bytes().all(|byte| byte.is_ascii_digit()))
    {
        row.reject("code", &format!("不是{profession}的人员代码"), &format!("应为 {letter} 加 12 位数字"));
    }
    let name = row.must("name").unwrap_or_default();
    let institution = row.must("fixmedins_code").unwrap_or_default();
    let department = row.text("dept");
    place(row, batch, &institution, &department);
    let points = row.count("points_left", u32::from(FULL_POINTS), u32::from(FULL_POINTS)).unwrap_or_default();
    let state = match row.code("state", &STATES) {
        Some("active") => PractiseState::Active,
        Some("suspended") => PractiseState::Suspended,
        _ => PractiseState::Ended,
    };
    let from = row.must_day("state_from");
    let reason = row.text("reason");
    if row.is_sound() && state != PractiseState::Active && reason.is_empty() {
        row.reject("reason", "暂停或终止没有写明原因", "请补上原因");
    }
    batch.once(row, "code", &format!("staff {code}"));
    let (Some(from), true) = (from, row.is_sound()) else { return };
    let mut states = batch.known.staff.get(&code).map_or_else(Vec::new, |known| known.states.clone());
    if let Some(last) = states.last_mut()
        && (last.state, last.from) != (state, from)
    {
        if from <= last.from {
            row.reject("state_from", &format!("已登记自 {} 起的状态", last.from), "新状态应晚于已登记的状态");
            return;
        }
        last.until = Some(last.until.map_or(from, |until| until.min(from)));
    }
    if states.last().is_none_or(|last| (last.state, last.from) != (state, from)) {
        states.push(PractiseSpell { state, from, until: None, reason });
    }
    let points_left = u8::try_from(points).unwrap_or(FULL_POINTS);
    let member = Staff { code: code.clone(), name, institution, profession, department, points_left, states };
    batch.remember(format!("staff {code}"), row.number);
    batch.changes.documents.push(registered("staff", &code, &member, batch.now));
    batch.known.staff.insert(code, member);
}

/// The institution must be registered, and have the department.
fn place(row: &mut Row<'_>, batch: &Batch<'_>, institution: &str, department: &str) {
    if institution.is_empty() {
        return;
    }
    match batch.known.institutions.get(institution) {
        None => row.reject("fixmedins_code", "没有登记的机构编码", "请先导入定点机构（institutions），或核对编码"),
        Some(known) if !department.is_empty() && known.department(department).is_none() => {
            let codes: Vec<&str> = known.departments.iter().map(|one| one.code.as_str()).collect();
            row.reject("dept", "该机构没有这个科室", &format!("该机构的科室：{}", codes.join("、")));
        }
        Some(_) => {}
    }
}
