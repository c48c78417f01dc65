//! What gateways in front of the platform want in the headers (`protocol.md` §1.1, styles A and B).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

/// How to sign, with whose key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Signing {
    /// Which style.
    pub scheme: Scheme,
    /// `_api_access_key`, or `x-tif-paasid`.
    pub access_key: String,
    /// The shared secret.
    pub secret: String,
}

/// The two styles that public clients speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// A: `_api_*`, Base64(HMAC-SHA1).
    Csb,
    /// B: `x-tif-*`, hex SHA-256 around the secret.
    Tif,
}

impl Signing {
    /// Headers of a message sent now; `nonce` makes each of them another.
    #[must_use]
    pub fn headers(&self, infno: &str, nonce: u64) -> Vec<(&'static str, String)> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        match self.scheme {
            Scheme::Csb => self.csb(infno, since.as_millis()),
            Scheme::Tif => self.tif(since.as_secs(), &format!("{nonce:032x}")),
        }
    }

    fn csb(&self, infno: &str, milliseconds: u128) -> Vec<(&'static str, String)> {
        const VERSION: &str = "1.0.0";
        let key = &self.access_key;
        let signed =
            format!("_api_access_key={key}&_api_name={infno}&_api_timestamp={milliseconds}&_api_version={VERSION}");
        // HMAC takes a key of any length.
        let signature = Hmac::<sha1::Sha1>::new_from_slice(self.secret.as_bytes())
            .map(|mut mac| {
                mac.update(signed.as_bytes());
                STANDARD.encode(mac.finalize().into_bytes())
            })
            .unwrap_or_default();
        vec![
            ("_api_name", infno.to_owned()),
            ("_api_version", VERSION.to_owned()),
            ("_api_timestamp", milliseconds.to_string()),
            ("_api_access_key", key.clone()),
            ("_api_signature", signature),
        ]
    }

    fn tif(&self, seconds: u64, nonce: &str) -> Vec<(&'static str, String)> {
        let signature = hex(&Sha256::digest(format!("{seconds}{}{nonce}{seconds}", self.secret)));
        vec![
            ("x-tif-paasid", self.access_key.clone()),
            ("x-tif-timestamp", seconds.to_string()),
            ("x-tif-nonce", nonce.to_owned()),
            ("x-tif-signature", signature),
        ]
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<'a>(headers: &'a [(&'static str, String)], name: &str) -> &'a str {
        headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str()).unwrap()
    }

    /// Expected values computed with `openssl dgst`.
    #[test]
    fn both_styles_sign_as_published() {
        let csb = Signing { scheme: Scheme::Csb, access_key: "AK".into(), secret: "secret".into() };
        let headers = csb.csb("2207", 1_700_000_000_000);
        assert_eq!(value(&headers, "_api_signature"), "LJk/+0NaObDasxEM+5mUb8Eg/pA=");
        let tif = Signing { scheme: Scheme::Tif, access_key: "paas".into(), secret: "secret".into() };
        let headers = tif.tif(1_700_000_000, "00000000000000000000000000000001");
        assert_eq!(
            value(&headers, "x-tif-signature"),
            "11fc0ca31f4d62d512a6818aa3d54473ed9d8aa05bac8fbb8dc8a1ba0d636105"
        );
    }
}
