//! Advice as cards.

use crate::fhir::{reference, text};
use crate::reasons::{REASONS, Reason};
use crate::request::HookRequest;
use bedside::{Reminder, Role};
use model::Severity;
use serde_json::{Map, Value, json};

/// Longest summary: the specification asks for fewer than 140 characters.
const SUMMARY_MAX: usize = 139;

/// Where the pages are that a card links to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Base address of the server as doctors' browsers reach it, without a slash at its end; empty when none is configured,
    /// then cards have no links.
    pub base: &'a str,
    /// Version of the library that judged, told in every card.
    pub library: &'a str,
}

/// The body of the answer to a call.
#[must_use]
pub fn cards(request: &HookRequest, reminders: &[Reminder], place: Place<'_>) -> Value {
    let cards: Vec<Value> = reminders.iter().filter_map(|reminder| card(request, reminder, place)).collect();
    json!({ "cards": cards })
}

fn card(request: &HookRequest, reminder: &Reminder, place: Place<'_>) -> Option<Value> {
    let uuid = card_uuid(&reminder.id)?;
    let mut card = Map::new();
    card.insert("uuid".to_owned(), json!(uuid));
    card.insert("summary".to_owned(), json!(shortened(&format!("{}：{}", reminder.name, reminder.place))));
    card.insert("detail".to_owned(), json!(detail(reminder, place.library)));
    // Payment is never a matter of life: `critical` is not ours to say.
    let indicator = if reminder.severity == Severity::Clear { "warning" } else { "info" };
    card.insert("indicator".to_owned(), json!(indicator));
    card.insert("source".to_owned(), source(reminder, place.base));
    if let Some(suggestion) = suggestion(request, reminder, &uuid) {
        card.insert("suggestions".to_owned(), json!([suggestion]));
        card.insert("selectionBehavior".to_owned(), json!("at-most-one"));
    }
    card.insert("overrideReasons".to_owned(), REASONS.into_iter().map(Reason::coding).collect());
    if !place.base.is_empty() {
        let url = format!("{}/reminder?jr={}", place.base, reminder.id);
        card.insert("links".to_owned(), json!([{ "label": "查看并处理", "url": url, "type": "absolute" }]));
    }
    Some(card.into())
}

/// What, why, what would make it right, the money, the basis: each its own line of Markdown.
fn detail(reminder: &Reminder, library: &str) -> String {
    let mut parts = vec![
        format!("**{}**", plain(&reminder.place)),
        plain(&reminder.why),
        format!("**怎么改**：{}", plain(&reminder.remedy)),
        format!("**费用**：{}", plain(&reminder.effect)),
    ];
    if !reminder.basis.is_empty() {
        parts.push(format!("**依据**：{}", plain(&reminder.basis)));
    }
    parts.push(format!(
        "规则 {} 第 {} 版，规则库 {library}。提醒只供参考，是否继续由医师决定。",
        reminder.rule, reminder.version
    ));
    parts.join("\n\n")
}

/// Text in Markdown: what hospitals wrote is nobody's formatting.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}

fn source(reminder: &Reminder, base: &str) -> Value {
    let label = format!("医保规则“{}”", reminder.name);
    let topic = json!({ "system": "urn:yibao:rule", "code": reminder.rule, "display": reminder.name });
    if base.is_empty() {
        return json!({ "label": label, "topic": topic });
    }
    json!({ "label": label, "url": format!("{base}/rules/{}", reminder.rule), "topic": topic })
}

/// Taking the order away, where the line at fault is a draft and the rule is sure.
fn suggestion(request: &HookRequest, reminder: &Reminder, card: &str) -> Option<Value> {
    let fault = reminder.lines.iter().find(|line| line.role == Role::AtFault)?;
    let order = request.draft(&fault.id).filter(|_| reminder.severity == Severity::Clear)?;
    if text(order, "/id").is_empty() {
        return None;
    }
    Some(json!({
        "label": format!("撤回“{}”", fault.name),
        "uuid": turned(card),
        "actions": [{
            "type": "delete",
            "description": format!("从待签医嘱中删除“{}”", fault.name),
            "resourceId": reference(order),
        }],
    }))
}

fn shortened(text: &str) -> String {
    if text.chars().nth(SUMMARY_MAX).is_none() {
        return text.to_owned();
    }
    text.chars().take(SUMMARY_MAX - 1).chain(['…']).collect()
}

/// The uuid of a reminder's card: its id is 128 bits in hexadecimal behind two letters.
#[must_use]
pub fn card_uuid(reminder: &str) -> Option<String> {
    let digits = reminder.strip_prefix("JR").filter(|digits| is_hexadecimal(digits))?;
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts: Option<Vec<&str>> = parts.into_iter().map(|(from, until)| digits.get(from..until)).collect();
    Some(parts?.join("-"))
}

/// The id of the reminder behind a card's uuid.
#[must_use]
pub fn reminder_id(uuid: &str) -> Option<String> {
    let digits = uuid.trim_start_matches("urn:uuid:").to_ascii_lowercase().replace('-', "");
    is_hexadecimal(&digits).then(|| format!("JR{digits}"))
}

fn is_hexadecimal(digits: &str) -> bool {
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Another uuid for the same card: every digit turned round, so that nothing has to be kept.
fn turned(uuid: &str) -> String {
    let turn = |digit: char| digit.to_digit(16).and_then(|value| char::from_digit(15 - value, 16)).unwrap_or(digit);
    uuid.chars().map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_and_its_reminder_name_each_other() {
        let uuid = card_uuid("JR4e0a3a1e32834575ab82028d55fe2719");
        assert_eq!(uuid.as_deref(), Some("4e0a3a1e-3283-4575-ab82-028d55fe2719"));
        assert_eq!(
            reminder_id("urn:uuid:4E0A3A1E-3283-4575-AB82-028D55FE2719").as_deref(),
            Some("JR4e0a3a1e32834575ab82028d55fe2719")
        );
        assert_eq!((card_uuid("JR12"), reminder_id("none")), (None, None));
    }

    #[test]
    fn what_hospitals_wrote_is_no_markup() {
        assert_eq!(plain("<b>*5%*</b>\n[x](y)"), "\\<b\\>\\*5%\\*\\</b\\> \\[x\\](y)");
        assert_eq!(shortened(&"药".repeat(200)).chars().count(), 139);
    }
}
