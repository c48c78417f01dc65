//! The management API: what an agency's own systems ask. JSON, problem+json errors, an OpenAPI document at
//! `/api/openapi.json`. Shut unless a token is configured; every answer says as of when.

use crate::clock;
use crate::desk::Desk;
use agency::{AccountState, Coverage, Institution, Needs, Person, Settlement};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use model::{Day, Fen, Stamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Page, SettlementFilter, StoreError};
use utoipa::{IntoParams, OpenApi, ToSchema};

/// Most rows of one answer.
const PAGE_MAX: u64 = 1_000;

/// Routes under `/api`.
pub fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/institutions", get(institutions))
        .route("/api/v1/institutions/{code}", get(institution))
        .route("/api/v1/persons/{id}", get(person))
        .route("/api/v1/settlements", get(settlements))
        .route("/api/v1/ledger/balance", get(balance))
        .layer(axum::middleware::from_fn(problems))
        .route("/api/openapi.json", get(document))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Yibao 管理接口",
        description = "登记、结算与账的查询。全国接口（infno）不在其中，见 docs/interface.tsv。"
    ),
    paths(institutions, institution, person, settlements, balance),
    components(schemas(Problem, PersonAnswer, SettlementRow, Balance, InstitutionRow))
)]
struct Document;

/// The OpenAPI document as JSON text; `docs/openapi.json` holds the same.
#[must_use]
pub fn openapi() -> String {
    Document::openapi().to_pretty_json().unwrap_or_default()
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

/// What went wrong (RFC 9457), and what to do.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// What happened.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What to do.
    pub detail: String,
}

impl Problem {
    fn new(status: StatusCode, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { title: title.into(), status: status.as_u16(), detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "数据库暂时不可用", error.to_string())
    }
}

/// Extractors answer in plain text; callers of this API read problems.
async fn problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !response.status().is_client_error() || !plain {
        return response;
    }
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap_or_default();
    Problem::new(status, "请求参数有误", String::from_utf8_lossy(&body)).into_response()
}

/// The bearer token must be the configured one; compared in full whatever differs.
fn allowed(desk: &Desk, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(token) = &desk.config.management_token else {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "管理接口未开放",
            "请在配置中设置 management_token，并以 Authorization: Bearer 发送",
        ));
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    let differing = token.bytes().zip(given.bytes()).fold(0, |bits, (one, other)| bits | (one ^ other));
    if given.len() == token.len() && differing == 0 {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "令牌不正确", "请核对 Authorization: Bearer 后的令牌"))
}

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
async fn institutions(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Json<Vec<InstitutionRow>>, Problem> {
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

fn today() -> Day {
    Day(i32::try_from(clock::now().stamp.0.div_euclid(86_400)).unwrap_or(0))
}

/// One institution with its departments and the life of its agreement.
#[utoipa::path(get, path = "/api/v1/institutions/{code}", params(("code" = String, Path)),
    responses((status = 200, description = "登记内容"), (status = 404, body = Problem)))]
async fn institution(
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
async fn person(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<PersonAnswer>, Problem> {
    allowed(&desk, &headers)?;
    let file = desk.store.load(&id, &Needs::default()).await?;
    let person = file.person.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "查无此人", "请核对人员编号"))?;
    Ok(Json(PersonAnswer { person, coverages: file.coverages, account: file.account }))
}

/// Which settlements.
#[derive(Deserialize, IntoParams)]
struct Which {
    /// 定点医药机构编号
    institution: Option<String>,
    /// 人员编号
    person: Option<String>,
    /// 就诊ID
    visit: Option<String>,
    /// First day, yyyy-MM-dd
    from: Option<String>,
    /// Last day, yyyy-MM-dd
    to: Option<String>,
    /// Rows passed over
    skip: Option<u64>,
    /// Most rows, at most 1000
    limit: Option<u64>,
}

/// A settlement in a list; amounts in yuan.
#[derive(Serialize, ToSchema)]
pub struct SettlementRow {
    /// 结算ID
    pub id: String,
    /// The settlement that this one takes back
    pub reverses: Option<String>,
    /// 就诊ID
    pub visit: String,
    /// 定点医药机构编号
    pub institution: String,
    /// 结算时间
    pub at: String,
    /// 医疗费总额
    pub total: String,
    /// 基金支付总额
    pub fund_total: String,
    /// 个人账户支出
    pub account: String,
    /// 个人现金支出
    pub cash: String,
}

impl From<Settlement> for SettlementRow {
    fn from(settlement: Settlement) -> Self {
        Self {
            at: settlement.at.to_string(),
            total: settlement.total.to_string(),
            fund_total: settlement.fund_total.to_string(),
            account: settlement.account.to_string(),
            cash: settlement.cash.to_string(),
            id: settlement.id,
            reverses: settlement.reverses,
            visit: settlement.visit,
            institution: settlement.institution,
        }
    }
}

/// Settlements and reversals, by time.
#[utoipa::path(get, path = "/api/v1/settlements", params(Which), responses((status = 200, body = Vec<SettlementRow>), (status = 400, body = Problem)))]
async fn settlements(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Json<Vec<SettlementRow>>, Problem> {
    allowed(&desk, &headers)?;
    let from = which.from.as_deref().map(|text| parse_day("from", text)).transpose()?;
    let to = which.to.as_deref().map(|text| parse_day("to", text)).transpose()?;
    let filter = SettlementFilter {
        institution: which.institution,
        person: which.person,
        visit: which.visit,
        from: from.map(|day| Stamp(i64::from(day.0) * 86_400)),
        until: to.map(|day| Stamp((i64::from(day.0) + 1) * 86_400)),
        ..SettlementFilter::default()
    };
    let page = Page { skip: which.skip.unwrap_or(0), limit: which.limit.unwrap_or(100).min(PAGE_MAX) };
    let rows = desk.store.settlements(&filter, Some(page)).await?;
    Ok(Json(rows.into_iter().map(SettlementRow::from).collect()))
}

fn parse_day(field: &str, text: &str) -> Result<Day, Problem> {
    Day::parse(text.as_bytes())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("{field}“{text}”不是日期"), "请写作 2026-11-27"))
}

/// Which account, on which day.
#[derive(Deserialize, IntoParams)]
struct Asked {
    /// Account, such as `fund/990400/310/310100` or `payable/H99040000001`
    account: String,
    /// Day, yyyy-MM-dd; today when absent
    on: Option<String>,
}

/// A balance in yuan; debit positive.
#[derive(Serialize, ToSchema)]
pub struct Balance {
    /// Account
    pub account: String,
    /// Day
    pub on: String,
    /// Yuan
    pub balance: String,
}

/// The balance of an account at the end of a day.
#[utoipa::path(get, path = "/api/v1/ledger/balance", params(Asked), responses((status = 200, body = Balance), (status = 400, body = Problem)))]
async fn balance(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Json<Balance>, Problem> {
    allowed(&desk, &headers)?;
    let on = asked.on.as_deref().map(|text| parse_day("on", text)).transpose()?;
    let account = agency::Account::parse(&asked.account).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, format!("“{}”不是账户", asked.account), "写法如 fund/990400/310/310100")
    })?;
    let fen: Fen = desk.store.balance(&account, on).await?;
    Ok(Json(Balance { account: asked.account, on: on.unwrap_or_else(today).to_string(), balance: fen.to_string() }))
}
