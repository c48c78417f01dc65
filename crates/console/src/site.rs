//! The files of the built console.

use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "site/dist"]
#[allow_missing = true]
struct Built;

/// A file as it is served.
pub(crate) struct File {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Names its content: the first 16 bytes of its SHA-256, hexadecimal.
    pub tag: String,
}

/// Where files come from; tests bring their own.
pub(crate) trait Site {
    /// The file of a name relative to the root, `assets/main-1a2b.js`.
    fn file(&self, name: &str) -> Option<File>;
}

/// What is packed into this binary.
pub(crate) struct Packed;

impl Site for Packed {
    fn file(&self, name: &str) -> Option<File> {
        let file = Built::get(name)?;
        let tag = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Some(File { bytes: file.data, tag })
    }
}
