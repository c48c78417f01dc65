//! Paths: health and metrics, the management API, CDS Hooks, the reminder page; everything else that is POSTed is the national interface's, and everything
//! else that is asked for is the console's.

use crate::desk::Desk;
use crate::{api, hooks, national, reminder};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// All routes over a desk.
pub fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .merge(hooks::routes(&desk))
        .merge(reminder::routes())
        .merge(api::routes(&desk))
        .fallback(post(national::handle).get(page).fallback(only_post))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            // A fault of ours is still an answer that a cashier can read; the log has where it was.
            let body = r#"{"infcode":-1,"inf_refmsgid":"","refmsg_time":"","respond_time":"","err_msg":"平台内部错误；请稍后用同一报文重试，并报告经办机构","output":{}}"#;
            ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
        }))
        .with_state(desk)
}

async fn page(uri: Uri, headers: HeaderMap) -> Response {
    console::answer(uri.path(), &headers)
}

async fn only_post() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")], "接口用 POST\n").into_response()
}

/// Ready while the database answers and nobody stopped the server.
async fn ready(State(desk): State<Arc<Desk>>) -> Response {
    if desk.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    match desk.store.ping().await {
        Ok(()) => "ready".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

async fn metrics(State(desk): State<Arc<Desk>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], desk.metrics.text()).into_response()
}
