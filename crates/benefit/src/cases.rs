//! `cases.toml`: published and own examples beside the law, run as tests.

use crate::case::Case;
use crate::contribution::ContributionCase;
use crate::package::Packages;
use crate::policy::Policies;
use datafile::{Problem, Reading, Table};
use model::Fen;
use serde_json::Value;
use toml::de::DeValue;

/// How an example came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// File, relative to the data folder.
    pub file: String,
    /// Line of the case.
    pub line: usize,
    /// Its id.
    pub id: String,
    /// Where it was published, or that it is our own.
    pub source: String,
    /// What differs; empty when the example is reproduced.
    pub differences: Vec<String>,
}

/// An example as written.
struct Example {
    id: String,
    source: String,
    line: usize,
    kind: Kind,
    input: Value,
    /// Expected fields by dotted name.
    expect: Vec<(String, String)>,
    tolerance: Fen,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Settlement,
    Contribution,
    Identity,
}

/// Runs every example of the packages.
///
/// # Errors
/// Files that cannot be read, every mistake at once.
pub fn run_cases(packages: &Packages, policies: &Policies) -> Result<Vec<CaseOutcome>, Vec<Problem>> {
    let mut outcomes = Vec::new();
    let mut problems = Vec::new();
    for (file, text) in &packages.cases {
        let mut reading = Reading::new(file, text, 0);
        if let Some(parsed) = reading.parse() {
            let mut table = Table::new("", &parsed, 1);
            for case in table.tables(&mut reading, "case") {
                if let Some(example) = read(&mut reading, case) {
                    outcomes.push(CaseOutcome {
                        file: file.clone(),
                        line: example.line,
                        id: example.id.clone(),
                        source: example.source.clone(),
                        differences: example.differences(policies),
                    });
                }
            }
            table.finish(&mut reading);
        }
        problems.append(&mut reading.problems);
    }
    if problems.is_empty() { Ok(outcomes) } else { Err(problems) }
}

fn read(reading: &mut Reading<'_>, mut case: Table<'_, '_>) -> Option<Example> {
    let kinds = [("settlement", Kind::Settlement), ("contribution", Kind::Contribution), ("identity", Kind::Identity)];
    let id = case.text(reading, "id");
    case.text(reading, "name");
    let source = case.text(reading, "source");
    let kind = case.word(reading, "kind", &kinds).unwrap_or(Kind::Settlement);
    let tolerance = case.money(reading, "tolerance").unwrap_or(Fen::ZERO);
    let input = case.text(reading, "input");
    case.optional_text(reading, "note");
    let mut expect = Vec::new();
    for (key, prefix) in [("expect", ""), ("funds", "funds."), ("year_to_date", "year_to_date.")] {
        if let Some(mut table) = case.table(reading, key) {
            for (name, value) in table.take_entries() {
                match value.get_ref() {
                    DeValue::String(text) => expect.push((format!("{prefix}{name}"), text.to_string())),
                    _ => table.report_wrong(reading, value, &name, "字符串"),
                }
            }
        }
    }
    if expect.is_empty() {
        reading.report(case.line(), case.key("expect"), "没有预期结果，此例什么也不检验");
    }
    let input = match serde_json::from_str(&input) {
        Ok(input) => Some(input),
        Err(error) => {
            reading.report(case.line(), case.key("input"), format!("不是合法的 JSON：{error}"));
            None
        }
    };
    let line = case.line();
    case.finish(reading);
    Some(Example { id, source, line, kind, input: input?, expect, tolerance })
}

impl Example {
    fn differences(&self, policies: &Policies) -> Vec<String> {
        let answer = match self.kind {
            Kind::Settlement => settle(policies, &self.input),
            Kind::Contribution => contribute(policies, &self.input),
            Kind::Identity => identity(&self.input),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(refusal) => {
                let wanted = self.expect.iter().find(|(name, _)| name == "refused");
                return match wanted {
                    Some((_, part)) if refusal.contains(part.as_str()) => Vec::new(),
                    Some((_, part)) => vec![format!("应以“{part}”为由拒绝，实为：{refusal}")],
                    None => vec![format!("被拒绝：{refusal}")],
                };
            }
        };
        self.expect.iter().filter_map(|(name, wanted)| self.difference(&answer, name, wanted)).collect()
    }

    fn difference(&self, answer: &Value, name: &str, wanted: &str) -> Option<String> {
        if name == "unmodelled" {
            let sentences = answer.get("unmodelled").and_then(Value::as_array);
            let told =
                sentences.is_some_and(|all| all.iter().filter_map(Value::as_str).any(|one| one.contains(wanted)));
            return (!told).then(|| format!("unmodelled 中应有“{wanted}”"));
        }
        let found = find(answer, name);
        if found.as_deref() == Some(wanted) {
            return None;
        }
        let near = found.as_deref().is_some_and(|found| {
            let parse = |text: &str| Fen::parse(text.as_bytes()).ok();
            match (parse(found), parse(wanted)) {
                (Some(found), Some(wanted)) => (found - wanted).0.abs() <= self.tolerance.0,
                _ => false,
            }
        });
        let shown = found.unwrap_or_else(|| "没有此项".to_owned());
        (!near).then(|| format!("{name} 应为 {wanted}，实为 {shown}"))
    }
}

/// A field of an answer: of the settlement, `funds.<fund>`, `year_to_date.<key>`, or the answer itself.
fn find(answer: &Value, name: &str) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(fund) = name.strip_prefix("funds.") {
        let funds = answer.get("funds")?.as_array()?;
        let found = funds.iter().find(|share| share.get("fund").and_then(Value::as_str) == Some(fund));
        return Some(found.and_then(|share| share.get("amount")).and_then(text).unwrap_or_else(|| "0.00".to_owned()));
    }
    if let Some(key) = name.strip_prefix("year_to_date.") {
        return answer.get("year_to_date")?.get(key).and_then(text);
    }
    answer.get("settlement").and_then(|fields| fields.get(name)).or_else(|| answer.get(name)).and_then(text)
}

fn settle(policies: &Policies, input: &Value) -> Result<Value, String> {
    let case = Case::from_json(input).map_err(|problems| joined(&problems))?;
    let answer = policies.settle(&case).map_err(|refusal| refusal.to_string())?;
    serde_json::to_value(answer).map_err(|error| error.to_string())
}

fn contribute(policies: &Policies, input: &Value) -> Result<Value, String> {
    let case = ContributionCase::from_json(input).map_err(|problems| joined(&problems))?;
    let answer = policies.contribution(&case).map_err(|refusal| refusal.to_string())?;
    serde_json::to_value(answer).map_err(|error| error.to_string())
}

/// Published figures whose law is not shipped: do the funds add up, and to which share of the bill?
fn identity(input: &Value) -> Result<Value, String> {
    let money = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str).unwrap_or_default();
        Fen::parse(text.as_bytes()).map_err(|_| format!("“{text}” 不是金额"))
    };
    let total = money(input.get("total"))?;
    let parts = input.get("parts").and_then(Value::as_object).ok_or("缺少 parts")?;
    let mut funds = Fen::ZERO;
    for part in parts.values() {
        funds += money(Some(part))?;
    }
    // Four decimals, half up.
    let share = if total.0 == 0 { 0 } else { (funds.0 * 20_000 + total.0) / (2 * total.0) };
    Ok(serde_json::json!({
        "fund_pay_sumamt": funds.to_string(),
        "psn_part_amt": (total - funds).to_string(),
        "real_ratio": format!("{}.{:04}", share / 10_000, share % 10_000),
    }))
}

fn joined(problems: &[crate::case::CaseProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")
}
