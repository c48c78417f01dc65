//! A simulated day: so many clients, each at one counter at a time, until all visits are done; then the day
//! is closed.
//!
//! Everything about visit number `n` is drawn from the seed and `n` alone, whoever plays it: a run with the
//! same seed makes the same visits, however many clients there are.

use crate::clock::{compact, next_second};
use crate::counter::{Counter, Stop};
use crate::hall::Hall;
use crate::reconcile::{self, Balance};
use crate::scenes::Scene;
use crate::visit::Visit;
use futures::future::join_all;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What to play.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Visits in all.
    pub visits: u32,
    /// At the same time.
    pub clients: u32,
    /// Of all chances.
    pub seed: u64,
    /// Scenes with their weights.
    pub mix: Vec<(Scene, u32)>,
    /// Visits begun in a second; `None`: as fast as it goes.
    pub rate: Option<u32>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Visits played to their end, by scene.
    pub played: BTreeMap<Scene, u32>,
    /// Visits that ended early, by scene and reason.
    pub stopped: BTreeMap<(Scene, String), u32>,
    /// How long the visits took together.
    pub took: Duration,
    /// The day's end, by institution.
    pub balances: Vec<Balance>,
}

/// Plays the plan and closes the day.
pub async fn run(hall: &Hall, plan: &Plan) -> Outcome {
    next_second().await;
    let started = Instant::now();
    let next = AtomicU32::new(0);
    let outcome = Mutex::new(Outcome::default());
    join_all((0..plan.clients.max(1)).map(|client| work(hall, plan, client, &next, &outcome, started))).await;
    let mut outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.took = started.elapsed();
    outcome.balances = close(hall, plan.seed).await;
    outcome
}

async fn work(hall: &Hall, plan: &Plan, client: u32, next: &AtomicU32, outcome: &Mutex<Outcome>, started: Instant) {
    let mut counters: HashMap<String, Counter<'_>> = HashMap::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.visits {
            break;
        }
        if let Some(rate) = plan.rate {
            let due = Duration::from_micros(u64::from(number) * 1_000_000 / u64::from(rate.max(1)));
            tokio::time::sleep(due.saturating_sub(started.elapsed())).await;
        }
        let (scene, result) = play(hall, plan, client, number, &mut counters).await;
        let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(()) => *outcome.played.entry(scene).or_default() += 1,
            Err(stop) => *outcome.stopped.entry((scene, reason(&stop))).or_default() += 1,
        }
    }
    for counter in counters.into_values() {
        // A refusal is in the list of deviations already.
        let _ = counter.close().await;
    }
}

/// One visit from the door to the last message about it.
async fn play<'a>(
    hall: &'a Hall,
    plan: &Plan,
    client: u32,
    number: u32,
    counters: &mut HashMap<String, Counter<'a>>,
) -> (Scene, Result<(), Stop>) {
    let mut dice = ChaCha8Rng::seed_from_u64(plan.seed);
    dice.set_stream(number.into());
    let scene = draw(&plan.mix, &mut dice);
    let Some(house) = hall.any_house(scene.casting().kinds, &mut dice) else {
        return (scene, Err(Stop::Missing("institutions（这种场景的机构）")));
    };
    let area = &house.institution.area;
    let who = hall.any_person(|person| scene.suits(person, area, &hall.world), &mut dice).await;
    let Some((person, _present)) = who else {
        return (scene, Err(Stop::Missing("persons（这种场景的参保人）")));
    };
    if !counters.contains_key(&house.institution.code) {
        match Counter::open(hall, house, &format!("{:04}", client + 1), plan.seed ^ u64::from(client)).await {
            Ok(counter) => counters.insert(house.institution.code.clone(), counter),
            Err(stop) => return (scene, Err(stop)),
        };
    }
    let Some(counter) = counters.get_mut(&house.institution.code) else {
        return (scene, Err(Stop::Missing("institutions")));
    };
    let own_number = format!("{}{number:06}", compact(hall.clock.wall()));
    let mut visit = Visit::begin(counter, person, dice, own_number);
    let mut result = scene.play(&mut visit).await;
    if result.is_ok() {
        result = visit.counter.repeat_late().await;
    }
    (scene, result)
}

/// Reconciles every institution that has settled.
pub async fn close(hall: &Hall, seed: u64) -> Vec<Balance> {
    let mut balances = Vec::new();
    for house in hall.houses() {
        let mut counter = match Counter::open(hall, house, "0000", seed).await {
            Ok(counter) => counter,
            Err(_) => continue,
        };
        match reconcile::institution(&mut counter).await {
            Ok(balance) => balances.push(balance),
            Err(_) => {
                balances.push(Balance { institution: house.institution.code.clone(), totals: 1, ..Balance::default() })
            }
        }
        let _ = counter.close().await;
    }
    balances
}

fn draw(mix: &[(Scene, u32)], dice: &mut impl Rng) -> Scene {
    let all: u32 = mix.iter().map(|(_, weight)| weight).sum();
    let mut left = dice.random_range(0..all.max(1));
    for (scene, weight) in mix {
        if left < *weight {
            return *scene;
        }
        left -= weight;
    }
    Scene::Outpatient
}

fn reason(stop: &Stop) -> String {
    match stop {
        Stop::Refused { infno, .. } => format!("{infno} 被拒绝"),
        Stop::Wire(_) => "无可用应答".to_owned(),
        Stop::Missing(what) => format!("world.json 缺少 {what}"),
        Stop::Books(error) => error.to_string(),
    }
}
