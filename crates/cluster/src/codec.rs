//! How the operator travels: as the table that stands for the audit in a logical plan, as the operator over a list
//! of buckets in a physical one. Everything else is left to Ballista's own codecs. The operator calls no function of
//! ours, so none is registered.

use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, TableReference};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use query::{AuditExec, BucketAudit, audit_schema};

use crate::request::{Ordered, Request, Workshop};

/// Before the text of a request, so that Ballista's own messages are told apart.
const MARK: &[u8] = b"yibao-audit-1\n";

/// The audit as a table: its rows are findings and pieces of the ledger.
#[derive(Debug)]
pub(crate) struct AuditTable(pub(crate) Arc<Ordered>);

#[async_trait]
impl TableProvider for AuditTable {
    fn schema(&self) -> SchemaRef {
        audit_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let whole = projection.is_none_or(|places| places.iter().copied().eq(0..audit_schema().fields().len()));
        if !whole {
            return Err(DataFusionError::Plan("the audit is read whole".into()));
        }
        let work = Arc::clone(&self.0) as Arc<dyn BucketAudit>;
        Ok(Arc::new(AuditExec::over_all(work, self.0.request.buckets)?))
    }
}

/// Both codecs, with the workshop that opens what arrives.
#[derive(Clone)]
pub(crate) struct Codec {
    workshop: Workshop,
    logical: Arc<BallistaLogicalExtensionCodec>,
    physical: Arc<BallistaPhysicalExtensionCodec>,
}

impl std::fmt::Debug for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("yibao codec")
    }
}

impl Codec {
    pub(crate) fn new(workshop: Workshop) -> Self {
        Self { workshop, logical: Arc::default(), physical: Arc::default() }
    }

    fn read(&self, bytes: &[u8]) -> Option<Result<Arc<Ordered>>> {
        let text = bytes.strip_prefix(MARK)?;
        let read = serde_json::from_slice::<Request>(text).map_err(|e| DataFusionError::External(Box::new(e)));
        Some(read.map(|request| Arc::new(Ordered::new(request, Arc::clone(&self.workshop)))))
    }
}

fn write(request: &Request, into: &mut Vec<u8>) -> Result<()> {
    into.extend_from_slice(MARK);
    serde_json::to_writer(into, request).map_err(|e| DataFusionError::External(Box::new(e)))
}

impl LogicalExtensionCodec for Codec {
    fn try_decode(&self, buf: &[u8], inputs: &[LogicalPlan], ctx: &TaskContext) -> Result<Extension> {
        self.logical.try_decode(buf, inputs, ctx)
    }

    fn try_encode(&self, node: &Extension, buf: &mut Vec<u8>) -> Result<()> {
        self.logical.try_encode(node, buf)
    }

    fn try_decode_table_provider(
        &self,
        buf: &[u8],
        name: &TableReference,
        schema: SchemaRef,
        ctx: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        match self.read(buf) {
            Some(ordered) => Ok(Arc::new(AuditTable(ordered?))),
            None => self.logical.try_decode_table_provider(buf, name, schema, ctx),
        }
    }

    fn try_encode_table_provider(
        &self,
        name: &TableReference,
        node: Arc<dyn TableProvider>,
        buf: &mut Vec<u8>,
    ) -> Result<()> {
        match node.downcast_ref::<AuditTable>() {
            Some(table) => write(&table.0.request, buf),
            None => self.logical.try_encode_table_provider(name, node, buf),
        }
    }
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match self.read(buf) {
            Some(ordered) => match inputs {
                [input] => Ok(Arc::new(AuditExec::new(ordered?, Arc::clone(input)))),
                _ => Err(DataFusionError::Internal("the audit has one input".into())),
            },
            None => self.physical.try_decode(buf, inputs, ctx, converter),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let work = node.downcast_ref::<AuditExec>().map(|audit| audit.work().as_ref() as &dyn std::any::Any);
        match work.and_then(|work| work.downcast_ref::<Ordered>()) {
            Some(ordered) => write(&ordered.request, buf),
            None => self.physical.try_encode(node, buf, converter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::nobody;
    use datafusion::physical_plan::collect;
    use datafusion::prelude::SessionContext;
    use datafusion_proto::bytes::{
        logical_plan_from_bytes_with_extension_codec, logical_plan_to_bytes_with_extension_codec,
        physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
    };
    use lake::LakeError;
    use query::{BucketFindings, read_batch};

    /// Answers with its order and the bucket.
    #[derive(Debug)]
    struct Echo(String);

    impl BucketAudit for Echo {
        fn buckets(&self) -> usize {
            3
        }

        fn audit(&self, bucket: usize) -> Result<BucketFindings, LakeError> {
            Ok(BucketFindings { sums: vec![format!("{} {bucket}", self.0)], ..BucketFindings::default() })
        }
    }

    #[test]
    fn a_plan_is_carried_to_whoever_judges() {
        let request = Request { buckets: 3, order: "审核".into() };
        let submitter = Codec::new(nobody());
        let executor = Codec::new(Arc::new(|order| Ok(Arc::new(Echo(order.to_owned())))));
        let context = SessionContext::new();
        let table = AuditTable(Arc::new(Ordered::new(request, nobody())));
        let plan = context.read_table(Arc::new(table)).unwrap().into_unoptimized_plan();
        let sent = logical_plan_to_bytes_with_extension_codec(&plan, &submitter).unwrap();
        let plan = logical_plan_from_bytes_with_extension_codec(&sent, &context.task_ctx(), &submitter).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let plan = runtime.block_on(context.state().create_physical_plan(&plan)).unwrap();
        let sent = physical_plan_to_bytes_with_extension_codec(plan, &submitter).unwrap();
        let plan = physical_plan_from_bytes_with_extension_codec(&sent, &context.task_ctx(), &executor).unwrap();
        let batches = runtime.block_on(collect(plan, context.task_ctx())).unwrap();
        let mut sums: Vec<String> = batches.iter().flat_map(|batch| read_batch(batch).unwrap().sums).collect();
        sums.sort();
        assert_eq!(sums, ["审核 0", "审核 1", "审核 2"]);
    }
}
