//! Handing out: to one, in turn, by money, or by lot.

use super::{FRAME_MAX, key, note, refused, selected};
use crate::api::Problem;
use crate::desk::Desk;
use crate::review::acts::{Kept, answered, carry_out, read, request_key};
use crate::review::guard::Caller;
use crate::review::items::Which;
use agency::{IdKind, Ids};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use model::Fen;
use review::{Act, Actor, Command, Item, Load, at_random, by_amount, round_robin};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::ItemQuery;
use utoipa::ToSchema;

/// Kind of the notes that keep assignments.
const KIND: &str = "assignment";

/// How items are handed out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignWish {
    /// The selection: parameters of `/api/review/items`
    #[schema(value_type = Object)]
    filter: Which,
    /// `round_robin`, `by_amount`, `random`; with one account all goes there
    method: String,
    /// Accounts
    to: Vec<String>,
}

/// Who got how much.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Share {
    account: String,
    items: usize,
    at_stake_fen: i64,
}

/// Hands the selected items out, all or none: in turn, so that everybody has about the same money waiting, or by lot.
#[utoipa::path(post, path = "/api/review/assignments", tag = "review", operation_id = "assignItems", request_body = AssignWish,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = Vec<Share>), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn assign(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Vec<Share>>, Problem> {
    let wish: AssignWish = read(&body)?;
    let request = request_key(&caller, &headers, KIND, &body);
    if let Some(shares) = answered(&desk, request.as_ref()).await? {
        return Ok(Json(shares));
    }
    let items = selected(&desk, &caller, &wish.filter, FRAME_MAX).await?;
    let loads = loads(&desk, &caller, &wish, &items).await?;
    let id = desk.store.ids().next(IdKind::Document);
    let places = match wish.method.as_str() {
        "round_robin" => round_robin(items.len(), &loads),
        "by_amount" => by_amount(&items.iter().map(|item| item.facts.at_stake()).collect::<Vec<Fen>>(), &loads),
        "random" => at_random(&items.iter().map(Item::key).collect::<Vec<String>>(), &id, &loads),
        _ => {
            let detail = "取 round_robin、by_amount 或 random";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "method 不正确", detail).code("parameter"));
        }
    };
    let given: Vec<(&Item, &str)> =
        items.iter().zip(&places).filter_map(|(item, place)| Some((item, loads.get(*place)?.user.as_str()))).collect();
    let share = |load: &Load| {
        let own: Vec<&Item> = given.iter().filter(|(_, to)| *to == load.user).map(|(item, _)| *item).collect();
        let at_stake: Fen = own.iter().map(|item| item.facts.at_stake()).sum();
        Share { account: load.user.clone(), items: own.len(), at_stake_fen: at_stake.0 }
    };
    let shares: Vec<Share> = loads.iter().map(share).collect();
    let deeds = given.iter().map(|(item, to)| (key(item), act(&caller, to))).collect();
    let kept = Kept {
        request,
        notes: vec![note(&caller, KIND, &id, &shares)],
        reply: serde_json::to_string(&shares).unwrap_or_default(),
    };
    let reply = carry_out(&desk, &caller, deeds, kept).await?;
    Ok(Json(serde_json::from_str(&reply).unwrap_or(shares)))
}

/// Whoever is to get work, with what waits there already.
async fn loads(desk: &Desk, caller: &Caller, wish: &AssignWish, items: &[Item]) -> Result<Vec<Load>, Problem> {
    if items.is_empty() || wish.to.is_empty() {
        return Err(refused("没有可分派的案件或人员", "请调整筛选条件，并选择至少一人", "rows"));
    }
    let mut loads = Vec::with_capacity(wish.to.len());
    for account in &wish.to {
        let user = desk.store.user(account).await?;
        let works = user.is_some_and(|user| {
            let covers = |item: &Item| user.scope.covers(&item.facts.area, &item.facts.institution);
            !user.disabled && user.role == caller.user.role && items.iter().all(covers)
        });
        if !works {
            let detail = "须与您同一角色、未停用，且数据范围包含所选案件";
            return Err(refused(&format!("不能分派给“{account}”"), detail, "person"));
        }
        let own = ItemQuery { assignee: Some(account.clone()), ..ItemQuery::of(caller.scope().clone()) };
        let (waiting, amount) = desk.store.review_total(&own).await?;
        loads.push(Load { user: account.clone(), items: waiting.unsigned_abs(), amount });
    }
    Ok(loads)
}

fn act(caller: &Caller, to: &str) -> Act {
    Act {
        actor: Actor { user: caller.user.account.clone(), role: caller.user.role },
        command: Command::Assign { to: to.to_owned() },
        reason: String::new(),
        text: String::new(),
        evidence: Vec::new(),
        at: caller.at,
        seen: None,
        batch: String::new(),
    }
}
