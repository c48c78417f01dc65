//! Keeps what was shown, a moment after it was: an answer at the bedside waits for no disk. Written in batches, so that
//! reminders never crowd out settlements.

use super::REMINDER;
use crate::desk::REGISTRY;
use agency::{Changes, Document, Needs};
use bedside::Shown;
use model::Day;
use std::io::Read;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot};

/// How long reminders gather before they are written.
const GATHER: Duration = Duration::from_millis(100);
/// Reminders that are written at once.
const BATCH: usize = 500;
/// Reminders that wait at most; beyond, the database is away for good, and new ones are only counted.
const QUEUE: usize = 20_000;
/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// Kind and key of the document that holds the secret.
const SECRET: (&str, &str) = ("secret", "reminder");

enum Order {
    Keep(Box<Shown>),
    /// Answered when all before it is written.
    Flush(oneshot::Sender<()>),
}

/// The way to the store.
pub(crate) struct Recorder {
    orders: mpsc::Sender<Order>,
}

impl Recorder {
    pub(super) fn start(store: Store) -> Self {
        let (orders, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(store, waiting));
        Self { orders }
    }

    /// Takes what was shown.
    pub(super) fn record(&self, shown: Vec<Shown>) {
        for one in shown {
            if self.orders.try_send(Order::Keep(Box::new(one))).is_err() {
                tracing::error!("a reminder was shown and is not kept");
            }
        }
    }

    /// Waits until everything that was shown so far is in the store.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.orders.send(Order::Flush(done)).await.is_ok() {
            // A recorder that ended has nothing left.
            let _ = written.await;
        }
    }
}

async fn work(store: Store, mut waiting: mpsc::Receiver<Order>) {
    let (mut documents, mut flushes) = (Vec::new(), Vec::new());
    while let Some(first) = waiting.recv().await {
        let until = tokio::time::Instant::now() + GATHER;
        take(first, &mut documents, &mut flushes);
        while documents.len() < BATCH && flushes.is_empty() {
            match tokio::time::timeout_at(until, waiting.recv()).await {
                Ok(Some(order)) => take(order, &mut documents, &mut flushes),
                Ok(None) | Err(_) => break,
            }
        }
        write(&store, std::mem::take(&mut documents)).await;
        for done in flushes.drain(..) {
            // Nobody waits any more.
            let _: Result<(), ()> = done.send(());
        }
    }
}

fn take(order: Order, documents: &mut Vec<Document>, flushes: &mut Vec<oneshot::Sender<()>>) {
    match order {
        Order::Keep(shown) => documents.extend(document(&shown)),
        Order::Flush(done) => flushes.push(done),
    }
}

/// Writes, again and again while the database is away.
async fn write(store: &Store, documents: Vec<Document>) {
    while !documents.is_empty() {
        match store.write(Changes { documents: documents.clone(), ..Changes::default() }).await {
            Ok(()) => return,
            Err(StoreError::Closing) => return tracing::error!(count = documents.len(), "reminders not kept"),
            Err(error) => tracing::warn!(%error, "reminders not kept yet"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A reminder as it is kept.
pub(crate) fn document(shown: &Shown) -> Option<Document> {
    Some(Document {
        owner: shown.person.clone(),
        kind: REMINDER.to_owned(),
        key: shown.id.clone(),
        state: shown.answered.as_ref().map_or("", |answered| answered.way.code()).to_owned(),
        on: shown.shown_at.day(),
        at: shown.answered.as_ref().map_or(shown.shown_at, |answered| answered.at),
        deleted: false,
        content: serde_json::to_string(shown).ok()?,
    })
}

/// The secret under which ids of reminders are made: one a database, drawn when there is none.
pub(super) async fn seal(store: &Store) -> Result<Vec<u8>, StoreError> {
    let (kind, key) = SECRET;
    let needs = Needs { documents: vec![(kind.to_owned(), key.to_owned())], ..Needs::default() };
    for _ in 0..2 {
        let file = store.load(REGISTRY, &needs).await?;
        if let Some(known) = file.documents.into_iter().next() {
            return Ok(known.content.into_bytes());
        }
        let mut drawn = [0_u8; 32];
        std::fs::File::open("/dev/urandom")
            .and_then(|mut file| file.read_exact(&mut drawn))
            .map_err(|error| StoreError::Invalid(format!("无法取得随机数：{error}")))?;
        let secret = Document {
            owner: REGISTRY.to_owned(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            state: String::new(),
            on: Day::default(),
            at: Day::default().start(),
            deleted: false,
            content: drawn.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        // Of two processes that start at once the later one is read by both.
        store.write(Changes { documents: vec![secret], ..Changes::default() }).await?;
    }
    Err(StoreError::Invalid("无法保存提醒编号的密钥".to_owned()))
}
