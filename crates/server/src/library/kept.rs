//! What the store keeps of the library: texts by hash, publications, and the head that says what is in force.

use super::files::Manifest;
use super::trial::Trial;
use agency::{Document, File, Needs};
use audit::{Mode, Setting, Switch, Switches};
use model::{Day, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Store, StoreError};

/// Owner of the library's documents.
pub(crate) const OWNER: &str = "library";
const TEXT: &str = "text";
const PUBLICATION: &str = "publication";
const HEAD: &str = "head";

/// Rule → parameter → value.
pub(super) type Values = BTreeMap<String, BTreeMap<String, Setting>>;

/// What is set on a running server without publishing anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Where rules speak.
    #[serde(default)]
    pub switches: Switches,
    /// By area, then rule, then parameter: values of the area's own.
    #[serde(default)]
    pub parameters: BTreeMap<String, Values>,
    /// Changed rules on trial.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<Trial>,
}

impl Settings {
    /// Decides where a rule speaks; without a mode the decision for this place is taken back.
    pub(crate) fn switch(
        &mut self,
        rule: String,
        area: Option<String>,
        institution: Option<String>,
        mode: Option<Mode>,
        reason: String,
    ) {
        match mode {
            Some(mode) => self.switches.set(Switch { rule, area, institution, mode, reason }),
            None => drop(self.switches.remove(&rule, area.as_deref(), institution.as_deref())),
        }
    }

    /// Gives a rule an area's own values in the place of those it had; none takes them back.
    pub(crate) fn give(&mut self, area: String, rule: String, values: BTreeMap<String, Setting>) {
        let own = self.parameters.entry(area).or_default();
        if values.is_empty() {
            own.remove(&rule);
        } else {
            own.insert(rule, values);
        }
        self.parameters.retain(|_, rules| !rules.is_empty());
    }
}

/// What is in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Raised with every change, of files or settings.
    pub serial: u64,
    /// Number of the publication in force; 0 for what the program came with.
    pub publication: u64,
    /// Highest number given so far.
    pub last: u64,
    /// Settings in force.
    pub settings: Settings,
}

/// A publication: which files, who, when, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// From 1.
    pub number: u64,
    /// What it took the place of: where a roll-back goes.
    pub follows: u64,
    /// When.
    pub at: String,
    /// Who, as the publisher says.
    pub by: String,
    /// Why, as the publisher says.
    pub note: String,
    /// Files by name and hash.
    pub files: Manifest,
}

/// What is needed to see the head.
pub(super) fn head_needs() -> Needs {
    Needs { documents: vec![(HEAD.to_owned(), HEAD.to_owned())], ..Needs::default() }
}

/// The head in a file loaded with [`head_needs`]; the default where nothing was ever changed.
pub(super) fn head_of(file: &File) -> Result<Head, StoreError> {
    let kept = file.documents.iter().find(|document| document.kind == HEAD);
    kept.map_or_else(|| Ok(Head::default()), |document| read(&document.content))
}

pub(super) fn head_document(head: &Head, at: Stamp) -> Document {
    document(HEAD, HEAD.to_owned(), &serde_json::to_string(head).unwrap_or_default(), at)
}

pub(super) fn publication_document(publication: &Publication, at: Stamp) -> Document {
    let content = serde_json::to_string(publication).unwrap_or_default();
    document(PUBLICATION, publication_key(publication.number), &content, at)
}

pub(super) fn text_document(hash: &str, text: &str, at: Stamp) -> Document {
    document(TEXT, hash.to_owned(), text, at)
}

/// Reads the head.
pub(super) async fn head(store: &Store) -> Result<Head, StoreError> {
    head_of(&store.load(OWNER, &head_needs()).await?)
}

/// Reads a publication; `None` when there is none with this number.
pub(super) async fn publication(store: &Store, number: u64) -> Result<Option<Publication>, StoreError> {
    let documents = vec![(PUBLICATION.to_owned(), publication_key(number))];
    let file = store.load(OWNER, &Needs { documents, ..Needs::default() }).await?;
    file.documents.first().map(|document| read(&document.content)).transpose()
}

/// Reads all publications, the latest first.
pub(super) async fn publications(store: &Store) -> Result<Vec<Publication>, StoreError> {
    let documents = vec![(PUBLICATION.to_owned(), String::new())];
    let file = store.load(OWNER, &Needs { documents, ..Needs::default() }).await?;
    let read: Result<Vec<Publication>, StoreError> =
        file.documents.iter().map(|document| read(&document.content)).collect();
    let mut publications = read?;
    publications.sort_by_key(|publication| std::cmp::Reverse(publication.number));
    Ok(publications)
}

/// Reads the texts that are kept under these hashes.
pub(super) async fn texts(store: &Store, hashes: &[&str]) -> Result<BTreeMap<String, Arc<str>>, StoreError> {
    if hashes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let documents = hashes.iter().map(|hash| (TEXT.to_owned(), (*hash).to_owned())).collect();
    let file = store.load(OWNER, &Needs { documents, ..Needs::default() }).await?;
    Ok(file.documents.into_iter().map(|document| (document.key, document.content.into())).collect())
}

fn publication_key(number: u64) -> String {
    format!("{number:08}")
}

fn read<T: serde::de::DeserializeOwned>(content: &str) -> Result<T, StoreError> {
    serde_json::from_str(content).map_err(|error| StoreError::Invalid(format!("规则库的记录无法读取：{error}")))
}

fn document(kind: &str, key: String, content: &str, at: Stamp) -> Document {
    Document {
        owner: OWNER.to_owned(),
        kind: kind.to_owned(),
        key,
        state: String::new(),
        on: Day(0),
        at,
        deleted: false,
        content: content.to_owned(),
    }
}
