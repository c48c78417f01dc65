//! `yibao score`: holds findings against the planted truth.

use crate::data::{DataFiles, Examples};
use anyhow::Result;
use audit::Cases;
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct Arguments {
    /// generate 写出的 truth.csv
    #[arg(long)]
    truth: PathBuf,
    /// audit 写出的 findings.csv
    #[arg(long)]
    findings: PathBuf,
    /// 列出漏报、误报各多少条
    #[arg(long, default_value_t = 10)]
    list: usize,
}

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let data = files.load(Examples::LeftOut, Cases::MayLack)?;
    let severities: BTreeMap<_, _> = data.library.rules().iter().map(|rule| (rule.id.clone(), rule.severity)).collect();
    let score = testkit::score(&arguments.truth, &arguments.findings, &severities)?;
    print!("{}", score.table());
    for (title, rows) in [("漏报", &score.missed), ("误报", &score.unexpected)] {
        for row in rows.iter().take(arguments.list) {
            println!("{title} {} 就诊 {} 明细 {}　{}", row.rule_id, row.mdtrt_id, row.feedetl_sn, row.note);
        }
        if rows.len() > arguments.list {
            println!("（{title}另有 {} 条）", rows.len() - arguments.list);
        }
    }
    Ok(if score.meets(&testkit::Target::default()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
