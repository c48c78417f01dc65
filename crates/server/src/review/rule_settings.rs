//! What is set on a rule without publishing anything: where it speaks, and an area's own values of its parameters.

use super::guard::{Caller, missing, note};
use super::rules::{RulePage, has_reason, mode_word, out_of_scope, page};
use super::views::institution_area;
use crate::api::Problem;
use crate::desk::Desk;
use crate::library::Settings;
use audit::{Mode, Setting};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A decision about where a rule speaks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchChange {
    /// 医保区划; everywhere when absent
    area: Option<String>,
    /// 定点医药机构编号; all when absent
    institution: Option<String>,
    /// `on`, `shadow`, `off`; absent takes the decision for this place back
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// Why, at least four letters
    reason: String,
}

/// Switches a rule on, off or into the shadow: everywhere, in an area or at an institution of the caller's scope.
#[utoipa::path(put, path = "/api/rules/{id}/switch", tag = "rules", operation_id = "switchRule", params(("id" = String, Path)), request_body = SwitchChange,
    responses((status = 200, body = RulePage), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn switch(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(wish): Json<SwitchChange>,
) -> Result<Json<RulePage>, Problem> {
    is_known(&desk, &id)?;
    has_reason(&wish.reason)?;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (area, institution) = (some(wish.area), some(wish.institution));
    let (mode, reason) = (wish.mode, wish.reason.trim().to_owned());
    let allowed = match (&area, &institution) {
        (None, None) => caller.scope().is_everywhere(),
        (Some(area), None) => caller.scope().covers_area(area),
        (area, Some(institution)) => {
            let area = area.clone().or_else(|| institution_area(&desk, institution)).unwrap_or_default();
            caller.scope().covers(&area, institution)
        }
    };
    if !allowed {
        return Err(out_of_scope());
    }
    let (rule, told) = (id.clone(), reason.clone());
    let change = move |settings: &mut Settings| settings.switch(rule, area, institution, mode, reason);
    desk.library.set(&desk.store, change).await?;
    let told = format!("{}：{told}", mode.map_or("取消", mode_word));
    note(&desk, caller.entry("switch_rule", &id, "done", &told)).await?;
    page(&desk, &caller, &id).await.map(Json)
}

/// An area's values for a rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterChange {
    /// 医保区划
    area: String,
    /// Parameter and value: a number, a word, a list of words; empty takes the area's values back
    #[schema(value_type = Object)]
    values: BTreeMap<String, Setting>,
    /// Why, at least four letters
    reason: String,
}

/// Gives a rule an area's own values; they replace what the area had set for it.
#[utoipa::path(put, path = "/api/rules/{id}/parameters", tag = "rules", operation_id = "setRuleParameters", params(("id" = String, Path)), request_body = ParameterChange,
    responses((status = 200, body = RulePage), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn parameters(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(wish): Json<ParameterChange>,
) -> Result<Json<RulePage>, Problem> {
    is_known(&desk, &id)?;
    has_reason(&wish.reason)?;
    let is_area = wish.area.len() == 6 && wish.area.bytes().all(|byte| byte.is_ascii_digit());
    if !is_area || !caller.scope().covers_area(&wish.area) {
        return Err(out_of_scope());
    }
    let ParameterChange { area, values, reason } = wish;
    let (rule, place) = (id.clone(), area.clone());
    desk.library.set(&desk.store, move |settings| settings.give(place, rule, values)).await?;
    note(&desk, caller.entry("set_rule_parameters", &id, "done", &format!("{area}：{}", reason.trim()))).await?;
    page(&desk, &caller, &id).await.map(Json)
}

fn is_known(desk: &Desk, id: &str) -> Result<(), Problem> {
    let edition = desk.edition();
    if edition.library("").rules().iter().any(|rule| rule.id == id) { Ok(()) } else { Err(missing("规则")) }
}
