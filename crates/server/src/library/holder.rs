//! Who has the edition in force.

use super::edition::Edition;
use super::files::{Files, Manifest, problem};
use super::kept::{self, Head};
use audit::Problem;
use catalog::Catalogue;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::{Store, StoreError};
use tokio::sync::{Mutex, MutexGuard};

/// What the program came with.
#[derive(Clone)]
pub struct Base {
    /// Rules and knowledge.
    pub files: Files,
    /// National catalogue; it is the law's too and changes with the program only.
    pub catalogue: Arc<Catalogue>,
}

/// Why an edition could not be made of what is kept.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files or settings are wrong; a line each.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
}

/// Has the edition in force. One for a server.
pub struct Holder {
    pub(super) packed: Files,
    current: RwLock<Arc<Edition>>,
    /// Whoever makes a new edition holds this, so that two do not compile at once.
    turn: Mutex<()>,
}

impl Holder {
    /// Starts with what the program came with.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn open(base: Base) -> Result<Self, Vec<Problem>> {
        let first = Edition::first(&base.files, &base.catalogue)?;
        Ok(Self { packed: base.files, current: RwLock::new(Arc::new(first)), turn: Mutex::new(()) })
    }

    /// The edition in force. Take it once for an answer: the next call may give another.
    #[must_use]
    pub fn edition(&self) -> Arc<Edition> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Brings into force what the store says, when that is something else: what another process published or set.
    ///
    /// # Errors
    /// When it cannot be read or compiled; the edition in force stays.
    pub async fn refresh(&self, store: &Store) -> Result<(), NotMade> {
        if kept::head(store).await?.serial <= self.edition().head().serial {
            return Ok(());
        }
        let _turn = self.turn().await;
        let (head, current) = (kept::head(store).await?, self.edition());
        if head.serial <= current.head().serial {
            return Ok(());
        }
        let files = self.files_of(store, head.publication, &current).await?;
        self.put(make(current, files, head).await.map_err(NotMade::Problems)?);
        Ok(())
    }

    /// The head as the store has it now, which another process may just have moved.
    pub(crate) async fn head(&self, store: &Store) -> Result<Head, StoreError> {
        kept::head(store).await
    }

    /// Hash of a file as the program came with it.
    pub(crate) fn packed_hash(&self, file: &str) -> Option<String> {
        self.packed.manifest().remove(file)
    }

    /// The text of a file in a publication, 0 for what the program came with; `None` when either is not there.
    pub(crate) async fn text_of(&self, store: &Store, number: u64, file: &str) -> Result<Option<Arc<str>>, StoreError> {
        if number == 0 {
            return Ok(self.packed.text(file).cloned());
        }
        let Some(publication) = kept::publication(store, number).await? else { return Ok(None) };
        let Some(hash) = publication.files.get(file) else { return Ok(None) };
        let at_hand = self.packed.text(file).filter(|text| super::files::hash(text) == *hash);
        match at_hand {
            Some(text) => Ok(Some(Arc::clone(text))),
            None => Ok(kept::texts(store, &[hash]).await?.remove(hash)),
        }
    }

    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Puts an edition into force, unless a later one is.
    pub(super) fn put(&self, edition: Edition) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.head().serial < edition.head().serial {
            tracing::info!(version = edition.version(), publication = edition.head().publication, "library in force");
            *current = Arc::new(edition);
        }
    }

    /// The files of a publication.
    pub(super) async fn files_of(&self, store: &Store, number: u64, current: &Edition) -> Result<Files, NotMade> {
        if number == 0 {
            return Ok(self.packed.clone());
        }
        if number == current.head().publication {
            return Ok(current.files().clone());
        }
        let missing = || NotMade::Problems(vec![problem("publication", format!("没有第 {number} 次发布"))]);
        let publication = kept::publication(store, number).await?.ok_or_else(missing)?;
        self.gather(store, &publication.files, &BTreeMap::new(), current).await
    }

    /// The files of a manifest: texts that were given along, that are at hand, or that the store keeps.
    pub(super) async fn gather(
        &self,
        store: &Store,
        manifest: &Manifest,
        given: &BTreeMap<String, Arc<str>>,
        current: &Edition,
    ) -> Result<Files, NotMade> {
        let mut at_hand: BTreeMap<&str, Arc<str>> = BTreeMap::new();
        for (hash, text) in self.packed.texts().chain(current.files().texts()) {
            at_hand.insert(hash, Arc::clone(text));
        }
        at_hand.extend(given.iter().map(|(hash, text)| (hash.as_str(), Arc::clone(text))));
        let wanted: Vec<&str> =
            manifest.values().map(String::as_str).filter(|hash| !at_hand.contains_key(hash)).collect();
        let kept = kept::texts(store, &wanted).await?;
        let (mut files, mut problems) = (Files::default(), Vec::new());
        for (name, hash) in manifest {
            match at_hand.get(hash.as_str()).or_else(|| kept.get(hash)) {
                Some(text) => files.add(name.clone(), Arc::clone(text), &mut problems),
                None => problems.push(problem(name, format!("服务器没有哈希为 {hash} 的文本；请随发布附上"))),
            }
        }
        if problems.is_empty() { Ok(files) } else { Err(NotMade::Problems(problems)) }
    }
}

/// Compiles beside the requests; a panic in there is a problem like any other.
pub(super) async fn make(current: Arc<Edition>, files: Files, head: Head) -> Result<Edition, Vec<Problem>> {
    let compiled = tokio::task::spawn_blocking(move || current.next(files, head)).await;
    compiled.unwrap_or_else(|error| Err(vec![problem("library", format!("编译规则库时程序出错：{error}"))]))
}
