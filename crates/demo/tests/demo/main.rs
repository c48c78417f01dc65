//! The demo world under the law that is shipped: everybody can be treated, everything can be charged.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod care;
mod people;
mod support;
