//! Which database, and how it is used.

use crate::error::StoreError;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A data directory with `yibao.sqlite` in it; made when it is missing.
    Sqlite(PathBuf),
    /// A `postgres://…` URL, PostgreSQL 15 or later.
    Postgres(String),
}

impl Database {
    /// Reads what an operator named: `postgres://…`, or a data directory.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for an empty text or a URL of another kind.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        if text.is_empty() || text.contains("://") {
            let what = "数据库应写作 postgres://用户@主机:端口/库名，或一个数据目录的路径";
            return Err(StoreError::Invalid(what.to_owned()));
        }
        Ok(Self::Sqlite(Path::new(text).to_path_buf()))
    }

    /// Whether something is there already. A server is asked when it is opened.
    #[must_use]
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(directory) => directory.join(crate::connection::FILE).exists(),
            Self::Postgres(_) => true,
        }
    }
}

/// How the database is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// Writers side by side, each with a connection (PostgreSQL; SQLite has one).
    pub lanes: usize,
    /// Most jobs in one transaction.
    pub batch_max: usize,
    /// Most jobs that wait for one lane; beyond it [`StoreError::Overloaded`].
    pub queue_max: usize,
    /// Connections for look-ups.
    pub readers: u32,
    /// How long a lane waits for another process that holds the same person.
    pub lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { lanes: 4, batch_max: 256, queue_max: 8_192, readers: 4, lock_timeout: Duration::from_secs(5) }
    }
}
