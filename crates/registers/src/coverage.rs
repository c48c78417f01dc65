//! Rows of cover: a spell of a person in a scheme of an area.

use crate::import::Batch;
use crate::row::Row;
use agency::{Coverage, CoverageState};
use model::{Day, Stamp};

/// `insutype`, those that pay.
pub(crate) const INSURANCES: [(&str, &str); 3] =
    [("310", "职工基本医疗保险"), ("390", "城乡居民基本医疗保险"), ("510", "生育保险")];
/// `psn_type`
pub(crate) const PERSON_KINDS: [(&str, &str); 12] = [
    ("11", "在职"),
    ("12", "退休"),
    ("1204", "提前退休"),
    ("13", "离休"),
    ("1401", "新生儿"),
    ("1402", "学龄前儿童"),
    ("1403", "中小学生"),
    ("1404", "大学生"),
    ("1405", "未成年（未入学）"),
    ("15", "居民（成年）"),
    ("16", "居民（老年）"),
    ("99", "其他"),
];
/// `psn_insu_stas`
const STATES: [(&str, &str); 3] = [("1", "正常参保"), ("2", "暂停参保"), ("4", "终止参保")];
/// Nobody has been covered longer, in months.
const MONTHS_MAX: u32 = 900;

/// Judges a row; takes the spell when nothing is wrong.
pub(crate) fn take(row: &mut Row<'_>, batch: &mut Batch<'_>) {
    let person = person(row, batch);
    let insurance = row.code("insutype", &INSURANCES).unwrap_or_default();
    let person_kind = row.code("psn_type", &PERSON_KINDS).unwrap_or_default();
    fits(row, insurance, person_kind);
    let area = area(row, "insuplc_admdvs").unwrap_or_default();
    let state = match row.code_or("psn_insu_stas", &STATES, "1") {
        Some("2") => CoverageState::Paused,
        Some("4") => CoverageState::Ended,
        _ => CoverageState::Normal,
    };
    let civil_servant = row.flag("cvlserv_flag").unwrap_or_default();
    let supplements: Vec<String> = crate::persons::family(&row.text("supplements"));
    let employer = row.text("emp_name");
    let from = row.must_day("begndate");
    let until = row.day("enddate");
    let months_before = row.count("months_before", MONTHS_MAX, 0).unwrap_or_default();
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        row.reject("enddate", "结束日期不晚于开始日期", "结束日期是不再参保的第一天，应晚于开始日期");
    }
    let (Some(from), true) = (from, row.is_sound()) else { return };
    let spells = batch.known.coverages.entry(person.clone()).or_default();
    if let Some(other) = overlapping(spells, batch.now, insurance, from, until) {
        let days = other.until.map_or_else(|| "今".to_owned(), |until| until.to_string());
        let reason = format!("与已有参保重叠：险种 {}，{} 至 {days}", other.insurance, other.from);
        row.reject("begndate", &reason, "同一时期只能有一份基本医疗保险；变更请用参保变动（减员、变更）办理");
        return;
    }
    let spell = Coverage {
        spell: next_spell(spells),
        person,
        insurance: insurance.to_owned(),
        person_kind: person_kind.to_owned(),
        area,
        state,
        civil_servant,
        supplements,
        employer,
        from,
        until,
        months_before: u16::try_from(months_before).unwrap_or(u16::MAX),
        known_from: batch.now,
        known_until: None,
    };
    spells.push(spell.clone());
    batch.changes.coverages.push(spell);
}

/// The person of a row, who must be registered.
pub(crate) fn person(row: &mut Row<'_>, batch: &Batch<'_>) -> String {
    let Some(id) = row.must("psn_no") else { return String::new() };
    match batch.known.persons.get(&id) {
        None => row.reject("psn_no", "没有登记的人员编号", "请先导入参保人（persons），或核对编号"),
        Some(person) => {
            if let Some(died_on) = person.died_on {
                row.reject("psn_no", &format!("该人已于 {died_on} 死亡"), "请核对编号；登记有误的先更正参保人");
            }
        }
    }
    id
}

/// 医保区划: six digits.
pub(crate) fn area(row: &mut Row<'_>, column: &str) -> Option<String> {
    let area = row.must(column)?;
    if area.len() == 6 && area.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(area);
    }
    row.reject(column, "不是医保区划", "应为六位数字，如 360100");
    None
}

/// Residents are no employees, and the other way round.
pub(crate) fn fits(row: &mut Row<'_>, insurance: &str, person_kind: &str) {
    let resident = person_kind.starts_with("14") || person_kind == "15" || person_kind == "16";
    if (insurance == "310" && resident) || (insurance == "390" && ["11", "12", "1204", "13"].contains(&person_kind)) {
        row.reject("psn_type", &format!("险种 {insurance} 没有这类人员"), "请核对险种类型与人员类别");
    }
}

/// Number of the next spell of a person.
pub(crate) fn next_spell(spells: &[Coverage]) -> u32 {
    spells.iter().map(|spell| spell.spell).max().unwrap_or(0) + 1
}

/// Rows believed at a moment.
pub(crate) fn believed(spells: &[Coverage], at: Stamp) -> impl Iterator<Item = &Coverage> {
    spells.iter().filter(move |spell| spell.known_from <= at && spell.known_until.is_none_or(|until| at < until))
}

/// A believed spell of basic insurance on one of the days. Nobody has two (310 and 390); maternity goes beside it.
pub(crate) fn overlapping<'s>(
    spells: &'s [Coverage],
    now: Stamp,
    insurance: &str,
    from: Day,
    until: Option<Day>,
) -> Option<&'s Coverage> {
    let basic = |insurance: &str| insurance != "510";
    believed(spells, now).find(|spell| {
        (spell.insurance == insurance || (basic(&spell.insurance) && basic(insurance)))
            && spell.until.is_none_or(|end| from < end)
            && until.is_none_or(|until| spell.from < until)
    })
}
