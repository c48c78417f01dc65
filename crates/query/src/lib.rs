//! SQL over the lake: the tables of the claims folder, under their own names, for institutions and
//! populations rather than for one person.
//!
//! `query` is the one everyday crate that depends on DataFusion (see
//! `docs/decisions/0010-datafusion-in-a-leaf.md`). It owns the session ([`LakeSession`]), the answer to
//! a statement ([`Answer`]), how answers are printed, and the batch audit as a plan. It refuses to change
//! data: a session answers questions and nothing else. Callers need no async: every call blocks.
//!
//! ```no_run
//! let session = query::LakeSession::open("lake".as_ref(), &query::SessionOptions::default())?;
//! let answer = session.sql("SELECT fixmedins_code, count(*) FROM visits GROUP BY 1")?;
//! assert_eq!(answer.schema().field(0).name(), "fixmedins_code");
//! # Ok::<(), query::QueryError>(())
//! ```
//!
//! Where to look next: `population` (rules about institutions and groups), `session`, `table` (which files a scan reads), `answer`, `print`.

mod answer;
mod audit_plan;
mod case_table;
mod cases;
mod error;
mod indicator;
mod population;
mod print;
mod session;
mod steps;
mod table;

pub use answer::Answer;
pub use arrow;
pub use audit_plan::{AuditExec, BucketAudit, BucketFindings, audit_schema, read_batch, run_audit};
pub use cases::run_query_cases;
pub use error::QueryError;
pub use indicator::{By, Indicator, Over};
pub use population::{Found, IndexedRule, prepare_fact, prepare_facts, query_rules, run_queries, wanted_facts};
pub use print::{Printer, Shape, cells};
pub use session::{LakeSession, SessionOptions, TABLES};
