//! Who is registered: institutions, persons with cover and account.

use super::{Problem, allowed, today};
use crate::desk::Desk;
use agency::{AccountState, Coverage, Institution, Needs, Person};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use model::Day;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// An institution in a list.
#[derive(Serialize, ToSchema)]
pub struct InstitutionRow {
    /// 定点医药机构编号
    pub code: String,
    /// 名称
    pub name: String,
    /// 医保区划
    pub area: String,
    /// 协议状态, today
    pub agreement: String,
}

/// Institutions, by code.
#[utoipa::path(get, path = "/api/v1/institutions", responses((status = 200, body = Vec<InstitutionRow>), (status = 401, body = Problem)))]
pub(super) async fn institutions(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Result<Json<Vec<InstitutionRow>>, Problem> {
    allowed(&desk, &headers)?;
    let (world, today) = (desk.world(), today());
    let mut rows: Vec<InstitutionRow> = world.institutions.values().map(|known| row(known, today)).collect();
    rows.sort_by(|one, other| one.code.cmp(&other.code));
    Ok(Json(rows))
}

fn row(known: &Institution, today: Day) -> InstitutionRow {
    InstitutionRow {
        code: known.code.clone(),
        name: known.name.clone(),
        area: known.area.clone(),
        agreement: known.agreement_on(today).map_or("无协议", |spell| spell.state.label()).to_owned(),
    }
}

/// One institution with its departments and the life of its agreement.
#[utoipa::path(get, path = "/api/v1/institutions/{code}", params(("code" = String, Path)),
    responses((status = 200, description = "登记内容"), (status = 404, body = Problem)))]
pub(super) async fn institution(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(code): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    allowed(&desk, &headers)?;
    let world = desk.world();
    let known = world
        .institution(&code)
        .map_err(|refusal| Problem::new(StatusCode::NOT_FOUND, refusal.what, refusal.remedy))?;
    Ok(Json(serde_json::to_value(known).unwrap_or_default()))
}

/// A person with cover and account, as of now.
#[derive(Serialize, ToSchema)]
pub struct PersonAnswer {
    /// 人员
    #[schema(value_type = Object)]
    pub person: Person,
    /// 参保, as ever known
    #[schema(value_type = Vec<Object>)]
    pub coverages: Vec<Coverage>,
    /// 个人账户
    #[schema(value_type = Object)]
    pub account: Option<AccountState>,
}

/// One person.
#[utoipa::path(get, path = "/api/v1/persons/{id}", params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = 404, body = Problem)))]
pub(super) async fn person(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<PersonAnswer>, Problem> {
    allowed(&desk, &headers)?;
    let file = desk.store.load(&id, &Needs::default()).await?;
    let person = file.person.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "查无此人", "请核对人员编号"))?;
    Ok(Json(PersonAnswer { person, coverages: file.coverages, account: file.account }))
}
