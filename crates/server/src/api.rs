//! The management API: what an agency's own systems ask. JSON, problem+json errors, an OpenAPI document at
//! `/api/openapi.json`. Every route is a row of `routes` with the action that it stands for: open to a system that holds the configured
//! token, and to people who signed in, within role and scope. Every answer says as of when.

mod asker;
mod library;
mod money;
mod registers;
mod reminders;
mod routes;
pub(crate) mod rules;
mod stays;

use crate::clock;
use crate::desk::Desk;
use crate::review::RouteInfo;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use model::Day;
use serde::Serialize;
use std::sync::Arc;
use store::StoreError;
use utoipa::{OpenApi, ToSchema};

/// Routes under `/api`.
pub fn routes(desk: &Arc<Desk>) -> Router<Arc<Desk>> {
    Router::new()
        .merge(crate::review::routes(desk))
        .merge(routes::routes(desk))
        .layer(axum::middleware::from_fn(problems))
        .route("/api/openapi.json", get(document))
}

/// All routes behind a right, for the test that walks them.
#[must_use]
pub fn inventory() -> Vec<RouteInfo> {
    let mut all = crate::review::inventory();
    all.extend(routes::inventory());
    all
}

/// The OpenAPI document as JSON text; `docs/openapi.json` holds the same.
#[must_use]
pub fn openapi() -> String {
    let mut document = routes::Document::openapi();
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

fn today() -> Day {
    clock::now().stamp.day()
}

fn parse_day(field: &str, text: &str) -> Result<Day, Problem> {
    Day::parse(text.as_bytes())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("{field}“{text}”不是日期"), "请写作 2026-11-27"))
}
