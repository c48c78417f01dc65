//! An area's own values for a rule's parameters, laid over the rule file.
//!
//! The file stays as published; what is compiled for an area is the file with other values under `[params]`, read and
//! checked like any other, so that a misspelt name or a word that is none is reported as in a rule file.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value for a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// A whole number
    Integer(i64),
    /// A word
    Text(String),
    /// A list
    Texts(Vec<String>),
}

impl From<&Setting> for toml::Value {
    fn from(setting: &Setting) -> Self {
        match setting {
            Setting::Integer(number) => Self::Integer(*number),
            Setting::Text(text) => Self::String(text.clone()),
            Setting::Texts(texts) => Self::Array(texts.iter().cloned().map(Self::String).collect()),
        }
    }
}

/// The text of a rule file with these values under `[params]`; `None` when its head cannot be read.
#[must_use]
pub fn with_settings(rule_file: &str, values: &BTreeMap<String, Setting>) -> Option<String> {
    let after = rule_file.trim_start_matches('\u{feff}').strip_prefix("+++\n")?;
    let end = after.find("\n+++\n")?;
    let (head, body) = (after.get(..=end)?, after.get(end + 1..)?);
    let mut table: toml::Table = toml::from_str(head).ok()?;
    let params = table.entry("params").or_insert_with(|| toml::Value::Table(toml::Table::new())).as_table_mut()?;
    for (name, setting) in values {
        params.insert(name.clone(), setting.into());
    }
    Some(format!("+++\n{}{body}", toml::to_string(&table).ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use crate::Rule;

    const FILE: &str = include_str!("../../../rules/behaviour/dx-age-conflict.md");

    fn read(text: &str) -> (Option<Rule>, Vec<String>) {
        let mut problems = Vec::new();
        let rule = Rule::read("rules/behaviour/dx-age-conflict.md", text, &mut problems);
        (rule, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn values_are_laid_over_and_the_rest_stays() {
        let values = BTreeMap::from([("of".to_owned(), Setting::Text("procedure".to_owned()))]);
        let ((before, _), (after, problems)) = (read(FILE), read(&with_settings(FILE, &values).unwrap()));
        assert_eq!(problems, Vec::<String>::new());
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_eq!(before.params.word("of"), "diagnosis");
        assert_eq!(after.params.word("of"), "procedure");
        assert_eq!((before.prose, before.cases.len()), (after.prose, after.cases.len()));
    }

    #[test]
    fn a_wrong_value_is_reported_as_in_a_rule_file() {
        let values = BTreeMap::from([
            ("off".to_owned(), Setting::Integer(1)),
            ("of".to_owned(), Setting::Text("diagnoses".to_owned())),
        ]);
        let (_, problems) = read(&with_settings(FILE, &values).unwrap());
        assert!(problems.iter().any(|problem| problem.contains("params.off")), "{problems:?}");
        assert!(problems.iter().any(|problem| problem.contains("diagnoses")), "{problems:?}");
    }
}
