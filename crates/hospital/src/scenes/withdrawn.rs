//! Nothing comes of it: registered or admitted, charged, and everything withdrawn before any settlement.

use super::outpatient::MED_TYPE;
use crate::basket::Shelf;
use crate::counter::Stop;
use crate::inpatient;
use crate::node::Node;
use crate::outpatient::{self, Disease};
use crate::visit::Visit;
use rand::Rng;

pub async fn play(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    if visit.dice.random_bool(0.5) {
        outpatient::register(visit, MED_TYPE, Disease::default()).await?;
        let batch = outpatient::upload(visit, Shelf::Outpatient, 2, Disease::default()).await?;
        outpatient::withdraw(visit, &batch.number).await?;
        outpatient::unregister(visit).await?;
        let again = visit.head().text("ipt_otp_no", &visit.own_number);
        return visit.refused("2202", &Node::new().node("data", &again), "挂号已撤销").await;
    }
    let mut stay = inpatient::admit(visit).await?;
    inpatient::charge(visit, &mut stay, 2).await?;
    let input = Node::new().node("data", &visit.head());
    visit.refused("2404", &input, "有费用明细时不能撤销入院（§8.3）").await?;
    inpatient::withdraw(visit, "0000").await?;
    inpatient::cancel(visit).await
}
