//! Many items at once: handing out, deciding after a preview and a sampled re-check, drawing a sample and extrapolating it.

use super::acts::{ActWish, carry_out, read, request_key};
use super::guard::{Caller, missing, write};
use super::items::{Which, query};
use super::shown::moment;
use crate::api::Problem;
use crate::desk::Desk;
use agency::{IdKind, Ids};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use model::{Fen, Stamp};
use review::{
    Act, Actor, Command, Confidence, Item, Load, Outcome, Preview, by_amount, draw, extrapolate, preview, rechecked,
    round_robin,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{ItemQuery, LogQuery, Note, ReviewChanges};
use utoipa::ToSchema;

/// Most items of one assignment or sample frame.
const FRAME_MAX: u64 = 20_000;
/// How long an item that was opened counts as looked at.
const OPENED_SECONDS: i64 = 2 * 3_600;

/// The items that a selection names, at most so many.
async fn selected(desk: &Desk, caller: &Caller, which: &Which, most: u64) -> Result<Vec<Item>, Problem> {
    let selection = ItemQuery { after: None, limit: most + 1, ..query(caller, which)? };
    let items: Vec<Item> =
        desk.store.review_page(&selection).await?.items.into_iter().filter(|item| caller.sees(item)).collect();
    if items.len() as u64 > most {
        let detail = format!("一次最多 {most} 件；请缩小筛选范围");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "选中的案件过多", detail).code("rows"));
    }
    Ok(items)
}

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
#[derive(Serialize, ToSchema)]
pub struct BatchDone {
    /// Its number: every item carries it
    batch: String,
    items: usize,
}

async fn chosen(desk: &Desk, caller: &Caller, wish: &BatchWish) -> Result<(Preview, Vec<Item>), Problem> {
    if wish.act.kind != "first_review" || wish.act.amount_fen.is_some() {
        let detail = "批量办理只用于初审，且不能逐件改金额";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "该操作不能批量办理", detail).code("batch"));
    }
    let limits = &desk.review_clock().limits;
    let items = selected(desk, caller, &wish.filter, limits.batch_max as u64).await?;
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
pub(super) async fn preview_batch(
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

/// Decides a batch that was previewed: all of it in one transaction, or none.
#[utoipa::path(post, path = "/api/review/batches", tag = "review", operation_id = "decideBatch", request_body = BatchWish,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = BatchDone), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn decide_batch(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<BatchDone>, Problem> {
    let wish: BatchWish = read(&body)?;
    let (preview, items) = chosen(&desk, &caller, &wish).await?;
    rechecked(&preview, wish.token.as_deref().unwrap_or_default(), &opened(&desk, &caller).await?)?;
    let batch = desk.store.ids().next(IdKind::Document);
    let keys: Vec<(String, String)> =
        items.iter().map(|item| (item.facts.institution.clone(), item.facts.id.clone())).collect();
    let count = keys.len();
    let request = request_key(&caller, &headers, "batch", &body);
    carry_out(&desk, &caller, keys, wish.act.act(&caller, &batch)?, request).await?;
    Ok(Json(BatchDone { batch, items: count }))
}

/// How items are handed out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignWish {
    /// The selection: parameters of `/api/review/items`
    #[schema(value_type = Object)]
    filter: Which,
    /// `round_robin`, `by_amount`
    method: String,
    /// Accounts
    to: Vec<String>,
}

/// Who got how much.
#[derive(Serialize, ToSchema)]
pub struct Share {
    account: String,
    items: usize,
    at_stake_fen: i64,
}

/// Hands the selected items out: in turn, or so that everybody has about the same money waiting.
#[utoipa::path(post, path = "/api/review/assignments", tag = "review", operation_id = "assignItems", request_body = AssignWish,
    responses((status = 200, body = Vec<Share>), (status = 422, body = Problem)))]
pub(super) async fn assign(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(wish): Json<AssignWish>,
) -> Result<Json<Vec<Share>>, Problem> {
    let items = selected(&desk, &caller, &wish.filter, FRAME_MAX).await?;
    let mut loads = Vec::with_capacity(wish.to.len());
    for account in &wish.to {
        let user = desk.store.user(account).await?;
        let works = user.as_ref().is_some_and(|user| !user.disabled && user.role == caller.user.role);
        let covers = user
            .as_ref()
            .is_some_and(|user| items.iter().all(|item| user.scope.covers(&item.facts.area, &item.facts.institution)));
        if !works || !covers {
            let detail = "须与您同一角色、未停用，且数据范围包含所选案件";
            return Err(
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("不能分派给“{account}”"), detail).code("person")
            );
        }
        let own = ItemQuery { assignee: Some(account.clone()), ..ItemQuery::of(caller.scope().clone()) };
        let (waiting, amount) = desk.store.review_total(&own).await?;
        loads.push(Load { user: account.clone(), items: waiting.unsigned_abs(), amount });
    }
    let stakes: Vec<Fen> = items.iter().map(|item| item.facts.at_stake()).collect();
    let places = match wish.method.as_str() {
        "round_robin" => round_robin(items.len(), &loads),
        "by_amount" => by_amount(&stakes, &loads),
        _ => {
            return Err(
                Problem::new(StatusCode::BAD_REQUEST, "method 不正确", "取 round_robin 或 by_amount").code("parameter")
            );
        }
    };
    let mut shares = Vec::with_capacity(loads.len());
    for (number, load) in loads.iter().enumerate() {
        let own: Vec<&Item> =
            items.iter().zip(&places).filter(|(_, place)| **place == number).map(|(item, _)| item).collect();
        let at_stake: Fen = own.iter().map(|item| item.facts.at_stake()).sum();
        shares.push(Share { account: load.user.clone(), items: own.len(), at_stake_fen: at_stake.0 });
        if own.is_empty() {
            continue;
        }
        let keys = own.iter().map(|item| (item.facts.institution.clone(), item.facts.id.clone())).collect();
        let act = Act {
            actor: Actor { user: caller.user.account.clone(), role: caller.user.role },
            command: Command::Assign { to: load.user.clone() },
            reason: String::new(),
            text: String::new(),
            evidence: Vec::new(),
            at: caller.at,
            seen: None,
            batch: String::new(),
        };
        carry_out(&desk, &caller, keys, act, None).await?;
    }
    Ok(Json(shares))
}

/// A sample to be drawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleWish {
    /// The frame: parameters of `/api/review/items`
    #[schema(value_type = Object)]
    filter: Which,
    /// How many
    size: usize,
    /// Anything: who knows it draws the same again
    seed: String,
}

/// A sample as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptSample {
    keys: Vec<String>,
    population: u64,
    seed: String,
}

/// A sample with what it says so far.
#[derive(Serialize, ToSchema)]
pub struct SampleAnswer {
    id: String,
    drawn_at: String,
    seed: String,
    /// N
    population: u64,
    keys: Vec<String>,
    /// Of the sample, decided for good
    decided: usize,
    /// Once all of it is decided
    #[schema(required)]
    extrapolation: Option<ExtrapolationView>,
}

/// What a sample says of all, at 90 %.
#[derive(Serialize, ToSchema)]
pub struct ExtrapolationView {
    /// Found in the sample
    found_fen: i64,
    estimate_fen: i64,
    standard_error_fen: i64,
    /// What may be demanded
    lower_fen: i64,
    upper_fen: i64,
    /// Student's t in thousandths
    t_thousandths: i64,
    formula: String,
}

/// Draws a random sample of the selected items; nobody can choose which.
#[utoipa::path(post, path = "/api/review/samples", tag = "review", operation_id = "drawSample", request_body = SampleWish,
    responses((status = 200, body = SampleAnswer), (status = 422, body = Problem)))]
pub(super) async fn draw_sample(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(wish): Json<SampleWish>,
) -> Result<Json<SampleAnswer>, Problem> {
    let items = selected(&desk, &caller, &wish.filter, FRAME_MAX).await?;
    if wish.size < 2 || wish.size > items.len() || wish.seed.trim().is_empty() {
        let detail = format!("样本量为 2 至 {} 件，随机种子不能为空", items.len());
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "抽样参数不正确", detail).code("sample"));
    }
    let keys: Vec<String> = items.iter().map(Item::key).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let drawn = draw(&names, &wish.seed, wish.size).into_iter().map(str::to_owned).collect();
    let kept = KeptSample { keys: drawn, population: items.len() as u64, seed: wish.seed };
    let id = desk.store.ids().next(IdKind::Document);
    let note = Note {
        owner: caller.user.account.clone(),
        kind: "sample".to_owned(),
        name: id.clone(),
        at: caller.at,
        body: serde_json::to_string(&kept).unwrap_or_default(),
    };
    write(&desk, caller.at, move || ReviewChanges { notes: vec![note.clone()], ..ReviewChanges::default() }).await?;
    sample_answer(&desk, &caller, id, caller.at, kept).await.map(Json)
}

/// The own sample, and, once all of it is decided, what it says of all.
#[utoipa::path(get, path = "/api/review/samples/{id}", tag = "review", operation_id = "getSample", params(("id" = String, Path)),
    responses((status = 200, body = SampleAnswer), (status = 404, body = Problem)))]
pub(super) async fn sample(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<SampleAnswer>, Problem> {
    let note = desk.store.notes(&caller.user.account, "sample", Some(&id)).await?.into_iter().next();
    let note = note.ok_or_else(|| missing("样本"))?;
    let kept = serde_json::from_str(&note.body).map_err(|_| missing("样本"))?;
    sample_answer(&desk, &caller, id, note.at, kept).await.map(Json)
}

async fn sample_answer(
    desk: &Desk,
    caller: &Caller,
    id: String,
    at: Stamp,
    kept: KeptSample,
) -> Result<SampleAnswer, Problem> {
    let mut found = Vec::new();
    for key in &kept.keys {
        let item = super::item::seen(desk, caller, key).await?;
        match item.outcome() {
            Outcome::Open => {}
            Outcome::Upheld => found.push(item.standing.decided),
            Outcome::Reversed => found.push(Fen::ZERO),
        }
    }
    let decided = found.len();
    let complete = decided == kept.keys.len();
    let said = complete.then(|| extrapolate(&found, kept.population, Confidence::Ninety).ok()).flatten();
    Ok(SampleAnswer {
        id,
        drawn_at: moment(at),
        seed: kept.seed,
        population: kept.population,
        keys: kept.keys,
        decided,
        extrapolation: said.map(|said| ExtrapolationView {
            found_fen: said.found.0,
            estimate_fen: said.estimate.0,
            standard_error_fen: said.standard_error.0,
            lower_fen: said.lower.0,
            upper_fen: said.upper.0,
            t_thousandths: said.t_thousandths,
            formula: format!(
                "总体 {} 件、样本 {} 件、样本认定 {} 元；点估计 = 总体 ÷ 样本 × 样本认定；双侧 90% 区间 = 点估计 ± t × 标准误（t = {}.{:03}）",
                said.population,
                said.sample,
                said.found,
                said.t_thousandths / 1_000,
                said.t_thousandths % 1_000
            ),
        }),
    })
}
