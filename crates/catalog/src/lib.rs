//! The dated reference catalogue: what the codes of a claim stand for.
//!
//! `catalog` owns the look-up tables of public medical insurance: diagnoses and procedures (医保版,
//! with the clinical edition mapped onto them), drug codes, the national drug list, service items
//! with the prices of one local price book, decoction pieces, materials, divisions, hospitals.
//! It is pure: bytes in, values out. Reading files, caching the image and printing are the
//! caller's. It refuses to guess: a code that is not listed is `None`, a table with a fault is
//! refused whole, with every fault named at once ([`Problem`]).
//!
//! Where to look next: `tables` is the list of input tables and their columns (start there to add
//! one), `read` turns them into a [`Catalogue`], `catalogue` and `price` answer the audit's
//! questions, `payment` a settlement's, `lookup` a person's, `local_map` lets an area bring its own codes, `image`
//! is the binary form that loads quickly.

mod catalogue;
mod code_index;
mod image;
mod local_map;
mod lookup;
mod normalise;
mod payment;
mod price;
mod problem;
mod read;
mod sources;
mod strings;
mod table;
mod tables;

pub use catalogue::{Catalogue, Digest};
pub use image::CatalogError;
pub use local_map::LocalMap;
pub use lookup::{Hit, Match, Validity};
pub use normalise::normalise;
pub use payment::{Classed, PaymentClass, Unclassed};
pub use problem::Problem;
pub use sources::Source;
pub use tables::EntryKind;
