//! The server over its router, without sockets: the demo world on SQLite, messages in, envelopes out.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot prepare its input should stop there")]

mod admission;
mod bad_input;
mod bedside;
mod canaries;
mod cast;
mod cds;
mod files;
mod keys;
mod lapse;
mod library;
mod live;
mod management;
mod many;
mod oidc;
mod outpatient;
mod reload;
mod reminder;
mod revisions;
mod rights;
mod settled;
mod signing_in;
mod stays;
mod support;
mod workbench;
