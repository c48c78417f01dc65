//! `yibao knowledge stats | show | import | derive`.

use super::catalog::day;
use crate::data::{DataFiles, Examples};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use knowledge::{Stats, with_predicates};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// 按规则分类统计：知识点、编码、可执行、仅文字及原因
    Stats,
    /// 一个项目编码上的全部知识点
    Show {
        /// 医保目录编码
        item_code: String,
        /// 以哪一天为准（yyyy-MM-dd）
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
    },
    /// 导入官方附件（两表 Excel 或 CSV）：先看新增、变更、替代，再写
    Import {
        /// 附件
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 写入 --data 目录下的知识表（默认只看不写）
        #[arg(long)]
        write: bool,
        /// 批次标签，如 19
        #[arg(long)]
        batch: Option<String>,
        /// 发布日期
        #[arg(long, value_name = "DAY")]
        published_on: Option<String>,
        /// 自哪一天起适用
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
    },
    /// 由限定文字重新推导谓词列，供复核
    #[command(hide = true)]
    Derive {
        /// 写回 knowledge/points.csv
        #[arg(long)]
        write: bool,
    },
}

pub fn run(files: &DataFiles, command: Command) -> Result<ExitCode> {
    match command {
        Command::Stats => {
            let knowledge = files.knowledge(Examples::LeftOut)?;
            print!("{}", Stats::of(&knowledge).table());
            Ok(ExitCode::SUCCESS)
        }
        Command::Show { item_code, on } => show(files, &item_code, on.as_deref()),
        Command::Import { .. } => bail!("import 尚未接通"),
        Command::Derive { write } => derive(files, write),
    }
}

fn show(files: &DataFiles, item_code: &str, on: Option<&str>) -> Result<ExitCode> {
    let on = on.map(day).transpose()?;
    let knowledge = files.knowledge(Examples::LeftOut)?;
    let catalogue = files.catalogue()?;
    let name = catalogue.item(item_code).map(|item| catalogue.item_name(item).to_owned());
    println!("{item_code} {}", name.as_deref().unwrap_or("（目录中没有此编码）"));
    let points = knowledge.points_of_item(item_code, on);
    if points.is_empty() {
        let when = on.map_or_else(String::new, |day| format!("（{day} 有效）"));
        println!("没有涉及此编码的知识点{when}");
        return Ok(ExitCode::FAILURE);
    }
    for point in points {
        println!("\n{point}");
    }
    Ok(ExitCode::SUCCESS)
}

fn derive(files: &DataFiles, write: bool) -> Result<ExitCode> {
    let shipped = files.file("knowledge/points.csv");
    let derived = with_predicates(shipped).context("knowledge/points.csv 推导失败")?;
    if derived.as_bytes() == shipped {
        println!("knowledge/points.csv 的谓词列与推导一致");
        return Ok(ExitCode::SUCCESS);
    }
    let Some(folder) = files.folder.as_ref().filter(|_| write) else {
        println!("knowledge/points.csv 的谓词列与推导不一致；用 --data DIR 加 --write 写回后复核差异");
        return Ok(ExitCode::FAILURE);
    };
    let path = folder.join("knowledge/points.csv");
    std::fs::write(&path, derived).with_context(|| format!("写不了 {}", path.display()))?;
    println!("已写回 {}", path.display());
    Ok(ExitCode::SUCCESS)
}
