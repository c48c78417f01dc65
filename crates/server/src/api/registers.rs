//! Who is registered: institutions, persons with cover and account.

use super::asker::{Asker, missing};
use super::{Problem, today};
use crate::desk::Desk;
use crate::review::note;
use agency::{AccountState, Coverage, Institution, Needs, Person};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::Day;
use rights::{mask_identifier, mask_name};
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
    Extension(asker): Extension<Asker>,
) -> Result<Json<Vec<InstitutionRow>>, Problem> {
    let (world, today) = (desk.world(), today());
    let mut rows: Vec<InstitutionRow> = world
        .institutions
        .values()
        .filter(|known| asker.covers(&known.area, &known.code))
        .map(|known| row(known, today))
        .collect();
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
    Extension(asker): Extension<Asker>,
    Path(code): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    let world = desk.world();
    if !asker.covers_institution(&desk, &code) {
        return Err(missing("机构"));
    }
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

/// One person; to people masked, within their area, and the look is logged.
#[utoipa::path(get, path = "/api/v1/persons/{id}", params(("id" = String, Path)),
    responses((status = 200, body = PersonAnswer), (status = 404, body = Problem)))]
pub(super) async fn person(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Path(id): Path<String>,
) -> Result<Json<PersonAnswer>, Problem> {
    let file = desk.store.load(&id, &Needs::default()).await?;
    let person = file.person.ok_or_else(|| missing("参保人"))?;
    let Asker::Person(caller) = asker else {
        return Ok(Json(PersonAnswer { person, coverages: file.coverages, account: file.account }));
    };
    if !file.coverages.iter().any(|cover| caller.scope().covers(&cover.area, "")) {
        return Err(missing("参保人"));
    }
    note(&desk, caller.entry("read_person", &mask_identifier(&id), "done", "")).await?;
    Ok(Json(PersonAnswer { person: masked(person), coverages: file.coverages, account: file.account }))
}

/// Without what names a person.
fn masked(person: Person) -> Person {
    Person {
        name: mask_name(&person.name),
        certificate: mask_identifier(&person.certificate),
        card: mask_identifier(&person.card),
        family: person.family.iter().map(|id| mask_identifier(id)).collect(),
        ..person
    }
}
