//! The store against real databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod cache;
mod files;
mod group;
mod ledger;
mod review;
mod schema;
