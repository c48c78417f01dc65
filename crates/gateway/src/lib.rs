//! Wire formats of the national interface: bytes and a profile in, values out, and back again.
//!
//! A message is read and checked against the field table ([`Request::read`]), becomes a command of `agency` or a query
//! (`transactions`), and what came of it is written as a reply (`output`, `reply`). Wire names live here and nowhere
//! else. The crate is pure (I1): the clock, the network and the keys are its callers'. It holds no business rules: what
//! is allowed and what is paid is decided in `agency`.
//!
//! Where to look next: `table` for what the interface looks like, `request` and `check` for the way in, `output` and
//! `reply` for the way out, `profile` for what provinces do differently, `transactions` for what each one means.

mod check;
mod dictionary;
mod fault;
mod files;
mod hex;
mod json;
mod node;
mod number;
mod output;
mod profile;
mod reply;
mod request;
mod route;
mod security;
mod table;
mod transactions;

pub use dictionary::{Dictionaries, Dictionary};
pub use fault::{Fault, Faults};
pub use files::{Cells, TEXT_MAX, TextFile};
pub use json::{DEPTH_MAX, Json, JsonError};
pub use node::Row;
pub use output::{Shape, Values, write_output};
pub use profile::{
    CatalogueArgument, EnvelopeSignature, HeaderScheme, MaternalCodes, OutputCipher, Profile, RefundCount,
    StatementCodes, StatementColumns,
};
pub use reply::{Answering, Moment, failure, gateway_failure, success, unchecked};
pub use request::{Envelope, Rejection, Request};
pub use route::Route;
pub use security::{
    EnvelopeKeys, GatewayFailure, HeaderKey, Sm4Error, Sm4Key, csb_signature, seal_output, sign_reply, signing_text,
    tif_signature, verify_headers,
};
pub use table::{Field, FieldKind, Node, NodeKind, Table, Transaction};
pub use transactions::{
    Answer, CatalogueEntry, Entitlement, Intent, Kept, Question, Response, StatementDifference, StatementRow, Verdict,
    advised, caller, catalogue_file, compare, is_offered, kept_visit, mapping, read_statement, refused, said, told,
    understand, write_statement,
};
