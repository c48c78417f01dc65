//! The results of an audit on paper: `summary.json`, `report.html`, `report.xlsx`, the terminal summary.
//!
//! `report` owns how figures are added up for people and how they are shown. Findings pass through
//! [`Tally`] one by one and are forgotten, so memory does not grow with their number; what remains is
//! joined with what was billed in [`Figures`], and every output reads from there, so that no two of
//! them can disagree. Counted money adds up the same by rule, institution and month (I11), or nothing
//! is written at all.
//!
//! It refuses to judge (that is `audit`), to read a clock or a database, to fetch anything, to use
//! floats for money (the one exception is a cell of the workbook), and to cut a list without saying so.
//!
//! The way through it:
//! ```text
//! findings, sorted ─► Tally::add ─► Tally::finish ─► Tallied ─┐
//!              └────► Workbook::add                           ├─► Figures ─► write_summary, write_html,
//! AuditReport (run, receipt, intake, rules, billed) ──────────┘              Workbook::finish, terminal_summary
//! ```
//! A workbook costs some twenty microseconds a finding, most of it compression: a caller in a hurry gives
//! it a thread of its own ([`Workbook`] is `Send`), or [`DetailRows::None`].
//!
//! `reform` is the report of a simulation: the same looks, other figures.
//!
//! Where to look next: `input` for what a caller fills in, `tally` for the sums, `html` for the page.

mod chart;
mod error;
mod escape;
mod figures;
mod funnel;
mod html;
mod input;
mod join;
mod notice;
mod reform;
mod sample;
mod summary;
mod sums;
mod tallied;
mod tally;
mod text;
mod top;
mod wording;
mod xlsx;

pub use error::ReportError;
pub use figures::{Figures, Group, InstitutionRow, MonthRow, RuleRow};
pub use funnel::Standing;
pub use html::write_html;
pub use input::{AuditReport, Billed, InstitutionLine, Month, Receipt, RuleLine, RunInfo, Stage, TableIntake, Totals};
pub use notice::{Notice, NoticeError, NoticeLine};
pub use reform::{ReformReport, reform_terminal, write_reform_html, write_reform_summary, write_reform_tables};
pub use sample::{FindingView, Sample};
pub use summary::write_summary;
pub use sums::{Split, Sums};
pub use tallied::{DoctorSums, InstitutionSums, RuleSums, Tallied, VisitSums};
pub use tally::Tally;
pub use text::terminal_summary;
pub use xlsx::{DetailRows, Workbook};
