//! 9001 and 9002: an operator signs in and out. Who signs in twice has one number.

use super::carry::refusing;
use super::{Message, Reply, enveloped};
use crate::observe::Ending;
use agency::{Changes, Document, IdKind, Needs, Refusal};
use gateway::Rejection;
use gateway::transactions::{Answer, told};
use model::Day;
use std::sync::Arc;
use store::{Decide, Decision, DocumentFilter};

/// Kind of the documents that hold sign-ins.
const SIGN_IN: &str = "9001";

impl Message<'_> {
    pub(super) async fn sign_in(&self, operator: String) -> Result<Reply, (Rejection, Ending)> {
        let institution = self.request.envelope.institution.clone();
        let needs = Needs { documents: vec![(SIGN_IN.to_owned(), operator.clone())], ..Needs::default() };
        let (request, profile) = (Arc::clone(&self.request), Arc::clone(&self.profile));
        let (received, sequence) = (self.received, self.desk.next_reply());
        let owner = institution.clone();
        let decide: Decide = Arc::new(move |file, ids| {
            let known = file.documents.iter().find(|document| document.kind == SIGN_IN && document.key == operator);
            let mut changes = Changes::default();
            let number = match known.filter(|document| !document.deleted) {
                Some(document) => document.content.clone(),
                None => {
                    let number = ids.next(IdKind::Document);
                    changes.documents.push(Document {
                        owner: institution.clone(),
                        kind: SIGN_IN.to_owned(),
                        key: operator.clone(),
                        state: String::new(),
                        on: Day(i32::try_from(received.stamp.0.div_euclid(86_400)).unwrap_or(0)),
                        at: received.stamp,
                        deleted: false,
                        content: number.clone(),
                    });
                    number
                }
            };
            let output = told(&request, &Answer::SignedIn { at: received.stamp, number }, &profile);
            Decision { changes, reply: enveloped(&request, &output, received, sequence), refused: false }
        });
        self.submit(owner, needs, decide).await
    }

    pub(super) async fn sign_out(&self, number: String, operator: String) -> Result<Reply, (Rejection, Ending)> {
        let institution = self.request.envelope.institution.clone();
        let needs = Needs { documents: vec![(SIGN_IN.to_owned(), operator.clone())], ..Needs::default() };
        let (request, profile) = (Arc::clone(&self.request), Arc::clone(&self.profile));
        let (received, sequence) = (self.received, self.desk.next_reply());
        let decide: Decide = Arc::new(move |file, _| {
            let holds = |document: &&Document| document.key == operator && document.content == number && !document.deleted;
            let Some(document) = file.documents.iter().find(holds) else {
                let refusal = Refusal::new("sign_in", "签到流水号不存在，或已签退", "请核对 sign_no 与 opter_no");
                return refusing(&request, &refusal, received, sequence);
            };
            let ended = Document { deleted: true, at: received.stamp, ..document.clone() };
            let output = told(&request, &Answer::SignedOut { at: received.stamp }, &profile);
            Decision {
                changes: Changes { documents: vec![ended], ..Changes::default() },
                reply: enveloped(&request, &output, received, sequence),
                refused: false,
            }
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
        let text = "字段 sign_no：未签到或签到已失效；请先用 9001 签到，以返回的 sign_no 填写报文头";
        Err((self.request.reject(text), Ending::Refused))
    }
}
