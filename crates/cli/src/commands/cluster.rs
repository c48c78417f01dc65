//! `yibao cluster`: the processes of an audit on several machines. `yibao audit --lake … --cluster` sends one to them.

use crate::cluster::{Opener, engine_hash};
use crate::data::{DataFiles, Examples};
use anyhow::{Context, Result};
use audit::Cases;
use clap::{Args, Subcommand};
use cluster::{ExecutorOptions, run_executor, run_scheduler};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

#[derive(Subcommand)]
pub enum Command {
    /// 调度器：一个集群一个，把任务分给执行器（只用于封闭网络：不加密，不验身份）
    Scheduler(SchedulerArguments),
    /// 执行器：每台机器一个，读数据湖、审核、把结果留给提交方取
    Executor(ExecutorArguments),
}

#[derive(Args)]
pub struct SchedulerArguments {
    /// 监听地址，执行器与提交方由此连接
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    listen: String,
}

#[derive(Args)]
pub struct ExecutorArguments {
    /// 调度器地址
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    scheduler: String,
    /// 本机地址，提交方由此取结果
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50051")]
    listen: String,
    /// 同时审核的桶数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
    /// 结果在被取走之前存放的目录（含个人信息）；默认用系统临时目录
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
}

pub fn run(files: &DataFiles, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Scheduler(arguments) => {
            println!("调度器监听 {}", arguments.listen);
            run_scheduler(&arguments.listen)?;
        }
        Command::Executor(arguments) => executor(files, arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn executor(files: &DataFiles, arguments: &ExecutorArguments) -> Result<()> {
    let data = files.load(Examples::LeftOut, Cases::Required)?;
    let threads = arguments.threads.unwrap_or_else(crate::threads).max(1);
    let parent = arguments.work.clone().unwrap_or_else(std::env::temp_dir);
    let work = tempfile::Builder::new().prefix("yibao-executor-").tempdir_in(&parent);
    let work = work.with_context(|| format!("建不了工作目录 {}", parent.display()))?;
    let opener = Opener {
        name: arguments.listen.clone(),
        data,
        engine_hash: engine_hash()?,
        temp: work.path().to_path_buf(),
        last: Mutex::default(),
    };
    let told = format!("执行器 {} 已连上调度器 {}，同时审核 {threads} 个桶", arguments.listen, arguments.scheduler);
    let options =
        ExecutorOptions { scheduler: &arguments.scheduler, listen: &arguments.listen, threads, work: work.path() };
    run_executor(options, opener.workshop(), move || println!("{told}"))?;
    Ok(())
}
