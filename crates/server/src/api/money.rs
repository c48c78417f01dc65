//! What was settled, and what accounts hold.

use super::asker::{Asker, missing};
use super::{Problem, parse_day, today};
use crate::desk::Desk;
use agency::{Account, Settlement};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::{Fen, Stamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Page, SettlementFilter};
use utoipa::{IntoParams, ToSchema};

/// Most rows of one answer.
const PAGE_MAX: u64 = 1_000;

/// Which settlements.
#[derive(Deserialize, IntoParams)]
pub(super) struct Which {
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
pub(super) async fn settlements(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Query(which): Query<Which>,
) -> Result<Json<Vec<SettlementRow>>, Problem> {
    let from = which.from.as_deref().map(|text| parse_day("from", text)).transpose()?;
    let to = which.to.as_deref().map(|text| parse_day("to", text)).transpose()?;
    let filter = SettlementFilter {
        institution: which.institution,
        person: which.person,
        visit: which.visit,
        from: from.map(|day| Stamp(i64::from(day.0) * 86_400)),
        until: to.map(|day| Stamp((i64::from(day.0) + 1) * 86_400)),
        scope: Some(asker.scope()),
        ..SettlementFilter::default()
    };
    let page = Page { skip: which.skip.unwrap_or(0), limit: which.limit.unwrap_or(100).min(PAGE_MAX) };
    let rows = desk.store.settlements(&filter, Some(page)).await?;
    Ok(Json(rows.into_iter().map(SettlementRow::from).collect()))
}

/// Which account, on which day.
#[derive(Deserialize, IntoParams)]
pub(super) struct Asked {
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
pub(super) async fn balance(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Query(asked): Query<Asked>,
) -> Result<Json<Balance>, Problem> {
    let on = asked.on.as_deref().map(|text| parse_day("on", text)).transpose()?;
    let account = Account::parse(&asked.account).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, format!("“{}”不是账户", asked.account), "写法如 fund/990400/310/310100")
    })?;
    if !may_see(&desk, &asker, &account) {
        return Err(missing("账户"));
    }
    let fen: Fen = desk.store.balance(&account, on).await?;
    Ok(Json(Balance { account: asked.account, on: on.unwrap_or_else(today).to_string(), balance: fen.to_string() }))
}

/// Whether an account is within the scope: an institution's with the institution, a fund's with its area. A person's own is for
/// systems.
fn may_see(desk: &Desk, asker: &Asker, account: &Account) -> bool {
    match (asker, account) {
        (Asker::System, _) => true,
        (_, Account::Payable { institution }) => asker.covers_institution(desk, institution),
        (_, Account::Fund { area, .. } | Account::Suspense { area }) => asker.covers_area(Some(area)),
        (_, Account::Clearing { debtor, .. }) => asker.covers_area(Some(debtor)),
        (_, Account::Receivable { creditor, .. }) => asker.covers_area(Some(creditor)),
        _ => false,
    }
}
