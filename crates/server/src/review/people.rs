//! Accounts: opened by one administrator, given rights by another, watched by a third.

use super::guard::{Caller, missing, write};
use super::password;
use super::session::no_randomness;
use super::shown::moment;
use crate::api::Problem;
use crate::desk::Desk;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::Stamp;
use rights::{Action, Role, Scope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{LogEntry, LogQuery, ReviewChanges, User};
use utoipa::{IntoParams, ToSchema};

/// An account in a list.
#[derive(Serialize, ToSchema)]
pub struct UserRow {
    account: String,
    name: String,
    role: String,
    role_label: String,
    areas: Vec<String>,
    institutions: Vec<String>,
    disabled: bool,
    must_change_password: bool,
    has_second_factor: bool,
    /// Locked by wrong passwords until then
    #[schema(required)]
    locked_until: Option<String>,
    changed_at: String,
}

fn row(user: &User, now: Stamp) -> UserRow {
    UserRow {
        account: user.account.clone(),
        name: user.name.clone(),
        role: user.role.map_or("", Role::word).to_owned(),
        role_label: user.role.map_or("未授权", Role::label).to_owned(),
        areas: user.scope.areas.clone(),
        institutions: user.scope.institutions.clone(),
        disabled: user.disabled,
        must_change_password: user.must_change,
        has_second_factor: user.totp.is_some(),
        locked_until: (user.locked_until > now).then(|| moment(user.locked_until)),
        changed_at: moment(user.changed_at),
    }
}

/// All accounts.
#[utoipa::path(get, path = "/api/users", tag = "users", operation_id = "listUsers", responses((status = 200, body = Vec<UserRow>)))]
pub(super) async fn users(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<UserRow>>, Problem> {
    Ok(Json(desk.store.users().await?.iter().map(|user| row(user, caller.at)).collect()))
}

/// An account to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// 账号: lower-case letters and digits
    account: String,
    /// 姓名
    name: String,
}

/// A password that is shown once.
#[derive(Serialize, ToSchema)]
pub struct GivenPassword {
    account: String,
    /// Must be changed at the first sign-in
    password: String,
}

/// Opens an account without rights; its first password is shown once.
#[utoipa::path(post, path = "/api/users", tag = "users", operation_id = "openUser", request_body = NewUser,
    responses((status = 200, body = GivenPassword), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn open_user(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(wish): Json<NewUser>,
) -> Result<Json<GivenPassword>, Problem> {
    let named = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if !(3..=32).contains(&wish.account.len()) || !wish.account.chars().all(named) || wish.name.trim().is_empty() {
        let detail = "账号为 3 至 32 位小写字母或数字，姓名不能为空";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "账号或姓名不正确", detail).code("account"));
    }
    if wish.account == review::SYSTEM || desk.store.user(&wish.account).await?.is_some() {
        return Err(Problem::new(StatusCode::CONFLICT, "账号已存在", "请换一个账号").code("account"));
    }
    let user = blank(&wish.account, wish.name.trim(), caller.at);
    give_password(&desk, &caller, user, "open_user").await.map(Json)
}

fn blank(account: &str, name: &str, at: Stamp) -> User {
    User {
        account: account.to_owned(),
        name: name.to_owned(),
        role: None,
        scope: Scope::default(),
        password: String::new(),
        must_change: true,
        totp: None,
        totp_pending: None,
        totp_step: 0,
        failures: 0,
        locked_until: Stamp(0),
        disabled: false,
        changed_at: at,
    }
}

/// Gives an account a fresh password, which must be changed, and ends its sessions.
async fn give_password(desk: &Desk, caller: &Caller, user: User, action: &str) -> Result<GivenPassword, Problem> {
    let fresh = password::fresh_password().ok_or_else(no_randomness)?;
    let text = fresh.clone();
    let hashed =
        tokio::task::spawn_blocking(move || password::hash(&text)).await.ok().flatten().ok_or_else(no_randomness)?;
    let kept = User {
        password: hashed,
        must_change: true,
        failures: 0,
        locked_until: Stamp(0),
        changed_at: caller.at,
        ..user
    };
    let (account, entry) = (kept.account.clone(), caller.entry(action, &kept.account, "done", ""));
    write(desk, caller.at, move || ReviewChanges {
        users: vec![kept.clone()],
        signed_out: vec![kept.account.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await?;
    Ok(GivenPassword { account, password: fresh })
}

/// Gives an account a fresh password and takes its second factor away.
#[utoipa::path(post, path = "/api/users/{account}/password", tag = "users", operation_id = "resetPassword", params(("account" = String, Path)),
    responses((status = 200, body = GivenPassword), (status = 404, body = Problem)))]
pub(super) async fn reset_password(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(account): Path<String>,
) -> Result<Json<GivenPassword>, Problem> {
    let user = desk.store.user(&account).await?.ok_or_else(|| missing("账号"))?;
    let user = User { totp: None, totp_pending: None, ..user };
    give_password(&desk, &caller, user, "reset_password").await.map(Json)
}

/// Whether an account may sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserState {
    /// 停用
    disabled: bool,
}

/// Locks or unlocks an account; a locked one's sessions end at once.
#[utoipa::path(put, path = "/api/users/{account}/state", tag = "users", operation_id = "setUserState", params(("account" = String, Path)),
    request_body = UserState, responses((status = 200, body = UserRow), (status = 404, body = Problem)))]
pub(super) async fn set_state(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(account): Path<String>,
    Json(wish): Json<UserState>,
) -> Result<Json<UserRow>, Problem> {
    let user = desk.store.user(&account).await?.ok_or_else(|| missing("账号"))?;
    let action = if wish.disabled { "disable_user" } else { "enable_user" };
    let user = User { disabled: wish.disabled, failures: 0, locked_until: Stamp(0), ..user };
    change(&desk, &caller, user, action).await
}

/// Role and scope of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightsWish {
    /// Role, a word; empty takes it away
    role: String,
    /// 医保区划
    areas: Vec<String>,
    /// 定点医药机构编号; empty: all within the areas
    institutions: Vec<String>,
}

/// Gives an account its role and scope. Its sessions end: the change holds at once.
#[utoipa::path(put, path = "/api/users/{account}/rights", tag = "users", operation_id = "grantRights", params(("account" = String, Path)),
    request_body = RightsWish, responses((status = 200, body = UserRow), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn grant(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(account): Path<String>,
    Json(wish): Json<RightsWish>,
) -> Result<Json<UserRow>, Problem> {
    let unfit =
        |title: String, detail: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail).code("rights");
    if account == caller.user.account {
        return Err(unfit("不能更改本人的权限".to_owned(), "请由另一名安全管理员办理"));
    }
    let user = desk.store.user(&account).await?.ok_or_else(|| missing("账号"))?;
    let role = match wish.role.as_str() {
        "" => None,
        word => {
            Some(Role::parse(word).ok_or_else(|| unfit(format!("没有角色“{word}”"), "角色见 /api/review/vocabulary"))?)
        }
    };
    let scope = Scope { areas: wish.areas, institutions: wish.institutions };
    if let Some(role) = role {
        scope.check(role).map_err(|what| unfit(what, "请补充数据范围"))?;
    }
    change(&desk, &caller, User { role, scope, ..user }, "grant_rights").await
}

async fn change(desk: &Desk, caller: &Caller, user: User, action: &str) -> Result<Json<UserRow>, Problem> {
    let kept = User { changed_at: caller.at, ..user };
    let shown = row(&kept, caller.at);
    let entry = caller.entry(action, &kept.account, "done", kept.role.map_or("", Role::word));
    write(desk, caller.at, move || ReviewChanges {
        users: vec![kept.clone()],
        signed_out: vec![kept.account.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await?;
    Ok(Json(shown))
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichEntries {
    /// Account
    account: Option<String>,
    /// A word of the permission table or an act
    action: Option<String>,
    /// Where the last page ended
    cursor: Option<String>,
    /// Most entries, at most 500
    limit: Option<u64>,
}

/// An entry of the access log.
#[derive(Serialize, ToSchema)]
pub struct EntryRow {
    id: String,
    at: String,
    account: String,
    action: String,
    subject: String,
    outcome: String,
    reason: String,
}

/// A page of the access log, newest first.
#[derive(Serialize, ToSchema)]
pub struct EntryList {
    entries: Vec<EntryRow>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Who did and saw what.
#[utoipa::path(get, path = "/api/access-log", tag = "users", operation_id = "getAccessLog", params(WhichEntries),
    responses((status = 200, body = EntryList), (status = 400, body = Problem)))]
pub(super) async fn access_log(
    State(desk): State<Arc<Desk>>,
    Query(which): Query<WhichEntries>,
) -> Result<Json<EntryList>, Problem> {
    let before = which.cursor.as_deref().map(|cursor| {
        let (at, id) = cursor.split_once('.').unwrap_or_default();
        at.parse().map(|at| (at, id.to_owned())).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "cursor 不正确", "请使用上一页返回的 next_cursor").code("parameter")
        })
    });
    let limit = which.limit.unwrap_or(100).clamp(1, 500);
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let query = LogQuery {
        account: some(which.account),
        action: some(which.action),
        before: before.transpose()?,
        limit: limit + 1,
    };
    let mut entries = desk.store.access_log(&query).await?;
    let more = entries.len() as u64 > limit;
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = entries.last().filter(|_| more).map(|last| format!("{}.{}", last.at.0, last.id));
    let row = |entry: LogEntry| EntryRow {
        id: entry.id,
        at: moment(entry.at),
        account: entry.account,
        action: entry.action,
        subject: entry.subject,
        outcome: entry.outcome,
        reason: entry.reason,
    };
    Ok(Json(EntryList { entries: entries.into_iter().map(row).collect(), next_cursor: next }))
}

/// Somebody who can be given work.
#[derive(Serialize, ToSchema)]
pub struct Colleague {
    account: String,
    name: String,
    role: String,
    role_label: String,
}

/// People of the agency whose scope meets the caller's.
#[utoipa::path(get, path = "/api/review/colleagues", tag = "review", operation_id = "listColleagues", responses((status = 200, body = Vec<Colleague>)))]
pub(super) async fn colleagues(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<Colleague>>, Problem> {
    let meets = |user: &User| {
        let stems = user.scope.area_stems().into_iter().map(str::to_owned).collect::<Vec<_>>();
        let own = caller.scope().area_stems();
        stems.iter().any(|one| own.iter().any(|other| one.starts_with(other) || other.starts_with(one.as_str())))
    };
    let works = |user: &User| {
        user.role.is_some_and(|role| Action::Act.allows(role) && role.group() == rights::RoleGroup::Agency)
            && !user.disabled
    };
    let users = desk.store.users().await?.into_iter().filter(|user| works(user) && meets(user));
    let colleague = |user: User| Colleague {
        role: user.role.map_or("", Role::word).to_owned(),
        role_label: user.role.map_or("", Role::label).to_owned(),
        account: user.account,
        name: user.name,
    };
    Ok(Json(users.map(colleague).collect()))
}

/// An account of the demo, with its password.
#[derive(Debug, Clone, Serialize)]
pub struct DemoUser {
    /// 账号
    pub account: String,
    /// 姓名
    pub name: String,
    /// Role
    pub role: String,
    /// Password, shown once
    pub password: String,
}

/// Accounts of the demo: one or more for each role. Institutions' accounts belong to the two named; none when fewer are known.
const DEMO: [(&str, &str, Role, usize); 18] = [
    ("chushen1", "初审甲", Role::FirstReviewer, 0),
    ("chushen2", "初审乙", Role::FirstReviewer, 0),
    ("fushen1", "复审甲", Role::SecondReviewer, 0),
    ("fushen2", "复审乙", Role::SecondReviewer, 0),
    ("zhuanjia1", "专家甲", Role::Panelist, 0),
    ("zhuanjia2", "专家乙", Role::Panelist, 0),
    ("zhuanjia3", "专家丙", Role::Panelist, 0),
    ("yiyuan1", "医保办甲", Role::HospitalOffice, 1),
    ("yiyuan2", "医保办乙", Role::HospitalOffice, 2),
    ("guize", "规则甲", Role::RuleManager, 0),
    ("guize2", "规则乙", Role::RuleManager, 0),
    ("jianguan", "监管甲", Role::Supervisor, 0),
    ("caiwu", "财务甲", Role::Finance, 0),
    ("lingdao", "领导甲", Role::Leader, 0),
    ("shenji", "审计甲", Role::Auditor, 0),
    ("xitong", "系统甲", Role::SystemAdmin, 0),
    ("anquan", "安全甲", Role::SecurityAdmin, 0),
    ("rizhi", "日志甲", Role::AuditAdmin, 0),
];

/// Accounts for the demo with fresh passwords; `institutions` are code and area. Slow: each password is hashed.
#[must_use]
pub fn demo_users(institutions: &[(String, String)], at: Stamp) -> Vec<(User, DemoUser)> {
    let mut users = Vec::new();
    for (account, name, role, place) in DEMO {
        let scope = match (place, place.checked_sub(1).and_then(|place| institutions.get(place))) {
            (0, _) => Scope::everywhere(),
            (_, Some((code, area))) => Scope { areas: vec![area.clone()], institutions: vec![code.clone()] },
            _ => continue,
        };
        let (Some(password), Some(scope)) = (password::fresh_password(), Some(scope)) else { continue };
        let Some(hash) = password::hash(&password) else { continue };
        // The demo's passwords are random already and shown to whoever started it.
        let user = User { role: Some(role), scope, password: hash, must_change: false, ..blank(account, name, at) };
        let shown =
            DemoUser { account: account.to_owned(), name: name.to_owned(), role: role.word().to_owned(), password };
        users.push((user, shown));
    }
    users
}
