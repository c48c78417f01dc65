//! Reminders before and during care, around the pure core in `bedside`.
//!
//! An inquiry takes the edition of the library in force, the person's history (`histories`: compact, in memory, current), and
//! a place in the queue of a few threads of its own (`pool`), so that no audit ever stands between a message and its
//! settlement. All of it has a budget: over it, with the engine or the database down, the answer is that nothing was
//! checked, counted and logged, and care goes on. What was shown is remembered, so that it is said once, and kept in the
//! store a moment later (`recorder`), so that it can be answered to.

mod histories;
mod pool;
mod recorder;
mod register;

pub(crate) use recorder::document;
pub(crate) use register::Register;

use crate::clock;
use crate::config::Config;
use crate::desk::Desk;
use crate::library::Trial;
use crate::revision::shadow::told;
use agency::{Changes, World};
use bedside::{Advice, Answered, History, Inquiry, Reminder, Shown, Unadvisable, Way};
use histories::Histories;
use pool::{Judged, Pool, Task};
use recorder::Recorder;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use store::{Store, StoreError};

/// Kind of the documents that hold reminders, in the file of the person they are about; the key is the reminder's id.
pub const REMINDER: &str = "reminder";

/// How long a changed rule in the shadow is worth waiting for.
const SHADOW: Duration = Duration::from_secs(5);

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// `fixmedins_code`
    pub institution: &'a str,
    /// Area of the institution: its parameters and switches apply.
    pub area: &'a str,
    /// The message; asked again under the same one, the same is told again.
    pub message: &'a str,
}

/// What came of an inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advised {
    /// It was judged; what is new of it.
    Told(Advice),
    /// It cannot be judged as it stands.
    Unadvisable(Unadvisable),
    /// It was not judged, through no fault of the asker.
    NotChecked(NotChecked),
}

/// Why nothing was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotChecked {
    /// The budget ran out.
    TooSlow,
    /// All threads are busy and the queue is full.
    Busy,
    /// The engine failed.
    Failed,
    /// The history cannot be read.
    NoHistory,
}

impl NotChecked {
    /// The word in labels and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooSlow => "too_slow",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoHistory => "no_history",
        }
    }
}

/// Everything that reminders need beside the store and the library.
pub(crate) struct Bedside {
    pub(crate) histories: Histories,
    pub(crate) recorder: Recorder,
    pool: Pool,
    register: RwLock<Arc<Register>>,
    budget: Duration,
}

impl Bedside {
    /// Starts threads and recorder.
    ///
    /// # Errors
    /// When the secret that seals reminders can neither be read nor made.
    pub(crate) async fn start(store: &Store, config: &Config) -> Result<Self, StoreError> {
        let seal = recorder::seal(store).await?;
        let shared = config.database.is_some();
        Ok(Self {
            histories: Histories::new(config.history_mib << 20, shared),
            recorder: Recorder::start(store.clone()),
            pool: Pool::start(config.advice_workers, seal),
            register: RwLock::new(Arc::new(Register::default())),
            budget: Duration::from_millis(config.advice_milliseconds),
        })
    }

    /// Takes over institutions and staff, when they are not the same as before.
    pub(crate) fn learn(&self, world: &World) {
        let next = Register::of(world);
        let mut register = self.register.write().unwrap_or_else(PoisonError::into_inner);
        if **register != next {
            *register = Arc::new(next);
        }
    }

    fn register(&self) -> Arc<Register> {
        Arc::clone(&self.register.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Desk {
    /// Judges an inquiry within the budget. What was told before is left out, what is new is remembered.
    pub async fn advise(&self, asker: Asker<'_>, inquiry: Arc<Inquiry>) -> Advised {
        let until = Instant::now() + self.bedside.budget;
        let judged = tokio::time::timeout_at(until.into(), self.judge(asker, inquiry, until));
        let advised = judged.await.unwrap_or(Advised::NotChecked(NotChecked::TooSlow));
        if let Advised::NotChecked(reason) = advised {
            self.metrics.not_checked(reason);
            tracing::warn!(institution = asker.institution, reason = reason.word(), "not checked");
        }
        advised
    }

    async fn judge(&self, asker: Asker<'_>, inquiry: Arc<Inquiry>, until: Instant) -> Advised {
        let edition = self.edition();
        let library = Arc::clone(edition.library_at(asker.area, asker.institution));
        let known = match self.bedside.histories.of(&self.store, &inquiry.patient.id, &library).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "history not read");
                return Advised::NotChecked(NotChecked::NoHistory);
            }
        };
        let (register, history) = (self.bedside.register(), Arc::clone(&known.history));
        let task = Task { edition, library, register, inquiry: Arc::clone(&inquiry), history, until };
        let shadows = shadows(&task, asker);
        let mut advice = match self.bedside.pool.ask(task).await {
            Judged::Advice(advice) => advice,
            Judged::Unadvisable(why) => return Advised::Unadvisable(why),
            Judged::NotChecked(why) => return Advised::NotChecked(why),
        };
        self.ask_shadows(shadows, &advice);
        let library = std::mem::take(&mut advice.library);
        let at = clock::now().stamp;
        let (person, visit) = (inquiry.patient.id.as_str(), inquiry.current.as_str());
        let shown =
            |reminder: &Reminder| Shown::of(reminder, person, inquiry.stage, visit, &library, at, asker.message);
        let fresh = known.tell(&mut advice.reminders, asker.message, shown);
        self.metrics.reminders("shown", advice.reminders.len());
        self.metrics.reminders("shadow", advice.shadow.len());
        self.bedside.recorder.record(fresh);
        advice.library = library;
        Advised::Told(advice)
    }

    /// Asks changed rules in the shadow the same, after the answer: nobody waits for them, and when all threads are busy they
    /// are left out.
    fn ask_shadows(&self, shadows: Vec<(Trial, Task)>, advice: &Advice) {
        for (trial, task) in shadows {
            let said = || advice.reminders.iter().chain(&advice.shadow);
            let current = told(said(), &trial.rule);
            let Ok(answer) = self.bedside.pool.send(task) else { continue };
            let shadows = Arc::clone(&self.shadows);
            tokio::spawn(async move {
                if let Ok(Judged::Advice(advice)) = answer.await {
                    let changed = told(advice.reminders.iter().chain(&advice.shadow), &trial.rule);
                    shadows.count(trial.revision, &current, &changed);
                }
            });
        }
    }

    /// What is known of a person's earlier care, as an area's library reads it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn history(&self, person: &str, area: &str) -> Result<Arc<History>, StoreError> {
        let library = Arc::clone(self.edition().library(area));
        Ok(self.bedside.histories.of(&self.store, person, &library).await?.history)
    }

    /// Keeps what was answered to a reminder; of several answers the last one counts. `false` when there is no such one.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn respond(&self, id: &str, way: Way, reason: &str, by: &str) -> Result<bool, StoreError> {
        let Some(mut shown) = self.shown(id).await? else { return Ok(false) };
        let at = clock::now().stamp;
        shown.answered = Some(Answered { way, reason: reason.to_owned(), at, by: by.to_owned() });
        let documents = document(&shown).into_iter().collect();
        self.store.write(Changes { documents, ..Changes::default() }).await?;
        self.bedside.histories.answered(&shown);
        Ok(true)
    }

    /// The reminder with this id; `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shown(&self, id: &str) -> Result<Option<Shown>, StoreError> {
        self.bedside.recorder.flush().await;
        let document = self.store.document_named(REMINDER, id).await?;
        Ok(document.and_then(|document| serde_json::from_str(&document.content).ok()))
    }
}

/// The same inquiry for changed rules in the shadow, each asked alone. One that was released here is no shadow.
fn shadows(task: &Task, asker: Asker<'_>) -> Vec<(Trial, Task)> {
    let trials = task.edition.shadows(asker.area);
    let alone = |(trial, library): (&Trial, &Arc<audit::Library>)| {
        let inquiry = Inquiry { scenes: Vec::new(), rules: vec![trial.rule.clone()], ..(*task.inquiry).clone() };
        let task = Task {
            edition: Arc::clone(&task.edition),
            library: Arc::clone(library),
            register: Arc::clone(&task.register),
            inquiry: Arc::new(inquiry),
            history: Arc::clone(&task.history),
            until: Instant::now() + SHADOW,
        };
        (trial.clone(), task)
    };
    trials.map(alone).collect()
}
