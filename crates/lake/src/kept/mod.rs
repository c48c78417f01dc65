//! The lake: claims kept for years, month by month, so that a person's whole history can be judged.
//!
//! ```text
//! LAKE/manifest.json                                  what counts: every file with rows, bytes, SHA-256
//! LAKE/charge_lines/month=2025-07/bucket=003/g000004.parquet      visits, diagnoses, procedures alike
//! LAKE/persons/bucket=003/g000004.parquet
//! LAKE/institutions/g000004.parquet                   staff alike
//! LAKE/changes/g000004.txt                            whom the fourth add touched
//! ```
//!
//! A person's rows lie in one bucket (a hash of `psn_no`), sorted by person, visit and time, so a worker
//! takes a bucket and streams its months side by side. A visit belongs to the month of its settlement,
//! and everything that hangs on it goes with it. Files are never changed: an add writes new ones and then
//! replaces the manifest in one rename, so a killed add leaves the lake as it was; what no manifest names
//! is swept by the next add.
//!
//! It refuses to guess: a file that is missing or cut short is named, and nothing is read around it; a lake
//! of a newer format is left alone. Where to look next: `manifest`, `gather` (which rows go where),
//! `partition` (rows in order), `add`, `read`, `root` (folder or object store).

mod add;
mod gather;
mod manifest;
mod merge;
mod month;
mod partition;
mod read;
mod root;
#[cfg(feature = "s3")]
mod store;
mod sweep;
mod write;

pub use add::{AddOptions, Added, Restatement};
pub use manifest::{FileEntry, LAKE_FORMAT, Lake, Touched};
pub use month::Month;
pub(crate) use read::Basin;
pub use read::Persons;
pub(crate) use root::is_remote;
pub use write::lake_schema;
