//! I6 the hard way: processes killed at random instants, servers killed, disks full, syncs that fail. What was
//! acknowledged is there once, with the same answer; what was not may be sent again; the ledger is proved each time.
//!
//! `YIBAO_KILLS=200 cargo nextest run -p store --test crash` kills more often than `make test` does.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod child;
#[path = "../support/mod.rs"]
mod support;

use child::{Child, PERSONS, message};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Answered, Database, Options, Store, StoreError};
use support::postgres::Server;
use support::records::registered;

/// Acknowledged messages and their answers.
type Acked = BTreeMap<String, String>;

fn kills(usual: u32) -> u32 {
    std::env::var("YIBAO_KILLS").ok().map_or(usual, |text| text.parse().unwrap())
}

async fn prepared(database: &Database) {
    let store = Store::open(database.clone(), Options::default()).await.unwrap();
    for person in 0..PERSONS {
        store.write(registered(&format!("P{person}"), 10_000_000)).await.unwrap();
    }
    store.drain().await;
}

/// Opens the database again: everything acknowledged is there with its bytes, nothing twice, the ledger holds.
async fn i6_nothing_lost_nothing_doubled(database: &Database, acked: &Acked) {
    let store = Store::open(database.clone(), Options::default()).await.unwrap();
    for (msgid, reply) in acked {
        let again = store.submit(message(msgid)).await.unwrap();
        assert_eq!(again, Answered::Stored(reply.clone().into_bytes()), "{msgid} was acknowledged");
    }
    // One settlement for each answer, one booking for each settlement.
    let proof = store.prove().await.unwrap();
    assert!(proof.holds(), "{:#?}", proof.violations);
    store.drain().await;
}

async fn killed_again_and_again(database: Database, times: u32) {
    prepared(&database).await;
    let mut acked = Acked::new();
    let mut dice = u64::from(std::process::id());
    for round in 0..times {
        let child = Child::start(&database, round, None);
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        child.wait_for_acks(20);
        std::thread::sleep(Duration::from_micros((dice >> 33) % 300_000));
        let before = acked.len();
        acked.extend(child.kill().acked);
        assert!(acked.len() > before, "round {round} did nothing");
        i6_nothing_lost_nothing_doubled(&database, &acked).await;
    }
}

#[tokio::test]
async fn i6_a_killed_process_loses_and_doubles_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    killed_again_and_again(Database::Sqlite(folder.path().to_owned()), kills(5)).await;
}

#[tokio::test]
async fn i6_a_killed_process_loses_and_doubles_nothing_on_postgres() {
    killed_again_and_again(Database::Postgres(support::postgres::shared().database()), kills(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i6_a_killed_postgres_loses_and_doubles_nothing_and_lanes_come_back() {
    let server = Server::start();
    let database = Database::Postgres(server.database());
    prepared(&database).await;
    let child = Child::start(&database, 0, None);
    let mut failures = 0;
    for _ in 0..kills(2) {
        child.wait_for_acks(child.seen().acked.len() + 50);
        server.kill();
        std::thread::sleep(Duration::from_millis(300));
        let silent = child.seen().acked.len();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(child.seen().acked.len(), silent, "acknowledged without a database");
        server.launch();
        failures = child.seen().failed;
        assert!(failures > 0, "nobody was told that the database was gone");
    }
    child.wait_for_acks(child.seen().acked.len() + 50);
    let seen = child.kill();
    assert!(seen.failed >= failures);
    i6_nothing_lost_nothing_doubled(&database, &seen.acked).await;
}

/// Acknowledgements stop when the disk fails and come back with it; what was acknowledged is there.
async fn disk_fails(fault: &str) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("data"));
    prepared(&database).await;
    let order = folder.path().join("order");
    let child = Child::start(&database, 0, Some((&child::failing_library(folder.path()), &order)));
    for _ in 0..3 {
        child.wait_for_acks(child.seen().acked.len() + 50);
        std::fs::write(&order, fault).unwrap();
        // Commits that were under way may still be told.
        std::thread::sleep(Duration::from_millis(200));
        let before = child.seen();
        std::thread::sleep(Duration::from_millis(700));
        let after = child.seen();
        assert_eq!(after.acked.len(), before.acked.len(), "acknowledged while {fault} fails");
        assert!(after.failed > before.failed, "nobody was told that {fault} fails");
        std::fs::remove_file(&order).unwrap();
    }
    child.wait_for_acks(child.seen().acked.len() + 50);
    let seen = child.kill();
    i6_nothing_lost_nothing_doubled(&database, &seen.acked).await;
}

#[tokio::test]
async fn i6_no_acknowledgement_after_a_failed_fsync() {
    disk_fails("fsync").await;
}

#[tokio::test]
async fn i6_a_full_disk_is_told_and_work_goes_on_when_there_is_room() {
    disk_fails("full").await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_at_once() {
    let begun = Instant::now();
    let nowhere = Database::parse("postgres://yibao@127.0.0.1:1/none").unwrap();
    let refused = Store::open(nowhere, Options::default()).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    let unwritable = Database::Sqlite(Path::new("/proc/yibao").to_owned());
    let refused = Store::open(unwritable, Options::default()).await.err();
    assert!(matches!(refused, Some(StoreError::Directory { .. })), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_restarted_while_nobody_asked_is_not_noticed() {
    let server = Server::start();
    let database = Database::Postgres(server.database());
    prepared(&database).await;
    let store = Store::open(database, Options::default()).await.unwrap();
    for number in 0..PERSONS {
        store.submit(message(&format!("before-{number}"))).await.unwrap();
    }
    store.person_by_card("KP1").await.unwrap();
    server.kill();
    server.launch();
    for number in 0..PERSONS {
        let answer = store.submit(message(&format!("after-{number}"))).await;
        assert!(matches!(answer, Ok(Answered::Fresh(_))), "{answer:?}");
    }
    assert!(store.person_by_card("KP1").await.unwrap().is_some(), "readers find their way back too");
}
