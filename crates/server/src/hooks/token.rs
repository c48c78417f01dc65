//! Who calls: a JSON web token signed with a key that was configured for its issuer.
//!
//! Taken are RS384 and ES384, the two that CDS Hooks recommends: nothing else, whatever the token's header says. The token
//! must be meant for the service that is called, not have expired, not live longer than ten minutes, and not have been
//! seen before. No address in a token is followed. Refusals do not say which check of the signature failed.

use crate::config::CdsClient;
use axum::http::{HeaderMap, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Seconds that clocks may differ.
const LEEWAY: u64 = 30;
/// Seconds that a token may live.
const LIFE_MAX: i64 = 600;
/// Longest `jti` that is remembered.
const NONCE_MAX: usize = 200;

/// A client that may ask.
pub struct Client {
    /// `iss` of its tokens.
    pub issuer: String,
    /// 定点医药机构编号 it asks for.
    pub institution: String,
    keys: JwkSet,
}

/// Admits clients.
pub struct Guard {
    /// Address of `/cds-services`, as tokens name it.
    audience: String,
    clients: Vec<Client>,
    /// Tokens seen, by issuer and `jti`, until they expire.
    seen: Mutex<HashMap<(String, String), i64>>,
}

/// Why a call is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// Nobody may ask.
    #[error("没有配置 CDS Hooks 客户端；请在配置中写明 [[cds_clients]]（issuer、institution、jwks）")]
    Shut,
    /// No token.
    #[error("缺少令牌；请以 Authorization: Bearer 发送 JWT")]
    NoToken,
    /// A token that is none, or of another kind.
    #[error("令牌无法读取；应为带 kid 的 JWT，算法 RS384 或 ES384")]
    Malformed,
    /// An issuer or key that is not configured.
    #[error("令牌的签发者或密钥未登记；请核对 iss 与 kid，并把公钥交给经办机构登记")]
    Unknown,
    /// The signature, the audience or the time is wrong.
    #[error("令牌未通过核验：{0}")]
    Invalid(&'static str),
    /// It was used before.
    #[error("令牌已使用过；每次调用请换新的 jti")]
    Replayed,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    exp: i64,
    iat: i64,
    jti: String,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

impl Guard {
    /// A guard for the clients of a configuration.
    ///
    /// # Errors
    /// A key set that cannot be read.
    pub fn new(clients: &[CdsClient], base: &str) -> Result<Self, String> {
        let client = |client: &CdsClient| {
            let fault = |error| format!("cds_clients {}：jwks 不是 JWK Set：{error}", client.issuer);
            let keys = serde_json::from_str(&client.jwks).map_err(fault)?;
            Ok(Client { issuer: client.issuer.clone(), institution: client.institution.clone(), keys })
        };
        let clients: Result<Vec<Client>, String> = clients.iter().map(client).collect();
        Ok(Self { audience: format!("{base}/cds-services"), clients: clients?, seen: Mutex::default() })
    }

    /// The client whose token a call of a service carries. `now` is seconds since 1970 in UTC.
    ///
    /// # Errors
    /// Why it is not admitted.
    pub fn admit(&self, headers: &HeaderMap, service: &str, now: i64) -> Result<&Client, NotAdmitted> {
        if self.clients.is_empty() {
            return Err(NotAdmitted::Shut);
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).ok_or(NotAdmitted::NoToken)?.trim();
        let head = jsonwebtoken::decode_header(token).map_err(|_| NotAdmitted::Malformed)?;
        if !matches!(head.alg, Algorithm::RS384 | Algorithm::ES384) {
            return Err(NotAdmitted::Malformed);
        }
        let id = head.kid.ok_or(NotAdmitted::Malformed)?;
        // Which key to verify with is looked up by what is not verified yet; it is compared again below.
        let claimed =
            jsonwebtoken::dangerous::insecure_decode_claims::<Issuer>(token).map_err(|_| NotAdmitted::Malformed)?;
        let client = self.clients.iter().find(|client| client.issuer == claimed.iss).ok_or(NotAdmitted::Unknown)?;
        let key = client.keys.find(&id).ok_or(NotAdmitted::Unknown)?;
        let key = DecodingKey::from_jwk(key).map_err(|_| NotAdmitted::Unknown)?;
        let mut validation = Validation::new(head.alg);
        validation.leeway = LEEWAY;
        validation.set_issuer(&[&client.issuer]);
        validation.set_audience(&[format!("{}/{service}", self.audience)]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|error| why(&error))?.claims;
        if claims.iss != client.issuer || claims.iat > now + LEEWAY as i64 || claims.exp - claims.iat > LIFE_MAX {
            return Err(NotAdmitted::Invalid("有效期应从签发起不超过 10 分钟"));
        }
        if claims.jti.is_empty() || claims.jti.len() > NONCE_MAX {
            return Err(NotAdmitted::Invalid("缺少 jti，或超过 200 个字符"));
        }
        self.remember(claims, now)?;
        Ok(client)
    }

    fn remember(&self, claims: Claims, now: i64) -> Result<(), NotAdmitted> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // Grows with the tokens of ten minutes, all of them signed by clients in the configuration.
        seen.retain(|_, expires| *expires + LEEWAY as i64 >= now);
        match seen.insert((claims.iss, claims.jti), claims.exp) {
            None => Ok(()),
            Some(_) => Err(NotAdmitted::Replayed),
        }
    }
}

fn why(error: &jsonwebtoken::errors::Error) -> NotAdmitted {
    use jsonwebtoken::errors::ErrorKind;
    NotAdmitted::Invalid(match error.kind() {
        ErrorKind::ExpiredSignature => "已过期",
        ErrorKind::InvalidAudience => "aud 应为所调用服务的地址",
        ErrorKind::MissingRequiredClaim(_) => "缺少 iss、aud、exp 之一",
        _ => "签名不符",
    })
}
