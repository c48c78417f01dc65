//! A lane: one task with one connection that takes what waits and carries it out, batch after batch. While a batch
//! commits, the next gathers: the busier the lane, the larger its batches.
//!
//! After a failure that leaves the state in doubt nobody is told that something was done, and nothing more is accepted
//! until the database has been opened again and has shown that it can write.

use crate::batch::{self, Answers, Statements};
use crate::cache::Cache;
use crate::connection::{Connection, Purpose};
use crate::dialect::Dialect;
use crate::error::{Failed, Failure, StoreError};
use crate::ids::Numbers;
use crate::job::{Answered, Job};
use crate::options::{Database, Options};
use crate::review::{self, ReviewJob, Reviewed};
use crate::value::Said;
use crate::written::Written;
use agency::{Changes, File};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// What a lane is asked.
pub(crate) enum Request {
    /// Carry out a job.
    Job(Box<Job>, oneshot::Sender<Result<Answered, StoreError>>),
    /// Write records.
    Write(Box<Changes>, oneshot::Sender<Result<(), StoreError>>),
    /// Carry out a change of the review.
    Review(Box<ReviewJob>, oneshot::Sender<Result<Reviewed, StoreError>>),
    /// Finish what waits, then end.
    Stop,
}

/// How often jobs are tried again when other transactions are in the way.
const TRIES: u32 = 10;
/// How long a lane without a database waits before it tries to open it again.
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) struct Lane {
    pub(crate) database: Database,
    pub(crate) options: Options,
    pub(crate) statements: Statements,
    pub(crate) numbers: Numbers,
    /// `None` after a failure, until the state is proved.
    pub(crate) connection: Option<Connection>,
    pub(crate) tried_at: Option<Instant>,
    pub(crate) cache: Cache,
}

type Waiting = (Box<Job>, oneshot::Sender<Result<Answered, StoreError>>);

impl Lane {
    /// Works until it is stopped and has finished what waited.
    pub(crate) async fn work(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut waiting: Vec<Waiting> = Vec::new();
        while let Some(first) = requests.recv().await {
            let mut next = Some(first);
            while let Some(request) = next.take() {
                match request {
                    Request::Job(job, reply) => waiting.push((job, reply)),
                    Request::Write(changes, reply) => {
                        self.answer_all(&mut waiting).await;
                        // The asker may have gone; the records are written all the same.
                        reply.send(self.write(&changes).await).ok();
                    }
                    Request::Review(job, reply) => {
                        self.answer_all(&mut waiting).await;
                        reply.send(self.review(&job).await).ok();
                    }
                    Request::Stop => requests.close(),
                }
                if waiting.len() < self.options.batch_max {
                    next = requests.try_recv().ok();
                }
            }
            self.answer_all(&mut waiting).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(failed) = connection.close().await
        {
            tracing::warn!(reason = failed.reason, "closing a lane");
        }
    }

    /// Carries out what waits and answers. An asker that has gone asks again and finds the stored answer.
    async fn answer_all(&mut self, waiting: &mut Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let (jobs, replies): (Vec<Box<Job>>, Vec<_>) = waiting.drain(..).unzip();
        let jobs: Vec<&Job> = jobs.iter().map(AsRef::as_ref).collect();
        let answers = self.carry_out(&jobs).await;
        for (reply, answer) in replies.into_iter().zip(answers) {
            reply.send(answer).ok();
        }
    }

    /// The answers of all jobs, whatever happens.
    async fn carry_out(&mut self, jobs: &[&Job]) -> Answers {
        let failed = match self.attempt(jobs).await {
            Ok(answers) => return answers,
            Err(failed) => failed,
        };
        if failed.failure != Failure::Data || jobs.len() == 1 {
            let error = StoreError::from(failed);
            return jobs.iter().map(|_| Err(error.clone())).collect();
        }
        // Somebody's data was refused: one by one, only the one at fault suffers.
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let answer = match self.attempt(&[job]).await {
                Ok(mut one) => one.pop().unwrap_or_else(|| Err(StoreError::Bug("没有应答".to_owned()))),
                Err(failed) => Err(failed.into()),
            };
            answers.push(answer);
        }
        answers
    }

    /// One batch, again when other transactions were in the way.
    async fn attempt(&mut self, jobs: &[&Job]) -> Said<Answers> {
        let mut tries = 0;
        loop {
            let (statements, mut numbers) = (self.statements.clone(), self.numbers.clone());
            self.begun().await?;
            let mut cache = std::mem::take(&mut self.cache);
            let connection = self.connection().await?;
            let carried_out = batch::carry_out(connection, &statements, &mut numbers, &mut cache, jobs).await;
            self.cache = cache;
            let failed = match carried_out {
                Ok(answers) => return Ok(answers),
                Err(failed) => self.undo(failed).await,
            };
            tries += 1;
            if failed.failure != Failure::Conflict || tries == TRIES {
                return Err(failed);
            }
            tokio::time::sleep(Duration::from_millis(1 << tries)).await;
        }
    }

    async fn review(&mut self, job: &ReviewJob) -> Result<Reviewed, StoreError> {
        let mut tries = 0;
        loop {
            let (statements, mut numbers) = (self.statements.clone(), self.numbers.clone());
            let connection = self.begun().await?;
            let failed = match review::carry_out(connection, &statements, &mut numbers, job).await {
                Ok(reviewed) => return Ok(reviewed),
                Err(failed) => self.undo(failed).await,
            };
            tries += 1;
            if failed.failure != Failure::Conflict || tries == TRIES {
                return Err(failed.into());
            }
            tokio::time::sleep(Duration::from_millis(1 << tries)).await;
        }
    }

    async fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let statements = self.statements.clone();
            let mut written = Written::new();
            written.take(changes, "", &File::default())?;
            // These may be anybody's, and on SQLite no other connection would tell.
            self.cache.forget();
            let connection = self.begun().await?;
            let failed = match batch::write(connection, &statements, changes, written).await {
                Ok(()) => return Ok(()),
                Err(failed) => self.undo(failed).await,
            };
            tries += 1;
            if failed.failure != Failure::Conflict || tries == TRIES {
                return Err(failed.into());
            }
            tokio::time::sleep(Duration::from_millis(1 << tries)).await;
        }
    }

    /// Ends the transaction that failed. When that is not sure, the connection is given up.
    async fn undo(&mut self, failed: Failed) -> Failed {
        let rolled_back = match (&mut self.connection, failed.failure) {
            (Some(connection), Failure::Conflict | Failure::Data) => connection.rollback().await.is_ok(),
            _ => false,
        };
        if !rolled_back {
            tracing::error!(
                reason = failed.reason,
                "a lane lost its database; nothing is acknowledged until it is back"
            );
            self.connection = None;
            self.cache.forget();
        }
        failed
    }

    /// The connection, in a new transaction. One that died while it lay idle held nothing: it is opened again at once.
    async fn begun(&mut self) -> Said<&mut Connection> {
        let was_open = self.connection.is_some();
        let begun = self.connection().await?.begin().await;
        match begun {
            Ok(()) => {}
            Err(failed) if was_open && failed.failure == Failure::Lost => {
                self.connection = None;
                // A new connection counts the writes of others from elsewhere.
                self.cache.forget();
                self.connection().await?.begin().await?;
            }
            Err(failed) => return Err(failed),
        }
        self.connection().await
    }

    /// The connection; opened and proved again when it was lost.
    async fn connection(&mut self) -> Said<&mut Connection> {
        if self.connection.is_none() {
            let rested = self.tried_at.is_none_or(|at| at.elapsed() >= PAUSE);
            if !rested {
                return Err(Failed { failure: Failure::Lost, reason: "数据库连接尚未恢复".to_owned() });
            }
            self.tried_at = Some(Instant::now());
            let opened = open_proved(&self.database, &self.options).await?;
            tracing::info!("a lane has its database back");
            self.tried_at = None;
            self.connection = Some(opened);
        }
        self.connection.as_mut().ok_or_else(|| Failed { failure: Failure::Lost, reason: "没有连接".to_owned() })
    }
}

/// Opens the database and proves that what can be read is on the disk and that the disk takes more.
///
/// After a failed fsync the kernel may show pages that it never wrote. SQLite's log is therefore copied into the database
/// file and synced whole before anything is believed. PostgreSQL does that itself: it restarts after a failed fsync.
async fn open_proved(database: &Database, options: &Options) -> Said<Connection> {
    let mut connection = Connection::open(database, options, Purpose::Write).await?;
    if connection.dialect() == Dialect::Sqlite {
        let rows = connection.rows(&"PRAGMA wal_checkpoint(TRUNCATE)".into(), Vec::new()).await?;
        let is_busy = rows.into_iter().next().is_some_and(|mut row| row.number() != 0);
        if is_busy {
            return Err(Failed {
                failure: Failure::Lost, reason: "数据库正被读取，无法核实状态".to_owned()
            });
        }
    } else {
        connection.ping().await?;
    }
    Ok(connection)
}
