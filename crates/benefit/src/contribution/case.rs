//! A contribution case read from JSON, every mistake at once.

use super::ContributionCase;
use crate::case::{AMOUNT_MAX, CaseProblem};
use crate::words::Status;
use datafile::did_you_mean;
use model::{Day, Fen};
use serde_json::Value;

const KEYS: [&str; 10] = ["id", "area", "on", "scheme", "person", "status", "age", "wage", "base", "months"];
const PERSON_KEYS: [&str; 2] = ["status", "age"];

impl ContributionCase {
    /// Reads a case from JSON.
    ///
    /// # Errors
    /// Every unknown key and value that is not what its key holds.
    pub fn from_json(value: &Value) -> Result<Self, Vec<CaseProblem>> {
        let mut problems = Vec::new();
        let Value::Object(map) = value else {
            return Err(vec![CaseProblem { key: String::new(), message: "应为对象 { … }".into() }]);
        };
        let mut wrong = |key: &str, message: String| problems.push(CaseProblem { key: key.to_owned(), message });
        for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            wrong(key, format!("不认识的键{}", did_you_mean(key, KEYS)));
        }
        // Status and age may stand beside the rest or, as in a benefit case, under `person`.
        let mut map = map.clone();
        if let Some(Value::Object(person)) = map.remove("person") {
            for (key, value) in person {
                if PERSON_KEYS.contains(&key.as_str()) {
                    map.insert(key, value);
                } else {
                    wrong(&format!("person.{key}"), format!("不认识的键{}", did_you_mean(&key, PERSON_KEYS)));
                }
            }
        }
        let mut text = |key: &str, required: bool| match map.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            None | Some(Value::Null) if !required => None,
            None | Some(Value::Null) => {
                wrong(key, "缺少，必须填写".to_owned());
                None
            }
            Some(_) => {
                wrong(key, "应为非空字符串".to_owned());
                None
            }
        };
        let (id, area, scheme) = (text("id", false).unwrap_or_default(), text("area", true), text("scheme", true));
        let (on, status) = (text("on", true), text("status", false));
        let (wage, base) = (text("wage", false), text("base", false));
        let mut parsed = |key: &str, text: Option<String>| {
            let text = text?;
            match Fen::parse(text.as_bytes()) {
                Ok(fen) if fen >= Fen::ZERO && fen <= AMOUNT_MAX => Some(fen),
                _ => {
                    wrong(key, format!("“{text}” 不是金额，应为至多两位小数的元，如 \"20000\""));
                    None
                }
            }
        };
        let (wage, base) = (parsed("wage", wage), parsed("base", base));
        if wage.is_some() && base.is_some() {
            wrong("base", "wage 与 base 只能给一个".to_owned());
        }
        let on = on.and_then(|text| {
            let day = Day::parse(text.as_bytes()).ok();
            if day.is_none() {
                wrong("on", format!("“{text}” 不是日期，应为 yyyy-MM-dd"));
            }
            day
        });
        let status = status.and_then(|text| {
            let status = Status::parse(&text);
            if status.is_none() {
                wrong("status", format!("不认识“{text}”{}", did_you_mean(&text, Status::names())));
            }
            status
        });
        let mut count = |key: &str| {
            let value = map.get(key).filter(|value| !value.is_null())?;
            let count = value.as_u64().and_then(|count| u16::try_from(count).ok()).filter(|&count| count < 1200);
            if count.is_none() {
                wrong(key, "应为 0 至 1199 的整数".to_owned());
            }
            count
        };
        let (age, months) = (count("age"), count("months"));
        match (area, scheme, on) {
            (Some(area), Some(scheme), Some(on)) if problems.is_empty() => {
                Ok(Self { id, area, on, scheme, status, age, wage: wage.or(base), months })
            }
            _ => Err(problems),
        }
    }
}
