//! Before and during care: what a doctor or a cashier is told of a visit that is not settled yet.
//!
//! An [`Inquiry`] says what is being ordered or settled, a [`History`] what is known of the person's earlier care. Both
//! become one `PersonCase`, which the auditor of the year-end audit judges by the same compiled library (I8); what touches
//! the current visit comes back as [`Advice`]: reminders that say what, which line, why, what would make it right, and
//! what money it is about. Nobody is ever forbidden anything here: a reminder is advice, and care goes on.
//!
//! Pure (I1): no clock, file or network; no wire format, and no memory of what was shown: that is the server's.
//!
//! - `inquiry` and `visit` are the words in which is asked;
//! - `history` holds what is known of a person, compactly, visit by visit;
//! - `facts` makes the one case of both;
//! - `adviser` judges it, `advice` and `remedy` word what was found; `later` names rules whose answer facts of later may change;
//! - `shown` is what is kept of a reminder, and what was answered to it; `rates` counts that.

mod advice;
mod adviser;
mod facts;
mod history;
mod inquiry;
mod later;
mod rates;
mod remedy;
mod shown;
mod visit;

pub use advice::{Advice, Reminder, ReminderLine, Role};
pub use adviser::{Adviser, Unadvisable};
pub use history::{History, KeptVisit};
pub use inquiry::{Inquiry, Patient, Scene, Stage};
pub use later::{Between, LATER, becomes_known};
pub use rates::{By, Rate, rates};
pub use shown::{Answered, Shown, Way};
pub use visit::{Diagnosis, Line, Operation, Visit};
