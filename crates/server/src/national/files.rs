//! 9101 and 9102: files that are handed in, and files that are fetched. They lie beside the institution's documents.

use super::{Message, Reply};
use crate::observe::Ending;
use agency::{Changes, Document, IdKind, Needs};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::{Answer, Kept, Rejection};
use model::Stamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Decide, DocumentFilter};

/// Kind of the documents that hold files.
const FILE: &str = "9101";
/// Largest file, MiB.
const FILE_MAX_MIB: usize = 16;
/// A file can be fetched for a month.
const KEPT_SECONDS: i64 = 30 * 86_400;

/// A file as a document keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Content {
    filename: String,
    /// Base64.
    data: String,
}

impl Content {
    pub(super) fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.data).unwrap_or_default()
    }
}

impl Message<'_> {
    /// 9101.
    pub(super) async fn keep_file(&self, filename: String, bytes: Vec<u8>) -> Result<Reply, (Rejection, Ending)> {
        if bytes.is_empty() {
            return self.refuse("文件为空；请把文件放在 multipart 的文件部分，或 fsUploadIn.in 中");
        }
        if bytes.len() > FILE_MAX_MIB << 20 {
            return self.refuse(format!("文件超过 {FILE_MAX_MIB} MiB；请拆分后分次上传"));
        }
        self.offer_file(filename, bytes, 0).await
    }

    /// 9102: the bytes themselves, not an envelope.
    pub(super) async fn fetch_file(&self, number: &str) -> Result<Reply, (Rejection, Ending)> {
        if let Some(file) = self.made_catalogue(number) {
            return file.map_or_else(|text| self.refuse(text), |(name, bytes)| Ok(Reply::File(name, bytes)));
        }
        let content = self.kept_content(number).await?;
        Ok(Reply::File(content.filename.clone(), content.bytes()))
    }

    /// A file of the institution by its number.
    pub(super) async fn kept_content(&self, number: &str) -> Result<Content, (Rejection, Ending)> {
        let institution = &self.request.envelope.institution;
        let filter = DocumentFilter { key: Some(number.to_owned()), ..DocumentFilter::default() };
        let found = self.desk.store.documents(institution, FILE, &filter, None).await;
        let found = found.map_err(|error| self.unavailable(&error))?.into_iter().next();
        let kept = found.filter(|document| document.at.0 + KEPT_SECONDS > self.received.stamp.0);
        let content = kept.and_then(|document| serde_json::from_str(&document.content).ok());
        content.map_or_else(
            || {
                self.refuse(format!(
                    "字段 file_qury_no：没有文件“{number}”，或已过期；请重新上传（9101）或重新取得文件号"
                ))
            },
            Ok,
        )
    }

    /// Keeps a file under a fresh number, once for a message, and tells about it.
    pub(super) async fn offer_file(
        &self,
        filename: String,
        bytes: Vec<u8>,
        rows: usize,
    ) -> Result<Reply, (Rejection, Ending)> {
        let institution = self.request.envelope.institution.clone();
        let (owner, writer, at) = (institution.clone(), self.writer(), self.received.stamp);
        let content = Content { filename: filename.clone(), data: STANDARD.encode(&bytes) };
        let content = serde_json::to_string(&content).unwrap_or_default();
        let decide: Decide = Arc::new(move |_, ids| {
            let number = ids.next(IdKind::Document);
            let file = Document {
                owner: institution.clone(),
                kind: FILE.to_owned(),
                key: number.clone(),
                state: String::new(),
                on: at.day(),
                at,
                deleted: false,
                content: content.clone(),
            };
            let kept = Kept { number, filename: filename.clone(), until: Stamp(at.0 + KEPT_SECONDS), rows };
            let changes = Changes { documents: vec![file], ..Changes::default() };
            writer.done(changes, writer.told(&Answer::File(kept)))
        });
        self.submit(owner, Needs::default(), decide).await
    }
}
