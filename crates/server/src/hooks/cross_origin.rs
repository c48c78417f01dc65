//! Medical records in a browser ask from pages of their own: those in the configuration may.

use crate::desk::Desk;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// What a page may send and see, beside the origin it comes from.
const ALLOWED: [(HeaderName, &str); 4] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
    (header::ACCESS_CONTROL_EXPOSE_HEADERS, "x-yibao-library, location"),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];

/// Answers preflights, and lets answers be read by pages of the configured origins.
pub async fn allow(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let known =
        origin.filter(|origin| desk.config.cds_origins.iter().any(|known| known.as_bytes() == origin.as_bytes()));
    let preflight = request.method() == Method::OPTIONS;
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = known {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        for (name, value) in ALLOWED {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
