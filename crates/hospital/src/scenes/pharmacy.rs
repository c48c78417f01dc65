//! Purchases, and those that are taken back.

use crate::counter::Stop;
use crate::pharmacy;
use crate::visit::Visit;

pub async fn ordinary(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    pharmacy::buy(visit).await?;
    Ok(())
}

pub async fn cancelled(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    let settled = pharmacy::buy(visit).await?;
    visit.reverse("2103", &settled).await
}
