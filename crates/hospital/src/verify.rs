//! After a crash: is everything that was acknowledged still there, once?
//!
//! Each message of the file is sent again as it was. Whoever lost the settlement would settle anew and give
//! other bytes; 5203 shows the record itself; and at the end 3201 and 3202 tell of records that nobody was
//! told of, which is what a settlement done twice looks like.

use crate::clock::next_second;
use crate::counter::{Answered, Counter, Stop};
use crate::deviation::Examination;
use crate::hall::{Hall, House};
use crate::message::Message;
use crate::node::Node;
use crate::reconcile::{self, Balance};
use crate::record::Record;
use crate::signature::sha256;
use futures::stream::{self, StreamExt};

/// What was found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Records asked for.
    pub records: usize,
    /// Answered with other bytes, or unknown to 5203.
    pub lost: usize,
    /// Institutions whose books and the platform's differ.
    pub unbalanced: usize,
    /// The reconciliation.
    pub balances: Vec<Balance>,
}

/// So many are asked for at the same time.
const TOGETHER: usize = 16;

/// Asks for every record of the books.
pub async fn verify(hall: &Hall) -> Verified {
    next_second().await;
    let mut verified = Verified::default();
    for house in hall.houses() {
        let records = hall.books.of(&house.institution.code);
        let kept: Vec<bool> = stream::iter(&records)
            .map(|record| async move { kept(hall, house, record).await.unwrap_or(false) })
            .buffer_unordered(TOGETHER)
            .collect()
            .await;
        verified.records += kept.len();
        verified.lost += kept.iter().filter(|kept| !**kept).count();
        let mut counter = Counter::unsigned(hall, house, "0000", 0);
        match reconcile::institution(&mut counter).await {
            Ok(balance) => {
                let equal = balance.totals == balance.totals_equal && balance.details == balance.details_equal;
                verified.unbalanced += usize::from(!equal);
                verified.balances.push(balance);
            }
            Err(_) => verified.unbalanced += 1,
        }
    }
    verified
}

async fn kept(hall: &Hall, house: House<'_>, record: &Record) -> Result<bool, Stop> {
    let message = Message { infno: record.infno.clone(), msgid: record.msgid.clone(), body: record.body.clone() };
    let again = hall.wire.send(&message).await?;
    let mut examination = Examination::new(&record.infno, &record.msgid);
    let same = sha256(&again.bytes) == record.reply_sha256;
    let got: String = String::from_utf8_lossy(&again.bytes).chars().take(300).collect();
    examination.require(same, "（应答）", "与当初确认时逐字节相同", &got);

    let mut counter = Counter::unsigned(hall, house, "0000", 0);
    let person = hall.world.persons.iter().find(|person| person.psn_no == record.psn_no);
    let data =
        Node::new().text("psn_no", &record.psn_no).text("setl_id", &record.setl_id).text("mdtrt_id", &record.mdtrt_id);
    let Answered { reply, .. } = counter.ask("5203", person, &Node::new().node("data", &data)).await?;
    let shown = reply.output.object("setlinfo").unwrap_or_default();
    let text = |name: &str| shown.text(name).unwrap_or_default();
    let refund = if record.reverses.is_some() { "1" } else { "0" };
    let fen = |name: &str| shown.fen(name).ok().flatten();
    let there = text("setl_id") == record.setl_id
        && text("refd_setl_flag") == refund
        && fen("medfee_sumamt") == Some(record.medfee)
        && fen("fund_pay_sumamt") == Some(record.fund)
        && fen("acct_pay") == Some(record.account);
    let due = format!(
        "结算 {}（报文 {}）：总额 {} 基金 {} 退费 {refund}",
        record.setl_id, record.msgid, record.medfee, record.fund
    );
    examination.require(
        there,
        "5203",
        &due,
        &String::from_utf8_lossy(&reply.bytes).chars().take(300).collect::<String>(),
    );
    examination.report(&hall.deviations);
    Ok(same && there)
}
