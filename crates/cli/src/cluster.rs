//! An audit that other machines do: what is sent to them ([`Order`]), and how an executor opens it.
//!
//! An executor reads the lake itself, from where the submitter says it is, and judges with its own library. It
//! refuses an order that it would judge otherwise than the submitter: another program, other rules, knowledge or
//! catalogue, another state of the lake. An order names no person (I12).

use crate::data::Data;
use crate::earlier::Basis;
use crate::lake_audit::{Each, LakeAudit};
use anyhow::{Context, Result};
use cluster::{Request, Submission, Workshop, run_on_cluster};
use lake::{Lake, LakeError, Options, Persons, Prepared, Touched};
use model::Day;
use query::BucketAudit;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What an executor needs to know beside the number of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The lake, as every machine reaches it.
    pub lake: PathBuf,
    /// The hash of its contents.
    pub lake_hash: String,
    /// The program that submits; its version is in `basis`.
    pub engine_hash: String,
    pub basis: Basis,
    /// Only persons whom adds after this one touched.
    pub since: Option<u64>,
    pub from: Option<Day>,
    pub until: Option<Day>,
}

impl Order {
    /// What the submitter asks: to judge the lake as it stands, by the rules and data that `basis` names.
    pub fn of(
        prepared: &Prepared,
        basis: &Basis,
        since: Option<u64>,
        (from, until): (Option<Day>, Option<Day>),
    ) -> Result<Self> {
        let lake = prepared.lake().context("--cluster 只用于数据湖（--lake）")?;
        Ok(Self {
            lake: lake.absolute()?,
            lake_hash: lake.content_hash(),
            engine_hash: engine_hash()?,
            basis: basis.clone(),
            since,
            from,
            until,
        })
    }

    /// Sends the order and shows what the cluster brings, once all of it is there.
    pub fn run(&self, scheduler: &str, prepared: &Prepared, each: &mut Each<'_>) -> Result<()> {
        let request = Request { buckets: prepared.slices(), order: serde_json::to_string(self)? };
        let spool = prepared.temp().join("cluster.arrows");
        let done = run_on_cluster(Submission { scheduler, request: &request, spool: &spool }, each);
        let _ = std::fs::remove_file(&spool);
        Ok(done?)
    }
}

/// The hash of the running program: two builds of one version may judge differently.
pub fn engine_hash() -> Result<String> {
    let path = std::env::current_exe()?;
    // The file may have been replaced since the start; Linux still knows the one that runs.
    let running = Path::new("/proc/self/exe");
    let path = if running.exists() { running } else { path.as_path() };
    let mut file = std::fs::File::open(path).with_context(|| format!("读不了程序文件 {}", path.display()))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0_u8; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(crate::data::hex(&hasher.finalize())),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// An executor's own program, rules and folder, with which it opens orders.
pub struct Opener {
    pub name: String,
    pub data: Data,
    pub engine_hash: String,
    /// Where temporary files go.
    pub temp: PathBuf,
    /// The order opened last: the buckets of a run ask for the same one.
    pub last: Mutex<Option<(String, Arc<dyn BucketAudit>)>>,
}

impl Opener {
    /// The executor's answer to orders.
    pub fn workshop(self) -> Workshop {
        Arc::new(move |text| {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, work)) = last.as_ref().filter(|(known, _)| known == text) {
                return Ok(Arc::clone(work));
            }
            let refused = |reason: String| LakeError::Refused(format!("执行器 {} 拒绝任务：{reason}", self.name));
            let order: Order = serde_json::from_str(text)
                .map_err(|e| refused(format!("读不懂任务（{e}）；请统一各机器的 yibao 版本")))?;
            self.check(&order).map_err(refused)?;
            let work = self.open(&order).map_err(|error| refused(error.to_string()))?;
            *last = Some((text.to_owned(), Arc::clone(&work)));
            Ok(work)
        })
    }

    /// Whether the order means here what it means to the submitter.
    fn check(&self, order: &Order) -> Result<(), String> {
        let (basis, data) = (&order.basis, &self.data);
        let program = "请在所有机器上使用同一个 yibao 程序文件";
        let tables = "请在所有机器上使用同一份数据（同一程序，或内容相同的 --data 目录）";
        let compared = [
            ("程序版本", basis.engine_version.as_str(), env!("CARGO_PKG_VERSION"), program),
            ("程序文件", &order.engine_hash, &self.engine_hash, program),
            ("规则", &basis.rules_hash, &data.rules_hash, tables),
            ("知识库", &basis.knowledge_hash, &data.knowledge_hash, tables),
            ("目录", &basis.catalogue_hash, &data.catalogue_hash, tables),
        ];
        match compared.into_iter().find(|(_, theirs, ours, _)| theirs != ours) {
            None => Ok(()),
            Some((what, theirs, ours, remedy)) => {
                let short = |text: &str| text.chars().take(12).collect::<String>();
                Err(format!("{what}与提交方不同（提交方 {}，本机 {}）；{remedy}", short(theirs), short(ours)))
            }
        }
    }

    /// Makes ready to judge.
    fn open(&self, order: &Order) -> Result<Arc<dyn BucketAudit>> {
        let lake = Lake::open(&order.lake).context("各机器须能以同一路径或地址读到数据湖")?;
        if lake.content_hash() != order.lake_hash {
            anyhow::bail!("数据湖 {} 与提交方所见不同；请等加入完成后重新审核", order.lake.display());
        }
        let persons = match order.since.map(|generation| lake.touched_since(generation)).transpose()? {
            Some(Touched::Persons(persons)) => Persons::Only(persons.into_iter().collect()),
            Some(Touched::Everybody) | None => Persons::All,
        };
        let options = Options { temp: self.temp.clone(), threads: 1, from: order.from, until: order.until };
        let prepared = lake.prepare(options, persons)?;
        // The submitter has seen which columns are there: these rules run, and no others.
        let selected = self.data.library.select(&order.basis.rules, |_, _| true);
        let selection = selected.map_err(|problems| crate::data::all("--rules ", &problems))?;
        Ok(Arc::new(LakeAudit::new(&self.data, selection, prepared)))
    }
}
