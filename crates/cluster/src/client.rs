//! Submitting an audit and taking what it brings.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista::extension::SessionContextExt;
use ballista_core::config::{BALLISTA_CLIENT_PULL, BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK};
use ballista_core::extension::SessionConfigExt;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use query::{BucketFindings, QueryError, read_batch};

use crate::ClusterError;
use crate::codec::{AuditTable, Codec};
use crate::error::said;
use crate::request::{Ordered, Request, nobody};
use crate::service::{address, runtime};
use crate::spool::{Spool, Spooled};

/// How often a run is submitted: an executor may die between the end of its work and our fetching it.
const ATTEMPTS: usize = 3;
/// How long a run waits for the first executor.
const EXECUTOR_WAIT: Duration = Duration::from_secs(20);

/// A run to be done on a cluster.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// The scheduler, `HOST:PORT`.
    pub scheduler: &'a str,
    /// What is to be done.
    pub request: &'a Request,
    /// A file for what comes in until all of it is there; it holds personal data.
    pub spool: &'a Path,
}

/// Runs an audit on a cluster and, when all of it is there, shows what it brought. An error means that nothing was
/// shown, unless it is one of `each` itself.
pub fn run_on_cluster(
    submission: Submission<'_>,
    each: &mut dyn FnMut(BucketFindings) -> Result<(), QueryError>,
) -> Result<(), ClusterError> {
    let runtime = runtime(2)?;
    let mut reason = String::new();
    for _ in 0..ATTEMPTS {
        wait_for_executor(submission.scheduler)?;
        match runtime.block_on(collect(submission)) {
            Ok(spooled) => return spooled.each(&mut |batch| Ok(each(read_batch(&batch)?)?)),
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::There(report)) => match said(&report) {
                Some(text) => return Err(ClusterError::Said(text)),
                None => reason = report,
            },
        }
    }
    Err(ClusterError::Run { attempts: ATTEMPTS, reason })
}

/// Whose fault it is that a run brought nothing.
enum Failure {
    /// Ours: trying again does not help.
    Here(ClusterError),
    /// The cluster's, in its words.
    There(String),
}

/// Fetches the whole of a run.
async fn collect(submission: Submission<'_>) -> Result<Spooled, Failure> {
    let there = |error: datafusion::error::DataFusionError| Failure::There(error.to_string());
    let mut spool = Spool::create(submission.spool).map_err(Failure::Here)?;
    let codec = Arc::new(Codec::new(nobody()));
    let config = SessionConfig::new_with_ballista()
        // One stage, nothing to adapt.
        .with_ballista_adaptive_query_planner(false)
        // A bucket a task: what is lost with an executor is little.
        .set_str(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, "1")
        // Asking again and again notices a scheduler that died; listening does not.
        .set_bool(BALLISTA_CLIENT_PULL, true)
        .with_target_partitions(submission.request.buckets.max(1))
        .with_ballista_logical_extension_codec(Arc::clone(&codec) as _)
        .with_ballista_physical_extension_codec(codec as _);
    let state = SessionStateBuilder::new().with_default_features().with_config(config).build();
    let url = format!("df://{}", submission.scheduler);
    let context = SessionContext::remote_with_state(&url, state).await.map_err(there)?;
    let table = AuditTable(Arc::new(Ordered::new(submission.request.clone(), nobody())));
    let frame = context.read_table(Arc::new(table)).map_err(there)?;
    let mut stream = frame.execute_stream().await.map_err(there)?;
    while let Some(batch) = stream.next().await {
        spool.put(&batch.map_err(there)?).map_err(Failure::Here)?;
    }
    spool.finish().map_err(Failure::Here)
}

/// A run without executors would be queued for ever: better to say so.
fn wait_for_executor(scheduler: &str) -> Result<(), ClusterError> {
    let since = Instant::now();
    while !has_executor(scheduler)? {
        if since.elapsed() > EXECUTOR_WAIT {
            return Err(ClusterError::NoExecutor(scheduler.to_owned()));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Asks the scheduler whether a living executor has registered.
fn has_executor(scheduler: &str) -> Result<bool, ClusterError> {
    let place = address(scheduler)?;
    let ask = || {
        let mut stream = TcpStream::connect_timeout(&place, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream
            .write_all(format!("GET /readyz HTTP/1.1\r\nHost: {scheduler}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut answer = [0_u8; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(b" 200"))
    };
    ask().map_err(|error: std::io::Error| ClusterError::Scheduler {
        scheduler: scheduler.to_owned(),
        reason: error.to_string(),
    })
}
