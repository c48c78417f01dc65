//! The batch audit as a plan: one operator, [`AuditExec`], over a list of buckets.
//!
//! A person's rows lie in one bucket, sorted, so nothing has to be repartitioned or sorted before persons
//! can be judged: the operator's input is no table of the lake but the numbers of the buckets, and judging one
//! streams its files. (A claims folder is not in buckets; there `lake` routes rows by person before the walk.)
//! The judging itself is handed in as a [`BucketAudit`], so the same plan runs here and on executors elsewhere.
//!
//! The numbers are an input rather than the operator's own because a cluster hands out a plan by cutting the
//! partitions of its leaves, and knows how to cut only its own kinds of leaf: a leaf that it does not know would be
//! run whole by every task.
//!
//! A row of the output is a finding; or a piece of the ledger, what persons were billed, in `billed`; or what a
//! bucket adds to the sums over everybody, in `sums`.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use datafusion::catalog::memory::MemorySourceConfig;
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

    /// Judges a bucket.
    fn audit(&self, bucket: usize) -> Result<BucketFindings, lake::LakeError>;
}

/// What judging a bucket brought.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct BucketFindings {
    /// The findings.
    pub findings: Vec<FindingRow>,
    /// The ledger: what each visit was billed, whole lines.
    pub billed: String,
    /// What buckets add to sums over everybody, one text each, in the words of whoever judges.
    pub sums: Vec<String>,
}

/// Rows of an output batch.
const BATCH_ROWS: usize = 4 * 1024;
/// Bytes of the ledger in one row, about.
const PIECE_BYTES: usize = 256 << 10;
/// The columns beside those of a finding.
const BILLED: &str = "billed";
const SUMS: &str = "sums";
/// The column of the input.
const BUCKET: &str = "bucket";

/// The columns of the operator: those of a finding, then `billed` and `sums`. Of the three kinds of row each fills its
/// own and leaves the others null.
#[must_use]
pub fn audit_schema() -> SchemaRef {
    let findings = finding_schema();
    let nullable = findings.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let beside = [BILLED, SUMS].map(|name| Field::new(name, DataType::Utf8, true));
    let fields: Vec<Field> = nullable.chain(beside).collect();
    Arc::new(Schema::new(fields))
}

/// The numbers of all buckets, in at most so many partitions.
fn bucket_list(buckets: usize, partitions: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = Arc::new(Schema::new(vec![Field::new(BUCKET, DataType::UInt32, false)]));
    let buckets = u32::try_from(buckets).map_err(|e| DataFusionError::External(Box::new(e)))?;
    let count = u32::try_from(partitions).unwrap_or(u32::MAX).clamp(1, buckets.max(1));
    let share = |first: u32| {
        let numbers = UInt32Array::from_iter_values((first..buckets).step_by(count as usize));
        Ok(vec![RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers)])?])
    };
    let shares: Vec<Vec<RecordBatch>> = (0..count).map(share).collect::<Result<_>>()?;
    Ok(MemorySourceConfig::try_new_exec(&shares, schema, None)?)
}

/// The operator.
#[derive(Debug)]
pub struct AuditExec {
    work: Arc<dyn BucketAudit>,
    /// Brings the numbers of the buckets.
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl AuditExec {
    /// The operator over the buckets that the input names, in the partitions of the input.
    #[must_use]
    pub fn new(work: Arc<dyn BucketAudit>, input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(audit_schema()),
            Partitioning::UnknownPartitioning(input.properties().output_partitioning().partition_count()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { work, input, properties: Arc::new(properties) }
    }

    /// The operator over all buckets, in at most so many partitions.
    pub fn over_all(work: Arc<dyn BucketAudit>, partitions: usize) -> Result<Self> {
        let input = bucket_list(work.buckets(), partitions)?;
        Ok(Self::new(work, input))
    }

    /// What judges.
    #[must_use]
    pub fn work(&self) -> &Arc<dyn BucketAudit> {
        &self.work
    }
}

impl DisplayAs for AuditExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditExec: buckets={}", self.work.buckets())
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
        vec![&self.input]
    }

    /// A number more or less a partition is nothing to repartition for.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self::new(Arc::clone(&self.work), input))),
            _ => Err(DataFusionError::Internal("AuditExec has one input".into())),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut numbers = self.input.execute(partition, context)?;
        let work = Arc::clone(&self.work);
        // Two batches on their way: a reader that lags behind holds the judging back.
        let mut stream = RecordBatchReceiverStream::builder(audit_schema(), 2);
        let sender = stream.tx();
        stream.spawn(async move {
            while let Some(batch) = numbers.next().await {
                for bucket in buckets_of(&batch?)? {
                    let work = Arc::clone(&work);
                    let judged = tokio::task::spawn_blocking(move || work.audit(bucket)).await;
                    let judged = judged.map_err(|panic| DataFusionError::External(Box::new(panic)))?;
                    for batch in batches(judged.map_err(external)?)? {
                        if sender.send(Ok(batch)).await.is_err() {
                            // Nobody listens any more: the run was given up.
                            return Ok(());
                        }
                    }
                }
            }
            Ok(())
        });
        Ok(stream.build())
    }
}

fn external(error: lake::LakeError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The buckets that a batch of the input names.
fn buckets_of(batch: &RecordBatch) -> Result<Vec<usize>> {
    let column = batch.column_by_name(BUCKET).and_then(|column| column.as_primitive_opt::<UInt32Type>());
    let column = column.ok_or_else(|| DataFusionError::Internal("AuditExec: no column of buckets".into()))?;
    Ok(column.iter().flatten().map(|bucket| bucket as usize).collect())
}

/// The rows of a bucket as batches of the operator's columns.
fn batches(found: BucketFindings) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    for rows in found.findings.chunks(BATCH_ROWS) {
        let mut batch = FindingBatch::default();
        rows.iter().for_each(|row| batch.put(row));
        let mut columns = batch.take().map_err(external)?.columns().to_vec();
        columns.extend([BILLED, SUMS].map(|_| new_null_array(&DataType::Utf8, rows.len())));
        batches.push(RecordBatch::try_new(audit_schema(), columns)?);
    }
    let billed = pieces(&found.billed).into_iter().map(|piece| (BILLED, piece));
    let sums = found.sums.iter().map(|sums| (SUMS, sums.as_str()));
    for (name, text) in billed.chain(sums) {
        let column = |field: &Arc<Field>| match field.name() == name {
            true => Arc::new(StringArray::from(vec![text])) as ArrayRef,
            false => new_null_array(field.data_type(), 1),
        };
        let columns = audit_schema().fields().iter().map(column).collect();
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

/// What a batch of the operator's columns holds.
pub fn read_batch(batch: &RecordBatch) -> Result<BucketFindings, crate::QueryError> {
    let bug = |e: &dyn fmt::Display| crate::QueryError::Bug(format!("audit batch: {e}"));
    let texts = |name: &str| {
        let column = batch.column_by_name(name).ok_or_else(|| bug(&name))?;
        arrow::compute::cast(column, &DataType::Utf8).map_err(|e| bug(&e))
    };
    let (billed, sums) = (texts(BILLED)?, texts(SUMS)?);
    let null = |column: &ArrayRef| arrow::compute::is_null(column).map_err(|e| bug(&e));
    let is_finding = arrow::compute::and(&null(&billed)?, &null(&sums)?).map_err(|e| bug(&e))?;
    let findings = arrow::compute::filter_record_batch(batch, &is_finding).map_err(|e| bug(&e))?;
    Ok(BucketFindings {
        findings: finding_rows(&findings)?,
        billed: billed.as_string::<i32>().iter().flatten().collect(),
        sums: sums.as_string::<i32>().iter().flatten().map(str::to_owned).collect(),
    })
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
    runtime.block_on(async {
        let plan: Arc<dyn ExecutionPlan> = Arc::new(AuditExec::over_all(work, threads)?);
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
            Ok(BucketFindings {
                findings: vec![finding(bucket)],
                billed: format!("P{bucket}\tH\t1\t2\t3\n"),
                sums: vec![format!("{bucket}")],
            })
        }
    }

    fn run(buckets: usize, threads: usize) -> Result<BucketFindings, crate::QueryError> {
        let mut all = BucketFindings::default();
        run_audit(Arc::new(Numbers(buckets)), threads, &mut |found| {
            all.findings.extend(found.findings);
            all.billed.push_str(&found.billed);
            all.sums.extend(found.sums);
            Ok(())
        })?;
        all.findings.sort();
        all.sums.sort();
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
            assert_eq!(found.sums, ["0", "1", "2", "3", "4", "5"]);
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
