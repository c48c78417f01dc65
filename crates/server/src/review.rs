//! The workbench over HTTP: people sign in, see what their role and scope allow, and act on review items.
//!
//! Every route is one row of [`routes::table`] with the action it stands for; a guard in front of all of them knows the session,
//! the permission table (`rights`) and the CSRF header, so that no handler can be reached without them. Handlers take the
//! [`guard::Caller`] and look only within its scope; what belongs to somebody else is "not found". What is decided, `review`
//! decides; what is kept, `store` keeps.
//!
//! Two jobs run beside the routes: `lapse` ends what was not answered in time, `live` takes in what was found before a settlement
//! and settled all the same.
//!
//! Where to look next: `guard` and `session` for signing in, `items` and `item` for reading, `acts` for deciding, `routes` for all.

mod acts;
mod attachments;
mod back_tests;
mod compare;
mod guard;
mod item;
mod items;
mod lapse;
mod live;
mod many;
mod notes;
mod notices;
mod oidc;
mod password;
mod peers;
mod people;
mod points;
mod publications;
mod registers;
mod reveal;
mod revisions;
mod routes;
mod rule_settings;
mod rules;
mod session;
mod settlements;
mod shown;
mod stage;
mod views;
mod vocabulary;

pub(crate) use guard::{Caller, admitted, note};
pub(crate) use live::Waiting;
pub use password::{Password, fresh_password};
pub use people::{DemoUser, demo_users};
pub use routes::{Document, RouteInfo, inventory, routes};
pub(crate) use stage::install;
