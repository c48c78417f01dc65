//! What a doctor did with a card. It means what 3103 means: accepted is 返回修改, overridden is 继续执行.

use crate::cards::reminder_id;
use crate::fault::HookFault;
use crate::fhir::text;
use crate::reasons::{REASON_SYSTEM, Reason};
use serde_json::Value;

/// What was done with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A suggestion was taken.
    Accepted,
    /// Care goes on unchanged.
    Overridden,
}

/// What was done with one card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// `jr_id` of the reminder.
    pub reminder: String,
    /// What was done.
    pub outcome: Outcome,
    /// Why; empty when a suggestion was taken.
    pub reason: String,
}

/// What is kept where a card was overridden without a reason: 3103 demands one.
const NO_REASON: &str = "未说明理由";
/// Longest reason that is kept, characters: that of `dspo_way_rea`.
const REASON_MAX: usize = 500;

/// Reads the body of `POST /cds-services/{id}/feedback`.
///
/// # Errors
/// What is not as the specification has it, with the place.
pub fn read_feedback(body: &[u8]) -> Result<Vec<Feedback>, HookFault> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| HookFault::malformed(format!("请求正文不是 JSON：{error}")))?;
    let entries = body.get("feedback").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| HookFault::malformed("缺少字段 feedback，应为列表"))?;
    entries.iter().enumerate().map(|(place, entry)| read(place, entry)).collect()
}

fn read(place: usize, entry: &Value) -> Result<Feedback, HookFault> {
    let fault = |field: &str, what: &str| HookFault::malformed(format!("feedback[{place}].{field}：{what}"));
    let reminder = reminder_id(text(entry, "/card")).ok_or_else(|| fault("card", "应为所收卡片的 uuid"))?;
    let outcome = match text(entry, "/outcome") {
        "accepted" => Outcome::Accepted,
        "overridden" => Outcome::Overridden,
        other => return Err(fault("outcome", &format!("“{other}”应为 accepted 或 overridden"))),
    };
    if text(entry, "/outcomeTimestamp").is_empty() {
        return Err(fault("outcomeTimestamp", "缺少，应为 UTC 时间"));
    }
    let reason = match outcome {
        Outcome::Accepted => String::new(),
        Outcome::Overridden => reason(entry),
    };
    Ok(Feedback { reminder, outcome, reason })
}

/// The chosen reason in words, and what was written beside it.
fn reason(entry: &Value) -> String {
    let code = text(entry, "/overrideReason/reason/code");
    let ours = Some(code).filter(|_| text(entry, "/overrideReason/reason/system") == REASON_SYSTEM);
    let chosen = match ours.and_then(Reason::with_code) {
        Some(known) => known.display,
        None => {
            Some(text(entry, "/overrideReason/reason/display")).filter(|display| !display.is_empty()).unwrap_or(code)
        }
    };
    let comment = text(entry, "/overrideReason/userComment").trim();
    let said: Vec<&str> = [chosen, comment].into_iter().filter(|part| !part.is_empty()).collect();
    if said.is_empty() {
        return NO_REASON.to_owned();
    }
    said.join("；").chars().take(REASON_MAX).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use serde_json::json;

    const CARD: &str = "4e0a3a1e-3283-4575-ab82-028d55fe2719";

    fn said(entry: Value) -> Result<Vec<Feedback>, HookFault> {
        read_feedback(json!({ "feedback": [entry] }).to_string().as_bytes())
    }

    #[test]
    fn the_examples_of_the_specification_are_understood() {
        let at = "2020-12-11T00:00:00Z";
        let accepted = json!({ "card": CARD, "outcome": "accepted", "outcomeTimestamp": at,
            "acceptedSuggestions": [{ "id": "e56e1945-20b3-4393-8503-a1a20fd73152" }] });
        let feedback = said(accepted).unwrap().remove(0);
        assert_eq!(feedback.reminder, "JR4e0a3a1e32834575ab82028d55fe2719");
        assert_eq!((feedback.outcome, feedback.reason.as_str()), (Outcome::Accepted, ""));
        let silent = json!({ "card": CARD, "outcome": "overridden", "outcomeTimestamp": at });
        assert_eq!(said(silent).unwrap().remove(0).reason, "未说明理由");
        let told = json!({ "card": CARD, "outcome": "overridden", "outcomeTimestamp": at, "overrideReason": {
            "reason": { "code": "d7ecf885", "system": "https://example.com/cds-hooks/override-reason-system" },
            "userComment": "A comment entered by the clinician." } });
        assert_eq!(said(told).unwrap().remove(0).reason, "d7ecf885；A comment entered by the clinician.");
    }

    #[test]
    fn our_own_reasons_are_kept_in_words() {
        let told = json!({ "card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-27T00:00:00Z",
            "overrideReason": { "reason": { "code": "self-funded", "system": REASON_SYSTEM } } });
        assert_eq!(said(told).unwrap().remove(0).reason, "患者知情同意自费");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (entry, word) in [
            (json!({ "outcome": "accepted", "outcomeTimestamp": "x" }), "feedback[0].card"),
            (json!({ "card": CARD, "outcome": "ignored", "outcomeTimestamp": "x" }), "feedback[0].outcome"),
            (json!({ "card": CARD, "outcome": "accepted" }), "feedback[0].outcomeTimestamp"),
        ] {
            let fault = said(entry).unwrap_err().to_string();
            assert!(fault.contains(word), "{fault}");
        }
        assert!(read_feedback(b"{}").is_err() && read_feedback(b"[").is_err());
    }
}
