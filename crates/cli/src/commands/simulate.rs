//! `yibao simulate`: a year of settlements under the law in force and under a reform.

use crate::data::{DataFiles, all};
use crate::law::{PolicyFiles, files_of, named, policy_files};
use crate::progress::Bar;
use anyhow::{Context, Result, bail};
use benefit::{ENGINE, Packages, Policies};
use clap::Args;
use lake::{Settled, SettledScope, read_settled};
use model::Day;
use report::ReformReport;
use sha2::{Digest, Sha256};
use simulation::{Effects, Laid, Laws, Replay, Setting, lay_over};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[derive(Args)]
pub struct Arguments {
    /// 结算数据：理赔数据目录或数据湖（只读 visits、persons、institutions）
    #[arg(long, value_name = "DIR")]
    lake: PathBuf,
    /// 现行政策目录（默认用程序内置的一份）
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
    /// 改革方案目录：<统筹区>/<险种>/任意名.toml 中的 [[value]] 覆盖现行参数
    #[arg(long, value_name = "DIR")]
    reform: PathBuf,
    /// 测算哪个统筹区的政策
    #[arg(long, value_name = "CODE")]
    area: String,
    /// 数据中参保地的统筹区代码，与 --area 不同时给出（如用生成的数据试虚构的政策）
    #[arg(long, value_name = "CODE")]
    data_area: Option<String>,
    /// 结算年度
    #[arg(long)]
    year: i32,
    /// 结果目录
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// 数据没有连续参保月数，一律按这么多个月计算
    #[arg(long, default_value_t = 240)]
    cover_months: u16,
    /// 线程数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
}

/// Persons a worker takes at once.
const PERSONS_AT_ONCE: usize = 256;

pub fn run(files: &DataFiles, arguments: &Arguments) -> Result<ExitCode> {
    let (Some(from), Some(until)) = (Day::from_civil(arguments.year, 1, 1), Day::from_civil(arguments.year + 1, 1, 1))
    else {
        bail!("--year {} 不是年份", arguments.year);
    };
    let baseline_files = policy_files(files, arguments.baseline.as_deref())?;
    let packages = read_packages(&baseline_files)?;
    let [baseline, again] = [compile(&packages)?, compile(&read_packages(&baseline_files)?)?];
    let area = area_of(&baseline, &arguments.area)?;
    let (laid, reform) = reform_of(&baseline_files, &arguments.reform, from, until)?;
    let started = Instant::now();
    let data_area = arguments.data_area.clone().unwrap_or_else(|| arguments.area.clone());
    let scope = SettledScope { area: data_area.clone(), from, until };
    let settled = read_settled(&arguments.lake, &scope, &arguments.out)?;
    let reading_ms = elapsed_ms(started);
    if settled.visits.is_empty() {
        bail!("{}", nothing_to_replay(&settled, &scope, arguments.year));
    }
    let setting = Setting {
        area: arguments.area.clone(),
        data_area,
        cover_months: arguments.cover_months,
        special: packages.words().special.clone(),
    };
    let threads =
        arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
    let started = Instant::now();
    let laws = Laws { baseline: &baseline, again: &again, reform: &reform };
    let effects = replay(&settled, laws, &setting, threads)?;
    let replaying_ms = elapsed_ms(started);
    check(&effects)?;
    let report = ReformReport {
        area: &arguments.area,
        area_name: &area.name,
        invented: area.invented,
        year: arguments.year,
        reform: &laid.name,
        effects: &effects,
        institutions: &settled.institutions,
        intake: settled.intake.iter().map(super::audit::table_intake).collect(),
        left_out: &settled.left_out,
        cover_months: arguments.cover_months,
        elapsed_ms: [reading_ms, replaying_ms],
        threads: threads as u64,
        receipt: vec![
            ("引擎", ENGINE.to_owned()),
            ("现行政策", format!("sha256:{}", baseline.hash())),
            ("改革后政策", format!("sha256:{}", reform.hash())),
            ("结算数据", format!("sha256:{}", input_hash(&settled))),
        ],
    };
    write(&report, &arguments.out)?;
    let complete = settled.rejected() == 0;
    for note in settled.notes.iter().filter(|note| note.level == lake::Level::Problem && note.file.contains("visits")) {
        eprintln!("问题 {note}");
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_packages(files: &PolicyFiles) -> Result<Packages> {
    Packages::read(&named(files)).map_err(|problems| all("现行政策", &problems))
}

fn compile(packages: &Packages) -> Result<Policies> {
    Policies::compile(packages).map_err(|problems| all("现行政策", &problems))
}

/// The law under the reform; what is wrong with it is told in the reform's own files and lines.
fn reform_of(baseline: &PolicyFiles, folder: &Path, from: Day, until: Day) -> Result<(Laid, Policies)> {
    if !folder.is_dir() {
        bail!("找不到改革方案目录 {}；请核对 --reform 后的路径", folder.display());
    }
    let laid = lay_over(baseline, &files_of(folder)?, from, until).map_err(|problems| all("改革方案", &problems))?;
    let own = |problems: Vec<benefit::Problem>| {
        let texts: Vec<String> = problems.iter().map(|problem| laid.own_words(problem)).collect();
        all("改革方案", &texts)
    };
    let packages = Packages::read(&named(&laid.files)).map_err(own)?;
    let policies = Policies::compile(&packages).map_err(own)?;
    Ok((laid, policies))
}

struct Area {
    name: String,
    invented: bool,
}

fn area_of(policies: &Policies, code: &str) -> Result<Area> {
    let found = policies.coverage().find(|known| known.area == code);
    if let Some(found) = found {
        return Ok(Area { name: found.area_name.to_owned(), invented: found.invented });
    }
    let mut known: Vec<String> =
        policies.coverage().map(|known| format!("{} {}", known.area, known.area_name)).collect();
    known.dedup();
    bail!("没有统筹区 {code} 的待遇政策，不能测算；已收录：{}", known.join("、"))
}

fn nothing_to_replay(settled: &Settled, scope: &SettledScope, year: i32) -> String {
    let mut text = format!("没有统筹区 {} 在 {year} 年的结算可以重放", scope.area);
    let left_out: Vec<String> = settled.left_out.iter().map(|(reason, count)| format!("{reason} {count} 行")).collect();
    if !left_out.is_empty() {
        text.push_str(&format!("（{}）", left_out.join("，")));
    }
    text.push_str("；请核对 --area、--year，数据的参保地与政策的统筹区不同时用 --data-area 说明");
    text
}

/// Replays persons on every core; sums do not depend on who took whom (I8).
fn replay(settled: &Settled, laws: Laws<'_>, setting: &Setting, threads: usize) -> Result<Effects> {
    let persons: Vec<&[model::SettledVisit]> = settled.by_person().collect();
    let bar = Bar::new();
    bar.start("重放", settled.visits.len() as u64);
    let next = AtomicUsize::new(0);
    let collected = Mutex::new(Effects::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut replay = Replay::new(laws, setting, &settled.institutions);
                loop {
                    let start = next.fetch_add(PERSONS_AT_ONCE, Ordering::Relaxed);
                    let Some(part) = persons.get(start..(start + PERSONS_AT_ONCE).min(persons.len())) else { break };
                    for visits in part {
                        let Some(number) = visits.first().map(|visit| visit.person) else { continue };
                        let Some(person) = settled.persons.get(number as usize) else { continue };
                        replay.person(number, person, visits);
                    }
                    bar.advance_by(part.iter().map(|visits| visits.len() as u64).sum());
                    if part.is_empty() {
                        break;
                    }
                }
                if let Ok(mut collected) = collected.lock() {
                    collected.merge(replay.finish());
                }
            });
        }
    });
    bar.finish();
    collected.into_inner().map_err(|_| anyhow::anyhow!("重放线程异常退出"))
}

/// I3, and that the baseline stands still: a comparison that fails either is not reported.
fn check(effects: &Effects) -> Result<()> {
    if let Err(table) = effects.check_sums() {
        bail!("按{table}合计与总计不符，结果不可用；这是程序错误，请报告");
    }
    if effects.unstable > 0 {
        bail!("现行政策两次重放有 {} 次结算不一致，结果不可用；这是程序错误，请报告", effects.unstable);
    }
    Ok(())
}

fn write(report: &ReformReport<'_>, out: &Path) -> Result<()> {
    let create = |name: &str| -> Result<BufWriter<File>> {
        let path = out.join(name);
        Ok(BufWriter::new(File::create(&path).with_context(|| format!("写不了 {}", path.display()))?))
    };
    report::write_reform_summary(report, create("summary.json")?)?;
    report::write_reform_tables(report, out)?;
    report::write_reform_html(report, create("report.html")?)?;
    let places = [format!("报告 {}（浏览器打开）", out.join("report.html").display())];
    print!("{}", report::reform_terminal(report, &places));
    Ok(())
}

/// What was replayed, by content: the same for the same settlements in any file, format or order (I10).
fn input_hash(settled: &Settled) -> String {
    let mut hash = Sha256::new();
    for visit in &settled.visits {
        let person = settled.persons.get(visit.person as usize);
        hash.update(person.map_or("", |person| &person.psn_no));
        hash.update([0]);
        hash.update(visit.mdtrt_id.as_bytes());
        for number in [visit.settled_at.0, visit.self_funded.0, visit.over_limit.0, visit.upfront.0, visit.in_scope.0] {
            hash.update(number.to_le_bytes());
        }
    }
    crate::data::hex(&hash.finalize())
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
