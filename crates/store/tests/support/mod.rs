//! What the tests of the store share: databases of their own, invented records, messages.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test binaries; a test that cannot prepare stops")]

pub mod postgres;
pub mod records;

use agency::{Changes, File, Ids, Needs};
use model::Stamp;
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
