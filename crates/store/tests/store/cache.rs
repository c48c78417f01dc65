//! A lane keeps files that it saw. A decision sees what the database holds all the same, whoever wrote it.

use crate::on_both_databases;
use crate::support::records::{registered, settle, upload, visit};
use crate::support::{Opened, done, job};
use agency::{Changes, File, Needs, VisitKind};
use model::Fen;
use std::sync::{Arc, Mutex};
use store::{Options, Store, StoreError};

on_both_databases!(
    a_kept_file_is_what_the_database_holds,
    i3_what_another_process_wrote_is_seen,
    what_was_written_in_bulk_is_seen,
    i6_what_failed_left_nothing_behind,
    i5_lines_stay_as_they_came_when_they_are_settled_and_freed,
);

/// Settles, and gives the file that the decision saw.
async fn settled(store: &Store, msgid: &str, needs: Needs) -> File {
    let (said, seen) = (msgid.to_owned(), Arc::new(Mutex::new(File::default())));
    let noted = Arc::clone(&seen);
    let settling = job("P1", msgid, "body", needs, move |file, ids| {
        file.clone_into(&mut noted.lock().unwrap());
        done(settle(file, ids, &said, 3_000).0, "settled")
    });
    store.submit(settling).await.unwrap();
    seen.lock().unwrap().clone()
}

fn balance(file: &File) -> Option<i64> {
    file.account.as_ref().map(|account| account.balance.0)
}

async fn a_kept_file_is_what_the_database_holds(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let mut needs = Needs::default();
    for number in 0..6 {
        let kept = settled(store, &format!("m{number}"), needs.clone()).await;
        assert_eq!(kept.visits.len(), number, "of the visits before");
        let visits = store.visits(&Default::default(), None).await.unwrap();
        needs.visits = visits.into_iter().map(|visit| visit.id).collect();
    }
    // Who settled an upload is told of a kept file as of one that was read.
    let read = store.load("P1", &needs).await.unwrap();
    assert_eq!(settled(store, "last", needs).await, read);
    assert!(read.uploads.iter().all(|upload| upload.settled_by.is_some() && !upload.charges.is_empty()));
}

async fn i3_what_another_process_wrote_is_seen(opened: Opened) {
    let (one, other) = (&opened.store, Store::open(opened.database.clone(), Options::default()).await.unwrap());
    one.write(registered("P1", 100_000)).await.unwrap();
    let mut before = 100_000;
    for (number, store) in [one, one, &other, one, &other, &other, one].into_iter().enumerate() {
        let seen = settled(store, &format!("m{number}"), Needs::default()).await;
        assert_eq!(balance(&seen), Some(before), "message {number}");
        before -= 300;
    }
    assert!(one.prove().await.unwrap().holds());
    other.drain().await;
}

async fn what_was_written_in_bulk_is_seen(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    settled(store, "m1", Needs::default()).await;
    let mut account = store.load("P1", &Needs::default()).await.unwrap().account.unwrap();
    account.balance = Fen(7);
    store.write(Changes { accounts: vec![account], ..Changes::default() }).await.unwrap();
    assert_eq!(balance(&settled(store, "m2", Needs::default()).await), Some(7));
}

async fn i6_what_failed_left_nothing_behind(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    settled(store, "m1", Needs::default()).await;
    let unbalanced = job("P1", "m2", "body", Needs::default(), |file, ids| {
        let mut changes = settle(file, ids, "m2", 3_000).0;
        changes.bookings[0].entries[0].amount += Fen(1);
        done(changes, "wrong")
    });
    assert!(matches!(store.submit(unbalanced).await, Err(StoreError::Integrity(_))));
    assert_eq!(balance(&settled(store, "m3", Needs::default()).await), Some(99_700));
    assert!(store.prove().await.unwrap().holds());
}

async fn i5_lines_stay_as_they_came_when_they_are_settled_and_freed(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let came = upload("P1", "M1", 1, 3);
    let charging = {
        let came = came.clone();
        job("P1", "m1", "body", Needs::default(), move |_, _| {
            let visits = vec![visit("P1", "M1", VisitKind::Outpatient)];
            done(Changes { visits, uploads: vec![came.clone()], ..Changes::default() }, "charged")
        })
    };
    store.submit(charging).await.unwrap();
    for (msgid, settled_by) in [("m2", Some("S1")), ("m3", None), ("m4", Some("S2"))] {
        let needs = Needs { visits: vec!["M1".to_owned()], ..Needs::default() };
        let marking = job("P1", msgid, "body", needs, move |file, _| {
            let mut uploads = file.uploads.clone();
            uploads[0].settled_by = settled_by.map(str::to_owned);
            done(Changes { uploads, ..Changes::default() }, "marked")
        });
        store.submit(marking).await.unwrap();
        let held = store.uploads("P1", "M1").await.unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].settled_by.as_deref(), settled_by);
        assert_eq!(held[0].charges, came.charges);
    }
}
