//! Reads and prints the compact language of the `predicate` column (what it means: `predicate`).
//!
//! Printing is canonical: one order of terms, one spelling a value, so that a table reads well in a
//! diff. Reading refuses what it does not know, names the term, and offers the nearest key; nothing
//! is skipped.

use crate::predicate::{AgeBound, AgeUnit, AgeWindow, DayLogic, Force, Predicate, QuantityUnit, Settings, Window};
use crate::problem::nearest;
use model::{CareSetting, Fen, HospitalLevel, Quantity, Sex, UnitPrice};
use std::fmt;
use std::str::FromStr;

/// Every key, in printing order.
const KEYS: [&str; 24] = [
    "sex",
    "age",
    "level",
    "setting",
    "insurance",
    "channel",
    "maternal",
    "max_days",
    "logic",
    "max_qty",
    "unit",
    "min_interval_days",
    "window",
    "period_days",
    "period_hours",
    "group",
    "dx",
    "not_dx",
    "max_price",
    "max_amount",
    "dept",
    "title",
    "percent",
    "force",
];

/// The words for care settings.
const SETTING_WORDS: [(&str, CareSetting); 5] = [
    ("outpatient", CareSetting::Outpatient),
    ("emergency", CareSetting::Emergency),
    ("inpatient", CareSetting::Inpatient),
    ("pharmacy", CareSetting::Pharmacy),
    ("home-bed", CareSetting::HomeBed),
];

/// Why a text is no predicate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PredicateError {
    /// No such key.
    #[error("项“{term}”的键未知{}", hint(.nearest.as_deref()))]
    UnknownKey {
        /// The term at fault
        term: String,
        /// The valid key most like it
        nearest: Option<String>,
    },
    /// The key is known, the value is not.
    #[error("项“{term}”的值无效，应为 {expected}{}", hint(.nearest.as_deref()))]
    BadValue {
        /// The term at fault
        term: String,
        /// What would be right
        expected: &'static str,
        /// The valid value most like it
        nearest: Option<String>,
    },
    /// The same key twice.
    #[error("项“{term}”的键重复，每个键只能出现一次")]
    Repeated {
        /// The term at fault
        term: String,
    },
    /// Terms that only mean something together.
    #[error("项“{term}”缺少与之配套的“{missing}”")]
    Incomplete {
        /// The term at fault
        term: String,
        /// What it needs
        missing: &'static str,
    },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("；最接近的是“{name}”")).unwrap_or_default()
}

impl FromStr for Predicate {
    type Err = PredicateError;

    fn from_str(text: &str) -> Result<Self, PredicateError> {
        let mut reader = Reader::default();
        for term in text.split_ascii_whitespace() {
            reader.term(term)?;
        }
        reader.finish()
    }
}

/// What has been read so far. The window comes in several terms, so it is put together at the end.
#[derive(Default)]
struct Reader {
    predicate: Predicate,
    seen: Vec<String>,
    rolling: bool,
    period: Option<Window>,
}

impl Reader {
    fn term(&mut self, term: &str) -> Result<(), PredicateError> {
        let (key, value) = match (term.split_once(">="), term.split_once('=')) {
            (Some(("level", value)), _) => ("level", value),
            (_, Some((key, value))) => (key, value),
            _ => (term, ""),
        };
        if self.seen.iter().any(|seen| seen == key) {
            return Err(PredicateError::Repeated { term: term.to_owned() });
        }
        self.seen.push(key.to_owned());
        self.value(key, value, term)
    }

    fn value(&mut self, key: &str, value: &str, term: &str) -> Result<(), PredicateError> {
        let p = &mut self.predicate;
        match key {
            "sex" => p.sex = Some(word(value, term, "sex=M 或 sex=F", &[("M", Sex::Male), ("F", Sex::Female)])?),
            "age" => {
                p.age = Some(age(value).ok_or_else(|| bad(term, "如 age=3y..13y、age=..29d、age=child、age=work"))?)
            }
            "level" if term.starts_with("level>=") => {
                let levels =
                    [("1", HospitalLevel::Primary), ("2", HospitalLevel::Secondary), ("3", HospitalLevel::Tertiary)];
                p.min_level = Some(word(value, term, "level>=1、2 或 3", &levels)?);
            }
            "setting" => p.settings = Some(settings(value, term)?),
            "insurance" => {
                let code = if value == "work-injury" { Some(0) } else { number(value).filter(|&code| code > 0) };
                p.insurance = Some(code.ok_or_else(|| bad(term, "险种代码（如 510）或 work-injury"))?);
            }
            "channel" => p.offline_only = word(value, term, "channel=offline", &[("offline", true)])?,
            "maternal" => {
                let states =
                    [("none", (true, true)), ("not-pregnant", (true, false)), ("not-lactating", (false, true))];
                (p.not_pregnant, p.not_lactating) = word(value, term, "none、not-pregnant 或 not-lactating", &states)?;
            }
            "max_days" => p.max_days = Some(days(value, term)?),
            "logic" => {
                let logics = [("distinct", DayLogic::Distinct), ("span", DayLogic::Span)];
                p.day_logic = Some(word(value, term, "logic=distinct 或 logic=span", &logics)?);
            }
            "max_qty" => {
                let quantity = Quantity::parse(value.as_bytes()).ok().filter(|quantity| quantity.0 > 0);
                p.max_quantity = Some(quantity.ok_or_else(|| bad(term, "正数，最多四位小数"))?);
            }
            "unit" => {
                let units = [("day", QuantityUnit::Day), ("hour", QuantityUnit::Hour), ("time", QuantityUnit::Time)];
                p.quantity_unit = Some(word(value, term, "unit=day、hour 或 time", &units)?);
            }
            "min_interval_days" => p.min_interval_days = Some(days(value, term)?),
            "window" if value == "rolling" => self.rolling = true,
            "window" => {
                p.window = Some(word(
                    value,
                    term,
                    "day、hour、visit、operation、prescription、month、quarter、year 或 rolling",
                    &WINDOWS,
                )?)
            }
            "period_days" => self.period = Some(Window::Rolling(days(value, term)?)),
            "period_hours" => self.period = Some(Window::RollingHours(days(value, term)?)),
            "group" => p.group = Some(name(value, term)?),
            "dx" => p.diagnoses = Some(name(value, term)?),
            "not_dx" => p.excluded_diagnoses = Some(name(value, term)?),
            "max_price" => {
                let price = UnitPrice::parse(value.as_bytes()).ok().filter(|price| price.0 > 0);
                p.max_price = Some(price.ok_or_else(|| bad(term, "正数（元），最多四位小数"))?);
            }
            "max_amount" => {
                let amount = Fen::parse(value.as_bytes()).ok().filter(|amount| amount.0 > 0);
                p.max_amount = Some(amount.ok_or_else(|| bad(term, "正数（元），最多两位小数"))?);
            }
            "dept" => p.departments = Some(name(value, term)?),
            "title" => p.titles = Some(name(value, term)?),
            "percent" => {
                let percent = days(value, term)?;
                p.percent = Some(percent).filter(|&percent| percent <= 100);
                if p.percent.is_none() {
                    return Err(bad(term, "1 至 100 的整数"));
                }
            }
            "force" => {
                let forces = [("forbidden", Force::Forbidden), ("caution", Force::Caution)];
                p.force = Some(word(value, term, "force=forbidden 或 force=caution", &forces)?);
            }
            _ => return Err(PredicateError::UnknownKey { term: term.to_owned(), nearest: nearest(key, KEYS) }),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Predicate, PredicateError> {
        match (self.rolling, self.period) {
            (true, None) => Err(PredicateError::Incomplete {
                term: "window=rolling".to_owned(),
                missing: "period_days=… 或 period_hours=…",
            }),
            (false, Some(_)) => {
                Err(PredicateError::Incomplete { term: "period_…".to_owned(), missing: "window=rolling" })
            }
            (true, Some(period)) => {
                self.predicate.window = Some(period);
                Ok(self.predicate)
            }
            (false, None) => Ok(self.predicate),
        }
    }
}

const WINDOWS: [(&str, Window); 8] = [
    ("day", Window::Day),
    ("hour", Window::Hour),
    ("visit", Window::Visit),
    ("operation", Window::Operation),
    ("prescription", Window::Prescription),
    ("month", Window::Month),
    ("quarter", Window::Quarter),
    ("year", Window::Year),
];

fn bad(term: &str, expected: &'static str) -> PredicateError {
    PredicateError::BadValue { term: term.to_owned(), expected, nearest: None }
}

fn word<T: Copy>(value: &str, term: &str, expected: &'static str, words: &[(&str, T)]) -> Result<T, PredicateError> {
    words.iter().find(|(known, _)| *known == value).map(|&(_, meaning)| meaning).ok_or_else(|| {
        let nearest = nearest(value, words.iter().map(|(known, _)| *known));
        PredicateError::BadValue { term: term.to_owned(), expected, nearest }
    })
}

fn number(value: &str) -> Option<u32> {
    value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten()
}

fn days(value: &str, term: &str) -> Result<u16, PredicateError> {
    number(value).and_then(|n| u16::try_from(n).ok()).filter(|&n| n > 0).ok_or_else(|| bad(term, "1 至 65535 的整数"))
}

fn name(value: &str, term: &str) -> Result<Box<str>, PredicateError> {
    if value.is_empty() { Err(bad(term, "名称")) } else { Ok(value.into()) }
}

fn settings(value: &str, term: &str) -> Result<Settings, PredicateError> {
    let mut settings = Vec::new();
    for part in value.split('|') {
        settings.push(word(
            part,
            term,
            "outpatient、emergency、inpatient、pharmacy、home-bed，用 | 分隔",
            &SETTING_WORDS,
        )?);
    }
    Ok(Settings::of(&settings))
}

fn age(value: &str) -> Option<AgeWindow> {
    match value {
        "work" => return Some(AgeWindow::Working),
        "child" => return Some(AgeWindow::Child),
        _ => {}
    }
    let (from, until) = value.split_once("..")?;
    let bound = |text: &str| if text.is_empty() { Some(None) } else { bound(text).map(Some) };
    if until == "child" {
        return bound(from)?.map(AgeWindow::ChildFrom);
    }
    let (from, until) = (bound(from)?, bound(until)?);
    let empty = match (from, until) {
        (None, None) => true,
        (Some(from), Some(until)) => from.unit == until.unit && from.value >= until.value,
        _ => false,
    };
    (!empty).then_some(AgeWindow::Between { from, until })
}

fn bound(text: &str) -> Option<AgeBound> {
    let unit = match text.chars().last()? {
        'y' => AgeUnit::Years,
        'm' => AgeUnit::Months,
        'd' => AgeUnit::Days,
        _ => return None,
    };
    let value = number(text.get(..text.len() - 1)?).filter(|_| text.len() > 1)?;
    Some(AgeBound { value: i32::try_from(value).ok()?, unit })
}

impl fmt::Display for AgeBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            AgeUnit::Years => 'y',
            AgeUnit::Months => 'm',
            AgeUnit::Days => 'd',
        };
        write!(f, "{}{unit}", self.value)
    }
}

impl fmt::Display for AgeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Working => f.write_str("work"),
            Self::Child => f.write_str("child"),
            Self::ChildFrom(from) => write!(f, "{from}..child"),
            Self::Between { from, until } => {
                from.map_or(Ok(()), |bound| bound.fmt(f))?;
                f.write_str("..")?;
                until.map_or(Ok(()), |bound| bound.fmt(f))
            }
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = SETTING_WORDS.iter().filter(|(_, s)| self.contains(*s)).map(|(word, _)| *word).collect();
        f.write_str(&words.join("|"))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(days) => write!(f, "rolling period_days={days}"),
            Self::RollingHours(hours) => write!(f, "rolling period_hours={hours}"),
            plain => f.write_str(WINDOWS.iter().find(|(_, window)| window == plain).map_or("", |(word, _)| *word)),
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&terms(self).join(" "))
    }
}

fn terms(p: &Predicate) -> Vec<String> {
    let mut terms = Vec::new();
    let mut say = |term: Option<String>| terms.extend(term);
    say(match p.sex {
        Some(Sex::Male) => Some("sex=M".to_owned()),
        Some(Sex::Female) => Some("sex=F".to_owned()),
        _ => None,
    });
    say(p.age.map(|age| format!("age={age}")));
    say(match p.min_level {
        Some(HospitalLevel::Primary) => Some("level>=1".to_owned()),
        Some(HospitalLevel::Secondary) => Some("level>=2".to_owned()),
        Some(HospitalLevel::Tertiary) => Some("level>=3".to_owned()),
        _ => None,
    });
    say(p.settings.map(|settings| format!("setting={settings}")));
    say(p
        .insurance
        .map(|code| if code == 0 { "insurance=work-injury".to_owned() } else { format!("insurance={code}") }));
    say(p.offline_only.then(|| "channel=offline".to_owned()));
    say(match (p.not_pregnant, p.not_lactating) {
        (true, true) => Some("maternal=none".to_owned()),
        (true, false) => Some("maternal=not-pregnant".to_owned()),
        (false, true) => Some("maternal=not-lactating".to_owned()),
        (false, false) => None,
    });
    say(p.max_days.map(|days| format!("max_days={days}")));
    say(p.day_logic.map(|logic| format!("logic={}", if logic == DayLogic::Span { "span" } else { "distinct" })));
    say(p.max_quantity.map(|quantity| format!("max_qty={quantity}")));
    say(p.quantity_unit.map(|unit| match unit {
        QuantityUnit::Day => "unit=day".to_owned(),
        QuantityUnit::Hour => "unit=hour".to_owned(),
        QuantityUnit::Time => "unit=time".to_owned(),
    }));
    say(p.min_interval_days.map(|days| format!("min_interval_days={days}")));
    say(p.window.map(|window| format!("window={window}")));
    say(p.group.as_ref().map(|group| format!("group={group}")));
    say(p.diagnoses.as_ref().map(|set| format!("dx={set}")));
    say(p.excluded_diagnoses.as_ref().map(|set| format!("not_dx={set}")));
    say(p.max_price.map(|price| format!("max_price={price}")));
    say(p.max_amount.map(|amount| format!("max_amount={amount}")));
    say(p.departments.as_ref().map(|departments| format!("dept={departments}")));
    say(p.titles.as_ref().map(|titles| format!("title={titles}")));
    say(p.percent.map(|percent| format!("percent={percent}")));
    say(p.force.map(|force| format!("force={}", if force == Force::Caution { "caution" } else { "forbidden" })));
    terms
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
