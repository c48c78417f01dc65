//! `yibao review`: findings of an audit into the review.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use lake::{FindingRow, Options as ReadOptions, Silent};
use model::{CodeBook, Fen, PersonCase, Stamp};
use review::{Facts, FundShare, Item, draw};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::{Bill, BillLine, Database, Note, Options, ReviewChanges, ReviewJob, Store};

#[derive(Subcommand)]
pub enum Command {
    /// 导入一次审核的疑点（findings.parquet），成为待初审案件；已导入的不重复
    Import(ImportArguments),
}

#[derive(Args)]
pub struct ImportArguments {
    /// 审核结果目录
    findings: PathBuf,
    /// 审核所用的理赔数据目录：取就诊、明细与基金支付金额
    #[arg(long, value_name = "DIR")]
    claims: Option<PathBuf>,
    /// 只随机导入这么多条
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// PostgreSQL：postgres://用户@主机:端口/库名；不给则用 --data 目录（默认 yibao-data）中的 SQLite
    #[arg(long, value_name = "URL", env = "YIBAO_DATABASE")]
    database: Option<String>,
}

/// `data` is the directory named by the global option.
pub fn run(data: Option<&Path>, command: &Command) -> Result<ExitCode> {
    let Command::Import(arguments) = command;
    let now = server::now().stamp;
    let (rows, hash) = findings(arguments)?;
    let visits: FxHashSet<&str> = rows.iter().map(|row| row.mdtrt_id.as_str()).filter(|id| !id.is_empty()).collect();
    let known = match &arguments.claims {
        Some(folder) => Known::read(folder, &visits)?,
        None => Known::default(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("无法启动异步运行时")?;
    runtime.block_on(async {
        let directory = data.map_or_else(|| "yibao-data".to_owned(), |data| data.display().to_string());
        let database = Database::parse(arguments.database.as_deref().unwrap_or(&directory))?;
        let store = Store::open(database, Options::default()).await?;
        let added = import(&store, rows, known, &hash, now).await?;
        store.drain().await;
        println!("导入 {added} 条疑点，成为待初审案件");
        Ok(ExitCode::SUCCESS)
    })
}

/// The findings, as many as wanted, and the hash of their file.
fn findings(arguments: &ImportArguments) -> Result<(Vec<FindingRow>, String)> {
    let path = arguments.findings.join("findings.parquet");
    let bytes = std::fs::read(&path).with_context(|| format!("无法读取 {}；请给出审核结果目录", path.display()))?;
    let hash: String = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut rows = Vec::new();
    lake::read_findings(&path, &mut |mut some| {
        rows.append(&mut some);
        Ok(())
    })?;
    if let Some(limit) = arguments.limit {
        let ids: Vec<&str> = rows.iter().map(|row| row.finding_id.as_str()).collect();
        let wanted: FxHashSet<String> = draw(&ids, "import", limit).into_iter().map(str::to_owned).collect();
        rows.retain(|row| wanted.contains(&row.finding_id));
    }
    if rows.is_empty() {
        bail!("{} 中没有疑点", path.display());
    }
    Ok((rows, hash))
}

/// What the claims say about the visits of findings.
#[derive(Default)]
struct Known {
    bills: FxHashMap<String, (Bill, String)>,
    /// Name and area by code.
    institutions: FxHashMap<String, (String, String)>,
    /// How many visits each of them has in the claims.
    visits: FxHashMap<String, u64>,
}

/// The bill is shown as it is: no code needs to be known.
struct AsWritten;

impl CodeBook for AsWritten {
    fn item(&self, _: &str) -> u32 {
        model::UNKNOWN_ITEM
    }

    fn diagnosis(&self, _: &str) -> u32 {
        model::UNKNOWN_CODE
    }

    fn procedure(&self, _: &str) -> u32 {
        model::UNKNOWN_CODE
    }
}

impl Known {
    fn read(folder: &Path, visits: &FxHashSet<&str>) -> Result<Self> {
        let temp = tempfile::tempdir().context("无法建立临时目录")?;
        let options =
            ReadOptions { temp: temp.path().to_path_buf(), threads: crate::threads(), from: None, until: None };
        let prepared = lake::open(folder)?.prepare(options, &Silent)?;
        let named = prepared.institutions().iter().map(|one| (one.code.clone(), (one.name.clone(), one.area.clone())));
        let mut known = Self { institutions: named.collect(), ..Self::default() };
        for slice in 0..prepared.slices() {
            prepared.read_slice(slice, &AsWritten, &mut |case: &mut PersonCase| known.take(case, visits))?;
        }
        Ok(known)
    }

    fn take(&mut self, case: &PersonCase, wanted: &FxHashSet<&str>) {
        for (number, visit) in (0_u32..).zip(&case.visits) {
            let id = case.text(visit.mdtrt_id);
            *self.visits.entry(case.text(visit.fixmedins_code).to_owned()).or_default() += 1;
            if !wanted.contains(id) {
                continue;
            }
            let lines = case.lines.get(case.lines_of(number)).unwrap_or_default();
            let line = |line: &model::CaseLine| BillLine {
                id: case.text(line.sn).to_owned(),
                at: line.at,
                item: case.text(line.code).to_owned(),
                name: case.text(line.name).to_owned(),
                quantity: line.quantity.to_string(),
                price: line.price.to_string(),
                amount: line.amount,
                physician: case.text(line.doctor).to_owned(),
            };
            let institution = case.text(visit.fixmedins_code).to_owned();
            let name = self.institutions.get(&institution).map(|(name, _)| name.clone()).unwrap_or_default();
            let bill = Bill {
                institution,
                institution_name: name,
                visit: id.to_owned(),
                person: case.text(case.person.psn_no).to_owned(),
                care: case.text(visit.med_type).to_owned(),
                begun_at: visit.begins_at,
                ended_at: visit.ends_at.unwrap_or(visit.begins_at),
                total: visit.total.unwrap_or_else(|| lines.iter().map(|line| line.amount).sum()),
                fund: visit.fund_paid,
                diagnoses: case.diagnoses_of(number).iter().map(|one| case.text(one.code).to_owned()).collect(),
                lines: lines.iter().map(line).collect(),
            };
            self.bills.insert(id.to_owned(), (bill, visit.insurance.0.to_string()));
        }
    }

    /// The finding with what is known of its visit. An institution's code carries its area when no register does.
    fn facts(&self, row: &FindingRow, snapshot: &str, now: Stamp) -> Facts {
        let bill = self.bills.get(&row.mdtrt_id);
        let share = bill.and_then(|(bill, _)| Some(FundShare { fund: bill.fund?, total: bill.total }));
        let in_code = || row.fixmedins_code.get(1..7).unwrap_or_default().to_owned();
        let registered = self.institutions.get(&row.fixmedins_code).map(|(_, area)| area.clone());
        Facts {
            id: row.finding_id.clone(),
            institution: row.fixmedins_code.clone(),
            area: registered.filter(|area| !area.is_empty()).unwrap_or_else(in_code),
            visit: row.mdtrt_id.clone(),
            person: row.psn_no.clone(),
            physician: row.orders_dr_code.clone(),
            line: row.feedetl_sn.clone(),
            related_lines: row.related_feedetl_sn.clone(),
            rule: row.rule_id.clone(),
            rule_version: row.rule_version.clone(),
            rule_name: row.rule_name.clone(),
            official_code: row.official_code.clone(),
            severity: row.severity,
            occurred_on: row.occurred_on,
            quantity_over: row.cnt_over.to_string(),
            amount: row.amount_fen.max(Fen::ZERO),
            counted: row.counted_fen,
            point: row.knowledge_point_id.clone(),
            basis: row.basis.clone(),
            evidence: row.evidence.clone(),
            reminder: String::new(),
            insurance: bill.map(|(_, insurance)| insurance.clone()).filter(|code| code != "0").unwrap_or_default(),
            share,
            snapshot: snapshot.to_owned(),
            imported_at: now,
        }
    }
}

/// Puts findings into the store, those that are there already left alone; how many were new.
async fn import(store: &Store, rows: Vec<FindingRow>, known: Known, hash: &str, now: Stamp) -> Result<usize> {
    let due = review::Calendar::shipped()
        .ok()
        .map(|calendar| calendar.after(now.day(), review::Limits::default().first_review_days));
    let mut items: Vec<Item> = rows.iter().map(|row| Item::new(known.facts(row, hash, now), due)).collect();
    items.retain(|item| !item.facts.institution.is_empty() && !item.facts.id.is_empty());
    let wanted: FxHashSet<&str> = items.iter().map(|item| item.facts.institution.as_str()).collect();
    let names = known.institutions.iter().filter(|(code, _)| wanted.contains(code.as_str()));
    let note = |kind: &str, name: String, body: String| Note {
        owner: "agency".to_owned(),
        kind: kind.to_owned(),
        name,
        at: now,
        body,
    };
    let names =
        names.map(|(code, named)| note("institution", code.clone(), serde_json::to_string(named).unwrap_or_default()));
    // By run, so that importing it once more counts nothing twice.
    let visits = known.visits.iter().filter(|(code, _)| wanted.contains(code.as_str()));
    let visits = visits.map(|(code, visits)| note("visits", format!("{code}/{hash}"), visits.to_string()));
    let notes: Vec<Note> = names.chain(visits).collect();
    let keep = move |_: &store::ReviewFile, _: &mut dyn agency::Ids| {
        Ok(ReviewChanges { notes: notes.clone(), ..ReviewChanges::default() })
    };
    store.review(ReviewJob::new(now, keep)).await?;
    let bills = known.bills;
    let bill = move |facts: &Facts| bills.get(&facts.visit).map(|(bill, _)| bill.clone());
    Ok(store.review_intake(items, now, bill).await?)
}
