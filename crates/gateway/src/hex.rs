//! Bytes as hexadecimal digits, as the interface writes digests and ciphertexts.

/// Lower-case hexadecimal.
pub(crate) fn lower(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
