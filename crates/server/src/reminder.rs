//! The reminder page: what a hospital system without a screen for it shows in a frame or a browser of its own.
//!
//! Whoever holds the ids of reminders sees them and may answer: an id is 128 bits under a key, handed to the hospital alone.
//! The page names neither person nor visit (I12). It is whole without script: two buttons and a list of reasons; script only
//! adds keys. Nothing on it stops anybody: 继续 asks for a reason, 返回修改 does not.

mod html;
mod page;

use crate::desk::Desk;
use axum::Form;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bedside::{Shown, Way};
use serde::Deserialize;
use std::sync::Arc;

/// Most reminders of one page.
const REMINDERS_MAX: usize = 20;
/// Longest reason, characters (`dspo_way_rea`).
const REASON_MAX: usize = 500;

/// Routes of the page.
pub fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/reminder", get(show).post(answer)).route("/rules/{id}", get(rule))
}

#[derive(Deserialize)]
struct Asked {
    /// Ids, separated by commas.
    jr: String,
}

#[derive(Deserialize)]
struct Answer {
    /// All ids of the page, to come back to it.
    page: String,
    /// The one that is answered.
    jr: String,
    /// `dspo_way`
    way: String,
    /// Code of a reason.
    #[serde(default)]
    reason: String,
    /// Words beside it.
    #[serde(default)]
    words: String,
}

async fn show(State(desk): State<Arc<Desk>>, Query(asked): Query<Asked>) -> Response {
    page_of(&desk, &asked.jr, StatusCode::OK, None).await
}

async fn answer(State(desk): State<Arc<Desk>>, Form(answer): Form<Answer>) -> Response {
    let chosen = hooks::Reason::with_code(&answer.reason).map_or("", |reason| reason.display);
    let said: Vec<&str> = [chosen, answer.words.trim()].into_iter().filter(|part| !part.is_empty()).collect();
    let reason: String = said.join("；").chars().take(REASON_MAX).collect();
    let way = match Way::from_code(&answer.way) {
        Some(Way::Continued) if reason.is_empty() => {
            let fault = page::Fault {
                reminder: &answer.jr, what: "继续需要写明理由：请选一项，或在“补充说明”中填写"
            };
            return page_of(&desk, &answer.page, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)).await;
        }
        Some(way) => way,
        None => return told(StatusCode::BAD_REQUEST, "处置方式（way）应为 1 继续 或 2 返回修改"),
    };
    match desk.respond(&answer.jr, way, &reason, "").await {
        Ok(true) => Redirect::to(&format!("/reminder?jr={}", html::in_address(&answer.page))).into_response(),
        Ok(false) => told(StatusCode::NOT_FOUND, "没有这条提醒；请从医院系统重新打开"),
        Err(error) => told(StatusCode::SERVICE_UNAVAILABLE, &format!("暂时无法记录（{error}）；诊疗可照常进行")),
    }
}

async fn page_of(desk: &Desk, ids: &str, status: StatusCode, fault: Option<page::Fault<'_>>) -> Response {
    let mut reminders: Vec<Shown> = Vec::new();
    for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()).take(REMINDERS_MAX) {
        match desk.shown(id).await {
            Ok(Some(shown)) => reminders.push(shown),
            Ok(None) => {}
            Err(error) => {
                return told(StatusCode::SERVICE_UNAVAILABLE, &format!("暂时无法读取（{error}）；诊疗可照常进行"));
            }
        }
    }
    if reminders.is_empty() {
        return told(StatusCode::NOT_FOUND, "没有这条提醒；请从医院系统重新打开");
    }
    sent(desk, status, page::reminders(&reminders, ids, fault))
}

/// A rule as anybody may read it.
async fn rule(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Response {
    let edition = desk.edition();
    match edition.library("").rules().iter().find(|rule| rule.id == id) {
        Some(rule) => sent(&desk, StatusCode::OK, page::rule(rule, edition.version())),
        None => told(StatusCode::NOT_FOUND, "没有这条规则"),
    }
}

fn told(status: StatusCode, text: &str) -> Response {
    with_headers((status, page::message(text)).into_response(), "'none'")
}

fn sent(desk: &Desk, status: StatusCode, body: String) -> Response {
    let frames = match desk.config.embed_origins.as_slice() {
        [] => "'none'".to_owned(),
        origins => origins.join(" "),
    };
    with_headers((status, body).into_response(), &frames)
}

/// Nothing from elsewhere, framed by whom the configuration names, kept by no cache, told to no other site.
fn with_headers(mut response: Response, frames: &str) -> Response {
    let headers = response.headers_mut();
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}",
        page::style_hash(),
        page::script_hash()
    );
    // Origins come from the configuration; one that is no header value frames nothing.
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
