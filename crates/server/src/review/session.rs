//! Signing in and out, the own password, the second factor.

use super::guard::{COOKIE, Caller, caller, check_origin, cookie, write};
use super::password::{self, Password};
use crate::api::Problem;
use crate::clock;
use crate::desk::Desk;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::Stamp;
use rights::Action;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{LogEntry, ReviewChanges, Session, User};
use utoipa::ToSchema;

/// Wrong passwords in a row that lock an account, and for how long.
const FAILURES_MAX: u32 = 5;
const LOCK_SECONDS: i64 = 900;
/// How long a session lasts.
const SESSION_SECONDS: i64 = 12 * 3_600;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// 账号
    account: String,
    /// 密码
    password: String,
    /// 动态口令, when a second factor is set
    code: Option<String>,
}

/// The session.
#[derive(Serialize, ToSchema)]
pub struct SessionAnswer {
    /// Who.
    user: SessionUser,
    /// What the account may do: words of the permission table.
    actions: Vec<String>,
    /// The password must be changed first.
    must_change_password: bool,
    /// A second factor is set.
    has_second_factor: bool,
}

/// Who signed in.
#[derive(Serialize, ToSchema)]
pub struct SessionUser {
    /// 账号
    account: String,
    /// 姓名
    name: String,
    /// Role, a word; empty when none was given
    role: String,
    /// 角色
    role_label: String,
    /// 定点医药机构编号 of an institution's account
    #[schema(required)]
    institution: Option<String>,
    /// Its name
    #[schema(required)]
    institution_name: Option<String>,
    /// 医保区划
    areas: Vec<String>,
}

fn answer(desk: &Desk, user: &User) -> SessionAnswer {
    let institution = user.scope.institutions.first().cloned();
    let name = institution.as_ref().map(|code| super::views::institution_name(desk, code));
    let actions = user.role.into_iter().flat_map(Action::of).map(|action| action.word().to_owned()).collect();
    SessionAnswer {
        user: SessionUser {
            account: user.account.clone(),
            name: user.name.clone(),
            role: user.role.map_or("", rights::Role::word).to_owned(),
            role_label: user.role.map_or("未授权", rights::Role::label).to_owned(),
            institution,
            institution_name: name,
            areas: user.scope.areas.clone(),
        },
        actions,
        must_change_password: user.must_change,
        has_second_factor: user.totp.is_some(),
    }
}

/// Signs in. Five wrong passwords lock the account for a quarter of an hour.
#[utoipa::path(post, path = "/api/session", tag = "session", operation_id = "signIn", request_body = SignIn,
    responses((status = 200, body = SessionAnswer), (status = 401, body = Problem), (status = 423, body = Problem)))]
pub(super) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Json(given): Json<SignIn>,
) -> Result<Response, Problem> {
    check_origin(&Method::POST, &headers)?;
    let at = clock::now().stamp;
    let known = desk.store.user(&given.account).await?;
    if let Some(user) = known.as_ref().filter(|user| user.locked_until > at) {
        let until = super::shown::moment(user.locked_until);
        let detail = format!("请于 {until} 后再试，或联系系统管理员解锁");
        return Err(Problem::new(StatusCode::LOCKED, "密码多次错误，账号已锁定", detail).code("locked"));
    }
    let hash = known.as_ref().map(|user| user.password.clone()).unwrap_or_default();
    let password = given.password;
    let right = tokio::task::spawn_blocking(move || password::verify(&password, &hash)).await.unwrap_or(false);
    // Whether the account exists is nobody's business: unknown, disabled and wrong read alike.
    let refused = || {
        Problem::new(StatusCode::UNAUTHORIZED, "账号或密码不正确", "请核对后重试；连续错误 5 次将锁定 15 分钟")
            .code("wrong_password")
    };
    let Some(user) = known else { return Err(refused()) };
    if !right || user.disabled {
        failed(&desk, user, at).await?;
        return Err(refused());
    }
    let step = match (&user.totp, given.code.as_deref()) {
        (None, _) => user.totp_step,
        (Some(_), None | Some("")) => {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "请输入动态口令", "打开身份验证器应用查看 6 位口令")
                .code("code_required"));
        }
        (Some(secret), Some(code)) => match password::totp_step(secret, code.trim(), clock::milliseconds() / 1000) {
            Some(step) if step > user.totp_step => step,
            _ => {
                failed(&desk, user, at).await?;
                return Err(Problem::new(StatusCode::UNAUTHORIZED, "动态口令不正确或已使用", "请等待下一个口令")
                    .code("wrong_code"));
            }
        },
    };
    let kept = User { failures: 0, locked_until: Stamp(0), totp_step: step, ..user };
    let body = answer(&desk, &kept);
    let cookie = begin(&desk, kept, at).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// Begins a session of a user as it is to be kept; the cookie that holds it.
pub(super) async fn begin(desk: &Desk, user: User, at: Stamp) -> Result<String, Problem> {
    let secret = password::random_hex(32).ok_or_else(no_randomness)?;
    let session = Session {
        account: user.account.clone(),
        secret: password::digest(&secret),
        begun_at: at,
        expires_at: Stamp(at.0 + SESSION_SECONDS),
    };
    let cookie = format!(
        "{COOKIE}={}.{secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_SECONDS}{}",
        user.account,
        desk.config.secure()
    );
    let entry = log(&user.account, at, "sign_in", "done");
    write(desk, at, move || ReviewChanges {
        users: vec![user.clone()],
        sessions: vec![session.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await?;
    Ok(cookie)
}

/// Counts a wrong password, and locks.
async fn failed(desk: &Desk, user: User, at: Stamp) -> Result<(), Problem> {
    let failures = user.failures + 1;
    let locked = failures >= FAILURES_MAX;
    let entry = log(&user.account, at, "sign_in", "failed");
    let kept = User {
        failures: if locked { 0 } else { failures },
        locked_until: if locked { Stamp(at.0 + LOCK_SECONDS) } else { user.locked_until },
        ..user
    };
    write(desk, at, move || ReviewChanges {
        users: vec![kept.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await
}

fn log(account: &str, at: Stamp, action: &str, outcome: &str) -> LogEntry {
    LogEntry {
        account: account.to_owned(),
        id: String::new(),
        at,
        action: action.to_owned(),
        subject: account.to_owned(),
        outcome: outcome.to_owned(),
        reason: String::new(),
    }
}

pub(super) fn no_randomness() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "系统无法产生随机数", "请稍后重试，并报告系统管理员")
}

/// The own session.
#[utoipa::path(get, path = "/api/session", tag = "session", operation_id = "getSession",
    responses((status = 200, body = SessionAnswer), (status = 401, body = Problem)))]
pub(super) async fn session(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Json<SessionAnswer> {
    Json(answer(&desk, &caller.user))
}

/// Signs out. A session that has ended already is no error.
#[utoipa::path(delete, path = "/api/session", tag = "session", operation_id = "signOut", responses((status = 204)))]
pub(super) async fn sign_out(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Result<Response, Problem> {
    check_origin(&Method::DELETE, &headers)?;
    if cookie(&headers).is_some()
        && let Ok(caller) = caller(&desk, &headers).await
    {
        let ended = (caller.user.account.clone(), caller.secret.clone());
        let entry = caller.entry("sign_out", &caller.user.account, "done", "");
        write(&desk, caller.at, move || ReviewChanges {
            ended: vec![ended.clone()],
            log: vec![entry.clone()],
            ..ReviewChanges::default()
        })
        .await?;
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// 原密码
    old: String,
    /// 新密码
    new: String,
}

/// Changes the own password; all other sessions of the account end.
#[utoipa::path(put, path = "/api/session/password", tag = "session", operation_id = "changePassword", request_body = NewPassword,
    responses((status = 200, body = SessionAnswer), (status = 422, body = Problem)))]
pub(super) async fn change_password(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(given): Json<NewPassword>,
) -> Result<Json<SessionAnswer>, Problem> {
    let user = caller.user.clone();
    let unfit =
        |title: &str, detail: &str, code| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail).code(code);
    if password::judge(&given.new, &user.account) == Password::Weak || given.new == given.old {
        return Err(unfit(
            "新密码不符合要求",
            "至少 10 位，含字母、数字、符号中的两类，不含账号，且与原密码不同",
            "weak_password",
        ));
    }
    let (old, hash, new) = (given.old, user.password.clone(), given.new);
    let hashed = tokio::task::spawn_blocking(move || password::verify(&old, &hash).then(|| password::hash(&new)))
        .await
        .ok()
        .flatten()
        .ok_or_else(|| unfit("原密码不正确", "请核对原密码", "wrong_password"))?
        .ok_or_else(no_randomness)?;
    let kept = User { password: hashed, must_change: false, ..user };
    let body = answer(&desk, &kept);
    let own = Session {
        account: kept.account.clone(),
        secret: caller.secret.clone(),
        begun_at: caller.at,
        expires_at: Stamp(caller.at.0 + SESSION_SECONDS),
    };
    let entry = caller.entry("change_password", &kept.account, "done", "");
    write(&desk, caller.at, move || ReviewChanges {
        users: vec![kept.clone()],
        signed_out: vec![kept.account.clone()],
        sessions: vec![own.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await?;
    Ok(Json(body))
}

/// A second factor to be set up.
#[derive(Serialize, ToSchema)]
pub struct SecondFactor {
    /// Secret, base32
    secret: String,
    /// `otpauth://…`, for a QR code
    uri: String,
}

/// Begins to set up a second factor; it counts once a code was confirmed.
#[utoipa::path(post, path = "/api/session/second-factor", tag = "session", operation_id = "beginSecondFactor",
    responses((status = 200, body = SecondFactor)))]
pub(super) async fn begin_second_factor(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<SecondFactor>, Problem> {
    let secret = password::fresh_totp().ok_or_else(no_randomness)?;
    let uri = format!("otpauth://totp/yibao:{}?secret={secret}&issuer=yibao", caller.user.account);
    let kept = User { totp_pending: Some(secret.clone()), ..caller.user.clone() };
    write(&desk, caller.at, move || ReviewChanges { users: vec![kept.clone()], ..ReviewChanges::default() }).await?;
    Ok(Json(SecondFactor { secret, uri }))
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// 动态口令
    code: String,
}

/// Confirms the second factor: from now on it is asked for.
#[utoipa::path(put, path = "/api/session/second-factor", tag = "session", operation_id = "confirmSecondFactor", request_body = Code,
    responses((status = 200, body = SessionAnswer), (status = 422, body = Problem)))]
pub(super) async fn confirm_second_factor(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(given): Json<Code>,
) -> Result<Json<SessionAnswer>, Problem> {
    let user = caller.user.clone();
    let pending = user.totp_pending.clone().unwrap_or_default();
    let step = password::totp_step(&pending, given.code.trim(), clock::milliseconds() / 1000).ok_or_else(|| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "动态口令不正确", "请核对手机时间后重试").code("wrong_code")
    })?;
    let kept = User { totp: Some(pending), totp_pending: None, totp_step: step, ..user };
    let (body, entry) = (answer(&desk, &kept), caller.entry("second_factor", &kept.account, "done", ""));
    write(&desk, caller.at, move || ReviewChanges {
        users: vec![kept.clone()],
        log: vec![entry.clone()],
        ..ReviewChanges::default()
    })
    .await?;
    Ok(Json(body))
}
