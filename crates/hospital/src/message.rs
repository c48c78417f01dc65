//! A message of the national interface: the envelope of `protocol.md` §2, and numbers that never repeat.

use crate::clock::compact;
use crate::node::Node;
use model::Stamp;
use std::sync::{Mutex, PoisonError};

/// A message ready to be sent, as often as it takes: the bytes are fixed once and for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Transaction number.
    pub infno: String,
    /// The sender's number of this message.
    pub msgid: String,
    /// The whole envelope as JSON.
    pub body: String,
}

/// What the envelope says besides its input.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Transaction number.
    pub infno: &'a str,
    /// Area of the institution.
    pub mdtrtarea_admvs: &'a str,
    /// Area that insures the person; empty when nobody is concerned or it is not known yet.
    pub insuplc_admdvs: &'a str,
    /// Code of the institution, 12 characters.
    pub fixmedins_code: &'a str,
    /// Its name.
    pub fixmedins_name: &'a str,
    /// Who sends.
    pub opter: &'a str,
    /// Number of the sign-in; empty when the operator did not.
    pub sign_no: &'a str,
    /// When it is sent.
    pub at: Stamp,
}

impl Envelope<'_> {
    /// Closes the envelope around `input`.
    #[must_use]
    pub fn seal(&self, msgid: String, input: &Node) -> Message {
        let body = Node::new()
            .text("infno", self.infno)
            .text("msgid", &msgid)
            .text("mdtrtarea_admvs", self.mdtrtarea_admvs)
            .text("insuplc_admdvs", self.insuplc_admdvs)
            .text("recer_sys_code", "99")
            .text("dev_no", "")
            .text("dev_safe_info", "")
            .text("cainfo", "")
            .text("signtype", "")
            .text("infver", "V1.0")
            .text("opter_type", "1")
            .text("opter", self.opter)
            .text("opter_name", "模拟收费员")
            .text("inf_time", &self.at.to_string())
            .text("fixmedins_code", self.fixmedins_code)
            .text("fixmedins_name", self.fixmedins_name)
            .text("sign_no", self.sign_no)
            .node("input", input)
            .to_string();
        Message { infno: self.infno.to_owned(), msgid, body }
    }
}

/// Message numbers of one institution: its code, the second, four digits.
///
/// A second holds 9,999 of them; who needs more borrows from the next second, and so the numbers stay
/// apart without ever waiting.
#[derive(Debug)]
pub struct MessageNumbers {
    code: String,
    last: Mutex<(i64, u32)>,
}

impl MessageNumbers {
    /// Numbers for the institution `code`.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), last: Mutex::new((0, 0)) }
    }

    /// The next number.
    pub fn next(&self, now: Stamp) -> String {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if now.0 > last.0 {
            *last = (now.0, 0);
        } else if last.1 == 9_999 {
            *last = (last.0 + 1, 0);
        }
        last.1 += 1;
        format!("{}{}{:04}", self.code, compact(Stamp(last.0)), last.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_have_thirty_characters_and_never_repeat() {
        let numbers = MessageNumbers::new("H99010000001");
        let now = Stamp(1_760_000_000);
        let mut seen = BTreeSet::new();
        for step in 0..25_000 {
            // A clock that stands still, then steps back, then goes on.
            let at = Stamp(now.0 + if step > 20_000 { 1 } else { 0 } - if step > 24_000 { 5 } else { 0 });
            let number = numbers.next(at);
            assert_eq!(number.len(), 30, "{number}");
            assert!(seen.insert(number));
        }
    }

    #[test]
    fn the_envelope_carries_every_required_field() {
        let envelope = Envelope {
            infno: "1101",
            mdtrtarea_admvs: "990100",
            insuplc_admdvs: "",
            fixmedins_code: "H99010000001",
            fixmedins_name: "示例医院",
            opter: "0001",
            sign_no: "",
            at: Stamp(0),
        };
        let message = envelope.seal("M1".into(), &Node::new().node("data", &Node::new().text("psn_no", "1")));
        let read: serde_json::Value = serde_json::from_str(&message.body).unwrap();
        for name in [
            "infno",
            "msgid",
            "mdtrtarea_admvs",
            "recer_sys_code",
            "infver",
            "opter_type",
            "opter",
            "opter_name",
            "inf_time",
            "fixmedins_code",
            "fixmedins_name",
        ] {
            assert!(!read[name].as_str().unwrap().is_empty(), "{name}");
        }
        assert_eq!(read["input"]["data"]["psn_no"], "1");
        assert_eq!(read["inf_time"], "1970-01-01 00:00:00");
    }
}
