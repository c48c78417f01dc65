//! Who may do what, on what, and how much of a person is shown.
//!
//! One table ([`Action`]) says which role may do each thing that the server offers; a route without a row there cannot be
//! written. [`Scope`] says on whose records: areas, and within them institutions. [`Field`] and [`DataClass`] say which
//! parts of a record are masked for whom. Everything is pure (I1): no account, no session and no database is known here.
//!
//! An account has exactly one role. Duties are separated by that alone: whoever decides cases cannot change rules, whoever
//! creates accounts cannot give rights, and whoever gives rights cannot read the log of it (system, security and audit
//! administrators, GB/T 22239-2019 8.1.5).
//!
//! Where to look next: `action` for the table, `scope`, `mask`.

mod action;
mod mask;
mod role;
mod scope;

pub use action::Action;
pub use mask::{DataClass, Field, Shown, mask_identifier, mask_name};
pub use role::{Role, RoleGroup};
pub use scope::Scope;
