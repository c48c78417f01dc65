//! Scheduler and executor, each a process that runs until it is stopped.
//!
//! Executors ask the scheduler for work (pull), so only two ports are open: the scheduler's, and on each executor one
//! from which results are fetched. Neither knows passwords or encryption: they belong in a closed network.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_executor::health::ExecutorHealth;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;

use crate::ClusterError;
use crate::codec::Codec;
use crate::request::{Workshop, nobody};

/// Where an executor listens and whom it serves.
#[derive(Debug, Clone, Copy)]
pub struct ExecutorOptions<'a> {
    /// The scheduler, `HOST:PORT`.
    pub scheduler: &'a str,
    /// Where results are fetched from, `HOST:PORT`, as submitters reach it.
    pub listen: &'a str,
    /// Buckets judged at once.
    pub threads: usize,
    /// A folder for results until they are fetched; they hold personal data.
    pub work: &'a Path,
}

/// After how many seconds of silence an executor counts as lost, by the scheduler's clock. One that is busy is heard
/// from every five seconds.
const LOST_AFTER_SECONDS: u64 = 15;
/// How often the scheduler looks for lost ones, in seconds.
const LOOK_EVERY_SECONDS: u64 = 2;
/// How long an executor waits for its scheduler to come up, in seconds.
const SCHEDULER_WAIT_SECONDS: u16 = 20;

/// Reads `HOST:PORT`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, ClusterError> {
    let wrong = |reason: String| ClusterError::Address { address: text.to_owned(), reason };
    let mut found = text.to_socket_addrs().map_err(|e| wrong(e.to_string()))?;
    found.next().ok_or_else(|| wrong("没有这个主机".into()))
}

pub(crate) fn runtime(threads: usize) -> Result<tokio::runtime::Runtime, ClusterError> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    built.map_err(|e| ClusterError::Service { address: "本机".into(), reason: e.to_string() })
}

/// Runs a scheduler at `HOST:PORT` until it is stopped.
pub fn run_scheduler(listen: &str) -> Result<(), ClusterError> {
    let place = address(listen)?;
    let codec = Arc::new(Codec::new(nobody()));
    let config = SchedulerConfig {
        bind_host: place.ip().to_string(),
        external_host: place.ip().to_string(),
        bind_port: place.port(),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: LOST_AFTER_SECONDS,
        expire_dead_executor_interval_seconds: LOOK_EVERY_SECONDS,
        no_executors_grace_period_seconds: LOST_AFTER_SECONDS,
        override_logical_codec: Some(Arc::clone(&codec) as _),
        override_physical_codec: Some(codec as _),
        ..SchedulerConfig::default()
    };
    let failed = |reason: String| ClusterError::Service { address: listen.to_owned(), reason };
    runtime(2)?.block_on(async {
        let cluster = BallistaCluster::new_from_config(&config).await.map_err(|e| failed(e.to_string()))?;
        start_server(cluster, place, Arc::new(config)).await.map_err(|e| failed(e.to_string()))
    })
}

/// Runs an executor until it is stopped; calls `ready` once the scheduler knows it.
pub fn run_executor(
    options: ExecutorOptions<'_>,
    workshop: Workshop,
    ready: impl FnOnce() + Send + 'static,
) -> Result<(), ClusterError> {
    let (scheduler, listen) = (address(options.scheduler)?, address(options.listen)?);
    let codec = Arc::new(Codec::new(workshop));
    let health = ExecutorHealth::new();
    let config = ExecutorProcessConfig {
        bind_host: listen.ip().to_string(),
        external_host: Some(listen.ip().to_string()),
        port: listen.port(),
        scheduler_host: scheduler.ip().to_string(),
        scheduler_port: scheduler.port(),
        scheduler_connect_timeout_seconds: SCHEDULER_WAIT_SECONDS,
        vcores: options.threads.max(1),
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir: Some(options.work.to_string_lossy().into_owned()),
        override_logical_codec: Some(Arc::clone(&codec) as _),
        override_physical_codec: Some(codec as _),
        health: health.clone(),
        ..ExecutorProcessConfig::default()
    };
    let failed = |reason: String| ClusterError::Service { address: options.listen.to_owned(), reason };
    runtime(options.threads.max(2))?.block_on(async {
        tokio::spawn(async move {
            while !health.is_ready() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            ready();
        });
        start_executor_process(Arc::new(config)).await.map_err(|e| failed(e.to_string()))
    })
}
