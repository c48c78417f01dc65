//! What a person keeps: drafts, soft locks, saved views.

use super::guard::{Caller, write};
use super::item::seen;
use super::items::LOCK_SECONDS;
use super::shown::moment;
use crate::api::Problem;
use crate::desk::Desk;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use store::{Note, ReviewChanges};
use utoipa::ToSchema;

/// Owner of views and locks that everybody of the agency sees.
const SHARED: &str = "agency";
/// Largest draft or view, bytes.
const BODY_MAX: usize = 16 << 10;

fn body_of(value: &Value) -> Result<String, Problem> {
    let text = value.to_string();
    if text.len() > BODY_MAX {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "内容过长", "请缩短后再保存").code("text"));
    }
    Ok(text)
}

/// Keeps what is written and not decided, for the caller alone.
#[utoipa::path(put, path = "/api/review/items/{key}/draft", tag = "review", operation_id = "keepDraft", params(("key" = String, Path)),
    request_body = Object, responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn keep_draft(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    Json(draft): Json<Value>,
) -> Result<StatusCode, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    let note = Note {
        owner: caller.user.account.clone(),
        kind: "draft".to_owned(),
        name: item.key(),
        at: caller.at,
        body: body_of(&draft)?,
    };
    write(&desk, caller.at, move || ReviewChanges { notes: vec![note.clone()], ..ReviewChanges::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the draft.
#[utoipa::path(delete, path = "/api/review/items/{key}/draft", tag = "review", operation_id = "dropDraft", params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn drop_draft(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
) -> Result<StatusCode, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    forget(&desk, &caller, (caller.user.account.clone(), "draft".to_owned(), item.key())).await
}

async fn forget(desk: &Desk, caller: &Caller, name: (String, String, String)) -> Result<StatusCode, Problem> {
    write(desk, caller.at, move || ReviewChanges { forgotten: vec![name.clone()], ..ReviewChanges::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who has an item open.
#[derive(Serialize, ToSchema)]
pub struct LockAnswer {
    /// Account
    held_by: String,
    /// Until when, unless renewed
    until: String,
}

/// Takes or renews the soft lock of an item. A lock of somebody else is answered with 409 unless it has run out.
#[utoipa::path(put, path = "/api/review/items/{key}/lock", tag = "review", operation_id = "lockItem", params(("key" = String, Path)),
    responses((status = 200, body = LockAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn lock(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
) -> Result<Json<LockAnswer>, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    let held = desk.store.notes(SHARED, "lock", Some(&item.key())).await?.into_iter().next();
    let other = held.filter(|held| held.body != caller.user.account && caller.at.0 - held.at.0 < LOCK_SECONDS);
    if let Some(other) = other {
        let detail = format!("自 {} 起由他人办理；两分钟无操作后自动释放", moment(other.at));
        return Err(Problem::new(StatusCode::CONFLICT, "该案件正由他人办理", detail).code("locked_by_other"));
    }
    let note = Note {
        owner: SHARED.to_owned(),
        kind: "lock".to_owned(),
        name: item.key(),
        at: caller.at,
        body: caller.user.account.clone(),
    };
    write(&desk, caller.at, move || ReviewChanges { notes: vec![note.clone()], ..ReviewChanges::default() }).await?;
    let until = model::Stamp(caller.at.0 + LOCK_SECONDS);
    Ok(Json(LockAnswer { held_by: caller.user.account, until: moment(until) }))
}

/// Gives the own lock back.
#[utoipa::path(delete, path = "/api/review/items/{key}/lock", tag = "review", operation_id = "unlockItem", params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn unlock(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
) -> Result<StatusCode, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    let held = desk.store.notes(SHARED, "lock", Some(&item.key())).await?.into_iter().next();
    if held.is_none_or(|held| held.body != caller.user.account) {
        return Ok(StatusCode::NO_CONTENT);
    }
    forget(&desk, &caller, (SHARED.to_owned(), "lock".to_owned(), item.key())).await
}

/// A saved view of the queue.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// 名称
    name: String,
    /// The view: what the address of the page holds
    #[schema(value_type = Object)]
    view: Value,
}

/// The own views.
#[utoipa::path(get, path = "/api/review/views", tag = "review", operation_id = "listViews", responses((status = 200, body = Vec<SavedView>)))]
pub(super) async fn views(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<SavedView>>, Problem> {
    let notes = desk.store.notes(&caller.user.account, "view", None).await?;
    let view = |note: Note| SavedView { name: note.name, view: serde_json::from_str(&note.body).unwrap_or_default() };
    Ok(Json(notes.into_iter().map(view).collect()))
}

/// Keeps a view under a name.
#[utoipa::path(put, path = "/api/review/views/{name}", tag = "review", operation_id = "keepView", params(("name" = String, Path)),
    request_body = Object, responses((status = 204)))]
pub(super) async fn keep_view(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    Json(view): Json<Value>,
) -> Result<StatusCode, Problem> {
    if name.trim().is_empty() || name.chars().count() > 40 {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "视图名称不正确", "1 至 40 字").code("text"));
    }
    let note = Note {
        owner: caller.user.account.clone(),
        kind: "view".to_owned(),
        name,
        at: caller.at,
        body: body_of(&view)?,
    };
    write(&desk, caller.at, move || ReviewChanges { notes: vec![note.clone()], ..ReviewChanges::default() }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a view.
#[utoipa::path(delete, path = "/api/review/views/{name}", tag = "review", operation_id = "dropView", params(("name" = String, Path)),
    responses((status = 204)))]
pub(super) async fn drop_view(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    forget(&desk, &caller, (caller.user.account.clone(), "view".to_owned(), name)).await
}
