//! Chronic disease: filed by 2503 when it is not yet, then a visit of care code 14 under the programme.

use crate::basket::Shelf;
use crate::counter::Stop;
use crate::filing;
use crate::outpatient::{self, Disease};
use crate::visit::Visit;
use crate::world::{Person, Programme, World};
use rand::Rng;

/// Care code of chronic outpatient care.
const MED_TYPE: &str = "14";

/// A programme of the person's area.
pub fn programme<'a>(world: &'a World, person: &Person) -> Option<&'a Programme> {
    let held = |programme: &&Programme| programme.area.as_deref().is_none_or(|area| area == person.insuplc_admdvs);
    world.chronic_programmes.iter().find(held)
}

pub async fn play(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    let world = &visit.counter.hall().world;
    let programme = programme(world, visit.person).ok_or(Stop::Missing("chronic_programmes"))?;
    visit.identify().await?;
    let filed = if filing::has_programme(visit, programme).await? {
        None
    } else {
        Some(filing::file_programme(visit, programme).await?)
    };
    let disease = Disease { code: &programme.code, name: &programme.name };
    outpatient::register(visit, MED_TYPE, disease).await?;
    let count = visit.dice.random_range(1..=5);
    let batch = outpatient::upload(visit, Shelf::Medicine, count, disease).await?;
    outpatient::settle(visit, &batch, MED_TYPE).await?;
    // Some filings are withdrawn again: cancelling twice is refused.
    if let Some(number) = filed
        && visit.dice.random_bool(0.2)
    {
        filing::withdraw(visit, "2504", &number).await?;
        let again = filing::withdrawal(visit, &number);
        visit.refused("2504", &again, "备案已撤销").await?;
    }
    Ok(())
}
