//! `yibao knowledge stats | show | import | derive`.

use super::catalog::day;
use crate::data::{DataFiles, Examples};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use knowledge::{Plan, Release, Stats, Tables, read_attachment, with_predicates};
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
    Import(Import),
    /// 由限定文字重新推导谓词列，供复核
    #[command(hide = true)]
    Derive {
        /// 写回 knowledge/points.csv
        #[arg(long)]
        write: bool,
    },
}

#[derive(Args)]
pub struct Import {
    /// 附件
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 写入 --data 目录下的知识表（默认只看不写）
    #[arg(long, requires_all = ["batch", "published_on", "from"])]
    write: bool,
    /// 批次标签，如 19
    #[arg(long)]
    batch: Option<String>,
    /// 发布日期
    #[arg(long, value_name = "DAY")]
    published_on: Option<String>,
    /// 自哪一天起适用（依据开始执行的日期）
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
}

pub fn run(files: &DataFiles, command: Command) -> Result<ExitCode> {
    match command {
        Command::Stats => {
            let knowledge = files.knowledge(Examples::LeftOut)?;
            print!("{}", Stats::of(&knowledge).table());
            Ok(ExitCode::SUCCESS)
        }
        Command::Show { item_code, on } => show(files, &item_code, on.as_deref()),
        Command::Import(arguments) => import(files, &arguments),
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

/// Shows what each attachment would change; writes only when asked, and only when every file is readable.
fn import(files: &DataFiles, arguments: &Import) -> Result<ExitCode> {
    let folder = match (&files.folder, arguments.write) {
        (None, true) => bail!("程序内置的知识库不能改写；用 --data DIR 指向可写的数据目录"),
        (folder, _) => folder.as_ref().filter(|_| arguments.write),
    };
    let today = today();
    let given = |text: &Option<String>| text.as_deref().map_or(Ok(today), day);
    let release = Release {
        batch: arguments.batch.clone().unwrap_or_else(|| "预览".into()),
        published_on: given(&arguments.published_on)?,
        valid_from: given(&arguments.from)?,
    };
    let knowledge = files.knowledge(Examples::LeftOut)?;
    let text = |name: &str| String::from_utf8_lossy(files.file(name)).into_owned();
    let mut tables = Tables {
        points: text("knowledge/points.csv"),
        codes: text("knowledge/codes.csv"),
        batches: text("knowledge/batches.csv"),
    };
    let mut rejected = 0;
    for path in &arguments.files {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let bytes = std::fs::read(path).with_context(|| format!("读不了 {}", path.display()))?;
        let plan = Plan::against(&knowledge, read_attachment(&name, &bytes)?, release.clone());
        print!("{}", plan.report());
        rejected += plan.rejected.len();
        tables = plan.apply(&tables)?;
    }
    let Some(folder) = folder else {
        println!("以上只是预览，没有写入；确认后加 --write --batch … --published-on … --from …");
        return Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    for (name, text) in [("points.csv", &tables.points), ("codes.csv", &tables.codes), ("batches.csv", &tables.batches)]
    {
        let path = folder.join("knowledge").join(name);
        let partial = path.with_extension("csv.partial");
        std::fs::write(&partial, text).with_context(|| format!("写不了 {}", partial.display()))?;
        std::fs::rename(&partial, &path).with_context(|| format!("写不了 {}", path.display()))?;
        println!("已写入 {}", path.display());
    }
    Ok(if rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The day on the machine's calendar (UTC): only a default for previews.
fn today() -> model::Day {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    model::Stamp(i64::try_from(seconds).unwrap_or(0)).day()
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
