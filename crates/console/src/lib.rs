//! The web console: what `make web` built, packed into the binary and served.
//!
//! The console is one page with scripts (`web/`); which of its views an address means, the script decides. So every address
//! that is no file of the console gets the page ([`answer`]). Scripts and styles carry a hash of their content in their names and
//! may be kept for ever; the page itself is asked for again each time. Nothing is loaded from elsewhere, and the headers
//! forbid it.
//!
//! A binary that was built without node has no console: it answers with a page that says `make web`. A debug build reads the
//! files from disk when they are asked for, so that `make web` after `cargo build` is enough.
//!
//! This crate knows no rights and no data: everything that the console shows, it asks of the API.
//!
//! Where to look next: `answer` for addresses and headers, `site` for the files.

mod answer;
mod site;

pub use answer::answer;
