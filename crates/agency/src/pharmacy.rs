//! A purchase: visit, lines and settlement in one (protocol.md §8.2).

use crate::care;
use crate::changes::Changes;
use crate::check;
use crate::command::{Occasion, Outcome, Purchase};
use crate::decide::Decided;
use crate::file::File;
use crate::ids::{IdKind, Ids};
use crate::lines;
use crate::records::{Upload, VisitKind, VisitState};
use crate::refusal::Refusal;
use crate::settle::Claim;
use crate::world::World;

/// 2101, 2102.
pub(crate) fn buy(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    asked: &Purchase,
    trial: bool,
) -> Result<Decided, Refusal> {
    let id = if trial { String::new() } else { ids.next(IdKind::Visit) };
    let mut visit = care::open(file, world, occasion, VisitKind::Pharmacy, &asked.registration, id)?;
    visit.disease.clone_from(&asked.disease);
    let institution = world.institution(&occasion.caller.institution)?;
    for line in &asked.lines {
        check::not_ahead("lines.at", line.at, occasion)?;
        world.practising(&line.doctor, line.at.day())?;
    }
    if asked.lines.is_empty() {
        return Err(Refusal::new("lines", "没有购药明细", "请在 drugdetail 中至少上传一条明细"));
    }
    let charges = lines::accept(file, world, &visit, institution, &asked.lines)?;
    let upload = Upload {
        number: 1,
        person: visit.person.clone(),
        visit: visit.id.clone(),
        batch: String::new(),
        settled_by: None,
        charges: charges.clone(),
    };
    let person = check::person(file, &visit.person)?;
    let cover = check::cover(file, &visit.insurance, visit.begun_at.day(), occasion)?;
    let claim = Claim {
        file,
        world,
        occasion,
        person,
        cover,
        institution,
        visit: &visit,
        uploads: vec![&upload],
        care: visit.care.clone(),
        account_use: asked.account_use,
        interim: false,
    };
    let mut settlement = claim.settlement()?;
    if settlement.total != asked.total {
        return Err(Refusal::new(
            "total",
            format!(
                "医疗费总额 {} 与明细之和 {} 不一致，相差 {}",
                asked.total,
                settlement.total,
                asked.total - settlement.total
            ),
            "请核对 medfee_sumamt 与各明细的 det_item_fee_sumamt",
        ));
    }
    let mut changes = Changes::default();
    if !trial {
        settlement.id = ids.next(IdKind::Settlement);
        let mut closed = visit.clone();
        closed.state = VisitState::Settled;
        closed.ended_at = Some(visit.begun_at);
        changes = claim.book(&settlement, closed, ids);
    }
    let outcome = Outcome::Settled {
        settlement: Box::new(settlement),
        person: Box::new(person.clone()),
        certificate: visit.certificate.clone(),
        trial,
        charges,
    };
    Ok(Decided { changes, outcome })
}
