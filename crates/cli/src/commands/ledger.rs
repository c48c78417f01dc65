//! `yibao ledger`: balances, statements, closes and the proof of the books.

use super::catalog::day;
use crate::columns::align;
use agency::Account;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use model::{Day, Stamp};
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use store::{Database, Options, Store};

#[derive(Subcommand)]
pub enum Command {
    /// 从头核对：凭证、结算、撤销、个人账户、累计、日结、应答，逐条列出不相符之处
    Prove(Where),
    /// 账户在某日终了的余额；账户写作 fund/统筹区/险种/基金，或其开头部分
    Balance(BalanceArguments),
    /// 一个账户在一段日子里的每一笔
    Statement(StatementArguments),
    /// 日结：存下余额，此日及以前不再记账
    CloseDay(CloseDayArguments),
    /// 月结：先日结到月末，再结此月
    CloseMonth(CloseMonthArguments),
}

#[derive(Args)]
pub struct Where {
    /// PostgreSQL：postgres://用户@主机:端口/库名；不给则用 --data 目录（默认 yibao-data）中的 SQLite
    #[arg(long, value_name = "URL", env = "YIBAO_DATABASE")]
    database: Option<String>,
}

#[derive(Args)]
pub struct BalanceArguments {
    /// 账户或其开头部分；不给则列出全部
    #[arg(default_value = "")]
    account: String,
    /// 哪天终了；不给则到最后一笔
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub struct StatementArguments {
    /// 账户，如 payable/H11010000001
    account: String,
    /// 第一天
    #[arg(long, value_name = "DAY")]
    from: String,
    /// 最后一天
    #[arg(long, value_name = "DAY")]
    until: String,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub struct CloseDayArguments {
    /// 日结到哪天
    day: String,
    #[command(flatten)]
    at: Where,
}

#[derive(Args)]
pub struct CloseMonthArguments {
    /// 月份，如 2026-11
    month: String,
    #[command(flatten)]
    at: Where,
}

/// `data` is the directory named by the global option.
pub fn run(data: Option<&Path>, command: &Command) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("无法启动异步运行时")?;
    runtime.block_on(async {
        let (Command::Prove(at)
        | Command::Balance(BalanceArguments { at, .. })
        | Command::Statement(StatementArguments { at, .. })
        | Command::CloseDay(CloseDayArguments { at, .. })
        | Command::CloseMonth(CloseMonthArguments { at, .. })) = command;
        let store = open(data, at).await?;
        let code = carry_out(&store, command).await;
        store.drain().await;
        code
    })
}

async fn carry_out(store: &Store, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Prove(_) => return prove(store).await,
        Command::Balance(arguments) => balance(store, arguments).await?,
        Command::Statement(arguments) => statement(store, arguments).await?,
        Command::CloseDay(arguments) => close_day(store, &arguments.day).await?,
        Command::CloseMonth(arguments) => close_month(store, &arguments.month).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens books that are there; none are begun by looking at them.
async fn open(data: Option<&Path>, at: &Where) -> Result<Store> {
    let database = match &at.database {
        Some(url) => Database::parse(url)?,
        None => Database::Sqlite(data.unwrap_or(Path::new("yibao-data")).to_path_buf()),
    };
    if !database.exists() {
        bail!("数据目录中没有数据库；请用 --data 指出 yibao serve 的数据目录，或用 --database 指出 PostgreSQL");
    }
    Ok(Store::open(database, Options { lanes: 1, ..Options::default() }).await?)
}

async fn prove(store: &Store) -> Result<ExitCode> {
    let proof = store.prove().await?;
    let counts: Vec<Vec<String>> =
        proof.counts.iter().map(|(what, count)| vec![(*what).to_owned(), count.to_string()]).collect();
    print!("{}", align(&counts));
    if proof.holds() {
        println!("全部相符");
        return Ok(ExitCode::SUCCESS);
    }
    println!("不相符 {} 处：", proof.violations.len());
    let header = ["应当", "何处", "应为", "实为"].map(str::to_owned).to_vec();
    let rows = proof.violations.iter().map(|violation| {
        vec![violation.rule.to_owned(), violation.subject.clone(), violation.expected.clone(), violation.found.clone()]
    });
    print!("{}", align(&std::iter::once(header).chain(rows).collect::<Vec<_>>()));
    Ok(ExitCode::FAILURE)
}

async fn balance(store: &Store, arguments: &BalanceArguments) -> Result<()> {
    let on = arguments.on.as_deref().map(day).transpose()?;
    if let Some(account) = Account::parse(&arguments.account) {
        println!("{account}  {}", store.balance(&account, on).await?);
        return Ok(());
    }
    let balances = store.balances(&arguments.account, on).await?;
    let rows: Vec<Vec<String>> =
        balances.iter().map(|(account, balance)| vec![account.clone(), balance.to_string()]).collect();
    print!("{}", align(&rows));
    Ok(())
}

async fn statement(store: &Store, arguments: &StatementArguments) -> Result<()> {
    let Some(account) = Account::parse(&arguments.account) else {
        bail!("“{}”不是账户；应如 fund/110000/310/310100、payable/H11010000001", arguments.account);
    };
    let (from, until) = (day(&arguments.from)?, day(&arguments.until)?);
    let statement = store.statement(&account, from, until.plus(1)).await?;
    let mut rows =
        vec![vec!["期初".to_owned(), String::new(), String::new(), String::new(), statement.before.to_string()]];
    for line in &statement.lines {
        let refers = format!("{} {}", line.kind, line.refers);
        rows.push(vec![
            line.on.to_string(),
            line.booking.clone(),
            refers,
            line.amount.to_string(),
            line.balance.to_string(),
        ]);
    }
    rows.push(vec!["期末".to_owned(), String::new(), String::new(), String::new(), statement.after.to_string()]);
    print!("{}", align(&rows));
    Ok(())
}

/// The moment by the system's clock, in China's time.
fn now() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp(i64::try_from(since.as_secs()).unwrap_or_default() + 8 * 3_600)
}

/// Refuses a day that is still to come: what happens on it could not be booked.
fn past(on: Day) -> Result<Day> {
    let today = now().day();
    if on > today {
        bail!("{on} 还没有到（今天是 {today}）；只能结到今天为止");
    }
    Ok(on)
}

async fn close_day(store: &Store, text: &str) -> Result<()> {
    let closed = store.close_day(past(day(text)?)?, now()).await?;
    println!(
        "已日结至 {}：{} 张凭证，发生额 {}，{} 个账户有变动",
        closed.day, closed.transactions, closed.debits, closed.accounts
    );
    Ok(())
}

async fn close_month(store: &Store, text: &str) -> Result<()> {
    let first = day(&format!("{text}-01")).with_context(|| format!("“{text}”不是月份，应如 2026-11"))?;
    let (year, month, _) = first.civil();
    let next = if month == 12 { Day::from_civil(year + 1, 1, 1) } else { Day::from_civil(year, month + 1, 1) };
    past(next.map_or(first, |next| next.plus(-1)))?;
    let closed = store.close_month(year, month, now()).await?;
    println!("已月结 {text}（至 {}）：{} 张凭证，发生额 {}", closed.day, closed.transactions, closed.debits);
    Ok(())
}
