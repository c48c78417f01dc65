//! The server over its router, without sockets: the demo world on SQLite, messages in, envelopes out.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot prepare its input should stop there")]

mod admission;
mod bad_input;
mod bedside;
mod files;
mod library;
mod management;
mod outpatient;
mod support;
