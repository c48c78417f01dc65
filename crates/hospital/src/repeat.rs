//! Every message several times, in any order among all others: one effect each, and the same answer each time (I6).
//!
//! The messages are purchases (2102): each makes a visit, its lines, a settlement and a booking, and none waits for the
//! answer of another. Message number `n` is drawn from the seed and `n` alone and made anew each time it is sent; only the
//! time of sending differs, which is no part of what a message says. Of some messages all copies go out together, of some
//! shortly after each other, of the rest at any time of the run. What is kept of an answer is its SHA-256; what the first
//! answers say was paid is claimed by 3201 at the end, to the fen and to the number.

use crate::books::Claim;
use crate::check::{self, Expected, Stage};
use crate::clock::next_second;
use crate::counter::{Counter, Stop};
use crate::deviation::Examination;
use crate::hall::{Hall, House, pick};
use crate::message::Message;
use crate::pharmacy;
use crate::reconcile;
use crate::record::{Record, StatementKey};
use crate::reply::Reply;
use crate::scenes::Scene;
use crate::visit::Visit;
use crate::world::{InstitutionKind, Person};
use futures::future::join_all;
use model::{Day, Stamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What to send.
#[derive(Debug, Clone)]
pub struct Repetition {
    /// Different messages.
    pub messages: u32,
    /// How often each of them is sent.
    pub copies: RangeInclusive<u32>,
    /// At the same time.
    pub clients: u32,
    /// Of all chances.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Repeated {
    /// Messages sent, all copies.
    pub sent: usize,
    /// Different messages that were carried out.
    pub done: u32,
    /// Different messages that were refused, each time in the same words.
    pub refused: u32,
    /// Answers that differ from the first one to the same message.
    pub different: u32,
    /// Messages without a usable answer.
    pub unanswered: u32,
    /// Statements of 3201 that agree with what the first answers said.
    pub equal: usize,
    /// Statements of 3201 in all.
    pub statements: usize,
    /// Sending alone.
    pub took: Duration,
}

/// Copies of a message lie within so many others.
const SHORTLY: u64 = 1_000;

#[derive(Debug, Default)]
struct Found {
    /// By message number: the first answer.
    answers: Vec<Option<[u8; 32]>>,
    claims: BTreeMap<(String, StatementKey), Claim>,
    days: Option<(Day, Day)>,
    outcome: Repeated,
}

/// Sends everything, then claims what was paid.
pub async fn repeat(hall: &Hall, repetition: &Repetition) -> Result<Repeated, Stop> {
    next_second().await;
    let began = hall.clock.wall();
    let order = order(repetition);
    let messages = usize::try_from(repetition.messages).unwrap_or(usize::MAX);
    let found = Mutex::new(Found { answers: vec![None; messages], ..Found::default() });
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let working = (0..repetition.clients.max(1)).map(|_| async {
        while let Some(number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(hall, repetition, began, *number, &found).await?;
        }
        Ok(())
    });
    join_all(working).await.into_iter().collect::<Result<(), Stop>>()?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.outcome.took = started.elapsed();
    found.outcome.sent = order.len();
    claim(hall, found).await
}

/// The numbers of messages in the order of sending.
fn order(repetition: &Repetition) -> Vec<u32> {
    let mut dice = ChaCha8Rng::seed_from_u64(repetition.seed);
    let mean = u64::from(repetition.copies.start() + repetition.copies.end()) / 2;
    let all = u64::from(repetition.messages) * mean.max(1);
    let mut places: Vec<(u64, u32)> = Vec::new();
    for number in 0..repetition.messages {
        let first = dice.random_range(0..all.max(1));
        let within = [1, SHORTLY, all.max(1)][dice.random_range(0..3)];
        for _ in 0..dice.random_range(repetition.copies.clone()).max(1) {
            places.push(((first + dice.random_range(0..within)) % all.max(1), number));
        }
    }
    places.sort_unstable();
    places.into_iter().map(|(_, number)| number).collect()
}

/// Sends one copy and holds its answer against the first.
async fn one(
    hall: &Hall,
    repetition: &Repetition,
    began: Stamp,
    number: u32,
    found: &Mutex<Found>,
) -> Result<(), Stop> {
    let mut dice = ChaCha8Rng::seed_from_u64(repetition.seed);
    dice.set_stream(u64::from(number) + 1);
    let house = hall.any_house(&[InstitutionKind::Pharmacy], &mut dice);
    let house = house.ok_or(Stop::Missing("institutions（药店）"))?;
    let (message, medfee) = message(hall, house, began, number, dice)?;
    let answer = hall.wire.send(&message).await;
    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(reply) = answer else {
        found.outcome.unanswered += 1;
        return Ok(());
    };
    let hash: [u8; 32] = Sha256::digest(&reply.bytes).into();
    let Some(kept) = usize::try_from(number).ok().and_then(|place| found.answers.get_mut(place)) else { return Ok(()) };
    match kept {
        Some(first) if *first == hash => {}
        Some(_) => found.outcome.different += 1,
        None => {
            *kept = Some(hash);
            found.first(hall, house, &message, &reply, medfee);
        }
    }
    Ok(())
}

/// Message number `number`.
fn message(
    hall: &Hall,
    house: House<'_>,
    began: Stamp,
    number: u32,
    mut dice: ChaCha8Rng,
) -> Result<(Message, model::Fen), Stop> {
    let area = &house.institution.area;
    let suits = |person: &&Person| Scene::Pharmacy.suits(person, area, &hall.world);
    let fit: Vec<&Person> = hall.world.persons.iter().filter(suits).collect();
    let person = *pick(&fit, &mut dice).ok_or(Stop::Missing("persons"))?;
    let mut counter = Counter::unsigned(hall, house, "0001", 0);
    let mut visit = Visit::begin(&mut counter, person, dice, String::new());
    visit.began = began.to_string();
    let (lines, input) = pharmacy::drawn(&mut visit)?;
    let msgid = format!("{}{:010}{number:08}", house.institution.code, began.0);
    let medfee = lines.iter().map(|line| line.charged.sum).sum();
    Ok((counter.numbered(msgid, "2102", Some(person), &input), medfee))
}

impl Found {
    /// Notes what the first answer to a message says.
    fn first(&mut self, hall: &Hall, house: House<'_>, message: &Message, reply: &Reply, medfee: model::Fen) {
        if !reply.accepted() {
            self.outcome.refused += 1;
            return;
        }
        self.outcome.done += 1;
        let mut examination = Examination::new(&message.infno, &message.msgid);
        let expected = Expected { medfee: Some(medfee), ..Expected::default() };
        let amounts = check::settlement(&reply.output, Stage::Final, &expected, &mut examination);
        examination.report(&hall.deviations);
        let code = &house.institution.code;
        let record = Record::of(message, reply, &amounts, code, None);
        let (first, last) = self.days.unwrap_or((record.day(), record.day()));
        self.days = Some((first.min(record.day()), last.max(record.day())));
        self.claims.entry((code.clone(), record.key())).or_default().add(&record, hall.world.statement.refund_count);
    }
}

/// What was paid, claimed of the platform.
async fn claim(hall: &Hall, mut found: Found) -> Result<Repeated, Stop> {
    let Some(days) = found.days else { return Ok(found.outcome) };
    for house in hall.houses() {
        let mut counter = Counter::unsigned(hall, house, "0000", 0);
        for ((_, key), claim) in found.claims.iter().filter(|((code, _), _)| *code == house.institution.code) {
            found.outcome.statements += 1;
            found.outcome.equal += usize::from(reconcile::total(&mut counter, &key.node(), days, claim).await?);
        }
    }
    Ok(found.outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_its_copies_and_neighbours_of_other_numbers() {
        let repetition = Repetition { messages: 2_000, copies: 1..=10, clients: 1, seed: 7 };
        let order = order(&repetition);
        let mut count = vec![0_u32; 2_000];
        for number in &order {
            count[usize::try_from(*number).unwrap_or(0)] += 1;
        }
        assert!(count.iter().all(|copies| (1..=10).contains(copies)));
        assert!((1..=10).all(|copies| count.contains(&copies)), "every number of copies occurs");
        let alone = order.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(alone > order.len() / 2 && alone < order.len() - 500, "{alone} of {}", order.len());
        assert_ne!(order, super::order(&Repetition { seed: 8, ..repetition }));
    }
}
