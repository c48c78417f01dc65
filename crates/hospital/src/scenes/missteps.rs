//! What a clumsy counter does and the platform must refuse, without a trace: each is followed by what only
//! works when nothing happened.

use super::outpatient::MED_TYPE;
use crate::basket::Shelf;
use crate::counter::Stop;
use crate::node::Node;
use crate::outpatient::{self, Disease, Ordered};
use crate::visit::Visit;
use model::Fen;

pub async fn play(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.identify().await?;
    let stranger = Node::new().text("psn_no", "00000000000000000000").text("opsp_dise_code", "");
    visit.refused("2203", &Node::new().node("mdtrtinfo", &stranger), "缺少必填字段且查无此人").await?;
    outpatient::register(visit, MED_TYPE, Disease::default()).await?;
    let batch = outpatient::upload(visit, Shelf::Outpatient, 3, Disease::default()).await?;

    let (doctor, department) = visit.doctor()?;
    let by = Ordered { doctor: &doctor.code, name: &doctor.name, department };
    let rows = outpatient::feedetail(visit, &batch.lines, "again", Disease::default(), by);
    visit.refused("2204", &Node::new().nodes("feedetail", &rows), "明细流水号重复（§9）").await?;

    let account = outpatient::account_flag(visit);
    let mut wrong = batch.clone();
    if let Some(line) = wrong.lines.first_mut() {
        line.charged.sum += Fen(1);
    }
    let data = outpatient::bill(visit, &wrong, MED_TYPE, account);
    visit.refused("2206", &Node::new().node("data", &data), "medfee_sumamt 与明细之和不符").await?;

    let settled = outpatient::settle(visit, &batch, MED_TYPE).await?;
    let data = outpatient::with_parts(outpatient::bill(visit, &batch, MED_TYPE, account), batch.parts);
    visit.refused("2207", &Node::new().node("data", &data), "该批次已结算").await?;
    let lines = visit.head().text("chrg_bchno", &batch.number);
    visit.refused("2205", &Node::new().node("data", &lines), "已结算的明细不能撤销（§8.1）").await?;
    let registration = visit.head().text("ipt_otp_no", &visit.own_number);
    visit.refused("2202", &Node::new().node("data", &registration), "有有效结算时不能撤销挂号（§8.1）").await?;

    visit.reverse("2208", &settled).await?;
    let data = visit.head().text("setl_id", &settled.record.setl_id);
    visit.refused("2208", &Node::new().node("data", &data), "该结算已撤销").await?;
    outpatient::withdraw(visit, &batch.number).await?;
    outpatient::unregister(visit).await
}
