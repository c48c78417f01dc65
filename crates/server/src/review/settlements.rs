//! Settlements for people: found by number, person, visit or institution, and one with its lines and every step of its benefit.

use super::guard::{Caller, missing, note};
use super::shown::{field, moment};
use super::views::institution_name;
use crate::api::Problem;
use crate::desk::Desk;
use agency::{Charge, Needs, Settlement};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use model::{Day, Stamp};
use rights::Field;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Page, SettlementFilter};
use utoipa::{IntoParams, ToSchema};

/// Rows of a page.
const PAGE: u64 = 100;

/// Which settlements.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichSettlements {
    /// 结算ID, 就诊ID or 人员编号, whole
    q: Option<String>,
    /// 定点医药机构编号
    institution: Option<String>,
    /// First day, yyyy-MM-dd
    from: Option<String>,
    /// Last day, yyyy-MM-dd
    until: Option<String>,
    /// Rows passed over
    skip: Option<u64>,
}

/// A settlement in a list.
#[derive(Serialize, ToSchema)]
pub struct SettlementView {
    id: String,
    /// The settlement that this one takes back
    #[schema(required)]
    reverses: Option<String>,
    visit: String,
    institution: String,
    institution_name: String,
    /// 人员编号, masked
    person_masked: String,
    at: String,
    /// 险种类型
    insurance: String,
    /// 医疗类别
    care: String,
    total_fen: i64,
    fund_fen: i64,
    account_fen: i64,
    cash_fen: i64,
}

/// A page of settlements.
#[derive(Serialize, ToSchema)]
pub struct SettlementPage {
    rows: Vec<SettlementView>,
    /// Rows to pass over for the next page
    #[schema(required)]
    next_skip: Option<u64>,
}

/// Settlements and reversals within the scope, by time.
#[utoipa::path(get, path = "/api/settlements", tag = "settlements", operation_id = "listSettlements", params(WhichSettlements),
    responses((status = 200, body = SettlementPage), (status = 400, body = Problem)))]
pub(super) async fn settlements(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Query(which): Query<WhichSettlements>,
) -> Result<Json<SettlementPage>, Problem> {
    let some = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let base = SettlementFilter {
        institution: some(which.institution).or_else(|| only_institution(&caller)),
        from: day(some(which.from))?.map(|day| Stamp(i64::from(day.0) * 86_400)),
        until: day(some(which.until))?.map(|day| Stamp((i64::from(day.0) + 1) * 86_400)),
        ..SettlementFilter::default()
    };
    let skip = which.skip.unwrap_or(0);
    let page = || Some(Page { skip, limit: PAGE + 1 });
    let mut rows = Vec::new();
    match some(which.q) {
        None => rows = desk.store.settlements(&base, page()).await?,
        Some(word) => {
            // Nobody knows which of the three a number is; each is an index.
            let by = |change: fn(&mut SettlementFilter, String)| {
                let mut filter = base.clone();
                change(&mut filter, word.clone());
                filter
            };
            let ways = [
                by(|filter, id| filter.id = Some(id)),
                by(|filter, visit| filter.visit = Some(visit)),
                by(|filter, person| filter.person = Some(person)),
            ];
            for filter in ways {
                rows = desk.store.settlements(&filter, page()).await?;
                if !rows.is_empty() {
                    break;
                }
            }
        }
    }
    let more = rows.len() as u64 > PAGE;
    rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let shown = rows.iter().filter(|row| covers(&caller, row)).map(|row| view(&desk, &caller, row)).collect();
    note(&desk, caller.entry("read_settlements", "", "done", "")).await?;
    Ok(Json(SettlementPage { rows: shown, next_skip: more.then_some(skip + PAGE) }))
}

fn only_institution(caller: &Caller) -> Option<String> {
    match caller.scope().institutions.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

fn day(text: Option<String>) -> Result<Option<Day>, Problem> {
    let read = |text: String| {
        Day::parse(text.as_bytes()).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, format!("“{text}”不是日期"), "请写作 2026-11-27").code("parameter")
        })
    };
    text.map(read).transpose()
}

/// Where it was settled decides who may see it.
fn covers(caller: &Caller, settlement: &Settlement) -> bool {
    caller.scope().covers(&settlement.treatment_area, &settlement.institution)
}

fn view(desk: &Desk, caller: &Caller, settlement: &Settlement) -> SettlementView {
    SettlementView {
        id: settlement.id.clone(),
        reverses: settlement.reverses.clone(),
        visit: settlement.visit.clone(),
        institution_name: institution_name(desk, &settlement.institution),
        institution: settlement.institution.clone(),
        person_masked: field(caller, Field::PersonNumber, &settlement.person),
        at: moment(settlement.at),
        insurance: settlement.insurance.clone(),
        care: settlement.care.clone(),
        total_fen: settlement.total.0,
        fund_fen: settlement.fund_total.0,
        account_fen: settlement.account.0,
        cash_fen: settlement.cash.0,
    }
}

/// An amount with its name.
#[derive(Serialize, ToSchema)]
pub struct NamedAmount {
    /// A word: `self_funded`, …; of a fund its national type
    name: String,
    amount_fen: i64,
}

/// A charge line of a settlement.
#[derive(Serialize, ToSchema)]
pub struct SettledLine {
    number: String,
    /// The line it takes back; empty for a charge
    refunds: String,
    item: String,
    item_name: String,
    quantity: String,
    price: String,
    amount_fen: i64,
    self_funded_fen: i64,
    over_limit_fen: i64,
    upfront_fen: i64,
    in_scope_fen: i64,
    /// What the split rests on
    basis: String,
}

/// One step of the benefit, with the parameter that decided it.
#[derive(Serialize, ToSchema)]
pub struct BenefitStep {
    /// A plain sentence
    text: String,
    amount_fen: i64,
    /// Whether the insured person is told
    for_person: bool,
    parameter: String,
    value: String,
    document: String,
    article: String,
    /// File and line that set it
    place: String,
}

/// How a settlement came about.
#[derive(Serialize, ToSchema)]
pub struct BenefitTrace {
    steps: Vec<BenefitStep>,
    /// What the law says and the policy does not model, and values that are assumed
    unmodelled: Vec<String>,
    /// Earlier parts of the same stay, which the steps hold too
    parts: usize,
    /// Whether the same comes out as was settled then
    is_same: bool,
    engine: String,
    policy: String,
    input: String,
}

/// A settlement with all that belongs to it.
#[derive(Serialize, ToSchema)]
pub struct SettlementDetail {
    row: SettlementView,
    coverage_area: String,
    treatment_area: String,
    /// Day of the law
    law_on: String,
    interim: bool,
    /// The settlement by which this one stands taken back
    #[schema(required)]
    reversed_by: Option<String>,
    /// `self_funded`, `over_limit`, `upfront`, `in_scope`: they add up to the total (I3)
    parts: Vec<NamedAmount>,
    funds: Vec<NamedAmount>,
    lines: Vec<SettledLine>,
    #[schema(required)]
    trace: Option<BenefitTrace>,
    /// Why there is no trace
    no_trace: String,
}

/// One settlement with its lines and every step of its benefit, computed again from what is kept (I10). The look is logged.
#[utoipa::path(get, path = "/api/settlements/{id}", tag = "settlements", operation_id = "getSettlement", params(("id" = String, Path)),
    responses((status = 200, body = SettlementDetail), (status = 404, body = Problem)))]
pub(super) async fn settlement(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<SettlementDetail>, Problem> {
    let filter = SettlementFilter { id: Some(id.clone()), ..SettlementFilter::default() };
    let found = desk.store.settlements(&filter, Some(Page { skip: 0, limit: 1 })).await?.into_iter().next();
    let settlement = found.filter(|found| covers(&caller, found)).ok_or_else(|| missing("结算"))?;
    let needs = Needs { visits: vec![settlement.visit.clone()], ..Needs::default() };
    let file = desk.store.load(&settlement.person, &needs).await?;
    note(&desk, caller.entry("read_settlements", &id, "done", "")).await?;
    let told = settlement.reverses.as_deref().and_then(|original| file.settlement(original)).unwrap_or(&settlement);
    let (trace, no_trace) = match agency::explain(told, &file, &desk.world().law) {
        Ok(explained) => (Some(trace(explained)), String::new()),
        Err(refusal) => (None, format!("{}；{}", refusal.what, refusal.remedy)),
    };
    let numbers = &settlement.uploads;
    let uploads = file.uploads_of(&settlement.visit).filter(|upload| numbers.contains(&upload.number));
    let lines = uploads.flat_map(|upload| &upload.charges).map(|charge| line(&desk, charge)).collect();
    let named = |name: &str, amount: model::Fen| NamedAmount { name: name.to_owned(), amount_fen: amount.0 };
    Ok(Json(SettlementDetail {
        row: view(&desk, &caller, &settlement),
        coverage_area: settlement.coverage_area.clone(),
        treatment_area: settlement.treatment_area.clone(),
        law_on: settlement.law_on.to_string(),
        interim: settlement.interim,
        reversed_by: file.reversal_of(&id).map(|reversal| reversal.id.clone()),
        parts: vec![
            named("self_funded", settlement.self_funded),
            named("over_limit", settlement.over_limit),
            named("upfront", settlement.upfront),
            named("in_scope", settlement.in_scope),
        ],
        funds: settlement.funds.iter().map(|fund| named(&fund.fund, fund.amount)).collect(),
        lines,
        trace,
        no_trace,
    }))
}

fn line(desk: &Desk, charge: &Charge) -> SettledLine {
    let catalogue = &desk.world().law.catalogue;
    let known = catalogue.item(&charge.item).map(|item| catalogue.item_name(item).to_owned());
    SettledLine {
        number: charge.number.clone(),
        refunds: charge.refunds.clone(),
        item: charge.item.clone(),
        item_name: known.unwrap_or_default(),
        quantity: charge.quantity.to_string(),
        price: charge.price.to_string(),
        amount_fen: charge.amount.0,
        self_funded_fen: charge.split.self_funded.0,
        over_limit_fen: charge.split.over_limit.0,
        upfront_fen: charge.split.upfront.0,
        in_scope_fen: charge.split.in_scope.0,
        basis: charge.split.basis.clone(),
    }
}

fn trace(explained: agency::Explained) -> BenefitTrace {
    let answer = explained.answer;
    let steps = answer.trace.into_iter().map(|step| {
        let parameter = step.parameter.as_deref();
        let of = |text: fn(&benefit::Parameter) -> String| parameter.map(text).unwrap_or_default();
        BenefitStep {
            text: step.text,
            amount_fen: step.amount.0,
            for_person: step.for_person,
            parameter: of(|known| known.slot.clone()),
            value: of(|known| known.value.clone()),
            document: of(|known| known.document.clone()),
            article: of(|known| known.article.clone()),
            place: of(benefit::Parameter::place),
        }
    });
    BenefitTrace {
        steps: steps.collect(),
        unmodelled: answer.unmodelled,
        parts: explained.parts,
        is_same: explained.is_same,
        engine: answer.receipt.engine.to_owned(),
        policy: answer.receipt.policy,
        input: answer.receipt.input,
    }
}
