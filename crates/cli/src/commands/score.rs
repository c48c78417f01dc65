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
}

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let data = files.load(Examples::LeftOut, Cases::MayLack)?;
    let severities: BTreeMap<_, _> = data.library.rules().iter().map(|rule| (rule.id.clone(), rule.severity)).collect();
    let score = testkit::score(&arguments.truth, &arguments.findings, &severities)?;
    print!("{}", score.text());
    Ok(ExitCode::from(score.exit_status(testkit::Target::REQUIRED)))
}
