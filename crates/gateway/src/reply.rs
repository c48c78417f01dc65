//! The message on its way out: `infcode`, who answers and when, and `output`.

use crate::output::push_string;
use crate::request::Rejection;
use model::Stamp;

/// Longest `err_msg`, in characters. The documents say 200; real platforms send more, and clients show what they get.
const MESSAGE_MAX: usize = 1000;

/// A moment with milliseconds, in local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The second.
    pub stamp: Stamp,
    /// 0 to 999.
    pub millisecond: u16,
}

/// Who answers, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answering<'a> {
    /// Area of six digits that answers; the message's own when empty.
    pub area: &'a str,
    /// When the message came.
    pub received: Moment,
    /// When it is answered.
    pub answered: Moment,
    /// Number of the answer, counted by the server; its last ten digits are shown.
    pub sequence: u64,
}

/// The bytes of a successful reply around an `output` written before.
#[must_use]
pub fn success(area: &str, output: &str, answering: Answering<'_>) -> Vec<u8> {
    write(0, area, ("", None), output, answering)
}

/// The bytes of a reply that care may go on although nothing was checked: infcode 0 and an empty `err_msg`, as every client
/// wants them, an `output` that holds nothing, and in `warn_msg`, which clients show or pass over, that it was not checked.
#[must_use]
pub fn unchecked(area: &str, output: &str, remark: &str, answering: Answering<'_>) -> Vec<u8> {
    write(0, area, ("", Some(remark)), output, answering)
}

/// The bytes of a reply that says why nothing was done.
#[must_use]
pub fn failure(rejection: &Rejection, answering: Answering<'_>) -> Vec<u8> {
    write(-1, &rejection.area, (&cut(&rejection.message), None), "{}", answering)
}

/// At most [`MESSAGE_MAX`] characters, never half of one.
fn cut(message: &str) -> String {
    if message.chars().nth(MESSAGE_MAX).is_none() {
        return message.to_owned();
    }
    message.chars().take(MESSAGE_MAX - 1).chain(['…']).collect()
}

fn write(
    infcode: i8,
    area: &str,
    (message, remark): (&str, Option<&str>),
    output: &str,
    answering: Answering<'_>,
) -> Vec<u8> {
    let mut text = String::with_capacity(output.len() + 320);
    text.push_str(&format!("{{\"infcode\":{infcode},\"inf_refmsgid\":"));
    push_string(&reference(if answering.area.is_empty() { area } else { answering.area }, answering), &mut text);
    for (name, moment) in [("refmsg_time", answering.received), ("respond_time", answering.answered)] {
        text.push_str(&format!(",\"{name}\":\"{}\"", moment.digits()));
    }
    text.push_str(",\"err_msg\":");
    push_string(message, &mut text);
    text.push_str(",\"warn_msg\":");
    match remark {
        Some(remark) => push_string(remark, &mut text),
        None => text.push_str("null"),
    }
    text.push_str(",\"cainfo\":null,\"signtype\":null,\"output\":");
    text.push_str(output);
    text.push('}');
    text.into_bytes()
}

/// 接收方报文ID: area (6), yyyyMMddHHmmss, and a number of ten digits. An area that could not be read is `000000`.
fn reference(area: &str, answering: Answering<'_>) -> String {
    let digits = area.len() == 6 && area.bytes().all(|b| b.is_ascii_digit());
    let second = answering.answered.digits();
    let second = second.get(..14).unwrap_or_default();
    format!("{}{second}{:010}", if digits { area } else { "000000" }, answering.sequence % 10_000_000_000)
}

impl Moment {
    /// `yyyyMMddHHmmssSSS`
    #[must_use]
    pub fn digits(self) -> String {
        let mut text: String = self.stamp.to_string().chars().filter(char::is_ascii_digit).collect();
        text.push_str(&format!("{:03}", self.millisecond % 1000));
        text
    }
}

/// A refusal of the gateway itself, before any message was read: `{"code":401,"message":…}`.
#[must_use]
pub fn gateway_failure(code: u16, message: &str) -> Vec<u8> {
    let mut text = format!("{{\"code\":{code},\"message\":");
    push_string(message, &mut text);
    text.push('}');
    text.into_bytes()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use model::Day;

    fn answering() -> Answering<'static> {
        let stamp = Day::from_civil(2025, 1, 10).unwrap().start();
        let stamp = Stamp(stamp.0 + 10 * 3600 + 15 * 60 + 1);
        let moment = |millisecond| Moment { stamp, millisecond };
        Answering { area: "", received: moment(10), answered: moment(480), sequence: 1 }
    }

    #[test]
    fn a_success_has_the_number_zero_and_no_message() {
        let text = String::from_utf8(success("999900", "{}", answering())).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"infcode":0,"inf_refmsgid":"999900202501101015010000000001","refmsg_time":"20250110101501010","#,
                r#""respond_time":"20250110101501480","err_msg":"","warn_msg":null,"cainfo":null,"signtype":null,"output":{}}"#
            )
        );
    }

    #[test]
    fn a_failure_is_minus_one_and_its_text_is_whole_characters() {
        let rejection = Rejection { infno: "2207".into(), area: "12".into(), message: "错".repeat(2000) };
        let reply: serde_json::Value = serde_json::from_slice(&failure(&rejection, answering())).unwrap();
        assert_eq!(reply["infcode"], -1);
        assert_eq!(reply["err_msg"].as_str().unwrap().chars().count(), 1000);
        assert!(reply["inf_refmsgid"].as_str().unwrap().starts_with("00000020250110"));
    }

    #[test]
    fn the_gateway_refuses_in_its_own_form() {
        assert_eq!(gateway_failure(401, "签名\"错误\""), r#"{"code":401,"message":"签名\"错误\""}"#.as_bytes());
    }
}
