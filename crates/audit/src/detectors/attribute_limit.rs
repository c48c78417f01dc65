//! A line whose person or place is outside what the item is limited to: sex, age, level, setting,
//! insurance, channel, maternal state, or nowhere payable at all.
//!
//! The engine tests the limit; here it is bound, and said in words when it does not hold.

use super::{Detector, DetectorInfo, ParamKind, ParamSpec, working_age};
use crate::binder::Binder;
use crate::code_sets::SetId;
use crate::engine::View;
use crate::hit::Hits;
use crate::library::{Check, Limit};
use knowledge::{AgeBound, AgeUnit, AgeWindow, Predicate};
use model::{Age, CareSetting, Day, MaternalState, Sex};

pub(super) const INFO: DetectorInfo = DetectorInfo {
    name: "attribute_limit",
    title: "人员或机构属性超出项目限定",
    params: &[
        ParamSpec {
            name: "attribute",
            kind: ParamKind::Word(&["sex", "age", "level", "setting", "insurance", "channel", "maternal", "never"]),
            default: None,
            title: "限定的属性",
        },
        ParamSpec {
            name: "child_until_years",
            kind: ParamKind::Integer,
            default: Some("18"),
            title: "知识点只写“儿童”时的上限（周岁，不含）",
        },
        ParamSpec {
            name: "exempt_diagnoses",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "就诊有这些诊断时豁免（编码前缀）",
        },
        ParamSpec {
            name: "exempt_med_types",
            kind: ParamKind::Texts,
            default: Some(""),
            title: "这些医疗类别豁免（前缀）",
        },
    ],
    build,
};

/// Ages that a limit allows, ready to test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgeLimit {
    Window { from: Option<AgeBound>, until: Option<AgeBound> },
    Working,
}

struct AttributeLimit {
    attribute: String,
    exempt: Option<SetId>,
    exempt_med_types: Vec<String>,
}

fn build(binder: &mut Binder<'_>) -> Box<dyn Detector> {
    let attribute = binder.params().word("attribute").to_owned();
    let child_until = AgeBound { value: binder.params().integer("child_until_years") as i32, unit: AgeUnit::Years };
    let exempt = binder.diagnosis_set("exempt_diagnoses");
    let points: Vec<_> = binder.points().collect();
    for (index, point) in points {
        if let Some(limit) = limits(&attribute, &point.predicate, child_until) {
            for item in binder.items_of(point) {
                binder.bind(item, limit, Some(index));
            }
        }
    }
    let exempt_med_types = binder.params().texts("exempt_med_types").to_vec();
    Box::new(AttributeLimit { attribute, exempt, exempt_med_types })
}

/// What a predicate limits, of the attribute the rule is about.
fn limits(attribute: &str, predicate: &Predicate, child_until: AgeBound) -> Option<Limit> {
    match attribute {
        "sex" => predicate.sex.map(Limit::Sex),
        "age" => predicate.age.map(|window| {
            Limit::Age(match window {
                AgeWindow::Between { from, until } => AgeLimit::Window { from, until },
                AgeWindow::Child => AgeLimit::Window { from: None, until: Some(child_until) },
                AgeWindow::ChildFrom(from) => AgeLimit::Window { from: Some(from), until: Some(child_until) },
                AgeWindow::Working => AgeLimit::Working,
            })
        }),
        "level" => predicate.min_level.map(Limit::Level),
        "setting" => predicate.settings.map(|settings| Limit::Settings(settings.0)),
        // ERRATA 6: work injury has no code among insutype, so every scheme is the wrong one.
        "insurance" => predicate.insurance.map(|code| if code == 0 { Limit::Always } else { Limit::Insurance(code) }),
        "channel" => predicate.offline_only.then_some(Limit::Offline),
        "maternal" => (predicate.not_pregnant || predicate.not_lactating)
            .then_some(Limit::Maternal { pregnant: predicate.not_pregnant, lactating: predicate.not_lactating }),
        _ => Some(Limit::Always),
    }
}

impl AgeLimit {
    pub(crate) fn admits(self, age: Age, sex: Sex, born: Day) -> bool {
        match self {
            Self::Window { from, until } => {
                !from.is_some_and(|bound| below(age, bound)) && until.is_none_or(|bound| below(age, bound))
            }
            Self::Working => working_age::admits(age, sex, born),
        }
    }

    fn words(self) -> String {
        let bound = |b: AgeBound| {
            let unit = match b.unit {
                AgeUnit::Years => "周岁",
                AgeUnit::Months => "月龄",
                AgeUnit::Days => "日龄",
            };
            format!("{}{unit}", b.value)
        };
        match self {
            Self::Working => "法定就业年龄".into(),
            Self::Window { from: Some(from), until: Some(until) } => {
                format!("{}（含）至{}（不含）", bound(from), bound(until))
            }
            Self::Window { from: Some(from), until: None } => format!("{}及以上", bound(from)),
            Self::Window { from: None, until: Some(until) } => format!("未满{}", bound(until)),
            Self::Window { from: None, until: None } => "不限年龄".into(),
        }
    }
}

fn below(age: Age, bound: AgeBound) -> bool {
    let reached = match bound.unit {
        AgeUnit::Years => age.years,
        AgeUnit::Months => age.months,
        AgeUnit::Days => age.days,
    };
    reached < bound.value
}

/// Whether the visit itself says pregnant or lactating (`matn_stas`); diagnoses are not read as a state,
/// since a code of the puerperium or of counselling says nothing about the day of use.
pub(crate) fn maternal(view: &View<'_>, pregnant: bool, lactating: bool) -> bool {
    match view.visit.maternal {
        MaternalState::Pregnant => pregnant,
        MaternalState::Lactating => lactating,
        MaternalState::None => false,
    }
}

impl Detector for AttributeLimit {
    fn line(&self, view: &View<'_>, index: u32, check: &Check, hits: &mut Hits) {
        let med_type = view.text(view.visit.med_type);
        if self.exempt.is_some_and(|set| view.has_diagnosis_of(set))
            || self.exempt_med_types.iter().any(|prefix| med_type.starts_with(prefix.as_str()))
        {
            return;
        }
        let evidence = self.words(view, index, check);
        hits.push(view.whole_line(index, check.point, evidence));
    }
}

impl AttributeLimit {
    fn words(&self, view: &View<'_>, index: u32, check: &Check) -> String {
        let line = view.line(index);
        let name = view.item_name(line);
        let sum = line.amount;
        match check.limit {
            Limit::Sex(only) => {
                format!("“{name}”限{}性使用，参保人为{}性，涉及{sum}元", only.label(), view.case.person.sex.label())
            }
            Limit::Age(limit) => {
                let age = view.age_on(line.at.day()).map_or(String::new(), age_words);
                format!("“{name}”限{}，费用发生时参保人{age}，涉及{sum}元", limit.words())
            }
            Limit::Level(least) => {
                let level = view.institution.level.label();
                format!("“{name}”限{}及以上医疗机构，{}为{level}，涉及{sum}元", least.label(), view.institution.name)
            }
            Limit::Settings(allowed) => {
                let setting = view.visit.setting.label();
                format!("“{name}”限{}支付，本次为{setting}，涉及{sum}元", settings_words(allowed))
            }
            Limit::Insurance(only) => {
                let limited = model::Insurance(only).label();
                format!("“{name}”限{limited}支付，本次险种为{}，涉及{sum}元", view.visit.insurance.label())
            }
            Limit::Offline => format!("互联网诊疗不得开具“{name}”，{}为互联网医院，涉及{sum}元", view.institution.name),
            Limit::Maternal { .. } => {
                let state = if view.visit.maternal == MaternalState::Lactating { "哺乳期" } else { "妊娠期" };
                let text = view.library.point_text(check.point);
                format!("“{name}”用药禁忌：{text}参保人处于{state}，涉及{sum}元")
            }
            _ if self.attribute == "insurance" => {
                format!("“{name}”限工伤保险支付，本次由{}支付，涉及{sum}元", view.visit.insurance.label())
            }
            _ => format!("“{name}”不予支付，涉及{sum}元"),
        }
    }
}

/// An age as people say it: days under a month, months under two years, years after.
pub(crate) fn age_words(age: Age) -> String {
    match (age.months, age.years) {
        (..1, _) => format!("{}日龄", age.days),
        (..24, _) => format!("{}月龄", age.months),
        (_, years) => format!("{years}周岁"),
    }
}

/// The allowed settings in words.
fn settings_words(allowed: u8) -> String {
    let all = [
        CareSetting::Outpatient,
        CareSetting::Emergency,
        CareSetting::Inpatient,
        CareSetting::Pharmacy,
        CareSetting::HomeBed,
    ];
    let names: Vec<&str> = all.into_iter().filter(|s| allowed & (1 << *s as u8) != 0).map(CareSetting::label).collect();
    names.join("或")
}
