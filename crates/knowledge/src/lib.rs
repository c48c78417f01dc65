//! The knowledge library: published points, parsed into predicates that claims can decide.
//!
//! A point says *of which items, from when until when, on what basis, what must hold*. This crate
//! turns tables (bytes in, I1) into [`Knowledge`]; `audit` compiles it. What the text of a point
//! leaves open is never guessed: the point is kept as text-only, with the reason.
//!
//! Where to look next: `predicate` is the compact language of the `predicate` column, `text` parses
//! official limit texts into it, `table` reads and checks the tables, `stats` counts them,
//! `import` reads an official attachment and shows what it would change.

mod point;
mod predicate;

pub use point::{Knowledge, Point, PointKind, Reason, Status, Str};
pub use predicate::{AgeBound, AgeUnit, AgeWindow, DayLogic, Predicate, Settings, Window};
