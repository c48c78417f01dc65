//! The benefit computation once more, as simply as can be: the oracle the engine is held against.
//!
//! Written from `docs/decisions/0006-policy-language.md` alone, without sight of the engine. It reads
//! no files, compiles nothing and remembers nothing: every question searches the whole list of values,
//! every amount is an exact fraction until the decision says "round". It refuses to share code, types
//! or ideas with `benefit`; what both understand alike is the text of the decision.
//!
//! Where to look next: `settle` for the way of a case, `tier` for one tier, `law` for which value holds; `invent` and
//! `bills` for what both are tried on, `text` for how a policy reaches the engine.

pub mod bills;
mod case;
mod conditions;
mod exact;
pub mod invent;
mod law;
mod policy;
mod settle;
pub mod text;
mod tier;

pub use case::{Answer, Bill, Case, Line, Split};
pub use exact::Exact;
pub use policy::{
    Base, Chain, Index, LawDay, Measure, Origin, Per, Policy, Rounding, Setting, Test, Tier, Value, When,
};
pub use settle::{PORTIONS, Refused, settle};
