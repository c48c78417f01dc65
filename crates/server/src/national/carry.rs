//! Commands: decided in the store's transaction, their answers kept with their effects (I6). Trials change nothing and
//! are decided on what the store holds at the moment.

use super::{Message, Reply};
use crate::observe::Ending;
use agency::{Changes, Command, IdKind, Ids, Needs, Occasion, decide};
use gateway::Rejection;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Answered, Decide, Job, MessageKey, StoreError};

/// Ids of a trial: there are none.
struct NoIds;

impl Ids for NoIds {
    fn next(&mut self, _: IdKind) -> String {
        String::new()
    }
}

/// What a command changed, for those who are told after its commit.
#[derive(Default)]
struct Touched {
    /// Visits of which something changed.
    visits: Vec<String>,
    /// Visits that were settled.
    settled: Vec<String>,
}

impl Touched {
    fn of(changes: &Changes) -> Self {
        let visits = changes.visits.iter().map(|visit| &visit.id);
        let uploads = changes.uploads.iter().map(|upload| &upload.visit);
        let settlements = changes.settlements.iter().map(|settlement| &settlement.visit);
        let mut visits: Vec<String> = visits.chain(uploads).chain(settlements).cloned().collect();
        visits.sort_unstable();
        visits.dedup();
        let settled = changes.settlements.iter().filter(|settlement| settlement.reverses.is_none());
        Self { visits, settled: settled.map(|settlement| settlement.visit.clone()).collect() }
    }
}

impl Message<'_> {
    /// 2206, 2303, 2101.
    pub(super) async fn try_out(&self, command: Command) -> Result<Reply, (Rejection, Ending)> {
        let loaded = self.desk.store.load(command.owner(), &command.needs()).await;
        let file = loaded.map_err(|error| self.unavailable(&error))?;
        let caller = gateway::caller(&self.request);
        let occasion = Occasion { caller: &caller, now: self.received.stamp };
        match decide(&file, &self.desk.world(), &occasion, &mut NoIds, &command) {
            Ok(decided) => Ok(Reply::Envelope(self.writer().said(&decided.outcome), Ending::Done)),
            Err(refusal) => Err((gateway::refused(&self.request, &refusal), Ending::Refused)),
        }
    }

    /// Everything that has an effect.
    pub(super) async fn command(&self, command: Command) -> Result<Reply, (Rejection, Ending)> {
        let (world, caller, writer) = (self.desk.world(), gateway::caller(&self.request), self.writer());
        let (owner, needs, now) = (command.owner().to_owned(), command.needs(), self.received.stamp);
        let person = owner.clone();
        let touched: Arc<Mutex<Touched>> = Arc::default();
        let noted = Arc::clone(&touched);
        let decide: Decide =
            Arc::new(move |file, ids| match decide(file, &world, &Occasion { caller: &caller, now }, ids, &command) {
                Ok(decided) => {
                    let reply = writer.said(&decided.outcome);
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = Touched::of(&decided.changes);
                    writer.done(decided.changes, reply)
                }
                Err(refusal) => writer.refusing(&refusal),
            });
        let reply = self.submit(owner, needs, decide).await?;
        let Touched { visits, settled } = std::mem::take(&mut *touched.lock().unwrap_or_else(PoisonError::into_inner));
        if !visits.is_empty() {
            self.desk.bedside.histories.changed(&person, visits);
        }
        if !self.desk.settled.settled(&person, &self.request.envelope.institution, settled) {
            tracing::error!("a settled visit is left to the next audit");
        }
        Ok(reply)
    }

    /// Hands a decision to the store, and words what comes back.
    pub(super) async fn submit(
        &self,
        owner: String,
        needs: Needs,
        decide: Decide,
    ) -> Result<Reply, (Rejection, Ending)> {
        let envelope = &self.request.envelope;
        let key = MessageKey {
            institution: envelope.institution.clone(),
            msgid: envelope.msgid.clone(),
            infno: envelope.infno.clone(),
        };
        let body_hash = self.request.fingerprint();
        let job = Job { owner, key, body_hash, needs, now: self.received.stamp, decide };
        match self.desk.store.submit(job).await {
            Ok(Answered::Fresh(bytes)) => {
                let ending = if bytes.starts_with(b"{\"infcode\":0") { Ending::Done } else { Ending::Refused };
                Ok(Reply::Envelope(bytes, ending))
            }
            Ok(Answered::Stored(bytes)) => Ok(Reply::Envelope(bytes, Ending::Repeated)),
            Ok(Answered::OtherBody) => self.refuse(format!(
                "字段 msgid：报文ID“{}”已用于内容不同的另一报文；重试请原样重发，新业务请换新的 msgid",
                envelope.msgid
            )),
            Ok(Answered::Busy) => {
                self.refuse(format!("报文“{}”正在处理中；请稍后用同一报文（相同 msgid）查询结果", envelope.msgid))
            }
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    pub(super) fn refuse<T>(&self, text: impl Into<String>) -> Result<T, (Rejection, Ending)> {
        Err((self.request.reject(text), Ending::Refused))
    }

    pub(super) fn unavailable(&self, error: &StoreError) -> (Rejection, Ending) {
        tracing::error!(infno = self.request.envelope.infno, %error, "not carried out");
        (self.request.reject(error.to_string()), Ending::Unavailable)
    }
}
