//! A settlement taken back by another with every amount turned round (I5).

use super::books::{booking, counted, moved};
use crate::changes::Changes;
use crate::check;
use crate::command::{Occasion, Outcome as Said};
use crate::decide::{Decided, done};
use crate::file::File;
use crate::ids::{IdKind, Ids};
use crate::records::{BookingKind, FundAmount, Settlement, Upload, Visit, VisitKind, VisitState};
use crate::refusal::Refusal;
use model::Fen;

/// 2208, 2305, 2103: a new settlement with every amount turned round (I5).
pub(crate) fn reverse(
    file: &File,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    kind: VisitKind,
    visit: &str,
    id: &str,
) -> Result<Decided, Refusal> {
    // A purchase is cancelled by its reversal: say that, rather than that the visit is gone.
    let gone = |refusal| if file.reversal_of(id).is_some() { already(file, id) } else { refusal };
    let visit = check::visit(file, visit, kind, occasion).map_err(gone)?;
    let Some(settlement) = file.settlement(id).filter(|settlement| settlement.visit == visit.id) else {
        return Err(Refusal::new(
            "settlement",
            format!("结算ID“{id}”不存在，或不属于就诊“{}”", visit.id),
            "请用结算返回的 setl_id，并核对 mdtrt_id",
        ));
    };
    if settlement.reverses.is_some() {
        return Err(Refusal::new("settlement", format!("“{id}”是撤销记录"), "撤销记录不能再撤销；请核对 setl_id"));
    }
    if file.reversal_of(id).is_some() {
        return Err(already(file, id));
    }
    turned(file, occasion, ids, visit, settlement)
}

fn already(file: &File, id: &str) -> Refusal {
    let by = file
        .reversal_of(id)
        .map_or_else(String::new, |reversal| format!("（{} 由 {} 撤销）", reversal.at, reversal.id));
    Refusal::new("settlement", format!("结算ID“{id}”已撤销{by}"), "不能重复撤销；如需结算请重新办理")
}

/// The reversal of a settlement, or of a reversal: then the settlement behind it holds again.
///
/// # Errors
/// When what came after it stands in the way: a later part of the stay, lines that were settled again or deleted, money of
/// the account that was spent.
pub(crate) fn turned(
    file: &File,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    visit: &Visit,
    settlement: &Settlement,
) -> Result<Decided, Refusal> {
    is_last(file, visit, settlement)?;
    if settlement.reverses.is_some() {
        holds_again(file, visit, settlement)?;
    }
    let minus = |amount: Fen| Fen(-amount.0);
    let mut reversal = Settlement {
        id: ids.next(IdKind::Settlement),
        msgid: occasion.caller.msgid.clone(),
        at: occasion.now,
        reverses: Some(settlement.id.clone()),
        total: minus(settlement.total),
        self_funded: minus(settlement.self_funded),
        over_limit: minus(settlement.over_limit),
        upfront: minus(settlement.upfront),
        in_scope: minus(settlement.in_scope),
        deductible: minus(settlement.deductible),
        fields: settlement.fields.iter().map(|(name, amount)| (name.clone(), minus(*amount))).collect(),
        funds: settlement.funds.iter().map(negative).collect(),
        fund_total: minus(settlement.fund_total),
        person_total: minus(settlement.person_total),
        account: minus(settlement.account),
        family_account: minus(settlement.family_account),
        cash: minus(settlement.cash),
        hospital: minus(settlement.hospital),
        used: settlement.used.iter().map(|(year, key, delta)| (*year, key.clone(), -delta)).collect(),
        ..settlement.clone()
    };
    let accounts = moved(file, &settlement.person, &reversal);
    if let Some(short) = accounts.iter().find(|account| account.balance < Fen::ZERO || account.family < Fen::ZERO) {
        let missing = Fen(-short.balance.0.min(short.family.0));
        return Err(Refusal::new(
            "settlement",
            format!("个人账户余额不足：{} 支付或退回的账户金额之后已被使用，差 {missing} 元", settlement.id),
            "请先撤销之后使用该账户的结算，或由经办机构处理",
        ));
    }
    let held = accounts.first().or(file.account.as_ref()).map_or(Fen::ZERO, |account| account.balance);
    reversal.balance = held;
    // Undoing a reversal brings the settlement behind it back.
    let revived = settlement.reverses.clone();
    let free = |upload: &Upload| Upload { settled_by: revived.clone(), ..upload.clone() };
    let uploads =
        file.uploads_of(&visit.id).filter(|upload| settlement.uploads.contains(&upload.number)).map(free).collect();
    let mut visit = visit.clone();
    visit.state = match (visit.kind, &revived) {
        (VisitKind::Inpatient, None) if settlement.interim => visit.state,
        (VisitKind::Inpatient, Some(_)) if settlement.interim => visit.state,
        (VisitKind::Inpatient, None) => VisitState::Discharged,
        (VisitKind::Pharmacy, None) => VisitState::Cancelled,
        (VisitKind::Inpatient | VisitKind::Pharmacy, Some(_)) => VisitState::Settled,
        (VisitKind::Outpatient, _) => visit.state,
    };
    let changes = Changes {
        visits: vec![visit.clone()],
        uploads,
        accounts,
        accumulators: counted(file, &reversal),
        bookings: booking(&reversal, BookingKind::Reversal, ids).into_iter().collect(),
        settlements: vec![reversal.clone()],
        ..Changes::default()
    };
    let Some(person) = file.person.clone() else { return Ok(done(changes)) };
    let outcome = Said::Settled {
        settlement: Box::new(reversal),
        person: Box::new(person),
        certificate: visit.certificate,
        trial: false,
        charges: Vec::new(),
    };
    Ok(Decided { changes, outcome })
}

/// The parts of a stay are taken back from the last one on: a later part was computed on what the earlier ones came to.
fn is_last(file: &File, visit: &Visit, settlement: &Settlement) -> Result<(), Refusal> {
    // Two parts of one second are in the order of their ids.
    let is_later = |other: &&Settlement| (other.at, &other.id) > (settlement.at, &settlement.id);
    match file.live_settlements(&visit.id).find(is_later) {
        Some(later) if visit.kind == VisitKind::Inpatient => Err(Refusal::new(
            "settlement",
            format!("同一次住院之后还有结算 {}", later.id),
            "中途结算须从最后一次起依次撤销",
        )),
        _ => Ok(()),
    }
}

/// Whether the settlement behind a reversal can hold again: its lines are there and settled by nobody, its visit is as the
/// reversal left it.
fn holds_again(file: &File, visit: &Visit, reversal: &Settlement) -> Result<(), Refusal> {
    let remedy = "该撤销不能冲正；如仍需结算，请按现有费用重新办理结算";
    for number in &reversal.uploads {
        let upload = file.uploads_of(&visit.id).find(|upload| upload.number == *number);
        let what = match upload.map(|upload| &upload.settled_by) {
            Some(None) => continue,
            Some(Some(by)) => format!("撤销之后这些费用已重新结算（结算ID {by}）"),
            None => "撤销之后这些费用明细已删除".to_owned(),
        };
        return Err(Refusal::new("msgid", what, remedy));
    }
    let as_left = match visit.kind {
        VisitKind::Outpatient => visit.state == VisitState::Open,
        VisitKind::Pharmacy => visit.state == VisitState::Cancelled,
        VisitKind::Inpatient if reversal.interim => !matches!(visit.state, VisitState::Cancelled | VisitState::Settled),
        VisitKind::Inpatient => visit.state == VisitState::Discharged,
    };
    if as_left {
        Ok(())
    } else {
        Err(Refusal::new("msgid", format!("撤销之后就诊“{}”的状态已改变", visit.id), remedy))
    }
}

pub(super) fn negative(fund: &FundAmount) -> FundAmount {
    FundAmount { amount: Fen(-fund.amount.0), in_scope: Fen(-fund.in_scope.0), ..fund.clone() }
}
