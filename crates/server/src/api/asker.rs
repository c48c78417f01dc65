//! Who asks the management API: a system that holds the token, or a person who signed in and whose role may.

use super::Problem;
use crate::desk::Desk;
use crate::review::{Caller, admitted};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rights::{Action, Scope};
use std::sync::Arc;

/// Whoever passed the gate.
#[derive(Debug, Clone)]
pub(crate) enum Asker {
    /// Holds the token: everything, everywhere.
    System,
    /// Signed in: what the role may, within the scope.
    Person(Box<Caller>),
}

impl Asker {
    /// On whose records.
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::System => Scope::everywhere(),
            Self::Person(caller) => caller.scope().clone(),
        }
    }

    /// Whether a record of an institution in an area may be seen.
    pub(crate) fn covers(&self, area: &str, institution: &str) -> bool {
        match self {
            Self::System => true,
            Self::Person(caller) => caller.scope().covers(area, institution),
        }
    }

    /// Whether an institution may be seen. One that nobody registered is in no area: only who sees everything sees it.
    pub(crate) fn covers_institution(&self, desk: &Desk, code: &str) -> bool {
        let area = desk.world().institutions.get(code).map(|known| known.area.clone()).unwrap_or_default();
        self.covers(&area, code)
    }

    /// Whether an area may be seen or set as a whole; none is all of them.
    pub(crate) fn covers_area(&self, area: Option<&str>) -> bool {
        match self {
            Self::System => true,
            Self::Person(caller) => {
                caller.scope().institutions.is_empty() && caller.scope().covers(area.unwrap_or_default(), "")
            }
        }
    }

    /// Who it was: what a system says of itself, the account of whoever signed in.
    pub(crate) fn name(&self, said: String) -> String {
        match self {
            Self::System => said,
            Self::Person(caller) => caller.user.account.clone(),
        }
    }
}

/// What a route stands for, with the desk that its gate needs.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) desk: Arc<Desk>,
    pub(super) action: Action,
}

/// Lets a request pass with its [`Asker`], or answers why not. A token counts before a session.
pub(super) async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let asker = if headers.contains_key(header::AUTHORIZATION) || !headers.contains_key(header::COOKIE) {
        holds_token(&gate.desk, headers).map(|()| Asker::System)
    } else {
        let caller = admitted(&gate.desk, gate.action, request.method(), headers).await;
        caller.map(|caller| Asker::Person(Box::new(caller)))
    };
    match asker {
        Ok(asker) => {
            request.extensions_mut().insert(asker);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// The bearer token must be the configured one; compared in full whatever differs.
fn holds_token(desk: &Desk, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(token) = &desk.config.management_token else {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "管理接口未开放",
            "请登录后使用；程序调用请在配置中设置 management_token，并以 Authorization: Bearer 发送",
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

/// What is not there, or not within the scope: nobody learns which.
pub(super) fn missing(what: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("没有找到该{what}"), "请确认编号，以及是否在您的数据范围内")
        .code("not_found")
}
