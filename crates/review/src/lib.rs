//! From a finding to a fair decision: pure rules of the review.
//!
//! A finding becomes an [`Item`]: facts that never change and a standing that does. Somebody acts on it ([`Act`]), and
//! [`decide`] answers with the item afterwards and the event that says who did what, in which role, why and when, or
//! refuses with a remedy ([`Refusal`]). Nothing is read from a clock, a file or the network (I1).
//!
//! The order of things is that of 医保办发〔2023〕14号: first review, the provider's answer or appeal, second review, second
//! appeal, panel, final, deduction. Who reviewed first does not review second, nor sit on the panel; a panel has an odd
//! number of members and its median amount is the decision, because that is the amount that a majority supports. Deadlines
//! count working days by China's calendar of holidays.
//!
//! A deduction is a booking of its own (I5, I7). Of everything decided about one visit a line is counted once, however many
//! rules hit it (I11): [`reach`] says what a set of decisions comes to, and a booking moves the difference.
//!
//! Where to look next: `item` and `command` for the words, `decide` for the transitions, `clock` and `calendar` for time,
//! `reach` and `deduct` for money, `assign`, `sample` and `batch` for many items at once, `amount_words` for 大写.

mod amount_words;
mod assign;
mod batch;
mod calendar;
mod clock;
mod command;
mod decide;
mod deduct;
mod facts;
mod item;
mod panel;
mod reach;
mod reasons;
mod refusal;
mod sample;

pub use amount_words::amount_in_words;
pub use assign::{Load, at_random, by_amount, round_robin};
pub use batch::{Preview, preview, rechecked};
pub use calendar::{Calendar, CalendarError};
pub use clock::{Clock, Limits};
pub use command::{Act, Actor, Command, SYSTEM, Verdict};
pub use decide::{decide, possible};
pub use deduct::{deduct, restore};
pub use facts::{Facts, FundShare};
pub use item::{Event, Hand, Item, Outcome, Seat, Stage, Standing, State, Undo, Vote};
pub use reach::reach;
pub use reasons::{REASONS, Reason, reason};
pub use refusal::Refusal;
pub use sample::{Confidence, Extrapolation, SampleError, draw, extrapolate};
