//! Hospitals and pharmacies over HTTP, from the protocol facts alone.
//!
//! `hospital` owns the other end of the national interface: counters that register, charge, settle, take
//! back and reconcile, against any server that speaks it. It is written from the published interface and
//! from nothing of this product's server: it refuses to depend on `gateway`, `agency`, `store` or `server`,
//! so that both sides agree because both keep to the interface. It computes no benefit: it holds every
//! reply to the identities that any right answer satisfies, keeps its own books, and at day's end
//! reconciles them to the fen.
//!
//! The way of a visit: `run` draws it from the seed → `scenes` has its steps → `outpatient`, `inpatient`,
//! `pharmacy`, `filing` write the messages → `counter` sends them over `wire`, again and again if need be →
//! `check` examines what came → `books` keep what was acknowledged → `reconcile` closes the day.
//!
//! Where to look next: [`World`] for what a server must offer, [`Scene`] for what is played, [`verify`] for
//! what is asked after a crash, [`repeat`] for messages sent again and again, [`bench`] for load.

mod basket;
mod bench;
mod books;
pub mod check;
mod clock;
mod counter;
mod deviation;
mod filing;
mod hall;
mod inpatient;
mod latency;
mod message;
mod node;
mod outpatient;
mod pharmacy;
mod reconcile;
mod record;
mod repeat;
mod reply;
mod run;
mod scenes;
mod signature;
mod statement_file;
mod verify;
mod visit;
mod wire;
mod world;

pub use bench::{Load, Stood, bench};
pub use books::{Books, Claim};
pub use counter::Stop;
pub use deviation::{Deviation, Deviations, Examination};
pub use hall::Hall;
pub use latency::{Latencies, Timing};
pub use reconcile::Balance;
pub use record::Record;
pub use repeat::{Repeated, Repetition, repeat};
pub use reply::{Fields, Reply};
pub use run::{Outcome, Plan, run};
pub use scenes::Scene;
pub use verify::{Verified, verify};
pub use wire::{Patience, Wire, WireError};
pub use world::{World, WorldError};
