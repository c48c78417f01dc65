//! Commands: decided in the store's transaction, their answers kept with their effects (I6). Trials change nothing and
//! are decided on what the store holds at the moment.

use super::{Message, Reply, enveloped};
use crate::observe::Ending;
use agency::{Command, IdKind, Ids, Needs, Occasion, Refusal, decide};
use gateway::transactions::{refused, said};
use gateway::{Answering, Rejection, Request};
use std::sync::Arc;
use store::{Answered, Decide, Decision, Job, MessageKey, StoreError};

/// Ids of a trial: there are none.
struct NoIds;

impl Ids for NoIds {
    fn next(&mut self, _: IdKind) -> String {
        String::new()
    }
}

impl Message<'_> {
    /// 2206, 2303, 2101.
    pub(super) async fn try_out(&self, command: Command) -> Result<Reply, (Rejection, Ending)> {
        let file = self.desk.store.load(command.owner(), &command.needs()).await.map_err(|error| self.unavailable(&error))?;
        let caller = self.caller();
        let occasion = Occasion { caller: &caller, now: self.received.stamp };
        match decide(&file, &self.desk.world(), &occasion, &mut NoIds, &command) {
            Ok(decided) => {
                let output = said(&self.request, &decided.outcome, &self.profile);
                Ok(Reply::Envelope(self.enveloped(&output), Ending::Done))
            }
            Err(refusal) => Err((refused(&self.request, &refusal), Ending::Refused)),
        }
    }

    /// Everything that has an effect.
    pub(super) async fn command(&self, command: Command) -> Result<Reply, (Rejection, Ending)> {
        let (world, caller) = (self.desk.world(), self.caller());
        let (request, profile) = (Arc::clone(&self.request), Arc::clone(&self.profile));
        let (received, sequence) = (self.received, self.desk.next_reply());
        let (owner, needs) = (command.owner().to_owned(), command.needs());
        let decide: Decide = Arc::new(move |file, ids| {
            let occasion = Occasion { caller: &caller, now: received.stamp };
            match decide(file, &world, &occasion, ids, &command) {
                Ok(decided) => Decision {
                    reply: enveloped(&request, &said(&request, &decided.outcome, &profile), received, sequence),
                    changes: decided.changes,
                    refused: false,
                },
                Err(refusal) => refusing(&request, &refusal, received, sequence),
            }
        });
        self.submit(owner, needs, decide).await
    }

    /// Hands a decision to the store, and words what comes back.
    pub(super) async fn submit(&self, owner: String, needs: Needs, decide: Decide) -> Result<Reply, (Rejection, Ending)> {
        let envelope = &self.request.envelope;
        let job = Job {
            owner,
            key: MessageKey {
                institution: envelope.institution.clone(),
                msgid: envelope.msgid.clone(),
                infno: envelope.infno.clone(),
            },
            body_hash: self.request.fingerprint_bytes(),
            needs,
            now: self.received.stamp,
            decide,
        };
        let refuse = |text: String| Err((self.request.reject(text), Ending::Refused));
        match self.desk.store.submit(job).await {
            Ok(Answered::Fresh(bytes)) => {
                let ending = if bytes.starts_with(b"{\"infcode\":0") { Ending::Done } else { Ending::Refused };
                Ok(Reply::Envelope(bytes, ending))
            }
            Ok(Answered::Stored(bytes)) => Ok(Reply::Envelope(bytes, Ending::Repeated)),
            Ok(Answered::OtherBody) => refuse(format!(
                "字段 msgid：报文ID“{}”已用于内容不同的另一报文；重试请原样重发，新业务请换新的 msgid",
                envelope.msgid
            )),
            Ok(Answered::Busy) => {
                refuse(format!("报文“{}”正在处理中；请稍后用同一报文（相同 msgid）查询结果", envelope.msgid))
            }
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    pub(super) fn unavailable(&self, error: &StoreError) -> (Rejection, Ending) {
        tracing::error!(infno = self.request.envelope.infno, %error, "not carried out");
        (self.request.reject(error.to_string()), Ending::Unavailable)
    }
}

/// The decision that refuses.
pub(super) fn refusing(request: &Request, refusal: &Refusal, received: gateway::Moment, sequence: u64) -> Decision {
    let answering = Answering { area: "", received, answered: crate::clock::now(), sequence };
    Decision {
        changes: agency::Changes::default(),
        reply: gateway::failure(&refused(request, refusal), answering),
        refused: true,
    }
}
