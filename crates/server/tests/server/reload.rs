//! Publishing while doctors ask: no question fails, and every answer rests on one library that was in force while it was made.

use crate::bedside::{inquiry, order};
use crate::cds;
use crate::library::{offer, version};
use crate::support::Hall;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// How often something comes into force.
const CHANGES: u32 = 50;
/// Doctors asking at once.
const ASKERS: u32 = 4;

/// Versions in the order in which they came into force. A change notes its version before anybody can have seen it answered.
type Log = Arc<Mutex<Vec<String>>>;

/// A medical record asks; gives the library that the answer and every card of it name.
async fn by_hook(hall: &Hall) -> Result<String, String> {
    let (path, token) = ("/cds-services/yibao-order-sign", cds::token("yibao-order-sign"));
    let response = cds::post(hall, path, Some(&token), &cds::order_sign()).await;
    if response.status() != StatusCode::OK {
        return Err(format!("{}: {}", response.status(), cds::text(response).await));
    }
    let told = response.headers()["x-yibao-library"].to_str().unwrap().to_owned();
    let answer: Value = serde_json::from_str(&cds::text(response).await).unwrap();
    let cards = answer["cards"].as_array().unwrap();
    let of = |card: &Value| card["detail"].as_str().unwrap().contains(&format!("规则库 {told}"));
    if cards.is_empty() || !cards.iter().all(of) {
        return Err(format!("an answer of {told} has cards of another library: {answer:#}"));
    }
    Ok(told)
}

/// A hospital system asks by 3101; gives the library that the answer names.
async fn by_message(hall: &Hall, serial: u32) -> Result<String, String> {
    let (area, institution) = (hall.area(0), hall.institution(&hall.area(0), "hospital"));
    let (person, visit) = (format!("P{serial}"), format!("V{serial}"));
    let asked = inquiry(&institution, &person, &visit, json!([order("L1", "2", "25.00")]));
    let reply = hall.post(&hall.envelope(&institution, &area, "3101", asked)).await;
    let output = &reply["output"];
    if reply["infcode"] != 0 || output["result"].as_array().is_none_or(Vec::is_empty) {
        return Err(reply.to_string());
    }
    output["rule_lib_ver"].as_str().map(str::to_owned).ok_or_else(|| reply.to_string())
}

/// One question: what was in force just before and just after, and on what the answer says it rests.
async fn ask(hall: &Hall, log: &Log, serial: u32) -> Result<(), String> {
    let before = hall.desk.edition().version().to_owned();
    let first = log.lock().unwrap().iter().rposition(|version| *version == before).unwrap_or(0);
    let told = if serial.is_multiple_of(2) { by_hook(hall).await? } else { by_message(hall, serial).await? };
    let after = hall.desk.edition().version().to_owned();
    let in_force = |log: &[String]| {
        let last = log.iter().rposition(|version| *version == after).unwrap_or(log.len() - 1);
        log.get(first..=last.max(first)).is_some_and(|force| force.contains(&told))
    };
    // The change that is under way may be in force a moment before its version is noted.
    for _ in 0..200 {
        if in_force(&log.lock().unwrap()) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    Err(format!("{told} was not in force between {before} and {after}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn i10_answers_under_load_rest_on_one_library_in_force() {
    let hall = Arc::new(cds::hall().await);
    let log: Log = Arc::new(Mutex::new(vec![hall.desk.edition().version().to_owned()]));
    let done = Arc::new(AtomicBool::new(false));
    let askers = (0..ASKERS).map(|asker| {
        let (hall, log, done) = (Arc::clone(&hall), Arc::clone(&log), Arc::clone(&done));
        tokio::spawn(async move {
            let mut asked = 0;
            while !done.load(Ordering::Relaxed) || asked == 0 {
                // Even serials ask by CDS Hooks, odd ones by 3101.
                ask(&hall, &log, asker * 1_000_000 + asked).await?;
                asked += 1;
            }
            Ok::<u32, String>(asked)
        })
    });
    let askers: Vec<_> = askers.collect();
    for change in 0..CHANGES {
        // Every fifth change is a publication, the others are switches: both are editions.
        let (method, path, body) = match change % 5 {
            0 => ("POST", "/api/v1/library/publications", offer(&version(change + 2))),
            _ => {
                let mode = if change % 2 == 0 { "shadow" } else { "on" };
                let reason = format!("第 {change} 次");
                ("PUT", "/api/v1/rules/dx-age-conflict/switch", json!({ "mode": mode, "reason": reason }))
            }
        };
        let (status, changed) = crate::management::send(&hall, method, path, "geheim", &body).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        log.lock().unwrap().push(changed["version"].as_str().unwrap().to_owned());
    }
    done.store(true, Ordering::Relaxed);
    let mut asked = 0;
    for asker in askers {
        asked += asker.await.unwrap().unwrap_or_else(|fault| panic!("{fault}"));
    }
    let versions: BTreeSet<String> = log.lock().unwrap().iter().cloned().collect();
    assert_eq!(versions.len() as u32, CHANGES + 1, "every change is a version of its own");
    eprintln!("{asked} questions answered while {CHANGES} libraries came into force");
    assert!(asked >= CHANGES, "{asked}");
}
