//! The electronic voucher (医保电子凭证) of the test issuer.
//!
//! A real token comes from the national platform and is asked back there. Ours carries the person's number in the open and a
//! seal over it: `EC<person>.<24 hexadecimal digits>`, the seal being the start of SHA-256 over secret, separator and number.
//! Deterministic, so that a demo's tokens can be written down; whoever knows the secret can issue, so it is for tests only.

use sha2::{Digest, Sha256};

/// What every token of the issuer begins with.
const PREFIX: &str = "EC";
/// Bytes of the digest that are kept: 96 bits.
const SEAL_BYTES: usize = 12;

fn seal(person: &str, secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(secret.as_bytes());
    hash.update([0]);
    hash.update(person.as_bytes());
    hash.finalize().iter().take(SEAL_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// The token of a person: at most 50 characters for numbers of at most 23.
#[must_use]
pub fn issue(person: &str, secret: &str) -> String {
    format!("{PREFIX}{person}.{}", seal(person, secret))
}

/// The person a token was issued to; `None` when it was not issued under this secret.
#[must_use]
pub fn holder(token: &str, secret: &str) -> Option<String> {
    let (person, sealed) = token.strip_prefix(PREFIX)?.rsplit_once('.')?;
    // Compared in full whatever differs: how long a refusal takes says nothing about the seal.
    let expected = seal(person, secret);
    let differing = expected.bytes().zip(sealed.bytes()).fold(0, |bits, (one, other)| bits | (one ^ other));
    (sealed.len() == expected.len() && differing == 0 && !person.is_empty()).then(|| person.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_names_its_holder_and_nobody_else() {
        let token = issue("99010000000000000042", "demo");
        assert!(token.len() <= 50, "{token}");
        assert_eq!(holder(&token, "demo").as_deref(), Some("99010000000000000042"));
        assert_eq!(holder(&token, "other"), None, "another issuer's");
        assert_eq!(holder(&token.replace("42.", "43."), "demo"), None, "another's number");
        for token in ["", "EC", "EC.", "EC1", "EC1.", "99010000000000000042"] {
            assert_eq!(holder(token, "demo"), None, "{token}");
        }
    }

    proptest! {
        #[test]
        fn any_change_of_a_token_breaks_it(place in 0_usize..47, letter in "[0-9a-z]") {
            let token = issue("99010000000000000042", "demo");
            let mut changed = token.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != token);
            prop_assert_eq!(holder(&changed, "demo"), None);
        }
    }
}
