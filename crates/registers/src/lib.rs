//! The registers: files in, records out, a reason for every row that is not taken.
//!
//! An agency keeps who is insured and since when (persons, cover, contributions) and with whom it has agreements
//! (institutions, staff). They come in bulk from others as CSV or Excel, in the national names or in Chinese, in UTF-8 or GBK.
//! Every row ends as accepted, corrected with a reason, or rejected with row, column, value and remedy; the counts add up.
//! Nothing is half taken: a row with one fault is rejected whole, with all its faults.
//!
//! Cover is bitemporal: an event (增员, 减员, 变更) closes what was believed and adds what is believed now, so that what was
//! known on any past day can still be asked ([`standing`]). Money that comes in is booked (I7): contributions raise the
//! person's own account and the fund by entries that sum to zero.
//!
//! Pure: bytes, what is known ([`Known`]), the moment and fresh ids are arguments; what changes comes back and the caller
//! stores it. A dry run is an import whose changes are dropped.
//!
//! Where to look next: `table` for reading files, `row` for how a row is judged, one module for each kind of row, `events`
//! for changes of cover, `export` for the way out.

mod columns;
mod contributions;
mod coverage;
mod events;
mod export;
mod identity;
mod import;
mod institutions;
mod known;
mod persons;
mod report;
mod row;
mod staff;
mod standing;
mod table;

pub use columns::{Column, Kind};
pub use contributions::DOCUMENT as CONTRIBUTION;
pub use export::{Format, write};
pub use import::{Import, import};
pub use known::{Known, Mentioned, REGISTRY, by_person};
pub use report::{Correction, Rejection, Report};
pub use standing::{Standing, standing};
pub use table::{FileFault, Table};
