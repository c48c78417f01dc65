//! One message, one effect, one answer (I6).

use crate::on_both_databases;
use crate::support::records::{registered, settle};
use crate::support::{Opened, done, job};
use agency::{Changes, Needs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Answered, Decision, Job, Store, StoreError};

on_both_databases!(
    i6_the_same_message_gets_the_same_bytes_and_has_one_effect,
    i6_duplicates_in_flight_have_one_effect,
    another_body_under_a_message_id_is_told_apart,
    a_refused_message_may_come_again_with_another_body,
    one_bad_decision_does_not_spoil_its_batch,
    what_was_accepted_is_finished_before_the_store_closes,
);

/// A job that settles, counting how often it was decided.
fn settling(owner: &str, msgid: &str, body: &str, decided: &Arc<AtomicU32>) -> Job {
    let (decided, said) = (Arc::clone(decided), msgid.to_owned());
    job(owner, msgid, body, Needs::default(), move |file, ids| {
        decided.fetch_add(1, Ordering::Relaxed);
        let (changes, settled) = settle(file, ids, &said, 3_000);
        done(changes, format!("{{\"setl_id\":\"{}\"}}", settled.id))
    })
}

async fn settlements_of(store: &Store, person: &str) -> usize {
    let filter = store::SettlementFilter { person: Some(person.to_owned()), ..Default::default() };
    store.settlements(&filter, None).await.unwrap().len()
}

async fn i6_the_same_message_gets_the_same_bytes_and_has_one_effect(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let decided = Arc::new(AtomicU32::new(0));
    let Answered::Fresh(first) = store.submit(settling("P1", "m1", "body", &decided)).await.unwrap() else {
        panic!("the first time is fresh")
    };
    for _ in 0..3 {
        let again = store.submit(settling("P1", "m1", "body", &decided)).await.unwrap();
        assert_eq!(again, Answered::Stored(first.clone()));
    }
    assert_eq!(decided.load(Ordering::Relaxed), 1);
    assert_eq!(settlements_of(store, "P1").await, 1);
}

async fn i6_duplicates_in_flight_have_one_effect(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let decided = Arc::new(AtomicU32::new(0));
    let twenty = (0..20).map(|_| store.submit(settling("P1", "m1", "body", &decided)));
    let answers: Vec<Answered> = futures::future::join_all(twenty).await.into_iter().map(Result::unwrap).collect();
    let fresh = answers.iter().filter(|answer| matches!(answer, Answered::Fresh(_))).count();
    assert_eq!(fresh, 1);
    let bytes = |answer: &Answered| match answer {
        Answered::Fresh(bytes) | Answered::Stored(bytes) => bytes.clone(),
        other => panic!("{other:?}"),
    };
    assert!(answers.iter().all(|answer| bytes(answer) == bytes(&answers[0])));
    assert_eq!(settlements_of(store, "P1").await, 1);
}

async fn another_body_under_a_message_id_is_told_apart(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    store.write(registered("P2", 100_000)).await.unwrap();
    let decided = Arc::new(AtomicU32::new(0));
    store.submit(settling("P1", "m1", "body", &decided)).await.unwrap();
    assert_eq!(store.submit(settling("P1", "m1", "other", &decided)).await.unwrap(), Answered::OtherBody);
    // Another person is another body, though it lies elsewhere.
    assert_eq!(store.submit(settling("P2", "m1", "third", &decided)).await.unwrap(), Answered::OtherBody);
    assert_eq!((settlements_of(store, "P1").await, settlements_of(store, "P2").await), (1, 0));
}

async fn a_refused_message_may_come_again_with_another_body(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let refusing = || {
        job("P1", "m1", "wrong", Needs::default(), |_, _| Decision {
            changes: Changes::default(),
            reply: b"no".to_vec(),
            refused: true,
        })
    };
    assert_eq!(store.submit(refusing()).await.unwrap(), Answered::Fresh(b"no".to_vec()));
    assert_eq!(store.submit(refusing()).await.unwrap(), Answered::Stored(b"no".to_vec()));
    let decided = Arc::new(AtomicU32::new(0));
    let mended = store.submit(settling("P1", "m1", "right", &decided)).await.unwrap();
    assert!(matches!(mended, Answered::Fresh(_)));
    // Now it is done, and the first body is the other one.
    assert_eq!(store.submit(refusing()).await.unwrap(), Answered::OtherBody);
    assert_eq!(settlements_of(store, "P1").await, 1);
}

async fn one_bad_decision_does_not_spoil_its_batch(opened: Opened) {
    let store = &opened.store;
    for person in ["P1", "P2", "P3", "P4"] {
        store.write(registered(person, 100_000)).await.unwrap();
    }
    let decided = Arc::new(AtomicU32::new(0));
    let unbalanced = job("P2", "m2", "body", Needs::default(), |file, ids| {
        let (mut changes, _) = settle(file, ids, "m2", 3_000);
        changes.bookings[0].entries[0].amount.0 += 1;
        done(changes, "unbalanced")
    });
    let panicking = job("P3", "m3", "body", Needs::default(), |_, _| panic!("a decision that breaks"));
    let meddling = job("P4", "m4", "body", Needs::default(), |_, _| done(registered("P1", 5), "another's file"));
    let (one, two, three, four) = tokio::join!(
        store.submit(settling("P1", "m1", "body", &decided)),
        store.submit(unbalanced),
        store.submit(panicking),
        store.submit(meddling),
    );
    assert!(matches!(one, Ok(Answered::Fresh(_))), "{one:?}");
    let Err(StoreError::Integrity(reason)) = two else { panic!("{two:?}") };
    assert_eq!(reason, "I7: booking does not sum to zero");
    assert!(matches!(three, Err(StoreError::Bug(_))), "{three:?}");
    assert!(matches!(four, Err(StoreError::Bug(_))), "{four:?}");
    assert_eq!(settlements_of(store, "P1").await, 1);
    assert_eq!(settlements_of(store, "P2").await, 0);
}

async fn what_was_accepted_is_finished_before_the_store_closes(opened: Opened) {
    let store = opened.store;
    for number in 0..40 {
        store.write(registered(&format!("P{number}"), 100_000)).await.unwrap();
    }
    let decided = Arc::new(AtomicU32::new(0));
    let waiting: Vec<_> = (0..40)
        .map(|number| {
            let (store, decided) = (store.clone(), Arc::clone(&decided));
            tokio::spawn(async move {
                store.submit(settling(&format!("P{number}"), &format!("m{number}"), "body", &decided)).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    let late = store.clone();
    store.drain().await;
    let mut finished = 0;
    for answer in waiting {
        match answer.await.unwrap() {
            Ok(Answered::Fresh(_)) => finished += 1,
            Err(StoreError::Closing) => {}
            other => panic!("{other:?}"),
        }
    }
    let refused = late.submit(settling("P1", "late", "body", &decided)).await;
    assert!(matches!(refused, Err(StoreError::Closing)), "{refused:?}");
    let again = Store::open(opened.database, store::Options::default()).await.unwrap();
    let kept = again.settlements(&store::SettlementFilter::default(), None).await.unwrap();
    assert_eq!(kept.len(), finished);
}
