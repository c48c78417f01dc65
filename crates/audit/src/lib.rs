//! The audit engine: rule files and knowledge tables in, a compiled library, findings out.
//!
//! Pure (I1): bytes and facts come in as arguments, findings go out; no clock, file or network.
//! The same code judges a year of claims, a discharge and a doctor's order (I8).
//!
//! - `rule` reads a rule file (TOML head, Chinese prose, and with `rule_case` its cases), every mistake at once;
//! - `library` compiles rules + knowledge + catalogue into per-item checks;
//! - `engine` walks one person's facts in time order, one pass for all rules;
//! - `detectors` holds one file per kind of rule;
//! - `registers` holds what is known beside the person: institutions, staff;
//! - `query` reads the `[query]` of a rule about institutions or groups, `query_case` its cases (run elsewhere);
//! - `switches` says where a rule speaks, `settings` lays an area's values over a rule's parameters;
//! - `stock_flow` adds up what all persons were charged, against what institutions had;
//! - `settle` counts a line once however many rules hit it (I11);
//! - `cases` runs the cases written in the rule files.

mod binder;
mod cases;
mod code_sets;
mod detectors;
mod engine;
mod hit;
mod library;
mod query;
mod query_case;
mod query_rows;
mod registers;
mod rule;
mod rule_case;
mod settings;
mod settle;
mod stock_flow;
mod switches;

pub use cases::{CaseOutcome, run_cases};
pub use code_sets::CodeSets;
pub use datafile::Problem;
pub use detectors::{DetectorInfo, ParamKind, ParamSpec, ParamValues, detectors};
pub use engine::Auditor;
pub use library::{Cases, Inactive, Library, Selection, Sources};
pub use query::{GroupLimits, Judge, PeerLimits, PeerTest, Query, QueryParam, ShiftLimits, Side};
pub use query_case::{ExpectedRow, QueryCase};
pub use query_rows::{CaseRow, CaseTables};
pub use registers::Registers;
pub use rule::{Basis, Grain, Rule, Stage, Status};
pub use rule_case::{
    CaseKind, ExpectedFinding, InstitutionFacts, LineFacts, PersonFacts, RuleCase, StaffFacts, VisitFacts,
};
pub use settings::{Setting, with_settings};
pub use stock_flow::StockFlow;
pub use switches::{Mode, Switch, Switches};
