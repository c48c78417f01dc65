//! Answers that do not come in time lapse by themselves, on a moved clock; nothing else does.

use crate::cast::{act, ask, item, stage, write};
use crate::support::Hall;
use axum::http::StatusCode;
use model::Stamp;
use review::{Act, Actor, Command, Event, Item, State, Verdict, decide};
use rights::Role;
use serde_json::json;
use store::{ReviewChanges, TallyBy};

const INSTITUTION: &str = "H36010000001";

/// Beijing time.
fn at(text: &str) -> Stamp {
    let (day, time) = text.split_once(' ').unwrap();
    let minutes =
        time.split_once(':').map(|(hour, minute)| hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap());
    Stamp(i64::from(model::Day::parse(day.as_bytes()).unwrap().0) * 86_400 + minutes.unwrap() * 60)
}

fn by(user: &str, role: Role, command: Command, reason: &str, at: Stamp) -> Act {
    Act {
        actor: Actor { user: user.to_owned(), role: Some(role) },
        command,
        reason: reason.to_owned(),
        text: "已核对病历".to_owned(),
        evidence: Vec::new(),
        at,
        seen: None,
        batch: String::new(),
    }
}

/// An item after these acts.
async fn after(hall: &Hall, number: u64, acts: &[Act]) -> Item {
    let clock = hall.desk.review_clock();
    let mut item = item(INSTITUTION, "360100", number);
    let mut events: Vec<(String, String, Event)> = Vec::new();
    for act in acts {
        let (next, event) = decide(&item, act, clock).unwrap();
        events.push((INSTITUTION.to_owned(), item.facts.id.clone(), event));
        item = next;
    }
    let kept = item.clone();
    write(hall, move || ReviewChanges {
        items: vec![kept.clone()],
        events: events.clone(),
        ..ReviewChanges::default()
    })
    .await;
    item
}

async fn state(hall: &Hall, item: &Item) -> State {
    hall.desk.store.review_item(INSTITUTION, &item.facts.id).await.unwrap().unwrap().standing.state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_consent_after_ten_working_days_and_only_the_institutions() {
    let hall = Hall::open().await;
    // Decided on the last Monday before the autumn holidays: ten working days end on Friday, 16 October.
    let begun = at("2026-09-28 10:00");
    let violation = |at| {
        by("chu", Role::FirstReviewer, Command::FirstReview(Verdict::Violation { amount: None }), "rule_confirmed", at)
    };
    let appeal = |at| by("yi", Role::HospitalOffice, Command::Appeal, "appeal_clinical", at);
    let upheld = |at| by("fu", Role::SecondReviewer, Command::SecondReview { amount: None }, "rule_confirmed", at);
    let escalate = by("chu", Role::FirstReviewer, Command::Escalate, "fraud_sign", begun);
    let sent = after(&hall, 0, &[violation(begun)]).await;
    let refused = after(&hall, 1, &[violation(begun)]).await;
    let twice = after(&hall, 2, &[violation(begun), appeal(begun), upheld(begun)]).await;
    let untouched = [
        (after(&hall, 3, &[]).await, State::Suspected),
        (after(&hall, 4, &[violation(begun), appeal(begun)]).await, State::Appealed),
        (after(&hall, 5, &[violation(begun), escalate]).await, State::Escalated),
        (after(&hall, 6, &[violation(begun), appeal(begun), upheld(begun), appeal(begun)]).await, State::Reappealed),
        (after(&hall, 7, &[violation(at("2026-09-29 10:00"))]).await, State::RefusalPending),
    ];
    assert_eq!(sent.standing.due_on.unwrap().to_string(), "2026-10-16");
    assert_eq!(hall.desk.lapse(at("2026-10-16 23:59")).await.unwrap(), 0, "the last day counts");
    assert_eq!(state(&hall, &sent).await, State::Sent);
    // The next day is a Saturday: deadlines are working days, the clock is not.
    assert_eq!(hall.desk.lapse(at("2026-10-17 00:00")).await.unwrap(), 3);
    assert_eq!(state(&hall, &sent).await, State::TimedOut);
    assert_eq!(state(&hall, &refused).await, State::TimedOut);
    assert_eq!(state(&hall, &twice).await, State::Final);
    for (item, expected) in &untouched {
        assert_eq!(state(&hall, item).await, *expected, "{}", item.facts.id);
    }
    assert_eq!(hall.desk.lapse(at("2026-10-17 00:00")).await.unwrap(), 0, "once");
    assert_eq!(hall.desk.lapse(at("2026-10-20 00:00")).await.unwrap(), 1, "decided a day later, over a weekend later");
    let events = hall.desk.store.review_events(INSTITUTION, &sent.facts.id).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!(
        (last.user.as_str(), last.role, &last.command, last.to),
        ("system", None, &Command::Expire, State::TimedOut)
    );
    let tallies = hall.desk.store.review_tallies(&rights::Scope::everywhere(), TallyBy::Rule).await.unwrap();
    let counted = |state: State| -> i64 {
        tallies.iter().filter(|tally| tally.state == state.word()).map(|tally| tally.items).sum()
    };
    assert_eq!(
        (counted(State::TimedOut), counted(State::Sent), counted(State::Final)),
        (3, 0, 1),
        "figures moved along"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lapsed_is_deducted_without_anybody_having_opened_it() {
    let hall = Hall::open().await;
    stage(&hall, 2).await;
    let key = format!("{INSTITUTION}~F1");
    let wish = json!({"kind": "first_review", "verdict": "violation", "reason": "rule_confirmed"});
    assert_eq!(act(&hall, "firstreviewer0", &key, wish).await.status, StatusCode::OK);
    let month_later = Stamp(server::now().stamp.0 + 40 * 86_400);
    assert_eq!(hall.desk.lapse(month_later).await.unwrap(), 1);
    let late = json!({"kind": "appeal", "reason": "appeal_data", "text": "太晚"});
    assert_eq!(act(&hall, "hospitaloffice0", &key, late).await.code(), "wrong_state");
    assert_eq!(act(&hall, "finance0", &key, json!({"kind": "deduct"})).await.json()["state"], "deducted");
    let log = ask(&hall, "auditadmin0", "GET", "/api/access-log?action=expire", None).await.json();
    assert_eq!(log["entries"][0]["account"], "system", "{log}");
}
