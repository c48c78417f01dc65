//! The catalogue from outside: small invented tables, and the real ones of this repository.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken fixture should stop its test where it broke")]

mod image;
mod local_map;
mod lookup;
mod payment;
mod questions;
mod reading;
mod real;
mod small;
