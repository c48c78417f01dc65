//! What many visits together say of an institution or a group of persons.
//!
//! `population` judges the rows that a rule's query brought: is a value outside its peer group, has a series of
//! months shifted, are persons seen together more often than chance allows. Pure (I1): rows come in, findings go out.
//! It never gets the rows (that is `query`) and never decides from a score alone: a finding names the institution,
//! persons and visits and carries the figures that made it; its money is never counted (`counted` is zero), because
//! the lines behind it may be at fault for a reason of their own (I11).
//!
//! Floats are at home here, in statistics, and nowhere near money: amounts stay integers of fen from row to finding.
//!
//! Where to look next: `statistics` for the formulas, `peers`, `months`, `groups` for the judges, `judge` for the way
//! from a rule and its rows to findings.
#![allow(clippy::float_arithmetic, reason = "statistics; money stays in integers of fen (I2)")]

mod crowds;
mod evidence;
mod facts;
mod graph;
mod groups;
mod judge;
mod months;
mod peers;
mod rows;
pub mod statistics;

pub use evidence::Figures;
pub use facts::{FACTS, Fact, facts_for};
pub use judge::{PopulationError, judge};
pub use rows::{Row, Rows, Value};
