//! `yibao catalog lookup CODE_OR_NAME [--on DAY]`.

use crate::data::DataFiles;
use anyhow::{Result, anyhow};
use catalog::{Hit, Match};
use clap::Subcommand;
use model::Day;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// 按编码（全码、前缀）或名称查药品、项目、饮片、诊断、手术、区划、医院
    Lookup {
        /// 编码或名称
        query: String,
        /// 以哪一天的目录为准（yyyy-MM-dd）
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
        /// 最多显示几条
        #[arg(long, default_value_t = 20)]
        most: usize,
    },
}

/// A day given on the command line.
pub fn day(text: &str) -> Result<Day> {
    Day::parse(text.as_bytes()).map_err(|_| anyhow!("“{text}”不是日期，应为 yyyy-MM-dd"))
}

pub fn run(files: &DataFiles, command: Command) -> Result<ExitCode> {
    let Command::Lookup { query, on, most } = command;
    let on = on.as_deref().map(day).transpose()?;
    let catalogue = files.catalogue()?;
    let hits = catalogue.lookup(&query, on);
    let found = hits.iter().any(|hit| hit.matched != Match::Similar);
    if !found {
        println!("目录中没有“{query}”{}", if hits.is_empty() { "" } else { "；相近的有：" });
    }
    for hit in hits.iter().take(most) {
        print(hit);
    }
    if hits.len() > most {
        println!("（另有 {} 条，用 --most 增加显示）", hits.len() - most);
    }
    Ok(if found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(hit: &Hit) {
    println!("{} {} {}", hit.kind.label(), hit.code, hit.name);
    if !hit.via.is_empty() {
        println!("    由 {} 对照", hit.via);
    }
    for (label, value) in &hit.details {
        println!("    {label}：{value}");
    }
    let until = hit.valid.until.map_or_else(|| "长期有效".to_owned(), |day| format!("至 {day}（不含）"));
    println!("    来源：{}，{} 起，{until}", hit.source_title, hit.valid.from);
    if let Some(note) = hit.validity.note() {
        println!("    注意：{note}");
    }
}
