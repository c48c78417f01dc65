//! Threads that judge, and nothing else: a bounded queue before them, one adviser a library in each.
//!
//! A thread keeps its advisers as long as tasks come with the same edition and registers, and makes new ones when they do
//! not: no answer mixes two. A panic of the engine ends the task, not the thread.

use super::{NotChecked, Register};
use crate::library::Edition;
use audit::{Library, Registers};
use bedside::{Advice, Adviser, History, Inquiry, Unadvisable};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// Tasks that wait for a thread. Each takes about a millisecond: what stands further back would be too late.
const QUEUE: usize = 256;

/// What is to be judged.
pub(super) struct Task {
    pub(super) edition: Arc<Edition>,
    /// Of the edition, as it judges at the asker's institution, or one in the shadow.
    pub(super) library: Arc<Library>,
    pub(super) register: Arc<Register>,
    pub(super) inquiry: Arc<Inquiry>,
    pub(super) history: Arc<History>,
    pub(super) until: Instant,
}

/// What came of a task.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Advice(Advice),
    Unadvisable(Unadvisable),
    NotChecked(NotChecked),
}

type Waiting = (Task, oneshot::Sender<Judged>);

/// The threads. They end when the pool does.
pub(super) struct Pool {
    tasks: SyncSender<Waiting>,
}

impl Pool {
    pub(super) fn start(workers: usize, seal: Vec<u8>) -> Self {
        let (tasks, waiting) = sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..workers.max(1) {
            let (waiting, seal) = (Arc::clone(&waiting), seal.clone());
            let thread = std::thread::Builder::new().name(format!("advice-{number}"));
            if let Err(error) = thread.spawn(move || work(&waiting, &seal)) {
                tracing::error!(%error, "no thread for advice");
            }
        }
        Self { tasks }
    }

    pub(super) async fn ask(&self, task: Task) -> Judged {
        let until = task.until;
        // A task that came too late is left out; one that got no answer in time met a fault.
        let unanswered = || if Instant::now() < until { NotChecked::Failed } else { NotChecked::TooSlow };
        match self.send(task) {
            Ok(answer) => answer.await.unwrap_or_else(|_| Judged::NotChecked(unanswered())),
            Err(why) => Judged::NotChecked(why),
        }
    }

    /// Puts a task before the threads; what comes of it can be waited for.
    pub(super) fn send(&self, task: Task) -> Result<oneshot::Receiver<Judged>, NotChecked> {
        let (reply, answer) = oneshot::channel();
        match self.tasks.try_send((task, reply)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(NotChecked::Busy),
            Err(TrySendError::Disconnected(_)) => Err(NotChecked::Failed),
        }
    }
}

fn work(waiting: &Mutex<Receiver<Waiting>>, seal: &[u8]) {
    let mut next = take(waiting);
    while let Some(task) = next {
        next = sit(task, waiting, seal);
    }
}

/// The next task that somebody still waits for; `None` when there will be none.
fn take(waiting: &Mutex<Receiver<Waiting>>) -> Option<Waiting> {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
        if Instant::now() < next.0.until && !next.1.is_closed() {
            return Some(next);
        }
    }
}

/// Judges tasks of one edition and register; gives the first of another one.
fn sit(first: Waiting, waiting: &Mutex<Receiver<Waiting>>, seal: &[u8]) -> Option<Waiting> {
    let (edition, register) = (Arc::clone(&first.0.edition), Arc::clone(&first.0.register));
    let mut libraries: HashMap<u64, Arc<Library>> = HashMap::new();
    let mut task = first;
    loop {
        // A library of an area is met once; its adviser borrows it, so that all of this round are at hand first.
        let known = libraries.len();
        libraries.entry(task.0.library.number()).or_insert_with(|| Arc::clone(&task.0.library));
        debug_assert!(libraries.len() > known);
        match sit_with(task, (&edition, &register), &libraries, waiting, seal)? {
            (next, Why::OtherEdition) => return Some(next),
            (next, Why::OtherArea) => task = next,
        }
    }
}

/// Why advisers are made anew.
enum Why {
    OtherEdition,
    OtherArea,
}

/// Judges tasks of these libraries; gives the first that needs another one.
fn sit_with(
    first: Waiting,
    (edition, register): (&Arc<Edition>, &Arc<Register>),
    libraries: &HashMap<u64, Arc<Library>>,
    waiting: &Mutex<Receiver<Waiting>>,
    seal: &[u8],
) -> Option<(Waiting, Why)> {
    let registers = Registers::new(&register.institutions, &register.staff);
    let mut advisers: HashMap<u64, Adviser<'_>> = HashMap::new();
    let (mut task, mut reply) = first;
    loop {
        if !Arc::ptr_eq(&task.edition, edition) || !Arc::ptr_eq(&task.register, register) {
            return Some(((task, reply), Why::OtherEdition));
        }
        let number = task.library.number();
        let Some(library) = libraries.get(&number) else { return Some(((task, reply), Why::OtherArea)) };
        let fresh = || Adviser::new(library, (edition.version(), seal), &registers, &register.institutions);
        let adviser = advisers.entry(number).or_insert_with(fresh);
        let switches = &edition.head().settings.switches;
        let judged = guarded(|| adviser.advise(&task.inquiry, &task.history, switches));
        if judged == Judged::NotChecked(NotChecked::Failed) {
            // Its buffers may be half filled.
            advisers.remove(&number);
        }
        // Whoever does not wait any more needs no answer.
        let _ = reply.send(judged);
        (task, reply) = take(waiting)?;
    }
}

/// Runs the engine; a panic is an answer too. What it says goes to standard error, without facts of a person.
fn guarded(judge: impl FnOnce() -> Result<Advice, Unadvisable>) -> Judged {
    match catch_unwind(AssertUnwindSafe(judge)) {
        Ok(Ok(advice)) => Judged::Advice(advice),
        Ok(Err(why)) => Judged::Unadvisable(why),
        Err(_) => Judged::NotChecked(NotChecked::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_engine_is_an_answer() {
        let broken = guarded(|| panic!("a fault of the engine"));
        assert_eq!(broken, Judged::NotChecked(NotChecked::Failed));
        assert_eq!(guarded(|| Ok(Advice::default())), Judged::Advice(Advice::default()));
    }
}
