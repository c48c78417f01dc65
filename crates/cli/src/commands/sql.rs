//! `yibao sql`: a question to the lake.

use crate::columns::align;
use anyhow::Result;
use clap::{Args, ValueEnum};
use query::{LakeSession, Printer, SessionOptions, Shape, cells};
use std::io::{BufWriter, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct Arguments {
    /// SELECT 语句；表名与理赔数据相同：visits、charge_lines 等，另有列 month
    statement: String,
    /// 数据湖目录
    #[arg(long, value_name = "DIR", env = "YIBAO_LAKE")]
    lake: PathBuf,
    /// 输出形式
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// 最多输出多少行；不给时表格输出 100 行，CSV、JSON 输出全部
    #[arg(long)]
    limit: Option<usize>,
    /// 排序与分组可用的内存（MB），超出则借用磁盘
    #[arg(long, default_value_t = 1024)]
    memory: usize,
    /// 线程数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Csv,
    Json,
}

/// Rows of a table on a terminal when nobody says how many.
const TABLE_ROWS: usize = 100;

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let options = SessionOptions {
        threads: arguments.threads.unwrap_or_else(crate::threads),
        memory_bytes: arguments.memory.saturating_mul(1 << 20),
    };
    let session = LakeSession::open(&arguments.lake, &options)?;
    match arguments.format {
        Form::Table => table(&session, arguments)?,
        Form::Csv => stream(&session, arguments, Shape::Csv)?,
        Form::Json => stream(&session, arguments, Shape::Json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn table(session: &LakeSession, arguments: &Arguments) -> Result<()> {
    let limit = arguments.limit.unwrap_or(TABLE_ROWS);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let schema = session.stream(&arguments.statement, &mut |batch| {
        rows.extend(cells(&batch)?);
        Ok(rows.len() <= limit)
    })?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let shown = rows.len();
    rows.insert(0, schema.fields().iter().map(|field| field.name().clone()).collect());
    print!("{}", align(&rows));
    if more {
        println!("（只显示前 {shown} 行；用 --limit N 显示更多，或用 --format csv 输出全部）");
    } else {
        println!("（{shown} 行）");
    }
    Ok(())
}

fn stream(session: &LakeSession, arguments: &Arguments, shape: Shape) -> Result<()> {
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut printer = Printer::new(shape, BufWriter::new(stdout().lock()));
    let schema = session.stream(&arguments.statement, &mut |batch| {
        let rows = batch.num_rows().min(left);
        left -= rows;
        printer.batch(&batch.slice(0, rows))?;
        Ok(left > 0)
    })?;
    printer.finish(&schema)?;
    Ok(())
}
