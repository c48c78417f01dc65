//! TOML data files read key by key, so that every mistake of a file is reported at once.
//!
//! Rule files and policy packages are written by people. A reader that stops at the first mistake
//! costs them an hour; this one keeps going: wrong kinds, missing keys, unknown keys (with the
//! nearest known one) all become [`Problem`]s that name file, line and key. It owns no meaning:
//! what the keys stand for is the caller's. Pure (I1): text in, values and problems out.

mod problem;
mod table;

pub use problem::{Problem, did_you_mean};
pub use table::{Reading, Table};
