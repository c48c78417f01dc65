//! The rules and the knowledge in force, and how others come into force while the server runs.
//!
//! An [`Edition`] is everything an answer about rules rests on: files, compiled libraries (one for an area with parameters
//! of its own), switches. It never changes; a request takes one and keeps it, so that no answer mixes two (I10: its version
//! is stated in the answer). The [`Holder`] has the one in force and puts another in its place. A changed rule on [`Trial`] is
//! a part of the settings: a library with it is compiled beside the others and judges in the shadow, or at some institutions.
//!
//! What is published is kept in the store: file by file under the hash of its text, a publication as the list of its
//! files, and one record, the [`Head`], that says which publication and which settings are in force. Every process reads
//! that record every three seconds. Nothing comes into force that does not compile, or whose own cases fail.
//!
//! Where to look next: `files` for what a library is made of, `edition` for compiling, `kept` for the records, `publish`
//! for changes, `trial` for rules on trial; `api::library` for who may ask for one.

mod edition;
mod files;
mod holder;
mod kept;
mod publish;
mod trial;

pub use edition::Edition;
pub(crate) use edition::Libraries;
pub(crate) use files::hash;
pub use files::{Files, Manifest};
pub use holder::{Base, Holder};
pub(crate) use kept::OWNER as LIBRARY_OWNER;
pub use kept::{Head, Publication, Settings};
pub(crate) use publish::Beside;
pub use publish::{NotPublished, Offer, Published};
pub use trial::{Reach, TRIALS_MAX, Trial};
