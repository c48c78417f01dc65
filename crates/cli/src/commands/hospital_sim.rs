//! `yibao hospital-sim`: hospitals and pharmacies against a running server, and what they found.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use hospital::{
    Balance, Books, Hall, Load, Outcome, Patience, Plan, Repetition, Scene, Timing, Wire, World, bench, repeat,
    run as play, verify,
};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    day: DayArguments,
}

#[derive(Subcommand)]
enum Command {
    /// 崩溃之后：逐笔核对已确认的结算仍在、且只有一次
    Verify(VerifyArguments),
    /// 压力：反复上传十条明细（2204）并结算（2207）
    Bench(BenchArguments),
    /// 重发：每个购药报文发送多次、次序随机，核对应答逐字节相同、只生效一次
    Repeat(RepeatArguments),
}

#[derive(Args)]
struct DayArguments {
    /// yibao serve --demo 写出的 world.json
    #[arg(long, value_name = "FILE", required = true)]
    world: Option<PathBuf>,
    /// 就诊人次
    #[arg(long, default_value_t = 1000)]
    visits: u32,
    /// 同时就诊的窗口数
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// 随机种子：相同种子得到相同的就诊
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 每个有效果的报文同时发送的次数，如 1-10
    #[arg(long, default_value = "1", value_name = "FROM-TO", value_parser = copies)]
    duplicates: RangeInclusive<u32>,
    /// 场景与权重，如 outpatient=5,pharmacy=2；不写则为通常的一天
    #[arg(long, value_name = "NAME=WEIGHT,…", value_parser = mix)]
    mix: Option<Mix>,
    /// 每秒开始的就诊数；不写则尽快
    #[arg(long)]
    rate: Option<u32>,
    /// 把每笔已确认的结算追加到此文件；已有的内容视为本机构以前的台账
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// 一个报文最久重发多少秒
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

#[derive(Args)]
struct VerifyArguments {
    /// yibao serve --demo 写出的 world.json
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// 由 --ledger 写出的台账
    #[arg(long, value_name = "FILE")]
    ledger: PathBuf,
}

#[derive(Args)]
struct BenchArguments {
    /// yibao serve --demo 写出的 world.json
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// 同时结算的窗口数
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// 持续秒数
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// 计时之前登记的就诊数，每个就诊结算一次；不够时重复使用
    #[arg(long, default_value_t = 1000)]
    visits: u32,
    /// 每秒结算数；不写则尽快
    #[arg(long)]
    rate: Option<u32>,
    /// 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Args)]
struct RepeatArguments {
    /// yibao serve --demo 写出的 world.json
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// 不同的报文数
    #[arg(long, default_value_t = 1000)]
    messages: u32,
    /// 每个报文发送的次数
    #[arg(long, default_value = "1-10", value_name = "FROM-TO", value_parser = copies)]
    copies: RangeInclusive<u32>,
    /// 同时发送的连接数
    #[arg(long, default_value_t = 64)]
    clients: u32,
    /// 随机种子：相同种子得到相同的报文
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Scenes with their weights.
type Mix = Vec<(Scene, u32)>;

/// So many deviations are printed in full.
const SHOWN: usize = 20;

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match &arguments.command {
        None => runtime.block_on(day(&arguments.day)),
        Some(Command::Verify(arguments)) => runtime.block_on(held(arguments)),
        Some(Command::Bench(arguments)) => runtime.block_on(load(arguments)),
        Some(Command::Repeat(arguments)) => runtime.block_on(again(arguments)),
    }
}

async fn day(arguments: &DayArguments) -> Result<ExitCode> {
    let world = arguments.world.as_deref().context("缺少 --world")?;
    let books = match &arguments.ledger {
        Some(path) => Books::kept_in(path).with_context(|| format!("无法打开台账 {}", path.display()))?,
        None => Books::new(),
    };
    let patience = Patience { all: Duration::from_secs(arguments.patience), ..Patience::default() };
    let hall = open(world, books, patience, arguments.duplicates.clone())?;
    let plan = Plan {
        visits: arguments.visits,
        clients: arguments.clients,
        seed: arguments.seed,
        mix: arguments.mix.clone().unwrap_or_else(|| Scene::ALL.to_vec()),
        rate: arguments.rate,
    };
    let outcome = play(&hall, &plan).await;
    tell_day(&hall, &outcome);
    let balanced = tell_balances(&outcome.balances);
    let clean = tell_deviations(&hall) && balanced && outcome.stopped.is_empty();
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn held(arguments: &VerifyArguments) -> Result<ExitCode> {
    let path = &arguments.ledger;
    if !path.exists() {
        bail!("没有台账 {}：请先用 yibao hospital-sim --ledger 写出", path.display());
    }
    let books = Books::kept_in(path).with_context(|| format!("无法读取台账 {}", path.display()))?;
    let hall = open(&arguments.world, books, Patience::default(), 1..=1)?;
    let verified = verify(&hall).await;
    println!("已确认 {} 笔：丢失 {}，对账不平的机构 {}", verified.records, verified.lost, verified.unbalanced);
    let balanced = tell_balances(&verified.balances) && verified.unbalanced == 0;
    let clean = tell_deviations(&hall) && balanced && verified.lost == 0;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn load(arguments: &BenchArguments) -> Result<ExitCode> {
    let hall = open(&arguments.world, Books::new(), Patience::default(), 1..=1)?;
    let load = Load {
        clients: arguments.clients,
        lasting: Duration::from_secs(arguments.seconds),
        visits: arguments.visits,
        rate: arguments.rate,
        seed: arguments.seed,
    };
    let stood = bench(&hall, &load, || println!("登记完毕，开始计时")).await?;
    let tenths = stood.tenths_per_second();
    println!(
        "窗口 {}　结算 {}　失败 {}　每秒 {}.{}　2204+2207：p50 {}　p99 {}",
        arguments.clients,
        stood.settlements,
        stood.failed,
        tenths / 10,
        tenths % 10,
        milliseconds(stood.p50),
        milliseconds(stood.p99)
    );
    tell_timings(&hall.wire.latencies().timings());
    let clean = tell_deviations(&hall) && stood.failed == 0;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn again(arguments: &RepeatArguments) -> Result<ExitCode> {
    // The statements at the end go over everything that was sold.
    let patience = Patience { answer: Duration::from_secs(300), all: Duration::from_secs(600) };
    let hall = open(&arguments.world, Books::new(), patience, 1..=1)?;
    let repetition = Repetition {
        messages: arguments.messages,
        copies: arguments.copies.clone(),
        clients: arguments.clients,
        seed: arguments.seed,
    };
    let found = repeat(&hall, &repetition).await?;
    println!(
        "报文 {}，共发送 {} 次（{} 秒）：生效 {}，拒绝 {}，应答不同 {}，无应答 {}；3201 对平 {}/{}",
        arguments.messages,
        found.sent,
        found.took.as_secs(),
        found.done,
        found.refused,
        found.different,
        found.unanswered,
        found.equal,
        found.statements
    );
    let clean = tell_deviations(&hall) && found.different == 0 && found.unanswered == 0;
    Ok(if clean && found.equal == found.statements { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn open(world: &Path, books: Books, patience: Patience, copies: RangeInclusive<u32>) -> Result<Hall> {
    let world = World::read(world)?;
    let wire = Wire::new(&world, patience)?;
    Ok(Hall::new(world, wire, books, copies))
}

fn tell_day(hall: &Hall, outcome: &Outcome) {
    let done: u32 = outcome.played.values().sum();
    let stopped: u32 = outcome.stopped.values().sum();
    println!("就诊 {done}，中止 {stopped}，结算记录 {}，用时 {} 秒", hall.books.len(), outcome.took.as_secs());
    for (scene, count) in &outcome.played {
        println!("  {:<22}{count}", scene.name());
    }
    for ((scene, reason), count) in &outcome.stopped {
        println!("  {:<22}{count} 次中止：{reason}", scene.name());
    }
    println!("重发 {} 次", hall.wire.retries());
    tell_timings(&hall.wire.latencies().timings());
}

fn tell_timings(timings: &[Timing]) {
    println!("交易      应答数       p50       p99      最慢");
    for Timing { infno, count, p50, p99, max } in timings {
        let (p50, p99, max) = (milliseconds(*p50), milliseconds(*p99), milliseconds(*max));
        println!("{infno:<8}{count:>8}{p50:>10}{p99:>10}{max:>10}");
    }
}

fn tell_balances(balances: &[Balance]) -> bool {
    let mut balanced = true;
    println!("对账：");
    for balance in balances.iter().filter(|balance| balance.totals > 0) {
        let Balance { institution, records, claim, totals, totals_equal, details, details_equal, explained } = balance;
        balanced &= totals == totals_equal && details == details_equal;
        println!(
            "  {institution}　记录 {records}　总额 {}　基金 {}　账户 {}　现金 {}　3201 平 {totals_equal}/{totals}　3202 平 \
             {details_equal}/{details}　冲正说明 {explained}",
            claim.medfee, claim.fund, claim.account, claim.cash
        );
    }
    balanced
}

fn tell_deviations(hall: &Hall) -> bool {
    let count = hall.deviations.count();
    println!("偏差 {count}");
    for ((infno, field), count) in hall.deviations.counts() {
        println!("  {infno} {field}：{count}");
    }
    for deviation in hall.deviations.first().iter().take(SHOWN) {
        println!("  {deviation}");
    }
    count == 0
}

/// Milliseconds with one decimal.
fn milliseconds(time: Duration) -> String {
    let tenths = time.as_micros() / 100;
    format!("{}.{}ms", tenths / 10, tenths % 10)
}

fn copies(text: &str) -> Result<RangeInclusive<u32>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(first), Ok(last)) if first >= 1 && first <= last => Ok(first..=last),
        _ => Err(format!("{text} 应为一个正整数或 1-10 这样的范围")),
    }
}

fn mix(text: &str) -> Result<Mix, String> {
    let names: Vec<&str> = Scene::ALL.iter().map(|(scene, _)| scene.name()).collect();
    text.split(',')
        .map(|part| {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            let scene = Scene::ALL.iter().map(|(scene, _)| *scene).find(|scene| scene.name() == name);
            let scene = scene.ok_or_else(|| format!("没有场景 {name}；可用：{}", names.join(" ")))?;
            let weight = weight.parse().map_err(|_| format!("{name} 的权重 {weight} 应为正整数"))?;
            Ok((scene, weight))
        })
        .collect()
}
