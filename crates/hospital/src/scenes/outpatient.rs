//! Ordinary outpatients, those who come back for their money, and the registration fee.

use crate::basket::Shelf;
use crate::counter::Stop;
use crate::outpatient::{self, Batch, Disease};
use crate::visit::{Settled, Visit};
use rand::Rng;

/// Care code of an ordinary outpatient visit.
pub const MED_TYPE: &str = "11";
/// Care code of the registration fee.
const REGISTRATION: &str = "12";

/// Registered, diagnosed, charged once or twice, settled.
pub async fn ordinary(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    seen(visit).await?;
    // The laboratory's lines come later: another batch of the same visit (§8.1).
    if visit.dice.random_bool(0.15) {
        charged(visit).await?;
    }
    Ok(())
}

/// Settled and taken back. Half of them give up the registration too.
pub async fn cancelled(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    let (_, settled) = seen(visit).await?;
    visit.reverse("2208", &settled).await?;
    if visit.dice.random_bool(0.5) {
        outpatient::withdraw(visit, "0000").await?;
        outpatient::unregister(visit).await?;
    }
    Ok(())
}

/// One line comes back: 2208, 2205, 2204 of the rest, 2206, 2207.
pub async fn partial_refund(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    outpatient::register(visit, MED_TYPE, Disease::default()).await?;
    let count = visit.dice.random_range(2..=8);
    let batch = outpatient::upload(visit, Shelf::Outpatient, count, Disease::default()).await?;
    let settled = outpatient::settle(visit, &batch, MED_TYPE).await?;
    visit.reverse("2208", &settled).await?;
    outpatient::withdraw(visit, &batch.number).await?;
    let mut rest = batch.lines;
    rest.pop();
    // They are new lines of the visit, with numbers of their own.
    for line in &mut rest {
        line.charged.serial = visit.serials(1).to_string();
    }
    let batch = outpatient::upload_lines(visit, rest, Disease::default()).await?;
    outpatient::settle(visit, &batch, MED_TYPE).await?;
    Ok(())
}

/// The registration fee alone, `med_type` 12.
pub async fn registration(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    outpatient::register(visit, REGISTRATION, Disease::default()).await?;
    let batch = outpatient::upload(visit, Shelf::Registration, 1, Disease::default()).await?;
    outpatient::settle(visit, &batch, REGISTRATION).await?;
    Ok(())
}

async fn seen(visit: &mut Visit<'_, '_>) -> Result<(Batch, Settled), Stop> {
    visit.identify().await?;
    outpatient::register(visit, MED_TYPE, Disease::default()).await?;
    charged(visit).await
}

async fn charged(visit: &mut Visit<'_, '_>) -> Result<(Batch, Settled), Stop> {
    let count = visit.dice.random_range(1..=10);
    let batch = outpatient::upload(visit, Shelf::Outpatient, count, Disease::default()).await?;
    let settled = outpatient::settle(visit, &batch, MED_TYPE).await?;
    Ok((batch, settled))
}
