//! Filings: referral (2501), chronic disease (2503), and their cancellation.

use crate::counter::{Answered, Stop};
use crate::deviation::Examination;
use crate::node::Node;
use crate::visit::Visit;
use crate::world::Programme;
use model::Day;

/// 5301: whether the person has a filing of this programme already.
pub async fn has_programme(visit: &mut Visit<'_, '_>, programme: &Programme) -> Result<bool, Stop> {
    let data = Node::new().text("psn_no", &visit.person.psn_no);
    let answered = visit.call("5301", &Node::new().node("data", &data)).await?;
    let rows = answered.reply.output.objects("feedetail");
    Ok(rows.iter().any(|row| row.text("opsp_dise_code").as_deref() == Some(&programme.code)))
}

/// 2503: returns the number of the filing.
pub async fn file_programme(visit: &mut Visit<'_, '_>, programme: &Programme) -> Result<String, Stop> {
    let institution = visit.counter.house().institution;
    let (doctor, _) = visit.doctor()?;
    let today = day_of(&visit.began);
    let data = Node::new()
        .text("psn_no", &visit.person.psn_no)
        .text("insutype", &visit.person.insutype)
        .text("opsp_dise_code", &programme.code)
        .text("opsp_dise_name", &programme.name)
        .text("insu_optins", &visit.person.insuplc_admdvs)
        .text("ide_fixmedins_no", &institution.code)
        .text("ide_fixmedins_name", &institution.name)
        .text("hosp_ide_date", &today.to_string())
        .text("diag_dr_codg", &doctor.code)
        .text("diag_dr_name", &doctor.name)
        .text("begndate", &today.to_string())
        .text("enddate", &today.plus(364).to_string());
    let answered = visit.call("2503", &Node::new().node("data", &data)).await?;
    filing_number(visit, &answered)
}

/// 2501: the person may be treated here. Returns the number of the filing.
pub async fn file_referral(visit: &mut Visit<'_, '_>) -> Result<String, Stop> {
    let institution = visit.counter.house().institution;
    let diagnosis = visit.diagnosis()?;
    let today = day_of(&visit.began);
    // Provinces are told by the first two digits of an area's code.
    let province = |area: &str| area.chars().take(2).collect::<String>();
    let kind = if province(&institution.area) == province(&visit.person.insuplc_admdvs) { "2" } else { "3" };
    let node = Node::new()
        .text("psn_no", &visit.person.psn_no)
        .text("insutype", &visit.person.insutype)
        .text("insu_optins", &visit.person.insuplc_admdvs)
        .text("diag_code", &diagnosis.code)
        .text("diag_name", &diagnosis.name)
        .text("reflin_medins_no", &institution.code)
        .text("reflin_medins_name", &institution.name)
        .text("mdtrtarea_admdvs", &institution.area)
        .text("hosp_agre_refl_flag", "1")
        .text("refl_type", kind)
        .text("refl_date", &today.to_string())
        .text("refl_rea", "当地条件有限")
        .text("refl_opnn", "同意转院")
        .text("begndate", &today.to_string())
        .text("enddate", &today.plus(179).to_string());
    let answered = visit.call("2501", &Node::new().node("refmedin", &node)).await?;
    filing_number(visit, &answered)
}

/// 2502 or 2504: the filing is withdrawn.
pub async fn withdraw(visit: &mut Visit<'_, '_>, infno: &str, filing: &str) -> Result<(), Stop> {
    visit.call(infno, &withdrawal(visit, filing)).await?;
    Ok(())
}

/// The input of a withdrawal.
#[must_use]
pub fn withdrawal(visit: &Visit<'_, '_>, filing: &str) -> Node {
    let data =
        Node::new().text("trt_dcla_detl_sn", filing).text("psn_no", &visit.person.psn_no).text("memo", "模拟撤销");
    Node::new().node("data", &data)
}

fn filing_number(visit: &Visit<'_, '_>, answered: &Answered) -> Result<String, Stop> {
    let number = answered.reply.output.object("result").and_then(|node| node.text("trt_dcla_detl_sn"));
    let mut examination = Examination::new(&answered.message.infno, &answered.message.msgid);
    examination.require(number.is_some(), "result.trt_dcla_detl_sn", "非空：撤销时要用（§8.5）", "空");
    examination.report(&visit.counter.hall().deviations);
    Ok(number.unwrap_or_default())
}

fn day_of(stamp: &str) -> Day {
    Day::parse(stamp.as_bytes()).unwrap_or_default()
}
