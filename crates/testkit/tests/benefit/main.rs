//! The benefit engine held against its oracle, against properties, and against openIMIS's scenarios.

mod harness;
mod openimis;
mod oracle;

mod differential;
mod properties;
