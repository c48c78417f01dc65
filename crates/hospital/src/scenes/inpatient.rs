//! Stays: charged day by day, corrected, discharged, settled; reopened; settled on the way.

use crate::counter::Stop;
use crate::inpatient::{self, Moment, Stay};
use crate::visit::Visit;
use rand::Rng;

pub async fn ordinary(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    whole(visit).await
}

/// A stay from admission to settlement, of a person already identified.
pub async fn whole(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    let mut stay = charged(visit).await?;
    inpatient::discharge(visit, &stay).await?;
    inpatient::settle(visit, &mut stay, Moment::Leaving).await?;
    Ok(())
}

/// The settlement is taken back, the discharge too, more is charged, and all is settled again.
pub async fn reopened(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    let mut stay = charged(visit).await?;
    inpatient::discharge(visit, &stay).await?;
    let lines = stay.lines.clone();
    let settled = inpatient::settle(visit, &mut stay, Moment::Leaving).await?;
    visit.reverse("2305", &settled).await?;
    stay.lines = lines;
    inpatient::readmit(visit).await?;
    inpatient::charge(visit, &mut stay, 3).await?;
    inpatient::discharge(visit, &stay).await?;
    inpatient::settle(visit, &mut stay, Moment::Leaving).await?;
    Ok(())
}

/// Settled once before discharge, and the rest after it.
pub async fn interim(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    let mut stay = charged(visit).await?;
    inpatient::settle(visit, &mut stay, Moment::Interim).await?;
    inpatient::charge(visit, &mut stay, 5).await?;
    inpatient::discharge(visit, &stay).await?;
    inpatient::settle(visit, &mut stay, Moment::Leaving).await?;
    Ok(())
}

async fn charged<'a>(visit: &mut Visit<'_, 'a>) -> Result<Stay<'a>, Stop> {
    let mut stay = inpatient::admit(visit).await?;
    for _ in 0..visit.dice.random_range(2..=4) {
        let count = visit.dice.random_range(2..=12);
        inpatient::charge(visit, &mut stay, count).await?;
    }
    inpatient::refund(visit, &mut stay).await?;
    inpatient::withdraw_one(visit, &mut stay).await?;
    inpatient::amend(visit, &stay).await?;
    Ok(stay)
}
