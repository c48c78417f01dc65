//! `yibao audit CLAIMS_DIR --out OUT_DIR`: from a folder of claims, or the lake, to findings and a report.
//!
//! Over the lake a run leaves its state, and `--since-run` takes over what still holds of an earlier one.
//! Results appear whole or not at all (see `publication`).

use super::catalog::day;
use crate::billing::Billing;
#[cfg(feature = "cluster")]
use crate::cluster::Order;
use crate::data::{Data, DataFiles, Examples};
use crate::earlier::{Basis, Earlier, Ledger, RunState};
use crate::judging::{Judging, Place};
#[cfg(feature = "sql")]
use crate::population::{self, Claims};
use crate::progress::Bar;
use crate::publication::Publication;
use anyhow::{Context, Result, bail};
use audit::{Cases, Library, Selection};
use clap::Args;
use lake::{FindingRow, FindingWriter, Lake, Options, Persons, Prepared, Touched};
use model::Day;
use report::{
    AuditReport, DetailRows, Figures, FindingView, InstitutionLine, Receipt, RuleLine, RunInfo, Stage, TableIntake,
    Tally, Workbook,
};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Args)]
pub struct Arguments {
    /// 理赔数据目录（每表一个 CSV、Parquet 或 Excel 文件）
    #[arg(required_unless_present = "lake", conflicts_with = "lake")]
    claims: Option<PathBuf>,
    /// 审核数据湖，而不是一个理赔数据目录
    #[arg(long, value_name = "DIR")]
    lake: Option<PathBuf>,
    /// 沿用上一次对同一数据湖的审核结果，只重新审核此后数据有变的人
    #[arg(long, value_name = "OUT_DIR", requires = "lake")]
    since_run: Option<PathBuf>,
    /// 结果目录
    #[arg(long, value_name = "OUT_DIR")]
    out: PathBuf,
    /// 只运行这些规则（编号或国家编码，逗号分隔）
    #[arg(long, value_delimiter = ',')]
    rules: Vec<String>,
    /// 不运行关于机构与群体的规则（它们对数据湖发问；审核目录时先建一个临时数据湖）；用 --rules 点名的总会运行
    #[arg(long)]
    without_population: bool,
    /// 只审核这一天及以后仍在进行的就诊
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// 只审核这一天以前开始的就诊（不含当天）
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// 线程数，默认等于处理器核数
    #[arg(long)]
    threads: Option<usize>,
    /// 交给这个调度器的集群审核，而不在本机审核（先启动 yibao cluster scheduler 与 executor）
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "HOST:PORT", requires = "lake")]
    cluster: Option<String>,
}

/// Beyond so many findings a workbook opens slowly or not at all: it then points to `findings.csv`.
const WORKBOOK_FINDINGS_MAX: u64 = 300_000;

pub fn run(files: &DataFiles, arguments: Arguments) -> Result<ExitCode> {
    let mut stages = Stages::new();
    let data = files.load(Examples::LeftOut, Cases::Required)?;
    stages.done("编译规则与知识库");
    // A misspelt --rules should not cost the reading of ten gigabytes.
    let select = |has_column: &dyn Fn(&str, &str) -> bool| {
        let selected = data.library.select(&arguments.rules, has_column);
        selected
            .map(|selection| runnable(selection, &data, &arguments))
            .map_err(|problems| crate::data::all("--rules ", &problems))
    };
    select(&|_, _| true)?;
    let publication = Publication::begin(&arguments.out)?;
    let threads = arguments.threads.unwrap_or_else(crate::threads).max(1);
    let (from, until) = period(&arguments)?;
    let options = Options { temp: publication.scratch().to_path_buf(), threads, from, until };
    let bar = Bar::new();
    let source = Source::open(&arguments)?;
    let selection = select(&|table, column| source.has_column(table, column))?;
    let mut plan = Plan::of(&arguments, &data, &selection, &source, &publication)?;
    let prepared = source.prepare(options, plan.persons.clone(), &bar)?;
    stages.done("读取与排序");
    // A text column may turn out empty only when it was read.
    #[cfg_attr(not(feature = "sql"), expect(unused_mut, reason = "only a query can turn out not to run"))]
    let mut selection = select(&|table, column| prepared.has_column(table, column))?;
    if selection.running() == 0 {
        bail!("没有可运行的规则：{}", why_none(&selection));
    }
    let wanted = selection.running();
    let writer = FindingWriter::new(publication.scratch())?;
    let judging = Judging { data: &data, writer: &writer, ledger: plan.ledger.as_ref(), threads, bar: &bar };
    #[cfg(feature = "cluster")]
    let place = plan.place(&arguments, &prepared, (from, until))?;
    #[cfg(not(feature = "cluster"))]
    let place = Place::Here;
    let (prepared, mut outcome) = judging.run(&place, selection.clone(), prepared)?;
    outcome.findings += plan.take_over(&data, &writer, &mut outcome.billing)?;
    bar.finish();
    stages.done("审核");
    #[cfg(feature = "sql")]
    {
        let claims = Claims::of(arguments.claims.as_deref(), arguments.lake.as_deref(), publication.scratch());
        let found = population::find(&data.library, &selection, &claims, (from, until), threads)?;
        outcome.findings += found.rows.len() as u64;
        writer.add_run(found.rows)?;
        for (index, reason) in &found.not_run {
            let id = data.library.rules().get(*index as usize).map_or("", |rule| rule.id.as_str());
            eprintln!("问题 规则 {id} 未运行：{reason}");
            selection = selection.without(data.library.rules(), *index, reason);
        }
        stages.done("机构与群体规则");
    }
    let institutions: Vec<InstitutionLine> = prepared.institutions().iter().map(institution_line).collect();
    let billed = outcome.billing.rows(prepared.institutions());
    let intake = prepared.finish(outcome.intakes, publication.folder())?;
    plan.leave(publication.folder())?;
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
    write_report(&arguments, &publication, writer, detail, &mut report, stages)?.tell(publication)?;
    let rejected: u64 = report.intake.iter().map(|table| table.rejected).sum();
    let complete = rejected == 0 && !intake.incomplete && selection.running() == wanted;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The selected rules that this run asks: those with a query over many visits unless they are left out, and never without
/// the SQL engine.
fn runnable(selection: Selection, data: &Data, arguments: &Arguments) -> Selection {
    if cfg!(not(feature = "sql")) {
        return selection.without_queries(data.library.rules(), "本程序编译时未带 SQL 引擎（特性 sql）");
    }
    if !arguments.without_population || !arguments.rules.is_empty() {
        return selection;
    }
    selection.without_queries(data.library.rules(), "关于机构与群体的规则：本次以 --without-population 略过")
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
    publication: &Publication,
    writer: FindingWriter,
    detail: DetailRows,
    report: &mut AuditReport,
    mut stages: Stages,
) -> Result<Telling> {
    let out = publication.folder();
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
    report.run.command = match (&arguments.claims, &arguments.lake) {
        (Some(claims), _) => format!("yibao audit {}", claims.display()),
        (_, Some(lake)) => format!("yibao audit --lake {}", lake.display()),
        _ => String::new(),
    };
    report.run.lines = report.totals.lines;
    report.run.visits = report.totals.visits;
    report.run.persons = report.totals.persons;
    report.run.lines_per_second = report.totals.lines * 1000 / elapsed.max(1);
    report.run.stages = stages.list;
    let figures = Figures::new(report, &tallied);
    report::write_summary(&figures, create(out, "summary.json")?)?;
    report::write_html(&figures, create(out, "report.html")?)?;
    workbook.finish(&figures)?;
    let shown = |name: &str| arguments.out.join(name).display().to_string();
    let places = [
        format!("报告 {}（浏览器打开）", shown("report.html")),
        format!("Excel {}", shown("report.xlsx")),
        format!("疑点 {}，{rows} 条", shown("findings.csv")),
    ];
    Ok(Telling(report::terminal_summary(&figures, &places)))
}

/// What is told once the results stand in their place.
struct Telling(String);

impl Telling {
    fn tell(self, publication: Publication) -> Result<()> {
        publication.publish()?;
        print!("{}", self.0);
        Ok(())
    }
}

/// What is audited.
enum Source {
    Folder(Box<lake::Folder>),
    Lake(Box<Lake>),
}

impl Source {
    fn open(arguments: &Arguments) -> Result<Self> {
        match (&arguments.claims, &arguments.lake) {
            (Some(claims), _) => Ok(Self::Folder(Box::new(lake::open(claims)?))),
            (None, Some(lake)) => Ok(Self::Lake(Box::new(Lake::open(lake)?))),
            (None, None) => bail!("请给出理赔数据目录，或用 --lake 给出数据湖"),
        }
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        match self {
            Self::Folder(folder) => folder.has_column(table, column),
            Self::Lake(lake) => lake.has_column(table, column),
        }
    }

    fn prepare(self, options: Options, persons: Persons, bar: &Bar) -> Result<Prepared> {
        match self {
            Self::Folder(folder) => Ok(folder.prepare(options, bar)?),
            Self::Lake(lake) => Ok(lake.prepare(options, persons)?),
        }
    }
}

/// Who is audited, what an earlier run still says, and what this one leaves.
#[derive(Default)]
struct Plan {
    persons: Persons,
    earlier: Option<Earlier>,
    ledger: Option<Ledger>,
    state: Option<RunState>,
}

impl Plan {
    fn of(
        arguments: &Arguments,
        data: &Data,
        selection: &Selection,
        source: &Source,
        publication: &Publication,
    ) -> Result<Self> {
        let Source::Lake(lake) = source else { return Ok(Self::default()) };
        let rules = (0_u32..).zip(data.library.rules()).filter(|(index, _)| selection.runs(*index));
        let basis = Basis {
            engine_version: env!("CARGO_PKG_VERSION").into(),
            rules_hash: data.rules_hash.clone(),
            knowledge_hash: data.knowledge_hash.clone(),
            catalogue_hash: data.catalogue_hash.clone(),
            rules: rules.map(|(_, rule)| rule.id.clone()).collect(),
            from: arguments.from.clone(),
            until: arguments.until.clone(),
            audit_profile: lake.audit_profile(),
        };
        let mut plan = Self { ledger: Some(Ledger::create(publication.folder())?), ..Self::default() };
        if let Some(folder) = &arguments.since_run {
            let earlier = Earlier::open(folder)?;
            match earlier.touched(lake, &basis)? {
                _ if lake.files_of("stock").next().is_some() => {
                    println!("湖中有库存表，库存规则要看全部明细，改为全部重新审核");
                }
                Ok(Touched::Persons(persons)) => {
                    println!("沿用 {} 的结果，重新审核其后数据有变的 {} 人", folder.display(), persons.len());
                    plan.persons = Persons::Only(persons.into_iter().collect());
                    plan.earlier = Some(earlier);
                }
                Ok(Touched::Everybody) => {}
                Err(reason) => println!("{reason}，不能沿用 {} 的结果，改为全部重新审核", folder.display()),
            }
        }
        let generation = lake.generation();
        let adds_hash = lake.adds_hash(generation).unwrap_or_default();
        plan.state = Some(RunState { generation, adds_hash, basis });
        Ok(plan)
    }

    /// Where everybody is judged.
    #[cfg(feature = "cluster")]
    fn place(&self, arguments: &Arguments, prepared: &Prepared, period: (Option<Day>, Option<Day>)) -> Result<Place> {
        let (Some(scheduler), Some(state)) = (&arguments.cluster, &self.state) else { return Ok(Place::Here) };
        let since = self.earlier.as_ref().map(Earlier::generation);
        let order = Order::of(prepared, &state.basis, since, period)?;
        Ok(Place::Cluster(scheduler.clone(), Box::new(order)))
    }

    /// Adds what the earlier run found and billed of persons who are not read again; returns the findings.
    fn take_over(&mut self, data: &Data, writer: &FindingWriter, billing: &mut Billing) -> Result<u64> {
        let (Some(earlier), Some(ledger), Persons::Only(again)) = (&self.earlier, &self.ledger, &self.persons) else {
            return Ok(0);
        };
        let still = |psn_no: &str| !again.contains(psn_no);
        earlier.take_over(&still, billing, ledger)?;
        let mut count = 0;
        lake::read_findings(&earlier.findings(), &mut |mut rows| {
            // What is about many visits is asked anew: anybody's rows may have changed it.
            let asked_anew = |id: &str| data.library.rules().iter().any(|rule| rule.id == id && rule.query.is_some());
            rows.retain(|row| still(&row.psn_no) && !asked_anew(&row.rule_id));
            count += rows.len() as u64;
            writer.add_run(rows)
        })?;
        Ok(count)
    }

    /// Leaves the state of this run for the next.
    fn leave(self, out: &Path) -> Result<()> {
        match (self.ledger, self.state) {
            (Some(ledger), Some(state)) => ledger.finish(out, &state),
            _ => Ok(()),
        }
    }
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
