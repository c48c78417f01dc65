//! One schema: both databases have the same tables, columns, keys and indexes; opening again changes nothing.

use crate::support::{Guards, execute, postgres, sqlite};
use sqlx::{ConnectOptions, Connection, Row};
use std::collections::BTreeSet;
use store::{Database, Options, Store, StoreError};

/// `table.column type`, `table key columns`, `table index name columns`, `trigger name`.
async fn described(database: &Database) -> BTreeSet<String> {
    let queries: &[&'static str] = match database {
        Database::Sqlite(_) => &[
            "SELECT m.name || '.' || c.name || ' ' || lower(c.type) || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END \
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
            "SELECT m.name || ' key ' || (SELECT group_concat(name, ' ') FROM \
             (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)) FROM sqlite_master m WHERE m.type = 'table'",
            "SELECT m.name || ' index ' || i.name || ' ' || (SELECT group_concat(name, ' ') FROM \
             (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) FROM sqlite_master m, pragma_index_list(m.name) i \
             WHERE m.type = 'table' AND i.origin = 'c'",
            "SELECT DISTINCT 'trigger ' || name FROM sqlite_master WHERE type = 'trigger'",
        ],
        Database::Postgres(_) => &[
            "SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END \
             FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT table_name || ' key ' || string_agg(column_name, ' ' ORDER BY ordinal_position) \
             FROM information_schema.key_column_usage JOIN information_schema.table_constraints \
             USING (constraint_name, table_name, table_schema) WHERE constraint_type = 'PRIMARY KEY' AND table_schema = 'public' \
             GROUP BY table_name",
            "SELECT t.relname || ' index ' || i.relname || ' ' || (SELECT string_agg(a.attname, ' ' ORDER BY k.place) \
             FROM unnest(x.indkey) WITH ORDINALITY AS k (attnum, place) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) \
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
             JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND NOT x.indisprimary",
            "SELECT DISTINCT 'trigger ' || trigger_name FROM information_schema.triggers \
             UNION SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal",
        ],
    };
    let mut found = BTreeSet::new();
    for &query in queries {
        let texts: Vec<String> = match database {
            Database::Sqlite(folder) => {
                let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("yibao.sqlite"));
                let rows = sqlx::query(query).fetch_all(&mut connect.connect().await.unwrap()).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Database::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        };
        found.extend(texts);
    }
    found
}

#[tokio::test]
async fn both_databases_have_one_schema() {
    let (one, other) = (sqlite().await, postgres().await);
    let (one, other) = (described(&one.database).await, described(&other.database).await);
    // TRUNCATE is a word of PostgreSQL alone; its guards have no counterpart.
    let known: BTreeSet<String> = ["answer_whole"].map(|name| format!("trigger {name}")).into();
    let differences: Vec<&String> = one.symmetric_difference(&other).filter(|line| !known.contains(*line)).collect();
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(one.contains("settlement.body text not null") && one.contains("upload key owner_id visit number"));
    let kinds: BTreeSet<&str> =
        one.iter().filter(|line| line.contains('.')).filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(kinds, BTreeSet::from(["bigint", "text"]), "only two types");
}

#[tokio::test]
async fn opening_again_changes_nothing_and_a_newer_schema_is_left_alone() {
    for opened in [sqlite().await, postgres().await] {
        let before = described(&opened.database).await;
        Store::open(opened.database.clone(), Options::default()).await.unwrap().drain().await;
        assert_eq!(described(&opened.database).await, before);
        execute(&opened.database, Guards::On, "INSERT INTO schema_version VALUES (9000)").await.unwrap();
        let refused = Store::open(opened.database.clone(), Options::default()).await.err();
        assert!(matches!(refused, Some(StoreError::Newer { found: 9000, known: 7 })), "{refused:?}");
    }
}

#[test]
fn a_database_is_named_by_url_or_directory() {
    let url = "postgres://yibao@127.0.0.1/yibao";
    assert_eq!(Database::parse(url).unwrap(), Database::Postgres(url.to_owned()));
    assert_eq!(Database::parse("data").unwrap(), Database::Sqlite("data".into()));
    for wrong in ["", "mysql://x"] {
        assert!(matches!(Database::parse(wrong), Err(StoreError::Invalid(_))), "{wrong}");
    }
}
