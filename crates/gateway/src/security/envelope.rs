//! SM2 signature of the envelope (Hubei): the fields around `input`, but for `cainfo`, sorted and joined, signed with
//! SM3withSM2; the value stands in `cainfo`. The same for the reply, around `output`.
//!
//! A signature is 64 bytes, r and s, in Base64; a client that sends ASN.1 DER is understood too.

use crate::json::Json;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sm2::SecretKey;
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};

/// User id of SM2 when parties agreed on none (GB/T 32918.2, appendix A).
pub(crate) const USER_ID: &str = "1234567812345678";

/// The keys of an envelope's signature: ours to sign with, the caller's to verify.
#[derive(Clone)]
pub struct EnvelopeKeys {
    own: SigningKey,
    theirs: VerifyingKey,
}

impl std::fmt::Debug for EnvelopeKeys {
    /// Never the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnvelopeKeys")
    }
}

impl EnvelopeKeys {
    /// Keys from hexadecimal: 32 bytes of private key, 65 bytes (`04`, x, y) of public key.
    pub fn from_hex(own: &str, theirs: &str) -> Result<Self, String> {
        let own = crate::hex::read(own).ok_or("SM2 私钥不是十六进制")?;
        let theirs = crate::hex::read(theirs).ok_or("SM2 公钥不是十六进制")?;
        let secret = SecretKey::from_slice(&own).map_err(|_| "SM2 私钥应为 32 字节")?;
        let own = SigningKey::new(USER_ID, &secret).map_err(|_| "SM2 私钥不可用")?;
        let theirs = VerifyingKey::from_sec1_bytes(USER_ID, &theirs).map_err(|_| "SM2 公钥应为 04 开头的 65 字节")?;
        Ok(Self { own, theirs })
    }

    /// Whether the message carries the caller's signature. The message is read again here: the signature is over the
    /// fields as sent, known to the table or not.
    pub fn verify(&self, message: &[u8]) -> Result<(), String> {
        let wrong = || "字段 cainfo（数字签名信息）：签名不正确，请核对密钥与待签名串".to_owned();
        let text =
            std::str::from_utf8(message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message)).map_err(|_| wrong())?;
        let json = Json::parse(text).map_err(|_| wrong())?;
        let Some(Json::Text(given)) = json.get("cainfo") else {
            return Err("字段 cainfo（数字签名信息）：不能为空，请以 SM2 签名".to_owned());
        };
        let bytes = STANDARD.decode(given.trim()).map_err(|_| wrong())?;
        let signature =
            Signature::from_slice(&bytes).or_else(|_| from_der(&bytes).ok_or_else(wrong)).map_err(|_| wrong())?;
        self.theirs.verify(signing_text(&json, "input").as_bytes(), &signature).map_err(|_| wrong())
    }
}

/// The text that is signed: every field but `cainfo` and the body, sorted by ASCII, as `name=value` joined by `&`.
#[must_use]
pub fn signing_text(message: &Json<'_>, body: &str) -> String {
    let Json::Object(members) = message else { return String::new() };
    let mut parts: Vec<(&str, &str)> = members
        .iter()
        .filter(|(name, _)| name != "cainfo" && name != body)
        .map(|(name, value)| {
            let value = match value {
                Json::Text(text) => text.as_ref(),
                Json::Number(text) => text,
                Json::Bool(true) => "true",
                Json::Bool(false) => "false",
                _ => "",
            };
            (name.as_ref(), value)
        })
        .collect();
    parts.sort_unstable();
    let parts: Vec<String> = parts.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    parts.join("&")
}

/// Puts our signature into `cainfo` of a reply. A reply that is not as `reply` writes it comes back unchanged.
#[must_use]
pub fn sign_reply(reply: Vec<u8>, keys: &EnvelopeKeys) -> Vec<u8> {
    const EMPTY: &str = "\"cainfo\":null";
    let Ok(text) = std::str::from_utf8(&reply) else { return reply };
    let Ok(json) = Json::parse(text) else { return reply };
    let signature: Signature = keys.own.sign(signing_text(&json, "output").as_bytes());
    // The field stands before `output`, and no text before it can hold an unescaped quote.
    text.replacen(EMPTY, &format!("\"cainfo\":\"{}\"", STANDARD.encode(signature.to_bytes())), 1).into_bytes()
}

/// r and s of an ASN.1 sequence of two integers.
fn from_der(bytes: &[u8]) -> Option<Signature> {
    let [0x30, length, rest @ ..] = bytes else { return None };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let integer = |bytes: &[u8]| -> Option<([u8; 32], usize)> {
        let [0x02, length, rest @ ..] = bytes else { return None };
        let digits = rest.get(..usize::from(*length))?;
        let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
        let mut padded = [0_u8; 32];
        padded.get_mut(32_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
        Some((padded, usize::from(*length) + 2))
    };
    let (r, used) = integer(rest)?;
    let (s, _) = integer(rest.get(used..)?)?;
    Signature::from_slice(&[r, s].concat()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    // GB/T 32918.5-2017, appendix A.2: digital signature over the recommended curve.
    const PRIVATE: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
    const PUBLIC: &str = concat!(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    );
    const R: &str = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
    const S: &str = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

    #[test]
    fn gb_t_32918_known_answer() {
        let keys = EnvelopeKeys::from_hex(PRIVATE, PUBLIC).unwrap();
        let bytes = crate::hex::read(&format!("{R}{S}")).unwrap();
        let signature = Signature::from_slice(&bytes).unwrap();
        assert!(keys.theirs.verify(b"message digest", &signature).is_ok());
        assert!(keys.theirs.verify(b"message digesT", &signature).is_err());
        assert_eq!(crate::hex::lower(&keys.own.verifying_key().to_sec1_bytes()), PUBLIC);
    }

    #[test]
    fn gb_t_32905_known_answers() {
        use sm3::{Digest, Sm3};
        for (text, expect) in [
            ("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (&"abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        ] {
            assert_eq!(crate::hex::lower(&Sm3::digest(text.as_bytes())), expect);
        }
    }

    fn signed(text: &str, keys: &EnvelopeKeys, der: bool) -> String {
        let json = Json::parse(text).unwrap();
        let signature: Signature = keys.own.sign(signing_text(&json, "input").as_bytes());
        let raw = signature.to_bytes();
        let value = if der {
            let integer = |digits: &[u8]| {
                let lead: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
                [&[2, (digits.len() + lead.len()) as u8][..], lead, digits].concat()
            };
            let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
            STANDARD.encode([&[0x30, body.len() as u8][..], &body].concat())
        } else {
            STANDARD.encode(raw)
        };
        text.replace("\"cainfo\":\"\"", &format!("\"cainfo\":\"{value}\""))
    }

    #[test]
    fn an_envelope_is_verified_in_both_encodings_and_a_changed_one_is_not() {
        let keys = EnvelopeKeys::from_hex(PRIVATE, PUBLIC).unwrap();
        let text = r#"{"infno":"1101","msgid":"m1","cainfo":"","input":{"data":{}},"opter":"1"}"#;
        assert_eq!(signing_text(&Json::parse(text).unwrap(), "input"), "infno=1101&msgid=m1&opter=1");
        for der in [false, true] {
            let message = signed(text, &keys, der);
            assert_eq!(keys.verify(message.as_bytes()), Ok(()), "{message}");
            assert!(keys.verify(message.replace("m1", "m2").as_bytes()).unwrap_err().contains("签名不正确"));
        }
        assert!(keys.verify(text.replace("\"cainfo\":\"\",", "").as_bytes()).unwrap_err().contains("不能为空"));
        for broken in ["", "AA==", "MAYCAQECAQE=", "MIGZ"] {
            assert!(
                keys.verify(text.replace("\"cainfo\":\"\"", &format!("\"cainfo\":\"{broken}\"")).as_bytes()).is_err()
            );
        }
    }

    #[test]
    fn a_reply_is_signed_over_everything_but_its_output() {
        let keys = EnvelopeKeys::from_hex(PRIVATE, PUBLIC).unwrap();
        let reply = br#"{"infcode":0,"err_msg":"","cainfo":null,"output":{"a":1}}"#.to_vec();
        let text = String::from_utf8(sign_reply(reply, &keys)).unwrap();
        let json = Json::parse(&text).unwrap();
        let Some(Json::Text(value)) = json.get("cainfo") else { panic!("{text}") };
        let signature = Signature::from_slice(&STANDARD.decode(value.as_ref()).unwrap()).unwrap();
        assert!(keys.theirs.verify(b"err_msg=&infcode=0", &signature).is_ok());
    }
}
