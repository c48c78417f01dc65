//! Claims folders in, findings out.
//!
//! `lake` owns the edge between files and the audit: it reads a claims folder (Parquet, CSV, Excel),
//! cleans and checks every row, and hands persons one by one to a sink, in bounded memory whatever the
//! size; it writes findings sorted, and claims folders for the generator. It refuses to judge: an
//! unknown code or an amount that does not add up is accepted and counted, a rule decides. Results do
//! not depend on formats, row order, threads or slices (I8).
//!
//! The way of a folder: [`open`] looks at heads → [`Folder::prepare`] cuts the persons into slices and
//! sends rows that do not lie in order to temporary files → [`Prepared::read_slice`], on any thread,
//! fills a `model::PersonCase` a person → [`Prepared::finish`] writes `rejects/` and checks that accepted +
//! corrected + rejected = read.
//!
//! Who needs settlements only, without lines (a replay of a year), asks [`read_settled`].
//!
//! Where to look next: `tables` (the contract's columns), `decode` (values), `route` (slices),
//! `slice` and `assemble` (cases), `refunds` (netting), `findings` (output).

mod assemble;
mod block;
mod claims;
mod csv_file;
mod decode;
mod error;
mod finding_batch;
mod findings;
mod folder;
mod issues;
mod kept;
mod load;
mod note;
mod parquet_file;
mod parse;
mod prepare;
mod refunds;
mod registers;
mod report;
mod route;
mod rows;
mod rowset;
mod runs;
mod settled;
mod sheet_file;
mod slice;
mod source;
mod spill;
mod survey;
mod tables;
#[cfg(test)]
mod tests;
mod view;
mod walk;

pub use claims::{ClaimsWriter, Format};
pub use error::LakeError;
pub use finding_batch::{FindingBatch, finding_rows, finding_schema, read_findings};
pub use findings::{FINDING_COLUMNS, FindingRow, FindingWriter};
pub use folder::{Folder, open};
pub use kept::{AddOptions, Added, FileEntry, LAKE_FORMAT, Lake, Month, Persons, Restatement, Touched, lake_schema};
pub use note::{Level, Note};
pub use prepare::{Options, Prepared, Progress, Silent};
pub use report::{IntakeReport, SliceIntake, TableIntake};
pub use rows::{DiagnosisRow, InstitutionRow, LineRow, PersonRow, ProcedureRow, StaffRow, VisitRow};
pub use settled::{Settled, SettledScope, read_settled};
