//! `yibao serve [--config FILE] [--demo]`: the server.

use crate::data::DataFiles;
use crate::law::shared_law;
use anyhow::{Context, Result, bail};
use clap::Args;
use server::{Config, library};
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args)]
pub struct Arguments {
    /// 配置文件（TOML）；命令行给出的项优先
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// 监听地址，默认 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// PostgreSQL：postgres://用户@主机:端口/库名；不给则用数据目录中的 SQLite
    #[arg(long, value_name = "URL", env = "YIBAO_DATABASE")]
    database: Option<String>,
    /// 规则回测所用的理赔数据目录或数据湖
    #[arg(long, value_name = "DIR")]
    claims: Option<PathBuf>,
    /// 装入虚构的演示世界（两个统筹区），并写出 world.json
    #[arg(long)]
    demo: bool,
}

/// `data` is the directory named by the global option.
pub fn run(files: &DataFiles, data: Option<&Path>, arguments: &Arguments) -> Result<ExitCode> {
    server::refuse_huge_pages();
    let config = config(data, arguments)?;
    let law = Arc::new(shared_law(files)?);
    let library = library::Base { files: files.library()?, catalogue: Arc::clone(&law.catalogue) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("无法启动异步运行时")?;
    runtime.block_on(serve(config, law, library, arguments.demo))?;
    Ok(ExitCode::SUCCESS)
}

fn config(data: Option<&Path>, arguments: &Arguments) -> Result<Config> {
    let mut config = match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("无法读取配置 {}", path.display()))?;
            match Config::parse(&text) {
                Ok(config) => config,
                Err(problem) => bail!("配置 {} 有误：{problem}", path.display()),
            }
        }
        None => Config::default(),
    };
    if let Some(listen) = arguments.listen {
        config.listen = listen;
    }
    if let Some(data) = data {
        data.clone_into(&mut config.data);
    }
    if let Some(claims) = &arguments.claims {
        config.claims = Some(claims.clone());
    }
    if let Some(database) = &arguments.database {
        config.database = Some(database.clone());
    }
    Ok(config)
}

async fn serve(config: Config, law: Arc<agency::Law>, library: library::Base, demo: bool) -> Result<()> {
    server::log_as_json();
    let store = server::open_store(&config).await?;
    if demo {
        server::install_demo(&store, &config, &law).await?;
        // A file that the output goes to is a log, and no password belongs there.
        let seen = std::io::stderr().is_terminal();
        for user in server::install_demo_accounts(&store, &config).await? {
            let password = if seen { &user.password } else { "见 demo-users.json" };
            eprintln!("演示账号 {}（{}，{}）　密码 {password}", user.account, user.name, user.role);
        }
    }
    let kept = config.database.clone().unwrap_or_else(|| config.data.display().to_string());
    let ready = move |address: SocketAddr| {
        eprintln!("yibao 已就绪：http://{address}（数据：{}）；Ctrl-C 停止", without_password(&kept));
    };
    server::serve(config, law, library, store, ready, stop_signal()).await?;
    Ok(())
}

/// A database URL for people: the password is nobody's business.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.split_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}

/// Ctrl-C, or what a service manager sends.
async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
    eprintln!("正在停止：完成已接收的报文……");
}
