//! HTTP around the gateway and the store.
//!
//! The server takes bytes, has them read (`gateway`), decided (`agency`) and kept (`store`), and sends bytes. It holds no
//! SQL, no wire format and no rule of the benefit; it knows the clock, the network and the configuration, and passes them in.
//!
//! Where to look next: `national` for the national interface, `api` for the management API, `desk` for what all share,
//! `serve` for the life of a server, `demo_world` for `--demo`.

pub mod api;
mod bedside;
mod clock;
mod config;
mod demo_world;
mod desk;
mod hooks;
pub mod library;
mod national;
mod observe;
mod reminder;
pub mod review;
mod revision;
mod routes;
mod serve;
mod stays;

pub use bedside::{Advised, Asker, NotChecked, REMINDER};
pub use clock::now;
pub use config::{CdsClient, Config, Key, Oidc, Sm2};
pub use demo_world::{install_demo, install_demo_accounts};
pub use desk::{Desk, REGISTRY, StartError};
pub use observe::{Metrics, log_as_json};
pub use routes::router;
pub use serve::{database, open_store, refuse_huge_pages, serve};
