//! The catalogue as one piece of bytes that loads quickly.
//!
//! An image is a cache and nothing more: it names the input it was made from, and whoever loads it
//! says which input is wanted. Anything unexpected (another format, another input, a flipped bit) is
//! an error, and the caller reads the tables again. The layout is
//! `magic | format version | input hash | SHA-256 of the rest | postcard of the tables`.
//! The local map is not part of it: it belongs to an area, not to the catalogue.

use crate::catalogue::{Catalogue, Digest, Tables};
use sha2::{Digest as _, Sha256};

const MAGIC: &[u8; 8] = b"YIBAOCAT";
/// Raised with every change of [`Tables`], of `normalise` or of the order of entries.
const FORMAT_VERSION: u32 = 2;

/// Why an image or a catalogue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The bytes are something else.
    #[error("这不是目录缓存文件。请删除它，程序会重新生成。")]
    Foreign,
    /// Written by another version of the program.
    #[error("目录缓存的格式版本是 {found}，本程序需要 {wanted}。请删除它，程序会重新生成。")]
    OtherVersion {
        /// The version of the image.
        found: u32,
        /// The version of this program.
        wanted: u32,
    },
    /// Made from other tables.
    #[error("目录缓存由另一套目录文件生成（{found}）。请删除它，程序会重新生成。")]
    OtherInput {
        /// The input hash of the image.
        found: Digest,
    },
    /// Cut short or changed.
    #[error("目录缓存已损坏。请删除它，程序会重新生成。")]
    Damaged,
    /// The tables do not fit the form: a fault of this program.
    #[error("目录缓存无法生成：{0}。这是程序错误，请报告。")]
    Unencodable(String),
}

impl Catalogue {
    /// The image of the tables. Empty only if they cannot be encoded, which would be a fault of this
    /// crate; an empty image is refused when loaded, so the worst that comes of it is slowness.
    #[must_use]
    pub fn to_image(&self) -> Vec<u8> {
        self.encode().unwrap_or_default()
    }

    fn encode(&self) -> Result<Vec<u8>, CatalogError> {
        let payload =
            postcard::to_stdvec(&self.tables).map_err(|error| CatalogError::Unencodable(error.to_string()))?;
        let mut image = Vec::with_capacity(payload.len() + 76);
        image.extend_from_slice(MAGIC);
        image.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        image.extend_from_slice(&self.input_hash.0);
        image.extend_from_slice(&Sha256::digest(&payload));
        image.extend_from_slice(&payload);
        Ok(image)
    }

    /// Loads an image that must have been made from the input with this hash
    /// ([`Catalogue::hash_of`]).
    pub fn from_image(image: &[u8], expected_input_hash: Digest) -> Result<Self, CatalogError> {
        let rest = image.strip_prefix(MAGIC).ok_or(CatalogError::Foreign)?;
        let (version, rest) = rest.split_first_chunk::<4>().ok_or(CatalogError::Damaged)?;
        let found = u32::from_le_bytes(*version);
        if found != FORMAT_VERSION {
            return Err(CatalogError::OtherVersion { found, wanted: FORMAT_VERSION });
        }
        let (input_hash, rest) = rest.split_first_chunk::<32>().ok_or(CatalogError::Damaged)?;
        let input_hash = Digest(*input_hash);
        if input_hash != expected_input_hash {
            return Err(CatalogError::OtherInput { found: input_hash });
        }
        let (checksum, payload) = rest.split_first_chunk::<32>().ok_or(CatalogError::Damaged)?;
        if Sha256::digest(payload).as_slice() != checksum {
            return Err(CatalogError::Damaged);
        }
        let tables: Tables = postcard::from_bytes(payload).map_err(|_| CatalogError::Damaged)?;
        Ok(Self { tables, input_hash, local_map: None })
    }
}

/// Tables of `u32` as plain little-endian bytes, so that loading is a copy and not a decoding.
pub(crate) mod words {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;
    use std::fmt;

    pub(crate) fn serialize<S: Serializer>(words: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
        deserializer.deserialize_bytes(Words)
    }

    struct Words;

    impl Visitor<'_> for Words {
        type Value = Vec<u32>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes in groups of four")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            let (groups, rest) = bytes.as_chunks::<4>();
            if !rest.is_empty() {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            Ok(groups.iter().map(|group| u32::from_le_bytes(*group)).collect())
        }
    }
}
