//! Registers for people: institutions with their agreements, insured persons with cover and account, masked.

use super::guard::{Caller, missing, note};
use super::shown::field;
use super::views::{institution_area, institution_name};
use crate::api::Problem;
use crate::desk::Desk;
use agency::{CoverageState, File, Needs, Person};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use rights::Field;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Page, PersonFilter};
use utoipa::{IntoParams, ToSchema};

/// Persons of an answer.
const PERSONS_MAX: u64 = 50;

/// A spell of an agreement or of cover.
#[derive(Serialize, ToSchema)]
pub struct Spell {
    label: String,
    from: String,
    #[schema(required)]
    until: Option<String>,
    reason: String,
}

/// An institution as it is registered.
#[derive(Serialize, ToSchema)]
pub struct InstitutionPage {
    code: String,
    name: String,
    area: String,
    area_name: String,
    /// Whether it is in the register; findings may be of one that is not
    registered: bool,
    is_pharmacy: bool,
    /// 医院等级, national code
    level: String,
    community: bool,
    beds: u32,
    departments: Vec<String>,
    /// Life of the agreement
    agreement: Vec<Spell>,
    /// People whose work is paid for
    staff: usize,
}

/// One institution within the scope.
#[utoipa::path(get, path = "/api/institutions/{id}", tag = "registers", operation_id = "getInstitution", params(("id" = String, Path)),
    responses((status = 200, body = InstitutionPage), (status = 404, body = Problem)))]
pub(super) async fn institution(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
) -> Result<Json<InstitutionPage>, Problem> {
    let area = institution_area(&desk, &code).ok_or_else(|| missing("机构"))?;
    if !caller.scope().covers(&area, &code) || caller.role() == rights::Role::Panelist {
        return Err(missing("机构"));
    }
    let world = desk.world();
    let known = world.institutions.get(&code);
    let spells = known.map(|known| &known.agreement[..]).unwrap_or_default().iter().map(|spell| Spell {
        label: spell.state.label().to_owned(),
        from: spell.from.to_string(),
        until: spell.until.map(|day| day.to_string()),
        reason: spell.reason.clone(),
    });
    Ok(Json(InstitutionPage {
        name: institution_name(&desk, &code),
        area_name: world.areas.get(&area).map_or_else(|| area.clone(), |known| known.name.clone()),
        area,
        registered: known.is_some(),
        is_pharmacy: code.starts_with('P'),
        level: known.map(|known| known.level.clone()).unwrap_or_default(),
        community: known.is_some_and(|known| known.community),
        beds: known.map_or(0, |known| known.beds),
        departments: known
            .map(|known| known.departments.iter().map(|department| department.name.clone()).collect())
            .unwrap_or_default(),
        agreement: spells.collect(),
        staff: world.staff.values().filter(|staff| staff.institution == code).count(),
        code,
    }))
}

/// Which persons.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichPersons {
    /// 人员编号, or 姓名 whole
    q: Option<String>,
}

/// A person, masked.
#[derive(Serialize, ToSchema)]
pub struct PersonView {
    number_masked: String,
    name_masked: String,
    certificate_masked: String,
    /// `1` male, `2` female, `9` unknown
    sex: String,
    /// Year of birth
    born: i32,
    #[schema(required)]
    died_on: Option<String>,
    /// Spells of cover as known now
    coverages: Vec<CoverageSpell>,
    /// Special groups
    special: Vec<Spell>,
    /// 个人账户
    #[schema(required)]
    account_fen: Option<i64>,
}

/// A spell of cover.
#[derive(Serialize, ToSchema)]
pub struct CoverageSpell {
    area: String,
    area_name: String,
    /// 险种类型
    insurance: String,
    state: String,
    from: String,
    #[schema(required)]
    until: Option<String>,
}

/// Insured persons whose cover lies within the scope: by whole number or whole name, else the first ones. The look is logged.
/// Nothing that is shown leads to a person elsewhere: numbers stay masked, and no address holds one.
#[utoipa::path(get, path = "/api/persons", tag = "registers", operation_id = "listPersons", params(WhichPersons),
    responses((status = 200, body = Vec<PersonView>)))]
pub(super) async fn persons(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Query(which): Query<WhichPersons>,
) -> Result<Json<Vec<PersonView>>, Problem> {
    let word = which.q.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty() && !text.contains('\0'));
    let mut ids: BTreeSet<String> = word.iter().cloned().collect();
    let world = desk.world();
    for area in world.areas.keys().filter(|area| caller.scope().covers_area(area)) {
        let filter = PersonFilter { area: Some(area.clone()), name: word.clone(), ..PersonFilter::default() };
        let page = Page { skip: 0, limit: PERSONS_MAX };
        ids.extend(desk.store.persons(&filter, Some(page)).await?.into_iter().map(|person| person.id));
    }
    let mut rows = Vec::new();
    for id in ids.iter().take(PERSONS_MAX as usize) {
        let file = desk.store.load(id, &Needs::default()).await?;
        let within = file.coverages.iter().any(|spell| caller.scope().covers_area(&spell.area));
        if let Some(person) = file.person.as_ref().filter(|_| within) {
            rows.push(person_view(&desk, &caller, person, &file));
        }
    }
    note(&desk, caller.entry("read_persons", "", "done", "")).await?;
    Ok(Json(rows))
}

fn person_view(desk: &Desk, caller: &Caller, person: &Person, file: &File) -> PersonView {
    let world = desk.world();
    let state = |state: CoverageState| match state {
        CoverageState::Normal => "normal",
        CoverageState::Paused => "paused",
        CoverageState::Ended => "ended",
    };
    let known = file.coverages.iter().filter(|spell| spell.known_until.is_none());
    let coverages = known.map(|spell| CoverageSpell {
        area_name: world.areas.get(&spell.area).map_or_else(|| spell.area.clone(), |area| area.name.clone()),
        area: spell.area.clone(),
        insurance: spell.insurance.clone(),
        state: state(spell.state).to_owned(),
        from: spell.from.to_string(),
        until: spell.until.map(|day| day.to_string()),
    });
    let special = person.special.iter().map(|status| Spell {
        label: status.group.clone(),
        from: status.from.to_string(),
        until: status.until.map(|day| day.to_string()),
        reason: status.code.clone(),
    });
    PersonView {
        number_masked: field(caller, Field::PersonNumber, &person.id),
        name_masked: field(caller, Field::PersonName, &person.name),
        certificate_masked: field(caller, Field::Certificate, &person.certificate),
        sex: person.sex.clone(),
        born: person.born_on.civil().0,
        died_on: person.died_on.map(|day| day.to_string()),
        coverages: coverages.collect(),
        special: special.collect(),
        account_fen: file.account.as_ref().map(|account| account.balance.0),
    }
}
