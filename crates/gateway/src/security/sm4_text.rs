//! SM4 over texts, ECB with PKCS7 padding, as the interface prescribes it (Jilin's `output`, the e-prescription centre).
//! ECB shows equal blocks as equal: it is what the wire wants, and TLS lies around it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

const BLOCK: usize = 16;

/// A key of SM4.
#[derive(Clone)]
pub struct Sm4Key(Sm4);

/// Why a text is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Sm4Error {
    /// A key has 16 bytes.
    #[error("SM4 密钥应为 16 字节")]
    Key,
    /// Not Base64, or not whole blocks.
    #[error("密文不是 SM4 的 Base64")]
    Form,
    /// Another key, or changed on the way.
    #[error("密文不能用本密钥解开")]
    Padding,
}

impl std::fmt::Debug for Sm4Key {
    /// Never the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sm4Key")
    }
}

impl Sm4Key {
    /// A key of 16 bytes.
    pub fn new(key: &[u8]) -> Result<Self, Sm4Error> {
        Sm4::new_from_slice(key).map(Self).map_err(|_| Sm4Error::Key)
    }

    /// The ciphertext of a text, in Base64.
    #[must_use]
    pub fn seal(&self, text: &[u8]) -> String {
        let padding = BLOCK - text.len() % BLOCK;
        let mut bytes = text.to_vec();
        bytes.resize(text.len() + padding, u8::try_from(padding).unwrap_or(0));
        for block in bytes.chunks_exact_mut(BLOCK) {
            if let Ok(block) = block.try_into() {
                self.0.encrypt_block(block);
            }
        }
        STANDARD.encode(bytes)
    }

    /// The text of a ciphertext in Base64.
    pub fn open(&self, sealed: &str) -> Result<Vec<u8>, Sm4Error> {
        let mut bytes = STANDARD.decode(sealed.trim()).map_err(|_| Sm4Error::Form)?;
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) {
            return Err(Sm4Error::Form);
        }
        for block in bytes.chunks_exact_mut(BLOCK) {
            self.0.decrypt_block(block.try_into().map_err(|_| Sm4Error::Form)?);
        }
        let padding = bytes.last().copied().unwrap_or(0);
        let text = bytes.len().checked_sub(usize::from(padding)).ok_or(Sm4Error::Padding)?;
        let padded = bytes.get(text..).unwrap_or_default();
        if !(1..=16).contains(&padding) || padded.iter().any(|byte| *byte != padding) {
            return Err(Sm4Error::Padding);
        }
        bytes.truncate(text);
        Ok(bytes)
    }
}

/// Puts the ciphertext of `output` in its place (Jilin). A reply that is not as `reply` writes it comes back unchanged.
#[must_use]
pub fn seal_output(reply: Vec<u8>, key: &Sm4Key) -> Vec<u8> {
    const BEFORE: &str = "\"signtype\":null,\"output\":";
    let text = std::str::from_utf8(&reply).ok();
    // The names stand before `output`, and no text before it can hold an unescaped quote.
    let parts =
        text.and_then(|text| text.split_once(BEFORE)).and_then(|(head, rest)| Some((head, rest.strip_suffix('}')?)));
    match parts {
        Some((head, output)) => format!("{head}{BEFORE}\"{}\"}}", key.seal(output.as_bytes())).into_bytes(),
        None => reply,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // GB/T 32907-2016, appendix A.1: key and plain text are the same sixteen bytes.
    const VECTOR: &str = "0123456789abcdeffedcba9876543210";

    #[test]
    fn gb_t_32907_known_answer() {
        let bytes = crate::hex::read(VECTOR).unwrap();
        let sealed = STANDARD.decode(Sm4Key::new(&bytes).unwrap().seal(&bytes)).unwrap();
        assert_eq!(crate::hex::lower(&sealed[..16]), "681edf34d206965e86b3e94f536e4246");
        assert_eq!(sealed.len(), 32, "a whole block of padding follows a whole block");
    }

    /// Appendix A.2: the first answer, sealed a million times over.
    #[test]
    fn gb_t_32907_million_rounds() {
        let bytes = crate::hex::read(VECTOR).unwrap();
        let cipher = Sm4::new_from_slice(&bytes).unwrap();
        let mut block: [u8; 16] = bytes.as_slice().try_into().unwrap();
        for _ in 0..1_000_000 {
            cipher.encrypt_block((&mut block).into());
        }
        assert_eq!(crate::hex::lower(&block), "595298c7c6fd271f0402f804c33d3f66");
    }

    proptest! {
        #[test]
        fn a_sealed_text_opens_and_anything_else_does_not_panic(text in proptest::collection::vec(any::<u8>(), 0..100), noise in ".{0,60}") {
            let key = Sm4Key::new(b"0123456789abcdef").unwrap();
            prop_assert_eq!(key.open(&key.seal(&text)), Ok(text));
            let _ = key.open(&noise);
        }
    }

    #[test]
    fn the_output_of_a_reply_is_sealed_and_nothing_else() {
        let moment = crate::Moment { stamp: model::Stamp(0), millisecond: 0 };
        let answering = crate::Answering { area: "220100", received: moment, answered: moment, sequence: 7 };
        let key = Sm4Key::new(b"0123456789abcdef").unwrap();
        let sealed = seal_output(crate::success("220100", r#"{"a":{"b":1}}"#, answering), &key);
        let reply: serde_json::Value = serde_json::from_slice(&sealed).unwrap();
        assert_eq!(reply["infcode"], 0);
        assert_eq!(key.open(reply["output"].as_str().unwrap()).unwrap(), br#"{"a":{"b":1}}"#);
    }

    #[test]
    fn wrong_keys_and_texts_are_named() {
        assert_eq!(Sm4Key::new(b"short").unwrap_err(), Sm4Error::Key);
        let sealed = Sm4Key::new(b"0123456789abcdef").unwrap().seal("输出".as_bytes());
        assert_eq!(Sm4Key::new(b"0123456789abcdeF").unwrap().open(&sealed), Err(Sm4Error::Padding));
        assert_eq!(Sm4Key::new(b"0123456789abcdef").unwrap().open("AAA="), Err(Sm4Error::Form));
    }
}
