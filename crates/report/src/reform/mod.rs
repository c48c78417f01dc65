//! The report of a simulation: `summary.json`, CSV tables, `report.html`, a few lines for the terminal.
//!
//! Every output reads one [`simulation::Effects`], whose sums were checked before anything is written (I3). Persons appear as
//! places in a list, never by number or name (I12); institutions are named, because a fund must talk to them.

mod page;
mod rows;
mod summary;
mod tables;
mod terminal;

pub use page::write_reform_html;
pub use summary::write_reform_summary;
pub use tables::write_reform_tables;
pub use terminal::reform_terminal;

use crate::TableIntake;
use model::Institution;
use simulation::Effects;

/// What a simulation was asked and what it found.
#[derive(Debug)]
pub struct ReformReport<'a> {
    /// Code of the pooling area.
    pub area: &'a str,
    /// Its name.
    pub area_name: &'a str,
    /// Whether the area, and so its law, is invented.
    pub invented: bool,
    /// Year of settlement.
    pub year: i32,
    /// What the reform calls itself.
    pub reform: &'a str,
    /// What was found.
    pub effects: &'a Effects,
    /// The register that effects refer to.
    pub institutions: &'a [Institution],
    /// What reading did, by table.
    pub intake: Vec<TableIntake>,
    /// Accepted rows that were left out, by reason.
    pub left_out: &'a [(String, u64)],
    /// Months of continuous cover that everybody was given.
    pub cover_months: u16,
    /// Milliseconds of reading and of replaying.
    pub elapsed_ms: [u64; 2],
    /// Worker threads.
    pub threads: u64,
    /// What the result can be rebuilt from (I10): label and value.
    pub receipt: Vec<(&'static str, String)>,
}
