//! Who sent it, and that nobody changed it: header signatures, the envelope's signature, the cipher of `output`.
//!
//! Everything here is a pure function of bytes, keys and the moment. Keys come from the server's configuration, never
//! from a profile. Algorithms are the RustCrypto crates; known answers of the national standards are tests.

mod envelope;
mod header;
mod sm4_text;

pub use envelope::{EnvelopeKeys, sign_reply, signing_text};
pub use header::{GatewayFailure, HeaderKey, csb_signature, tif_signature, verify_headers};
pub use sm4_text::{Sm4Error, Sm4Key, seal_output};

/// Compares two signatures in a time that does not depend on where they differ.
fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0_u8, |differ, (a, b)| differ | (a ^ b)) == 0
}
