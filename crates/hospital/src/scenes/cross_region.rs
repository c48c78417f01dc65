//! Persons insured elsewhere: the catalogue of the place of care, the policy of the place of cover.

use super::inpatient;
use super::outpatient::MED_TYPE;
use crate::basket::Shelf;
use crate::counter::Stop;
use crate::filing;
use crate::outpatient::{self, Disease};
use crate::visit::Visit;
use rand::Rng;

pub async fn outpatient(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    outpatient::register(visit, MED_TYPE, Disease::default()).await?;
    let count = visit.dice.random_range(1..=6);
    let batch = outpatient::upload(visit, Shelf::Outpatient, count, Disease::default()).await?;
    let settled = outpatient::settle(visit, &batch, MED_TYPE).await?;
    if visit.dice.random_bool(0.2) {
        visit.reverse("2208", &settled).await?;
    }
    Ok(())
}

/// Two in three were referred by 2501; the others come without, and are settled all the same.
pub async fn inpatient(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    let filed = if visit.dice.random_range(0..3) < 2 { Some(filing::file_referral(visit).await?) } else { None };
    inpatient::whole(visit).await?;
    if let Some(number) = filed {
        filing::withdraw(visit, "2502", &number).await?;
    }
    Ok(())
}
