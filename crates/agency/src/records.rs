//! What is kept: records of a person's care and cover, and of the money that moved.
//!
//! Each belongs to one owner (a person, or an institution for what it files about itself), the sharding key of the
//! store. Codes that the national dictionaries give are kept as those codes, in fields named after what they say.

mod care;
mod cover;
mod money;

pub use care::{Charge, Diagnosis, Document, Split, Upload, Visit, VisitKind, VisitState};
pub use cover::{AccountState, Accumulator, Coverage, CoverageState, Filing, FilingKind, Person, SpecialStatus};
pub use money::{Booking, BookingKind, Entry, FundAmount, Settlement};
