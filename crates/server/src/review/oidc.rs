//! Signing in by an identity provider: OpenID Connect, authorization code with PKCE (RFC 7636).
//!
//! The browser is sent to the provider with a state, a nonce and a challenge; what they were made from stays with it in a cookie that
//! lives ten minutes and goes nowhere but here. What comes back is a code, which this server exchanges for a token, whose
//! signature, issuer, audience, time and nonce are checked. The provider says who somebody is and nothing else: the
//! account must have been opened here, and has the role and scope that were given here.
//!
//! Whatever goes wrong ends at the sign-in page with a word that it explains; details go to the log, without the person.

use super::guard::cookie_named;
use super::password::random_hex;
use super::session::{begin as begin_session, no_randomness};
use crate::api::Problem;
use crate::clock;
use crate::config::Oidc;
use crate::desk::Desk;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use store::User;
use utoipa::{IntoParams, ToSchema};

/// The cookie that waits for the browser to come back: `state.nonce.verifier`.
const COOKIE: &str = "yibao_oidc";
const CALLBACK: &str = "/api/session/oidc/callback";
/// How long it waits, and how long the provider may take to answer.
const WAIT_SECONDS: u32 = 600;
const ANSWER: Duration = Duration::from_secs(10);
/// Seconds that clocks may differ.
const LEEWAY: u64 = 30;

/// Ways to sign in beside a password.
#[derive(Serialize, ToSchema)]
pub struct SignInWays {
    /// Name of the identity provider; none when there is none
    #[schema(required)]
    oidc: Option<String>,
}

/// Ways to sign in beside a password.
#[utoipa::path(get, path = "/api/session/ways", tag = "session", operation_id = "getSignInWays", responses((status = 200, body = SignInWays)))]
pub(super) async fn ways(State(desk): State<Arc<Desk>>) -> Json<SignInWays> {
    Json(SignInWays { oidc: desk.config.oidc.as_ref().map(|oidc| oidc.label.clone()) })
}

/// Where the provider's doors are (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// Why nobody was signed in.
enum Failed {
    /// The provider cannot be reached, or answers what it should not.
    Provider(String),
    /// The browser came back with what it was not sent with, or too late.
    Stale,
    /// The provider refused, or the person did.
    Refused,
    /// The token does not hold.
    Token(String),
    /// No account of that name may sign in.
    Unknown,
}

impl Failed {
    /// What an operator can do something about; nothing about the person (I12).
    fn reason(&self) -> &str {
        match self {
            Self::Provider(reason) | Self::Token(reason) => reason,
            Self::Stale | Self::Refused | Self::Unknown => "",
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::Token(_) => "token",
            Self::Unknown => "unknown",
        }
    }
}

/// Sends the browser to the identity provider.
#[utoipa::path(get, path = "/api/session/oidc", tag = "session", operation_id = "beginOidc",
    responses((status = 303, description = "到身份提供方"), (status = 404, body = Problem)))]
pub(super) async fn begin(State(desk): State<Arc<Desk>>) -> Result<Response, Problem> {
    let oidc = configured(&desk)?;
    let provider = match discover(oidc).await {
        Ok(provider) => provider,
        Err(failed) => return Ok(back(&failed)),
    };
    let parts = [random_hex(16), random_hex(16), random_hex(32)];
    let [Some(state), Some(nonce), Some(verifier)] = parts else { return Err(no_randomness()) };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let asked = [
        ("response_type", "code"),
        ("client_id", &oidc.client_id),
        ("redirect_uri", &callback(&desk)),
        ("scope", "openid profile"),
        ("state", &state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let Ok(there) = reqwest::Url::parse_with_params(&provider.authorization_endpoint, asked) else {
        return Ok(back(&Failed::Provider("authorization_endpoint".to_owned())));
    };
    let cookie = format!(
        "{COOKIE}={state}.{nonce}.{verifier}; Path={CALLBACK}; HttpOnly; SameSite=Lax; Max-Age={WAIT_SECONDS}{}",
        desk.config.secure()
    );
    let headers = [(header::LOCATION, there.to_string()), (header::SET_COOKIE, cookie)];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// What the browser comes back with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Returned {
    /// The code
    code: Option<String>,
    /// The state it was sent with
    state: Option<String>,
}

/// Takes the browser back from the identity provider: with a session to the console, or to the sign-in page with the reason.
#[utoipa::path(get, path = "/api/session/oidc/callback", tag = "session", operation_id = "endOidc", params(Returned),
    responses((status = 303, description = "到控制台"), (status = 404, body = Problem)))]
pub(super) async fn end(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, Problem> {
    let oidc = configured(&desk)?;
    let user = match identified(&desk, oidc, &headers, returned).await {
        Ok(user) => user,
        Err(failed) => {
            return Ok(back(&failed));
        }
    };
    let cookie = begin_session(&desk, user, clock::now().stamp).await?;
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    for cookie in [cookie, forgotten()] {
        if let Ok(value) = header::HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// The account that the provider vouches for.
async fn identified(desk: &Desk, oidc: &Oidc, headers: &HeaderMap, returned: Returned) -> Result<User, Failed> {
    let waiting = cookie_named(headers, COOKIE).ok_or(Failed::Stale)?;
    let &[state, nonce, verifier] = waiting.split('.').collect::<Vec<_>>().as_slice() else {
        return Err(Failed::Stale);
    };
    if returned.state.as_deref() != Some(state) {
        return Err(Failed::Stale);
    }
    let code = returned.code.ok_or(Failed::Refused)?;
    let provider = discover(oidc).await?;
    let token = exchange(desk, oidc, &provider, &code, verifier).await?;
    let claims = verified(oidc, &keys(oidc, &provider).await?, &token, nonce)?;
    let account = claims
        .get(&oidc.account_claim)
        .and_then(Value::as_str)
        .ok_or_else(|| Failed::Token(format!("没有 {}；请核对 account_claim", oidc.account_claim)))?;
    let user = desk.store.user(account).await.map_err(|error| Failed::Provider(error.to_string()))?;
    let user = user.filter(|user| !user.disabled).ok_or(Failed::Unknown)?;
    // Whoever comes by the provider needs no password here: one that was given and never changed ends.
    let password = if user.must_change { String::new() } else { user.password.clone() };
    Ok(User { password, must_change: false, failures: 0, ..user })
}

fn configured(desk: &Desk) -> Result<&Oidc, Problem> {
    desk.config.oidc.as_ref().filter(|_| desk.config.public_url.is_some()).ok_or_else(|| {
        let detail = "请在配置中设置 oidc 与 public_url，或使用账号密码登录";
        Problem::new(StatusCode::NOT_FOUND, "没有启用统一身份认证", detail).code("not_found")
    })
}

fn callback(desk: &Desk) -> String {
    format!("{}{CALLBACK}", desk.config.base())
}

fn back(failed: &Failed) -> Response {
    tracing::warn!(failed = failed.word(), reason = failed.reason(), "not signed in by the identity provider");
    let there = format!("/sign-in?failed={}", failed.word());
    (StatusCode::SEE_OTHER, [(header::LOCATION, there), (header::SET_COOKIE, forgotten())]).into_response()
}

fn forgotten() -> String {
    format!("{COOKIE}=; Path={CALLBACK}; HttpOnly; SameSite=Lax; Max-Age=0")
}

fn unreachable(error: &reqwest::Error) -> Failed {
    Failed::Provider(error.to_string())
}

fn client() -> Result<reqwest::Client, Failed> {
    let built = reqwest::Client::builder().timeout(ANSWER).redirect(reqwest::redirect::Policy::none()).build();
    built.map_err(|error| unreachable(&error))
}

async fn read<T: serde::de::DeserializeOwned>(address: &str) -> Result<T, Failed> {
    let answered = client()?.get(address).send().await.and_then(reqwest::Response::error_for_status);
    answered.map_err(|error| unreachable(&error))?.json().await.map_err(|error| unreachable(&error))
}

/// The provider's document; its doors for this server lie on the back channel.
async fn discover(oidc: &Oidc) -> Result<Provider, Failed> {
    let base = oidc.back_channel.as_deref().unwrap_or(&oidc.issuer).trim_end_matches('/');
    let provider: Provider = read(&format!("{base}/.well-known/openid-configuration")).await?;
    // A document of another issuer would vouch for its own tokens (Discovery, section 4.3).
    if provider.issuer != oidc.issuer {
        return Err(Failed::Provider(format!("issuer 为 {}，与配置不符", provider.issuer)));
    }
    Ok(provider)
}

/// A door of the provider as this server reaches it.
fn reached(oidc: &Oidc, door: &str) -> String {
    match (&oidc.back_channel, door.strip_prefix(oidc.issuer.trim_end_matches('/'))) {
        (Some(base), Some(path)) => format!("{}{path}", base.trim_end_matches('/')),
        _ => door.to_owned(),
    }
}

async fn keys(oidc: &Oidc, provider: &Provider) -> Result<JwkSet, Failed> {
    read(&reached(oidc, &provider.jwks_uri)).await
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// The token for a code.
async fn exchange(desk: &Desk, oidc: &Oidc, provider: &Provider, code: &str, verifier: &str) -> Result<String, Failed> {
    let redirect = callback(desk);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect),
        ("client_id", &oidc.client_id),
        ("code_verifier", verifier),
    ];
    let request = client()?.post(reached(oidc, &provider.token_endpoint)).form(&form);
    let request = match &oidc.client_secret {
        Some(secret) => request.basic_auth(&oidc.client_id, Some(secret)),
        None => request,
    };
    let answer = request.send().await.map_err(|error| unreachable(&error))?;
    if answer.status().is_client_error() {
        return Err(Failed::Refused);
    }
    let answer = answer.error_for_status().map_err(|error| unreachable(&error))?;
    Ok(answer.json::<Tokens>().await.map_err(|error| unreachable(&error))?.id_token)
}

/// The claims of a token that holds (OpenID Connect Core 1.0, section 3.1.3.7).
fn verified(oidc: &Oidc, keys: &JwkSet, token: &str, nonce: &str) -> Result<Map<String, Value>, Failed> {
    let wrong = |error: jsonwebtoken::errors::Error| Failed::Token(error.to_string());
    let head = jsonwebtoken::decode_header(token).map_err(wrong)?;
    if !matches!(head.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(Failed::Token("算法应为 RS256 或 ES256".to_owned()));
    }
    let key = match &head.kid {
        Some(id) => keys.find(id),
        None => keys.keys.first().filter(|_| keys.keys.len() == 1),
    };
    let key = key.ok_or_else(|| Failed::Token("没有签名所用的公钥".to_owned()))?;
    let mut validation = Validation::new(head.alg);
    validation.leeway = LEEWAY;
    validation.set_issuer(&[&oidc.issuer]);
    validation.set_audience(&[&oidc.client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    let key = DecodingKey::from_jwk(key).map_err(wrong)?;
    let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).map_err(wrong)?.claims;
    if claims.get("nonce").and_then(Value::as_str) != Some(nonce) {
        return Err(Failed::Token("nonce 不符".to_owned()));
    }
    Ok(claims)
}
