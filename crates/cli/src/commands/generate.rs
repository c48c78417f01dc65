//! `yibao generate`: an invented city, with violations planted if asked.

use super::catalog::day;
use crate::data::DataFiles;
use crate::progress::Bar;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use testkit::{CityOptions, Dose, FolderFormat, INPUT_FILES, Profile};

#[derive(Args)]
pub struct Arguments {
    /// 参保人数
    #[arg(long)]
    persons: u32,
    /// 天数
    #[arg(long)]
    days: u32,
    /// 随机种子：相同种子得到相同文件
    #[arg(long)]
    seed: u64,
    /// 输出目录
    #[arg(long)]
    out: PathBuf,
    /// 埋入违规的多少
    #[arg(long, value_enum, default_value_t = Violations::Standard)]
    violations: Violations,
    /// 违规的轻重：1 刚过线，2 明显，3 严重，all 三种都有（相似而不违规的情形始终埋入）
    #[arg(long, value_enum, default_value_t = Degree::All)]
    dose: Degree,
    /// 第一天
    #[arg(long, value_name = "DAY", default_value = "2025-07-01")]
    first_day: String,
    /// 文件格式
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Violations {
    None,
    Standard,
    Heavy,
}

#[derive(Clone, Copy, ValueEnum)]
enum Degree {
    #[value(name = "1")]
    Slight,
    #[value(name = "2")]
    Plain,
    #[value(name = "3")]
    Blatant,
    All,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Parquet,
    Csv,
    Both,
}

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let options = CityOptions {
        persons: arguments.persons,
        days: arguments.days,
        seed: arguments.seed,
        violations: match arguments.violations {
            Violations::None => Profile::None,
            Violations::Standard => Profile::Standard,
            Violations::Heavy => Profile::Heavy,
        },
        dose: match arguments.dose {
            Degree::Slight => Dose::Only(1),
            Degree::Plain => Dose::Only(2),
            Degree::Blatant => Dose::Only(3),
            Degree::All => Dose::All,
        },
        first_day: day(&arguments.first_day)?,
        format: match arguments.format {
            Format::Parquet => FolderFormat::Parquet,
            Format::Csv => FolderFormat::Csv,
            Format::Both => FolderFormat::Both,
        },
    };
    let mut inputs: Vec<(&str, &[u8])> = INPUT_FILES.iter().map(|name| (*name, files.file(name))).collect();
    inputs.extend(files.below("").into_iter().filter(|(name, _)| name.starts_with("knowledge/derived/")));
    let bar = Bar::new();
    bar.start("生成", u64::from(arguments.persons));
    let started = Instant::now();
    let written = testkit::generate(&options, &inputs, &arguments.out, &mut |persons| bar.advance_by(persons))?;
    bar.finish();
    let elapsed = started.elapsed();
    println!(
        "已生成 {}：参保人 {}，就诊 {}，费用明细 {}，金额 {} 元；埋入违规 {} 处、形似而合规 {} 处（truth.csv）；用时 {}.{:01} 秒",
        arguments.out.display(),
        written.persons,
        written.visits,
        written.lines,
        model::Fen(written.amount_fen),
        written.violations,
        written.look_alikes,
        elapsed.as_secs(),
        elapsed.subsec_millis() / 100,
    );
    Ok(ExitCode::SUCCESS)
}
