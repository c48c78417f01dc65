//! Secrets of people: passwords as Argon2id hashes (RFC 9106), time-based codes (RFC 6238), random session secrets.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Shortest password.
const LENGTH_MIN: usize = 10;
/// Seconds of a time step.
const STEP: i64 = 30;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// Good enough.
    Fine,
    /// Too short, or of one kind of character.
    Weak,
}

/// Random bytes of the operating system, as lower-case hexadecimal.
#[must_use]
pub(crate) fn random_hex(bytes: usize) -> Option<String> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).ok()?;
    Some(hex(&buffer))
}

/// A password that people can type: 16 characters without those that look alike.
#[must_use]
pub fn fresh_password() -> Option<String> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut password = String::with_capacity(19);
    while password.len() < 19 {
        let mut byte = [0_u8; 1];
        getrandom::fill(&mut byte).ok()?;
        // 248 is the largest multiple of 31 in a byte: no letter is likelier than another.
        if byte[0] >= 248 {
            continue;
        }
        if password.len() % 5 == 4 {
            password.push('-');
        }
        password.push(char::from(*LETTERS.get(usize::from(byte[0]) % LETTERS.len())?));
    }
    Some(password)
}

/// The hash of a secret that is itself random.
#[must_use]
pub(crate) fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// OWASP's second recommended setting: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// Hashes a password; slow on purpose, so not on an async thread. `None` when the system gives no randomness.
#[must_use]
pub(crate) fn hash(password: &str) -> Option<String> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).ok()?;
    let salt = SaltString::encode_b64(&salt).ok()?;
    argon2().hash_password(password.as_bytes(), &salt).ok().map(|hash| hash.to_string())
}

/// Whether a password is the one of a hash. A hash that cannot be read costs as much time and is wrong.
#[must_use]
pub(crate) fn verify(password: &str, hash: &str) -> bool {
    // Somebody else's password: an unknown account must take as long as a wrong password.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let known = PasswordHash::new(hash);
    let Ok(parsed) = known.or_else(|_| PasswordHash::new(NOBODY)) else { return false };
    argon2().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// Whether a password may be chosen: long enough, of several characters, not the account's name.
#[must_use]
pub(crate) fn judge(password: &str, account: &str) -> Password {
    let distinct: std::collections::BTreeSet<char> = password.chars().collect();
    let kinds = [
        password.chars().any(char::is_alphabetic),
        password.chars().any(|letter| letter.is_ascii_digit()),
        password.chars().any(|letter| !letter.is_alphanumeric()),
    ];
    let mixed = kinds.iter().filter(|kind| **kind).count() >= 2;
    let long = (LENGTH_MIN..=128).contains(&password.chars().count());
    if long && mixed && distinct.len() >= 5 && !password.contains(account) { Password::Fine } else { Password::Weak }
}

/// A fresh secret of a second factor, base32.
#[must_use]
pub(crate) fn fresh_totp() -> Option<String> {
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).ok()?;
    Some(base32(&bytes))
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 without padding; of a whole number of five-byte groups.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let place = usize::try_from(buffer >> bits & 31).unwrap_or_default();
            text.push(BASE32.get(place).map_or('A', |letter| char::from(*letter)));
        }
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|known| *known == letter)?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 255).ok()?);
        }
    }
    Some(bytes)
}

/// The time step whose code this is, within one step either way of now; `None` when the code is wrong.
#[must_use]
pub(crate) fn totp_step(secret: &str, code: &str, unix_seconds: i64) -> Option<i64> {
    let key = from_base32(secret)?;
    let now = unix_seconds.div_euclid(STEP);
    (now - 1..=now + 1).find(|step| totp(&key, *step).is_some_and(|known| known == code))
}

/// RFC 6238 with SHA-1 and six digits, as all authenticator apps have it.
fn totp(key: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last()? & 15);
    let four: [u8; 4] = hash.get(offset..offset + 4)?.try_into().ok()?;
    let value = u32::from_be_bytes(four) & 0x7fff_ffff;
    Some(format!("{:06}", value % 1_000_000))
}

/// Base64 for what is kept as text.
pub(crate) fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// And back.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let key = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(totp(key, seconds / STEP).as_deref(), Some(code));
        }
        let secret = base32(key);
        assert_eq!(from_base32(&secret).as_deref(), Some(&key[..]));
        assert_eq!(totp_step(&secret, "287082", 59 + 30), Some(1));
        assert_eq!(totp_step(&secret, "287082", 59 + 90), None);
    }

    #[test]
    fn a_password_is_kept_as_a_hash_and_checked() {
        let kept = hash("korrekt-pferd-7");
        let kept = kept.as_deref().unwrap_or_default();
        assert!(kept.starts_with("$argon2id$") && !kept.contains("pferd"));
        assert!(verify("korrekt-pferd-7", kept) && !verify("korrekt-pferd-8", kept) && !verify("x", "kein hash"));
        for (password, account, judged) in [
            ("short1", "a", Password::Weak),
            ("aaaaaaaaaa1", "b", Password::Weak),
            ("alllettersonly", "b", Password::Weak),
            ("chushen1-2026", "chushen1", Password::Weak),
            ("tisch-lampe-4", "chushen1", Password::Fine),
        ] {
            assert_eq!(judge(password, account), judged, "{password}");
        }
        let fresh = fresh_password().unwrap_or_default();
        assert_eq!((fresh.len(), judge(&fresh, "nobody")), (19, Password::Fine));
        assert_ne!(Some(fresh), fresh_password());
    }
}
