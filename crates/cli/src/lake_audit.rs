//! The audit of a lake as a plan: a bucket is judged wherever the plan puts it.

use crate::billing::Billing;
use crate::data::Data;
use crate::earlier::Ledger;
use crate::persons::{Outcome, finding_row};
use crate::progress::Bar;
use anyhow::Result;
use audit::{Auditor, Library, Registers, Selection};
use lake::{FindingRow, FindingWriter, LakeError, Prepared, SliceIntake};
use model::{Finding, PersonCase};
use query::{BucketAudit, BucketFindings, QueryError, run_audit};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Judges the buckets of a lake with one library.
pub struct LakeAudit {
    pub library: Arc<Library>,
    pub selection: Selection,
    pub prepared: Prepared,
    intakes: Mutex<Vec<SliceIntake>>,
}

/// Findings gathered before they are put away as a sorted run.
const RUN_ROWS: usize = 50_000;

impl LakeAudit {
    pub fn new(data: &Data, selection: Selection, prepared: Prepared) -> Self {
        Self { library: Arc::clone(&data.library), selection, prepared, intakes: Mutex::default() }
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
        let mut findings: Vec<Finding> = Vec::new();
        let mut sink = |case: &mut PersonCase| {
            billing.add(case);
            auditor.audit(case, &mut findings);
        };
        let intake = self.prepared.read_slice(bucket, &*self.library, &mut sink)?;
        self.intakes.lock().unwrap_or_else(PoisonError::into_inner).push(intake);
        let billed = String::from_utf8_lossy(&billing.take_ledger()).into_owned();
        let findings = findings.into_iter().map(|finding| finding_row(&self.library, finding)).collect();
        Ok(BucketFindings { findings, billed })
    }
}

/// Where the results of a plan go.
pub struct Receiver<'a> {
    pub writer: &'a FindingWriter,
    pub ledger: Option<&'a Ledger>,
    pub bar: &'a Bar,
}

impl Receiver<'_> {
    /// Runs a plan to its end and takes what it brings.
    pub fn take(
        &self,
        run: impl FnOnce(&mut dyn FnMut(BucketFindings) -> Result<(), QueryError>) -> Result<(), QueryError>,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut rows: Vec<FindingRow> = Vec::new();
        run(&mut |found| {
            outcome.findings += found.findings.len() as u64;
            rows.extend(found.findings);
            if rows.len() >= RUN_ROWS {
                self.writer.add_run(std::mem::take(&mut rows))?;
            }
            let failed = |error: anyhow::Error| QueryError::Failed(format!("{error:#}"));
            let lines = outcome.billing.add_ledger(&found.billed).map_err(failed)?;
            self.bar.advance_by(lines);
            self.ledger.map_or(Ok(()), |ledger| ledger.write(found.billed.as_bytes())).map_err(failed)
        })?;
        self.writer.add_run(rows)?;
        Ok(outcome)
    }
}

/// Judges a lake by the plan, on this machine.
pub fn audit_lake(audit: LakeAudit, threads: usize, receiver: &Receiver<'_>) -> Result<(Prepared, Outcome)> {
    receiver.bar.start("审核", audit.prepared.line_count());
    let audit = Arc::new(audit);
    let work: Arc<dyn BucketAudit> = Arc::clone(&audit) as Arc<dyn BucketAudit>;
    let mut outcome = receiver.take(|each| run_audit(work, threads, each))?;
    let audit = Arc::try_unwrap(audit).map_err(|_| anyhow::anyhow!("内部错误：审核计划没有结束"))?;
    outcome.intakes = audit.intakes.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((audit.prepared, outcome))
}
