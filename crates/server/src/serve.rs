//! The server's life: open, listen, refresh, drain.

use crate::clock;
use crate::config::Config;
use crate::desk::{Desk, StartError};
use crate::library::Base;
use crate::routes::router;
use agency::Law;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{Database, Options, Store};
use tokio::net::TcpListener;

/// How often registers are read again: a change that another process made is seen after so long.
const REFRESH: Duration = Duration::from_secs(3);

/// How often answers that did not come in time lapse, and visits that were settled are looked at by the review.
const LAPSE: Duration = Duration::from_secs(60);
const HITS: Duration = Duration::from_secs(1);

/// Keeps the system from giving this process huge pages: zeroing one takes as long as an answer and happens in the midst of one.
/// To be called before threads start.
pub fn refuse_huge_pages() {
    // A system that knows no such setting gives none.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// The database that a configuration names.
///
/// # Errors
/// A text that names none.
pub fn database(config: &Config) -> Result<Database, StartError> {
    match &config.database {
        Some(text) => Ok(Database::parse(text)?),
        None => Ok(Database::Sqlite(config.data.clone())),
    }
}

/// Opens the store of a configuration.
///
/// # Errors
/// When it cannot be used.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    let options = Options { lanes: config.lanes, batch_max: config.batch_max, ..Options::default() };
    Ok(Store::open(database(config)?, options).await?)
}

/// Serves until told to stop: then nothing new is taken, what was taken is finished, and the store is closed.
///
/// # Errors
/// When it cannot start.
pub async fn serve(
    config: Config,
    law: Arc<Law>,
    library: Base,
    store: Store,
    ready: impl FnOnce(SocketAddr) + Send,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let (address, drain) = (config.listen, Duration::from_secs(config.drain_seconds));
    let desk = Arc::new(Desk::open(store, config, law, library).await?);
    let listen = |error: std::io::Error| StartError::Listen { address, reason: error.to_string() };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    ready(listener.local_addr().map_err(listen)?);
    let jobs = [
        tokio::spawn(refresh(Arc::clone(&desk))),
        tokio::spawn(lapse(Arc::clone(&desk))),
        tokio::spawn(take_hits(Arc::clone(&desk))),
    ];
    let (told, mut stopping) = tokio::sync::watch::channel(false);
    let at_stop = Arc::clone(&desk);
    let signal = async move {
        stop.await;
        at_stop.stop();
        // The receiver lives until serving ends.
        let _ = told.send(true);
    };
    let serving = axum::serve(listener, router(Arc::clone(&desk))).with_graceful_shutdown(signal);
    tokio::select! {
        ended = async { serving.await } => ended.map_err(listen)?,
        () = async {
            // A connection that never ends must not keep the server alive for ever.
            let _ = stopping.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(drain).await;
        } => tracing::warn!("stopped with connections open after {} s", drain.as_secs()),
    }
    jobs.iter().for_each(tokio::task::JoinHandle::abort);
    desk.bedside.recorder.flush().await;
    desk.store.clone().drain().await;
    Ok(())
}

async fn refresh(desk: Arc<Desk>) {
    loop {
        tokio::time::sleep(REFRESH).await;
        if let Err(error) = desk.refresh().await {
            tracing::warn!(%error, "registers not read again");
        }
    }
}

async fn lapse(desk: Arc<Desk>) {
    loop {
        match desk.lapse(clock::now().stamp).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "answers lapsed"),
            Err(error) => tracing::warn!(%error, "answers not lapsed"),
        }
        tokio::time::sleep(LAPSE).await;
    }
}

async fn take_hits(desk: Arc<Desk>) {
    loop {
        match desk.take_hits(clock::now().stamp).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "findings of settled visits taken in"),
            Err(error) => tracing::warn!(%error, "settled visits not looked at"),
        }
        tokio::time::sleep(HITS).await;
    }
}
