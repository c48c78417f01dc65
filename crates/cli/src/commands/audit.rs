//! `yibao audit CLAIMS_DIR --out OUT_DIR`: from a folder of claims to findings and a report.
//!
//! Workers take slices of persons from a queue; each has its own auditor. What a worker finds leaves
//! as a sorted run, so memory does not grow with the input.

use super::catalog::day;
use crate::billing::Billing;
use crate::data::{Data, DataFiles, Examples};
use crate::progress::Bar;
use anyhow::{Context, Result, bail};
use audit::{Auditor, Cases, Library, Registers, Selection};
use clap::Args;
use lake::{FindingRow, FindingWriter, Options, Prepared, SliceIntake};
use model::{Day, Finding, PersonCase};
use report::{
    AuditReport, DetailRows, Figures, FindingView, InstitutionLine, Receipt, RuleLine, RunInfo, Stage, TableIntake,
    Tally, Workbook,
};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[derive(Args)]
pub struct Arguments {
    /// 理赔数据目录（每表一个 CSV、Parquet 或 Excel 文件）
    claims: PathBuf,
    /// 结果目录
    #[arg(long, value_name = "OUT_DIR")]
    out: PathBuf,
    /// 只运行这些规则（编号或国家编码，逗号分隔）
    #[arg(long, value_delimiter = ',')]
    rules: Vec<String>,
    /// 只审核这一天及以后仍在进行的就诊
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// 只审核这一天以前开始的就诊（不含当天）
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// 线程数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
}

/// What the workers bring back.
#[derive(Default)]
struct Outcome {
    intakes: Vec<SliceIntake>,
    billing: Billing,
    findings: u64,
}

/// Beyond so many findings a workbook opens slowly or not at all: it then points to `findings.csv`.
const WORKBOOK_FINDINGS_MAX: u64 = 300_000;

pub fn run(files: &DataFiles, arguments: Arguments) -> Result<ExitCode> {
    let mut stages = Stages::new();
    let data = files.load(Examples::LeftOut, Cases::Required)?;
    stages.done("编译规则与知识库");
    // A misspelt --rules should not cost the reading of ten gigabytes.
    let select = |has_column: &dyn Fn(&str, &str) -> bool| {
        data.library.select(&arguments.rules, has_column).map_err(|problems| crate::data::all("--rules ", &problems))
    };
    select(&|_, _| true)?;
    let folder = lake::open(&arguments.claims)?;
    std::fs::create_dir_all(&arguments.out).with_context(|| format!("建不了结果目录 {}", arguments.out.display()))?;
    let temp = tempfile::Builder::new().prefix(".yibao-").tempdir_in(&arguments.out)?;
    let threads =
        arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
    let (from, until) = period(&arguments)?;
    let options = Options { temp: temp.path().to_path_buf(), threads, from, until };
    let bar = Bar::new();
    let prepared = folder.prepare(options, &bar)?;
    stages.done("读取与排序");
    let selection = select(&|table, column| prepared.has_column(table, column))?;
    if selection.running() == 0 {
        bail!("没有可运行的规则：{}", why_none(&selection));
    }
    let writer = FindingWriter::new(temp.path())?;
    let outcome = audit_slices(&data.library, &selection, &prepared, &writer, threads, &bar)?;
    bar.finish();
    stages.done("审核");
    let institutions: Vec<InstitutionLine> = prepared.institutions().iter().map(institution_line).collect();
    let billed = outcome.billing.rows(prepared.institutions());
    let intake = prepared.finish(outcome.intakes, &arguments.out)?;
    for note in &intake.notes {
        eprintln!("{} {note}", if note.level == lake::Level::Problem { "问题" } else { "提示" });
    }
    if intake.sorted_lines > 0 {
        println!("明细不按人员排列，外部排序 {} 条，用时 {} 毫秒", intake.sorted_lines, intake.sort_time.as_millis());
    }
    let totals = outcome.billing.totals();
    let mut report = AuditReport {
        run: RunInfo {
            engine_version: env!("CARGO_PKG_VERSION").into(),
            threads: threads as u64,
            ..RunInfo::default()
        },
        receipt: receipt(&data, &intake.input_hash),
        totals,
        intake: intake.tables.iter().map(table_intake).collect(),
        rules: rule_lines(&data.library, &selection),
        institutions,
        billed,
    };
    let detail = if outcome.findings <= WORKBOOK_FINDINGS_MAX { DetailRows::All } else { DetailRows::None };
    write_report(&arguments, writer, detail, &mut report, stages)?;
    let rejected: u64 = report.intake.iter().map(|table| table.rejected).sum();
    let complete = rejected == 0 && !intake.incomplete;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn audit_slices(
    library: &Library,
    selection: &Selection,
    prepared: &Prepared,
    writer: &FindingWriter,
    threads: usize,
    bar: &Bar,
) -> Result<Outcome> {
    bar.start("审核", prepared.line_count());
    let registers = Registers::new(prepared.institutions(), prepared.staff());
    let next = AtomicUsize::new(0);
    let collected = Mutex::new(Outcome::default());
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(prepared.slices()).max(1) {
            scope.spawn(|| {
                let mut auditor = Auditor::new(library, selection, &registers);
                let mut local = Outcome::default();
                loop {
                    let slice = next.fetch_add(1, Ordering::Relaxed);
                    if slice >= prepared.slices() {
                        break;
                    }
                    if let Err(error) = audit_slice(library, &mut auditor, &mut local, prepared, slice, writer, bar) {
                        // One failed slice ends the run: a partial audit must not look whole.
                        next.store(usize::MAX / 2, Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(error);
                        }
                        return;
                    }
                }
                if let Ok(mut collected) = collected.lock() {
                    collected.intakes.append(&mut local.intakes);
                    collected.billing.merge(local.billing);
                    collected.findings += local.findings;
                }
            });
        }
    });
    if let Ok(Some(error)) = failure.into_inner() {
        return Err(error);
    }
    collected.into_inner().map_err(|_| anyhow::anyhow!("审核线程异常退出"))
}

fn audit_slice(
    library: &Library,
    auditor: &mut Auditor<'_>,
    outcome: &mut Outcome,
    prepared: &Prepared,
    slice: usize,
    writer: &FindingWriter,
    bar: &Bar,
) -> Result<()> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut seen = 0;
    let mut sink = |case: &mut PersonCase| {
        outcome.billing.add(case);
        auditor.audit(case, &mut findings);
        seen += case.lines.len() as u64;
        if seen >= 20_000 {
            bar.advance_by(seen);
            seen = 0;
        }
    };
    let intake = prepared.read_slice(slice, library, &mut sink)?;
    bar.advance_by(seen);
    outcome.findings += findings.len() as u64;
    outcome.intakes.push(intake);
    if !findings.is_empty() {
        writer.add_run(findings.into_iter().map(|finding| finding_row(library, finding)).collect())?;
    }
    Ok(())
}

fn finding_row(library: &Library, finding: Finding) -> FindingRow {
    let rule = &library.rules()[finding.rule as usize];
    FindingRow {
        finding_id: library.finding_id(&finding),
        rule_id: rule.id.clone(),
        rule_version: rule.version.to_string(),
        official_code: rule.official_code.clone(),
        rule_name: rule.name.clone(),
        severity: rule.severity,
        psn_no: finding.psn_no,
        mdtrt_id: finding.mdtrt_id,
        fixmedins_code: finding.fixmedins_code,
        orders_dr_code: finding.orders_dr_code,
        occurred_on: finding.occurred_on,
        feedetl_sn: finding.feedetl_sn,
        related_feedetl_sn: finding.related_feedetl_sn,
        cnt_over: finding.cnt_over,
        amount_fen: finding.amount,
        counted_fen: finding.counted,
        knowledge_point_id: finding.knowledge_point_id,
        basis: finding.basis,
        evidence: finding.evidence,
    }
}

/// The judged period; one that ends before it begins would pass for a clean audit.
fn period(arguments: &Arguments) -> Result<(Option<Day>, Option<Day>)> {
    let from = arguments.from.as_deref().map(day).transpose()?;
    let until = arguments.until.as_deref().map(day).transpose()?;
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        bail!("--from {from} 不早于 --until {until}（不含当天），没有可审核的日子");
    }
    Ok((from, until))
}

/// Findings, then everything made of them; the terminal summary comes last.
fn write_report(
    arguments: &Arguments,
    writer: FindingWriter,
    detail: DetailRows,
    report: &mut AuditReport,
    mut stages: Stages,
) -> Result<()> {
    let out = &arguments.out;
    let mut tally = Tally::new();
    let mut workbook = Workbook::create(&out.join("report.xlsx"), detail)?;
    let mut failure = None;
    let rows = writer.finish(out, &mut |row| {
        let view = finding_view(row);
        if let Err(error) = tally.add(&view).and_then(|()| workbook.add(&view)) {
            failure.get_or_insert(error);
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    let tallied = tally.finish()?;
    stages.done("写出疑点");
    let elapsed: u64 = stages.list.iter().map(|stage| stage.elapsed_ms).sum();
    report.run.command = format!("yibao audit {}", arguments.claims.display());
    report.run.lines = report.totals.lines;
    report.run.visits = report.totals.visits;
    report.run.persons = report.totals.persons;
    report.run.lines_per_second = report.totals.lines * 1000 / elapsed.max(1);
    report.run.stages = stages.list;
    let figures = Figures::new(report, &tallied);
    report::write_summary(&figures, create(out, "summary.json")?)?;
    report::write_html(&figures, create(out, "report.html")?)?;
    workbook.finish(&figures)?;
    let shown = |name: &str| out.join(name).display().to_string();
    let places = [
        format!("报告 {}（浏览器打开）", shown("report.html")),
        format!("Excel {}", shown("report.xlsx")),
        format!("疑点 {}，{rows} 条", shown("findings.csv")),
    ];
    print!("{}", report::terminal_summary(&figures, &places));
    Ok(())
}

fn create(folder: &Path, name: &str) -> Result<BufWriter<File>> {
    let path = folder.join(name);
    Ok(BufWriter::new(File::create(&path).with_context(|| format!("写不了 {}", path.display()))?))
}

fn finding_view(row: &FindingRow) -> FindingView<'_> {
    FindingView {
        finding_id: &row.finding_id,
        rule_id: &row.rule_id,
        rule_version: &row.rule_version,
        official_code: &row.official_code,
        rule_name: &row.rule_name,
        severity: row.severity,
        psn_no: &row.psn_no,
        mdtrt_id: &row.mdtrt_id,
        fixmedins_code: &row.fixmedins_code,
        orders_dr_code: &row.orders_dr_code,
        occurred_on: row.occurred_on,
        feedetl_sn: &row.feedetl_sn,
        related_feedetl_sn: &row.related_feedetl_sn,
        cnt_over: row.cnt_over,
        amount_fen: row.amount_fen,
        counted_fen: row.counted_fen,
        knowledge_point_id: &row.knowledge_point_id,
        basis: &row.basis,
        evidence: &row.evidence,
    }
}

fn receipt(data: &Data, input_hash: &str) -> Receipt {
    Receipt {
        engine_version: env!("CARGO_PKG_VERSION").into(),
        rules_hash: data.rules_hash.clone(),
        knowledge_hash: data.knowledge_hash.clone(),
        catalogue_hash: data.catalogue_hash.clone(),
        input_hash: input_hash.into(),
    }
}

fn rule_lines(library: &Library, selection: &Selection) -> Vec<RuleLine> {
    let reason = |id: &str| selection.inactive().iter().find(|i| i.rule_id == id).map(|i| i.reason.clone());
    let lines = library.rules().iter().map(|rule| RuleLine {
        rule_id: rule.id.clone(),
        version: rule.version.to_string(),
        official_code: rule.official_code.clone(),
        name: rule.name.clone(),
        category: rule.category.clone(),
        family: rule.family.clone(),
        severity: rule.severity,
        status: rule.status.word().into(),
        grain: rule.grain.word().into(),
        not_run_reason: reason(&rule.id),
        basis: rule.basis_line(),
    });
    lines.collect()
}

fn institution_line(institution: &model::Institution) -> InstitutionLine {
    InstitutionLine {
        code: institution.code.clone(),
        name: institution.name.clone(),
        pharmacy: institution.pharmacy,
        level: institution.level,
    }
}

pub(super) fn table_intake(table: &lake::TableIntake) -> TableIntake {
    TableIntake {
        table: table.table.clone(),
        read: table.read,
        accepted: table.accepted,
        corrected: table.corrected,
        rejected: table.rejected,
        corrections: table.corrections.clone(),
        rejections: table.rejections.clone(),
        notes: table.notes.clone(),
    }
}

fn why_none(selection: &Selection) -> String {
    selection
        .inactive()
        .iter()
        .filter(|i| i.reason != NOT_CHOSEN)
        .take(5)
        .map(|i| format!("{}（{}）", i.rule_id, i.reason))
        .collect::<Vec<_>>()
        .join("；")
}

/// As `Library::select` says it of a rule that `--rules` leaves out.
const NOT_CHOSEN: &str = "本次未选择";

/// Elapsed time by stage.
struct Stages {
    since: Instant,
    list: Vec<Stage>,
}

impl Stages {
    fn new() -> Self {
        Self { since: Instant::now(), list: Vec::new() }
    }

    fn done(&mut self, name: &str) {
        let elapsed_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.list.push(Stage { name: name.into(), elapsed_ms });
        self.since = Instant::now();
    }
}
