//! Files of registers, from bytes to records.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod events;
mod examples;
mod money;
mod rejections;
mod support;
