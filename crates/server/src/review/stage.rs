//! The demo's workbench: accounts for every role, and, when findings are there, a hospital with open appeals.

use super::people::{DemoUser, demo_users};
use crate::desk::StartError;
use model::Stamp;
use review::{Act, Actor, Clock, Command, Verdict, decide};
use rights::{Role, Scope};
use std::collections::BTreeMap;
use std::path::Path;
use store::{ItemQuery, ReviewChanges, ReviewFile, ReviewJob, Store, TallyBy};

/// Decided for the hospital that has most findings, and appealed by it.
const DECIDED: usize = 24;
const APPEALED: usize = 6;
/// Where passwords are told.
const FILE: &str = "demo-users.json";

/// Opens the demo's accounts once, tells their passwords in `demo-users.json` (readable by its owner only), and begins the work.
///
/// # Errors
/// The store or the directory cannot be written.
pub(crate) async fn install(
    store: &Store,
    data: &Path,
    clock: &Clock,
    registered: &[(String, String)],
    at: Stamp,
) -> Result<Vec<DemoUser>, StartError> {
    if store.user("chushen1").await?.is_some() {
        return Ok(Vec::new());
    }
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for tally in store.review_tallies(&Scope::everywhere(), TallyBy::Institution).await? {
        *sums.entry((tally.institution, tally.area)).or_default() += tally.items;
    }
    let mut found: Vec<((String, String), i64)> = sums.into_iter().collect();
    found.sort_by_key(|(_, items)| std::cmp::Reverse(*items));
    let mut institutions: Vec<(String, String)> = found.into_iter().map(|(institution, _)| institution).collect();
    institutions.extend(registered.iter().cloned());
    let named = institutions.clone();
    let opened = tokio::task::spawn_blocking(move || demo_users(&named, at)).await;
    let (users, shown): (Vec<_>, Vec<_>) = opened.unwrap_or_default().into_iter().unzip();
    submit(store, Vec::new(), at, move |_| Ok(ReviewChanges { users: users.clone(), ..ReviewChanges::default() }))
        .await?;
    tell(data, &shown)?;
    if let Some((institution, area)) = institutions.into_iter().next() {
        begin(store, clock, Scope { areas: vec![area], institutions: vec![institution] }, at).await?;
    }
    Ok(shown)
}

fn tell(data: &Path, users: &[DemoUser]) -> Result<(), StartError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let path = data.join(FILE);
    let failed = |error: std::io::Error| StartError::Registers(format!("无法写 {}：{error}", path.display()));
    let text = serde_json::to_string_pretty(users).map_err(|error| StartError::Registers(error.to_string()))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(&path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

/// First reviews and appeals, as the accounts of the demo would make them.
async fn begin(store: &Store, clock: &Clock, scope: Scope, at: Stamp) -> Result<(), StartError> {
    let query = ItemQuery { limit: 24, stages: vec![review::Stage::First], ..ItemQuery::of(scope) };
    let items = store.review_page(&query).await?.items;
    let keys: Vec<(String, String)> =
        items.iter().map(|item| (item.facts.institution.clone(), item.facts.id.clone())).take(DECIDED).collect();
    let act = |user: &str, role, command, reason: &str, text: &str| Act {
        actor: Actor { user: user.to_owned(), role: Some(role) },
        command,
        reason: reason.to_owned(),
        text: text.to_owned(),
        evidence: Vec::new(),
        at,
        seen: None,
        batch: String::new(),
    };
    let violation = Command::FirstReview(Verdict::Violation { amount: None });
    let reviewed = act("chushen1", Role::FirstReviewer, violation, "rule_confirmed", "");
    let appeal = act(
        "yiyuan1",
        Role::HospitalOffice,
        Command::Appeal,
        "appeal_clinical",
        "患者有明确用药指征，病历已留存，请复核。",
    );
    let clock = clock.clone();
    submit(store, keys, at, move |file| {
        let mut changes = ReviewChanges::default();
        for (place, item) in file.items.iter().enumerate().take(DECIDED) {
            let Ok((mut after, event)) = decide(item, &reviewed, &clock) else { continue };
            let owner = (item.facts.institution.clone(), item.facts.id.clone());
            changes.events.push((owner.0.clone(), owner.1.clone(), event));
            if place < APPEALED
                && let Ok((appealed, event)) = decide(&after, &appeal, &clock)
            {
                after = appealed;
                changes.events.push((owner.0, owner.1, event));
            }
            changes.items.push(after);
        }
        Ok(changes)
    })
    .await
}

async fn submit(
    store: &Store,
    keys: Vec<(String, String)>,
    at: Stamp,
    decide: impl Fn(&ReviewFile) -> Result<ReviewChanges, review::Refusal> + Send + Sync + 'static,
) -> Result<(), StartError> {
    store.review(ReviewJob::new(at, move |file, _| decide(file)).on(keys)).await?;
    Ok(())
}
