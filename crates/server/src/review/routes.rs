//! All routes of the workbench, one row each: method, path, the action that it stands for, the handler.

use super::guard::{Guard, guard};
use super::{
    acts, attachments, back_tests, compare, item, items, many, notes, notices, oidc, people, points, publications,
    registers, reveal, revisions, rule_settings, rules, session, settlements, views, vocabulary,
};
use crate::desk::Desk;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, delete, get, post, put};
use rights::Action;
use std::sync::Arc;
use utoipa::OpenApi;

/// A route as a test or a page sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteInfo {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// What it stands for; none for signing in and out, which nobody needs a right for.
    pub action: Option<Action>,
}

type Row = (&'static str, &'static str, Option<Action>, MethodRouter<Arc<Desk>>);

macro_rules! table {
    ($($method:ident $path:literal $action:expr, $handler:path;)+) => {
        /// Every route.
        fn table() -> Vec<Row> {
            vec![$((stringify!($method), $path, $action, $method($handler))),+]
        }

        #[derive(OpenApi)]
        #[openapi(
            paths($($handler),+),
            tags((name = "session", description = "登录与本人设置"), (name = "users", description = "用户、权限与访问日志"), (name = "review", description = "审核：疑点到决定"), (name = "rules", description = "规则、知识与修订"), (name = "settlements", description = "结算"), (name = "registers", description = "登记"))
        )]
        /// The part of the OpenAPI document about these routes.
        pub struct Document;
    };
}

table! {
    post "/api/session" None, session::sign_in;
    delete "/api/session" None, session::sign_out;
    get "/api/session" Some(Action::OwnSession), session::session;
    put "/api/session/password" Some(Action::OwnSession), session::change_password;
    post "/api/session/second-factor" Some(Action::OwnSession), session::begin_second_factor;
    put "/api/session/second-factor" Some(Action::OwnSession), session::confirm_second_factor;
    get "/api/session/ways" None, oidc::ways;
    get "/api/session/oidc" None, oidc::begin;
    get "/api/session/oidc/callback" None, oidc::end;
    get "/api/users" Some(Action::ReadUsers), people::users;
    post "/api/users" Some(Action::ManageUsers), people::open_user;
    post "/api/users/{account}/password" Some(Action::ManageUsers), people::reset_password;
    put "/api/users/{account}/state" Some(Action::ManageUsers), people::set_state;
    put "/api/users/{account}/rights" Some(Action::GrantRights), people::grant;
    get "/api/rights" Some(Action::ReadRights), vocabulary::rights;
    get "/api/access-log" Some(Action::ReadAccessLog), people::access_log;
    get "/api/review/vocabulary" Some(Action::OwnSession), vocabulary::vocabulary;
    get "/api/review/items" Some(Action::ReadQueue), items::items;
    get "/api/review/items/{key}" Some(Action::ReadItem), item::item;
    post "/api/review/items/{key}/acts" Some(Action::Act), acts::act;
    post "/api/review/items/{key}/reveal" Some(Action::Reveal), reveal::reveal;
    put "/api/review/items/{key}/draft" Some(Action::Draft), notes::keep_draft;
    delete "/api/review/items/{key}/draft" Some(Action::Draft), notes::drop_draft;
    put "/api/review/items/{key}/lock" Some(Action::Draft), notes::lock;
    delete "/api/review/items/{key}/lock" Some(Action::Draft), notes::unlock;
    post "/api/review/items/{key}/attachments" Some(Action::Attach), attachments::attach;
    get "/api/review/items/{key}/attachments/{id}" Some(Action::ReadAttachment), attachments::attachment;
    post "/api/review/batches/preview" Some(Action::Batch), many::batches::preview_batch;
    get "/api/review/batches" Some(Action::Batch), many::batches::batches;
    post "/api/review/batches" Some(Action::Batch), many::batches::decide_batch;
    post "/api/review/assignments" Some(Action::Assign), many::assignments::assign;
    get "/api/review/samples" Some(Action::Sample), many::samples::samples;
    post "/api/review/samples" Some(Action::Sample), many::samples::draw_sample;
    get "/api/review/samples/{id}" Some(Action::Sample), many::samples::sample;
    get "/api/review/views" Some(Action::OwnSession), notes::views;
    put "/api/review/views/{name}" Some(Action::OwnSession), notes::keep_view;
    delete "/api/review/views/{name}" Some(Action::OwnSession), notes::drop_view;
    get "/api/review/dashboard" Some(Action::ReadDashboard), views::dashboard;
    get "/api/rules" Some(Action::ReadRules), rules::rules;
    get "/api/rules/{id}" Some(Action::ReadRules), rules::rule;
    put "/api/rules/{id}/switch" Some(Action::ManageRules), rule_settings::switch;
    put "/api/rules/{id}/parameters" Some(Action::ManageRules), rule_settings::parameters;
    get "/api/rules/{id}/comparison" Some(Action::ReadRevisions), compare::comparison;
    get "/api/knowledge" Some(Action::ReadRules), points::knowledge;
    get "/api/revisions" Some(Action::ReadRevisions), revisions::revisions;
    post "/api/revisions" Some(Action::ManageRules), revisions::begin;
    get "/api/revisions/{number}" Some(Action::ReadRevisions), revisions::revision;
    put "/api/revisions/{number}" Some(Action::ManageRules), revisions::edit;
    post "/api/revisions/{number}/back-test" Some(Action::ManageRules), back_tests::begin_back_test;
    delete "/api/revisions/{number}/back-test" Some(Action::ManageRules), back_tests::cancel_back_test;
    post "/api/revisions/{number}/acts" Some(Action::ManageRules), revisions::act;
    get "/api/settlements" Some(Action::ReadSettlements), settlements::settlements;
    get "/api/settlements/{id}" Some(Action::ReadSettlements), settlements::settlement;
    get "/api/institutions/{id}" Some(Action::ReadInstitutions), registers::institution;
    get "/api/persons" Some(Action::ReadPersons), registers::persons;
    get "/api/publications" Some(Action::ReadRevisions), publications::publications;
    post "/api/publications/roll-back" Some(Action::ManageRules), publications::roll_back;
    get "/api/review/institutions" Some(Action::ReadInstitutions), views::institutions;
    get "/api/review/notices" Some(Action::ReadNotice), notices::notice;
    get "/api/review/account" Some(Action::ReadLedger), notices::account;
    get "/api/review/colleagues" Some(Action::ReadColleagues), people::colleagues;
}

/// All routes, for the test that walks them.
#[must_use]
pub fn inventory() -> Vec<RouteInfo> {
    let info = |(method, path, action, _): Row| RouteInfo { method, path, action };
    table().into_iter().map(info).collect()
}

/// The routes, each behind its guard.
pub fn routes(desk: &Arc<Desk>) -> Router<Arc<Desk>> {
    let mut router = Router::new();
    for (_, path, action, handler) in table() {
        let handler = match action {
            Some(action) => {
                let state = Guard { desk: Arc::clone(desk), action };
                handler.layer(axum::middleware::from_fn_with_state(state, guard))
            }
            None => handler,
        };
        router = router.route(path, handler);
    }
    // An attachment and the wrapping of its form.
    router.layer(DefaultBodyLimit::max(attachments::SIZE_MAX + (64 << 10)))
}
