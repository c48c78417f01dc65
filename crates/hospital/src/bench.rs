//! Load: 2204 with ten lines and 2207, over and over, on visits that were registered before. Each visit is settled once,
//! as most are; only when all have been is a visit charged again.

use crate::basket::Shelf;
use crate::clock::{compact, next_second};
use crate::counter::{Counter, Stop};
use crate::hall::{Hall, House};
use crate::latency::within;
use crate::node::Node;
use crate::outpatient::{self, Disease};
use crate::scenes::Scene;
use crate::visit::Visit;
use crate::world::{InstitutionKind, Person};
use futures::future::{join_all, try_join_all};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines of one upload.
const LINES: u32 = 10;
/// Care code of what is settled.
const MED_TYPE: &str = "11";

/// How hard, how long.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// At the same time.
    pub clients: u32,
    /// For so long.
    pub lasting: Duration,
    /// Visits registered before the clock starts.
    pub visits: u32,
    /// Settlements in a second; `None`: as many as go. Times count from when one was due.
    pub rate: Option<u32>,
    /// Of all chances.
    pub seed: u64,
}

/// What the server stood.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Stood {
    /// Settlements acknowledged.
    pub settlements: u64,
    /// Messages refused or unanswered.
    pub failed: u64,
    /// From the first to the last.
    pub took: Duration,
    /// 2204 and 2207 together: half were done within this.
    pub p50: Duration,
    /// 99 of 100 were done within this.
    pub p99: Duration,
}

impl Stood {
    /// Settlements in a second, by tenths.
    #[must_use]
    pub fn tenths_per_second(&self) -> u128 {
        u128::from(self.settlements) * 10_000 / self.took.as_millis().max(1)
    }
}

#[derive(Debug, Default)]
struct Tally {
    due: AtomicU64,
    failed: AtomicU64,
    micros: Mutex<Vec<u32>>,
}

/// Registers, says so, then loads.
pub async fn bench(hall: &Hall, load: &Load, registered: impl FnOnce()) -> Result<Stood, Stop> {
    next_second().await;
    let houses: Vec<House<'_>> =
        hall.houses().filter(|house| house.institution.kind == InstitutionKind::Hospital).collect();
    let mut counters = Vec::new();
    for client in 0..load.clients {
        let index = usize::try_from(client).unwrap_or(0) % houses.len().max(1);
        let house = *houses.get(index).ok_or(Stop::Missing("institutions（医院）"))?;
        counters.push(Counter::unsigned(hall, house, &format!("{:04}", client + 1), load.seed));
    }
    let registering =
        counters.iter_mut().enumerate().map(|(client, counter)| Client::open(hall, counter, client, load));
    let clients = try_join_all(registering).await?;
    registered();
    hall.wire.latencies().clear();
    let tally = Tally::default();
    let started = Instant::now();
    join_all(clients.into_iter().map(|client| client.work(load, &tally, started))).await;
    let took = started.elapsed();
    let mut micros = tally.micros.into_inner().unwrap_or_else(PoisonError::into_inner);
    micros.sort_unstable();
    Ok(Stood {
        settlements: u64::try_from(micros.len()).unwrap_or(u64::MAX),
        failed: tally.failed.into_inner(),
        took,
        p50: within(&micros, 50),
        p99: within(&micros, 99),
    })
}

/// One counter with the person at it: nobody else's, while there are enough persons.
struct Client<'v, 'a> {
    visit: Visit<'v, 'a>,
    /// Visits that wait, by number; what has been settled goes to the back.
    registered: VecDeque<String>,
}

impl<'v, 'a> Client<'v, 'a> {
    /// Registers its share of the visits.
    async fn open(hall: &'a Hall, counter: &'v mut Counter<'a>, client: usize, load: &Load) -> Result<Self, Stop> {
        let area = &counter.house().institution.area;
        let suits = |person: &&Person| Scene::Outpatient.suits(person, area, &hall.world);
        let fit: Vec<&Person> = hall.world.persons.iter().filter(suits).collect();
        let person = *fit.get(client % fit.len().max(1)).ok_or(Stop::Missing("persons"))?;
        let mut dice = ChaCha8Rng::seed_from_u64(load.seed);
        dice.set_stream(u64::try_from(client).unwrap_or(0));
        let began = compact(hall.clock.wall());
        let mut visit = Visit::begin(counter, person, dice, String::new());
        let mut registered = VecDeque::new();
        for number in 0..load.visits.div_ceil(load.clients.max(1)).max(1) {
            visit.own_number = format!("{began}{client:04}{number:05}");
            outpatient::register(&mut visit, MED_TYPE, Disease::default()).await?;
            registered.push_back(visit.mdtrt_id.clone());
        }
        Ok(Self { visit, registered })
    }

    async fn work(mut self, load: &Load, tally: &Tally, started: Instant) {
        while started.elapsed() < load.lasting {
            let mut begun = Instant::now();
            if let Some(rate) = load.rate {
                let number = tally.due.fetch_add(1, Ordering::Relaxed);
                let due = Duration::from_micros(number * 1_000_000 / u64::from(rate.max(1)));
                if due >= load.lasting {
                    return;
                }
                tokio::time::sleep(due.saturating_sub(started.elapsed())).await;
                begun = started + due;
            }
            match self.once().await {
                Ok(()) => {
                    let micros = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
                    tally.micros.lock().unwrap_or_else(PoisonError::into_inner).push(micros);
                }
                Err(_) => {
                    tally.failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    /// 2204 and 2207. The four split amounts come from the lines' answers: no trial is needed for them.
    async fn once(&mut self) -> Result<(), Stop> {
        let visit = &mut self.visit;
        if let Some(next) = self.registered.pop_front() {
            self.registered.push_back(next.clone());
            visit.mdtrt_id = next;
        }
        let batch = outpatient::upload(visit, Shelf::Outpatient, LINES, Disease::default()).await?;
        let data = outpatient::with_parts(outpatient::bill(visit, &batch, MED_TYPE, "1"), batch.parts);
        visit.call("2207", &Node::new().node("data", &data)).await?;
        Ok(())
    }
}
