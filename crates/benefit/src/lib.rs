//! Benefit law as data, compiled; a bill in, every fen of its settlement explained out.
//!
//! Pure (I1): bytes and facts come in as arguments, amounts and reasons go out; no clock, file, network or
//! float. The same code serves pre-settlement, settlement, recalculation after an appeal, and the
//! simulation of a reform. The language is decision 0006 (`docs/decisions/0006-policy-language.md`).
//!
//! - `package` reads `policy/` as written, every mistake at once; `slots`, `words` and `condition` are its
//!   vocabulary;
//! - `compile` turns it into the flat tables of `policy`, a version for every stretch of days, and refuses
//!   rows that contradict each other (I9);
//! - `case` is a case as written, `prepare` resolves every text of it at the edge;
//! - `tier` is the arithmetic of one tier, `engine` the way of a case through its chain, `state` the year;
//! - `trace` records steps as numbers, `tell` words them, `answer` is the settlement with its receipt (I4, I10);
//! - `check` asks the compiled law about every kind of case that its conditions tell apart;
//! - `show` prints the law of a day and what a new edition changes, `describe` puts conditions in words;
//! - `contribution` is what cover costs; `cases` runs the examples beside the law.

mod answer;
mod case;
mod cases;
mod check;
mod compile;
mod condition;
mod contribution;
mod describe;
mod engine;
mod facts;
mod package;
mod policy;
mod prepare;
mod ratio;
mod show;
mod slots;
mod state;
mod tell;
mod tier;
mod trace;
mod words;

pub use answer::{Answer, ENGINE, FundShare, Receipt, Settlement, TraceStep};
pub use case::{Bill, BillLine, Case, CaseProblem, Person, PricedLine, Visit};
pub use cases::{CaseOutcome, run_cases};
pub use contribution::{ContributionAnswer, ContributionCase};
pub use datafile::Problem;
pub use engine::{Amounts, Calculator, Fault, Outcome, Prepared, Segment};
pub use package::{OverlayItem, Packages, Words};
pub use policy::{Coverage, Parameter, Policies};
pub use prepare::{Frame, Refusal};
pub use ratio::Ratio;
pub use show::Change;
pub use state::YearToDate;
pub use trace::{NoTrace, Step, StepKind, Tracer};
pub use words::{Borne, Field, Filing, Fund, Kind, Level, Portion, Region, Status};
