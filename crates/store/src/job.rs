//! What is handed to the store, and what comes back.

use agency::{Changes, File, Ids, Needs};
use model::Stamp;
use std::fmt;
use std::sync::Arc;

/// What makes a message one: an institution never means two things by one message id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// Institution code of the sender.
    pub institution: String,
    /// Message id.
    pub msgid: String,
    /// Transaction number.
    pub infno: String,
}

/// What a decision came to.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// What to write; all of it belongs to the job's owner.
    pub changes: Changes,
    /// The reply, UTF-8; stored with the effect, in the same transaction.
    pub reply: Vec<u8>,
    /// Whether it was refused. A refusal may be followed by another body under the same message id.
    pub refused: bool,
}

/// How a job is decided. It may be run again after a serialization failure, so it has no effects of its own.
pub type Decide = Arc<dyn Fn(&File, &mut dyn Ids) -> Decision + Send + Sync>;

/// One message to be carried out.
#[derive(Clone)]
pub struct Job {
    /// Whose file: a person id, or an institution code.
    pub owner: String,
    /// The message.
    pub key: MessageKey,
    /// Hash of its body.
    pub body_hash: [u8; 32],
    /// What of the file must be seen.
    pub needs: Needs,
    /// The moment, as given to the decision.
    pub now: Stamp,
    /// Decides.
    pub decide: Decide,
}

impl fmt::Debug for Job {
    /// Without the owner: it may be a person (I12).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The answer to a job; it leaves after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// Carried out now.
    Fresh(Vec<u8>),
    /// Carried out before; the bytes of the first time.
    Stored(Vec<u8>),
    /// The message id was used for another body.
    OtherBody,
    /// The message id is being carried out for another owner at this moment.
    Busy,
}
