//! One item with all that a case screen needs, in one request.

use super::guard::{Caller, missing, note};
use super::items::{ItemRow, Names, row};
use super::peers::{PeersView, peers};
use super::shown::{day, field, moment};
use super::views::institution_name;
use crate::api::Problem;
use crate::desk::Desk;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use review::{Event, Item, possible};
use rights::{Field, Role, Shown};
use serde::Serialize;
use std::sync::Arc;
use store::{Attachment, Bill};
use utoipa::ToSchema;

/// An item with everything that belongs to it.
#[derive(Serialize, ToSchema)]
pub struct ItemDetail {
    #[serde(flatten)]
    row: ItemRow,
    facts: FactsView,
    /// The bill, as the audit saw it; none when only findings were imported
    #[schema(required)]
    bill: Option<BillView>,
    lines: Vec<LineView>,
    /// Other items of the visit
    siblings: Vec<ItemRow>,
    #[schema(required)]
    rule_text: Option<RuleText>,
    /// Visits of the person at all institutions within the scope
    stays: Vec<StayView>,
    /// How often the rule finds something at this institution, and at others within the scope; none for institutions and experts
    #[schema(required)]
    peers: Option<PeersView>,
    history: Vec<EventView>,
    attachments: Vec<AttachmentView>,
    panel: Vec<SeatView>,
    /// What was written and not decided
    #[schema(required, value_type = Option<Object>)]
    draft: Option<serde_json::Value>,
    /// Until when the last decision can be undone by the caller
    #[schema(required)]
    undo_until: Option<String>,
    /// Acts that the caller may try now
    may: Vec<String>,
    bookings: Vec<String>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct FactsView {
    area: String,
    person: String,
    /// What becomes of the person's number: `whole`, `masked` (can be revealed), `masked_for_good`, `hidden`
    person_shown: String,
    physician: String,
    line: String,
    related_lines: Vec<String>,
    rule_version: String,
    official_code: String,
    quantity_over: String,
    /// What the audit counted of it
    counted_fen: i64,
    point: String,
    basis: String,
    evidence: String,
    /// What the institution was told at the bedside, and what it answered; empty when nothing
    reminder: String,
    /// How the amount at stake comes about
    formula: String,
    insurance: String,
    snapshot: String,
    imported_at: String,
}

/// A bill.
#[derive(Serialize, ToSchema)]
pub struct BillView {
    care: String,
    /// 医疗类别 in words; the code when no dictionary has it
    care_label: String,
    begun_at: String,
    ended_at: String,
    total_fen: i64,
    #[schema(required)]
    fund_fen: Option<i64>,
    diagnoses: Vec<String>,
}

/// A line of the bill.
#[derive(Serialize, ToSchema)]
pub struct LineView {
    id: String,
    at: String,
    item_code: String,
    name: String,
    quantity: String,
    price: String,
    amount_fen: i64,
    physician: String,
    /// At fault
    flagged: bool,
    /// Makes it so
    related: bool,
}

/// The prose of a rule.
#[derive(Serialize, ToSchema)]
pub struct RuleText {
    what: String,
    why: String,
    exemptions: String,
    how_to_verify: String,
    basis: Vec<String>,
}

/// A visit of the person.
#[derive(Serialize, ToSchema)]
pub struct StayView {
    institution_name: String,
    visit: String,
    from: String,
    until: String,
    total_fen: i64,
    /// The one that the item is about
    this: bool,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub struct EventView {
    number: u32,
    at: String,
    user_name: String,
    role_label: String,
    command: String,
    command_label: String,
    from_label: String,
    to_label: String,
    decided_fen: i64,
    reason_label: String,
    text: String,
    evidence: Vec<String>,
    receipt: String,
}

/// An attachment.
#[derive(Serialize, ToSchema)]
pub struct AttachmentView {
    pub(super) id: String,
    name: String,
    kind: String,
    size: u64,
    sha256: String,
    at: String,
    by: String,
}

/// A seat on the panel.
#[derive(Serialize, ToSchema)]
pub struct SeatView {
    name: String,
    voted: bool,
    #[schema(required)]
    amount_fen: Option<i64>,
}

/// Institution and finding of a key.
pub(super) fn parts(key: &str) -> Result<(String, String), Problem> {
    let (institution, id) = key.split_once('~').ok_or_else(|| missing("案件"))?;
    Ok((institution.to_owned(), id.to_owned()))
}

/// An item that the caller may see.
pub(super) async fn seen(desk: &Desk, caller: &Caller, key: &str) -> Result<Item, Problem> {
    let (institution, id) = parts(key)?;
    let item = desk.store.review_item(&institution, &id).await?;
    item.filter(|item| caller.sees(item)).ok_or_else(|| missing("案件"))
}

/// One item. That it was looked at is logged.
#[utoipa::path(get, path = "/api/review/items/{key}", tag = "review", operation_id = "getItem", params(("key" = String, Path)),
    responses((status = 200, body = ItemDetail), (status = 404, body = Problem)))]
pub(super) async fn item(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
) -> Result<Json<ItemDetail>, Problem> {
    let item = seen(&desk, &caller, &key).await?;
    note(&desk, caller.entry("read_item", &key, "done", "")).await?;
    Ok(Json(detail(&desk, &caller, &item).await?))
}

/// Everything about an item, as the caller sees it.
pub(super) async fn detail(desk: &Desk, caller: &Caller, item: &Item) -> Result<ItemDetail, Problem> {
    let (store, facts, key) = (&desk.store, &item.facts, item.key());
    let names = Names::read(desk, caller).await?;
    let (bill, events) = tokio::try_join!(
        store.review_bill(&facts.institution, &facts.visit),
        store.review_events(&facts.institution, &facts.id)
    )?;
    let others = store.review_items_of_visit(&facts.institution, &facts.visit).await?;
    let others = others.iter().filter(|other| other.facts.id != facts.id && caller.sees(other));
    let attachments = store.review_attachments(&facts.institution, &facts.id).await?;
    let draft = store.notes(&caller.user.account, "draft", Some(&key)).await?.into_iter().next();
    let clock = desk.review_clock();
    let may = possible(item, &caller.user.account, caller.role(), clock, caller.at);
    let undo = item.undo.as_ref().filter(|_| may.contains(&"undo"));
    Ok(ItemDetail {
        row: row(desk, caller, item, &names),
        facts: facts_view(caller, item),
        lines: bill.as_ref().map(|bill| lines(caller, item, bill)).unwrap_or_default(),
        stays: stays(desk, caller, item).await?,
        peers: peers(desk, caller, item).await?,
        bill: bill.map(|bill| bill_view(caller, bill)),
        siblings: others.map(|other| row(desk, caller, other, &names)).collect(),
        rule_text: rule_text(desk, item),
        history: events.iter().map(|event| event_view(caller, event, &names)).collect(),
        attachments: attachments.iter().map(|one| attachment_view(caller, one, &names)).collect(),
        panel: seats(caller, item, &names),
        draft: draft.and_then(|note| serde_json::from_str(&note.body).ok()),
        undo_until: undo.map(|undo| moment(undo.until)),
        may: may.into_iter().map(str::to_owned).collect(),
        bookings: item.standing.bookings.clone(),
    })
}

fn facts_view(caller: &Caller, item: &Item) -> FactsView {
    let facts = &item.facts;
    let formula = match facts.share {
        Some(share) => format!(
            "违规金额 {} × 基金支付 {} ÷ 总费用 {} = {} 元",
            facts.amount,
            share.fund,
            share.total,
            facts.at_stake()
        ),
        None => format!("违规金额 {} 元（未提供基金支付数据，按全额计）", facts.amount),
    };
    FactsView {
        area: facts.area.clone(),
        person: field(caller, Field::PersonNumber, &facts.person),
        person_shown: match Field::PersonNumber.shown_to(caller.role()) {
            Shown::Whole => "whole",
            Shown::Masked => "masked",
            Shown::MaskedForGood => "masked_for_good",
            Shown::Hidden => "hidden",
        }
        .to_owned(),
        physician: field(caller, Field::Physician, &facts.physician),
        line: facts.line.clone(),
        related_lines: facts.related_lines.split(';').filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        rule_version: facts.rule_version.clone(),
        official_code: facts.official_code.clone(),
        quantity_over: facts.quantity_over.clone(),
        counted_fen: facts.counted.0,
        point: facts.point.clone(),
        basis: facts.basis.clone(),
        evidence: facts.evidence.clone(),
        reminder: facts.reminder.clone(),
        formula,
        insurance: facts.insurance.clone(),
        snapshot: facts.snapshot.clone(),
        imported_at: moment(facts.imported_at),
    }
}

fn bill_view(caller: &Caller, bill: Bill) -> BillView {
    let shown = Field::Diagnosis.shown_to(caller.role()) == Shown::Whole;
    let care = gateway::Dictionaries::get().named("med_type").and_then(|codes| codes.label(&bill.care));
    BillView {
        care_label: care.unwrap_or(&bill.care).to_owned(),
        care: bill.care,
        begun_at: moment(bill.begun_at),
        ended_at: moment(bill.ended_at),
        total_fen: bill.total.0,
        fund_fen: bill.fund.map(|fund| fund.0),
        diagnoses: if shown { bill.diagnoses } else { Vec::new() },
    }
}

fn lines(caller: &Caller, item: &Item, bill: &Bill) -> Vec<LineView> {
    let related: Vec<&str> = item.facts.related_lines.split(';').collect();
    let view = |line: &store::BillLine| LineView {
        id: line.id.clone(),
        at: moment(line.at),
        item_code: line.item.clone(),
        name: line.name.clone(),
        quantity: line.quantity.clone(),
        price: line.price.clone(),
        amount_fen: line.amount.0,
        physician: field(caller, Field::Physician, &line.physician),
        flagged: line.id == item.facts.line,
        related: related.contains(&line.id.as_str()),
    };
    bill.lines.iter().map(view).collect()
}

/// The person's visits that are kept: those of institutions within the scope, and none for experts.
async fn stays(desk: &Desk, caller: &Caller, item: &Item) -> Result<Vec<StayView>, Problem> {
    if item.facts.person.is_empty() || caller.role() == Role::Panelist {
        return Ok(Vec::new());
    }
    let bills = desk.store.review_bills_of(&item.facts.person).await?;
    let within = bills.into_iter().filter(|bill| {
        let area = super::views::institution_area(desk, &bill.institution).unwrap_or_else(|| item.facts.area.clone());
        caller.scope().covers(&area, &bill.institution)
    });
    let view = |bill: Bill| StayView {
        institution_name: institution_name(desk, &bill.institution),
        this: bill.visit == item.facts.visit && bill.institution == item.facts.institution,
        from: bill.begun_at.day().to_string(),
        until: day(Some(bill.ended_at.day())).unwrap_or_default(),
        total_fen: bill.total.0,
        visit: bill.visit,
    };
    Ok(within.map(view).collect())
}

/// The prose of the rule in force; the finding keeps the version it was made by.
fn rule_text(desk: &Desk, item: &Item) -> Option<RuleText> {
    let edition = desk.edition();
    let rule = edition.library(&item.facts.area).rules().iter().find(|rule| rule.id == item.facts.rule)?;
    Some(RuleText::of(rule))
}

impl RuleText {
    /// Section by section, as every rule file has them.
    pub(super) fn of(rule: &audit::Rule) -> Self {
        let part = |heading: &str| {
            let after = rule.prose.split(heading).nth(1).unwrap_or_default();
            after.split("\n## ").next().unwrap_or_default().trim().to_owned()
        };
        let basis =
            rule.basis.iter().map(|basis| format!("{} {}", basis.document, basis.article).trim().to_owned()).collect();
        Self {
            what: part("## 查什么"),
            why: part("## 为什么"),
            exemptions: part("## 例外"),
            how_to_verify: part("## 如何核实"),
            basis,
        }
    }
}

fn event_view(caller: &Caller, event: &Event, names: &Names) -> EventView {
    let by_provider = matches!(event.role, Some(Role::HospitalOffice));
    let name = names.name(&event.user);
    EventView {
        number: event.number,
        at: moment(event.at),
        user_name: if by_provider { name } else { field(caller, Field::Reviewer, &name) },
        role_label: event.role.map_or("系统", Role::label).to_owned(),
        command: event.command.word().to_owned(),
        command_label: event.command.label().to_owned(),
        from_label: event.from.label().to_owned(),
        to_label: event.to.label().to_owned(),
        decided_fen: event.decided.0,
        reason_label: review::reason(&event.reason, event.command.word()).map_or("", |reason| reason.label).to_owned(),
        text: event.text.clone(),
        evidence: event.evidence.clone(),
        receipt: event.receipt.clone(),
    }
}

pub(super) fn attachment_view(caller: &Caller, attachment: &Attachment, names: &Names) -> AttachmentView {
    AttachmentView {
        id: attachment.id.clone(),
        name: attachment.name.clone(),
        kind: attachment.kind.clone(),
        size: attachment.size,
        sha256: attachment.hash.clone(),
        at: moment(attachment.uploaded_at),
        by: field(caller, Field::Reviewer, &names.name(&attachment.uploaded_by)),
    }
}

/// Votes are seen when all are in; one's own at once.
fn seats(caller: &Caller, item: &Item, names: &Names) -> Vec<SeatView> {
    let panel = &item.standing.panel;
    let complete = panel.iter().all(|seat| seat.vote.is_some());
    let view = |seat: &review::Seat| SeatView {
        name: field(caller, Field::Reviewer, &names.name(&seat.user)),
        voted: seat.vote.is_some(),
        amount_fen: seat
            .vote
            .as_ref()
            .filter(|_| complete || seat.user == caller.user.account)
            .map(|vote| vote.amount.0),
    };
    panel.iter().map(view).collect()
}
