//! The library in force: what it is, publishing another, going back.

use super::Problem;
use super::asker::Asker;
use crate::clock;
use crate::desk::Desk;
use crate::library::{Manifest, NotPublished, Offer, Published};
use crate::revision::Act;
use audit::Status;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The library in force.
#[derive(Serialize, ToSchema)]
pub struct LibraryState {
    /// Stated by every answer that rests on it
    pub version: String,
    /// Raised with every change; a publication may name the one it was made from
    pub serial: u64,
    /// 发布序号; 0 is what the program came with
    pub publication: u64,
    /// Rules in it
    pub rules: usize,
    /// Rules that run
    pub running: usize,
    /// Files by name and SHA-256
    pub files: BTreeMap<String, String>,
}

/// A publication as it is listed.
#[derive(Serialize, ToSchema)]
pub struct PublicationRow {
    /// 发布序号
    pub number: u64,
    /// What it took the place of
    pub follows: u64,
    /// 发布时间
    pub at: String,
    /// 发布人
    pub by: String,
    /// 说明
    pub note: String,
    /// Whether it is in force
    pub in_force: bool,
}

/// What is to be published: all files by hash, and the texts that the server lacks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicationOffer {
    /// Files by name (`rules/….md`, `knowledge/….csv`) and SHA-256 of the text
    pub files: BTreeMap<String, String>,
    /// Texts of those that the server lacks
    #[serde(default)]
    pub texts: Vec<String>,
    /// 发布人
    pub by: String,
    /// 说明
    #[serde(default)]
    pub note: String,
    /// The serial it was made from; 409 when another change came in between
    pub serial: Option<u64>,
}

/// What came into force.
#[derive(Serialize, ToSchema)]
pub struct PublicationAnswer {
    /// Version of the library
    pub version: String,
    /// 发布序号
    pub publication: u64,
    /// Serial
    pub serial: u64,
    /// Cases of rules that were run before, all of which held
    pub cases: usize,
}

/// Where to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// 发布序号; the one before when absent
    pub to: Option<u64>,
    /// Who goes back, as the caller says; whoever signed in is known
    #[serde(default)]
    pub by: String,
    /// Why; revisions that come out of force state it
    #[serde(default)]
    pub reason: String,
}

impl From<NotPublished> for Problem {
    fn from(error: NotPublished) -> Self {
        let title = error.to_string();
        match error {
            NotPublished::Store(error) => error.into(),
            NotPublished::Moved { .. } => Self::new(StatusCode::CONFLICT, title, "请用 GET /api/v1/library 查看现状"),
            NotPublished::NoPublication(_) => Self::new(StatusCode::NOT_FOUND, "没有可回到的发布", title),
            NotPublished::Problems(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, title, lines.join("\n"))
            }
        }
    }
}

impl From<Published> for PublicationAnswer {
    fn from(published: Published) -> Self {
        let (edition, cases) = (published.edition, published.cases);
        let (head, version) = (edition.head(), edition.version().to_owned());
        Self { version, publication: head.publication, serial: head.serial, cases }
    }
}

/// The library in force.
#[utoipa::path(get, path = "/api/v1/library", responses((status = 200, body = LibraryState), (status = 401, body = Problem)))]
pub(super) async fn state(State(desk): State<Arc<Desk>>) -> Result<Json<LibraryState>, Problem> {
    let edition = desk.edition();
    let rules = edition.library("").rules();
    let files: Manifest = edition.files().manifest();
    Ok(Json(LibraryState {
        version: edition.version().to_owned(),
        serial: edition.head().serial,
        publication: edition.head().publication,
        rules: rules.len(),
        running: rules.iter().filter(|rule| rule.status == Status::Running).count(),
        files,
    }))
}

/// Every publication, the latest first.
#[utoipa::path(get, path = "/api/v1/library/publications", responses((status = 200, body = Vec<PublicationRow>), (status = 401, body = Problem)))]
pub(super) async fn publications(State(desk): State<Arc<Desk>>) -> Result<Json<Vec<PublicationRow>>, Problem> {
    let in_force = desk.edition().head().publication;
    let rows = desk.library.publications(&desk.store).await?.into_iter().map(|known| PublicationRow {
        in_force: known.number == in_force,
        number: known.number,
        follows: known.follows,
        at: known.at,
        by: known.by,
        note: known.note,
    });
    Ok(Json(rows.collect()))
}

/// Puts files into force: compiled, the cases of what changed run, kept, then in force for every request that begins.
#[utoipa::path(post, path = "/api/v1/library/publications", request_body = PublicationOffer,
    responses((status = 200, body = PublicationAnswer), (status = 409, body = Problem), (status = 422, body = Problem, description = "每一处错误各一行")))]
pub(super) async fn publish(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Json(offer): Json<PublicationOffer>,
) -> Result<Json<PublicationAnswer>, Problem> {
    if offer.by.trim().is_empty() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "字段 by 为空", "请写明发布人"));
    }
    by_system(&asker)?;
    let PublicationOffer { files, texts, by, note, serial } = offer;
    let offer = Offer { files, texts, by: asker.name(by), note, serial, revision: None };
    let published = desk.library.publish(&desk.store, offer).await?;
    Ok(Json(published.into()))
}

/// Goes back to an earlier publication.
#[utoipa::path(post, path = "/api/v1/library/roll-back", request_body = RollBack,
    responses((status = 200, body = PublicationAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn roll_back(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Json(wish): Json<RollBack>,
) -> Result<Json<PublicationAnswer>, Problem> {
    everywhere(&asker)?;
    let said = if wish.by.trim().is_empty() { "管理接口" } else { wish.by.trim() };
    let by = asker.name(said.to_owned());
    let act = Act { by: &by, at: clock::now().stamp, reason: &wish.reason, hash: "" };
    Ok(Json(desk.roll_back(wish.to, act).await?.into()))
}

/// A person publishes by a revision, which somebody else wrote; whoever holds the token answers for its own four eyes.
fn by_system(asker: &Asker) -> Result<(), Problem> {
    if matches!(asker, Asker::System) {
        return Ok(());
    }
    let detail = "请在工作台“规则修订”中回测、影子运行后，由另一人发布";
    Err(Problem::new(StatusCode::FORBIDDEN, "登录用户不能直接发布整个规则库", detail).code("four_eyes"))
}

/// A publication holds in all areas.
fn everywhere(asker: &Asker) -> Result<(), Problem> {
    if asker.covers_area(None) {
        return Ok(());
    }
    let detail = "发布在所有统筹区生效，须由数据范围为全部区划的规则管理员办理";
    Err(Problem::new(StatusCode::FORBIDDEN, "数据范围不足", detail).code("scope"))
}
