//! The checker: holds every reply against what `settlement.md` and `protocol.md` say of it.
//!
//! Each file takes one thing: `amounts` reads the money of a settlement, `settlement` the identities
//! between its fields and its fund list, `lines` the four classes of each charged line, `likeness` what
//! two replies owe each other (trial and final, settlement and reversal), `manners` the envelope. Nothing
//! is known of policy: what a fund pays is the platform's affair, that the parts add up is not.

mod amounts;
mod likeness;
mod lines;
mod manners;
mod settlement;

pub use amounts::{Amounts, Parts};
pub use likeness::{reversal, trial_and_final};
pub use lines::{Charged, line};
pub use manners::{envelope, insured_person};
pub use settlement::{Expected, Stage, settlement};
