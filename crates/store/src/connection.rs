//! One connection to either database: statements with values, rows in bulk, transactions.

use crate::dialect::{Dialect, Inserts};
use crate::error::{Failed, Failure};
use crate::options::{Database, Options};
use crate::packed::Packer;
use crate::value::{Column, Row, Rows, Said, Value};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Row as _, TypeInfo as _, ValueRef as _};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The file in the data directory.
pub(crate) const FILE: &str = "yibao.sqlite";
/// Statement texts kept ready on a connection: all steps of all tables.
const STATEMENTS: usize = 256;

/// Whether a connection writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Write,
    Read,
}

/// A connection of a lane or of a reader.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(Box<SqliteConnection>, Packer),
    Postgres(Box<PgConnection>),
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(database: &Database, options: &Options, purpose: Purpose) -> Said<Self> {
        match database {
            Database::Sqlite(directory) => {
                let connect = SqliteConnectOptions::new()
                    .filename(directory.join(FILE))
                    .create_if_missing(purpose == Purpose::Write)
                    .read_only(purpose == Purpose::Read)
                    .foreign_keys(true)
                    .busy_timeout(options.lock_timeout)
                    .statement_cache_capacity(STATEMENTS)
                    // Key names are exact; a name that is not a column must not silently become a text.
                    .pragma("cache_size", "-65536")
                    // Pages that many batches change are copied into the database file once for all of them.
                    .pragma("wal_autocheckpoint", "16384");
                let connect = match purpose {
                    Purpose::Write => connect.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full),
                    Purpose::Read => connect,
                };
                Ok(Self::Sqlite(Box::new(connect.connect().await?), Packer::new()?))
            }
            Database::Postgres(url) => {
                let lock_timeout = format!("{}", options.lock_timeout.as_millis());
                let connect = PgConnectOptions::from_str(url)?.statement_cache_capacity(STATEMENTS).options([
                    ("synchronous_commit", "on"),
                    ("lock_timeout", lock_timeout.as_str()),
                    ("idle_in_transaction_session_timeout", "60000"),
                ]);
                let connect = match purpose {
                    // A lane only ever reads by key: a plan made while a table was small must not scan it when it is large.
                    Purpose::Write => connect.options([
                        ("enable_seqscan", "off"),
                        ("enable_hashjoin", "off"),
                        ("enable_mergejoin", "off"),
                    ]),
                    Purpose::Read => connect,
                };
                let connecting = tokio::time::timeout(Duration::from_secs(10), connect.connect());
                let mut connection = connecting.await.map_err(|_| lost("连接数据库超时"))??;
                // A tenth of the time of the default; a server that was built without it keeps the default.
                sqlx::raw_sql("SET default_toast_compression = lz4").execute(&mut connection).await.ok();
                Ok(Self::Postgres(Box::new(connection)))
            }
        }
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(..) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and gives its rows.
    pub(crate) async fn rows(&mut self, sql: &Arc<str>, parameters: Vec<Value>) -> Said<Vec<Row>> {
        match self {
            Self::Sqlite(connection, packer) => {
                let mut query = sqlx::query(AssertSqlSafe(Arc::clone(sql)));
                for parameter in parameters {
                    query = match parameter {
                        Value::Text(text) => query.bind(text),
                        Value::Number(number) => query.bind(number),
                    };
                }
                query.fetch_all(&mut **connection).await?.iter().map(|row| sqlite_row(row, packer)).collect()
            }
            Self::Postgres(connection) => {
                let mut query = sqlx::query(AssertSqlSafe(Arc::clone(sql)));
                for parameter in parameters {
                    query = match parameter {
                        Value::Text(text) => query.bind(text),
                        Value::Number(number) => query.bind(number),
                    };
                }
                query.fetch_all(&mut **connection).await?.iter().map(postgres_row).collect()
            }
        }
    }

    /// Runs statements without parameters or rows.
    pub(crate) async fn run(&mut self, sql: &str) -> Said<()> {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(connection, _) => statement.execute(&mut **connection).await.map(drop)?,
            Self::Postgres(connection) => statement.execute(&mut **connection).await.map(drop)?,
        }
        Ok(())
    }

    /// Writes rows in bulk.
    pub(crate) async fn insert(&mut self, inserts: &Inserts, rows: Rows) -> Said<()> {
        if rows.count == 0 {
            return Ok(());
        }
        match self {
            Self::Sqlite(connection, packer) => insert_sqlite(connection, packer, inserts, rows).await,
            Self::Postgres(connection) => insert_postgres(connection, inserts, rows).await,
        }
    }

    pub(crate) async fn begin(&mut self) -> Said<()> {
        self.run(self.dialect().begin()).await
    }

    pub(crate) async fn commit(&mut self) -> Said<()> {
        // A failed COMMIT says nothing about what is on disk: whatever the code, the state is to be proved.
        self.run("COMMIT").await.map_err(|failed| match failed.failure {
            // But for constraints that are checked at the commit, which undo it.
            Failure::Data | Failure::Conflict => failed,
            Failure::Lost => lost(&failed.reason),
        })
    }

    pub(crate) async fn rollback(&mut self) -> Said<()> {
        self.run("ROLLBACK").await
    }

    /// Whether the server still answers.
    pub(crate) async fn ping(&mut self) -> Said<()> {
        self.run("SELECT 1").await
    }

    /// SQLite: a number that another connection's commit changes. PostgreSQL has none; there owners have versions.
    pub(crate) async fn data_version(&mut self) -> Said<i64> {
        let Self::Sqlite(connection, _) = self else { return Ok(0) };
        Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut **connection).await?)
    }

    /// Says goodbye.
    pub(crate) async fn close(self) -> Said<()> {
        match self {
            Self::Sqlite(connection, _) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

fn lost(reason: &str) -> Failed {
    Failed { failure: Failure::Lost, reason: reason.to_owned() }
}

fn sqlite_row(row: &SqliteRow, packer: &mut Packer) -> Said<Row> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let raw = row.try_get_raw(column)?;
        values.push(match raw.type_info().name() {
            "INTEGER" => Value::Number(row.try_get(column)?),
            "BLOB" => Value::Text(packer.unpack(row.try_get_unchecked(column)?)?),
            _ => Value::Text(row.try_get::<Option<String>, _>(column)?.unwrap_or_default()),
        });
    }
    Ok(Row(values.into_iter()))
}

fn postgres_row(row: &PgRow) -> Said<Row> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let raw = row.try_get_raw(column)?;
        values.push(match raw.type_info().name() {
            "INT8" => Value::Number(row.try_get::<Option<i64>, _>(column)?.unwrap_or_default()),
            "INT4" => Value::Number(row.try_get::<Option<i32>, _>(column)?.unwrap_or_default().into()),
            _ => Value::Text(row.try_get::<Option<String>, _>(column)?.unwrap_or_default()),
        });
    }
    Ok(Row(values.into_iter()))
}

async fn insert_postgres(connection: &mut PgConnection, inserts: &Inserts, rows: Rows) -> Said<()> {
    let sql = inserts.whole(rows.table).ok_or_else(|| lost("没有这张表的写入语句"))?;
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for column in rows.columns {
        query = match column {
            Column::Texts(texts) => query.bind(texts),
            Column::Numbers(numbers) => query.bind(numbers),
        };
    }
    query.execute(connection).await?;
    Ok(())
}

async fn insert_sqlite(
    connection: &mut SqliteConnection,
    packer: &mut Packer,
    inserts: &Inserts,
    rows: Rows,
) -> Said<()> {
    let kinds = rows.table.kinds.chars();
    let mut columns: Vec<Feed> = rows.columns.into_iter().zip(kinds).map(Feed::from).collect();
    let mut left = rows.count;
    while let Some((step, sql)) = inserts.step(rows.table, left) {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for _ in 0..step {
            for column in &mut columns {
                query = match column {
                    Feed::Texts(texts) => query.bind(texts.next().unwrap_or_default()),
                    Feed::Long(texts) => packer.bind(query, texts.next().unwrap_or_default())?,
                    Feed::Numbers(numbers) => query.bind(numbers.next().unwrap_or_default()),
                };
            }
        }
        query.execute(&mut *connection).await?;
        left -= step;
    }
    Ok(())
}

/// A column taken row by row.
enum Feed {
    Texts(std::vec::IntoIter<String>),
    Long(std::vec::IntoIter<String>),
    Numbers(std::vec::IntoIter<i64>),
}

impl From<(Column, char)> for Feed {
    fn from((column, kind): (Column, char)) -> Self {
        match column {
            Column::Texts(texts) if kind == 'p' => Self::Long(texts.into_iter()),
            Column::Texts(texts) => Self::Texts(texts.into_iter()),
            Column::Numbers(numbers) => Self::Numbers(numbers.into_iter()),
        }
    }
}
