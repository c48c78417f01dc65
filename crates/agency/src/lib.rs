//! What the agency does with each act of care: pure decisions over one person's file.
//!
//! A hospital says what happened ([`Command`]); the file of the person it happened to is at hand ([`File`]), and what
//! everybody shares is too ([`World`]: institutions, staff, areas, the law). [`decide`] answers with what changes and
//! what to say ([`Decided`]), or refuses with the field and the remedy ([`Refusal`]). It never reads a clock, a file or
//! the network (I1): the moment and fresh ids are arguments, so that a decision can be made again and come out the same.
//!
//! Settled records never change (I5): a mistake is reversed by a new settlement and a new booking that name the old.
//! Every booking sums to zero (I7), every bill is the sum of its parts (I3).
//!
//! Where to look next: `records` for what is kept, `file` for how changes are laid over a file, `decide` for the way of
//! a command, one module for each family of acts (`care`, `lines`, `pharmacy`, `filing`), `settle` for money.

mod account;
mod care;
mod changes;
mod check;
mod command;
mod decide;
mod entitlement;
mod file;
mod filing;
mod ids;
mod institutions;
mod law;
mod lines;
mod pharmacy;
mod records;
mod refusal;
mod settle;
pub mod voucher;
pub mod words;
mod world;

pub use account::Account;
pub use changes::Changes;
pub use command::{
    Admission, Caller, Command, Discharge, FilingRequest, LineRequest, LinesScope, Occasion, Outcome, Purchase,
    Registration, SettleRequest, VisitDetails,
};
pub use decide::{Decided, decide};
pub use entitlement::{Entitlement, EntitlementQuestion, entitlements};
pub use file::{File, Needs};
pub use ids::{IdKind, Ids};
pub use institutions::{
    AgreementSpell, AgreementState, Area, Department, FULL_POINTS, Institution, PractiseSpell, PractiseState,
    Profession, Programme, Service, Staff,
};
pub use law::{Computed, Law, LawFault, Place, area_items, overlaid};
pub use records::{
    AccountState, Accumulator, Booking, BookingKind, Charge, Coverage, CoverageState, Diagnosis, Document, Entry,
    Filing, FilingKind, FundAmount, Person, Settlement, SpecialStatus, Split, Upload, Visit, VisitKind, VisitState,
};
pub use refusal::Refusal;
pub use settle::{Explained, explain};
pub use world::World;
