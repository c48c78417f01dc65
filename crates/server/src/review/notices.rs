//! Statements and refusal notices of an institution, as a page to print or a workbook; its account with the agency.

use super::guard::{Caller, missing, note};
use super::views::{institution_area, institution_name};
use crate::api::Problem;
use crate::desk::Desk;
use agency::Account;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use model::{Day, Fen};
use report::{Notice, NoticeError, NoticeLine};
use review::{Item, State as ItemState, amount_in_words};
use rights::Role;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{ItemQuery, SortBy};
use utoipa::{IntoParams, ToSchema};

/// Most lines of one notice.
const LINES_MAX: u64 = 5_000;
/// The regulation under which funds are supervised, and the rules of its review.
const BASIS: &str = "《医疗保障基金使用监督管理条例》（国务院令第735号）；《医疗保障基金智能审核和监控知识库、规则库管理办法（试行）》（医保发〔2022〕12号）；医保办发〔2023〕14号";

/// Which notice.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichNotice {
    /// 定点医药机构编号
    institution: String,
    /// `refusal`: what is to be refused and can be appealed; `decision`: what was decided for good
    kind: String,
    /// `html` (to print) or `xlsx`
    format: String,
}

/// A notice to an institution: number, basis, lines, amount in figures and in words, deadline, way to appeal.
#[utoipa::path(get, path = "/api/review/notices", tag = "review", operation_id = "getNotice", params(WhichNotice),
    responses((status = 200, description = "通知书"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn notice(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Query(which): Query<WhichNotice>,
) -> Result<Response, Problem> {
    let states: &[ItemState] = match which.kind.as_str() {
        "refusal" => &[ItemState::RefusalPending, ItemState::Sent, ItemState::Upheld, ItemState::PartlyUpheld],
        "decision" => {
            &[ItemState::Accepted, ItemState::TimedOut, ItemState::Final, ItemState::Deducted, ItemState::Reversed]
        }
        _ => {
            return Err(
                Problem::new(StatusCode::BAD_REQUEST, "kind 不正确", "取 refusal 或 decision").code("parameter")
            );
        }
    };
    let mut query = ItemQuery::of(caller.scope().clone());
    query.states = states.to_vec();
    query.institution = Some(which.institution.clone());
    (query.sort, query.descending, query.limit) = (SortBy::OccurredOn, false, LINES_MAX);
    let (matched, _) = desk.store.review_total(&query).await?;
    if matched == 0 {
        return Err(missing("通知书的案件"));
    }
    if matched.unsigned_abs() > LINES_MAX {
        let detail = format!("共 {matched} 行，一份通知书最多 {LINES_MAX} 行；请先办结或分批出具");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "通知书行数过多", detail).code("rows"));
    }
    let items = desk.store.review_page(&query).await?.items;
    let letter = letter(&desk, &caller, &which, &items, matched.unsigned_abs()).await?;
    note(&desk, caller.entry("read_notice", &which.institution, "done", &which.kind)).await?;
    let failed =
        |error: NoticeError| Problem::new(StatusCode::CONFLICT, error.to_string(), "数据正在变化，请重试").code("rows");
    match which.format.as_str() {
        "html" => {
            Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], letter.html().map_err(failed)?).into_response())
        }
        "xlsx" => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            let name = format!("attachment; filename=\"{}-{}.xlsx\"", which.kind, which.institution);
            let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
            Ok((headers, letter.workbook().map_err(failed)?).into_response())
        }
        _ => Err(Problem::new(StatusCode::BAD_REQUEST, "format 不正确", "取 html 或 xlsx").code("parameter")),
    }
}

async fn letter(
    desk: &Desk,
    caller: &Caller,
    which: &WhichNotice,
    items: &[Item],
    matched: u64,
) -> Result<Notice, Problem> {
    let mut lines = Vec::with_capacity(items.len());
    let mut due: Option<Day> = None;
    for item in items {
        let (facts, standing) = (&item.facts, &item.standing);
        let bill = desk.store.review_bill(&facts.institution, &facts.visit).await?;
        let named =
            bill.and_then(|bill| bill.lines.into_iter().find(|line| line.id == facts.line)).map(|line| line.name);
        due = standing.due_on.into_iter().chain(due).min();
        // What was booked, once it was: other findings may have taken the same money before (I11).
        let decided = if standing.state == ItemState::Deducted { standing.deducted } else { standing.decided };
        lines.push(NoticeLine {
            finding: facts.id.clone(),
            visit: facts.visit.clone(),
            line: facts.line.clone(),
            item: named.unwrap_or_default(),
            on: facts.occurred_on,
            rule: facts.rule_name.clone(),
            evidence: facts.evidence.clone(),
            basis: facts.basis.clone(),
            amount: facts.amount,
            decided,
            state: standing.state.label().to_owned(),
            due_on: standing.due_on.map(|day| day.to_string()).unwrap_or_default(),
        });
    }
    let total: Fen = lines.iter().map(|line| line.decided).sum();
    let refusal = which.kind == "refusal";
    let today = caller.at.day();
    let (year, ..) = today.civil();
    let digits: String = today.to_string().chars().filter(char::is_ascii_digit).collect();
    let deadline = match (refusal, due) {
        (true, Some(due)) => format!("各案件期限见工作台，最早于 {due} 届满；期满未申诉视同认可"),
        _ => "本结论为终审结论；如不服，可依法申请行政复议或者提起行政诉讼".to_owned(),
    };
    let sentence = if refusal {
        format!(
            "经审核，你单位下列 {} 项费用涉嫌违反医疗保障基金使用规定，拟不予支付。请在期限内核实并反馈：认可，或提交材料申诉。",
            lines.len()
        )
    } else {
        format!("你单位下列 {} 项费用审核终结，结论如下。应扣款项自当期应拨付费用中抵扣。", lines.len())
    };
    let uncertain = items.iter().filter(|item| item.facts.share.is_none()).count();
    let mut sentences = vec![sentence];
    if uncertain > 0 {
        sentences.push(format!("其中 {uncertain} 项未取得基金支付数据，按违规金额全额计列。"));
    }
    Ok(Notice {
        title: if refusal { "医疗保障基金拒付通知书" } else { "医疗保障基金审核结论书" }.to_owned(),
        number: format!("{}〔{year}〕{}-{digits}", if refusal { "拒付" } else { "结论" }, which.institution),
        institution: institution_name(desk, &which.institution),
        institution_code: which.institution.clone(),
        issued_on: today,
        basis: BASIS.to_owned(),
        sentences,
        lines,
        matched,
        total,
        total_in_words: amount_in_words(total),
        deadline,
        channel: "登录医保审核工作台“机构收件箱”提交申诉与附件，或到经办机构窗口递交".to_owned(),
        watermark: format!("导出人 {}，{}", caller.user.name, caller.at),
    })
}

/// Whose account.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichAccount {
    /// 定点医药机构编号
    institution: String,
    /// First day, yyyy-MM-dd
    from: String,
    /// Last day, yyyy-MM-dd
    until: String,
}

/// A line of the account; positive lowers what the institution is owed.
#[derive(Serialize, ToSchema)]
pub struct AccountLine {
    on: String,
    booking: String,
    /// `settlement`, `reversal`, `deduction`, `restoration`, …
    kind: String,
    /// Settlement or finding behind it
    refers: String,
    amount_fen: i64,
    balance_fen: i64,
}

/// What an institution is owed.
#[derive(Serialize, ToSchema)]
pub struct AccountStatement {
    account: String,
    before_fen: i64,
    lines: Vec<AccountLine>,
    after_fen: i64,
}

/// An institution's account with the agency: settlements, deductions, what was given back.
#[utoipa::path(get, path = "/api/review/account", tag = "review", operation_id = "getAccount", params(WhichAccount),
    responses((status = 200, body = AccountStatement), (status = 404, body = Problem)))]
pub(super) async fn account(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Query(which): Query<WhichAccount>,
) -> Result<Json<AccountStatement>, Problem> {
    let area = institution_area(&desk, &which.institution).unwrap_or_default();
    if !caller.scope().covers(&area, &which.institution) || caller.role() == Role::Panelist {
        return Err(missing("机构"));
    }
    let day = |text: &str| {
        Day::parse(text.as_bytes()).map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, format!("“{text}”不是日期"), "请写作 2026-11-27").code("parameter")
        })
    };
    let account = Account::Payable { institution: which.institution.clone() };
    let statement = desk.store.statement(&account, day(&which.from)?, day(&which.until)?.plus(1)).await?;
    let line = |line: store::StatementLine| AccountLine {
        on: line.on.to_string(),
        booking: line.booking,
        kind: line.kind,
        refers: line.refers,
        amount_fen: line.amount.0,
        balance_fen: line.balance.0,
    };
    Ok(Json(AccountStatement {
        account: account.to_string(),
        before_fen: statement.before.0,
        after_fen: statement.after.0,
        lines: statement.lines.into_iter().map(line).collect(),
    }))
}
