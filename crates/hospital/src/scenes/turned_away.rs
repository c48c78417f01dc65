//! Those who must not be served: nothing may be settled for a person whose cover is suspended, and nothing that
//! a doctor orders who may not practise.

use super::outpatient::MED_TYPE;
use crate::basket::{self, Shelf};
use crate::counter::Stop;
use crate::node::Node;
use crate::outpatient::{self, Disease, Ordered};
use crate::visit::Visit;

pub async fn play(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    // Whether such a person may be registered is nowhere written; that nothing is paid for them is.
    if !outpatient::try_register(visit, MED_TYPE, Disease::default()).await? {
        return Ok(());
    }
    suspended_doctor(visit).await?;
    let batch = outpatient::upload(visit, Shelf::Outpatient, 2, Disease::default()).await?;
    let data = outpatient::with_parts(outpatient::bill(visit, &batch, MED_TYPE, "0"), batch.parts);
    let input = Node::new().node("data", &data);
    visit.refused("2206", &input, "参保状态为暂停，不能结算").await?;
    visit.refused("2207", &input, "参保状态为暂停，不能结算").await?;
    outpatient::withdraw(visit, &batch.number).await?;
    outpatient::unregister(visit).await
}

async fn suspended_doctor(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    let world = &visit.counter.hall().world;
    let institution = visit.counter.house().institution;
    let suspended = &world.negative.suspended_staff;
    let Some(doctor) = suspended.iter().find(|doctor| doctor.institution == institution.code) else { return Ok(()) };
    let (_, department) = visit.doctor()?;
    let first = visit.serials(1);
    let shopper = visit.shopper();
    let lines = basket::draw(world, Shelf::Outpatient, shopper, 1, first, &mut visit.dice);
    let by = Ordered { doctor: &doctor.code, name: &doctor.name, department };
    let rows = outpatient::feedetail(visit, &lines, "S1", Disease::default(), by);
    visit.refused("2204", &Node::new().nodes("feedetail", &rows), "医师资格已暂停").await
}
