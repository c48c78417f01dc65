//! Pharmacies: 2101, 2102, 2103. One message makes the visit, its lines and the settlement.

use crate::basket::{self, Line, Shelf};
use crate::counter::Stop;
use crate::node::Node;
use crate::outpatient::account_flag;
use crate::visit::{Settled, Visit};
use model::Fen;
use rand::Rng;

/// Clearing and care code of a purchase.
const MED_TYPE: &str = "41";

/// 2101 and 2102 of a few medicines.
pub async fn buy(visit: &mut Visit<'_, '_>) -> Result<Settled, Stop> {
    let (lines, input) = drawn(visit)?;
    let answered = visit.call("2101", &input).await?;
    let parts = visit.examine_lines(&answered, "detlcutinfo", &lines);
    let trial = visit.examine_trial(&answered, MED_TYPE, sum(&lines), Some(parts.iter().copied().sum()));
    let answered = visit.call("2102", &input).await?;
    // The lines come back with the settlement too, and add up to it.
    let again = visit.examine_lines(&answered, "detlcutinfo", &lines);
    if again != parts {
        let mut examination = crate::deviation::Examination::new(&answered.message.infno, &answered.message.msgid);
        examination.wrong("detlcutinfo", "与 2101 一致（§1.9）", "不一致");
        examination.report(&visit.counter.hall().deviations);
    }
    visit.settle(&answered, MED_TYPE, &trial)
}

/// A few medicines, and the message that buys them.
pub fn drawn(visit: &mut Visit<'_, '_>) -> Result<(Vec<Line>, Node), Stop> {
    let count = visit.dice.random_range(1..=4);
    let first = visit.serials(count);
    let shopper = visit.shopper();
    let world = &visit.counter.hall().world;
    let lines = basket::draw(world, Shelf::Pharmacy, shopper, count, first, &mut visit.dice);
    if lines.is_empty() {
        return Err(Stop::Missing("items（药店可售）"));
    }
    let account = account_flag(visit);
    let input = purchase(visit, &lines, account);
    Ok((lines, input))
}

fn sum(lines: &[Line]) -> Fen {
    lines.iter().map(|line| line.charged.sum).sum()
}

fn purchase(visit: &Visit<'_, '_>, lines: &[Line], account: &str) -> Node {
    let information = visit
        .payer()
        .text("begntime", &visit.began)
        .number("medfee_sumamt", sum(lines))
        .text("dise_codg", "")
        .text("dise_name", "")
        .text("acct_used_flag", account)
        .text("med_type", MED_TYPE);
    let rows: Vec<Node> = lines.iter().map(|line| row(visit, line)).collect();
    Node::new().node("druginfo", &information).nodes("drugdetail", &rows)
}

fn row(visit: &Visit<'_, '_>, line: &Line) -> Node {
    let charged = &line.charged;
    Node::new()
        .text("feedetl_sn", &charged.serial)
        .text("rxno", "")
        .text("rx_circ_flag", "0")
        .text("fee_ocur_time", &visit.began)
        .text("med_list_codg", &line.item)
        .text("medins_list_codg", &line.own_code)
        .number("det_item_fee_sumamt", charged.sum)
        .number("cnt", charged.count)
        .number("pric", charged.price)
}
