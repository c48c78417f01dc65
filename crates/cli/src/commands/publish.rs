//! `yibao rule publish | roll-back | switch | set`: the rules of a running server, over its management API.
//!
//! What is published are the rules and the knowledge of the data folder (`--data DIR`); only texts that the server lacks are
//! sent. The API speaks plain HTTP here: run this beside the server, or through a tunnel.

use crate::data::DataFiles;
use anyhow::{Context, Result, bail};
use clap::Args;
use reqwest::{Client, Method};
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// Which server, and with what token.
#[derive(Args)]
pub struct Server {
    /// 服务地址
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// 管理接口令牌
    #[arg(long, value_name = "TOKEN", env = "YIBAO_TOKEN")]
    token: String,
}

#[derive(Args)]
pub struct Publish {
    #[command(flatten)]
    server: Server,
    /// 发布人
    #[arg(long)]
    by: String,
    /// 说明
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
pub struct RollBack {
    #[command(flatten)]
    server: Server,
    /// 回到第几次发布；不写为上一次，0 为程序自带
    #[arg(long)]
    to: Option<u64>,
    /// 回滚人
    #[arg(long, default_value = "")]
    by: String,
    /// 原因，记入因此退出的规则修订
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Args)]
pub struct Switch {
    #[command(flatten)]
    server: Server,
    /// 规则编号
    id: String,
    /// on 启用，shadow 只评估不提醒，off 停用；default 取消此处的开关
    mode: String,
    /// 医保区划；不写为各地
    #[arg(long)]
    area: Option<String>,
    /// 定点医药机构编号；不写为各机构
    #[arg(long)]
    institution: Option<String>,
    /// 原因
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Args)]
pub struct Set {
    #[command(flatten)]
    server: Server,
    /// 规则编号
    id: String,
    /// 医保区划
    #[arg(long)]
    area: String,
    /// 参数=值，如 days_max=7；多个值用逗号分开；一个也不写则取消本区划的参数
    values: Vec<String>,
}

pub fn publish(files: &DataFiles, wish: &Publish) -> Result<ExitCode> {
    let library = files.library()?;
    let state = wish.server.ask(Method::GET, "/api/v1/library", None)?;
    let known: Vec<&str> =
        state["files"].as_object().map_or_else(Vec::new, |files| files.values().filter_map(Value::as_str).collect());
    let texts: Vec<&str> =
        library.texts().filter(|(hash, _)| !known.contains(hash)).map(|(_, text)| text.as_ref()).collect();
    println!("{} 个文件，其中 {} 个是服务器没有的", library.manifest().len(), texts.len());
    let offer = json!({
        "files": library.manifest(), "texts": texts, "by": wish.by, "note": wish.note, "serial": state["serial"],
    });
    let answer = wish.server.ask(Method::POST, "/api/v1/library/publications", Some(offer))?;
    println!(
        "已生效：第 {} 次发布，规则库版本 {}；运行了 {} 个用例，全部成立",
        answer["publication"],
        answer["version"].as_str().unwrap_or_default(),
        answer["cases"]
    );
    Ok(ExitCode::SUCCESS)
}

pub fn roll_back(wish: &RollBack) -> Result<ExitCode> {
    let body = json!({ "to": wish.to, "by": wish.by, "reason": wish.reason });
    let answer = wish.server.ask(Method::POST, "/api/v1/library/roll-back", Some(body))?;
    println!(
        "已回到第 {} 次发布，规则库版本 {}",
        answer["publication"],
        answer["version"].as_str().unwrap_or_default()
    );
    Ok(ExitCode::SUCCESS)
}

pub fn switch(wish: &Switch) -> Result<ExitCode> {
    let mode = match wish.mode.as_str() {
        "default" => Value::Null,
        "on" | "shadow" | "off" => json!(wish.mode),
        other => bail!("不认识“{other}”；可写 on、shadow、off、default"),
    };
    let body = json!({ "mode": mode, "area": wish.area, "institution": wish.institution, "reason": wish.reason });
    let answer = wish.server.ask(Method::PUT, &format!("/api/v1/rules/{}/switch", wish.id), Some(body))?;
    println!("已生效，规则库版本 {}；其他进程 5 秒内生效", answer["version"].as_str().unwrap_or_default());
    Ok(ExitCode::SUCCESS)
}

pub fn set(wish: &Set) -> Result<ExitCode> {
    let mut values = Map::new();
    for given in &wish.values {
        let (name, value) = given.split_once('=').with_context(|| format!("“{given}”应写作 参数=值"))?;
        values.insert(name.to_owned(), setting(value));
    }
    let body = json!({ "area": wish.area, "values": values });
    let answer = wish.server.ask(Method::PUT, &format!("/api/v1/rules/{}/parameters", wish.id), Some(body))?;
    println!("已生效，规则库版本 {}；其他进程 5 秒内生效", answer["version"].as_str().unwrap_or_default());
    Ok(ExitCode::SUCCESS)
}

/// A number, a word, or a list of words.
fn setting(value: &str) -> Value {
    if let Ok(number) = value.parse::<i64>() {
        return json!(number);
    }
    match value.contains(',') {
        true => value.split(',').map(str::trim).filter(|word| !word.is_empty()).collect(),
        false => json!(value),
    }
}

impl Server {
    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().context("无法启动异步运行时")?;
        let url = format!("{}{path}", self.server.trim_end_matches('/'));
        let (status, text) = runtime
            .block_on(async {
                let mut request = Client::new().request(method, &url).bearer_auth(&self.token);
                if let Some(body) = body {
                    request = request.json(&body);
                }
                let response = request.send().await?;
                let status = response.status();
                Ok::<_, reqwest::Error>((status, response.text().await?))
            })
            .with_context(|| format!("连不上 {url}；请核对 --server，并确认服务已启动"))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        bail!(
            "服务器未接受（{}）：{}\n{}",
            status.as_u16(),
            answer["title"].as_str().unwrap_or(&text),
            answer["detail"].as_str().unwrap_or_default()
        )
    }
}
