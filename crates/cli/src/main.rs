//! `yibao`: the one binary. It parses and calls; what it calls lives in the other crates.

mod billing;
mod cases;
#[cfg(feature = "cluster")]
mod cluster;
mod columns;
mod commands;
mod data;
mod earlier;
mod judging;
#[cfg(feature = "sql")]
mod lake_audit;
mod law;
mod persons;
#[cfg(feature = "sql")]
mod population;
mod progress;
mod publication;
mod registry;

use clap::{Parser, Subcommand};
use data::DataFiles;
use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 医保基金智能审核：开源核心
#[derive(Parser)]
#[command(name = "yibao", version, disable_help_subcommand = true)]
struct Arguments {
    /// 规则、知识、目录所在目录（默认用程序内置的一份）
    #[arg(long, global = true, value_name = "DIR", env = "YIBAO_DATA")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 审核一个理赔数据目录，写出疑点与报告
    Audit(commands::audit::Arguments),
    /// 数据湖：按月保存多年理赔数据
    #[command(subcommand)]
    Lake(commands::lake::Command),
    /// 集群：多台机器一起审核一个数据湖
    #[cfg(feature = "cluster")]
    #[command(subcommand)]
    Cluster(commands::cluster::Command),
    /// 按月计算监测指标
    #[cfg(feature = "sql")]
    Indicators(commands::indicators::Arguments),
    /// 用 SQL 查询数据湖
    #[cfg(feature = "sql")]
    Sql(commands::sql::Arguments),
    /// 规则库：列出、查看、测试、新建
    #[command(subcommand)]
    Rule(commands::rule::Command),
    /// 知识库：统计、查询、导入官方附件
    #[command(subcommand)]
    Knowledge(commands::knowledge::Command),
    /// 目录：按编码或名称查询
    #[command(subcommand)]
    Catalog(commands::catalog::Command),
    /// 结算：案例进，每一分钱的去向与依据出
    Settle(commands::settle::Arguments),
    /// 缴费：基数、单位与个人缴费、划入个人账户
    Contribution(commands::contribution::Arguments),
    /// 政策：检查、比较、查看
    #[command(subcommand)]
    Policy(commands::policy::Command),
    /// 登记簿：参保人、参保、缴费、机构、人员的导入、导出与变动（--data 为存放数据的目录，默认 yibao-data）
    #[command(subcommand)]
    Register(commands::register::Command),
    /// 审核工作台：导入疑点（--data 为 yibao serve 的数据目录）
    #[command(subcommand)]
    Review(commands::review::Command),
    /// 测算：用一年的结算重放现行政策与改革方案，比较对基金、人员、机构的影响
    Simulate(commands::simulate::Arguments),
    /// 启动服务：全国医保接口、结算、账（--data 为存放数据的目录，默认 yibao-data）
    Serve(commands::serve::Arguments),
    /// 总账：核对、余额、明细、日结、月结（--data 为 yibao serve 的数据目录）
    #[command(subcommand)]
    Ledger(commands::ledger::Command),
    /// 生成一座虚构城市的数据，可埋入违规
    Generate(commands::generate::Arguments),
    /// 用埋入的真相给审核结果打分
    Score(commands::score::Arguments),
    /// 扮演医院和药店：按国家接口向一台服务器挂号、上传、结算、撤销、对账，逐条核对应答
    HospitalSim(commands::hospital_sim::Arguments),
}

/// Worker threads when nobody says how many.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// `yibao … | head`: when the reader has gone, there is nobody left to tell.
fn leave_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.to_string().contains("failed printing to stdout") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    leave_quietly_when_nobody_reads();
    let arguments = Arguments::parse();
    let data = arguments.data.as_deref();
    // To server, registers and ledger `--data` is where records are kept; rules are those packed into the binary.
    let keeps =
        matches!(arguments.command, Command::Serve(_) | Command::Register(_) | Command::Ledger(_) | Command::Review(_));
    let rules = if keeps { None } else { data };
    let outcome = DataFiles::open(rules).and_then(|files| match arguments.command {
        Command::Audit(arguments) => commands::audit::run(&files, arguments),
        Command::Lake(command) => commands::lake::run(command),
        #[cfg(feature = "cluster")]
        Command::Cluster(command) => commands::cluster::run(&files, &command),
        #[cfg(feature = "sql")]
        Command::Indicators(arguments) => commands::indicators::run(&files, &arguments),
        #[cfg(feature = "sql")]
        Command::Sql(arguments) => commands::sql::run(&arguments),
        Command::Review(command) => commands::review::run(data, &command),
        Command::Rule(command) => commands::rule::run(&files, command),
        Command::Knowledge(command) => commands::knowledge::run(&files, command),
        Command::Catalog(command) => commands::catalog::run(&files, command),
        Command::Settle(arguments) => commands::settle::run(&files, &arguments),
        Command::Contribution(arguments) => commands::contribution::run(&files, &arguments),
        Command::Policy(command) => commands::policy::run(&files, &command),
        Command::Register(command) => commands::register::run(data, command),
        Command::Simulate(arguments) => commands::simulate::run(&files, &arguments),
        Command::Serve(arguments) => commands::serve::run(&files, data, &arguments),
        Command::Ledger(command) => commands::ledger::run(data, &command),
        Command::Generate(arguments) => commands::generate::run(&files, &arguments),
        Command::Score(arguments) => commands::score::run(&files, &arguments),
        Command::HospitalSim(arguments) => commands::hospital_sim::run(&arguments),
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("错误：{error:#}");
            ExitCode::from(2)
        }
    }
}
