//! 9001 and 9002: an operator signs in and out. Who signs in twice has one number.

use super::{Message, Reply};
use crate::observe::Ending;
use agency::{Changes, Document, IdKind, Needs, Refusal};
use gateway::{Answer, Rejection};
use std::sync::Arc;
use store::{Decide, DocumentFilter};

/// Kind of the documents that hold sign-ins.
const SIGN_IN: &str = "9001";

impl Message<'_> {
    pub(super) async fn sign_in(&self, operator: String) -> Result<Reply, (Rejection, Ending)> {
        let institution = self.request.envelope.institution.clone();
        let needs = Needs { documents: vec![(SIGN_IN.to_owned(), operator.clone())], ..Needs::default() };
        let (owner, writer, at) = (institution.clone(), self.writer(), self.received.stamp);
        let decide: Decide = Arc::new(move |file, ids| {
            let holds =
                |document: &&Document| document.kind == SIGN_IN && document.key == operator && !document.deleted;
            if let Some(known) = file.documents.iter().find(holds) {
                let answer = Answer::SignedIn { at, number: known.content.clone() };
                return writer.done(Changes::default(), writer.told(&answer));
            }
            let number = ids.next(IdKind::Document);
            let signed_in = Document {
                owner: institution.clone(),
                kind: SIGN_IN.to_owned(),
                key: operator.clone(),
                state: String::new(),
                on: at.day(),
                at,
                deleted: false,
                content: number.clone(),
            };
            let changes = Changes { documents: vec![signed_in], ..Changes::default() };
            writer.done(changes, writer.told(&Answer::SignedIn { at, number }))
        });
        self.submit(owner, needs, decide).await
    }

    pub(super) async fn sign_out(&self, number: String, operator: String) -> Result<Reply, (Rejection, Ending)> {
        let institution = self.request.envelope.institution.clone();
        let needs = Needs { documents: vec![(SIGN_IN.to_owned(), operator.clone())], ..Needs::default() };
        let (writer, at) = (self.writer(), self.received.stamp);
        let decide: Decide = Arc::new(move |file, _| {
            let holds =
                |document: &&Document| document.key == operator && document.content == number && !document.deleted;
            let Some(document) = file.documents.iter().find(holds) else {
                let refusal = Refusal::new("sign_in", "签到流水号不存在，或已签退", "请核对 sign_no 与 opter_no");
                return writer.refusing(&refusal);
            };
            let ended = Document { deleted: true, at, ..document.clone() };
            let changes = Changes { documents: vec![ended], ..Changes::default() };
            writer.done(changes, writer.told(&Answer::SignedOut { at }))
        });
        self.submit(institution, needs, decide).await
    }

    /// Where a profile demands it: the number of the message is one in force.
    pub(super) async fn signed_in(&self) -> Result<(), (Rejection, Ending)> {
        let envelope = &self.request.envelope;
        let filter = DocumentFilter { key: Some(envelope.operator.clone()), ..DocumentFilter::default() };
        let known = self.desk.store.documents(&envelope.institution, SIGN_IN, &filter, None).await;
        let known = known.map_err(|error| self.unavailable(&error))?;
        if !envelope.sign_in.is_empty() && known.iter().any(|document| document.content == envelope.sign_in) {
            return Ok(());
        }
        self.refuse("字段 sign_no：未签到或签到已失效；请先用 9001 签到，以返回的 sign_no 填写报文头")
    }
}
