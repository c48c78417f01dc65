//! The rules in force, their switches, and the parameters of areas.

use super::Problem;
use super::asker::{Asker, missing};
use crate::desk::Desk;
use crate::library::{Edition, Settings};
use audit::{Mode, Rule, Setting, Stage};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A rule in a list.
#[derive(Serialize, ToSchema)]
pub struct RuleRow {
    /// 规则编号
    pub id: String,
    /// 国家编码; empty when it has none
    pub official_code: String,
    /// 名称
    pub name: String,
    /// 版本
    pub version: u32,
    /// `clear`, `suspicious`, `indicator`
    pub severity: String,
    /// `running`, `planned`, `needs-local-data`
    pub status: String,
    /// `pre`, `mid`, `post`
    pub stages: Vec<String>,
    /// Parameters of the rule file
    pub parameters: BTreeMap<String, String>,
    /// By area: values of its own
    #[schema(value_type = Object)]
    pub of_areas: BTreeMap<String, BTreeMap<String, Setting>>,
    /// 开关
    pub switches: Vec<SwitchRow>,
}

/// A switch.
#[derive(Serialize, ToSchema)]
pub struct SwitchRow {
    /// 医保区划; everywhere when absent
    pub area: Option<String>,
    /// 定点医药机构编号; all when absent
    pub institution: Option<String>,
    /// `on`, `shadow`, `off`
    #[schema(value_type = String)]
    pub mode: Mode,
    /// 原因
    pub reason: String,
}

/// A decision about a rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchWish {
    /// 医保区划; everywhere when absent
    pub area: Option<String>,
    /// 定点医药机构编号; all when absent
    pub institution: Option<String>,
    /// `on`, `shadow`, `off`; null takes the decision for this place back
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
    /// 原因
    #[serde(default)]
    pub reason: String,
}

/// An area's values for a rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterWish {
    /// 医保区划
    pub area: String,
    /// Parameter and value; empty takes the area's values back
    #[schema(value_type = Object)]
    pub values: BTreeMap<String, Setting>,
}

/// What is in force after a setting.
#[derive(Serialize, ToSchema)]
pub struct SettingAnswer {
    /// Version of the library
    pub version: String,
    /// Serial
    pub serial: u64,
}

/// The rules in force, by id.
#[utoipa::path(get, path = "/api/v1/rules", responses((status = 200, body = Vec<RuleRow>), (status = 401, body = Problem)))]
pub(super) async fn rules(State(desk): State<Arc<Desk>>) -> Result<Json<Vec<RuleRow>>, Problem> {
    let edition = desk.edition();
    Ok(Json(edition.library("").rules().iter().map(|rule| row(rule, &edition)).collect()))
}

fn row(rule: &Rule, edition: &Edition) -> RuleRow {
    let settings = &edition.head().settings;
    let own =
        settings.parameters.iter().filter_map(|(area, values)| Some((area.clone(), values.get(&rule.id)?.clone())));
    let switches = settings.switches.iter().filter(|switch| switch.rule == rule.id);
    RuleRow {
        id: rule.id.clone(),
        official_code: rule.official_code.clone(),
        name: rule.name.clone(),
        version: rule.version,
        severity: rule.severity.word().to_owned(),
        status: rule.status.word().to_owned(),
        stages: rule.stages.iter().map(|stage| stage_word(*stage).to_owned()).collect(),
        parameters: rule.params.shown().map(|(name, value)| (name.to_owned(), value)).collect(),
        of_areas: own.collect(),
        switches: switches
            .map(|switch| SwitchRow {
                area: switch.area.clone(),
                institution: switch.institution.clone(),
                mode: switch.mode,
                reason: switch.reason.clone(),
            })
            .collect(),
    }
}

pub(crate) const fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Pre => "pre",
        Stage::Mid => "mid",
        Stage::Post => "post",
    }
}

/// Switches a rule on, off or into the shadow: everywhere, in an area or at an institution.
#[utoipa::path(put, path = "/api/v1/rules/{id}/switch", params(("id" = String, Path)), request_body = SwitchWish,
    responses((status = 200, body = SettingAnswer), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn switch(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Path(rule): Path<String>,
    Json(wish): Json<SwitchWish>,
) -> Result<Json<SettingAnswer>, Problem> {
    known(&desk, &rule)?;
    let SwitchWish { area, institution, mode, reason } = wish;
    let within = match &institution {
        Some(institution) => asker.covers_institution(&desk, institution),
        None => asker.covers_area(area.as_deref()),
    };
    if !within {
        return Err(missing("区划或机构"));
    }
    let change = move |settings: &mut Settings| settings.switch(rule, area, institution, mode, reason);
    let changed = desk.library.set(&desk.store, change);
    Ok(Json(answer(&*changed.await?)))
}

/// Gives a rule an area's own values; they replace what the area had set for it.
#[utoipa::path(put, path = "/api/v1/rules/{id}/parameters", params(("id" = String, Path)), request_body = ParameterWish,
    responses((status = 200, body = SettingAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn parameters(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Path(rule): Path<String>,
    Json(wish): Json<ParameterWish>,
) -> Result<Json<SettingAnswer>, Problem> {
    known(&desk, &rule)?;
    if !asker.covers_area(Some(&wish.area)) {
        return Err(missing("区划"));
    }
    let changed = desk.library.set(&desk.store, move |settings| settings.give(wish.area, rule, wish.values));
    Ok(Json(answer(&*changed.await?)))
}

fn answer(edition: &Edition) -> SettingAnswer {
    SettingAnswer { version: edition.version().to_owned(), serial: edition.head().serial }
}

fn known(desk: &Desk, id: &str) -> Result<(), Problem> {
    let edition = desk.edition();
    let rules = edition.library("").rules();
    if rules.iter().any(|rule| rule.id == id) {
        return Ok(());
    }
    let near = model::nearest(id, rules.iter().map(|rule| rule.id.as_str()));
    let hint = near.map(|near| format!("，是否为 {near}？")).unwrap_or_default();
    Err(Problem::new(StatusCode::NOT_FOUND, format!("没有规则“{id}”{hint}"), "请用 GET /api/v1/rules 查看全部规则"))
}
