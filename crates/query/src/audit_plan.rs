//! The batch audit as a plan: one operator, [`AuditExec`], whose partitions are buckets.
//!
//! A person's rows lie in one bucket, sorted, so nothing has to be repartitioned or sorted before persons
//! can be judged: the operator is a leaf that streams its buckets, and a plan over the lake needs no
//! exchange. (A claims folder is not in buckets; there `lake` routes rows by person before the walk.) The
//! judging itself is handed in as a [`BucketAudit`], so the same plan runs here and on executors elsewhere.
//!
//! A row of the output is a finding, or a piece of the ledger: what persons were billed, in `billed`.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
    ReplaceChildrenOptions, execute_stream,
};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use lake::{FindingBatch, FindingRow, finding_rows, finding_schema};

/// Judges the persons of a bucket.
pub trait BucketAudit: fmt::Debug + Any + Send + Sync {
    /// How many buckets there are.
    fn buckets(&self) -> usize;

    /// Judges a bucket; returns its findings and, for each visit, what it was billed, a line each.
    fn audit(&self, bucket: usize) -> Result<BucketFindings, lake::LakeError>;
}

/// What judging a bucket brought.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct BucketFindings {
    /// The findings.
    pub findings: Vec<FindingRow>,
    /// The ledger, whole lines.
    pub billed: String,
}

/// Rows of an output batch.
const BATCH_ROWS: usize = 4 * 1024;
/// Bytes of the ledger in one row, about.
const PIECE_BYTES: usize = 256 << 10;
/// The column of the ledger.
const BILLED: &str = "billed";

/// The columns of the operator: those of a finding, each of which is null in a row of the ledger, and `billed`.
#[must_use]
pub fn audit_schema() -> SchemaRef {
    let findings = finding_schema();
    let nullable = findings.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let fields: Vec<Field> = nullable.chain([Field::new(BILLED, DataType::Utf8, true)]).collect();
    Arc::new(Schema::new(fields))
}

/// The operator.
#[derive(Debug)]
pub struct AuditExec {
    work: Arc<dyn BucketAudit>,
    /// The buckets of each partition.
    partitions: Vec<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl AuditExec {
    /// The operator over all buckets, in at most so many partitions.
    #[must_use]
    pub fn new(work: Arc<dyn BucketAudit>, partitions: usize) -> Self {
        let buckets = work.buckets();
        let count = partitions.clamp(1, buckets.max(1));
        let mut shares = vec![Vec::new(); count];
        for bucket in 0..buckets {
            if let Some(share) = shares.get_mut(bucket % count) {
                share.push(bucket);
            }
        }
        let properties = PlanProperties::new(
            EquivalenceProperties::new(audit_schema()),
            Partitioning::UnknownPartitioning(count),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { work, partitions: shares, properties: Arc::new(properties) }
    }

    /// What judges.
    #[must_use]
    pub fn work(&self) -> &Arc<dyn BucketAudit> {
        &self.work
    }

    /// How many partitions there are.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partitions.len()
    }
}

impl DisplayAs for AuditExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditExec: buckets={}, partitions={}", self.work.buckets(), self.partitions.len())
    }
}

impl ExecutionPlan for AuditExec {
    fn name(&self) -> &'static str {
        "AuditExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let buckets = self.partitions.get(partition).cloned().unwrap_or_default();
        let work = Arc::clone(&self.work);
        // Two batches on their way: a reader that lags behind holds the judging back.
        let mut stream = RecordBatchReceiverStream::builder(audit_schema(), 2);
        let sender = stream.tx();
        stream.spawn_blocking(move || {
            for bucket in buckets {
                let found = work.audit(bucket).map_err(|error| DataFusionError::External(Box::new(error)))?;
                for batch in batches(found)? {
                    if sender.blocking_send(Ok(batch)).is_err() {
                        // Nobody listens any more: the run was given up.
                        return Ok(());
                    }
                }
            }
            Ok(())
        });
        Ok(stream.build())
    }
}

/// The rows of a bucket as batches of the operator's columns.
fn batches(found: BucketFindings) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    let external = |error: lake::LakeError| DataFusionError::External(Box::new(error));
    for rows in found.findings.chunks(BATCH_ROWS) {
        let mut batch = FindingBatch::default();
        rows.iter().for_each(|row| batch.put(row));
        let batch = batch.take().map_err(external)?;
        let mut columns = batch.columns().to_vec();
        columns.push(new_null_array(&DataType::Utf8, rows.len()));
        batches.push(RecordBatch::try_new(audit_schema(), columns)?);
    }
    for piece in pieces(&found.billed) {
        let findings = finding_schema();
        let mut columns: Vec<ArrayRef> =
            findings.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
        columns.push(Arc::new(StringArray::from(vec![piece])));
        batches.push(RecordBatch::try_new(audit_schema(), columns)?);
    }
    Ok(batches)
}

/// The ledger cut between persons into pieces that fit a message of a cluster.
fn pieces(billed: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut end, mut last) = (0, 0, "");
    for line in billed.split_inclusive('\n') {
        let psn_no = line.split('\t').next().unwrap_or_default();
        if end - start >= PIECE_BYTES && psn_no != last {
            pieces.extend(billed.get(start..end));
            start = end;
        }
        end += line.len();
        last = psn_no;
    }
    pieces.extend(billed.get(start..end).filter(|piece| !piece.is_empty()));
    pieces
}

/// The findings and the ledger of a batch of the operator's columns.
pub fn read_batch(batch: &RecordBatch) -> Result<BucketFindings, crate::QueryError> {
    let bug = |e: &dyn fmt::Display| crate::QueryError::Bug(format!("audit batch: {e}"));
    let billed = batch.column_by_name(BILLED).ok_or_else(|| bug(&"no ledger"))?;
    let billed = arrow::compute::cast(billed, &DataType::Utf8).map_err(|e| bug(&e))?;
    let billed = billed.as_string::<i32>();
    let pieces = billed.iter().flatten().collect();
    let is_finding = arrow::compute::is_null(billed).map_err(|e| bug(&e))?;
    let findings = arrow::compute::filter_record_batch(batch, &is_finding).map_err(|e| bug(&e))?;
    Ok(BucketFindings { findings: finding_rows(&findings)?, billed: pieces })
}

/// Runs the plan on this machine and shows what it brings, batch by batch.
pub fn run_audit(
    work: Arc<dyn BucketAudit>,
    threads: usize,
    each: &mut dyn FnMut(BucketFindings) -> Result<(), crate::QueryError>,
) -> Result<(), crate::QueryError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .build()
        .map_err(|e| crate::QueryError::Bug(format!("runtime: {e}")))?;
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(threads.max(1)));
    let plan: Arc<dyn ExecutionPlan> = Arc::new(AuditExec::new(work, threads));
    runtime.block_on(async {
        let mut stream = execute_stream(plan, context.task_ctx())?;
        while let Some(batch) = stream.next().await {
            each(read_batch(&batch?)?)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Day, Fen, Quantity, Severity};

    /// Finds one thing a bucket.
    #[derive(Debug)]
    struct Numbers(usize);

    fn finding(bucket: usize) -> FindingRow {
        let text = |name: &str| format!("{name}{bucket}");
        FindingRow {
            finding_id: text("F"),
            rule_id: text("rule"),
            rule_version: "1".into(),
            official_code: String::new(),
            rule_name: text("规则"),
            severity: Severity::Suspicious,
            psn_no: text("P"),
            mdtrt_id: text("V"),
            fixmedins_code: text("H"),
            orders_dr_code: String::new(),
            occurred_on: Day(20_000),
            feedetl_sn: text("L"),
            related_feedetl_sn: String::new(),
            cnt_over: Quantity(15_000),
            amount_fen: Fen(1_234),
            counted_fen: Fen(-5),
            knowledge_point_id: text("KP"),
            basis: text("依据"),
            evidence: text("因为"),
        }
    }

    impl BucketAudit for Numbers {
        fn buckets(&self) -> usize {
            self.0
        }

        fn audit(&self, bucket: usize) -> Result<BucketFindings, lake::LakeError> {
            if bucket == 7 {
                return Err(lake::LakeError::Refused("第七桶坏了".into()));
            }
            Ok(BucketFindings { findings: vec![finding(bucket)], billed: format!("P{bucket}\tH\t1\t2\t3\n") })
        }
    }

    fn run(buckets: usize, threads: usize) -> Result<BucketFindings, crate::QueryError> {
        let mut all = BucketFindings::default();
        run_audit(Arc::new(Numbers(buckets)), threads, &mut |found| {
            all.findings.extend(found.findings);
            all.billed.push_str(&found.billed);
            Ok(())
        })?;
        all.findings.sort();
        Ok(all)
    }

    #[test]
    fn i8_every_bucket_is_judged_once_whatever_the_partitions() {
        let mut expect: Vec<FindingRow> = (0..6).map(finding).collect();
        expect.sort();
        for threads in [1, 2, 5, 9] {
            let found = run(6, threads).unwrap();
            assert_eq!(found.findings, expect, "{threads} partitions");
            assert_eq!(found.billed.lines().count(), 6);
        }
    }

    #[test]
    fn a_bucket_that_fails_fails_the_run_and_is_named() {
        assert!(run(9, 2).unwrap_err().to_string().contains("第七桶坏了"));
    }

    #[test]
    fn the_ledger_is_cut_between_persons() {
        let person = |name: &str, visits: usize| format!("{name}\tH\t1\t2\t3\n").repeat(visits);
        let billed = person("P1", 30_000) + &person("P2", 5) + &person("P3", 25_000) + &person("P4", 1);
        let cut = pieces(&billed);
        assert_eq!(cut.concat(), billed);
        let first: Vec<&str> = cut.iter().map(|piece| &piece[..2]).collect();
        assert_eq!(first, ["P1", "P2", "P4"]);
        assert!(pieces("").is_empty());
    }
}
