//! Tests of the whole intake over small folders, with slices cut small (see `prepare`).

mod bad_input;
mod city;
mod formats;
mod kept;
mod output;
mod refunds;
mod settled;
