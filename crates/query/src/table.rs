//! A table of the lake: which files a scan reads.
//!
//! The manifest says what there is; folders are never listed. A bucket's files stay in one partition, and
//! months that a condition on `month` excludes are not opened.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use lake::{FileEntry, Lake};

use crate::QueryError;

/// The column that says under which month a visit is filed.
const MONTH: &str = "month";

/// A table of the lake.
#[derive(Debug)]
pub(crate) struct LakeTable {
    schema: TableSchema,
    store: ObjectStoreUrl,
    files: Vec<(FileEntry, String)>,
}

impl LakeTable {
    pub(crate) fn of(lake: &Lake, name: &str) -> Result<Self, QueryError> {
        let unknown = || QueryError::Bug(format!("no table {name}"));
        let columns = lake::lake_schema(name).ok_or_else(unknown)?;
        let by_month = !matches!(name, "persons" | "institutions" | "staff" | "stock");
        let month = Arc::new(Field::new(MONTH, DataType::Utf8, false));
        let partitions = if by_month { vec![month] } else { Vec::new() };
        let schema = TableSchema::builder(viewed(&columns)).with_table_partition_cols(partitions).build();
        let (store, prefix) = place(lake)?;
        let files = lake.files_of(name).map(|file| (file.clone(), format!("{prefix}{}", file.path))).collect();
        Ok(Self { schema, store, files })
    }

    /// The files whose month the conditions allow.
    fn chosen(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<&(FileEntry, String)>> {
        let by_month = |filter: &&Expr| {
            let columns = filter.column_refs();
            !columns.is_empty() && columns.iter().all(|column| column.name == MONTH)
        };
        let Some(filter) = conjunction(filters.iter().filter(by_month).cloned()) else {
            return Ok(self.files.iter().collect());
        };
        let months: StringArray = self.files.iter().map(|(file, _)| file.month.map(|m| m.to_string())).collect();
        let schema = Arc::new(Schema::new(vec![Field::new(MONTH, DataType::Utf8, true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(months)])?;
        let filter = state.create_physical_expr(unqualified(filter)?, &DFSchema::try_from(schema)?)?;
        let kept: ArrayRef = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
        let kept = cast(&kept, &DataType::Boolean)?;
        let kept = kept.as_boolean().iter().map(|kept| kept == Some(true));
        Ok(self.files.iter().zip(kept).filter(|(_, kept)| *kept).map(|(file, _)| file).collect())
    }

    /// Files in at most `groups` groups, a bucket in one.
    fn grouped(&self, files: &[&(FileEntry, String)], groups: usize) -> Vec<FileGroup> {
        let mut grouped: Vec<Vec<PartitionedFile>> = vec![Vec::new(); groups.max(1)];
        for (file, location) in files {
            let bucket = usize::from(file.bucket.unwrap_or_default());
            let mut part = PartitionedFile::new(location.clone(), file.bytes);
            if let Some(month) = file.month {
                part = part.with_partition_values(vec![ScalarValue::Utf8(Some(month.to_string()))]);
            }
            if let Some(group) = grouped.get_mut(bucket % groups.max(1)) {
                group.push(part);
            }
        }
        grouped.into_iter().filter(|group| !group.is_empty()).map(FileGroup::new).collect()
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.chosen(state, filters)?;
        if files.is_empty() {
            let schema = self.schema();
            let schema = projection.map_or(Ok(Arc::clone(&schema)), |places| schema.project(places).map(Arc::new))?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let rows: u64 = files.iter().map(|(file, _)| file.rows).sum();
        let mut source = ParquetSource::new(self.schema.clone());
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = DFSchema::try_from(self.schema())?;
            source = source.with_predicate(state.create_physical_expr(unqualified(filter)?, &schema)?);
        }
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
        let groups = self.grouped(&files, state.config().target_partitions());
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Names without the table before them, as a file's columns are called.
fn unqualified(filter: Expr) -> Result<Expr> {
    use datafusion::common::Column;
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let plain = filter.transform(|expr| match expr {
        Expr::Column(column) if column.relation.is_some() => {
            Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name))))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(plain.data)
}

/// Texts as views: grouping by them copies nothing.
fn viewed(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The store that holds the lake, and what comes there before the path of a file. The local disk is a store, too.
pub(crate) fn place(lake: &Lake) -> Result<(ObjectStoreUrl, String), QueryError> {
    let root = lake.absolute()?.to_string_lossy().into_owned();
    let (store, prefix) = match root.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
        Some((bucket, prefix)) => (ObjectStoreUrl::parse(format!("s3://{bucket}"))?, prefix),
        None => (ObjectStoreUrl::local_filesystem(), root.as_str()),
    };
    let prefix = prefix.trim_matches('/');
    Ok((store, if prefix.is_empty() { String::new() } else { format!("{prefix}/") }))
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        Self::sort(&error)
    }
}
