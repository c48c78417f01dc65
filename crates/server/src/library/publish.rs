//! Changes of what is in force: a publication, a roll-back, a switch, an area's parameters.
//!
//! Each is compiled and tried first, then written as a new head, provided that the head is still the one it was made from:
//! of two that change at once, one is told that the other came first. Only then is it put into force.

use super::edition::Edition;
use super::files::Manifest;
use super::holder::{Holder, NotMade, make};
use super::kept::{self, Head, OWNER, Publication, Settings};
use crate::clock;
use agency::{Changes, Document, IdKind, Ids};
use audit::Problem;
use model::Stamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{Answered, Decision, Job, MessageKey, Store, StoreError};

/// What the store is told when a change came into force; else it is told the serial that stands in the way.
const DONE: &[u8] = b"done";

/// Files to be put into force.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// All of them, by name and hash.
    pub files: Manifest,
    /// Texts that the server may lack.
    pub texts: Vec<String>,
    /// Who.
    pub by: String,
    /// Why.
    pub note: String,
    /// The serial that the publisher saw; any when `None`.
    pub serial: Option<u64>,
    /// The revision that is published thereby: its trial ends.
    pub revision: Option<u64>,
}

/// A record of the library that changes with what is in force, or not at all.
pub(crate) struct Beside {
    /// As it was read.
    pub(crate) was: Document,
    /// What it becomes, by the number of the publication then in force.
    pub(crate) becomes: Box<dyn Fn(u64) -> String + Send + Sync>,
}

/// What was put into force.
pub struct Published {
    /// The edition.
    pub edition: Arc<Edition>,
    /// How many cases of rules were run before.
    pub cases: usize,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Everything that is wrong.
    #[error("规则库有 {} 处错误，未生效", .0.len())]
    Problems(Vec<Problem>),
    /// Somebody else changed it in between.
    #[error("规则库在此期间已被改动（现为第 {serial} 次改动）；请查看现状后重做")]
    Moved {
        /// Serial in force.
        serial: u64,
    },
    /// There is nothing to go back to.
    #[error("没有第 {0} 次发布；请用 GET /api/v1/library 查看有哪些")]
    NoPublication(u64),
}

impl From<NotMade> for NotPublished {
    fn from(error: NotMade) -> Self {
        match error {
            NotMade::Store(error) => Self::Store(error),
            NotMade::Problems(problems) => Self::Problems(problems),
        }
    }
}

impl Holder {
    /// Publishes files: compiled, their cases run, kept, in force.
    ///
    /// # Errors
    /// Everything that is wrong in them; nothing has changed then.
    pub async fn publish(&self, store: &Store, offer: Offer) -> Result<Published, NotPublished> {
        self.publish_beside(store, offer, Vec::new()).await
    }

    /// The same, with records that change in the same transaction.
    pub(crate) async fn publish_beside(
        &self,
        store: &Store,
        offer: Offer,
        beside: Vec<Beside>,
    ) -> Result<Published, NotPublished> {
        let _turn = self.turn().await;
        let (head, current) = self.latest(store, offer.serial).await?;
        let given: BTreeMap<String, Arc<str>> =
            offer.texts.into_iter().map(|text| (super::files::hash(&text), text.into())).collect();
        let files = self.gather(store, &offer.files, &given, &current).await?;
        let now = clock::now().stamp;
        let number = head.last + 1;
        let mut settings = head.settings.clone();
        settings.trials.retain(|trial| Some(trial.revision) != offer.revision);
        let next = Head { serial: head.serial + 1, publication: number, last: number, settings };
        let publication = Publication {
            number,
            follows: head.publication,
            at: now.to_string(),
            by: offer.by,
            note: offer.note,
            files: files.manifest(),
        };
        let (edition, cases) = tried(&current, make(Arc::clone(&current), files, next).await).await?;
        // A text lies under its own hash: written before the publication that lists it, it is nothing until then.
        let texts = new_texts(store, &edition, &publication, now).await?;
        store.write(Changes { documents: texts, ..Changes::default() }).await?;
        let publication = kept::publication_document(&publication, now);
        let edition = self.come_into_force(store, edition, (Some(publication), beside), now).await?;
        Ok(Published { edition, cases })
    }

    /// The publication that another one was built on.
    ///
    /// # Errors
    /// When there is no such one: of what the program came with, too.
    pub(crate) async fn before(&self, store: &Store, number: u64) -> Result<u64, NotPublished> {
        let known = kept::publication(store, number).await?;
        Ok(known.ok_or(NotPublished::NoPublication(number))?.follows)
    }

    /// Goes to another publication; 0 is what the program came with. Records that change thereby are written in the same
    /// transaction, provided that the library still stands at the serial they rest on.
    ///
    /// # Errors
    /// When there is none, it no longer compiles, or the library has moved.
    pub(crate) async fn roll_back(
        &self,
        store: &Store,
        to: u64,
        serial: u64,
        beside: Vec<Beside>,
    ) -> Result<Published, NotPublished> {
        let _turn = self.turn().await;
        let (head, current) = self.latest(store, Some(serial)).await?;
        if to > head.last {
            return Err(NotPublished::NoPublication(to));
        }
        let files = self.files_of(store, to, &current).await?;
        let next = Head { serial: head.serial + 1, publication: to, ..head };
        let (edition, cases) = tried(&current, make(Arc::clone(&current), files, next).await).await?;
        let edition = self.come_into_force(store, edition, (None, beside), clock::now().stamp).await?;
        Ok(Published { edition, cases })
    }

    /// Changes settings.
    ///
    /// # Errors
    /// When they speak of rules or parameters that are not there.
    pub async fn set(
        &self,
        store: &Store,
        change: impl FnOnce(&mut Settings) + Send,
    ) -> Result<Arc<Edition>, NotPublished> {
        self.set_beside(store, change, Vec::new()).await
    }

    /// The same, with records that change in the same transaction.
    pub(crate) async fn set_beside(
        &self,
        store: &Store,
        change: impl FnOnce(&mut Settings) + Send,
        beside: Vec<Beside>,
    ) -> Result<Arc<Edition>, NotPublished> {
        let _turn = self.turn().await;
        let (mut head, current) = self.latest(store, None).await?;
        head.serial += 1;
        change(&mut head.settings);
        let files = self.files_of(store, head.publication, &current).await?;
        let edition = make(current, files, head).await.map_err(NotPublished::Problems)?;
        self.come_into_force(store, edition, (None, beside), clock::now().stamp).await
    }

    /// Every publication, the latest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn publications(&self, store: &Store) -> Result<Vec<Publication>, StoreError> {
        kept::publications(store).await
    }

    async fn latest(&self, store: &Store, serial: Option<u64>) -> Result<(Head, Arc<Edition>), NotPublished> {
        let head = kept::head(store).await?;
        match serial {
            Some(seen) if seen != head.serial => Err(NotPublished::Moved { serial: head.serial }),
            _ => Ok((head, self.edition())),
        }
    }

    /// Writes the head, if it still follows the one in the store, with what it names, and puts the edition into force.
    async fn come_into_force(
        &self,
        store: &Store,
        edition: Edition,
        (publication, beside): (Option<Document>, Vec<Beside>),
        now: Stamp,
    ) -> Result<Arc<Edition>, NotPublished> {
        let head = edition.head().clone();
        let before = head.serial - 1;
        let mut needs = kept::head_needs();
        let mut documents: Vec<Document> = publication.into_iter().chain([kept::head_document(&head, now)]).collect();
        let mut read = Vec::with_capacity(beside.len());
        for Beside { was, becomes } in beside {
            needs.documents.push((was.kind.clone(), was.key.clone()));
            documents.push(Document { content: becomes(head.publication), at: now, ..was.clone() });
            read.push(was);
        }
        let stands = move |file: &agency::File| {
            read.iter().all(|was| {
                let found = file.documents.iter().find(|known| (&known.kind, &known.key) == (&was.kind, &was.key));
                found.is_some_and(|found| found.content == was.content)
            })
        };
        let decide = move |file: &agency::File, _: &mut dyn Ids| match kept::head_of(file) {
            Ok(found) if found.serial == before && stands(file) => {
                let changes = Changes { documents: documents.clone(), ..Changes::default() };
                Decision { changes, reply: DONE.to_vec(), refused: false }
            }
            Ok(found) => {
                Decision { reply: found.serial.to_string().into_bytes(), refused: true, ..Decision::default() }
            }
            Err(_) => Decision { reply: Vec::new(), refused: true, ..Decision::default() },
        };
        let key = MessageKey {
            institution: OWNER.to_owned(),
            msgid: store.ids().next(IdKind::Document),
            infno: String::new(),
        };
        let job = Job { owner: OWNER.to_owned(), key, body_hash: [0; 32], needs, now, decide: Arc::new(decide) };
        let answered = store.submit(job).await?;
        let Answered::Fresh(reply) = answered else { return Err(NotPublished::Moved { serial: before }) };
        if reply != DONE {
            return Err(NotPublished::Moved { serial: String::from_utf8_lossy(&reply).parse().unwrap_or(before) });
        }
        self.put(edition);
        Ok(self.edition())
    }
}

/// Runs the cases of what was made.
async fn tried(current: &Arc<Edition>, made: Result<Edition, Vec<Problem>>) -> Result<(Edition, usize), NotPublished> {
    let (edition, before) = (made.map_err(NotPublished::Problems)?, Arc::clone(current));
    let ran = tokio::task::spawn_blocking(move || edition.try_cases(&before).map(|cases| (edition, cases))).await;
    match ran {
        Ok(outcome) => outcome.map_err(NotPublished::Problems),
        Err(error) => {
            let message = format!("运行用例时程序出错：{error}");
            Err(NotPublished::Problems(vec![super::files::problem("rules", message)]))
        }
    }
}

/// Documents of the texts that the publication before does not list: those it lists are kept.
async fn new_texts(
    store: &Store,
    edition: &Edition,
    publication: &Publication,
    now: Stamp,
) -> Result<Vec<Document>, StoreError> {
    let before = kept::publication(store, publication.number - 1).await?;
    let kept: BTreeSet<String> = before.into_iter().flat_map(|before| before.files.into_values()).collect();
    let new = edition.files().texts().filter(|(hash, _)| !kept.contains(*hash));
    Ok(new.map(|(hash, text)| kept::text_document(hash, text, now)).collect())
}
