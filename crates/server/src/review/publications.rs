//! What was published, and the way back to another publication.

use super::guard::{Caller, note};
use super::items::Names;
use super::revisions::everywhere;
use super::rules::has_reason;
use super::shown::written_moment;
use crate::api::Problem;
use crate::desk::Desk;
use crate::revision::Act;
use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A publication.
#[derive(Serialize, ToSchema)]
pub struct PublicationView {
    /// 发布序号
    number: u64,
    at: String,
    by_name: String,
    note: String,
    in_force: bool,
}

/// Every publication, the latest first, and behind them what the program came with.
#[utoipa::path(get, path = "/api/publications", tag = "rules", operation_id = "listPublications", responses((status = 200, body = Vec<PublicationView>)))]
pub(super) async fn publications(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<PublicationView>>, Problem> {
    let names = Names::read(&desk, &caller).await?;
    published(&desk, &names).await.map(Json)
}

async fn published(desk: &Desk, names: &Names) -> Result<Vec<PublicationView>, Problem> {
    let in_force = desk.edition().head().publication;
    let all = desk.library.publications(&desk.store).await?.into_iter().map(|known| PublicationView {
        in_force: known.number == in_force,
        number: known.number,
        at: written_moment(&known.at),
        by_name: names.name(&known.by),
        note: known.note,
    });
    let packed = PublicationView {
        number: 0,
        at: String::new(),
        by_name: String::new(),
        note: "程序自带".to_owned(),
        in_force: in_force == 0,
    };
    Ok(all.chain([packed]).collect())
}

/// Where to go back to, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackWish {
    /// 发布序号
    to: u64,
    reason: String,
}

/// Goes back to another publication, at once. Revisions that come out of force thereby are rolled back and say by whom and why.
#[utoipa::path(post, path = "/api/publications/roll-back", tag = "rules", operation_id = "rollBack", request_body = RollBackWish,
    responses((status = 200, body = Vec<PublicationView>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn roll_back(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(wish): Json<RollBackWish>,
) -> Result<Json<Vec<PublicationView>>, Problem> {
    everywhere(&caller)?;
    has_reason(&wish.reason)?;
    let from = desk.edition().head().publication;
    let act = Act { by: &caller.user.account, at: caller.at, reason: &wish.reason, hash: "" };
    desk.roll_back(Some(wish.to), act).await?;
    let told = format!("{from} → {}：{}", wish.to, wish.reason.trim());
    note(&desk, caller.entry("roll_back_library", &wish.to.to_string(), "done", &told)).await?;
    let names = Names::read(&desk, &caller).await?;
    published(&desk, &names).await.map(Json)
}
