//! A year of settlements, replayed under two laws.
//!
//! `simulation` takes the settlements of an area as they were (model::SettledVisit), settles each again under the law
//! in force (the baseline) and under a reform, person by person in order of time, with accumulators of their
//! own for each law, and adds up what differs: for the funds, for the insured, for the institutions. It
//! changes one thing only, the law: the bills stay as they were, nobody goes to the doctor more or less often.
//!
//! It is pure (I1), has no float near money (I2), and refuses to hide: a settlement that one of the laws does not
//! cover is counted with its reason and takes part in no sum; what the data do not say and had to be assumed
//! is counted by sentence; the baseline is settled twice from two compilations and must come out the same.
//!
//! Where to look next: `reform` lays a folder of overriding values over the baseline, `national` reads the
//! codes of the data, `replay` settles, `effects` adds up.

mod effects;
mod group;
mod national;
mod persons;
mod reform;
mod replay;

pub use effects::{Effects, FundSums, InstitutionSums, Recorded, Sums};
pub use group::{AgeBand, Dimension, GroupKey, Income};
pub use persons::{Affected, BUCKETS, PersonGroup, PersonSums, TOP};
pub use reform::{Laid, LayProblem, lay_over};
pub use replay::{Laws, Replay, Setting};
