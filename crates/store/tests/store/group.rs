//! Group commit changes how often the disk is asked, and nothing else.

use crate::on_both_databases;
use crate::support::records::{registered, settle};
use crate::support::{Opened, done, job};
use agency::{Changes, File, Needs};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use store::{Answered, Database, Decision, Job, Options, Store, StoreError};

on_both_databases!(i6_each_of_many_duplicates_in_any_order_has_one_effect, owners_do_not_wait_for_strangers);

/// A message of a person: settles, refuses, or wants something the database refuses.
#[derive(Debug, Clone, Copy)]
enum Act {
    Settle,
    Refuse,
    Unbalanced,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    person: u8,
    /// Few numbers, so that messages repeat and clash.
    number: u8,
    body: u8,
    act: Act,
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let act = prop_oneof![6 => Just(Act::Settle), 2 => Just(Act::Refuse), 1 => Just(Act::Unbalanced)];
    let message =
        (0..4_u8, 0..25_u8, 0..2_u8, act).prop_map(|(person, number, body, act)| Message { person, number, body, act });
    prop::collection::vec(message, 1..60)
}

fn told(message: Message) -> Job {
    let msgid = format!("m{}", message.number);
    let body = format!("{} {} {:?}", message.person, message.body, message.act);
    let said = msgid.clone();
    job(&format!("P{}", message.person), &msgid, &body, Needs::default(), move |file, ids| {
        let total = 1_000 * (i64::from(message.body) + 1);
        let (mut changes, settled) = settle(file, ids, &said, total);
        match message.act {
            Act::Settle => done(changes, settled.id),
            Act::Refuse => Decision { changes: Changes::default(), reply: b"refused".to_vec(), refused: true },
            Act::Unbalanced => {
                changes.bookings[0].entries[0].amount.0 += 1;
                done(changes, "never")
            }
        }
    })
}

/// What anybody can see: every person's file, with all visits.
async fn seen(store: &Store) -> Vec<Has> {
    let mut files = Vec::new();
    for person in 0..4 {
        let person = format!("P{person}");
        let filter = store::VisitFilter { person: Some(person.clone()), ..Default::default() };
        let visits = store.visits(&filter, None).await.unwrap().into_iter().map(|visit| visit.id).collect();
        files.push(store.load(&person, &Needs { visits, ..Needs::default() }).await.unwrap().into());
    }
    files
}

/// What a person has, without ids: these differ with every attempt, what was decided does not.
#[derive(Debug, PartialEq, Eq)]
struct Has {
    /// Totals and the account's balance after them.
    settled: Vec<(i64, i64)>,
    balance: Option<i64>,
    used: Vec<(String, i64)>,
}

impl From<File> for Has {
    fn from(file: File) -> Self {
        let amounts = file.settlements.iter().map(|settlement| (settlement.total.0, settlement.balance.0));
        let mut settled: Vec<(i64, i64)> = amounts.collect();
        settled.sort_unstable();
        let balance = file.account.as_ref().map(|account| account.balance.0);
        Self { settled, balance, used: file.used(2026, "990100", "310") }
    }
}

fn kind(answer: &Result<Answered, StoreError>) -> &'static str {
    match answer {
        Ok(Answered::Fresh(_)) => "fresh",
        Ok(Answered::Stored(_)) => "stored",
        Ok(Answered::OtherBody) => "other body",
        Ok(Answered::Busy) => "busy",
        Err(StoreError::Integrity(_)) => "refused by the database",
        Err(_) => "failed",
    }
}

async fn fresh(batch_max: usize) -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { batch_max, ..Options::default() };
    let store = Store::open(Database::Sqlite(folder.path().to_owned()), options).await.unwrap();
    for person in 0..4 {
        store.write(registered(&format!("P{person}"), 1_000_000)).await.unwrap();
    }
    (store, folder)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn committing_in_groups_is_committing_one_by_one(messages in messages(), batch_max in 2..40_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ((grouped, _one), (single, _other)) = (fresh(batch_max).await, fresh(1).await);
            let mut together = Vec::new();
            // One message id in flight for two persons is told to come again; alone it never happens.
            let mut places: BTreeMap<u8, u8> = BTreeMap::new();
            let messages: Vec<Message> = messages
                .into_iter()
                .filter(|message| *places.entry(message.number).or_insert(message.person) == message.person)
                .collect();
            for message in &messages {
                together.push(grouped.submit(told(*message)));
            }
            let together = futures::future::join_all(together).await;
            let mut alone = Vec::new();
            for message in &messages {
                alone.push(single.submit(told(*message)).await);
            }
            let kinds = |answers: &[Result<Answered, StoreError>]| answers.iter().map(kind).collect::<Vec<_>>();
            assert_eq!(kinds(&together), kinds(&alone));
            assert_eq!(seen(&grouped).await, seen(&single).await);
            for store in [grouped, single] {
                let proof = store.prove().await.unwrap();
                assert!(proof.holds(), "{:#?}", proof.violations);
                store.drain().await;
            }
        });
    }
}

async fn i6_each_of_many_duplicates_in_any_order_has_one_effect(opened: Opened) {
    let store = &opened.store;
    for person in 0..4 {
        store.write(registered(&format!("P{person}"), 1_000_000)).await.unwrap();
    }
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let mut sent: Vec<Message> = Vec::new();
    for number in 0..150_u8 {
        let message = Message { person: number % 4, number, body: 0, act: Act::Settle };
        sent.extend(std::iter::repeat_n(message, dice.random_range(1..=10)));
    }
    sent.shuffle(&mut dice);
    let answers = futures::future::join_all(sent.iter().map(|message| store.submit(told(*message)))).await;
    let mut bytes: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    let mut firsts = 0;
    for (message, answer) in sent.iter().zip(answers) {
        let said = match answer.unwrap() {
            Answered::Fresh(said) => {
                firsts += 1;
                said
            }
            Answered::Stored(said) => said,
            other => panic!("{other:?}"),
        };
        assert_eq!(*bytes.entry(message.number).or_insert_with(|| said.clone()), said, "message {}", message.number);
    }
    assert_eq!(firsts, 150, "one fresh answer a message, of {} sent", sent.len());
    let proof = store.prove().await.unwrap();
    assert!(proof.holds() && proof.counts.contains(&("结算", 150)), "{proof:#?}");
}

async fn owners_do_not_wait_for_strangers(opened: Opened) {
    // Two openings on one database, as two processes would be: neither loses what the other did.
    let other = Store::open(opened.database.clone(), Options::default()).await.unwrap();
    for person in 0..4 {
        opened.store.write(registered(&format!("P{person}"), 1_000_000)).await.unwrap();
    }
    let sends = (0..80_u8).map(|number| {
        let message = Message { person: number % 4, number, body: 0, act: Act::Settle };
        let store = if number % 8 < 4 { &opened.store } else { &other };
        store.submit(told(message))
    });
    for answer in futures::future::join_all(sends).await {
        assert!(matches!(answer, Ok(Answered::Fresh(_))), "{answer:?}");
    }
    let proof = opened.store.prove().await.unwrap();
    assert!(proof.holds() && proof.counts.contains(&("结算", 80)), "{proof:#?}");
}
