//! A batch: previewed as a whole, a sample of it opened one by one, then decided in one transaction, or not at all.

use super::{key, note, refused, selected};
use crate::api::Problem;
use crate::desk::Desk;
use crate::review::acts::{ActWish, Kept, answered, carry_out, read, request_key};
use crate::review::guard::Caller;
use crate::review::items::Which;
use crate::review::shown::moment;
use agency::{IdKind, Ids};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use review::{Item, Preview, Stage, preview, rechecked};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::LogQuery;
use utoipa::ToSchema;

/// How long an item that was opened counts as looked at.
const OPENED_SECONDS: i64 = 2 * 3_600;
/// Kind of the notes that keep batches.
const KIND: &str = "batch";

/// Many items and what is to be done to each.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchWish {
    /// The selection: parameters of `/api/review/items`
    #[schema(value_type = Object)]
    filter: Which,
    /// A first review
    act: ActWish,
    /// Token of the preview; absent in a preview
    token: Option<String>,
}

/// What a batch would decide.
#[derive(Serialize, ToSchema)]
pub struct BatchPreview {
    items: usize,
    visits: usize,
    lines: usize,
    institutions: usize,
    at_stake_fen: i64,
    /// Items too dear for a batch, left out
    left_out: usize,
    /// Items to be opened before the batch is decided
    recheck: Vec<String>,
    /// Of those, opened by the caller already
    opened: Vec<String>,
    token: String,
}

/// A batch that was decided.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct BatchDone {
    /// Its number: every item carries it
    batch: String,
    /// When
    at: String,
    /// `violation`, `no_violation`, `need_documents`
    verdict: String,
    /// Reason code
    reason: String,
    items: usize,
    at_stake_fen: i64,
    /// Items that were opened before
    rechecked: usize,
}

async fn chosen(desk: &Desk, caller: &Caller, wish: &BatchWish) -> Result<(Preview, Vec<Item>), Problem> {
    if wish.act.kind != "first_review" || wish.act.amount_fen.is_some() {
        return Err(refused("该操作不能批量办理", "批量办理只用于初审，且不能逐件改金额", "batch"));
    }
    let limits = &desk.review_clock().limits;
    // What waits for its first review, whatever else the filter shows.
    let waiting = Which { stage: Some(Stage::First.word().to_owned()), ..wish.filter.clone() };
    let items = selected(desk, caller, &waiting, limits.batch_max as u64).await?;
    let (preview, places) = preview(&items, limits)?;
    let chosen = places.into_iter().filter_map(|place| items.get(place).cloned()).collect();
    Ok((preview, chosen))
}

/// Keys that the caller opened lately, by the access log.
async fn opened(desk: &Desk, caller: &Caller) -> Result<BTreeSet<String>, Problem> {
    let looked = LogQuery {
        account: Some(caller.user.account.clone()),
        action: Some("read_item".to_owned()),
        before: None,
        limit: 1_000,
    };
    let entries = desk.store.access_log(&looked).await?;
    let lately = entries.into_iter().filter(|entry| caller.at.0 - entry.at.0 < OPENED_SECONDS);
    Ok(lately.map(|entry| entry.subject).collect())
}

/// What a batch would decide, and which of its items must be opened first.
#[utoipa::path(post, path = "/api/review/batches/preview", tag = "review", operation_id = "previewBatch", request_body = BatchWish,
    responses((status = 200, body = BatchPreview), (status = 422, body = Problem)))]
pub async fn preview_batch(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(wish): Json<BatchWish>,
) -> Result<Json<BatchPreview>, Problem> {
    let (preview, _) = chosen(&desk, &caller, &wish).await?;
    let opened = opened(&desk, &caller).await?;
    Ok(Json(BatchPreview {
        items: preview.items,
        visits: preview.visits,
        lines: preview.lines,
        institutions: preview.institutions,
        at_stake_fen: preview.at_stake.0,
        left_out: preview.left_out,
        opened: preview.recheck.iter().filter(|key| opened.contains(*key)).cloned().collect(),
        recheck: preview.recheck,
        token: preview.token,
    }))
}

/// Decides a batch that was previewed: all of it in one transaction, or none. Sent again under its key, it is answered as the first time.
#[utoipa::path(post, path = "/api/review/batches", tag = "review", operation_id = "decideBatch", request_body = BatchWish,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BatchDone), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn decide_batch(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<BatchDone>, Problem> {
    let wish: BatchWish = read(&body)?;
    let request = request_key(&caller, &headers, KIND, &body);
    if let Some(done) = answered(&desk, request.as_ref()).await? {
        return Ok(Json(done));
    }
    let (preview, items) = chosen(&desk, &caller, &wish).await?;
    rechecked(&preview, wish.token.as_deref().unwrap_or_default(), &opened(&desk, &caller).await?)?;
    let batch = desk.store.ids().next(IdKind::Document);
    let act = wish.act.act(&caller, &batch)?;
    let done = BatchDone {
        batch,
        at: moment(caller.at),
        verdict: wish.act.verdict.clone().unwrap_or_default(),
        reason: wish.act.reason.clone(),
        items: items.len(),
        at_stake_fen: preview.at_stake.0,
        rechecked: preview.recheck.len(),
    };
    let kept = Kept {
        request,
        notes: vec![note(&caller, KIND, &done.batch, &done)],
        reply: serde_json::to_string(&done).unwrap_or_default(),
    };
    let deeds = items.iter().map(|item| (key(item), act.clone())).collect();
    let reply = carry_out(&desk, &caller, deeds, kept).await?;
    Ok(Json(serde_json::from_str(&reply).unwrap_or(done)))
}

/// The own batches, the latest first.
#[utoipa::path(get, path = "/api/review/batches", tag = "review", operation_id = "listBatches", responses((status = 200, body = Vec<BatchDone>)))]
pub async fn batches(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<BatchDone>>, Problem> {
    let mut notes = desk.store.notes(&caller.user.account, KIND, None).await?;
    notes.sort_by_key(|note| std::cmp::Reverse(note.at));
    Ok(Json(notes.iter().filter_map(|note| serde_json::from_str(&note.body).ok()).collect()))
}
