//! How many messages a second the store carries out: pairs of an upload of ten lines and the settlement of it, each
//! answered after its commit.
//!
//! `cargo run --release -p store --example commit_rate -- DATABASE [SECONDS [PERSONS]]`, where DATABASE is a data directory
//! or `postgres://…`. No HTTP and no real decisions: `make bench-store` measures the whole server.
#![allow(clippy::unwrap_used, reason = "a measurement that fails should stop")]

#[path = "../tests/support/records.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod records;

use agency::{AccountState, Accumulator, Changes, IdKind, Needs, VisitKind, VisitState};
use model::{Fen, Stamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::{Answered, Database, Decision, Job, MessageKey, Options, Store};

const INSTITUTION: &str = "H99010000001";
const NOW: Stamp = Stamp(1_790_000_000);
/// Keys of the policy packages that a settlement counts up.
const KEYS: [&str; 5] =
    ["outpatient.deductible", "outpatient.pool", "outpatient.large", "civil.outpatient", "self.in_scope"];

fn job(owner: &str, msgid: String, infno: &str, needs: Needs, decide: store::Decide) -> Job {
    let key = MessageKey { institution: INSTITUTION.to_owned(), msgid, infno: infno.to_owned() };
    Job { owner: owner.to_owned(), key, body_hash: [7; 32], needs, now: NOW, decide }
}

/// A visit and an upload of ten lines.
fn uploading(person: &str, msgid: String) -> Job {
    let decide = |file: &agency::File, ids: &mut dyn agency::Ids| {
        let visit = ids.next(IdKind::Visit);
        let changes = Changes {
            visits: vec![records::visit(&file.owner, &visit, VisitKind::Outpatient)],
            uploads: vec![records::upload(&file.owner, &visit, 1, 10)],
            ..Changes::default()
        };
        Decision { changes, reply: visit.into_bytes(), refused: false }
    };
    job(person, msgid, "2204", Needs::default(), Arc::new(decide))
}

/// The settlement of the upload: settlement, booking, account, five accumulators, the upload and the visit.
fn settling(person: &str, msgid: String, visit: String) -> Job {
    let said = msgid.clone();
    let needs = Needs { visits: vec![visit.clone()], ..Needs::default() };
    let decide = move |file: &agency::File, ids: &mut dyn agency::Ids| {
        let person = file.owner.as_str();
        let mut settlement = records::settlement(person, &ids.next(IdKind::Settlement), &visit, 10_000);
        settlement.msgid.clone_from(&said);
        settlement.case = "{\"charges\":[]}".repeat(40);
        settlement.used = KEYS.iter().map(|key| (2026, (*key).to_owned(), 700)).collect();
        let after = |key: &str| {
            let known = file.accumulators.iter().find(|known| known.key == key);
            known.map_or(0, |known| known.value) + 700
        };
        let accumulators = KEYS.iter().map(|key| Accumulator {
            person: person.to_owned(),
            year: 2026,
            area: "990100".to_owned(),
            insurance: "310".to_owned(),
            key: (*key).to_owned(),
            value: after(key),
        });
        let balance = file.account.as_ref().unwrap().balance - settlement.account;
        let mut uploads = file.uploads.clone();
        uploads.iter_mut().for_each(|upload| upload.settled_by = Some(settlement.id.clone()));
        let mut visits = file.visits.clone();
        visits.iter_mut().for_each(|visit| visit.state = VisitState::Settled);
        let changes = Changes {
            accounts: vec![AccountState { person: person.to_owned(), balance, family: Fen::ZERO }],
            accumulators: accumulators.collect(),
            visits,
            uploads,
            bookings: vec![records::booking(&settlement, &ids.next(IdKind::Booking))],
            settlements: vec![settlement],
            ..Changes::default()
        };
        Decision { changes, reply: "{\"setlinfo\":{}}".repeat(100).into_bytes(), refused: false }
    };
    job(person, msgid, "2207", needs, Arc::new(decide))
}

/// One client: pairs of messages about persons in turn, until the time is up. Gives how long each message took.
async fn client(store: Store, number: u64, persons: u64, next: Arc<AtomicU64>, until: Instant) -> Vec<Duration> {
    // Another run on the same database sends other messages.
    let (run, mut times) = (std::process::id(), Vec::new());
    while Instant::now() < until {
        let pair = next.fetch_add(1, Ordering::Relaxed);
        // Spread over the persons, so that clients rarely meet at one.
        let person = format!("P{:07}", pair.wrapping_mul(7_919).wrapping_add(number) % persons);
        let begun = Instant::now();
        let Answered::Fresh(visit) = store.submit(uploading(&person, format!("u{run}-{pair}"))).await.unwrap() else {
            panic!("a message id came twice")
        };
        times.push(begun.elapsed());
        let begun = Instant::now();
        let visit = String::from_utf8(visit).unwrap();
        let answer = store.submit(settling(&person, format!("s{run}-{pair}"), visit)).await.unwrap();
        assert!(matches!(answer, Answered::Fresh(_)));
        times.push(begun.elapsed());
    }
    times
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let database = Database::parse(&arguments.next().unwrap_or_else(|| "bench-data/store".to_owned())).unwrap();
    let seconds = arguments.next().map_or(10, |text| text.parse().unwrap());
    let persons: u64 = arguments.next().map_or(20_000, |text| text.parse().unwrap());
    let lanes = std::env::var("LANES").ok().map_or(Options::default().lanes, |text| text.parse().unwrap());
    let store = Store::open(database, Options { lanes, ..Options::default() }).await.unwrap();
    let next = Arc::new(AtomicU64::new(0));
    if store.person_by_card("KP0000000").await.unwrap().is_none() {
        let mut all = Changes::default();
        for person in 0..persons {
            let mut one = records::registered(&format!("P{person:07}"), 100_000_000);
            all.persons.append(&mut one.persons);
            all.coverages.append(&mut one.coverages);
            all.accounts.append(&mut one.accounts);
            all.bookings.append(&mut one.bookings);
        }
        store.write(all).await.unwrap();
    }
    println!("clients\tmessages/s\tsettlements/s\tp50 ms\tp99 ms");
    for clients in [1, 32, 256_u64] {
        let (begun, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
        let running =
            (0..clients).map(|number| tokio::spawn(client(store.clone(), number, persons, Arc::clone(&next), until)));
        let mut times: Vec<Duration> = Vec::new();
        for one in futures::future::join_all(running).await {
            times.extend(one.unwrap());
        }
        let taken = begun.elapsed().as_millis().max(1);
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).unwrap().as_micros();
        let rate = times.len() as u128 * 1_000 / taken;
        let (p50, p99) = (at(50), at(99));
        println!(
            "{clients}\t{rate}\t{}\t{}.{:02}\t{}.{:02}",
            rate / 2,
            p50 / 1_000,
            p50 % 1_000 / 10,
            p99 / 1_000,
            p99 % 1_000 / 10
        );
    }
    let begun = Instant::now();
    let proof = store.prove().await.unwrap();
    println!("proof in {} ms: {:?}, {} violations", begun.elapsed().as_millis(), proof.counts, proof.violations.len());
    assert!(proof.holds(), "{:#?}", proof.violations.first());
    store.drain().await;
}
