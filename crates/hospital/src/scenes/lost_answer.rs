//! The line breaks while 2207 is on its way: done or not, the counter cannot know. 2601 takes it back, and
//! then the visit must be as before: its lines can be withdrawn, and so can the registration.

use super::outpatient::MED_TYPE;
use crate::basket::Shelf;
use crate::counter::Stop;
use crate::node::Node;
use crate::outpatient::{self, Disease};
use crate::visit::Visit;
use rand::Rng;
use std::time::Duration;

pub async fn play(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    outpatient::register(visit, MED_TYPE, Disease::default()).await?;
    let batch = outpatient::upload(visit, Shelf::Outpatient, 3, Disease::default()).await?;
    let account = outpatient::account_flag(visit);
    let trial = outpatient::trial(visit, &batch, MED_TYPE, account).await?;
    let data = outpatient::with_parts(outpatient::bill(visit, &batch, MED_TYPE, account), trial.parts);
    let message = visit.counter.message("2207", Some(visit.person), &Node::new().node("data", &data));
    let wait = Duration::from_micros(visit.dice.random_range(200..20_000));
    visit.counter.hall().wire.hang_up(&message, wait).await;
    // What was on the wire has arrived by now, or never will.
    tokio::time::sleep(Duration::from_millis(300)).await;
    visit.counter.take_back(&message, visit.person).await?;
    visit.balance = None;
    outpatient::withdraw(visit, &batch.number).await?;
    outpatient::unregister(visit).await
}
