//! Acts on an item: one route for all of them, because all go through the same state machine.

use super::guard::{Caller, missing};
use super::item::{ItemDetail, detail, parts, seen};
use super::password::hex;
use crate::api::Problem;
use crate::desk::Desk;
use agency::IdKind;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use model::Fen;
use review::{Act, Actor, Command, Verdict, decide, deduct, restore};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Note, RequestKey, ReviewChanges, ReviewJob, Reviewed};
use utoipa::ToSchema;

/// Something to be done to an item.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActWish {
    /// `first_review`, `accept`, `appeal`, `withdraw_appeal`, `second_review`, `convene`, `vote`, `escalate`, `resume`, `deduct`, `restore`, `undo`, `assign`
    pub(super) kind: String,
    /// Of a first review: `violation`, `no_violation`, `need_documents`
    pub(super) verdict: Option<String>,
    /// What is to be refused; the whole when absent
    pub(super) amount_fen: Option<i64>,
    /// Members of a panel: accounts
    #[serde(default)]
    pub(super) members: Vec<String>,
    /// Whom to assign it to; empty takes it away
    pub(super) to: Option<String>,
    /// Reason code, see `/api/review/vocabulary`
    #[serde(default)]
    pub(super) reason: String,
    /// In words
    #[serde(default)]
    pub(super) text: String,
    /// Ids of attachments
    #[serde(default)]
    pub(super) evidence: Vec<String>,
    /// Version of the item that was looked at
    pub(super) seen: Option<u32>,
}

impl ActWish {
    /// The act that is meant; bookings are filled in when it is carried out.
    pub(super) fn act(&self, caller: &Caller, batch: &str) -> Result<Act, Problem> {
        let wrong = |what: &str| {
            Problem::new(StatusCode::BAD_REQUEST, format!("{what}不正确"), "取值见接口文档").code("parameter")
        };
        let amount = self.amount_fen.map(Fen);
        let nothing = || (Fen::ZERO, String::new());
        let command = match self.kind.as_str() {
            "first_review" => Command::FirstReview(match self.verdict.as_deref() {
                Some("violation") => Verdict::Violation { amount },
                Some("no_violation") => Verdict::NoViolation,
                Some("need_documents") => Verdict::NeedDocuments,
                _ => return Err(wrong("verdict")),
            }),
            "accept" => Command::Accept,
            "appeal" => Command::Appeal,
            "withdraw_appeal" => Command::WithdrawAppeal,
            "second_review" => Command::SecondReview { amount },
            "convene" => Command::Convene { members: self.members.clone() },
            "vote" => Command::Vote { amount },
            "escalate" => Command::Escalate,
            "resume" => Command::Resume,
            "deduct" => Command::Deduct { amount: nothing().0, booking: nothing().1 },
            "restore" => Command::Restore { amount: nothing().0, booking: nothing().1 },
            "undo" => Command::Undo,
            "assign" => Command::Assign { to: self.to.clone().unwrap_or_default() },
            _ => return Err(wrong("kind")),
        };
        Ok(Act {
            actor: Actor { user: caller.user.account.clone(), role: caller.user.role },
            command,
            reason: self.reason.clone(),
            text: self.text.clone(),
            evidence: self.evidence.clone(),
            at: caller.at,
            seen: self.seen,
            batch: batch.to_owned(),
        })
    }
}

/// What is kept beside the items that acts change, in the same transaction.
#[derive(Clone, Default)]
pub(super) struct Kept {
    /// The request's key, when it has one.
    pub(super) request: Option<RequestKey>,
    /// What it was, for lists.
    pub(super) notes: Vec<Note>,
    /// What is answered, now and when it is asked again under the key.
    pub(super) reply: String,
}

/// Carries out acts on items that the caller sees, all or none, in one transaction; the reply, or that of the first time.
pub(super) async fn carry_out(
    desk: &Arc<Desk>,
    caller: &Caller,
    deeds: Vec<((String, String), Act)>,
    kept: Kept,
) -> Result<String, Problem> {
    let (by, clock, request) = (caller.clone(), Arc::clone(desk), kept.request.clone());
    let keys: Vec<(String, String)> = deeds.iter().map(|(key, _)| key.clone()).collect();
    let decide_all = move |file: &store::ReviewFile, ids: &mut dyn agency::Ids| {
        let mut now = store::ReviewFile { items: file.items.clone() };
        let named =
            |(place, item): (usize, &review::Item)| ((item.facts.institution.clone(), item.facts.id.clone()), place);
        let places: HashMap<(String, String), usize> = now.items.iter().enumerate().map(named).collect();
        let mut changes =
            ReviewChanges { notes: kept.notes.clone(), reply: kept.reply.clone(), ..ReviewChanges::default() };
        for (key, act) in &deeds {
            let (institution, id) = key;
            let place = places.get(key).copied();
            let Some(item) = place.and_then(|place| now.items.get(place)).filter(|item| by.sees(item)) else {
                return Err(gone());
            };
            let (act, bookings) = with_booking(act, item, &now, ids);
            let (after, event) = decide(item, &act, clock.review_clock())?;
            changes.log.push(by.entry(act.command.word(), &after.key(), "done", &act.reason));
            changes.forgotten.push((by.user.account.clone(), "draft".to_owned(), after.key()));
            changes.changes.bookings.extend(bookings);
            changes.events.push((institution.clone(), id.clone(), event));
            changes.items.push(after.clone());
            if let Some(slot) = place.and_then(|place| now.items.get_mut(place)) {
                *slot = after;
            }
        }
        Ok(changes)
    };
    let job = ReviewJob::new(caller.at, decide_all).on(keys).once(request);
    match desk.store.review(job).await? {
        Reviewed::Fresh(reply) | Reviewed::Stored(reply) => Ok(reply),
        Reviewed::Refused(refusal) if refusal.code == "not_found" => Err(missing("案件")),
        Reviewed::Refused(refusal) => Err(refusal.into()),
        Reviewed::OtherBody => Err(used_otherwise()),
    }
}

/// What was answered to this request before; none when it comes for the first time.
pub(super) async fn answered<T: serde::de::DeserializeOwned>(
    desk: &Desk,
    request: Option<&RequestKey>,
) -> Result<Option<T>, Problem> {
    let Some(request) = request else { return Ok(None) };
    match desk.store.review_reply(request).await? {
        Some(Reviewed::Stored(reply)) => Ok(serde_json::from_str(&reply).ok()),
        Some(_) => Err(used_otherwise()),
        None => Ok(None),
    }
}

fn used_otherwise() -> Problem {
    let detail = "同一 Idempotency-Key 只能用于同一请求；请换一个";
    Problem::new(StatusCode::CONFLICT, "该请求编号已用于另一请求", detail).code("idempotency")
}

fn gone() -> review::Refusal {
    review::Refusal { code: "not_found", what: String::new(), remedy: String::new() }
}

/// A deduction or its reversal with the booking that it makes (I7, I11); other acts move no money.
fn with_booking(
    act: &Act,
    item: &review::Item,
    file: &store::ReviewFile,
    ids: &mut dyn agency::Ids,
) -> (Act, Vec<agency::Booking>) {
    let visit: Vec<&review::Item> = file
        .items
        .iter()
        .filter(|other| other.facts.institution == item.facts.institution && other.facts.visit == item.facts.visit)
        .collect();
    let (command, booking) = match &act.command {
        Command::Deduct { .. } => {
            let (amount, booking) = deduct(item, &visit, ids.next(IdKind::Booking), act.at);
            let id = booking.as_ref().map(|booking| booking.id.clone()).unwrap_or_default();
            (Command::Deduct { amount, booking: id }, booking)
        }
        Command::Restore { .. } => {
            let (amount, booking) = restore(item, &visit, ids.next(IdKind::Booking), act.at);
            let id = booking.as_ref().map(|booking| booking.id.clone()).unwrap_or_default();
            (Command::Restore { amount, booking: id }, booking)
        }
        other => (other.clone(), None),
    };
    (Act { command, ..act.clone() }, booking.into_iter().collect())
}

/// The key of a request, when the caller gave one.
pub(super) fn request_key(caller: &Caller, headers: &HeaderMap, path: &str, body: &[u8]) -> Option<RequestKey> {
    let key = headers.get("idempotency-key")?.to_str().ok()?.to_owned();
    let hash = Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize();
    Some(RequestKey { user: caller.user.account.clone(), key, body_hash: hex(&hash) })
}

/// Reads a JSON body whose bytes were needed too.
pub(super) fn read<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "请求内容有误", error.to_string()).code("parameter"))
}

/// Does something to an item; the answer is the item afterwards. With an `Idempotency-Key` it takes effect once.
#[utoipa::path(post, path = "/api/review/items/{key}/acts", tag = "review", operation_id = "actOnItem",
    params(("key" = String, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ActWish,
    responses((status = 200, body = ItemDetail), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ItemDetail>, Problem> {
    let wish: ActWish = read(&body)?;
    let item = seen(&desk, &caller, &key).await?;
    check_people(&desk, &wish, &item).await?;
    check_evidence(&desk, &wish, &item).await?;
    let request = request_key(&caller, &headers, &key, &body);
    let deed = (parts(&key)?, wish.act(&caller, "")?);
    carry_out(&desk, &caller, vec![deed], Kept { request, ..Kept::default() }).await?;
    let (institution, id) = parts(&key)?;
    let after = desk.store.review_item(&institution, &id).await?.ok_or_else(|| missing("案件"))?;
    Ok(Json(detail(&desk, &caller, &after).await?))
}

/// Whoever is given work or a seat exists, has the role for it, and may see the item.
async fn check_people(desk: &Desk, wish: &ActWish, item: &review::Item) -> Result<(), Problem> {
    let wanted = wish.members.iter().chain(wish.to.iter().filter(|to| !to.is_empty()));
    for account in wanted {
        let user = desk.store.user(account).await?;
        let fits = user.is_some_and(|user| {
            let in_scope = user.scope.covers(&item.facts.area, &item.facts.institution);
            let role = match wish.kind.as_str() {
                "convene" => user.role == Some(rights::Role::Panelist),
                _ => user.role.is_some_and(|role| rights::Action::Act.allows(role)),
            };
            in_scope && role && !user.disabled
        });
        if !fits {
            let detail = "请从可选人员中选择：角色须相符，数据范围须包含本案机构";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("“{account}”不能承担本案"), detail)
                .code("person"));
        }
    }
    Ok(())
}

/// What is named as evidence was uploaded for this item.
async fn check_evidence(desk: &Desk, wish: &ActWish, item: &review::Item) -> Result<(), Problem> {
    if wish.evidence.is_empty() {
        return Ok(());
    }
    let known = desk.store.review_attachments(&item.facts.institution, &item.facts.id).await?;
    if wish.evidence.iter().all(|id| known.iter().any(|one| one.id == *id)) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "附件不属于本案", "请先在本案上传附件").code("attachment"))
}
