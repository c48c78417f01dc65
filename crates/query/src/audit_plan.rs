//! The batch audit as a plan: one operator, [`AuditExec`], whose partitions are buckets.
//!
//! A person's rows lie in one bucket, sorted, so nothing has to be repartitioned or sorted before persons
//! can be judged: the operator is a leaf that streams its buckets, and a plan over the lake needs no
//! exchange. (A claims folder is not in buckets; there `lake` routes rows by person before the walk.) The
//! judging itself is handed in as a [`BucketAudit`], so the same plan runs here and on executors elsewhere.
//!
//! A row of the output is a finding, or a piece of the ledger: what persons were billed, in `billed`.

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
pub trait BucketAudit: fmt::Debug + Send + Sync {
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
    if !found.billed.is_empty() {
        let findings = finding_schema();
        let mut columns: Vec<ArrayRef> =
            findings.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
        columns.push(Arc::new(StringArray::from(vec![found.billed])));
        batches.push(RecordBatch::try_new(audit_schema(), columns)?);
    }
    Ok(batches)
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
