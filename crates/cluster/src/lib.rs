//! The batch audit on several machines.
//!
//! The plan is the one of a single machine, `query::AuditExec` over a list of buckets. Ballista hands out the list;
//! this crate teaches it to carry the operator: a [`Request`] as text, sent where a plan is sent, and opened by
//! whoever runs the executor (a [`Workshop`]). It refuses to know rules. It refuses to publish: what a run
//! brings is shown to the caller when all of it is there, and never part of it.
//!
//! An executor that dies loses its buckets; the scheduler gives them to others, and a run whose results died with it
//! before they were fetched is submitted again. What an executor itself says (other rules, a damaged file) ends
//! the run at once, because trying again would not change it. No decision rests on a clock that two machines
//! share: an executor counts as lost when the scheduler, by its own clock, has not heard from it.
//!
//! Without the feature `ballista` the crate is empty: Ballista is another large build. Where to look next:
//! `request` (what travels), `codec` (how), `service` (scheduler, executor), `client` (submitting), `spool`.
#![cfg(feature = "ballista")]

mod client;
mod codec;
mod error;
mod request;
mod service;
mod spool;

pub use client::{Submission, run_on_cluster};
pub use error::ClusterError;
pub use request::{Request, Workshop};
pub use service::{ExecutorOptions, run_executor, run_scheduler};
