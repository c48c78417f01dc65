//! What can go wrong around the store, by whose fault.

use std::path::PathBuf;

/// Why the store did not do what was asked. Nothing here holds personal data (I12).
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or did not say whether it committed. Ask again with the same message: it takes
    /// effect once, whatever happened (I6).
    #[error("数据库暂时不可用（{0}）；请用同一报文（相同 msgid）重试，不会重复生效")]
    Unavailable(String),
    /// More is waiting than the store holds.
    #[error("排队的请求太多；请稍后用同一报文重试")]
    Overloaded,
    /// The store is closing.
    #[error("服务正在停止；请稍后用同一报文重试")]
    Closing,
    /// The database refused what a decision wanted written: an unbalanced booking, a closed day, a settled record.
    #[error("数据库拒绝写入：{0}")]
    Integrity(String),
    /// What was asked cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The database was written by a newer version.
    #[error("数据库由更新的版本建立（结构版本 {found}，本程序只认识到 {known}），未作任何改动；请升级 yibao 后再用")]
    Newer {
        /// Version found.
        found: i64,
        /// Newest known here.
        known: i64,
    },
    /// The data directory cannot be used.
    #[error("数据目录 {} 无法使用：{reason}；请检查路径、磁盘空间与权限", path.display())]
    Directory {
        /// Where.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Our own fault.
    #[error("内部错误（请报告给开发者）：{0}")]
    Bug(String),
}

/// What a failed statement means for the batch it was part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another transaction was in the way: the same jobs again.
    Conflict,
    /// The database refused the data: some job is at fault, find out which.
    Data,
    /// The database, the disk or the way to it failed: prove the state before going on.
    Lost,
}

/// A statement that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    pub(crate) reason: String,
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(said) = &error else {
            return Self { failure: Failure::Lost, reason: error.to_string() };
        };
        let code = said.code().unwrap_or_default();
        let failure = if said.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
            postgres_failure(&code)
        } else {
            sqlite_failure(&code)
        };
        Self { failure, reason: said.message().to_owned() }
    }
}

/// Classes of SQLSTATE: PostgreSQL manual, appendix A.
fn postgres_failure(code: &str) -> Failure {
    match code {
        // Serialization failure, deadlock, lock not available in time.
        "40001" | "40P01" | "55P03" => Failure::Conflict,
        // Integrity constraint violation, data exception.
        _ if code.starts_with("23") || code.starts_with("22") => Failure::Data,
        _ => Failure::Lost,
    }
}

/// Primary result codes are the low byte of the extended ones (sqlite.org/rescode.html).
fn sqlite_failure(code: &str) -> Failure {
    match code.parse::<i64>().unwrap_or_default() & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Failure::Conflict,
        // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH
        18..=20 => Failure::Data,
        _ => Failure::Lost,
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed.failure {
            Failure::Conflict | Failure::Lost => Self::Unavailable(failed.reason),
            Failure::Data => Self::Integrity(failed.reason),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Failed::from(error).into()
    }
}
