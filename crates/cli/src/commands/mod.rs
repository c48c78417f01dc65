//! One file a command. Exit codes: 0 done, 1 done with failures to look at, 2 could not run.

pub mod audit;
pub mod catalog;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod contribution;
pub mod generate;
pub mod hospital_sim;
#[cfg(feature = "sql")]
pub mod indicators;
pub mod knowledge;
pub mod lake;
pub mod ledger;
pub mod policy;
pub mod publish;
pub mod register;
pub mod review;
pub mod rule;
pub mod score;
pub mod serve;
pub mod settle;
pub mod simulate;
#[cfg(feature = "sql")]
pub mod sql;
