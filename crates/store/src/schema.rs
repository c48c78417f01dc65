//! The schema and its versions. Tables are written once for both databases, triggers once for each; a version that has
//! been applied never changes, a new one is added.

use crate::connection::Connection;
use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::value::Said;

/// One step of the schema.
struct Version {
    number: i64,
    tables: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

static VERSIONS: [Version; 7] = [
    Version {
        number: 1,
        tables: include_str!("schema/0001_tables.sql"),
        sqlite: include_str!("schema/0001_guards.sqlite.sql"),
        postgres: include_str!("schema/0001_guards.postgres.sql"),
    },
    Version { number: 2, tables: include_str!("schema/0002_owner_version.sql"), sqlite: "", postgres: "" },
    Version { number: 3, tables: include_str!("schema/0003_documents.sql"), sqlite: "", postgres: "" },
    Version {
        number: 4,
        tables: include_str!("schema/0004_review.sql"),
        sqlite: include_str!("schema/0004_guards.sqlite.sql"),
        postgres: include_str!("schema/0004_guards.postgres.sql"),
    },
    Version { number: 5, tables: include_str!("schema/0005_open_stays.sql"), sqlite: "", postgres: "" },
    Version { number: 6, tables: include_str!("schema/0006_queue.sql"), sqlite: "", postgres: "" },
    Version { number: 7, tables: include_str!("schema/0007_severity.sql"), sqlite: "", postgres: "" },
];

const VERSION_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL, PRIMARY KEY (version))";
/// Two processes that start at once apply the schema one after the other ("yibao" as a number).
const ALONE: &str = "SELECT pg_advisory_xact_lock(521543737455)";

/// Brings the database to the newest version, each step whole or not at all.
///
/// # Errors
/// [`StoreError::Newer`] when the database knows more than this program.
pub(crate) async fn apply(connection: &mut Connection) -> Result<(), StoreError> {
    connection.begin().await?;
    let applied = apply_within(connection).await;
    match applied {
        Ok(()) => Ok(connection.commit().await?),
        Err(error) => {
            // The error that stopped us is worth more than one of the way back.
            connection.rollback().await.ok();
            Err(error)
        }
    }
}

async fn apply_within(connection: &mut Connection) -> Result<(), StoreError> {
    if connection.dialect() == Dialect::Postgres {
        connection.run(ALONE).await?;
    }
    connection.run(VERSION_TABLE).await?;
    let found = version(connection).await?;
    let known = VERSIONS.iter().map(|version| version.number).max().unwrap_or_default();
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for version in VERSIONS.iter().filter(|version| version.number > found) {
        let dialect = connection.dialect();
        connection.run(&dialect.schema(version.tables)).await?;
        let guards = match dialect {
            Dialect::Sqlite => version.sqlite,
            Dialect::Postgres => version.postgres,
        };
        if !guards.is_empty() {
            connection.run(guards).await?;
        }
        connection.run(&format!("INSERT INTO schema_version (version) VALUES ({})", version.number)).await?;
    }
    Ok(())
}

async fn version(connection: &mut Connection) -> Said<i64> {
    let rows = connection.rows(&"SELECT COALESCE(MAX(version), 0) FROM schema_version".into(), Vec::new()).await?;
    Ok(rows.into_iter().next().map_or(0, |mut row| row.number()))
}

/// Counts this opening of the database: no two get the same number.
pub(crate) async fn opening(connection: &mut Connection) -> Said<i64> {
    let sql = "INSERT INTO counter (name, value) VALUES ('opening', 1) \
               ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value";
    let rows = connection.rows(&sql.into(), Vec::new()).await?;
    Ok(rows.into_iter().next().map_or(0, |mut row| row.number()))
}
