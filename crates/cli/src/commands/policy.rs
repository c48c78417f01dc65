//! `yibao policy check | diff | show`: the law as data, held against itself.

use super::catalog::day;
use crate::cases::print_all;
use crate::data::{DataFiles, all};
use crate::law::{PolicyFiles, named, policy_files};
use anyhow::{Result, bail};
use benefit::{Packages, Policies, run_cases};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// 检查政策：空缺、重叠、分段、限额、单位、依据、单调性，并运行全部案例
    Check {
        /// 政策目录（默认用程序内置的一份）
        folder: Option<PathBuf>,
    },
    /// 两套政策的差别：改了哪个参数、从多少到多少
    Diff {
        /// 旧的政策目录
        older: PathBuf,
        /// 新的政策目录
        newer: PathBuf,
    },
    /// 一个统筹区在某一天的政策
    Show {
        /// 统筹区代码
        area: String,
        /// 哪一天（yyyy-MM-dd）
        #[arg(long, value_name = "DAY")]
        on: String,
        /// 政策目录（默认用程序内置的一份）
        #[arg(long, value_name = "DIR")]
        policy: Option<PathBuf>,
    },
}

pub fn run(files: &DataFiles, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Check { folder } => check(&policy_files(files, folder.as_deref())?),
        Command::Diff { older, newer } => diff(files, older, newer),
        Command::Show { area, on, policy } => {
            let on = day(on)?;
            let packages = packages(&policy_files(files, policy.as_deref())?)?;
            let Some(text) = packages.show(area, on) else {
                let policies = Policies::compile(&packages).map_err(|problems| all("政策（policy）", &problems))?;
                let mut known: Vec<String> =
                    policies.coverage().map(|known| format!("{} {}", known.area, known.area_name)).collect();
                known.dedup();
                bail!("没有收录统筹区 {area}；已收录：{}", known.join("、"));
            };
            print_all(&text)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn packages(files: &PolicyFiles) -> Result<Packages> {
    Packages::read(&named(files)).map_err(|problems| all("政策（policy）", &problems))
}

/// Everything that is wrong, a line each; 1 when there is something.
fn check(files: &PolicyFiles) -> Result<ExitCode> {
    let mut lines: Vec<String> = Vec::new();
    let mut cases = 0;
    let show = |problems: Vec<benefit::Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    match Packages::read(&named(files)) {
        Err(problems) => lines.extend(show(problems)),
        Ok(packages) => {
            if let Err(problems) = agency::area_items(&named(files), &packages) {
                lines.extend(problems.iter().map(ToString::to_string));
            }
            match Policies::compile(&packages) {
                Err(problems) => lines.extend(show(problems)),
                Ok(policies) => {
                    lines.extend(show(policies.check(&packages)));
                    match run_cases(&packages, &policies) {
                        Err(problems) => lines.extend(show(problems)),
                        Ok(outcomes) => {
                            cases = outcomes.len();
                            let failed = outcomes.iter().filter(|outcome| !outcome.differences.is_empty());
                            lines.extend(failed.map(|outcome| {
                                let differences = outcome.differences.join("；");
                                format!("{}:{}: 案例 {} 不符：{differences}", outcome.file, outcome.line, outcome.id)
                            }));
                        }
                    }
                }
            }
        }
    }
    let sum = format!("政策检查：{} 个文件，{cases} 个案例，{} 处问题", files.len(), lines.len());
    print_all(&lines.iter().chain([&sum]).map(|line| format!("{line}\n")).collect::<String>())?;
    Ok(if lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn diff(files: &DataFiles, older: &Path, newer: &Path) -> Result<ExitCode> {
    let [older, newer] = [older, newer].map(|folder| policy_files(files, Some(folder)).and_then(|f| packages(&f)));
    let changes = older?.diff(&newer?);
    let mut text = String::new();
    let mut home = "";
    for change in &changes {
        if change.home != home {
            home = &change.home;
            text.push_str(&format!("{home}\n"));
        }
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "（无）".to_owned());
        let (before, after) = (value(&change.before), value(&change.after));
        text.push_str(&format!("  {}　{}：{before} → {after}\n      {}\n", change.slot, change.when, change.place));
    }
    text.push_str(&format!("共 {} 处不同\n", changes.len()));
    print_all(&text)?;
    Ok(ExitCode::SUCCESS)
}
