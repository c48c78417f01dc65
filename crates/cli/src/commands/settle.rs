//! `yibao settle CASES [--explain …] [--out FILE]`: bills in, every fen explained out.
//!
//! One JSON case is answered as JSON or in words; many are answered as a JSON array or, with `--out`, as a table.
//! A refused case never stops the others: what was read is settled or refused, and the two add up.

use super::catalog::day;
use crate::cases::{AnswerWriter, CaseFormat, Cases, RawCase, Refused, print_all, read, write_rejects};
use crate::data::DataFiles;
use crate::law::Law;
use crate::progress::Bar;
use anyhow::{Result, bail};
use benefit::{Answer, Case};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct Arguments {
    /// 案例文件：.json（一个对象或数组）、.csv 或 .parquet（列名为点分的键，如 visit.kind）
    cases: PathBuf,
    /// 结算日期，代替各案例中的 on（待遇仍按政策规定的就诊日或出院日判断）
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// 怎样解释：person 给参保人，officer 给经办人员，json 全部步骤
    #[arg(long, value_enum, default_value_t = Explain::Json)]
    explain: Explain,
    /// 结果写成表：以 .csv 或 .parquet 结尾；退回的案例写在旁边的 .rejects.csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// 政策目录（默认用程序内置的一份）
    #[arg(long, value_name = "DIR")]
    policy: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Explain {
    Person,
    Officer,
    Json,
}

/// Cases settled before their answers are written.
const CHUNK: usize = 4_096;

type Settled = std::result::Result<Box<Answer>, Vec<Refused>>;

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let on = arguments.on.as_deref().map(day).transpose()?.map(|day| day.to_string());
    let law = Law::load(files, arguments.policy.as_deref())?;
    let mut cases = read(&arguments.cases)?;
    if let Some(on) = on {
        cases.stream = Box::new(cases.stream.map(move |mut case| {
            case.set_day(&on);
            case
        }));
    }
    let format = cases.format;
    if format == CaseFormat::Table && arguments.out.is_none() && arguments.explain != Explain::Json {
        bail!("表格案例请用 --out 写成结果表；--explain 只用于 .json 案例");
    }
    let Outcome { read, settled, refused } = match (&arguments.out, format) {
        (Some(_), _) | (None, CaseFormat::Table) => to_table(&law, cases, arguments.out.as_deref())?,
        (None, CaseFormat::Single | CaseFormat::Array) => to_terminal(&law, cases, arguments.explain)?,
    };
    if format != CaseFormat::Single || arguments.out.is_some() {
        eprintln!("读入 {read} 例：结算 {settled} 例，退回 {refused} 例");
    }
    if settled + refused != read {
        bail!("结算与退回之和不等于读入，结果不可用；这是程序错误，请报告");
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Outcome {
    read: usize,
    settled: usize,
    refused: usize,
}

fn settle(law: &Law<'_>, raw: &RawCase) -> Settled {
    let id = raw.id();
    let value = raw.value.as_ref().map_err(|reason| Refused::unreadable(raw.row, reason))?;
    let case = Case::from_json(value).map_err(|problems| Refused::of_problems(raw.row, &id, &problems))?;
    let answer = law.settle(&case).map_err(|refusal| Refused::of_refusal(raw.row, &id, &refusal))?;
    Ok(Box::new(answer))
}

/// Settles a chunk on every core; answers come in the order of the cases (I8).
fn settle_all(law: &Law<'_>, cases: &[RawCase]) -> Vec<Settled> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = cases.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = cases
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|case| settle(law, case)).collect::<Vec<_>>()))
            .collect();
        // A worker that died leaves its cases out, and the sum at the end says so.
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
    })
}

fn to_table(law: &Law<'_>, mut cases: Cases, out: Option<&Path>) -> Result<Outcome> {
    let bar = Bar::new();
    bar.start("结算", cases.count_about);
    let mut writer = AnswerWriter::create(out)?;
    let mut outcome = Outcome::default();
    let mut rejects = Vec::new();
    loop {
        let chunk: Vec<RawCase> = cases.stream.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        outcome.read += chunk.len();
        for (case, settled) in chunk.iter().zip(settle_all(law, &chunk)) {
            match settled {
                Ok(answer) => {
                    writer.add(case.row, &answer)?;
                    outcome.settled += 1;
                }
                Err(mut refused) => {
                    rejects.append(&mut refused);
                    outcome.refused += 1;
                }
            }
        }
        bar.advance_by(chunk.len() as u64);
    }
    bar.finish();
    writer.finish()?;
    match out {
        None => rejects.iter().for_each(|refused| eprintln!("退回 {refused}")),
        Some(out) => {
            if let Some(path) = write_rejects(out, &rejects)? {
                eprintln!("退回的案例见 {}", path.display());
            }
        }
    }
    Ok(outcome)
}

fn to_terminal(law: &Law<'_>, cases: Cases, explain: Explain) -> Result<Outcome> {
    let format = cases.format;
    let cases: Vec<RawCase> = cases.stream.collect();
    let mut outcome = Outcome { read: cases.len(), ..Outcome::default() };
    let mut answers = Vec::new();
    for settled in settle_all(law, &cases) {
        match settled {
            Ok(answer) => {
                outcome.settled += 1;
                answers.push(answer);
            }
            Err(refused) => {
                outcome.refused += 1;
                refused.iter().for_each(|refused| eprintln!("未结算：{refused}"));
            }
        }
    }
    let told = |tell: fn(&Answer) -> String| answers.iter().map(|answer| tell(answer) + "\n").collect::<String>();
    let text = match (explain, format, answers.first()) {
        (Explain::Json, CaseFormat::Single, None) => String::new(),
        (Explain::Json, CaseFormat::Single, Some(answer)) => serde_json::to_string_pretty(answer)? + "\n",
        (Explain::Json, ..) => serde_json::to_string_pretty(&answers)? + "\n",
        (Explain::Person, ..) => told(Answer::for_person),
        (Explain::Officer, ..) => told(Answer::for_officer),
    };
    print_all(&text)?;
    Ok(outcome)
}
