//! Trying a revision on past claims: begun, watched, stopped.

use super::guard::{Caller, missing, note};
use super::items::Names;
use super::revisions::{RevisionPage, everywhere, judges_claims, kept, page, subject};
use super::shown::{moment, written_moment};
use crate::api::Problem;
use crate::desk::Desk;
use crate::revision::back_test::Outcome;
use crate::revision::begin;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::ToSchema;

/// A back-test.
#[derive(Serialize, ToSchema)]
pub struct BackTestView {
    /// `waiting`, `running`, `done`, `failed`
    state: String,
    by_name: String,
    at: String,
    /// Of one under way, lines judged by both rules
    done: u64,
    /// Of so many, about
    total: u64,
    milliseconds: u64,
    /// Whether it judged the text as it is now
    is_current: bool,
    failure: String,
    #[schema(required)]
    outcome: Option<Outcome>,
}

/// The back-test of a revision: the one under way, else what the last one found.
pub(super) async fn back_test(
    desk: &Desk,
    number: u64,
    hashed: &str,
    names: &Names,
) -> Result<Option<BackTestView>, Problem> {
    if let Some(running) = desk.back_tests.of(number) {
        let state = if running.waits() { "waiting" } else { "running" };
        return Ok(Some(BackTestView {
            state: state.to_owned(),
            by_name: names.name(&running.by),
            at: moment(running.began),
            done: running.watch.done.load(Ordering::Relaxed),
            total: running.watch.total.load(Ordering::Relaxed),
            milliseconds: 0,
            is_current: true,
            failure: String::new(),
            outcome: None,
        }));
    }
    let ended = desk.back_test(number).await?;
    Ok(ended.map(|ended| BackTestView {
        state: if ended.outcome.is_some() { "done" } else { "failed" }.to_owned(),
        by_name: names.name(&ended.by),
        at: written_moment(&ended.at),
        done: 0,
        total: 0,
        milliseconds: ended.milliseconds,
        is_current: ended.hash == hashed,
        failure: ended.failure.unwrap_or_default(),
        outcome: ended.outcome,
    }))
}

/// Tries a revision on the claims that the server was given; how far it has come, the revision says.
#[utoipa::path(post, path = "/api/revisions/{number}/back-test", tag = "rules", operation_id = "beginBackTest", params(("number" = u64, Path)),
    responses((status = 200, body = RevisionPage), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn begin_back_test(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
) -> Result<Json<RevisionPage>, Problem> {
    everywhere(&caller)?;
    let revision = kept(&desk, number).await?.revision;
    let unfit =
        |what: &str, remedy: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what, remedy).code("back_test");
    if !revision.stage.is_open() {
        return Err(unfit("这条修订已经结束", "请另起修订"));
    }
    let claims = desk.config.claims.clone().ok_or_else(|| {
        unfit("服务器没有可供回测的理赔数据", "请在配置中设置 claims，或以 yibao serve --claims DIR 启动")
    })?;
    if let Some(rule) = desk.edition().library("").rules().iter().find(|rule| rule.id == revision.rule) {
        judges_claims(rule)?;
    }
    if !begin(&desk, revision.clone(), claims, &caller.user.account) {
        return Err(Problem::new(StatusCode::CONFLICT, "回测正在进行", "请等它结束，或先取消").code("running"));
    }
    note(&desk, caller.entry("begin_back_test", &subject(&revision), "done", "")).await?;
    page(&desk, &caller, &revision).await.map(Json)
}

/// Stops a back-test.
#[utoipa::path(delete, path = "/api/revisions/{number}/back-test", tag = "rules", operation_id = "cancelBackTest", params(("number" = u64, Path)),
    responses((status = 200, body = RevisionPage), (status = 404, body = Problem)))]
pub(super) async fn cancel_back_test(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
) -> Result<Json<RevisionPage>, Problem> {
    everywhere(&caller)?;
    let revision = kept(&desk, number).await?.revision;
    let running = desk.back_tests.of(number).ok_or_else(|| missing("回测"))?;
    running.watch.cancelled.store(true, Ordering::Relaxed);
    note(&desk, caller.entry("cancel_back_test", &subject(&revision), "done", "")).await?;
    page(&desk, &caller, &revision).await.map(Json)
}
