//! What is kept beside items, and what a job of the review is.

use super::people::{LogEntry, Session, User};
use agency::{Changes, Ids};
use model::{Fen, Stamp};
use review::{Event, Item, Refusal};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A bill as the audit saw it: what an item is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// 定点医药机构编号
    pub institution: String,
    /// Its name.
    pub institution_name: String,
    /// 就诊ID
    pub visit: String,
    /// 人员编号
    pub person: String,
    /// 医疗类别
    pub care: String,
    /// From.
    pub begun_at: Stamp,
    /// Until.
    pub ended_at: Stamp,
    /// 医疗费总额
    pub total: Fen,
    /// 基金支付总额; unknown when the claims did not say.
    pub fund: Option<Fen>,
    /// Diagnoses, the main one first.
    pub diagnoses: Vec<String>,
    /// Lines by day.
    pub lines: Vec<BillLine>,
}

/// A line of a bill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// 费用明细流水号
    pub id: String,
    /// When.
    pub at: Stamp,
    /// Code.
    pub item: String,
    /// Name.
    pub name: String,
    /// Quantity, as text.
    pub quantity: String,
    /// Price in yuan, as text.
    pub price: String,
    /// Amount.
    pub amount: Fen,
    /// 开单医师
    pub physician: String,
}

/// A file that supports an appeal; its content as base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// 定点医药机构编号 of its item.
    pub institution: String,
    /// Id.
    pub id: String,
    /// Finding.
    pub item: String,
    /// Name of the file.
    pub name: String,
    /// Media type.
    pub kind: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub hash: String,
    /// Account.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: Stamp,
    /// Base64; empty in lists.
    pub content: String,
}

/// Something kept under a name: a draft, a view, a lock, a batch, a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Whose: an account, an institution, or `agency`.
    pub owner: String,
    /// What it is.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// When it was written.
    pub at: Stamp,
    /// JSON.
    pub body: String,
}

/// What makes a request one: the same key and body take effect once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// Account.
    pub user: String,
    /// `Idempotency-Key`.
    pub key: String,
    /// Hash of method, path and body.
    pub body_hash: String,
}

/// What a job of the review sees.
#[derive(Debug, Default)]
pub struct ReviewFile {
    /// The items that were named and all others of their visits, those of visits that were named, by institution and id.
    pub items: Vec<Item>,
}

impl ReviewFile {
    /// An item.
    #[must_use]
    pub fn item(&self, institution: &str, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.facts.institution == institution && item.facts.id == id)
    }
}

/// What a job of the review writes.
#[derive(Debug, Default)]
pub struct ReviewChanges {
    /// Items, each whole.
    pub items: Vec<Item>,
    /// Events of items: institution, finding, event.
    pub events: Vec<(String, String, Event)>,
    /// Bills; one that is there stays.
    pub bills: Vec<Bill>,
    /// Attachments.
    pub attachments: Vec<Attachment>,
    /// Notes, each replacing the one of its name.
    pub notes: Vec<Note>,
    /// Notes to forget: owner, kind, name.
    pub forgotten: Vec<(String, String, String)>,
    /// Accounts, each whole.
    pub users: Vec<User>,
    /// Sessions that begin.
    pub sessions: Vec<Session>,
    /// Accounts whose sessions all end.
    pub signed_out: Vec<String>,
    /// Sessions that end: account and hash of the secret.
    pub ended: Vec<(String, String)>,
    /// What was done and seen.
    pub log: Vec<LogEntry>,
    /// Bookings.
    pub changes: Changes,
    /// What the asker is told; kept with the request's key.
    pub reply: String,
}

/// How a job is decided. It may be run again after a serialization failure, so it has no effects of its own.
pub type DecideReview = Arc<dyn Fn(&ReviewFile, &mut dyn Ids) -> Result<ReviewChanges, Refusal> + Send + Sync>;

/// One change of the review.
#[derive(Clone)]
pub struct ReviewJob {
    /// Items to be seen: institution and finding.
    pub keys: Vec<(String, String)>,
    /// Visits of which all items are to be seen: institution and visit. Nobody else adds items to them meanwhile.
    pub visits: Vec<(String, String)>,
    /// The request's key, when it has one.
    pub request: Option<RequestKey>,
    /// The moment.
    pub at: Stamp,
    /// Decides.
    pub decide: DecideReview,
}

impl ReviewJob {
    /// A job that needs to see nothing.
    #[must_use]
    pub fn new(
        at: Stamp,
        decide: impl Fn(&ReviewFile, &mut dyn Ids) -> Result<ReviewChanges, Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self { keys: Vec::new(), visits: Vec::new(), request: None, at, decide: Arc::new(decide) }
    }

    /// The job, which is to see these items.
    #[must_use]
    pub fn on(self, keys: Vec<(String, String)>) -> Self {
        Self { keys, ..self }
    }

    /// The job, which is to see all items of these visits.
    #[must_use]
    pub fn of_visits(self, visits: Vec<(String, String)>) -> Self {
        Self { visits, ..self }
    }

    /// The job, which takes effect once under this key.
    #[must_use]
    pub fn once(self, request: Option<RequestKey>) -> Self {
        Self { request, ..self }
    }
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewed {
    /// Done now: the reply.
    Fresh(String),
    /// Done before under the same key: the reply of the first time.
    Stored(String),
    /// The key was used for something else.
    OtherBody,
    /// Refused; nothing was written.
    Refused(Refusal),
}
