//! The management API: what an agency's own systems ask. JSON, problem+json errors, an OpenAPI document at
//! `/api/openapi.json`. Shut unless a token is configured; every answer says as of when.

mod library;
mod money;
mod registers;
mod reminders;
mod rules;
mod stays;

use crate::clock;
use crate::desk::Desk;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use model::Day;
use money::{Balance, SettlementRow};
use registers::{InstitutionRow, PersonAnswer};
use serde::Serialize;
use std::sync::Arc;
use store::StoreError;
use utoipa::{OpenApi, ToSchema};

/// Largest publication, bytes.
const LIBRARY_MAX: usize = 64 << 20;

/// Routes under `/api`.
pub fn routes(desk: &Arc<Desk>) -> Router<Arc<Desk>> {
    Router::new()
        .merge(crate::review::routes(desk))
        .route("/api/v1/institutions", get(registers::institutions))
        .route("/api/v1/institutions/{code}", get(registers::institution))
        .route("/api/v1/persons/{id}", get(registers::person))
        .route("/api/v1/settlements", get(money::settlements))
        .route("/api/v1/ledger/balance", get(money::balance))
        .route("/api/v1/library", get(library::state))
        .route(
            "/api/v1/library/publications",
            // A library is a few megabytes of text.
            get(library::publications).post(library::publish).layer(DefaultBodyLimit::max(LIBRARY_MAX)),
        )
        .route("/api/v1/library/roll-back", post(library::roll_back))
        .route("/api/v1/rules", get(rules::rules))
        .route("/api/v1/stays", get(stays::stays))
        .route("/api/v1/rules/{id}/switch", put(rules::switch))
        .route("/api/v1/rules/{id}/parameters", put(rules::parameters))
        .route("/api/v1/reminders/rates", get(reminders::reminder_rates))
        .layer(axum::middleware::from_fn(problems))
        .route("/api/openapi.json", get(document))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Yibao 管理接口",
        description = "登记、结算与账的查询；规则库的发布、开关与参数。全国接口（infno）不在其中，见 docs/interface.tsv。"
    ),
    paths(
        registers::institutions,
        registers::institution,
        registers::person,
        money::settlements,
        money::balance,
        reminders::reminder_rates,
        library::state,
        library::publications,
        library::publish,
        library::roll_back,
        rules::rules,
        rules::switch,
        rules::parameters,
        stays::stays,
    ),
    components(schemas(Problem, PersonAnswer, SettlementRow, Balance, InstitutionRow))
)]
struct Document;

/// The OpenAPI document as JSON text; `docs/openapi.json` holds the same.
#[must_use]
pub fn openapi() -> String {
    let mut document = Document::openapi();
    document.merge(crate::review::Document::openapi());
    document.to_pretty_json().unwrap_or_default()
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

/// What went wrong (RFC 9457), and what to do.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// What happened.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// A word for programs: `four_eyes`, `outdated`, …; empty when the status says it all.
    pub code: String,
}

impl Problem {
    /// With a word for programs.
    #[must_use]
    pub fn code(self, code: &str) -> Self {
        Self { code: code.to_owned(), ..self }
    }

    pub(crate) fn new(status: StatusCode, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { title: title.into(), status: status.as_u16(), detail: detail.into(), code: String::new() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "数据库暂时不可用", error.to_string())
    }
}

/// Extractors answer in plain text; callers of this API read problems.
async fn problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !response.status().is_client_error() || !plain {
        return response;
    }
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap_or_default();
    Problem::new(status, "请求参数有误", String::from_utf8_lossy(&body)).into_response()
}

/// The bearer token must be the configured one; compared in full whatever differs.
fn allowed(desk: &Desk, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(token) = &desk.config.management_token else {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "管理接口未开放",
            "请在配置中设置 management_token，并以 Authorization: Bearer 发送",
        ));
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    let differing = token.bytes().zip(given.bytes()).fold(0, |bits, (one, other)| bits | (one ^ other));
    if given.len() == token.len() && differing == 0 {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "令牌不正确", "请核对 Authorization: Bearer 后的令牌"))
}

fn today() -> Day {
    clock::now().stamp.day()
}

fn parse_day(field: &str, text: &str) -> Result<Day, Problem> {
    Day::parse(text.as_bytes())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("{field}“{text}”不是日期"), "请写作 2026-11-27"))
}
