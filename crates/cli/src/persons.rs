//! The walk over the persons of a folder or lake: workers take slices, each with its own auditor.
//!
//! What a worker finds leaves as a sorted run, so memory does not grow with the input.

use crate::billing::Billing;
use crate::earlier::Ledger;
use crate::progress::Bar;
use anyhow::Result;
use audit::{Auditor, Library, Registers, Selection, StockFlow};
use lake::{FindingRow, FindingWriter, Prepared, SliceIntake};
use model::{Finding, PersonCase};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all workers share.
pub struct Audit<'a> {
    pub library: &'a Library,
    pub selection: &'a Selection,
    pub prepared: &'a Prepared,
    pub writer: &'a FindingWriter,
    /// Where each person's sums are written down, when they are to be remembered.
    pub ledger: Option<&'a Ledger>,
    pub bar: &'a Bar,
}

/// What the workers bring back.
#[derive(Default)]
pub struct Outcome {
    pub intakes: Vec<SliceIntake>,
    pub billing: Billing,
    pub findings: u64,
}

/// Audits every slice, on some threads.
pub fn audit_slices(audit: &Audit<'_>, threads: usize) -> Result<Outcome> {
    let prepared = audit.prepared;
    audit.bar.start("审核", prepared.line_count());
    let registers = Registers::new(prepared.institutions(), prepared.staff());
    let next = AtomicUsize::new(0);
    let flow = Mutex::new(StockFlow::new(prepared.stock()));
    let collected = Mutex::new(Outcome::default());
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(prepared.slices()).max(1) {
            scope.spawn(|| {
                let mut auditor = Auditor::new(audit.library, audit.selection, &registers);
                let mut local = Outcome::default();
                let mut sold = StockFlow::new(prepared.stock());
                if audit.ledger.is_some() {
                    local.billing = Billing::with_ledger();
                }
                loop {
                    let slice = next.fetch_add(1, Ordering::Relaxed);
                    if slice >= prepared.slices() {
                        break;
                    }
                    if let Err(error) = audit.slice(slice, (&mut auditor, &mut sold), &mut local) {
                        // One failed slice ends the run: a partial audit must not look whole.
                        next.store(usize::MAX / 2, Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(error);
                        }
                        return;
                    }
                }
                if let Ok(mut flow) = flow.lock() {
                    flow.merge(&sold);
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
    let broken = || anyhow::anyhow!("审核线程异常退出");
    let mut outcome = collected.into_inner().map_err(|_| broken())?;
    let flows = flow.into_inner().map_err(|_| broken())?.findings(audit.library, audit.selection);
    if !flows.is_empty() {
        outcome.findings += flows.len() as u64;
        audit.writer.add_run(flows.into_iter().map(|finding| finding_row(audit.library, finding)).collect())?;
    }
    Ok(outcome)
}

impl Audit<'_> {
    fn slice(
        &self,
        slice: usize,
        (auditor, sold): (&mut Auditor<'_>, &mut StockFlow<'_>),
        outcome: &mut Outcome,
    ) -> Result<()> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut seen = 0;
        let mut sink = |case: &mut PersonCase| {
            outcome.billing.add(case);
            auditor.audit(case, &mut findings);
            sold.add(case);
            seen += case.lines.len() as u64;
            if seen >= 20_000 {
                self.bar.advance_by(seen);
                seen = 0;
            }
        };
        let intake = self.prepared.read_slice(slice, self.library, &mut sink)?;
        self.bar.advance_by(seen);
        outcome.findings += findings.len() as u64;
        outcome.intakes.push(intake);
        if let Some(ledger) = self.ledger {
            ledger.write(&outcome.billing.take_ledger())?;
        }
        if !findings.is_empty() {
            self.writer.add_run(findings.into_iter().map(|finding| finding_row(self.library, finding)).collect())?;
        }
        Ok(())
    }
}

/// The finding as a row of the findings file.
pub fn finding_row(library: &Library, finding: Finding) -> FindingRow {
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
