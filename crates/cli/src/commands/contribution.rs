//! `yibao contribution CASE.json`: base, both sides' payments and the account credit, each with its source.

use super::catalog::day;
use crate::cases::{CaseFormat, Refused, print_all, read};
use crate::data::DataFiles;
use crate::law::Law;
use anyhow::{Result, bail};
use benefit::ContributionCase;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct Arguments {
    /// 缴费案例：area、on、scheme，职工另给 wage 或 base；.json 一个对象或数组
    cases: PathBuf,
    /// 缴费日期，代替案例中的 on
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// 政策目录（默认用程序内置的一份）
    #[arg(long, value_name = "DIR")]
    policy: Option<PathBuf>,
}

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let on = arguments.on.as_deref().map(day).transpose()?;
    let law = Law::load(files, arguments.policy.as_deref())?;
    let cases = read(&arguments.cases)?;
    let format = cases.format;
    if format == CaseFormat::Table {
        bail!("{}：缴费案例应为 .json", arguments.cases.display());
    }
    let mut answers = Vec::new();
    let mut refused = Vec::new();
    for mut raw in cases.stream {
        if let Some(on) = on {
            raw.set_day(&on.to_string());
        }
        let id = raw.id();
        let value = raw.value.as_ref().map_err(|reason| Refused::unreadable(raw.row, reason));
        let answer = value.and_then(|value| {
            let case = ContributionCase::from_json(value);
            let case = case.map_err(|problems| Refused::of_problems(raw.row, &id, &problems))?;
            let answer = law.policies.contribution(&case);
            answer.map_err(|refusal| Refused::of_refusal(raw.row, &id, &refusal))
        });
        match answer {
            Ok(answer) => answers.push(answer),
            Err(mut problems) => refused.append(&mut problems),
        }
    }
    refused.iter().for_each(|refused| eprintln!("未计算：{refused}"));
    let text = match (format, answers.first()) {
        (CaseFormat::Single, None) => String::new(),
        (CaseFormat::Single, Some(answer)) => serde_json::to_string_pretty(answer)? + "\n",
        _ => serde_json::to_string_pretty(&answers)? + "\n",
    };
    print_all(&text)?;
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
