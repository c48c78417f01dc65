//! The benefit engine against the shipped law and against made-up packages.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot prepare its input should stop there")]

mod planted;
mod shipped;
mod shipped_lines;
