//! What the tests of the store share: databases of their own, invented records, messages.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test binaries; a test that cannot prepare stops")]

pub mod records;

use agency::{Changes, File, Ids, Needs};
use model::Stamp;
use std::sync::Arc;
use store::{Database, Decision, Job, MessageKey, Options, Store};

/// A store on a fresh SQLite database; the folder lives as long as it is kept.
pub async fn sqlite() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Database::Sqlite(folder.path().to_owned()), Options::default()).await.unwrap();
    (store, folder)
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
