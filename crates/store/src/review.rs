//! The review and those who sign in: items with their events, bills, attachments; accounts, sessions, the access log.
//!
//! Everything that changes goes through one door, [`Store::review`]: a [`ReviewJob`] names items, sees them and all others of
//! their visits as they stand, and says what to write ([`ReviewChanges`]), bookings of the ledger among it, in one transaction. A
//! request that carries a key takes effect once, however often it is sent.
//!
//! Figures are read from `review_figure`, `review_month` and `review_due`, which the same transaction keeps: how many items, and what
//! they come to.

mod intake;
mod moved;
mod page;
mod people;
mod read;
mod records;
mod tally;
mod write;

pub use page::{ItemPage, ItemQuery, SortBy};
pub use people::{LogEntry, LogQuery, Session, User};
pub use records::{Attachment, Bill, BillLine, Note, RequestKey, ReviewChanges, ReviewFile, ReviewJob, Reviewed};
pub use tally::{MonthTally, Tally, TallyBy, TallyFilter};
pub(crate) use write::{ReviewTables, carry_out};
