//! In front of every route: who calls, whether that role may, whether it is our own page that asks.

use super::password::digest;
use crate::api::Problem;
use crate::clock;
use crate::desk::Desk;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::Stamp;
use review::{Item, Refusal};
use rights::{Action, Role, Scope};
use std::sync::Arc;
use store::{LogEntry, ReviewChanges, ReviewJob, User};

/// The session's cookie: `account.secret`.
pub(super) const COOKIE: &str = "yibao_session";
/// A header that only a script of our own page can send to us: a form of another page cannot, and a script of another page
/// would have to ask first (CORS), which is never granted.
pub(super) const CSRF: &str = "x-yibao-console";

/// Somebody who signed in, and what the account may do.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account, read from the database with this request: a role that changed has changed.
    pub user: User,
    /// Hash of the session's secret.
    pub secret: String,
    /// The moment of the request.
    pub at: Stamp,
}

impl Caller {
    /// The role; whoever has none passes no guard but that of the own session.
    pub(crate) fn role(&self) -> Role {
        self.user.role.unwrap_or(Role::AuditAdmin)
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.user.scope
    }

    /// Whether an item is within the scope, and the institution has to do with it: a provider sees what was sent to it.
    pub(super) fn sees(&self, item: &Item) -> bool {
        let facts = &item.facts;
        self.scope().covers(&facts.area, &facts.institution) && self.is_told(item)
    }

    /// Experts see what they sit on; providers what they are told.
    fn is_told(&self, item: &Item) -> bool {
        match self.role() {
            Role::HospitalOffice | Role::Clinician => item.standing.state.is_told(),
            Role::Panelist => item.standing.panel.iter().any(|seat| seat.user == self.user.account),
            _ => true,
        }
    }

    /// An entry of the access log about this caller.
    pub(crate) fn entry(&self, action: &str, subject: &str, outcome: &str, reason: &str) -> LogEntry {
        LogEntry {
            account: self.user.account.clone(),
            id: String::new(),
            at: self.at,
            action: action.to_owned(),
            subject: subject.to_owned(),
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// What a route stands for, with the desk that it needs.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) desk: Arc<Desk>,
    pub(super) action: Action,
}

/// Lets a request pass with its [`Caller`], or answers why not.
pub(super) async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    match admitted(&guard.desk, guard.action, request.method(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whoever signed in and may do this.
///
/// # Errors
/// Not signed in, not allowed, a password that must be changed first, a page that is not ours.
pub(crate) async fn admitted(
    desk: &Desk,
    action: Action,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    check_origin(method, headers)?;
    let caller = caller(desk, headers).await?;
    let allowed = match caller.user.role {
        Some(role) => action.allows(role),
        None => action == Action::OwnSession,
    };
    if !allowed {
        let entry = caller.entry(action.word(), "", "refused", "");
        note(desk, entry).await?;
        let role = caller.user.role.map_or("未授权账号", Role::label);
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("{role}没有“{}”的权限", action.label()),
            "如确需办理，请联系安全管理员授权",
        )
        .code("right"));
    }
    if caller.user.must_change && action != Action::OwnSession {
        return Err(Problem::new(StatusCode::FORBIDDEN, "首次登录须先修改密码", "请先修改初始密码")
            .code("must_change_password"));
    }
    Ok(caller)
}

/// Requests that change something come from our own page.
pub(super) fn check_origin(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD) || headers.contains_key(CSRF) {
        return Ok(());
    }
    let detail = "浏览器页面之外的调用须带请求头 X-Yibao-Console: 1";
    Err(Problem::new(StatusCode::FORBIDDEN, "请求不是本系统页面发出的", detail).code("csrf"))
}

/// Account and secret of the session's cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<(String, String)> {
    let (account, secret) = cookie_named(headers, COOKIE)?.rsplit_once('.')?;
    Some((account.to_owned(), secret.to_owned()))
}

/// What a cookie holds.
pub(super) fn cookie_named<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    Some(pairs.find(|(name, _)| *name == wanted)?.1)
}

/// Whoever holds the session of the cookie. Session and account are read with every request, so that a session that was ended
/// anywhere ends here.
pub(super) async fn caller(desk: &Desk, headers: &HeaderMap) -> Result<Caller, Problem> {
    let unknown = || Problem::new(StatusCode::UNAUTHORIZED, "未登录或登录已失效", "请重新登录").code("sign_in");
    let (account, secret) = cookie(headers).ok_or_else(unknown)?;
    let (secret, at) = (digest(&secret), clock::now().stamp);
    let user = desk.store.signed_in(&account, &secret, at).await?.filter(|user| !user.disabled).ok_or_else(unknown)?;
    Ok(Caller { user, secret, at })
}

/// Writes an entry of the access log.
pub(crate) async fn note(desk: &Desk, entry: LogEntry) -> Result<(), Problem> {
    write(desk, entry.at, move || ReviewChanges { log: vec![entry.clone()], ..ReviewChanges::default() }).await
}

/// Writes what needs no look at items.
pub(super) async fn write(
    desk: &Desk,
    at: Stamp,
    changes: impl Fn() -> ReviewChanges + Send + Sync + 'static,
) -> Result<(), Problem> {
    desk.store.review(ReviewJob::new(at, move |_, _| Ok(changes()))).await?;
    Ok(())
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code {
            "outdated" => StatusCode::CONFLICT,
            "role" | "four_eyes" => StatusCode::FORBIDDEN,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, refusal.what, refusal.remedy).code(refusal.code)
    }
}

/// What is not there, or not within the scope: nobody learns which.
pub(super) fn missing(what: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("没有找到该{what}"), "请确认编号，以及是否在您的数据范围内")
        .code("not_found")
}
