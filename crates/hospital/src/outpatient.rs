//! Outpatients: 2201 to 2208, as the state machine of `protocol.md` §8.1 has it.

use crate::basket::{self, Line, Shelf};
use crate::check::{Amounts, Parts};
use crate::counter::{Answered, Stop};
use crate::deviation::Examination;
use crate::node::Node;
use crate::visit::{Settled, Visit};
use crate::world::{Department, StaffMember};
use model::Fen;
use rand::Rng;

/// A disease that the visit is for: code and name, empty for an ordinary one (ERRATA 17).
#[derive(Debug, Clone, Copy, Default)]
pub struct Disease<'a> {
    /// `dise_codg`
    pub code: &'a str,
    /// `dise_name`
    pub name: &'a str,
}

/// A doctor and the doctor's department.
type By<'a> = (&'a StaffMember, &'a Department);

/// Lines that were uploaded together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `chrg_bchno`
    pub number: String,
    /// What was sent.
    pub lines: Vec<Line>,
    /// What the platform made of it.
    pub parts: Parts,
}

impl Batch {
    /// What the institution charges.
    #[must_use]
    pub fn sum(&self) -> Fen {
        self.lines.iter().map(|line| line.charged.sum).sum()
    }
}

/// 2201 and 2203: registered and diagnosed.
pub async fn register(visit: &mut Visit<'_, '_>, med_type: &str, disease: Disease<'_>) -> Result<(), Stop> {
    let by = visit.doctor()?;
    let answered = visit.call("2201", &registration(visit, by)).await?;
    registered(visit, &answered);
    diagnose(visit, med_type, disease, by).await
}

/// The same of somebody who may be turned away at the door: whether they were let in.
pub async fn try_register(visit: &mut Visit<'_, '_>, med_type: &str, disease: Disease<'_>) -> Result<bool, Stop> {
    let by = visit.doctor()?;
    let input = registration(visit, by);
    let answered = visit.counter.ask("2201", Some(visit.person), &input).await?;
    if !answered.reply.accepted() {
        return Ok(false);
    }
    registered(visit, &answered);
    diagnose(visit, med_type, disease, by).await?;
    Ok(true)
}

fn registration(visit: &Visit<'_, '_>, (doctor, department): By<'_>) -> Node {
    let caty = if department.caty.is_empty() { "A03" } else { &department.caty };
    let data = visit
        .payer()
        .text("begntime", &visit.began)
        .text("ipt_otp_no", &visit.own_number)
        .text("atddr_no", &doctor.code)
        .text("dr_name", &doctor.name)
        .text("dept_code", &department.code)
        .text("dept_name", &department.name)
        .text("caty", caty);
    Node::new().node("data", &data)
}

fn registered(visit: &mut Visit<'_, '_>, answered: &Answered) {
    let made = answered.reply.output.object("data").unwrap_or_default();
    let mut examination = Examination::new("2201", &answered.message.msgid);
    let number = made.text("mdtrt_id").unwrap_or_default();
    examination.require(!number.is_empty(), "data.mdtrt_id", "非空", "空");
    for (name, due) in [("psn_no", &visit.person.psn_no), ("ipt_otp_no", &visit.own_number)] {
        let got = made.text(name).unwrap_or_default();
        examination.same(&format!("data.{name}"), "与请求一致", due.clone(), got);
    }
    examination.report(&visit.counter.hall().deviations);
    visit.mdtrt_id = number;
}

async fn diagnose(
    visit: &mut Visit<'_, '_>,
    med_type: &str,
    disease: Disease<'_>,
    (doctor, department): By<'_>,
) -> Result<(), Stop> {
    let diagnosis = visit.diagnosis()?;
    let information = visit
        .head()
        .text("med_type", med_type)
        .text("begntime", &visit.began)
        .text("dise_codg", disease.code)
        .text("dise_name", disease.name);
    let diagnosed = Node::new()
        .text("diag_type", "1")
        .number("diag_srt_no", 1)
        .text("diag_code", &diagnosis.code)
        .text("diag_name", &diagnosis.name)
        .text("diag_dept", &department.code)
        .text("dise_dor_no", &doctor.code)
        .text("dise_dor_name", &doctor.name)
        .text("diag_time", &visit.began)
        .text("vali_flag", "1");
    let input = Node::new().node("mdtrtinfo", &information).nodes("diseinfo", &[diagnosed]);
    visit.call("2203", &input).await?;
    Ok(())
}

/// 2204 of lines drawn from a shelf.
pub async fn upload(visit: &mut Visit<'_, '_>, shelf: Shelf, count: u32, disease: Disease<'_>) -> Result<Batch, Stop> {
    let first = visit.serials(count);
    let shopper = visit.shopper();
    let lines = basket::draw(&visit.counter.hall().world, shelf, shopper, count, first, &mut visit.dice);
    if lines.is_empty() {
        return Err(Stop::Missing("items"));
    }
    upload_lines(visit, lines, disease).await
}

/// 2204 of these lines.
pub async fn upload_lines(visit: &mut Visit<'_, '_>, lines: Vec<Line>, disease: Disease<'_>) -> Result<Batch, Stop> {
    let order = visit.serials(1);
    let number = format!("{}-{order}", visit.own_number);
    let (doctor, department) = visit.doctor()?;
    let by = Ordered { doctor: &doctor.code, name: &doctor.name, department };
    let nodes = feedetail(visit, &lines, &number, disease, by);
    let answered = visit.call("2204", &Node::new().nodes("feedetail", &nodes)).await?;
    let parts = visit.examine_lines(&answered, "result", &lines).into_iter().sum();
    Ok(Batch { number, lines, parts })
}

/// Who ordered the lines.
#[derive(Debug, Clone, Copy)]
pub struct Ordered<'a> {
    /// Code of the doctor.
    pub doctor: &'a str,
    /// Name of the doctor.
    pub name: &'a str,
    /// Department.
    pub department: &'a Department,
}

/// The rows of 2204.
#[must_use]
pub fn feedetail(
    visit: &Visit<'_, '_>,
    lines: &[Line],
    batch: &str,
    disease: Disease<'_>,
    by: Ordered<'_>,
) -> Vec<Node> {
    let row = |line: &Line| {
        let charged = &line.charged;
        visit
            .head()
            .text("feedetl_sn", &charged.serial)
            .text("chrg_bchno", batch)
            .text("dise_codg", disease.code)
            .text("rxno", batch)
            .text("rx_circ_flag", "0")
            .text("fee_ocur_time", &visit.began)
            .text("med_list_codg", &line.item)
            .text("medins_list_codg", &line.own_code)
            .number("det_item_fee_sumamt", charged.sum)
            .number("cnt", charged.count)
            .number("pric", charged.price)
            .text("bilg_dept_codg", &by.department.code)
            .text("bilg_dept_name", &by.department.name)
            .text("bilg_dr_codg", by.doctor)
            .text("bilg_dr_name", by.name)
            .text("hosp_appr_flag", charged.approval)
    };
    lines.iter().map(row).collect()
}

/// The node of 2206, and with the four split amounts that of 2207.
#[must_use]
pub fn bill(visit: &Visit<'_, '_>, batch: &Batch, med_type: &str, account: &str) -> Node {
    visit
        .payer()
        .text("med_type", med_type)
        .number("medfee_sumamt", batch.sum())
        .text("psn_setlway", "01")
        .text("mdtrt_id", &visit.mdtrt_id)
        .text("chrg_bchno", &batch.number)
        .text("acct_used_flag", account)
}

/// The four split amounts of a trial, as 2207 repeats them.
#[must_use]
pub fn with_parts(data: Node, parts: Parts) -> Node {
    data.number("fulamt_ownpay_amt", parts.outside)
        .number("overlmt_selfpay", parts.over_cap)
        .number("preselfpay_amt", parts.paid_first)
        .number("inscp_scp_amt", parts.in_scope)
}

/// 2206, then 2207.
pub async fn settle(visit: &mut Visit<'_, '_>, batch: &Batch, med_type: &str) -> Result<Settled, Stop> {
    let account = account_flag(visit);
    let trial = trial(visit, batch, med_type, account).await?;
    let data = with_parts(bill(visit, batch, med_type, account), trial.parts).text("invono", "");
    let answered = visit.call("2207", &Node::new().node("data", &data)).await?;
    visit.settle(&answered, med_type, &trial)
}

/// 2206.
pub async fn trial(visit: &mut Visit<'_, '_>, batch: &Batch, med_type: &str, account: &str) -> Result<Amounts, Stop> {
    let data = bill(visit, batch, med_type, account);
    let answered = visit.call("2206", &Node::new().node("data", &data)).await?;
    Ok(visit.examine_trial(&answered, med_type, batch.sum(), Some(batch.parts)))
}

/// 2205: the lines of a batch are withdrawn.
pub async fn withdraw(visit: &mut Visit<'_, '_>, batch: &str) -> Result<(), Stop> {
    let data = visit.head().text("chrg_bchno", batch);
    visit.call("2205", &Node::new().node("data", &data)).await?;
    Ok(())
}

/// 2202: the registration is withdrawn.
pub async fn unregister(visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
    let data = visit.head().text("ipt_otp_no", &visit.own_number);
    visit.call("2202", &Node::new().node("data", &data)).await?;
    Ok(())
}

/// Employees mostly let their account pay; residents have none.
pub fn account_flag(visit: &mut Visit<'_, '_>) -> &'static str {
    if visit.person.insutype == "310" && visit.dice.random_bool(0.8) { "1" } else { "0" }
}
