//! The store: lanes that write, readers that look up.

use crate::batch::Statements;
use crate::cache::Cache;
use crate::connection::{Connection, Purpose};
use crate::error::{Failure, StoreError};
use crate::ids::Numbers;
use crate::job::{Answered, Job};
use crate::lane::{Lane, Request};
use crate::options::{Database, Options};
use crate::read::{Reads, Wanted};
use crate::readers::Readers;
use crate::review::{ReviewJob, ReviewTables, Reviewed};
use crate::schema;
use crate::value::clean;
use crate::written::Writes;
use agency::{Changes, File, Ids, Needs};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Records of the agency in a database. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) statements: Statements,
    pub(crate) readers: Readers,
    numbers: Numbers,
    lanes: Vec<mpsc::Sender<Request>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// For whom messages are being carried out: how many askers, and whose file.
    in_flight: Mutex<FxHashMap<(String, String), (usize, String)>>,
    closing: AtomicBool,
}

/// Records written in one transaction of a bulk write.
const CHUNK: usize = 2_000;

impl Store {
    /// Opens the database, brings its schema up to date and starts the lanes.
    ///
    /// # Errors
    /// When the directory or the database cannot be used, or is of a newer version.
    pub async fn open(database: Database, options: Options) -> Result<Self, StoreError> {
        if let Database::Sqlite(directory) = &database {
            std::fs::create_dir_all(directory)
                .map_err(|error| StoreError::Directory { path: directory.clone(), reason: error.to_string() })?;
        }
        let mut connection = Connection::open(&database, &options, Purpose::Write).await?;
        schema::apply(&mut connection).await?;
        let dialect = connection.dialect();
        let numbers = Numbers::new(schema::opening(&mut connection).await?);
        let statements =
            Statements { reads: Reads::new(dialect), writes: Writes::new(dialect), review: ReviewTables::new(dialect) };
        let count = if dialect.locks_owners() { options.lanes.max(1) } else { 1 };
        let (mut lanes, mut tasks) = (Vec::new(), Vec::new());
        let mut first = Some(connection);
        for _ in 0..count {
            let connection = match first.take() {
                Some(connection) => connection,
                None => Connection::open(&database, &options, Purpose::Write).await?,
            };
            let (sender, receiver) = mpsc::channel(options.queue_max.max(1));
            let lane = Lane {
                database: database.clone(),
                options: options.clone(),
                statements: statements.clone(),
                numbers: numbers.clone(),
                connection: Some(connection),
                tried_at: None,
                cache: Cache::default(),
            };
            lanes.push(sender);
            tasks.push(tokio::spawn(lane.work(receiver)));
        }
        let readers = Readers::new(database, options);
        let shared = Shared {
            statements,
            readers,
            numbers,
            lanes,
            tasks: Mutex::new(tasks),
            in_flight: Mutex::new(FxHashMap::default()),
            closing: AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Carries out a message, once, however often it is sent (I6). The answer comes after the commit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is not known whether it was done: send the same message again.
    pub async fn submit(&self, job: Job) -> Result<Answered, StoreError> {
        let key = &job.key;
        for (what, text) in [("owner", &job.owner), ("institution", &key.institution), ("msgid", &key.msgid)] {
            if text.is_empty() || text.contains('\0') {
                return Err(StoreError::Invalid(format!("{what} 为空或含有 U+0000 字符")));
            }
        }
        let message = (key.institution.clone(), key.msgid.clone());
        let Some(_place) = self.shared.enter(message, &job.owner) else { return Ok(Answered::Busy) };
        let lane = self.shared.lane_of(&job.owner)?;
        let (reply, answer) = oneshot::channel();
        self.shared.send(lane, Request::Job(Box::new(job), reply))?;
        answer.await.unwrap_or(Err(StoreError::Closing))
    }

    /// Reads what a job would see, without deciding anything: for trials and queries.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(&self, owner: &str, needs: &Needs) -> Result<File, StoreError> {
        let mut wanted = Wanted::default();
        wanted.add(owner, needs, None);
        loop {
            let mut loan = self.shared.readers.borrow().await?;
            let (reads, was_idle) = (&self.shared.statements.reads, loan.was_idle());
            match reads.load(&mut loan.connection, &wanted, FxHashMap::default()).await {
                Ok(mut loaded) => {
                    self.shared.readers.give_back(loan);
                    return Ok(loaded.files.remove(&clean(owner.to_owned())).unwrap_or_default());
                }
                Err(failed) if failed.failure == Failure::Lost && was_idle => {}
                Err(failed) => return Err(failed.into()),
            }
        }
    }

    /// Writes records that no message asked for: registers, a demo world. Chunk by chunk, each a transaction.
    ///
    /// # Errors
    /// At the first chunk that fails; those before it are written.
    pub async fn write(&self, changes: Changes) -> Result<(), StoreError> {
        for chunk in chunks(changes) {
            let (reply, answer) = oneshot::channel();
            let lane = self.shared.lanes.first().ok_or(StoreError::Closing)?;
            if self.shared.closing.load(Ordering::Acquire) {
                return Err(StoreError::Closing);
            }
            lane.send(Request::Write(Box::new(chunk), reply)).await.map_err(|_| StoreError::Closing)?;
            answer.await.unwrap_or(Err(StoreError::Closing))?;
        }
        Ok(())
    }

    /// Carries out a change of the review in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when the database refuses it, a closed day among the reasons; [`StoreError::Unavailable`] when it is
    /// not known whether it was done.
    pub async fn review(&self, job: ReviewJob) -> Result<Reviewed, StoreError> {
        let owner = job.keys.first().map_or("", |(institution, _)| institution.as_str());
        let lane = self.shared.lane_of(owner)?;
        let (reply, answer) = oneshot::channel();
        self.shared.send(lane, Request::Review(Box::new(job), reply))?;
        answer.await.unwrap_or(Err(StoreError::Closing))
    }

    /// Fresh ids for records that no message asked for.
    #[must_use]
    pub fn ids(&self) -> impl Ids + use<> {
        self.shared.numbers.clone()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.shared.readers.rows(&"SELECT 1".into(), Vec::new()).await.map(drop)
    }

    /// Finishes what was accepted, accepts nothing more, closes the database.
    pub async fn drain(self) {
        self.shared.closing.store(true, Ordering::Release);
        for lane in &self.shared.lanes {
            // A lane that has ended already needs no telling.
            lane.send(Request::Stop).await.ok();
        }
        let tasks = std::mem::take(&mut *self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if task.await.is_err() {
                tracing::error!("a lane ended badly");
            }
        }
        self.shared.readers.close().await;
    }
}

impl Shared {
    /// The lane of an owner: jobs of one owner queue behind each other.
    fn lane_of(&self, owner: &str) -> Result<&mpsc::Sender<Request>, StoreError> {
        let mut hasher = FxHasher::default();
        owner.hash(&mut hasher);
        let place = hasher.finish() % u64::try_from(self.lanes.len()).unwrap_or(1).max(1);
        usize::try_from(place).ok().and_then(|place| self.lanes.get(place)).ok_or(StoreError::Closing)
    }

    fn send(&self, lane: &mpsc::Sender<Request>, request: Request) -> Result<(), StoreError> {
        if self.closing.load(Ordering::Acquire) {
            return Err(StoreError::Closing);
        }
        lane.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closing,
        })
    }

    /// Notes that a message is being carried out for an owner; `None` when it is for another one.
    fn enter(&self, message: (String, String), owner: &str) -> Option<Place<'_>> {
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = in_flight.entry(message.clone()).or_insert_with(|| (0, owner.to_owned()));
        if entry.1 != owner {
            return None;
        }
        entry.0 += 1;
        Some(Place { shared: self, message })
    }
}

/// A message's place among those being carried out; leaves it when dropped.
struct Place<'a> {
    shared: &'a Shared,
    message: (String, String),
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut in_flight = self.shared.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((askers, _)) = in_flight.get_mut(&self.message) {
            *askers -= 1;
            if *askers == 0 {
                in_flight.remove(&self.message);
            }
        }
    }
}

/// Cuts changes into pieces of at most [`CHUNK`] records, in the order in which they are written.
fn chunks(mut changes: Changes) -> Vec<Changes> {
    let mut pieces = Vec::new();
    macro_rules! cut {
        ($($field:ident),+) => { $(
            while !changes.$field.is_empty() {
                let rest = changes.$field.split_off(changes.$field.len().min(CHUNK));
                let piece = std::mem::replace(&mut changes.$field, rest);
                pieces.push(Changes { $field: piece, ..Changes::default() });
            }
        )+ };
    }
    cut!(persons, coverages, accounts, accumulators, filings, visits, uploads, settlements, bookings, documents);
    pieces
}
