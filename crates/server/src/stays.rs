//! 在院核查: every stay that is not discharged yet, judged as it would be at its end, for the insurance office of a hospital.
//!
//! Judging reads nothing twice: what was found is kept with a hash of the visit and its lines, and taken again while hash and
//! edition of the library are the same. Nothing here is shown to a doctor, and nothing is kept as shown.

use crate::bedside::Register;
use crate::clock;
use crate::desk::Desk;
use crate::library::Edition;
use agency::{File, Needs, Visit, VisitKind, VisitState};
use audit::Registers;
use bedside::{Adviser, History, Inquiry, Patient, Reminder, Stage};
use model::Fen;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use store::{StoreError, VisitFilter};

/// A stay and what is found of it now.
#[derive(Debug, Clone)]
pub struct Stay {
    /// The visit.
    pub visit: Visit,
    /// Charged so far.
    pub charged: Fen,
    /// What is found, most severe first.
    pub found: Arc<Vec<Reminder>>,
    /// When it was judged, Beijing time.
    pub judged_at: String,
    /// Version of the library that judged.
    pub library: String,
    /// Whether it was judged for this list, or taken from an earlier one.
    pub fresh: bool,
}

/// What was found earlier, by visit.
#[derive(Default)]
pub struct Stays(Mutex<HashMap<String, Kept>>);

#[derive(Clone)]
struct Kept {
    institution: String,
    content: u64,
    library: String,
    found: Arc<Vec<Reminder>>,
    judged_at: String,
}

/// A stay as it is read, before it is judged.
struct Read {
    visit: Visit,
    content: u64,
    charged: Fen,
    inquiry: Inquiry,
    history: Arc<History>,
}

impl Desk {
    /// The open stays of an institution, by the moment of admission.
    ///
    /// # Errors
    /// When the store cannot be read, or the engine failed.
    pub async fn stays(&self, institution: &str) -> Result<Vec<Stay>, StoreError> {
        let filter = VisitFilter {
            institution: Some(institution.to_owned()),
            kind: Some(VisitKind::Inpatient),
            state: Some(VisitState::Open),
            ..VisitFilter::default()
        };
        let (edition, world) = (self.edition(), self.world());
        let area = world.institutions.get(institution).map(|known| known.area.clone()).unwrap_or_default();
        let mut read = Vec::new();
        for visit in self.store.visits(&filter, None).await? {
            read.extend(self.read_stay(visit, &area).await?);
        }
        let (mut changed, mut stays) = (Vec::new(), Vec::new());
        for stay in read {
            match self.stays.known(&stay, edition.version()) {
                Some(kept) => stays.push(told(stay.visit, stay.charged, &kept, false)),
                None => changed.push(stay),
            }
        }
        let (register, asked) = (Register::of(&world), institution.to_owned());
        let judged = tokio::task::spawn_blocking(move || judge(changed, &edition, (&area, &asked), &register)).await;
        for (stay, kept) in judged.map_err(|error| StoreError::Bug(format!("在院核查：{error}")))? {
            self.stays.keep(&stay.visit.id, kept.clone());
            stays.push(told(stay.visit, stay.charged, &kept, true));
        }
        self.stays.forget_others(institution, &stays);
        stays.sort_by(|one, other| (one.visit.begun_at, &one.visit.id).cmp(&(other.visit.begun_at, &other.visit.id)));
        Ok(stays)
    }

    async fn read_stay(&self, visit: Visit, area: &str) -> Result<Option<Read>, StoreError> {
        let needs = Needs { visits: vec![visit.id.clone()], ..Needs::default() };
        let file = self.store.load(&visit.person, &needs).await?;
        let history = self.history(&visit.person, area).await?;
        let Some(inquiry) = whole_visit(&file, &visit.id, &history) else { return Ok(None) };
        let charged = file.uploads.iter().flat_map(|upload| &upload.charges).map(|charge| charge.amount).sum();
        Ok(Some(Read { content: content(&file), visit, charged, inquiry, history }))
    }
}

/// A visit as the records have it, to be judged as it would be before its settlement; none when it was taken back.
pub(crate) fn whole_visit(file: &File, id: &str, history: &History) -> Option<Inquiry> {
    let told = gateway::kept_visit(file, id)?;
    let person = file.visit(id).map(|visit| visit.person.clone()).unwrap_or_default();
    Some(Inquiry {
        stage: Stage::During,
        scenes: Vec::new(),
        rules: Vec::new(),
        patient: Patient { id: person, ..history.patient.clone() },
        current: id.to_owned(),
        visits: vec![told],
    })
}

/// An adviser over an edition of the library as it judges at an institution of an area. Ids of its reminders are told to nobody, so
/// that they need no secret.
pub(crate) fn adviser<'l>(
    edition: &'l Edition,
    (area, institution): (&str, &str),
    registers: &'l Registers<'l>,
    register: &'l Register,
) -> Adviser<'l> {
    Adviser::new(edition.library_at(area, institution), (edition.version(), b""), registers, &register.institutions)
}

/// A hash of all that the file holds of the visit.
fn content(file: &File) -> u64 {
    let mut hasher = DefaultHasher::new();
    let parts = (&file.visits, &file.uploads, &file.settlements, &file.person, &file.coverages);
    hasher.write(&serde_json::to_vec(&parts).unwrap_or_default());
    hasher.finish()
}

fn judge(
    stays: Vec<Read>,
    edition: &Edition,
    (area, institution): (&str, &str),
    register: &Register,
) -> Vec<(Read, Kept)> {
    let registers = Registers::new(&register.institutions, &register.staff);
    let mut adviser = adviser(edition, (area, institution), &registers, register);
    let judged = stays.into_iter().filter_map(|stay| {
        let advice = adviser.advise(&stay.inquiry, &stay.history, &edition.head().settings.switches).ok()?;
        let kept = Kept {
            institution: stay.visit.institution.clone(),
            content: stay.content,
            library: edition.version().to_owned(),
            found: Arc::new(advice.reminders),
            judged_at: clock::now().stamp.to_string(),
        };
        Some((stay, kept))
    });
    judged.collect()
}

fn told(visit: Visit, charged: Fen, kept: &Kept, fresh: bool) -> Stay {
    let (found, judged_at, library) = (Arc::clone(&kept.found), kept.judged_at.clone(), kept.library.clone());
    Stay { visit, charged, found, judged_at, library, fresh }
}

impl Stays {
    fn known(&self, stay: &Read, library: &str) -> Option<Kept> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&stay.visit.id).filter(|kept| kept.content == stay.content && kept.library == library).cloned()
    }

    fn keep(&self, visit: &str, kept: Kept) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(visit.to_owned(), kept);
    }

    /// Forgets stays of the institution that are over.
    fn forget_others(&self, institution: &str, stays: &[Stay]) {
        let open: HashSet<&str> = stays.iter().map(|stay| stay.visit.id.as_str()).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|id, kept| open.contains(id.as_str()) || kept.institution != institution);
    }
}
