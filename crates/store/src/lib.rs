//! Where the agency's records are kept: one interface over SQLite and PostgreSQL.
//!
//! A message is handed over as a [`Job`]: whose file it is about, what of the file must be seen, and a pure decision.
//! Jobs that arrive together are carried out together: their files are read at once, each is decided on what the ones
//! before it left, and everything is written and committed as one transaction of a handful of statements. The answer
//! leaves after the commit; the reply's bytes are committed with the effect, so that the same message, sent again, gets
//! the same bytes and has no second effect (I6).
//!
//! Money that moves is booked in double entry (I7). The database itself refuses a booking that does not sum to zero, and
//! any change of a settlement, a booking or an answer (I5). The ledger tells balances of any day, closes days
//! and months, and proves the whole from scratch.
//!
//! Amounts are decided elsewhere (`agency`); nothing here computes what anybody is paid. Everything of one owner lies
//! under one sharding key, and every write touches one owner's rows only (`docs/store.md`).
//!
//! Where to look next: `batch` for one transaction, `lane` for the loop around it and what happens after a failure,
//! `read`, `cache` and `written` for files and rows, `schema` for tables and triggers, `dialect` for all that differs.

mod batch;
mod cache;
mod connection;
mod dialect;
mod error;
mod ids;
mod job;
mod lane;
mod ledger;
mod options;
mod packed;
mod query;
mod read;
mod readers;
mod review;
mod schema;
mod store;
mod table;
mod value;
mod written;

pub use error::StoreError;
pub use job::{Answered, Decide, Decision, Job, MessageKey};
pub use ledger::{Closed, ClosedMonth, Proof, Statement, StatementLine, Violation};
pub use options::{Database, Options};
pub use query::{DocumentFilter, Page, PersonFilter, SettlementFilter, VisitFilter};
pub use review::{
    Attachment, Bill, BillLine, ItemPage, ItemQuery, LogEntry, LogQuery, MonthTally, Note, RequestKey, ReviewChanges,
    ReviewFile, ReviewJob, Reviewed, Session, SortBy, Tally, TallyBy, TallyFilter, User,
};
pub use store::Store;
