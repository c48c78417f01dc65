//! From the official wording of a point to what claims can decide.
//!
//! [`derive`] owns one decision a class (see `class`): which attribute of the text is this class's own.
//! It refuses to guess: a text that needs earlier treatment, the prescriber's speciality, clinical
//! findings, or that cannot be read, leaves the point text-only with that reason. A parameter
//! published beside the text always wins over the text (糖化血红蛋白: 1 in 15 days, whatever the prose
//! says of 2–3 months). Ages are read by `ages`; diseases by nobody: see `mapping`.

use crate::ages;
use crate::class::{Limit, class_of};
use crate::fold::fold;
use crate::point::{Reason, Status};
use crate::predicate::{AgeBound, AgeWindow, DayLogic, Force, Predicate, Settings, Window};
use model::{CareSetting, HospitalLevel, Sex};

/// The wording of a point, as published.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'t> {
    /// The rule it serves
    pub rule_id: &'t str,
    /// Item name
    pub name: &'t str,
    /// The limit
    pub text: &'t str,
    /// The detection logic
    pub logic: &'t str,
}

type Reading = Result<Predicate, Reason>;

/// What the point demands, and whether claims can decide it. `given` is the parameter published
/// beside the text. Whether the point has codes is not asked here.
#[must_use]
pub fn derive(wording: Wording<'_>, given: &Predicate) -> (Predicate, Status) {
    if wording.logic == "exemption" {
        return (Predicate::default(), Status::TextOnly(Reason::Remark));
    }
    if given.day_logic == Some(DayLogic::Span) {
        // The span counts from the first use ever, which one visit does not show.
        return (given.clone(), Status::TextOnly(Reason::NeedsHistory));
    }
    if !given.is_empty() {
        return (given.clone(), Status::Executable);
    }
    match read(wording) {
        Ok(predicate) if predicate.day_logic == Some(DayLogic::Span) => {
            (predicate, Status::TextOnly(Reason::NeedsHistory))
        }
        Ok(predicate) => (predicate, Status::Executable),
        Err(reason) => (Predicate::default(), Status::TextOnly(reason)),
    }
}

fn read(wording: Wording<'_>) -> Reading {
    let Some(class) = class_of(wording.rule_id) else {
        return Err(Reason::Unreadable);
    };
    let text = fold(wording.text);
    match class.limit {
        Limit::Given => Err(Reason::Unreadable),
        Limit::Listed => Ok(Predicate::default()),
        Limit::Sex => sex(&text),
        Limit::ChildAge => children(&text, &fold(wording.name)),
        Limit::WorkingAge if text.contains("法定就业年龄") => Ok(only(|p| p.age = Some(AgeWindow::Working))),
        Limit::WorkingAge => Err(Reason::Unreadable),
        Limit::Level => level(&text),
        Limit::Setting => setting(&text),
        Limit::Course => course(&text, wording.logic),
        Limit::WorkInjury if text.contains("工伤") => Ok(only(|p| p.insurance = Some(0))),
        Limit::Maternity if text.contains("生育") => Ok(only(|p| p.insurance = Some(510))),
        Limit::WorkInjury | Limit::Maternity => Err(Reason::Unreadable),
        Limit::Offline => Ok(only(|p| p.offline_only = true)),
        Limit::Diseases | Limit::ExcludedDiseases if text.is_empty() => Err(Reason::Unreadable),
        Limit::Diseases | Limit::ExcludedDiseases => Err(Reason::NoDiagnosisMapping),
        Limit::History => Err(Reason::NeedsHistory),
        Limit::Elderly => elderly(&text),
        Limit::Pregnancy => pregnancy(&text),
        Limit::Partners if has(&text, &["禁", "不能", "避免"]) => Ok(Predicate::default()),
        Limit::Partners => Err(Reason::Unreadable),
    }
}

fn only(set: impl FnOnce(&mut Predicate)) -> Predicate {
    let mut predicate = Predicate::default();
    set(&mut predicate);
    predicate
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Only where the words belong to one sex alone. 前列腺癌 is the case that needs it: three revised rows
/// lost their sex column.
fn sex(text: &str) -> Reading {
    let male = has(text, &["前列腺", "男性", "阴茎", "睾丸", "阳痿", "遗精"]);
    let female = has(text, &["女性", "妇女", "子宫", "卵巢", "阴道", "月经", "绝经", "妊娠", "产后", "宫颈"]);
    match (male, female) {
        (true, false) => Ok(only(|p| p.sex = Some(Sex::Male))),
        (false, true) => Ok(only(|p| p.sex = Some(Sex::Female))),
        _ => Err(Reason::Unreadable),
    }
}

fn children(text: &str, name: &str) -> Reading {
    if text.contains("成人") {
        // «成人和6岁以上儿童», and the remark «药品说明书包含成人用法用量»
        return Err(Reason::AlsoForAdults);
    }
    let until = |bound| Ok(only(|p| p.age = Some(AgeWindow::Between { from: None, until: Some(bound) })));
    match text {
        "新生儿专用项目" => return until(AgeBound::days(29)),
        "婴儿专用项目" => return until(AgeBound::years(1)),
        "婴幼儿专用项目" => return until(AgeBound::years(4)),
        _ => {}
    }
    if let Some(hull) = ages::hull(&ages::windows(text)) {
        if hull.from.is_some_and(|from| ages::days(from) >= 18 * 365) {
            return Err(Reason::Unreadable);
        }
        return Ok(only(|p| p.age = Some(ages::of_children(hull))));
    }
    // The class itself says children; a name or a text that does not is a row of another class.
    let child = has(text, &["儿", "少年", "幼"]) || has(name, &["儿", "婴", "幼"]) || !text.is_empty();
    if child { Ok(only(|p| p.age = Some(AgeWindow::Child))) } else { Err(Reason::Unreadable) }
}

fn level(text: &str) -> Reading {
    if has(text, &["专科医院", "眼科", "专科医师处方"]) && !text.contains("首次处方时需由") {
        return Err(Reason::NeedsSpeciality);
    }
    if text.contains("首次处方") {
        return Err(Reason::NeedsHistory);
    }
    let level = if has(text, &["三级及以上", "三级医疗机构", "三级医院", "限三级"]) {
        HospitalLevel::Tertiary
    } else if has(text, &["二级及以上", "二级以上"]) {
        HospitalLevel::Secondary
    } else {
        return Err(Reason::Unreadable);
    };
    Ok(only(|p| p.min_level = Some(level)))
}

fn setting(text: &str) -> Reading {
    let settings: &[CareSetting] = if has(text, &["急诊或住院", "住院或急诊", "急诊和住院", "急诊及住院", "急诊、住院"])
    {
        &[CareSetting::Emergency, CareSetting::Inpatient]
    } else if has(text, &["住院患者", "住院方可支付", "住院使用", "限住院"]) {
        &[CareSetting::Inpatient]
    } else if has(text, &["限急诊", "急诊患者"]) {
        &[CareSetting::Emergency]
    } else if has(text, &["限门诊", "门诊患者"]) {
        &[CareSetting::Outpatient]
    } else {
        return Err(Reason::Unreadable);
    };
    Ok(only(|p| p.settings = Some(Settings::of(settings))))
}

/// «支付不超过14天», «单次住院最多支付14天», «总时间不超过90天，评定间隔时间不短于14天», «支付不超过一年».
/// «每周最多支付一次» is the period frequency's own limit, and has its own point there.
fn course(text: &str, logic: &str) -> Reading {
    let max_days = ["不超过", "最多支付"].iter().find_map(|word| days_behind(text, word)).ok_or(Reason::Unreadable)?;
    let span = logic.contains("时间跨度");
    Ok(only(|p| {
        p.max_days = Some(max_days);
        p.window = (!span).then_some(Window::Visit);
        p.day_logic = span.then_some(DayLogic::Span);
        p.min_interval_days =
            ["间隔时间不短于", "间隔不短于", "间隔不少于"].iter().find_map(|word| days_behind(text, word));
    }))
}

/// The length of time right behind a word, in days. A year is 365 days and a month a twelfth of it,
/// rounded up.
fn days_behind(text: &str, word: &str) -> Option<u16> {
    text.match_indices(word).find_map(|(at, _)| {
        let rest = text.get(at + word.len()..)?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit): (u16, &str) = if digits > 0 {
            (rest.get(..digits)?.parse().ok()?, rest.get(digits..)?)
        } else {
            let first = rest.chars().next()?;
            let place = "一二三四五六七八九十".chars().position(|c| c == first)?;
            (u16::try_from(place + 1).ok()?, rest.get(first.len_utf8()..)?)
        };
        let days = |factor: u16| number.checked_mul(factor).filter(|&days| days > 0);
        let months = || number.checked_mul(365).map(|days| days.div_ceil(12)).filter(|&days| days > 0);
        if unit.starts_with('天') || unit.starts_with('日') {
            days(1)
        } else if unit.starts_with('周') || unit.starts_with("星期") {
            days(7)
        } else if unit.starts_with("个月") || unit.starts_with('月') {
            months()
        } else if unit.starts_with('年') {
            days(365)
        } else {
            None
        }
    })
}

/// Old persons as such, not those of them with failing organs: that would need a finding.
fn elderly(text: &str) -> Reading {
    let (old, harsh) = (has(text, &["老年", "老人", "高龄", "年老"]), has(text, &["禁用", "禁止"]));
    let caution = has(text, &["慎用", "慎重", "不推荐", "避免应用", "避免使用", "谨慎用药", "不宜"]);
    if !old || !(harsh || caution) {
        return Err(Reason::Unreadable);
    }
    if has(text, &["功能低下的老年", "功能不全的老年", "功能障碍者", "减退者", "肾功能正常的患者"])
    {
        return Err(Reason::ClinicalFinding);
    }
    Ok(only(|p| {
        p.age = Some(AgeWindow::Between { from: None, until: Some(AgeBound::years(60)) });
        p.force = (!harsh).then_some(Force::Caution);
    }))
}

fn pregnancy(text: &str) -> Reading {
    if !text.contains("禁用") {
        return Err(Reason::Unreadable);
    }
    let pregnant = has(text, &["孕妇", "妊娠期", "孕期", "怀孕"]);
    let lactating = text.contains("哺乳");
    if !pregnant && !lactating {
        return Err(Reason::Unreadable);
    }
    Ok(only(|p| {
        p.not_pregnant = pregnant;
        p.not_lactating = lactating;
    }))
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
