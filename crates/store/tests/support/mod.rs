//! What the tests of the store share: databases of their own, invented records, messages.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test binaries; a test that cannot prepare stops")]

pub mod postgres;
pub mod records;

use agency::{Changes, File, Ids, Needs};
use model::Stamp;
use sqlx::{ConnectOptions, Connection, Row};
use std::sync::Arc;
use store::{Database, Decision, Job, MessageKey, Options, Store};

/// A store on a database of its own, with what must live as long as it does.
pub struct Opened {
    pub store: Store,
    pub database: Database,
    _folder: Option<tempfile::TempDir>,
}

/// On a fresh SQLite database.
pub async fn sqlite() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().to_owned());
    let store = Store::open(database.clone(), Options::default()).await.unwrap();
    Opened { store, database, _folder: Some(folder) }
}

/// On a fresh PostgreSQL database of the shared server.
pub async fn postgres() -> Opened {
    let database = Database::Postgres(postgres::shared().database());
    let store = Store::open(database.clone(), Options::default()).await.unwrap();
    Opened { store, database, _folder: None }
}

/// Runs tests on both databases: each is an `async fn name(opened: Opened)`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::support::sqlite().await).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::support::postgres().await).await;
                }
            )+
        }
    };
}

pub const INSTITUTION: &str = "H99010000001";
pub const NOW: Stamp = Stamp(1_790_000_000);

/// A job of the test institution.
pub fn job(
    owner: &str,
    msgid: &str,
    body: &str,
    needs: Needs,
    decide: impl Fn(&File, &mut dyn Ids) -> Decision + Send + Sync + 'static,
) -> Job {
    let mut body_hash = [0; 32];
    for (place, byte) in body.bytes().enumerate() {
        let slot: &mut u8 = &mut body_hash[place % 32];
        *slot = slot.wrapping_mul(31).wrapping_add(byte);
    }
    let key = MessageKey { institution: INSTITUTION.to_owned(), msgid: msgid.to_owned(), infno: "2207".to_owned() };
    Job { owner: owner.to_owned(), key, body_hash, needs, now: NOW, decide: Arc::new(decide) }
}

/// A decision that is carried out.
pub fn done(changes: Changes, reply: impl Into<String>) -> Decision {
    Decision { changes, reply: reply.into().into_bytes(), refused: false }
}

/// Runs statements on the database behind the store's back; with `guards` off, nothing stops them.
pub async fn execute(database: &Database, guards: Guards, statements: &str) -> Result<(), String> {
    let said = |error: sqlx::Error| match &error {
        sqlx::Error::Database(said) => said.message().to_owned(),
        _ => error.to_string(),
    };
    let script = |prologue: &str| sqlx::raw_sql(sqlx::AssertSqlSafe(format!("{prologue}{statements}")));
    match database {
        Database::Sqlite(folder) => {
            let connect = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(folder.join("yibao.sqlite"))
                .foreign_keys(guards == Guards::On);
            let mut connection = connect.connect().await.map_err(said)?;
            if guards == Guards::Off {
                let triggers = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'trigger'");
                for row in triggers.fetch_all(&mut connection).await.map_err(said)? {
                    let drop = format!("DROP TRIGGER {}", row.get::<String, _>(0));
                    sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut connection).await.map_err(said)?;
                }
            }
            script("").execute(&mut connection).await.map(drop).map_err(said)
        }
        Database::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.map_err(said)?;
            let prologue = if guards == Guards::Off { "SET session_replication_role = replica; " } else { "" };
            script(prologue).execute(&mut connection).await.map(drop).map_err(said)
        }
    }
}

/// Whether triggers and foreign keys are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guards {
    On,
    Off,
}

/// Settles 3,000 fen for a person by a message, at a moment.
pub async fn settled_at(store: &Store, person: &str, msgid: &str, at: Stamp) -> agency::Settlement {
    let said = msgid.to_owned();
    let mut settling = job(person, msgid, msgid, Needs::default(), move |file, ids| {
        let (mut changes, _) = records::settle(file, ids, &said, 3_000);
        for booking in &mut changes.bookings {
            (booking.on, booking.at) = (at.day(), at);
        }
        changes.settlements.iter_mut().for_each(|settlement| settlement.at = at);
        done(changes, "settled")
    });
    settling.now = at;
    store.submit(settling).await.unwrap();
    let filter = store::SettlementFilter { msgid: Some(msgid.to_owned()), ..Default::default() };
    store.settlements(&filter, None).await.unwrap().pop().unwrap()
}
