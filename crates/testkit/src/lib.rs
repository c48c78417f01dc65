//! Tools to try the product with: a seeded city, the truth about it, a scorer, and naive oracles.
//!
//! `testkit` owns invented data. [`generate`] writes a claims folder of a plausible city, made of the
//! real catalogues, with violations and look-alikes planted and listed in `truth.csv`; [`score`]
//! holds an audit's findings against it; `oracle` re-computes a few rules as simply as can be. It
//! refuses to share code with what it tests: it depends on `lake` only to write files, and reads the
//! published tables itself.
//!
//! Where to look next: `generate` for the whole way, `life` and `care` for clean visits, `plant` for
//! the table of what is planted, `score` for matching.

pub mod benefit_oracle;
mod bundles;
mod care;
mod dice;
mod draft;
mod error;
mod generate;
pub mod history_oracle;
mod life;
pub mod oracle;
mod plain;
mod plant;
mod score;
mod shelf;
mod sink;
mod table;
mod tables;
mod town;
mod truth;
mod world;
mod write;

pub use draft::MarkKind;
pub use error::TestkitError;
pub use generate::{CityOptions, generate, generate_into};
pub use plain::{Claims, PlainDiagnosis, PlainInstitution, PlainLine, PlainPerson, PlainProcedure, PlainVisit};
pub use plant::{Dose, Profile};
pub use score::{Counts, Discrepancy, Ratio, RuleScore, Score, Target, score, score_bytes};
pub use sink::{FolderFormat, Sink};
pub use tables::{INPUT_FILES, Inputs};
pub use truth::TruthRow;
pub use write::Written;
