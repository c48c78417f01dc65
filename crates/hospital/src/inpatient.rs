//! Inpatients: 2401 to 2405 and 2301 to 2305, as the state machine of `protocol.md` §8.3 has it.

use crate::basket::{self, Line, Shelf};
use crate::check::{Amounts, Parts};
use crate::counter::Stop;
use crate::deviation::Examination;
use crate::node::Node;
use crate::outpatient::{account_flag, with_parts};
use crate::visit::{Settled, Visit};
use crate::world::{Department, Named, StaffMember};
use model::{Fen, Quantity};

/// Care code of an ordinary stay in the baseline print.
const MED_TYPE: &str = "21";

/// A stay: who is in charge, and what was charged and not settled yet.
#[derive(Debug)]
pub struct Stay<'a> {
    doctor: &'a StaffMember,
    department: &'a Department,
    diagnosis: &'a Named,
    /// Lines that count.
    pub lines: Vec<(Line, Parts)>,
}

impl Stay<'_> {
    /// What is charged and not settled.
    #[must_use]
    pub fn sum(&self) -> Fen {
        self.lines.iter().map(|(line, _)| line.charged.sum).sum()
    }

    fn parts(&self) -> Parts {
        self.lines.iter().map(|(_, split)| *split).sum()
    }
}

/// 2401: admitted.
pub async fn admit<'a>(visit: &mut Visit<'_, 'a>) -> Result<Stay<'a>, Stop> {
    let (doctor, department) = visit.doctor()?;
    let stay = Stay { doctor, department, diagnosis: visit.diagnosis()?, lines: Vec::new() };
    let institution = visit.counter.house().institution;
    let person = visit.person;
    let information = stay
        .ward(visit.certificate().text("psn_no", &person.psn_no))
        .text("insutype", &person.insutype)
        .text("coner_name", "")
        .text("tel", "")
        .text("begntime", &visit.began)
        .text("cert_type", &person.psn_cert_type)
        .text("certno", &person.certno)
        .text("ipt_no", &visit.own_number)
        .text("insuplc_admdvs", &person.insuplc_admdvs)
        .text("mdtrtarea_admvs", &institution.area);
    let diagnosed = [stay.diagnosed(Node::new().text("psn_no", &person.psn_no), &visit.began, 1)];
    let input = Node::new().node("mdtrtinfo", &information).nodes("diseinfo", &diagnosed);
    let answered = visit.call("2401", &input).await?;
    let number = answered.reply.output.object("result").and_then(|node| node.text("mdtrt_id"));
    let mut examination = Examination::new("2401", &answered.message.msgid);
    examination.require(number.is_some(), "result.mdtrt_id", "非空", "空");
    examination.report(&visit.counter.hall().deviations);
    visit.mdtrt_id = number.unwrap_or_default();
    Ok(stay)
}

impl Stay<'_> {
    fn ward(&self, node: Node) -> Node {
        node.text("med_type", MED_TYPE)
            .text("medrcdno", "")
            .text("atddr_no", &self.doctor.code)
            .text("chfpdr_name", &self.doctor.name)
            .text("adm_diag_dscr", &self.diagnosis.name)
            .text("adm_dept_codg", &self.department.code)
            .text("adm_dept_name", &self.department.name)
            .text("adm_bed", "01-01")
            .text("dscg_maindiag_code", &self.diagnosis.code)
            .text("dscg_maindiag_name", &self.diagnosis.name)
    }

    fn diagnosed(&self, node: Node, at: &str, order: u32) -> Node {
        node.text("diag_type", "1")
            .text("maindiag_flag", if order == 1 { "1" } else { "0" })
            .number("diag_srt_no", order)
            .text("diag_code", &self.diagnosis.code)
            .text("diag_name", &self.diagnosis.name)
            .text("diag_dept", &self.department.code)
            .text("dise_dor_no", &self.doctor.code)
            .text("dise_dor_name", &self.doctor.name)
            .text("diag_time", at)
    }
}

/// 2403: what was written at admission is corrected.
pub async fn amend(visit: &mut Visit<'_, '_>, stay: &Stay<'_>) -> Result<(), Stop> {
    let information = stay
        .ward(visit.head().text("mdtrt_cert_type", &visit.person.mdtrt_cert_type))
        .text("begntime", &visit.began)
        .text("ipt_otp_no", &visit.own_number);
    let diagnosed = [stay.diagnosed(visit.head(), &visit.began, 1)];
    visit.call("2403", &Node::new().node("adminfo", &information).nodes("diseinfo", &diagnosed)).await?;
    Ok(())
}

/// 2301 of lines drawn from the shelf.
pub async fn charge(visit: &mut Visit<'_, '_>, stay: &mut Stay<'_>, count: u32) -> Result<(), Stop> {
    let first = visit.serials(count);
    let shopper = visit.shopper();
    let world = &visit.counter.hall().world;
    let lines = basket::draw(world, Shelf::Inpatient, shopper, count, first, &mut visit.dice);
    if lines.is_empty() {
        return Err(Stop::Missing("items"));
    }
    charge_lines(visit, stay, lines).await
}

/// 2301 of a line that takes back a part of an earlier one; nothing when none can be divided.
pub async fn refund(visit: &mut Visit<'_, '_>, stay: &mut Stay<'_>) -> Result<(), Stop> {
    let whole = Quantity::whole(1);
    let found = stay.lines.iter().find(|(line, _)| line.takes_back.is_none() && line.charged.count > whole);
    let Some((line, _)) = found else { return Ok(()) };
    let serial = visit.serials(1);
    let back = line.refund(whole, serial);
    charge_lines(visit, stay, vec![back]).await
}

async fn charge_lines(visit: &mut Visit<'_, '_>, stay: &mut Stay<'_>, lines: Vec<Line>) -> Result<(), Stop> {
    let rows: Vec<Node> = lines.iter().map(|line| row(visit, stay, line)).collect();
    let answered = visit.call("2301", &Node::new().nodes("feedetail", &rows)).await?;
    let splits = visit.examine_lines(&answered, "result", &lines);
    stay.lines.extend(lines.into_iter().zip(splits));
    Ok(())
}

fn row(visit: &Visit<'_, '_>, stay: &Stay<'_>, line: &Line) -> Node {
    let charged = &line.charged;
    visit
        .head()
        .text("feedetl_sn", &charged.serial)
        .text("init_feedetl_sn", line.takes_back.as_deref().unwrap_or_default())
        .text("drord_no", "")
        .text("med_type", MED_TYPE)
        .text("fee_ocur_time", &visit.began)
        .text("med_list_codg", &line.item)
        .text("medins_list_codg", &line.own_code)
        .number("det_item_fee_sumamt", charged.sum)
        .number("cnt", charged.count)
        .number("pric", charged.price)
        .text("bilg_dept_codg", &stay.department.code)
        .text("bilg_dept_name", &stay.department.name)
        .text("bilg_dr_codg", &stay.doctor.code)
        .text("bilg_dr_name", &stay.doctor.name)
        .text("hosp_appr_flag", charged.approval)
}

/// 2302: the last line that was not taken back in part is withdrawn; nothing when there is only one.
pub async fn withdraw_one(visit: &mut Visit<'_, '_>, stay: &mut Stay<'_>) -> Result<(), Stop> {
    let taken_back: Vec<Option<String>> = stay.lines.iter().map(|(line, _)| line.takes_back.clone()).collect();
    let free = |line: &Line| line.takes_back.is_none() && !taken_back.contains(&Some(line.charged.serial.clone()));
    let Some(index) = stay.lines.iter().rposition(|(line, _)| free(line)) else { return Ok(()) };
    if stay.lines.len() < 2 {
        return Ok(());
    }
    let (line, _) = stay.lines.remove(index);
    withdraw(visit, &line.charged.serial).await
}

/// 2302 of one line, or of all with `0000`.
pub async fn withdraw(visit: &mut Visit<'_, '_>, serial: &str) -> Result<(), Stop> {
    let data = visit.head().text("feedetl_sn", serial);
    visit.call("2302", &Node::new().nodes("data", &[data])).await?;
    Ok(())
}

/// 2402: discharged.
pub async fn discharge(visit: &mut Visit<'_, '_>, stay: &Stay<'_>) -> Result<(), Stop> {
    let at = visit.counter.hall().clock.care().to_string();
    let information = visit
        .head()
        .text("insutype", &visit.person.insutype)
        .text("endtime", &at)
        .text("dscg_dept_codg", &stay.department.code)
        .text("dscg_dept_name", &stay.department.name)
        .text("dscg_bed", "01-01")
        .text("dscg_way", "1");
    let diagnosed = [stay.diagnosed(visit.head(), &visit.began, 1)];
    visit.call("2402", &Node::new().node("dscginfo", &information).nodes("diseinfo", &diagnosed)).await?;
    Ok(())
}

/// 2405: the discharge is withdrawn.
pub async fn readmit(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.call("2405", &Node::new().node("data", &visit.head())).await?;
    Ok(())
}

/// 2404: the admission is withdrawn.
pub async fn cancel(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    visit.call("2404", &Node::new().node("data", &visit.head())).await?;
    Ok(())
}

/// Whether the person stays on after settling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before discharge: `mid_setl_flag` 1.
    Interim,
    /// After it.
    Leaving,
}

/// 2303, then 2304, of all lines that were not settled; they are settled then.
pub async fn settle(visit: &mut Visit<'_, '_>, stay: &mut Stay<'_>, moment: Moment) -> Result<Settled, Stop> {
    let account = account_flag(visit);
    let data = bill(visit, stay, moment, account);
    let answered = visit.call("2303", &Node::new().node("data", &data)).await?;
    let trial: Amounts = visit.examine_trial(&answered, MED_TYPE, stay.sum(), Some(stay.parts()));
    let data = with_parts(bill(visit, stay, moment, account), trial.parts).text("invono", "");
    let answered = visit.call("2304", &Node::new().node("data", &data)).await?;
    let settled = visit.settle(&answered, MED_TYPE, &trial)?;
    stay.lines.clear();
    Ok(settled)
}

fn bill(visit: &Visit<'_, '_>, stay: &Stay<'_>, moment: Moment, account: &str) -> Node {
    visit
        .payer()
        .number("medfee_sumamt", stay.sum())
        .text("psn_setlway", "01")
        .text("mdtrt_id", &visit.mdtrt_id)
        .text("acct_used_flag", account)
        .text("mid_setl_flag", if moment == Moment::Interim { "1" } else { "0" })
        .text("insuplc_admdvs", &visit.person.insuplc_admdvs)
        .text("mdtrtarea_admvs", &visit.counter.house().institution.area)
}
