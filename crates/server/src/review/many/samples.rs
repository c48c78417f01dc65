//! A sample: drawn so that nobody can choose, decided item by item, then extrapolated to all.

use super::{FRAME_MAX, note, refused, selected};
use crate::api::Problem;
use crate::desk::Desk;
use crate::review::acts::{Kept, answered, carry_out, read, request_key};
use crate::review::guard::{Caller, missing};
use crate::review::item::parts;
use crate::review::items::Which;
use crate::review::shown::moment;
use agency::{IdKind, Ids};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use model::{Fen, Stamp};
use review::{Confidence, Item, Outcome, draw, extrapolate};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Kind of the notes that keep samples.
const KIND: &str = "sample";
/// Most samples of a list.
const LISTED: usize = 20;

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
    params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = SampleAnswer), (status = 422, body = Problem)))]
pub async fn draw_sample(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<SampleAnswer>, Problem> {
    let wish: SampleWish = read(&body)?;
    let request = request_key(&caller, &headers, KIND, &body);
    if let Some(id) = answered::<String>(&desk, request.as_ref()).await? {
        return kept_sample(&desk, &caller, &id).await.map(Json);
    }
    let items = selected(&desk, &caller, &wish.filter, FRAME_MAX).await?;
    if wish.size < 2 || wish.size > items.len() || wish.seed.trim().is_empty() {
        let detail = format!("样本量为 2 至 {} 件，随机种子不能为空", items.len());
        return Err(refused("抽样参数不正确", &detail, "sample"));
    }
    let keys: Vec<String> = items.iter().map(Item::key).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let drawn = draw(&names, &wish.seed, wish.size).into_iter().map(str::to_owned).collect();
    let kept = KeptSample { keys: drawn, population: items.len() as u64, seed: wish.seed };
    let id = desk.store.ids().next(IdKind::Document);
    let keep = Kept {
        request,
        notes: vec![note(&caller, KIND, &id, &kept)],
        reply: serde_json::to_string(&id).unwrap_or_default(),
    };
    carry_out(&desk, &caller, Vec::new(), keep).await?;
    kept_sample(&desk, &caller, &id).await.map(Json)
}

/// The own sample, and, once all of it is decided, what it says of all.
#[utoipa::path(get, path = "/api/review/samples/{id}", tag = "review", operation_id = "getSample", params(("id" = String, Path)),
    responses((status = 200, body = SampleAnswer), (status = 404, body = Problem)))]
pub async fn sample(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<SampleAnswer>, Problem> {
    kept_sample(&desk, &caller, &id).await.map(Json)
}

/// The own samples, the latest first.
#[utoipa::path(get, path = "/api/review/samples", tag = "review", operation_id = "listSamples", responses((status = 200, body = Vec<SampleAnswer>)))]
pub async fn samples(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<SampleAnswer>>, Problem> {
    let mut notes = desk.store.notes(&caller.user.account, KIND, None).await?;
    notes.sort_by_key(|note| std::cmp::Reverse(note.at));
    let mut answers = Vec::new();
    for note in notes.into_iter().take(LISTED) {
        let Ok(kept) = serde_json::from_str(&note.body) else { continue };
        answers.push(sample_answer(&desk, &caller, note.name, note.at, kept).await?);
    }
    Ok(Json(answers))
}

async fn kept_sample(desk: &Desk, caller: &Caller, id: &str) -> Result<SampleAnswer, Problem> {
    let note = desk.store.notes(&caller.user.account, KIND, Some(id)).await?.into_iter().next();
    let note = note.ok_or_else(|| missing("样本"))?;
    let kept = serde_json::from_str(&note.body).map_err(|_| missing("样本"))?;
    sample_answer(desk, caller, note.name, note.at, kept).await
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
        let (institution, id) = parts(key)?;
        // One that is out of sight by now is not decided for whoever asks.
        let item = desk.store.review_item(&institution, &id).await?.filter(|item| caller.sees(item));
        let Some(item) = item else { continue };
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
