//! What the store keeps of revisions: each whole under its number, and what its last back-test found.

use super::state::Revision;
use crate::clock;
use crate::library::LIBRARY_OWNER;
use agency::{Changes, Document, File, IdKind, Ids, Needs};
use model::{Day, Stamp};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use store::{Answered, Decision, DocumentFilter, Job, MessageKey, Store, StoreError};

const REVISION: &str = "revision";
const BACK_TEST: &str = "back-test";

/// A revision with the record that it was read from, against which a change is compared.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) revision: Revision,
    pub(crate) document: Document,
}

/// All revisions, the latest first.
pub(super) async fn revisions(store: &Store) -> Result<Vec<Revision>, StoreError> {
    let documents = store.documents(LIBRARY_OWNER, REVISION, &DocumentFilter::default(), None).await?;
    let mut revisions = documents.iter().map(|document| read(&document.content)).collect::<Result<Vec<_>, _>>()?;
    revisions.reverse();
    Ok(revisions)
}

/// One revision.
pub(super) async fn revision(store: &Store, number: u64) -> Result<Option<Kept>, StoreError> {
    let document = one(store, REVISION, &key(number)).await?;
    document.map(|document| Ok(Kept { revision: read(&document.content)?, document })).transpose()
}

/// Keeps a new revision under the next number, which its record then states.
pub(super) async fn add(store: &Store, revision: Revision) -> Result<Revision, StoreError> {
    let now = clock::now().stamp;
    let needs = Needs { documents: vec![(REVISION.to_owned(), String::new())], ..Needs::default() };
    let decide = move |file: &File, _: &mut dyn Ids| {
        let last =
            file.documents.iter().filter(|known| known.kind == REVISION).filter_map(|known| known.key.parse().ok());
        let numbered = Revision { number: last.max().unwrap_or(0_u64) + 1, ..revision.clone() };
        let text = written(&numbered);
        let documents = vec![document(REVISION, numbered.number, &text, now)];
        Decision { changes: Changes { documents, ..Changes::default() }, reply: text.into_bytes(), refused: false }
    };
    match submit(store, needs, now, decide).await? {
        Some(reply) => read(&reply),
        None => Err(StoreError::Bug("修订未能写入".to_owned())),
    }
}

/// Puts a revision in the place of the record it was made from; `false` when somebody else was faster.
pub(super) async fn change(store: &Store, was: &Document, next: &Revision) -> Result<bool, StoreError> {
    let now = clock::now().stamp;
    let needs = Needs { documents: vec![(was.kind.clone(), was.key.clone())], ..Needs::default() };
    let (was, text) = (was.clone(), written(next));
    let decide = move |file: &File, _: &mut dyn Ids| {
        let found = file.documents.iter().find(|known| (&known.kind, &known.key) == (&was.kind, &was.key));
        if found.is_none_or(|found| found.content != was.content) {
            return Decision { refused: true, ..Decision::default() };
        }
        let documents = vec![Document { content: text.clone(), at: now, ..was.clone() }];
        Decision { changes: Changes { documents, ..Changes::default() }, reply: b"done".to_vec(), refused: false }
    };
    Ok(submit(store, needs, now, decide).await?.is_some_and(|reply| !reply.is_empty()))
}

/// What the last back-test of a revision found.
pub(super) async fn back_test<T: DeserializeOwned>(store: &Store, number: u64) -> Result<Option<T>, StoreError> {
    let kept = one(store, BACK_TEST, &key(number)).await?;
    kept.map(|document| read(&document.content)).transpose()
}

/// Keeps what a back-test found.
pub(super) async fn keep_back_test(store: &Store, number: u64, content: &str) -> Result<(), StoreError> {
    let documents = vec![document(BACK_TEST, number, content, clock::now().stamp)];
    store.write(Changes { documents, ..Changes::default() }).await
}

pub(super) fn written(revision: &Revision) -> String {
    serde_json::to_string(revision).unwrap_or_default()
}

async fn one(store: &Store, kind: &str, key: &str) -> Result<Option<Document>, StoreError> {
    let filter = DocumentFilter { key: Some(key.to_owned()), ..DocumentFilter::default() };
    Ok(store.documents(LIBRARY_OWNER, kind, &filter, None).await?.into_iter().next())
}

async fn submit(
    store: &Store,
    needs: Needs,
    now: Stamp,
    decide: impl Fn(&File, &mut dyn Ids) -> Decision + Send + Sync + 'static,
) -> Result<Option<String>, StoreError> {
    let owner = LIBRARY_OWNER.to_owned();
    let key =
        MessageKey { institution: owner.clone(), msgid: store.ids().next(IdKind::Document), infno: String::new() };
    let job = Job { owner, key, body_hash: [0; 32], needs, now, decide: Arc::new(decide) };
    Ok(match store.submit(job).await? {
        Answered::Fresh(reply) => Some(String::from_utf8_lossy(&reply).into_owned()),
        Answered::Stored(_) | Answered::OtherBody | Answered::Busy => None,
    })
}

fn key(number: u64) -> String {
    format!("{number:08}")
}

fn read<T: DeserializeOwned>(content: &str) -> Result<T, StoreError> {
    serde_json::from_str(content).map_err(|error| StoreError::Invalid(format!("规则修订的记录无法读取：{error}")))
}

fn document(kind: &str, number: u64, content: &str, at: Stamp) -> Document {
    Document {
        owner: LIBRARY_OWNER.to_owned(),
        kind: kind.to_owned(),
        key: key(number),
        state: String::new(),
        on: Day(0),
        at,
        deleted: false,
        content: content.to_owned(),
    }
}
