//! Back-tests under way: one at a time, beside the requests, watched and stopped by whoever may.
//!
//! What is under way is known to this process alone; what was found is kept in the store. A back-test that a stop of the
//! server cut off left nothing behind and is begun again.

use super::back_test::{Fault, Judges, Outcome, Places, Trial, Watch, run};
use super::kept::{self, Kept};
use super::state::{Act, Command, Revision, decide};
use crate::clock;
use crate::desk::Desk;
use crate::library::{Edition, Libraries, hash};
use model::Stamp;
use review::Outcome as Decided;
use rights::Scope;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{ItemQuery, Store, StoreError};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// Findings whose end a back-test knows of, at most.
const DECIDED_MAX: u64 = 100_000;
/// How often it is tried to note on the revision that it was tested.
const TRIES: usize = 5;

/// A back-test that ended, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Ended {
    /// Hash of the text that was judged
    pub hash: String,
    /// Version of the library it was compared with
    pub library: String,
    /// Account
    pub by: String,
    /// When
    pub at: String,
    /// How long it took
    pub milliseconds: u64,
    /// Why it came to nothing
    pub failure: Option<String>,
    /// What it found
    pub outcome: Option<Outcome>,
}

/// A back-test under way.
pub(crate) struct Running {
    pub(crate) watch: Watch,
    pub(crate) by: String,
    pub(crate) began: Stamp,
    /// 0 while it waits for another one.
    started: AtomicU8,
}

impl Running {
    /// Whether it waits for another one to end.
    pub(crate) fn waits(&self) -> bool {
        self.started.load(Ordering::Relaxed) == 0
    }
}

/// All back-tests of this process.
pub(crate) struct BackTests {
    running: Mutex<BTreeMap<u64, Arc<Running>>>,
    turn: Arc<Semaphore>,
}

impl Default for BackTests {
    fn default() -> Self {
        Self { running: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl BackTests {
    /// The one of a revision.
    pub(crate) fn of(&self, revision: u64) -> Option<Arc<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&revision).cloned()
    }

    /// Begins one; `None` when there is one already.
    fn enter(&self, revision: u64, by: &str) -> Option<Arc<Running>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(&revision) {
            return None;
        }
        let began = clock::now().stamp;
        let fresh = Running { watch: Watch::default(), by: by.to_owned(), began, started: AtomicU8::new(0) };
        let fresh = Arc::new(fresh);
        running.insert(revision, Arc::clone(&fresh));
        Some(fresh)
    }

    fn leave(&self, revision: u64) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&revision);
    }

    /// Stops all: the server ends.
    pub(crate) fn stop(&self) {
        for job in self.running.lock().unwrap_or_else(PoisonError::into_inner).values() {
            job.watch.cancelled.store(true, Ordering::Relaxed);
        }
    }
}

/// Begins the back-test of a revision over the claims; `false` when one is under way already.
pub(crate) fn begin(desk: &Arc<Desk>, revision: Revision, claims: PathBuf, by: &str) -> bool {
    let Some(job) = desk.back_tests.enter(revision.number, by) else { return false };
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        let number = revision.number;
        if let Err(error) = carry_out(&desk, revision, claims, &job).await {
            tracing::error!(%error, revision = number, "back-test not kept");
        }
        desk.back_tests.leave(number);
    });
    true
}

async fn carry_out(desk: &Desk, revision: Revision, claims: PathBuf, job: &Arc<Running>) -> Result<(), StoreError> {
    let Ok(_turn) = Arc::clone(&desk.back_tests.turn).acquire_owned().await else { return Ok(()) };
    job.started.store(1, Ordering::Relaxed);
    let (began, edition) = (std::time::Instant::now(), desk.edition());
    let (decided, library) = (decided(&desk.store, &revision.rule).await?, edition.version().to_owned());
    let (number, hashed) = (revision.number, hash(&revision.text));
    let (watched, world) = (Arc::clone(job), desk.world());
    let areas = world.institutions.iter().map(|(code, known)| (code.clone(), known.area.clone())).collect();
    let judged =
        tokio::task::spawn_blocking(move || judge(&edition, &revision, (&claims, areas), &decided, &watched.watch));
    let judged = judged.await;
    let judged = judged.unwrap_or_else(|error| Err(Fault::Claims(format!("程序出错：{error}"))));
    let (failure, outcome) = match judged {
        Ok(outcome) => (None, Some(outcome)),
        Err(fault) => (Some(fault.to_string()), None),
    };
    let ended = Ended {
        hash: hashed.clone(),
        library,
        by: job.by.clone(),
        at: clock::now().stamp.to_string(),
        milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        failure,
        outcome,
    };
    kept::keep_back_test(&desk.store, number, &serde_json::to_string(&ended).unwrap_or_default()).await?;
    if ended.outcome.is_some() { note_tested(&desk.store, number, &job.by, &hashed).await } else { Ok(()) }
}

fn judge(
    edition: &Edition,
    revision: &Revision,
    (claims, areas): (&std::path::Path, HashMap<String, String>),
    decided: &HashMap<(String, String), bool>,
    watch: &Watch,
) -> Result<Outcome, Fault> {
    let revised = edition
        .with_rule(&revision.file, &revision.text)
        .map_err(|problems| Fault::Idle(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let settings = &edition.head().settings;
    let set = settings.parameters.iter().filter(|(_, values)| values.contains_key(&revision.rule));
    let own: BTreeSet<String> = set.map(|(area, _)| area.clone()).collect();
    let places = Places { rule: &revision.rule, areas, own: own.clone(), switches: &settings.switches };
    let (current, revised) = (judges(edition.libraries(), &own), judges(&revised, &own));
    run(Trial { claims, current, revised, places, decided }, watch)
}

fn judges<'a>(libraries: &'a Libraries, own: &'a BTreeSet<String>) -> Judges<'a> {
    let areas = own.iter().map(|area| (area.as_str(), libraries.of(area).as_ref())).collect();
    Judges { everywhere: libraries.of("").as_ref(), areas }
}

/// By visit and line, whether a finding of the rule stood in the review.
async fn decided(store: &Store, rule: &str) -> Result<HashMap<(String, String), bool>, StoreError> {
    let query = ItemQuery { rule: Some(rule.to_owned()), limit: DECIDED_MAX, ..ItemQuery::of(Scope::everywhere()) };
    let items = store.review_page(&query).await?.items.into_iter();
    let ended = items.filter_map(|item| {
        let stood = match item.outcome() {
            Decided::Upheld => true,
            Decided::Reversed => false,
            Decided::Open => return None,
        };
        Some(((item.facts.visit, item.facts.line), stood))
    });
    Ok(ended.collect())
}

/// Notes on the revision that this text was tested. Whoever changes the revision at the same moment is waited for.
async fn note_tested(store: &Store, number: u64, by: &str, hashed: &str) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let Some(Kept { revision, document }) = kept::revision(store, number).await? else { return Ok(()) };
        let act = Act { by, at: clock::now().stamp, reason: "", hash: hashed };
        let Ok(next) = decide(&revision, &Command::Tested { hash: hashed.to_owned() }, act) else { return Ok(()) };
        if kept::change(store, &document, &next).await? {
            return Ok(());
        }
    }
    Err(StoreError::Bug("修订在回测结束时一直被改动".to_owned()))
}
