//! What an institution writes down of each settlement that was acknowledged: its own books.

use crate::check::Amounts;
use crate::message::Message;
use crate::node::Node;
use crate::reply::{Fields, Reply};
use crate::signature::sha256;
use model::{Day, Fen, Stamp};
use serde::{Deserialize, Serialize};

/// One acknowledged record: a settlement, or the reversal of one. Amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Number of this record.
    pub setl_id: String,
    /// Message that made it.
    pub msgid: String,
    /// Transaction of that message.
    pub infno: String,
    /// Who settled.
    pub fixmedins_code: String,
    /// The visit.
    pub mdtrt_id: String,
    /// The person.
    pub psn_no: String,
    /// Scheme.
    pub insutype: String,
    /// Clearing type.
    pub clr_type: String,
    /// Clearing office.
    pub clr_optins: String,
    /// When, as the platform says.
    pub setl_time: String,
    /// `setl_id` of the settlement that this record takes back.
    pub reverses: Option<String>,
    /// `medfee_sumamt`
    pub medfee: Fen,
    /// `fund_pay_sumamt`
    pub fund: Fen,
    /// `acct_pay`
    pub account: Fen,
    /// `psn_cash_pay`
    pub cash: Fen,
    /// SHA-256 of the reply as it came.
    pub reply_sha256: String,
    /// The message as it was sent: whoever asks again must say the same.
    pub body: String,
}

/// What 3201 and 3202 group by, beside the institution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementKey {
    /// Scheme.
    pub insutype: String,
    /// Clearing type.
    pub clr_type: String,
    /// Clearing office.
    pub clr_optins: String,
}

impl StatementKey {
    /// The fields of 3201 that name it.
    #[must_use]
    pub fn node(&self) -> Node {
        Node::new()
            .text("insutype", &self.insutype)
            .text("clr_type", &self.clr_type)
            .text("setl_optins", &self.clr_optins)
    }
}

impl Record {
    /// Reads what is to be kept out of a reply that was checked. A cancellation's reply repeats neither scheme
    /// nor clearing type everywhere: they come from the settlement it takes back.
    #[must_use]
    pub fn of(message: &Message, reply: &Reply, amounts: &Amounts, institution: &str, reverses: Option<&Self>) -> Self {
        let info: Fields = reply.output.object("setlinfo").unwrap_or_default();
        let text = |name: &str| info.text(name).unwrap_or_default();
        let inherited = |name: &str, of: fn(&Self) -> &String| match reverses {
            Some(settled) => of(settled).clone(),
            None => text(name),
        };
        Self {
            setl_id: text("setl_id"),
            msgid: message.msgid.clone(),
            infno: message.infno.clone(),
            fixmedins_code: institution.to_owned(),
            mdtrt_id: inherited("mdtrt_id", |settled| &settled.mdtrt_id),
            psn_no: inherited("psn_no", |settled| &settled.psn_no),
            insutype: inherited("insutype", |settled| &settled.insutype),
            clr_type: inherited("clr_type", |settled| &settled.clr_type),
            clr_optins: inherited("clr_optins", |settled| &settled.clr_optins),
            setl_time: text("setl_time"),
            reverses: reverses.map(|settled| settled.setl_id.clone()),
            medfee: amounts.medfee,
            fund: amounts.fund,
            account: amounts.account,
            cash: amounts.cash,
            reply_sha256: sha256(&reply.bytes),
            body: message.body.clone(),
        }
    }

    /// What it is reconciled under.
    #[must_use]
    pub fn key(&self) -> StatementKey {
        StatementKey {
            insutype: self.insutype.clone(),
            clr_type: self.clr_type.clone(),
            clr_optins: self.clr_optins.clone(),
        }
    }

    /// The day it is reconciled on.
    #[must_use]
    pub fn day(&self) -> Day {
        Stamp::parse(self.setl_time.as_bytes()).map(Stamp::day).unwrap_or_default()
    }
}
