//! `yibao lake`: claims kept for years, month by month.

use crate::columns::align;
use crate::progress::Bar;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use lake::{AddOptions, Added, Lake, Month, Restatement};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Subcommand)]
pub enum Command {
    /// 把一个理赔数据目录加入数据湖（没有则建立）；全部加入，或者什么都不变
    Add(AddArguments),
    /// 列出各月的就诊、明细行数
    Show(LakeArguments),
    /// 逐个文件核对 SHA-256
    Verify(LakeArguments),
}

#[derive(Args)]
pub struct AddArguments {
    /// 理赔数据目录
    claims: PathBuf,
    /// 数据湖目录
    #[arg(long, value_name = "DIR")]
    lake: PathBuf,
    /// 全部归入这个月；不给则按每次就诊的结算月份
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<String>,
    /// 重报：用这批数据替换湖中相同月份
    #[arg(long)]
    restate: bool,
    /// 重报的行数比原来少也照做
    #[arg(long, requires = "restate")]
    allow_fewer: bool,
    /// 新建数据湖时的分桶数；不给则按人数选定
    #[arg(long)]
    buckets: Option<u16>,
    /// 线程数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Args)]
pub struct LakeArguments {
    /// 数据湖目录
    #[arg(long, value_name = "DIR")]
    lake: PathBuf,
}

pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Add(arguments) => add(&arguments),
        Command::Show(arguments) => show(&Lake::open(&arguments.lake)?),
        Command::Verify(arguments) => {
            let files = Lake::open(&arguments.lake)?.verify()?;
            println!("{files} 个文件与清单一致");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn add(arguments: &AddArguments) -> Result<ExitCode> {
    let month = match &arguments.month {
        None => None,
        Some(text) => match Month::parse(text) {
            None => bail!("--month {text} 不是月份；应写成 2025-07"),
            month => month,
        },
    };
    let restatement = match (arguments.restate, arguments.allow_fewer) {
        (false, _) => Restatement::None,
        (true, false) => Restatement::Replace,
        (true, true) => Restatement::ReplaceWithFewer,
    };
    let threads = arguments.threads.unwrap_or_else(crate::threads).max(1);
    let written_by = format!("yibao {}", env!("CARGO_PKG_VERSION"));
    let options = AddOptions { threads, month, restatement, buckets: arguments.buckets, written_by };
    let started = Instant::now();
    let bar = Bar::new();
    let added = Lake::add(&arguments.lake, &arguments.claims, &options, &bar)?;
    bar.finish();
    tell(&added, started);
    let rejected: u64 = added.intake.tables.iter().map(|table| table.rejected).sum();
    if rejected > 0 {
        let folder = arguments.lake.join(format!("intake/g{:06}/rejects", added.lake.generation()));
        println!("退回 {rejected} 行，逐行原因见 {}", folder.display());
    }
    let complete = rejected == 0 && !added.intake.incomplete;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(added: &Added, started: Instant) {
    for note in &added.intake.notes {
        eprintln!("{} {note}", if note.level == lake::Level::Problem { "问题" } else { "提示" });
    }
    let mut rows = vec![["数据表", "读入", "接受", "修正", "退回"].map(str::to_owned).to_vec()];
    for table in &added.intake.tables {
        let counts = [table.read, table.accepted, table.corrected, table.rejected].map(|count| count.to_string());
        rows.push([std::slice::from_ref(&table.table), &counts[..]].concat());
    }
    print!("{}", align(&rows));
    for (month, (before, after)) in &added.months {
        let change = match before {
            0 => format!("{month} 费用明细 {after} 行"),
            _ => format!("{month} 费用明细 {before} 行变为 {after} 行"),
        };
        println!("{change}");
    }
    let whom = if added.everybody {
        "机构或人员登记有变动，涉及所有人".to_owned()
    } else {
        format!("涉及 {} 人", added.touched)
    };
    println!("第 {} 次加入完成，{whom}，用时 {:.1} 秒", added.lake.generation(), started.elapsed().as_secs_f32());
}

fn show(lake: &Lake) -> Result<ExitCode> {
    let mut months: BTreeMap<Month, [u64; 3]> = BTreeMap::new();
    for file in lake.files() {
        let Some(month) = file.month else { continue };
        let sums = months.entry(month).or_default();
        match file.table.as_str() {
            "visits" => sums[0] += file.rows,
            "charge_lines" => sums[1] += file.rows,
            _ => {}
        }
        sums[2] += file.bytes;
    }
    let mut rows = vec![["月份", "就诊", "费用明细", "字节"].map(str::to_owned).to_vec()];
    for (month, [visits, lines, bytes]) in &months {
        rows.push(vec![month.to_string(), visits.to_string(), lines.to_string(), bytes.to_string()]);
    }
    print!("{}", align(&rows));
    println!("{} 个桶，{} 次加入，{} 个文件", lake.buckets(), lake.generation(), lake.files().len());
    Ok(ExitCode::SUCCESS)
}
