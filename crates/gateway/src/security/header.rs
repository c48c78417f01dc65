//! Signatures in headers (protocol §1.1): A, HMAC-SHA1 over `_api_*`; B, SHA-256 over `x-tif-*`; C, one `apikey`.

use super::same_bytes;
use crate::hex;
use crate::profile::{HeaderScheme, Profile};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A caller the server knows: `_api_access_key`, `x-tif-paasid`, or the `apikey` itself.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderKey {
    /// Access key or paasid.
    pub id: String,
    /// Secret; empty for scheme C.
    pub secret: String,
}

impl std::fmt::Debug for HeaderKey {
    /// Never the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeaderKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A call that the gateway itself turns away, answered as `{"code":401,"message":…}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GatewayFailure {
    /// 401.
    pub code: u16,
    /// What is wrong, and what to do.
    pub message: String,
}

fn refused<T>(message: impl Into<String>) -> Result<T, GatewayFailure> {
    Err(GatewayFailure { code: 401, message: message.into() })
}

/// Scheme A: Base64 of HMAC-SHA1 over the four headers in this order.
#[must_use]
pub fn csb_signature(key: &HeaderKey, api_name: &str, timestamp: &str, version: &str) -> String {
    let text =
        format!("_api_access_key={}&_api_name={api_name}&_api_timestamp={timestamp}&_api_version={version}", key.id);
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.secret.as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Scheme B: SHA-256 over timestamp, secret, nonce and timestamp, in lower-case hexadecimal.
#[must_use]
pub fn tif_signature(secret: &str, timestamp: &str, nonce: &str) -> String {
    hex::lower(&Sha256::digest(format!("{timestamp}{secret}{nonce}{timestamp}").as_bytes()))
}

/// Verifies the headers of a call as the profile wants them. `header` gives a header's value, `now_milliseconds` is the
/// time since 1970 in UTC.
pub fn verify_headers<'h>(
    profile: &Profile,
    keys: &[HeaderKey],
    header: impl Fn(&str) -> Option<&'h str>,
    infno: &str,
    now_milliseconds: i64,
) -> Result<(), GatewayFailure> {
    let required = |name: &str| match header(name).map(str::trim).filter(|value| !value.is_empty()) {
        Some(value) => Ok(value),
        None => refused(format!("缺少请求头 {name}，请补上后重发")),
    };
    let key_of = |id: &str| match keys.iter().find(|key| key.id == id) {
        Some(key) => Ok(key),
        None => refused("访问标识未登记，请向经办机构申请"),
    };
    match profile.headers {
        HeaderScheme::None => Ok(()),
        HeaderScheme::Csb => {
            let (name, version) = (required("_api_name")?, required("_api_version")?);
            let (timestamp, id) = (required("_api_timestamp")?, required("_api_access_key")?);
            let signature = required("_api_signature")?;
            in_window(profile, timestamp, 1, now_milliseconds)?;
            let key = key_of(id)?;
            let expected = profile.api_name.replace("{infno}", infno);
            if !infno.is_empty() && name != expected {
                return refused(format!("请求头 _api_name 与报文交易编号不符，应为 {expected}"));
            }
            matches(&csb_signature(key, name, timestamp, version), signature)
        }
        HeaderScheme::Tif => {
            let (id, timestamp) = (required("x-tif-paasid")?, required("x-tif-timestamp")?);
            let (nonce, signature) = (required("x-tif-nonce")?, required("x-tif-signature")?);
            in_window(profile, timestamp, 1000, now_milliseconds)?;
            let key = key_of(id)?;
            matches(&tif_signature(&key.secret, timestamp, nonce), signature)
        }
        HeaderScheme::Apikey => {
            let given = required("apikey")?;
            let known = keys.iter().any(|key| same_bytes(key.id.as_bytes(), given.as_bytes()));
            if known { Ok(()) } else { refused("apikey 未登记，请向经办机构申请") }
        }
    }
}

/// The replay window.
fn in_window(profile: &Profile, timestamp: &str, unit: i64, now_milliseconds: i64) -> Result<(), GatewayFailure> {
    let sent = timestamp.parse::<i64>().ok().and_then(|sent| sent.checked_mul(unit));
    let off = sent.and_then(|sent| now_milliseconds.checked_sub(sent)).and_then(i64::checked_abs);
    match off {
        Some(off) if off <= profile.replay_minutes * 60_000 => Ok(()),
        Some(_) => refused(format!("时间戳与平台时间相差超过 {} 分钟，请校准本机时钟", profile.replay_minutes)),
        None => refused("时间戳不是数字，请检查请求头"),
    }
}

fn matches(expected: &str, given: &str) -> Result<(), GatewayFailure> {
    if same_bytes(expected.as_bytes(), given.as_bytes()) {
        Ok(())
    } else {
        refused("签名不正确，请核对密钥与签名算法")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    const NOW: i64 = 1_736_475_300_000;

    fn verify(profile: &str, headers: &[(&str, &str)], infno: &str) -> Result<(), String> {
        let keys = [HeaderKey { id: "AK1".into(), secret: "invented-secret".into() }];
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        verify_headers(&Profile::packed(profile).unwrap(), &keys, header, infno, NOW).map_err(|e| e.message)
    }

    /// Expected values computed with Python's hmac, hashlib and base64.
    #[test]
    fn signatures_are_those_of_an_independent_implementation() {
        let key = HeaderKey { id: "AK1".into(), secret: "invented-secret".into() };
        assert_eq!(csb_signature(&key, "2207", "1736475300000", "1.0.0"), "V4gKb374kuUC1K7gijj3yc20A/8=");
        assert_eq!(
            tif_signature("invented-secret", "1736475300", "0123456789abcdef0123456789abcdef"),
            "73dbf6c6e637e9db9aa62f8faaf6aa61c36e485900b21291ae22078c0867b9aa"
        );
    }

    #[test]
    fn scheme_a_is_verified_part_by_part() {
        let key = HeaderKey { id: "AK1".into(), secret: "invented-secret".into() };
        let with = |name: &'static str, at: i64, id: &'static str| {
            let at = at.to_string();
            let signature = csb_signature(&key, name, &at, "1.0.0");
            verify(
                "hunan",
                &[
                    ("_api_name", name),
                    ("_api_version", "1.0.0"),
                    ("_api_timestamp", &at),
                    ("_api_access_key", id),
                    ("_api_signature", &signature),
                ],
                "2207",
            )
        };
        assert_eq!(with("2207", NOW, "AK1"), Ok(()));
        assert_eq!(with("2207", NOW - 29 * 60_000, "AK1"), Ok(()));
        assert!(with("2207", NOW - 31 * 60_000, "AK1").unwrap_err().contains("30 分钟"));
        assert!(with("2206", NOW, "AK1").unwrap_err().contains("应为 2207"));
        assert!(with("2207", NOW, "AK2").unwrap_err().contains("未登记"));
        assert!(with("2207", i64::MIN, "AK1").is_err());
        assert!(verify("hunan", &[], "2207").unwrap_err().contains("_api_name"));
    }

    #[test]
    fn scheme_b_is_verified_and_none_asks_for_nothing() {
        let with = |nonce: &str, signature: &str| {
            let headers = [
                ("x-tif-paasid", "AK1"),
                ("x-tif-timestamp", "1736475300"),
                ("x-tif-nonce", nonce),
                ("x-tif-signature", signature),
            ];
            verify("hebei", &headers, "2207")
        };
        let signature = tif_signature("invented-secret", "1736475300", "n1");
        assert_eq!(with("n1", &signature), Ok(()));
        assert!(with("n2", &signature).unwrap_err().contains("签名不正确"));
        assert!(with("n1", "").unwrap_err().contains("x-tif-signature"));
        assert_eq!(verify("national", &[], "2207"), Ok(()));
    }
}
