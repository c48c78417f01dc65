//! The audit of a lake as a plan: a bucket is judged wherever the plan puts it.
//!
//! Whatever a bucket has to say leaves it as rows of the plan: findings, ledger, and what it adds to the sums over
//! everybody ([`Sums`]). Nothing is handed over beside the plan, so a bucket may be judged on another machine.

use crate::billing::Billing;
use crate::data::Data;
use crate::earlier::Ledger;
use crate::persons::{Outcome, finding_row};
use crate::progress::Bar;
use anyhow::{Result, bail};
use audit::{Auditor, Library, Registers, Selection, StockFlow};
use lake::{FindingRow, FindingWriter, LakeError, Prepared, SliceIntake};
use model::{Fen, Finding, PersonCase, Quantity};
use query::{BucketAudit, BucketFindings, QueryError, run_audit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Judges the buckets of a lake with one library.
pub struct LakeAudit {
    pub library: Arc<Library>,
    pub selection: Selection,
    pub prepared: Prepared,
}

/// What a bucket adds to the sums over everybody.
#[derive(Serialize, Deserialize)]
struct Sums {
    bucket: usize,
    intake: SliceIntake,
    /// What was charged of each row of the stock table, by its number.
    stock: Vec<(usize, Quantity, Fen)>,
}

/// Findings gathered before they are put away as a sorted run.
const RUN_ROWS: usize = 50_000;

impl LakeAudit {
    pub fn new(data: &Data, selection: Selection, prepared: Prepared) -> Self {
        Self { library: Arc::clone(&data.library), selection, prepared }
    }
}

impl fmt::Debug for LakeAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LakeAudit").field("buckets", &self.prepared.slices()).finish_non_exhaustive()
    }
}

impl BucketAudit for LakeAudit {
    fn buckets(&self) -> usize {
        self.prepared.slices()
    }

    fn audit(&self, bucket: usize) -> Result<BucketFindings, LakeError> {
        let registers = Registers::new(self.prepared.institutions(), self.prepared.staff());
        let mut auditor = Auditor::new(&self.library, &self.selection, &registers);
        let mut billing = Billing::with_ledger();
        let mut sold = StockFlow::new(self.prepared.stock());
        let mut findings: Vec<Finding> = Vec::new();
        let mut sink = |case: &mut PersonCase| {
            billing.add(case);
            auditor.audit(case, &mut findings);
            sold.add(case);
        };
        let intake = self.prepared.read_slice(bucket, &*self.library, &mut sink)?;
        let sums = Sums { bucket, intake, stock: sold.charged() };
        let sums = serde_json::to_string(&sums).map_err(|e| LakeError::Bug(format!("sums: {e}")))?;
        let billed = String::from_utf8_lossy(&billing.take_ledger()).into_owned();
        let findings = findings.into_iter().map(|finding| finding_row(&self.library, finding)).collect();
        Ok(BucketFindings { findings, billed, sums: vec![sums] })
    }
}

/// Where the results of a plan go.
pub struct Receiver<'a> {
    pub writer: &'a FindingWriter,
    pub ledger: Option<&'a Ledger>,
    pub bar: &'a Bar,
}

/// Takes the rows of a plan, one batch at a time.
pub type Each<'e> = dyn FnMut(BucketFindings) -> Result<(), QueryError> + 'e;

impl Receiver<'_> {
    /// Runs a plan to its end, takes what it brings, and asks the rules about what everybody together was charged.
    pub fn take(
        &self,
        (library, selection, prepared): (&Library, &Selection, &Prepared),
        run: impl FnOnce(&mut Each<'_>) -> Result<()>,
    ) -> Result<Outcome> {
        self.bar.start("审核", prepared.line_count());
        let mut outcome = Outcome::default();
        let mut rows: Vec<FindingRow> = Vec::new();
        let mut flow = StockFlow::new(prepared.stock());
        let mut missing: BTreeSet<usize> = (0..prepared.slices()).collect();
        run(&mut |found| {
            outcome.findings += found.findings.len() as u64;
            rows.extend(found.findings);
            if rows.len() >= RUN_ROWS {
                self.writer.add_run(std::mem::take(&mut rows))?;
            }
            let failed = |error: anyhow::Error| QueryError::Failed(format!("{error:#}"));
            for sums in &found.sums {
                let sums: Sums = serde_json::from_str(sums).map_err(|e| failed(e.into()))?;
                if !missing.remove(&sums.bucket) || !flow.add_charged(&sums.stock) {
                    return Err(QueryError::Bug(format!("bucket {} came twice, or of another lake", sums.bucket)));
                }
                outcome.intakes.push(sums.intake);
            }
            let lines = outcome.billing.add_ledger(&found.billed).map_err(failed)?;
            self.bar.advance_by(lines);
            self.ledger.map_or(Ok(()), |ledger| ledger.write(found.billed.as_bytes())).map_err(failed)
        })?;
        // A bucket that never came would look like one without findings.
        if let Some(bucket) = missing.first() {
            bail!("内部错误（请报告给开发者）：桶 {bucket} 没有结果；未输出任何结果");
        }
        let flows = flow.findings(library, selection);
        outcome.findings += flows.len() as u64;
        rows.extend(flows.into_iter().map(|finding| finding_row(library, finding)));
        self.writer.add_run(rows)?;
        Ok(outcome)
    }
}

/// Judges a lake by the plan, on this machine.
pub fn audit_lake(audit: LakeAudit, threads: usize, receiver: &Receiver<'_>) -> Result<(Prepared, Outcome)> {
    let audit = Arc::new(audit);
    let work: Arc<dyn BucketAudit> = Arc::clone(&audit) as Arc<dyn BucketAudit>;
    let here = (&*audit.library, &audit.selection, &audit.prepared);
    let outcome = receiver.take(here, |each| Ok(run_audit(work, threads, each)?))?;
    let audit = Arc::try_unwrap(audit).map_err(|_| anyhow::anyhow!("内部错误：审核计划没有结束"))?;
    Ok((audit.prepared, outcome))
}
