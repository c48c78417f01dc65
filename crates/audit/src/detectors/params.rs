//! Parameters of detectors: declared with a default and a Chinese title, read from the rule's head.

use datafile::did_you_mean;
use datafile::{Reading, Table};
use std::collections::BTreeMap;

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// One of these words
    Word(&'static [&'static str]),
    /// A whole number, not negative
    Integer,
    /// A list of texts (codes or code prefixes)
    Texts,
    /// A list of these words
    Words(&'static [&'static str]),
}

/// A declared parameter.
#[derive(Debug, Clone, Copy)]
pub struct ParamSpec {
    /// Key in `[params]`; the unit is its last word.
    pub name: &'static str,
    /// What it holds.
    pub kind: ParamKind,
    /// Default, as text; `None` makes it required.
    pub default: Option<&'static str>,
    /// What it means, in Chinese.
    pub title: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    Integer(i64),
    Texts(Vec<String>),
}

/// The values of one rule, defaults filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParamValues(BTreeMap<&'static str, Value>);

impl ParamValues {
    pub(crate) fn read(
        specs: &'static [ParamSpec],
        table: Option<Table<'_, '_>>,
        line: usize,
        reading: &mut Reading<'_>,
    ) -> Self {
        let mut values = BTreeMap::new();
        let mut table = table;
        if let Some(table) = &mut table {
            specs.iter().for_each(|spec| table.allow(spec.name));
        }
        for spec in specs {
            let given = table.as_mut().filter(|t| t.holds(spec.name)).map(|t| Self::given(spec, t, reading));
            match given.unwrap_or_else(|| Self::default_of(spec)) {
                Some(value) => {
                    values.insert(spec.name, value);
                }
                None if spec.default.is_none() => {
                    reading.report(line, format!("params.{}", spec.name), format!("缺少参数：{}", spec.title));
                }
                None => {}
            }
        }
        if let Some(table) = table {
            table.finish(reading);
        }
        Self(values)
    }

    fn given(spec: &ParamSpec, table: &mut Table<'_, '_>, reading: &mut Reading<'_>) -> Option<Value> {
        match spec.kind {
            ParamKind::Integer => match table.integer(reading, spec.name)? {
                number if number < 0 => {
                    reading.report(table.line(), format!("params.{}", spec.name), "不得为负");
                    None
                }
                number => Some(Value::Integer(number)),
            },
            ParamKind::Texts => Some(Value::Texts(table.texts(reading, spec.name))),
            ParamKind::Word(words) => {
                let pairs: Vec<(&str, &str)> = words.iter().map(|w| (*w, *w)).collect();
                table.word(reading, spec.name, &pairs).map(|word| Value::Text(word.to_owned()))
            }
            ParamKind::Words(words) => {
                let texts = table.texts(reading, spec.name);
                for text in texts.iter().filter(|t| !words.contains(&t.as_str())) {
                    let hint = did_you_mean(text, words.iter().copied());
                    reading.report(table.line(), format!("params.{}", spec.name), format!("不认识“{text}”{hint}"));
                }
                Some(Value::Texts(texts))
            }
        }
    }

    fn default_of(spec: &ParamSpec) -> Option<Value> {
        let default = spec.default?;
        Some(match spec.kind {
            ParamKind::Integer => Value::Integer(default.parse().unwrap_or(0)),
            ParamKind::Word(_) => Value::Text(default.to_owned()),
            ParamKind::Texts | ParamKind::Words(_) => {
                Value::Texts(default.split_whitespace().map(str::to_owned).collect())
            }
        })
    }

    /// A whole number; 0 when not declared.
    #[must_use]
    pub fn integer(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    /// A word; empty when not declared.
    #[must_use]
    pub fn word(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A list; empty when not declared.
    #[must_use]
    pub fn texts(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Name and value, for showing a rule.
    pub fn shown(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.0.iter().map(|(name, value)| {
            let text = match value {
                Value::Text(text) => text.clone(),
                Value::Integer(number) => number.to_string(),
                Value::Texts(texts) => texts.join(" "),
            };
            (*name, text)
        })
    }
}
