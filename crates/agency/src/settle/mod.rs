//! Money: a bill settled through the benefit engine, booked, counted; and taken back.
//!
//! A stay that is settled in parts (中途结算) is computed whole each time, from the year as it was before the stay; what
//! the parts before came to is taken off. So a deductible is paid once, and the last part makes up for any order.
//!
//! `claim` makes the case, `amounts` the settlement, `books` what it moves, `reverse` takes it back, `explain` tells it
//! again step by step.

mod amounts;
mod books;
mod claim;
mod explain;
mod reverse;

pub(crate) use claim::Claim;
pub use explain::{Explained, explain};
pub(crate) use reverse::{reverse, turned};

use crate::check;
use crate::command::{Occasion, Outcome as Said, SettleRequest};
use crate::decide::Decided;
use crate::file::File;
use crate::ids::{IdKind, Ids};
use crate::institutions::Service;
use crate::records::{Settlement, Upload, Visit, VisitKind, VisitState};
use crate::refusal::Refusal;
use crate::world::World;

/// 2206, 2207, 2303, 2304.
pub(crate) fn settle(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    asked: &SettleRequest,
    trial: bool,
) -> Result<Decided, Refusal> {
    let visit = check::visit(file, &asked.visit, asked.kind, occasion)?;
    let on = visit.begun_at.day();
    let service = if asked.kind == VisitKind::Inpatient { Service::Inpatient } else { Service::Outpatient };
    let institution = world.serving(&occasion.caller.institution, service, occasion.now.day())?;
    let person = check::person(file, &asked.person)?;
    check::certificate(person, world, &asked.certificate)?;
    if asked.insurance != visit.insurance {
        return Err(Refusal::new(
            "insurance",
            format!("险种“{}”与登记时的“{}”不一致", asked.insurance, visit.insurance),
            "一次就诊按登记的险种结算；险种登记错误的请撤销登记后重新登记",
        ));
    }
    let cover = check::cover(file, &visit.insurance, on, occasion)?;
    if visit.state == VisitState::Settled {
        return Err(Refusal::new("visit", format!("就诊ID“{}”已结算", visit.id), "如需重新结算，请先撤销结算（2305）"));
    }
    let uploads = unsettled(file, visit, asked)?;
    let claim = Claim {
        file,
        world,
        occasion,
        person,
        cover,
        institution,
        visit,
        uploads,
        care: [&asked.care, &visit.care].into_iter().find(|care| !care.is_empty()).cloned().unwrap_or_default(),
        account_use: asked.account_use,
        interim: asked.interim,
    };
    let mut settlement = claim.settlement()?;
    check_sums(asked, &settlement)?;
    let told = |settlement: Settlement| Said::Settled {
        settlement: Box::new(settlement),
        person: Box::new(person.clone()),
        certificate: visit.certificate.clone(),
        trial,
        charges: Vec::new(),
    };
    if trial {
        return Ok(Decided { changes: crate::Changes::default(), outcome: told(settlement) });
    }
    settlement.id = ids.next(IdKind::Settlement);
    let mut visit = visit.clone();
    if asked.kind == VisitKind::Inpatient && !asked.interim {
        visit.state = VisitState::Settled;
        visit.ended_at = visit.ended_at.or(Some(occasion.now));
    }
    let changes = claim.book(&settlement, visit, ids);
    Ok(Decided { changes, outcome: told(settlement) })
}

/// The uploads a request settles.
fn unsettled<'f>(file: &'f File, visit: &'f Visit, asked: &SettleRequest) -> Result<Vec<&'f Upload>, Refusal> {
    let all = asked.batch.is_empty() || asked.batch == "0000";
    let of_batch: Vec<&Upload> = file.uploads_of(&visit.id).filter(|u| all || u.batch == asked.batch).collect();
    let open: Vec<&Upload> = of_batch.iter().copied().filter(|upload| upload.settled_by.is_none()).collect();
    if !open.is_empty() {
        return Ok(open);
    }
    let settled = of_batch.iter().find_map(|upload| upload.settled_by.clone());
    Err(match settled {
        Some(by) => Refusal::new(
            "batch",
            format!("这些费用已结算（结算ID {by}）"),
            "重复结算请核对；需要重新结算的，先撤销原结算（2208、2305）",
        ),
        None => Refusal::new("batch", "没有可结算的费用明细", "请先上传费用明细（2204、2301），并核对 chrg_bchno"),
    })
}

/// What the institution sent must be what the lines come to.
fn check_sums(asked: &SettleRequest, settlement: &Settlement) -> Result<(), Refusal> {
    let sums = [
        ("total", "医疗费总额", Some(asked.total), settlement.total),
        ("self_funded", "全自费金额", asked.parts.map(|parts| parts[0]), settlement.self_funded),
        ("over_limit", "超限价自费费用", asked.parts.map(|parts| parts[1]), settlement.over_limit),
        ("upfront", "先行自付金额", asked.parts.map(|parts| parts[2]), settlement.upfront),
        ("in_scope", "符合政策范围金额", asked.parts.map(|parts| parts[3]), settlement.in_scope),
    ];
    for (field, label, sent, computed) in sums {
        if let Some(sent) = sent
            && sent != computed
        {
            return Err(Refusal::new(
                field,
                format!("{label} {sent} 与已上传明细之和 {computed} 不一致，相差 {}", sent - computed),
                "请核对明细是否全部上传、金额是否取自最近一次预结算",
            ));
        }
    }
    Ok(())
}
