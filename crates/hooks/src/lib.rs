//! CDS Hooks 2.0: a medical record asks in FHIR R4, and is answered with cards.
//!
//! A request becomes an [`bedside::Inquiry`], the same that 3101 and 3102 become; the advice becomes cards, and what the
//! doctor did with a card comes back as feedback, which means what 3103 means. FHIR resources are read as far as an inquiry
//! needs them and no further; a code is taken when the catalogue knows it, else its name is looked up, else it is left as
//! sent, and decides nothing.
//!
//! A card is advice about payment, never about safety: its indicator is at most `warning`, and nothing is changed on its own
//! (no `systemActions`).
//!
//! Pure (I1): no clock, network or files; who may ask is the server's business. Source of the shapes: CDS Hooks 2.0,
//! <https://cds-hooks.hl7.org/2.0/>.
//!
//! - `services` is what discovery tells;
//! - `request` reads a call, `fhir` and `moment` what FHIR resources say, `inquiry` makes an inquiry of it;
//! - `cards` words advice, `reasons` the reasons for going on;
//! - `feedback` reads what was done with a card.

mod cards;
mod fault;
mod feedback;
mod fhir;
mod inquiry;
mod moment;
mod reasons;
mod request;
mod services;

pub use cards::{Place, card_uuid, cards, reminder_id};
pub use fault::HookFault;
pub use feedback::{Feedback, Outcome, read_feedback};
pub use fhir::{CERTIFICATE_SYSTEM, PERSON_SYSTEM, PRICE_EXTENSION, VISIT_SYSTEM};
pub use inquiry::{Asked, Asker};
pub use reasons::{REASON_SYSTEM, REASONS, Reason};
pub use request::{Hook, HookRequest};
pub use services::services;
