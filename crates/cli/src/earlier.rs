//! What a run over the lake leaves for the next one, and what the next one may take over.
//!
//! `OUT/state/run.json` says under which rules and data the findings stand, `OUT/state/billed.tsv.zst` what
//! each person was billed. Findings of a person whom no add has touched since still hold, provided that
//! nothing else changed; if anything did, everything is audited anew and the reason is told.

use crate::billing::Billing;
use anyhow::{Context, Result};
use lake::{Lake, Touched};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Under what a run's findings stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// The lake's adds that the run saw.
    pub generation: u64,
    /// The hash of what those adds put there, one after the other.
    pub adds_hash: String,
    pub basis: Basis,
}

/// Everything beside the lake's rows that findings depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub engine_version: String,
    pub rules_hash: String,
    pub knowledge_hash: String,
    pub catalogue_hash: String,
    /// The rules that ran.
    pub rules: Vec<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    /// Which dictionary `matn_stas` speaks.
    pub audit_profile: bool,
}

/// An earlier run whose findings may be taken over.
pub struct Earlier {
    folder: PathBuf,
    state: RunState,
}

const STATE: &str = "state/run.json";
const LEDGER: &str = "state/billed.tsv.zst";

impl Earlier {
    /// Reads the state of a run.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(STATE);
        let bytes = std::fs::read(&path).with_context(|| {
            format!("{} 没有可沿用的状态（{STATE}）；请先用 audit --lake 审核一次", folder.display())
        })?;
        let state =
            serde_json::from_slice(&bytes).with_context(|| format!("{} 读不懂；请去掉 --since-run", path.display()))?;
        Ok(Self { folder: folder.to_path_buf(), state })
    }

    /// Whom the run must read again, or why everybody.
    pub fn touched(&self, lake: &Lake, basis: &Basis) -> Result<Result<Touched, &'static str>> {
        let before = &self.state.basis;
        let reason = if before.engine_version != basis.engine_version {
            "程序版本不同"
        } else if before.rules_hash != basis.rules_hash || before.rules != basis.rules {
            "运行的规则不同"
        } else if (&before.knowledge_hash, &before.catalogue_hash) != (&basis.knowledge_hash, &basis.catalogue_hash) {
            "知识库或目录不同"
        } else if (&before.from, &before.until) != (&basis.from, &basis.until) {
            "审核期间不同"
        } else if before.audit_profile != basis.audit_profile {
            "matn_stas 的字典判定不同"
        } else if lake.adds_hash(self.state.generation) != Some(self.state.adds_hash.clone()) {
            "那次审核的不是这个数据湖"
        } else {
            return match lake.touched_since(self.state.generation)? {
                Touched::Everybody => Ok(Err("机构或人员登记有变动")),
                touched => Ok(Ok(touched)),
            };
        };
        Ok(Err(reason))
    }

    /// The lake's adds that the run saw.
    #[cfg(feature = "cluster")]
    pub fn generation(&self) -> u64 {
        self.state.generation
    }

    /// The findings of that run.
    pub fn findings(&self) -> PathBuf {
        self.folder.join("findings.parquet")
    }

    /// Counts what the persons that are not read again were billed, and writes it down again.
    pub fn take_over(&self, still: &dyn Fn(&str) -> bool, billing: &mut Billing, ledger: &Ledger) -> Result<()> {
        let path = self.folder.join(LEDGER);
        let file = File::open(&path).with_context(|| format!("打不开 {}；请去掉 --since-run", path.display()))?;
        let mut kept = String::new();
        let mut last = String::new();
        for line in BufReader::new(zstd::Decoder::new(file)?).lines() {
            let line = line?;
            let psn_no = line.split('\t').next().unwrap_or_default();
            if !still(psn_no) {
                continue;
            }
            // A piece ends between persons, never within one.
            if kept.len() > 1 << 20 && psn_no != last {
                billing.add_ledger(&kept).with_context(|| format!("{} 读不懂", path.display()))?;
                ledger.write(kept.as_bytes())?;
                kept.clear();
            }
            psn_no.clone_into(&mut last);
            kept.push_str(&line);
            kept.push('\n');
        }
        billing.add_ledger(&kept).with_context(|| format!("{} 读不懂", path.display()))?;
        ledger.write(kept.as_bytes())
    }
}

/// The ledger being written, shared by workers.
pub struct Ledger {
    writer: Mutex<zstd::Encoder<'static, File>>,
}

impl Ledger {
    /// Begins the ledger of a run.
    pub fn create(out: &Path) -> Result<Self> {
        std::fs::create_dir_all(out.join("state"))?;
        Ok(Self { writer: Mutex::new(zstd::Encoder::new(File::create(out.join(LEDGER))?, 1)?) })
    }

    /// Adds the lines of whole persons.
    pub fn write(&self, lines: &[u8]) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(writer.write_all(lines)?)
    }

    /// Closes the ledger and writes the state beside it.
    pub fn finish(self, out: &Path, state: &RunState) -> Result<()> {
        self.writer.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
        Ok(std::fs::write(out.join(STATE), serde_json::to_vec_pretty(state)?)?)
    }
}
