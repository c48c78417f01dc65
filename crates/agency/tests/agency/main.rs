//! What the agency decides, over the real catalogue and the invented areas of this repository.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot prepare its input should stop there")]

mod filings;
mod inpatient;
mod outpatient;
mod pharmacy;
mod random;
mod support;
