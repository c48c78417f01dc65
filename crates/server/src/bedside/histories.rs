//! Histories in memory: compact, bounded, current.
//!
//! A history is read from the store when somebody first asks about the person, and kept until memory for histories is used
//! up; those not asked for the longest go first. A message of this process that changes a visit marks that visit, which is
//! then read again alone. What another process changes is seen within [`AGE`] where processes share a database.

use agency::{File, Needs};
use audit::Library;
use bedside::{History, KeptVisit, Patient, Reminder, Shown};
use model::{Insurance, Sex};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::{Store, StoreError, VisitFilter};

/// How long a history is believed where other processes write too; elsewhere the command line alone does.
const AGE: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3)];

/// Bytes that are kept for a person beside the history, about.
const PERSON: usize = 512;

type ShownById = Arc<Mutex<HashMap<String, Shown>>>;

/// What is known of a person.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) history: Arc<History>,
    shown: ShownById,
}

impl Known {
    /// Leaves out what was told before, and remembers what was not; gives what is new.
    pub(super) fn tell(
        &self,
        reminders: &mut Vec<Reminder>,
        message: &str,
        shown: impl Fn(&Reminder) -> Shown,
    ) -> Vec<Shown> {
        let mut known = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        reminders.retain(|reminder| !known.get(&reminder.id).is_some_and(|before| before.is_enough(message)));
        let fresh: Vec<Shown> = reminders.iter().filter(|told| !known.contains_key(&told.id)).map(shown).collect();
        known.extend(fresh.iter().map(|shown| (shown.id.clone(), shown.clone())));
        fresh
    }

    fn size(&self) -> usize {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        PERSON + self.history.size() + shown.len() * (size_of::<Shown>() + 1024)
    }
}

/// One person's place.
#[derive(Default)]
struct Entry {
    known: Option<Known>,
    /// When the reading began that gave what is known, on the clock of [`Shelf::now`], and in time.
    read: u64,
    read_at: Option<Instant>,
    /// Visits that changed since, with the moment on the same clock.
    changed: BTreeMap<String, u64>,
    size: usize,
    /// Place in the order of use.
    used: u64,
}

#[derive(Default)]
struct Shelf {
    entries: HashMap<String, Entry>,
    order: BTreeMap<u64, String>,
    size: usize,
    /// Counts everything that happens.
    now: u64,
}

/// The histories.
pub(crate) struct Histories {
    shelf: Mutex<Shelf>,
    size_max: usize,
    age_max: Duration,
}

impl Histories {
    /// At most so many bytes. `shared` where other processes write to the same database.
    pub(super) fn new(size_max: usize, shared: bool) -> Self {
        let [alone, together] = AGE;
        Self { shelf: Mutex::default(), size_max, age_max: if shared { together } else { alone } }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a person, read if it is not current.
    pub(super) async fn of(&self, store: &Store, person: &str, library: &Library) -> Result<Known, StoreError> {
        let (now, base, changed) = {
            let mut shelf = self.shelf();
            shelf.now += 1;
            let now = shelf.now;
            let entry = shelf.touch(person);
            let young = entry.read_at.is_some_and(|at| at.elapsed() < self.age_max);
            match entry.known.clone().filter(|_| young) {
                Some(known) if entry.changed.is_empty() => return Ok(known),
                known => (now, known, entry.changed.keys().cloned().collect::<Vec<String>>()),
            }
        };
        let began = Instant::now();
        let read = match base {
            Some(known) => again(store, person, known, changed, library).await,
            None => whole(store, person, library).await,
        };
        match read {
            Ok(known) => Ok(self.put(person, known, (now, began))),
            Err(error) => {
                self.shelf().remove(person);
                Err(error)
            }
        }
    }

    /// Keeps what was read, unless a reading that began later has come in already.
    fn put(&self, person: &str, known: Known, (now, began): (u64, Instant)) -> Known {
        let mut shelf = self.shelf();
        let Some(entry) = shelf.entries.get_mut(person) else { return known };
        if now < entry.read {
            return known;
        }
        if let Some(before) = &entry.known {
            before.learn(&known);
        }
        let kept = match &entry.known {
            Some(before) => Known { history: known.history, shown: Arc::clone(&before.shown) },
            None => known,
        };
        entry.changed.retain(|_, at| *at > now);
        (entry.read, entry.read_at, entry.known) = (now, Some(began), Some(kept.clone()));
        let (before, size) = (entry.size, kept.size());
        entry.size = size;
        shelf.size = shelf.size + size - before;
        while shelf.size > self.size_max && shelf.entries.len() > 1 {
            let Some((_, oldest)) = shelf.order.pop_first() else { break };
            shelf.remove(&oldest);
        }
        kept
    }

    /// Notes that visits of a person changed, after the commit.
    pub(crate) fn changed(&self, person: &str, visits: Vec<String>) {
        let mut shelf = self.shelf();
        shelf.now += 1;
        let now = shelf.now;
        if let Some(entry) = shelf.entries.get_mut(person) {
            entry.changed.extend(visits.into_iter().map(|visit| (visit, now)));
        }
    }

    /// Notes an answer to a reminder.
    pub(crate) fn answered(&self, shown: &Shown) {
        let shelf = self.shelf();
        if let Some(known) = shelf.entries.get(&shown.person).and_then(|entry| entry.known.as_ref()) {
            let mut all = known.shown.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(shown.id.clone(), shown.clone());
        }
    }
}

impl Shelf {
    /// The entry of a person, now the one used last.
    fn touch(&mut self, person: &str) -> &mut Entry {
        let entry = self.entries.entry(person.to_owned()).or_default();
        self.order.remove(&entry.used);
        entry.used = self.now;
        self.order.insert(self.now, person.to_owned());
        entry
    }

    fn remove(&mut self, person: &str) {
        if let Some(entry) = self.entries.remove(person) {
            self.order.remove(&entry.used);
            self.size -= entry.size;
        }
    }
}

impl Known {
    /// Takes over reminders that a reading found; what is in memory is newer, unless the other one is answered.
    fn learn(&self, read: &Self) {
        let found = read.shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut known = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, shown) in found {
            if shown.answered.is_some() || !known.contains_key(&id) {
                known.insert(id, shown);
            }
        }
    }
}

async fn whole(store: &Store, person: &str, library: &Library) -> Result<Known, StoreError> {
    let filter = VisitFilter { person: Some(person.to_owned()), ..VisitFilter::default() };
    let visits: Vec<String> = store.visits(&filter, None).await?.into_iter().map(|visit| visit.id).collect();
    let documents = vec![(super::REMINDER.to_owned(), String::new())];
    let needs = Needs { visits: visits.clone(), documents, ..Needs::default() };
    let file = store.load(person, &needs).await?;
    let mut history = History::of(patient(&file));
    take_in(&mut history, &file, &visits, library);
    let shown = file.documents.iter().filter_map(|document| serde_json::from_str::<Shown>(&document.content).ok());
    let shown = shown.map(|shown| (shown.id.clone(), shown)).collect();
    Ok(Known { history: Arc::new(history), shown: Arc::new(Mutex::new(shown)) })
}

async fn again(
    store: &Store,
    person: &str,
    known: Known,
    changed: Vec<String>,
    library: &Library,
) -> Result<Known, StoreError> {
    let needs = Needs { visits: changed.clone(), ..Needs::default() };
    let file = store.load(person, &needs).await?;
    let mut history = (*known.history).clone();
    take_in(&mut history, &file, &changed, library);
    Ok(Known { history: Arc::new(history), ..known })
}

fn take_in(history: &mut History, file: &File, visits: &[String], library: &Library) {
    for id in visits {
        match gateway::kept_visit(file, id) {
            Some(visit) => history.keep(id.clone(), Arc::new(KeptVisit::of(&visit, library))),
            None => history.forget(id),
        }
    }
}

fn patient(file: &File) -> Patient {
    let latest = file.coverages.iter().max_by_key(|spell| (spell.from, spell.known_from));
    let cover = |text: fn(&agency::Coverage) -> &str| latest.map(text).unwrap_or_default().to_owned();
    let Some(person) = &file.person else { return Patient::default() };
    Patient {
        id: person.id.clone(),
        sex: Sex::from_code(&person.sex),
        born_on: Some(person.born_on),
        died_on: person.died_on,
        insurance: latest.map(|spell| Insurance::from_code(&spell.insurance)).unwrap_or_default(),
        kind: cover(|spell| &spell.person_kind),
        special_kind: String::new(),
        area: cover(|spell| &spell.area),
    }
}
