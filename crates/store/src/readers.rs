//! Connections for look-ups: opened when needed, kept for the next, thrown away when they failed.

use crate::connection::{Connection, Purpose};
use crate::error::{Failure, StoreError};
use crate::options::{Database, Options};
use crate::value::{Row, Said, Value};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) struct Readers {
    database: Database,
    options: Options,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

/// A reader's connection, on loan.
pub(crate) struct Loan<'a> {
    pub(crate) connection: Connection,
    was_idle: bool,
    _permit: SemaphorePermit<'a>,
}

impl Loan<'_> {
    /// Whether the connection lay idle before, and may have died meanwhile.
    pub(crate) const fn was_idle(&self) -> bool {
        self.was_idle
    }
}

impl Readers {
    pub(crate) fn new(database: Database, options: Options) -> Self {
        let permits = Semaphore::new(usize::try_from(options.readers.max(1)).unwrap_or(1));
        Self { database, options, idle: Mutex::new(Vec::new()), permits }
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) const fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) async fn borrow(&self) -> Result<Loan<'_>, StoreError> {
        let permit = self.permits.acquire().await.map_err(|_| StoreError::Closing)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let was_idle = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => Connection::open(&self.database, &self.options, Purpose::Read).await?,
        };
        Ok(Loan { connection, was_idle, _permit: permit })
    }

    /// Takes a connection back that still works.
    pub(crate) fn give_back(&self, loan: Loan<'_>) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(loan.connection);
    }

    /// Runs one statement. A connection that lay idle may have died meanwhile: then once more with a fresh one.
    pub(crate) async fn rows(&self, sql: &Arc<str>, parameters: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        loop {
            let mut loan = self.borrow().await?;
            let rows: Said<Vec<Row>> = loan.connection.rows(sql, parameters.clone()).await;
            match rows {
                Ok(rows) => {
                    self.give_back(loan);
                    return Ok(rows);
                }
                Err(failed) if failed.failure == Failure::Lost && loan.was_idle => {}
                Err(failed) => return Err(failed.into()),
            }
        }
    }

    /// No more look-ups.
    pub(crate) async fn close(&self) {
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            // What reads loses nothing when saying goodbye fails.
            connection.close().await.ok();
        }
    }
}
