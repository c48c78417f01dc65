//! `yibao register`: persons, cover, contributions, institutions and staff, in and out.

use super::catalog::day;
use crate::cases::print_all;
use crate::registry;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use model::Stamp;
use registers::{Format, Kind, Rejection, Report, Table, standing, write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::{Database, Options, Store};

/// Most faults that are printed; all of them go to `--rejects`.
const SHOWN_MAX: usize = 20;

#[derive(Subcommand)]
pub enum Command {
    /// 导入：逐行接受、修正或退回，退回的说明行、列、值与办法
    Import(FileArguments),
    /// 只检查，不写入
    Validate(FileArguments),
    /// 导出为 CSV 或 Excel（按文件名后缀）
    Export(ExportArguments),
    /// 办理增员、减员、变更
    Event(EventArguments),
    /// 查一个人在某日的参保，按某时所知
    Show(ShowArguments),
}

/// Where the records are, when `--data` does not say.
const DATA: &str = "yibao-data";

#[derive(Args)]
struct Place {
    /// PostgreSQL：postgres://用户@主机:端口/库名；不给则用 --data 目录中的 SQLite
    #[arg(long, value_name = "URL", env = "YIBAO_DATABASE")]
    database: Option<String>,
}

impl Place {
    fn database(&self, data: Option<&Path>) -> Result<Database> {
        match &self.database {
            Some(url) => Ok(Database::parse(url)?),
            None => Ok(Database::Sqlite(data.unwrap_or_else(|| Path::new(DATA)).to_path_buf())),
        }
    }
}

#[derive(Args)]
pub struct FileArguments {
    /// CSV（UTF-8 或 GBK）或 Excel
    file: PathBuf,
    /// persons、coverage、contributions、events、institutions、staff
    #[arg(long, value_parser = kind)]
    kind: Kind,
    /// 把退回的行写入这个 CSV
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct ExportArguments {
    /// 写出的文件，.csv 或 .xlsx
    file: PathBuf,
    /// persons、coverage、contributions、institutions、staff
    #[arg(long, value_parser = kind)]
    kind: Kind,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct EventArguments {
    /// 参保变动：CSV 或 Excel
    file: PathBuf,
    /// 把退回的行写入这个 CSV
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct ShowArguments {
    /// 人员编号
    person: String,
    /// 哪一天的参保，默认今天
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// 按哪一天结束时所知，默认现在
    #[arg(long, value_name = "DAY")]
    known_on: Option<String>,
    #[command(flatten)]
    place: Place,
}

fn kind(word: &str) -> std::result::Result<Kind, String> {
    let all: Vec<&str> = Kind::ALL.iter().map(|(name, _)| *name).collect();
    Kind::parse(word).ok_or_else(|| format!("应为 {}", all.join("、")))
}

/// `data` is the directory named by the global option.
pub fn run(data: Option<&Path>, command: Command) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("无法启动异步运行时")?;
    runtime.block_on(async {
        match command {
            Command::Import(asked) => {
                let store = open(&asked.place, data).await?;
                take_in(store, asked.kind, &asked.file, asked.rejects.as_deref()).await
            }
            Command::Event(asked) => {
                let store = open(&asked.place, data).await?;
                take_in(store, Kind::Events, &asked.file, asked.rejects.as_deref()).await
            }
            Command::Validate(asked) => validate(open(&asked.place, data).await?, &asked).await,
            Command::Export(asked) => export(open(&asked.place, data).await?, &asked).await,
            Command::Show(asked) => show(open(&asked.place, data).await?, &asked).await,
        }
    })
}

async fn open(place: &Place, data: Option<&Path>) -> Result<Store> {
    Ok(Store::open(place.database(data)?, Options::default()).await?)
}

fn table(path: &Path) -> Result<Table> {
    let bytes = std::fs::read(path).with_context(|| format!("无法读取 {}", path.display()))?;
    Table::read(&bytes).with_context(|| path.display().to_string())
}

async fn take_in(store: Store, kind: Kind, path: &Path, rejects: Option<&Path>) -> Result<ExitCode> {
    let table = table(path)?;
    let report = registry::take_in(&store, kind, &table).await.with_context(|| path.display().to_string())?;
    store.drain().await;
    tell(kind, "已导入", &report, rejects)
}

async fn validate(store: Store, asked: &FileArguments) -> Result<ExitCode> {
    let table = table(&asked.file)?;
    let judged = registry::validate(&store, asked.kind, &table).await;
    let report = judged.with_context(|| asked.file.display().to_string())?;
    store.drain().await;
    tell(asked.kind, "检查完毕，没有写入", &report, asked.rejects.as_deref())
}

/// Says what became of the rows. Exit code 1 when some were rejected.
fn tell(kind: Kind, what: &str, report: &Report, rejects: Option<&Path>) -> Result<ExitCode> {
    let Report { rows, accepted, corrected, rejected, corrections, rejections } = report;
    let mut text =
        format!("{}：{what}。读入 {rows} 行：接受 {accepted}，修正 {corrected}，退回 {rejected}\n", kind.title());
    for line in
        corrections.iter().map(ToString::to_string).chain(rejections.iter().map(ToString::to_string)).take(SHOWN_MAX)
    {
        text.push_str(&format!("  {line}\n"));
    }
    let more = (corrections.len() + rejections.len()).saturating_sub(SHOWN_MAX);
    if more > 0 {
        text.push_str(&format!("  …… 另有 {more} 处，用 --rejects 文件.csv 写出全部退回\n"));
    }
    print_all(&text)?;
    if let Some(path) = rejects {
        write_rejects(path, rejections).with_context(|| format!("无法写 {}", path.display()))?;
    }
    Ok(if *rejected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_rejects(path: &Path, rejections: &[Rejection]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(["行", "列", "值", "原因", "办法"])?;
    for one in rejections {
        writer.write_record([&one.row.to_string(), &one.column, &one.value, &one.reason, &one.remedy])?;
    }
    Ok(writer.flush()?)
}

async fn export(store: Store, asked: &ExportArguments) -> Result<ExitCode> {
    let format = match asked.file.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Format::Csv,
        Some("xlsx") => Format::Xlsx,
        _ => bail!("{}：导出的文件应以 .csv 或 .xlsx 结尾", asked.file.display()),
    };
    let known = registry::everything(&store, asked.kind).await?;
    store.drain().await;
    let bytes = write(asked.kind, &known, registry::now(), format)?;
    std::fs::write(&asked.file, bytes).with_context(|| format!("无法写 {}", asked.file.display()))?;
    print_all(&format!("{}已写入 {}\n", asked.kind.title(), asked.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

async fn show(store: Store, asked: &ShowArguments) -> Result<ExitCode> {
    let on = asked.on.as_deref().map(day).transpose()?.unwrap_or_else(registry::today);
    let known_on = asked.known_on.as_deref().map(day).transpose()?;
    let file = registry::file(&store, &asked.person).await?;
    store.drain().await;
    let Some(person) = &file.person else {
        bail!("没有人员编号“{}”的登记；请核对编号，或先导入参保人", asked.person);
    };
    let mut text = format!("{}  {}  出生 {}\n", person.id, person.name, person.born_on);
    if let Some(account) = &file.account {
        text.push_str(&format!("个人账户 {} 元，家庭共济 {} 元\n", account.balance, account.family));
    }
    // Beliefs of one person are a second apart, so what was just entered may bear a time a little ahead of the clock.
    let known_at = match known_on {
        Some(day) => Stamp(day.plus(1).start().0 - 1),
        None => file.coverages.iter().map(|spell| spell.known_from).fold(registry::now(), Ord::max),
    };
    let standings = standing(&file.coverages, on, known_at);
    text.push_str(&format!("{on} 的参保（按 {known_at} 所知）：\n"));
    if standings.is_empty() {
        text.push_str("  没有\n");
    }
    for one in &standings {
        text.push_str(&format!("  {one}{}\n", if one.pays { "" } else { "：不享受待遇" }));
    }
    print_all(&text)?;
    Ok(ExitCode::SUCCESS)
}
