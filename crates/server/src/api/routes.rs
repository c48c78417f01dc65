//! All routes of the management API, one row each: method, path, the action that it stands for, the handler.

use super::asker::{Gate, gate};
use super::{library, money, registers, reminders, rules, stays};
use crate::desk::Desk;
use crate::review::RouteInfo;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post, put};
use rights::Action;
use std::sync::Arc;
use utoipa::OpenApi;

/// Largest publication, bytes: a library is a few megabytes of text.
const LIBRARY_MAX: usize = 64 << 20;

type Row = (&'static str, &'static str, Action, MethodRouter<Arc<Desk>>);

macro_rules! table {
    ($($method:ident $path:literal $action:expr, $handler:path;)+) => {
        /// Every route.
        fn table() -> Vec<Row> {
            vec![$((stringify!($method), $path, $action, $method($handler))),+]
        }

        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "Yibao 管理接口",
                description = "登记、结算与账的查询；规则库的发布、开关与参数。全国接口（infno）不在其中，见 docs/interface.tsv。"
            ),
            paths($($handler),+),
            components(schemas(super::Problem, registers::PersonAnswer, money::SettlementRow, money::Balance, registers::InstitutionRow))
        )]
        /// The part of the OpenAPI document about these routes.
        pub(super) struct Document;
    };
}

table! {
    get "/api/v1/institutions" Action::ReadRegisters, registers::institutions;
    get "/api/v1/institutions/{code}" Action::ReadRegisters, registers::institution;
    get "/api/v1/persons/{id}" Action::ReadPersons, registers::person;
    get "/api/v1/settlements" Action::ReadSettlements, money::settlements;
    get "/api/v1/ledger/balance" Action::ReadLedger, money::balance;
    get "/api/v1/reminders/rates" Action::ReadReminders, reminders::reminder_rates;
    get "/api/v1/library" Action::ReadRules, library::state;
    get "/api/v1/library/publications" Action::ReadRules, library::publications;
    post "/api/v1/library/publications" Action::ManageRules, library::publish;
    post "/api/v1/library/roll-back" Action::ManageRules, library::roll_back;
    get "/api/v1/rules" Action::ReadRules, rules::rules;
    put "/api/v1/rules/{id}/switch" Action::ManageRules, rules::switch;
    put "/api/v1/rules/{id}/parameters" Action::ManageRules, rules::parameters;
    get "/api/v1/stays" Action::ReadStays, stays::stays;
}

/// All routes, for the test that walks them.
pub(super) fn inventory() -> Vec<RouteInfo> {
    let info = |(method, path, action, _): Row| RouteInfo { method, path, action: Some(action) };
    table().into_iter().map(info).collect()
}

/// The routes, each behind its gate.
pub(super) fn routes(desk: &Arc<Desk>) -> Router<Arc<Desk>> {
    let mut router = Router::new();
    for (_, path, action, handler) in table() {
        let state = Gate { desk: Arc::clone(desk), action };
        router = router.route(path, handler.layer(axum::middleware::from_fn_with_state(state, gate)));
    }
    router.layer(DefaultBodyLimit::max(LIBRARY_MAX))
}
