//! The benefit engine held against its oracle, against properties, and against openIMIS's scenarios.

mod harness;
mod oracle;

mod differential;
mod properties;
