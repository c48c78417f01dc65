//! Writes replies: around an output, an answer, a refusal. It owns what it needs, so that a decision in the store's
//! transaction can write its own reply, which is then kept with its effect (I6).

use crate::clock;
use crate::desk::Desk;
use agency::{Changes, Outcome, Refusal};
use gateway::{Answer, Answering, Moment, OutputCipher, Profile, Rejection, Request};
use std::borrow::Cow;
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
        gateway::success(&self.request.envelope.treatment_area, &self.sealed(output), self.answering())
    }

    /// An output as the profile sends it.
    fn sealed<'o>(&self, output: &'o str) -> Cow<'o, str> {
        match (&self.desk.cipher, self.profile.output_cipher) {
            (Some(cipher), OutputCipher::Sm4) => Cow::Owned(format!("\"{}\"", cipher.seal(output.as_bytes()))),
            _ => Cow::Borrowed(output),
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

    /// What was found of visits that are not settled yet.
    pub(super) fn advised(&self, told: &[(&bedside::Inquiry, &bedside::Advice)]) -> Vec<u8> {
        self.output(&gateway::advised(&self.request, told, &self.profile))
    }

    /// That nothing was checked; the output is that of a visit of which nothing was found.
    pub(super) fn unchecked(&self, remark: &str) -> Vec<u8> {
        let area = &self.request.envelope.treatment_area;
        let nothing = gateway::advised(&self.request, &[], &self.profile);
        gateway::unchecked(area, &self.sealed(&nothing), remark, self.answering())
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
