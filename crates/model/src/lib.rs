//! The words of the field, as plain values.
//!
//! `model` owns what every other crate talks about: money, quantities, days, the facts of a
//! person's care and the finding that an audit makes of them. It performs no IO, reads no clock
//! (I1), knows no wire format, and has no float near money (I2).
//!
//! Where to look next: `case` is what an audit reads (one person, in time order), `finding` is what
//! it says, `money` and `time` are the numbers in both; `refunds` is what is left of lines that were taken back.

mod case;
mod codes;
mod finding;
mod money;
mod nearest;
mod refunds;
mod settled;
mod time;

pub use case::{
    CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, Institution, Person, PersonCase, Staff, Stock, Text,
};
pub use codes::{
    CareSetting, CodeBook, HospitalLevel, Insurance, ItemKind, MaternalState, Sex, UNKNOWN_CODE, UNKNOWN_ITEM,
};
pub use finding::{Finding, Severity};
pub use money::{DecimalError, Fen, Quantity, UnitPrice};
pub use nearest::{Search, nearest};
pub use refunds::Refunded;
pub use settled::{SettledPerson, SettledVisit};
pub use time::{Age, Day, Span, Stamp, TimeError};
