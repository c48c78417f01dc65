//! A masked field, shown whole: on request, for a reason that is logged.

use super::guard::{Caller, note};
use super::item::seen;
use crate::api::Problem;
use crate::desk::Desk;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use rights::{Field, Shown};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A masked field, wanted whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealWish {
    /// `person_number`, `physician`
    field: String,
    /// 查看原因
    reason: String,
}

/// A field, whole.
#[derive(Serialize, ToSchema)]
pub struct Revealed {
    value: String,
}

/// Shows a masked field whole. The reason is logged, and so is the look.
#[utoipa::path(post, path = "/api/review/items/{key}/reveal", tag = "review", operation_id = "reveal", params(("key" = String, Path)),
    request_body = RevealWish, responses((status = 200, body = Revealed), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn reveal(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    Json(wish): Json<RevealWish>,
) -> Result<Json<Revealed>, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    let (kind, value) = match wish.field.as_str() {
        "person_number" => (Field::PersonNumber, &item.facts.person),
        "physician" => (Field::Physician, &item.facts.physician),
        other => {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                format!("没有字段“{other}”"),
                "可查看 person_number、physician",
            )
            .code("parameter"));
        }
    };
    let allowed = matches!(kind.shown_to(caller.role()), Shown::Masked | Shown::Whole);
    if !allowed {
        note(&desk, caller.entry("reveal", &key, "refused", &wish.field)).await?;
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "该字段对您的角色始终脱敏",
            "如确需核实，请由复审员或行政监管办理",
        )
        .code("right"));
    }
    let length = wish.reason.trim().chars().count();
    if !(4..=200).contains(&length) {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "须写明查看原因", "4 至 200 字").code("reason"));
    }
    note(&desk, caller.entry("reveal", &key, "done", &format!("{}：{}", wish.field, wish.reason.trim()))).await?;
    Ok(Json(Revealed { value: value.clone() }))
}
