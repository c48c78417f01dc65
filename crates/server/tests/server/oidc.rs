//! Signing in by an identity provider, against one that is started here; and by a second factor.

use crate::cast::{ask, stage};
use crate::keys;
use crate::support::Hall;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};
use server::Oidc;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

const BASE: &str = "https://yibao.example";
const CLIENT: &str = "yibao-console";

/// What the provider knows: of each code the challenge and the claims that it will vouch for.
#[derive(Clone, Default)]
struct Provider {
    issuer: String,
    codes: Arc<Mutex<HashMap<String, (String, Value)>>>,
}

impl Provider {
    /// Started on a port of its own.
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self { issuer: format!("http://{}", listener.local_addr().unwrap()), codes: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/keys", get(|| async { keys::JWKS.replace("RS384", "RS256") }))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    /// The person says yes: a code for what the browser was sent with.
    fn consent(&self, asked: &HashMap<String, String>, account: &str) -> String {
        let now = server::now().stamp.0 - 8 * 3600;
        let claims = json!({ "iss": self.issuer, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "preferred_username": account });
        self.code(asked, claims)
    }

    fn code(&self, asked: &HashMap<String, String>, claims: Value) -> String {
        let mut codes = self.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), (asked["code_challenge"].clone(), claims));
        code
    }
}

async fn document(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys") }))
}

/// A code is good once, for whoever holds the verifier and the client's secret.
async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Json<Value>, StatusCode> {
    let secret = base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT}:geheim"));
    let authorized = headers.get(header::AUTHORIZATION).is_some_and(|value| *value == format!("Basic {secret}"));
    let (challenge, claims) = provider.codes.lock().unwrap().remove(&form["code"]).ok_or(StatusCode::BAD_REQUEST)?;
    let made = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if !authorized || made != challenge || form["redirect_uri"] != format!("{BASE}/api/session/oidc/callback") {
        return Err(StatusCode::BAD_REQUEST);
    }
    let head = Header { kid: Some("rsa-1".to_owned()), ..Header::new(Algorithm::RS256) };
    Ok(Json(json!({ "token_type": "Bearer", "id_token": jsonwebtoken::encode(&head, &claims, &keys::rsa()).unwrap() })))
}

async fn hall(provider: &Provider) -> Hall {
    let oidc = Oidc {
        issuer: provider.issuer.clone(),
        back_channel: None,
        client_id: CLIENT.to_owned(),
        client_secret: Some("geheim".to_owned()),
        account_claim: "preferred_username".to_owned(),
        label: "省统一身份认证".to_owned(),
    };
    let hall = Hall::configured(|config| (config.oidc, config.public_url) = (Some(oidc), Some(BASE.to_owned()))).await;
    stage(&hall, 2).await;
    hall
}

async fn visit(hall: &Hall, path: &str, cookie: &str) -> Response<Body> {
    let request = Request::get(path).header(header::COOKIE, cookie);
    hall.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn location(response: &Response<Body>) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

fn cookies(response: &Response<Body>) -> Vec<String> {
    let all = response.headers().get_all(header::SET_COOKIE).iter();
    all.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}

/// The browser goes to the provider: what it is sent with, and the cookie that waits.
async fn begin(hall: &Hall) -> (HashMap<String, String>, String) {
    let response = visit(hall, "/api/session/oidc", "").await;
    let there = reqwest::Url::parse(&location(&response)).unwrap();
    (there.query_pairs().into_owned().collect(), cookies(&response).remove(0))
}

async fn end(hall: &Hall, code: &str, state: &str, cookie: &str) -> Response<Body> {
    visit(hall, &format!("/api/session/oidc/callback?code={code}&state={state}"), cookie).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_the_provider_vouches_for_has_the_role_that_was_given_here() {
    let provider = Provider::start().await;
    let hall = hall(&provider).await;
    assert_eq!(ask(&hall, "", "GET", "/api/session/ways", None).await.json()["oidc"], "省统一身份认证");
    let (asked, waiting) = begin(&hall).await;
    assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!(asked["redirect_uri"], format!("{BASE}/api/session/oidc/callback"));
    let code = provider.consent(&asked, "leader0");
    let back = end(&hall, &code, &asked["state"], &waiting).await;
    assert_eq!(location(&back), "/");
    let session = cookies(&back).into_iter().find(|cookie| cookie.starts_with("yibao_session=")).unwrap();
    let me = visit(&hall, "/api/session", &session).await;
    assert_eq!(me.status(), StatusCode::OK);
    let me: Value = serde_json::from_slice(&axum::body::to_bytes(me.into_body(), 1 << 20).await.unwrap()).unwrap();
    assert_eq!((&me["user"]["account"], &me["user"]["role"]), (&json!("leader0"), &json!("leader")));
    let log = ask(&hall, "auditadmin0", "GET", "/api/access-log?action=sign_in&account=leader0", None).await.json();
    assert_eq!(log["entries"][0]["outcome"], "done");
    assert_eq!(
        location(&end(&hall, &code, &asked["state"], &waiting).await),
        "/sign-in?failed=refused",
        "a code is good once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_asked_for_or_does_not_hold_signs_nobody_in() {
    let provider = Provider::start().await;
    let hall = hall(&provider).await;
    let (asked, waiting) = begin(&hall).await;
    let (others, other_waiting) = begin(&hall).await;
    let now = server::now().stamp.0 - 8 * 3600;
    let claims = |nonce: &str, issuer: &str, audience: &str, expires: i64, account: &str| json!({ "iss": issuer, "aud": audience, "sub": "s-1", "exp": now + expires, "nonce": nonce, "preferred_username": account });
    let (nonce, issuer) = (asked["nonce"].as_str(), provider.issuer.as_str());
    for (why, claims, failed) in [
        ("another nonce", claims(&others["nonce"], issuer, CLIENT, 300, "leader0"), "token"),
        ("another issuer", claims(nonce, "http://elsewhere", CLIENT, 300, "leader0"), "token"),
        ("another audience", claims(nonce, issuer, "another", 300, "leader0"), "token"),
        ("too old", claims(nonce, issuer, CLIENT, -300, "leader0"), "token"),
        ("nobody here", claims(nonce, issuer, CLIENT, 300, "stranger"), "unknown"),
    ] {
        let code = provider.code(&asked, claims);
        let response = end(&hall, &code, &asked["state"], &waiting).await;
        assert_eq!(location(&response), format!("/sign-in?failed={failed}"), "{why}");
        assert!(!cookies(&response).iter().any(|cookie| cookie.starts_with("yibao_session=")), "{why}");
    }
    let code = provider.consent(&asked, "leader0");
    assert_eq!(location(&end(&hall, &code, &asked["state"], "").await), "/sign-in?failed=stale", "no cookie");
    assert_eq!(
        location(&end(&hall, &code, &others["state"], &waiting).await),
        "/sign-in?failed=stale",
        "another state"
    );
    // A code that was stolen is no use to a browser with another verifier.
    let stolen = end(&hall, &code, &others["state"], &other_waiting).await;
    assert_eq!(location(&stolen), "/sign-in?failed=refused");
    let refused =
        visit(&hall, &format!("/api/session/oidc/callback?error=access_denied&state={}", asked["state"]), &waiting)
            .await;
    assert_eq!(location(&refused), "/sign-in?failed=refused");
    let disabled = ask(&hall, "systemadmin0", "PUT", "/api/users/leader0/state", Some(json!({"disabled": true}))).await;
    assert_eq!(disabled.status, StatusCode::OK);
    let code = provider.consent(&asked, "leader0");
    assert_eq!(
        location(&end(&hall, &code, &asked["state"], &waiting).await),
        "/sign-in?failed=unknown",
        "disabled here"
    );
    // Without a provider there is no such door.
    let plain = Hall::open().await;
    assert_eq!(visit(&plain, "/api/session/oidc", "").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ask(&plain, "", "GET", "/api/session/ways", None).await.json()["oidc"], Value::Null);
}
