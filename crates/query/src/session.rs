//! A session over a lake: its tables under the names of the claims folder, and statements that ask.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::datasource::MemTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::StreamExt;
use lake::Lake;
use tokio::runtime::{Builder, Runtime};

use crate::answer::{plain, plain_batch};
use crate::steps::steps;
use crate::table::LakeTable;
use crate::{Answer, QueryError};

/// The tables of a session. Those of a month have a column `month` (`2025-07`) beside their own; diagnoses
/// and procedures have `psn_no` too.
pub const TABLES: [&str; 8] =
    ["persons", "institutions", "staff", "stock", "visits", "diagnoses", "procedures", "charge_lines"];

/// How a session works.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Partitions worked on at once.
    pub threads: usize,
    /// Memory that sorting and grouping may take before they go to disk, in bytes.
    pub memory_bytes: usize,
}

impl Default for SessionOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, memory_bytes: 1 << 30 }
    }
}

/// A session over a lake.
pub struct LakeSession {
    lake: Option<Lake>,
    context: SessionContext,
    runtime: Runtime,
}

/// Tables that vanish with their statement.
struct Made<'a> {
    session: &'a LakeSession,
    names: Vec<String>,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = self.session.context.deregister_table(name.as_str());
        }
    }
}

impl LakeSession {
    /// Opens the lake, checks that its files are there, and names its tables.
    pub fn open(root: &Path, options: &SessionOptions) -> Result<Self, QueryError> {
        Self::over(Lake::open(root)?, options)
    }

    /// A session over an opened lake.
    pub fn over(lake: Lake, options: &SessionOptions) -> Result<Self, QueryError> {
        let mut session = Self::in_memory(options)?;
        #[cfg(feature = "s3")]
        if let Some(store) = lake.object_store() {
            let (address, _) = crate::table::place(&lake)?;
            session.context.register_object_store(address.as_ref(), store);
        }
        for name in TABLES {
            let table = Arc::new(LakeTable::of(&lake, name)?);
            session.context.register_table(name, table).map_err(|e| QueryError::Bug(format!("session: {e}")))?;
        }
        session.lake = Some(lake);
        Ok(session)
    }

    /// A session without a lake: it knows only the tables that are registered.
    pub fn in_memory(options: &SessionOptions) -> Result<Self, QueryError> {
        let bug = |e: &dyn std::fmt::Display| QueryError::Bug(format!("session: {e}"));
        let runtime = Builder::new_multi_thread()
            .worker_threads(options.threads.max(1))
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .map_err(|e| bug(&e))?;
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(options.memory_bytes)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::OsTmpDirectory))
            .build_arc()
            .map_err(|e| bug(&e))?;
        let config = SessionConfig::new().with_target_partitions(options.threads.max(1)).with_information_schema(true);
        let state =
            SessionStateBuilder::new_with_default_features().with_config(config).with_runtime_env(environment).build();
        let context = SessionContext::new_with_state(state);
        Ok(Self { lake: None, context, runtime })
    }

    /// The lake; `None` for a session in memory.
    #[must_use]
    pub fn lake(&self) -> Option<&Lake> {
        self.lake.as_ref()
    }

    /// Adds a table of the caller's own, for parameters and intermediate results.
    pub fn register(&self, name: &str, schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<(), QueryError> {
        let table = MemTable::try_new(schema, vec![batches]).map_err(|e| QueryError::Bug(format!("{name}: {e}")))?;
        let _ = self.context.deregister_table(name);
        self.context.register_table(name, Arc::new(table)).map_err(|e| QueryError::Bug(format!("{name}: {e}")))?;
        Ok(())
    }

    /// Answers a statement. The whole answer is held in memory: group or limit what may be long, or use
    /// [`Self::stream`].
    pub fn sql(&self, statement: &str) -> Result<Answer, QueryError> {
        let mut batches = Vec::new();
        let schema = self.stream(statement, &mut |batch| {
            batches.push(batch);
            Ok(true)
        })?;
        Answer::new(&schema, &batches)
    }

    /// Answers a statement; what its `WITH` names more than once is computed once, in memory.
    pub fn sql_in_steps(&self, statement: &str) -> Result<Answer, QueryError> {
        let steps = steps(statement, |name| self.context.table_exist(name).unwrap_or(true));
        let mut made = Made { session: self, names: Vec::new() };
        for (name, statement) in &steps.tables {
            let answer = self.sql(statement)?;
            self.register(name, answer.schema().clone(), answer.batches().to_vec())?;
            made.names.push(name.clone());
        }
        self.sql(&steps.last)
    }

    /// Shows the answer batch by batch, until `each` returns false; returns its columns.
    pub fn stream(
        &self,
        statement: &str,
        each: &mut dyn FnMut(RecordBatch) -> Result<bool, QueryError>,
    ) -> Result<SchemaRef, QueryError> {
        self.runtime.block_on(async {
            let frame = self.frame(statement).await?;
            let schema = plain(frame.schema().as_arrow());
            let mut stream = frame.execute_stream().await.map_err(|e| QueryError::sort(&e))?;
            while let Some(batch) = stream.next().await {
                let batch = batch.map_err(|e| QueryError::sort(&e))?;
                if !each(plain_batch(&schema, &batch)?)? {
                    break;
                }
            }
            Ok(schema)
        })
    }

    async fn frame(&self, statement: &str) -> Result<DataFrame, QueryError> {
        let only_questions = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        self.context.sql_with_options(statement, only_questions).await.map_err(|e| QueryError::sort(&e))
    }
}
