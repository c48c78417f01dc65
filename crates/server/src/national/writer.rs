//! Writes replies: around an output, an answer, a refusal. It owns what it needs, so that a decision in the store's
//! transaction can write its own reply, which is then kept with its effect (I6).

use crate::clock;
use crate::desk::Desk;
use agency::{Changes, Outcome, Refusal};
use gateway::{Answer, Answering, Moment, OutputCipher, Profile, Rejection, Request};
use std::sync::Arc;
use store::Decision;

/// A writer of one message's reply.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) desk: Arc<Desk>,
    pub(super) request: Arc<Request>,
    pub(super) profile: Arc<Profile>,
    pub(super) received: Moment,
    pub(super) sequence: u64,
}

impl Writer {
    fn answering(&self) -> Answering<'static> {
        Answering { area: "", received: self.received, answered: clock::now(), sequence: self.sequence }
    }

    fn output(&self, output: &str) -> Vec<u8> {
        let area = &self.request.envelope.treatment_area;
        match (&self.desk.cipher, self.profile.output_cipher) {
            (Some(cipher), OutputCipher::Sm4) => {
                gateway::success(area, &format!("\"{}\"", cipher.seal(output.as_bytes())), self.answering())
            }
            _ => gateway::success(area, output, self.answering()),
        }
    }

    /// What came of a command.
    pub(super) fn said(&self, outcome: &Outcome) -> Vec<u8> {
        self.output(&gateway::said(&self.request, outcome, &self.profile))
    }

    /// What answers a question.
    pub(super) fn told(&self, answer: &Answer) -> Vec<u8> {
        self.output(&gateway::told(&self.request, answer, &self.profile))
    }

    /// Why nothing was done.
    pub(super) fn rejected(&self, rejection: &Rejection) -> Vec<u8> {
        gateway::failure(rejection, self.answering())
    }

    /// A decision that writes and says.
    pub(super) fn done(&self, changes: Changes, reply: Vec<u8>) -> Decision {
        Decision { changes, reply, refused: false }
    }

    /// A decision that refuses.
    pub(super) fn refusing(&self, refusal: &Refusal) -> Decision {
        let reply = self.rejected(&gateway::refused(&self.request, refusal));
        Decision { changes: Changes::default(), reply, refused: true }
    }
}
