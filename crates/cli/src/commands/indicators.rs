//! `yibao indicators`: the month in figures, by institution, level, area …

use crate::columns::align;
use crate::data::DataFiles;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use lake::Month;
use query::{By, Indicator, LakeSession, SessionOptions, cells};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct Arguments {
    /// 数据湖目录
    #[arg(long, value_name = "DIR", env = "YIBAO_LAKE")]
    lake: PathBuf,
    /// 月份
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// 分组：all、institution、level、area、department、insurance、care-type
    #[arg(long, default_value = "all")]
    by: String,
    /// 只算这些指标（编号，逗号分隔）；不给则全部
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// 输出形式
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// 线程数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Csv,
}

const HEADER: [&str; 6] = ["指标", "分组", "分子", "分母", "值", "单位"];

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let Some(month) = Month::parse(&arguments.month) else {
        bail!("--month {} 不是月份；应写成 2025-07", arguments.month);
    };
    let by = By::ALL.iter().find(|(word, _)| *word == arguments.by).map(|(_, by)| *by);
    let Some(by) = by else {
        let words: Vec<&str> = By::ALL.iter().map(|(word, _)| *word).collect();
        bail!("--by {} 不认识；可用：{}", arguments.by, words.join("、"));
    };
    let indicators = chosen(definitions(files)?, &arguments.only)?;
    let threads = arguments.threads.unwrap_or_else(crate::threads);
    let session = LakeSession::open(&arguments.lake, &SessionOptions { threads, ..SessionOptions::default() })?;
    let months = session.lake().map(lake::Lake::months).unwrap_or_default();
    if !months.contains(&month) {
        let held: Vec<String> = months.iter().map(ToString::to_string).collect();
        bail!("数据湖中没有 {month} 的数据；已有月份：{}", held.join("、"));
    }
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    for indicator in &indicators {
        for batch in indicator.values(&session, month, by)?.batches() {
            for row in cells(batch)? {
                let named = [vec![indicator.name.clone()], row, vec![indicator.unit.clone()]].concat();
                rows.push(named);
            }
        }
    }
    match arguments.format {
        Form::Table => print!("{}", align(&rows)),
        Form::Csv => rows.iter().for_each(|row| println!("{}", csv_line(row))),
    }
    Ok(ExitCode::SUCCESS)
}

fn csv_line(row: &[String]) -> String {
    let quoted = row.iter().map(|cell| match cell.contains([',', '"', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    });
    quoted.collect::<Vec<_>>().join(",")
}

/// Every definition of the data folder, in name order.
fn definitions(files: &DataFiles) -> Result<Vec<Indicator>> {
    let read = |(name, bytes): (&str, &[u8])| {
        let text = std::str::from_utf8(bytes).with_context(|| format!("indicators/{name} 不是 UTF-8"))?;
        toml::from_str(text).with_context(|| format!("indicators/{name} 读不懂"))
    };
    files.below("indicators/").into_iter().map(read).collect()
}

fn chosen(all: Vec<Indicator>, only: &[String]) -> Result<Vec<Indicator>> {
    for wanted in only {
        if !all.iter().any(|indicator| indicator.id == *wanted) {
            let near = model::nearest(wanted, all.iter().map(|indicator| indicator.id.as_str()));
            match near {
                Some(near) => bail!("没有指标 {wanted}，是否应为 {near}？"),
                None => bail!("没有指标 {wanted}；可用：{}", ids(&all)),
            }
        }
    }
    Ok(all.into_iter().filter(|indicator| only.is_empty() || only.contains(&indicator.id)).collect())
}

fn ids(all: &[Indicator]) -> String {
    all.iter().map(|indicator| indicator.id.as_str()).collect::<Vec<_>>().join("、")
}
