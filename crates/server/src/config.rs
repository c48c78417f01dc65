//! What an operator sets: a TOML file, every key with a default that suits one machine.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The configuration of `yibao serve`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address to listen on. Anything but a loopback address belongs behind a TLS front.
    pub listen: SocketAddr,
    /// Data directory: the embedded database, and `world.json` of the demo.
    pub data: PathBuf,
    /// `postgres://…`; none keeps everything in the data directory.
    pub database: Option<String>,
    /// Profile of areas that name none, see `profiles/`.
    pub profile: String,
    /// Largest message, MiB.
    pub body_max_mib: usize,
    /// Writers side by side on PostgreSQL.
    pub lanes: usize,
    /// Messages carried out in one transaction at most.
    pub batch_max: usize,
    /// Seconds that a stop waits for messages under way.
    pub drain_seconds: u64,
    /// What electronic vouchers of the test issuer are sealed with.
    pub voucher_secret: String,
    /// Callers whose header signatures are verified, where a profile asks for them.
    pub keys: Vec<Key>,
    /// Keys of the envelope signature, where a profile asks for it.
    pub sm2: Option<Sm2>,
    /// 16 bytes, hexadecimal, where a profile asks for SM4.
    pub sm4_key: Option<String>,
    /// Milliseconds that an answer to 3101 or 3102 may take; then it is that nothing was checked, and care goes on.
    pub advice_milliseconds: u64,
    /// Threads that judge for 3101 and 3102, apart from those that settle.
    pub advice_workers: usize,
    /// Memory for histories of persons, MiB.
    pub history_mib: usize,
    /// Bearer token of the management API; none shuts it.
    pub management_token: Option<String>,
    /// Whether browsers reach the server by https only: then cookies are never sent without it.
    pub https_only: bool,
    /// Sign-in by an identity provider (OpenID Connect); none leaves passwords alone. Needs `public_url`.
    pub oidc: Option<Oidc>,
    /// Deadlines and limits of the review.
    pub review: review::Limits,
    /// Claims folder or lake that changed rules are tried on; none leaves back-tests out.
    pub claims: Option<PathBuf>,
    /// Address of this server as browsers and medical records reach it, without a slash at its end.
    pub public_url: Option<String>,
    /// Medical records that may ask by CDS Hooks; none shuts it.
    pub cds_clients: Vec<CdsClient>,
    /// Origins of pages that may call CDS Hooks from a browser.
    pub cds_origins: Vec<String>,
    /// Origins that may frame the reminder page; none keeps it out of frames.
    pub embed_origins: Vec<String>,
}

/// A medical record that asks by CDS Hooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CdsClient {
    /// `iss` of its tokens.
    pub issuer: String,
    /// 定点医药机构编号 it asks for.
    pub institution: String,
    /// Its public keys: a JWK Set (RFC 7517) as JSON text.
    pub jwks: String,
}

/// An identity provider. It says who somebody is; role and scope are given here, to an account that was opened here.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// `iss` of its tokens; its discovery document lies below.
    pub issuer: String,
    /// Where its documents, keys and tokens are fetched; the issuer when absent. This server speaks plain http: an https provider is reached
    /// through the TLS front.
    pub back_channel: Option<String>,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; none for a public client, which PKCE alone protects.
    pub client_secret: Option<String>,
    /// Claim of the token that names the account.
    #[serde(default = "preferred_username")]
    pub account_claim: String,
    /// What the sign-in page calls it.
    #[serde(default = "identity_provider")]
    pub label: String,
}

fn preferred_username() -> String {
    "preferred_username".to_owned()
}

fn identity_provider() -> String {
    "统一身份认证".to_owned()
}

/// A caller of a header scheme.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Access key or paasid.
    pub id: String,
    /// Secret.
    pub secret: String,
}

/// Keys of the envelope signature, hexadecimal.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sm2 {
    /// Our private key.
    pub private_key: String,
    /// The callers' public key.
    pub public_key: String,
}

impl std::fmt::Debug for Key {
    /// Never the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Oidc {
    /// Never the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.issuer).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Sm2 {
    /// Never the keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sm2")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("yibao-data"),
            database: None,
            profile: "national".to_owned(),
            body_max_mib: 32,
            lanes: 4,
            batch_max: 256,
            drain_seconds: 30,
            voucher_secret: "yibao-test-issuer".to_owned(),
            keys: Vec::new(),
            sm2: None,
            sm4_key: None,
            advice_milliseconds: 800,
            advice_workers: 2,
            history_mib: 256,
            management_token: None,
            public_url: None,
            cds_clients: Vec::new(),
            cds_origins: Vec::new(),
            embed_origins: Vec::new(),
            https_only: false,
            oidc: None,
            review: review::Limits::default(),
            claims: None,
        }
    }
}

impl Config {
    /// Address of this server in links and tokens; empty when none is configured.
    #[must_use]
    pub fn base(&self) -> &str {
        self.public_url.as_deref().unwrap_or_default().trim_end_matches('/')
    }

    /// What a cookie needs to be kept off plain http.
    pub(crate) const fn secure(&self) -> &'static str {
        if self.https_only { "; Secure" } else { "" }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong in it, with line and key.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default_and_a_misspelt_key_is_named() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        let error = Config::parse("listen = \"127.0.0.1:1\"\nprofil = \"hunan\"").unwrap_err();
        assert!(error.contains("profil"), "{error}");
    }

    #[test]
    fn i12_secrets_are_never_shown() {
        let config = Config::parse("[[keys]]\nid = \"demo\"\nsecret = \"geheim\"").unwrap();
        assert!(!format!("{config:?}").contains("geheim"));
    }
}
