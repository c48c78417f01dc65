//! The knowledge library: published points, parsed into predicates that claims can decide.
//!
//! A point says *of which items, from when until when, on what basis, what must hold*. This crate
//! turns tables (bytes in, I1) into [`Knowledge`]; `audit` compiles it. What the text of a point
//! leaves open is never guessed: the point is kept as text-only, with the reason.
//!
//! Where to look next: `predicate` says what the terms of the `predicate` column mean, `language` reads and
//! prints them, `class` lists the rule classes, `text` (with `ages`) parses official limit texts, `table`
//! reads and checks the tables (`book`, `derived`, `local` and `mapping` their kinds, `load` puts them
//! together), `review` fills the predicate column, `stats` counts, `show` tells all of one item,
//! `attachment` reads an official attachment and `plan` shows what it would change.
//!
//! Names and texts live in one arena; codes of a point are a run in one table; a million rows load in
//! about a second (`examples/load_million.rs`).

mod ages;
mod attachment;
mod book;
mod class;
mod derived;
mod fold;
mod grid;
mod heading;
mod language;
mod load;
mod local;
mod mapping;
mod plan;
mod point;
mod predicate;
mod problem;
mod review;
mod sheet;
mod show;
mod stats;
mod table;
mod text;

pub use attachment::{Attachment, AttachmentRow, RejectedRow, read_attachment};
pub use class::{CLASSES, Limit, RuleClass, class_of};
pub use fold::fold;
pub use grid::ImportError;
pub use language::PredicateError;
pub use plan::{FieldChange, Plan, Planned, Release, Step, Tables};
pub use point::{CodeSet, CodeSystem, Knowledge, Point, PointKind, Reason, Source, Status, Str};
pub use predicate::{AgeBound, AgeUnit, AgeWindow, DayLogic, Force, Predicate, QuantityUnit, Settings, Window};
pub use problem::{Problem, nearest};
pub use review::{ReviewError, with_predicates};
pub use show::PointDetails;
pub use stats::{ClassStats, Counts, REASONS, Stats, aligned, width};
pub use text::{Wording, derive};
