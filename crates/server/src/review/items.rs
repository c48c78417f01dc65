//! Pages of the queue.

use super::guard::Caller;
use super::shown::{day, field, moment};
use super::views::institution_name;
use crate::api::Problem;
use crate::desk::Desk;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Day;
use review::{Calendar, Item, Stage, State as ItemState};
use rights::{Field, Role, Scope};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use store::{ItemQuery, SortBy};
use utoipa::{IntoParams, ToSchema};

/// Most items of a page.
const PAGE_MAX: u64 = 500;
/// A lock that nobody renewed is none.
pub(super) const LOCK_SECONDS: i64 = 120;

/// Which items, in which order.
#[derive(Deserialize, IntoParams, Default, Clone)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Which {
    /// Stages, comma-separated: `first`, `provider`, `second`, `panel`, `deduction`, `investigation`, `closed`; all open ones when absent
    pub(super) stage: Option<String>,
    /// States, comma-separated
    pub(super) state: Option<String>,
    /// Rule
    pub(super) rule: Option<String>,
    /// 定点医药机构编号
    pub(super) institution: Option<String>,
    /// `clear`, `suspicious`, `indicator`
    pub(super) severity: Option<String>,
    /// Account, `me`, or `-` for nobody
    pub(super) assignee: Option<String>,
    /// Beginning of the 就诊ID
    pub(super) q: Option<String>,
    /// Only what is due on this day or before, yyyy-MM-dd
    pub(super) due_until: Option<String>,
    /// `column.asc` or `column.desc`; columns: at_stake, amount, decided, occurred_on, due_on, imported_at, rule, institution, severity, state, assignee
    pub(super) sort: Option<String>,
    /// Where the last page ended
    pub(super) cursor: Option<String>,
    /// Most items, at most 500
    pub(super) limit: Option<u64>,
}

/// An item in a list.
#[derive(Serialize, ToSchema)]
pub struct ItemRow {
    /// `institution~finding`
    pub(super) key: String,
    institution: String,
    institution_name: String,
    /// 人员编号, masked
    person_masked: String,
    visit: String,
    rule: String,
    rule_name: String,
    severity: String,
    severity_label: String,
    /// Day of the fact
    occurred_on: String,
    amount_fen: i64,
    /// Funds' part of it
    at_stake_fen: i64,
    decided_fen: i64,
    deducted_fen: i64,
    state: String,
    state_label: String,
    stage: String,
    /// Last day of whoever's turn it is
    #[schema(required)]
    due_on: Option<String>,
    /// Working days left; negative when it has passed
    #[schema(required)]
    days_left: Option<i32>,
    #[schema(required)]
    assignee: Option<String>,
    #[schema(required)]
    assignee_name: Option<String>,
    /// Name of whoever has it open
    #[schema(required)]
    locked_by: Option<String>,
    /// Days since it came in
    age_days: i32,
    version: u32,
}

/// A page of items.
#[derive(Serialize, ToSchema)]
pub struct ItemList {
    items: Vec<ItemRow>,
    /// Items in all
    total: i64,
    /// What they come to
    at_stake_fen: i64,
    #[schema(required)]
    next_cursor: Option<String>,
    /// When this was true
    as_of: String,
}

/// Names and locks that rows are shown with.
pub(super) struct Names {
    pub(super) people: HashMap<String, String>,
    locks: HashMap<String, String>,
    calendar: Calendar,
}

impl Names {
    pub(super) async fn read(desk: &Desk, caller: &Caller) -> Result<Self, Problem> {
        let people = desk.store.users().await?.into_iter().map(|user| (user.account, user.name)).collect();
        let locks = desk.store.notes("agency", "lock", None).await?;
        let held = locks.into_iter().filter(|lock| caller.at.0 - lock.at.0 < LOCK_SECONDS);
        let held = held.map(|lock| (lock.name, lock.body));
        Ok(Self { people, locks: held.collect(), calendar: desk.review_clock().calendar.clone() })
    }

    pub(super) fn name(&self, account: &str) -> String {
        self.people.get(account).cloned().unwrap_or_else(|| account.to_owned())
    }

    pub(super) fn holder(&self, key: &str) -> Option<&str> {
        self.locks.get(key).map(String::as_str)
    }
}

pub(super) fn row(desk: &Desk, caller: &Caller, item: &Item, names: &Names) -> ItemRow {
    let (facts, standing) = (&item.facts, &item.standing);
    let blind = caller.role() == Role::Panelist;
    let name = if blind { "（合议隐名）".to_owned() } else { institution_name(desk, &facts.institution) };
    let reviewer = |account: &str| field(caller, Field::Reviewer, account);
    let today = caller.at.day();
    let assignee = (!item.assignee.is_empty()).then_some(item.assignee.as_str());
    let holder = names.holder(&item.key()).filter(|holder| *holder != caller.user.account);
    ItemRow {
        key: item.key(),
        institution: facts.institution.clone(),
        institution_name: name,
        person_masked: field(caller, Field::PersonNumber, &facts.person),
        visit: facts.visit.clone(),
        rule: facts.rule.clone(),
        rule_name: facts.rule_name.clone(),
        severity: facts.severity.word().to_owned(),
        severity_label: facts.severity.label().to_owned(),
        occurred_on: facts.occurred_on.to_string(),
        amount_fen: facts.amount.0,
        at_stake_fen: facts.at_stake().0,
        decided_fen: standing.decided.0,
        deducted_fen: standing.deducted.0,
        state: standing.state.word().to_owned(),
        state_label: standing.state.label().to_owned(),
        stage: standing.state.stage().word().to_owned(),
        due_on: day(standing.due_on),
        days_left: standing.due_on.map(|due| names.calendar.left(today, due)),
        assignee: assignee.map(reviewer),
        assignee_name: assignee.map(|account| reviewer(&names.name(account))),
        locked_by: holder.map(|account| reviewer(&names.name(account))),
        age_days: today.0 - facts.imported_at.day().0,
        version: item.version,
    }
}

/// Items within the caller's scope, in any order, page by page.
#[utoipa::path(get, path = "/api/review/items", tag = "review", operation_id = "listItems", params(Which),
    responses((status = 200, body = ItemList), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn items(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Query(which): Query<Which>,
) -> Result<Json<ItemList>, Problem> {
    let query = query(&caller, &which)?;
    let page = desk.store.review_page(&query).await?;
    let (total, at_stake) = desk.store.review_total(&query).await?;
    let names = Names::read(&desk, &caller).await?;
    let shown = page.items.iter().filter(|item| caller.sees(item));
    Ok(Json(ItemList {
        items: shown.map(|item| row(&desk, &caller, item, &names)).collect(),
        total,
        at_stake_fen: at_stake.0,
        next_cursor: page.next.as_ref().map(cursor),
        as_of: moment(caller.at),
    }))
}

fn cursor(place: &(String, String)) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_string(place).unwrap_or_default())
}

/// What was asked, within what the caller may see.
pub(super) fn query(caller: &Caller, which: &Which) -> Result<ItemQuery, Problem> {
    let wrong = |name: &str, value: &str, remedy: &str| {
        Problem::new(StatusCode::BAD_REQUEST, format!("{name}“{value}”不正确"), remedy).code("parameter")
    };
    let listed = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.split(',')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut query = ItemQuery::of(caller.scope().clone());
    for word in listed(&which.stage) {
        query
            .stages
            .push(Stage::parse(&word).ok_or_else(|| wrong("stage", &word, "见 /api/review/vocabulary 的 stages"))?);
    }
    for word in listed(&which.state) {
        query
            .states
            .push(ItemState::parse(&word).ok_or_else(|| wrong("state", &word, "见 /api/review/vocabulary 的 states"))?);
    }
    if query.stages.is_empty() && query.states.is_empty() {
        query.stages = Stage::ALL.into_iter().filter(|stage| *stage != Stage::Closed).collect();
    }
    told_only(caller, &mut query);
    if let Some(sort) = &which.sort {
        let (column, order) = sort.split_once('.').unwrap_or((sort, "asc"));
        query.sort = SortBy::parse(column).ok_or_else(|| wrong("sort", sort, "写作 at_stake.desc；列名见接口文档"))?;
        query.descending = match order {
            "asc" => false,
            "desc" => true,
            _ => return Err(wrong("sort", sort, "次序为 asc 或 desc")),
        };
    }
    if let Some(cursor) = &which.cursor {
        let text = URL_SAFE_NO_PAD.decode(cursor).ok();
        let place = text.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        query.after = Some(place.ok_or_else(|| wrong("cursor", cursor, "请使用上一页返回的 next_cursor"))?);
    }
    if let Some(until) = &which.due_until {
        let day = Day::parse(until.as_bytes()).map_err(|_| wrong("due_until", until, "请写作 2026-11-27"))?;
        query.due_until = Some(i64::from(day.0));
    }
    let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    query.institution = some(&which.institution);
    query.rule = some(&which.rule);
    query.severity = some(&which.severity);
    query.visit = some(&which.q);
    query.assignee = some(&which.assignee).map(|account| match account.as_str() {
        "-" => String::new(),
        "me" => caller.user.account.clone(),
        _ => account,
    });
    query.limit = which.limit.unwrap_or(100).clamp(1, PAGE_MAX);
    Ok(query)
}

/// Institutions see what they are told. Experts see what panels are about.
fn told_only(caller: &Caller, query: &mut ItemQuery) {
    let told: fn(&ItemState) -> bool = match caller.role() {
        Role::HospitalOffice | Role::Clinician => |state| state.is_told(),
        Role::Panelist => |state| matches!(state, ItemState::InPanel | ItemState::Final | ItemState::Reversed),
        _ => return,
    };
    let stages = std::mem::take(&mut query.stages);
    let of_stages = |state: &&ItemState| stages.is_empty() || stages.contains(&state.stage());
    let wanted = |state: &&ItemState| query.states.is_empty() || query.states.contains(state);
    let states: Vec<ItemState> =
        ItemState::ALL.iter().filter(of_stages).filter(wanted).filter(|state| told(state)).copied().collect();
    if states.is_empty() {
        // Nothing that they may see: an empty scope selects nothing.
        query.scope = Scope::default();
    }
    query.states = states;
}
