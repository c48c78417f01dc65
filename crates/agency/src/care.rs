//! Visits: opened, described, charged, closed. Outpatient and inpatient share most of it (protocol.md §8).

use crate::changes::Changes;
use crate::check;
use crate::command::{Admission, Discharge, LineRequest, LinesScope, Occasion, Outcome, Registration, VisitDetails};
use crate::decide::{Decided, done};
use crate::file::File;
use crate::ids::{IdKind, Ids};
use crate::institutions::Service;
use crate::lines;
use crate::records::{Diagnosis, Upload, Visit, VisitKind, VisitState};
use crate::refusal::Refusal;
use crate::words;
use crate::world::World;

/// Opens a visit: checks the institution, the person, the cover, the certificate, the doctor.
pub(crate) fn open(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    kind: VisitKind,
    asked: &Registration,
    id: String,
) -> Result<Visit, Refusal> {
    let on = asked.begun_at.day();
    check::not_ahead("begun_at", asked.begun_at, occasion)?;
    let service = match kind {
        VisitKind::Outpatient => Service::Outpatient,
        VisitKind::Inpatient => Service::Inpatient,
        VisitKind::Pharmacy => Service::Pharmacy,
    };
    let institution = world.serving(&occasion.caller.institution, service, on)?;
    let person = check::person(file, &asked.person)?;
    check::alive(person, on)?;
    let cover = check::cover(file, &asked.insurance, on, occasion)?;
    check::certificate(person, world, &asked.certificate)?;
    world.practising(&asked.doctor, on)?;
    care_fits(&asked.care, kind)?;
    Ok(Visit {
        id,
        person: person.id.clone(),
        institution: institution.code.clone(),
        opened_by: occasion.caller.msgid.clone(),
        kind,
        state: VisitState::Open,
        insurance: asked.insurance.clone(),
        care: asked.care.clone(),
        coverage_area: cover.area.clone(),
        treatment_area: institution.area.clone(),
        certificate: asked.certificate.0.clone(),
        local_number: asked.local_number.clone(),
        begun_at: asked.begun_at,
        ended_at: None,
        disease: String::new(),
        admission_ordinal: 0,
        doctor: asked.doctor.clone(),
        department: asked.department.0.clone(),
        department_name: asked.department.1.clone(),
        diagnoses: Vec::new(),
        extra: asked.extra.clone(),
    })
}

fn care_fits(care: &str, kind: VisitKind) -> Result<(), Refusal> {
    match words::visit_kind_of(care) {
        Some(other) if other != kind => Err(Refusal::new(
            "care",
            format!("医疗类别“{care}”不用于本类就诊"),
            "请按字典 med_type 填写与门诊、住院或购药相符的类别",
        )),
        _ => Ok(()),
    }
}

/// 2201.
pub(crate) fn register(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    asked: &Registration,
) -> Result<Decided, Refusal> {
    let visit = open(file, world, occasion, VisitKind::Outpatient, asked, ids.next(IdKind::Visit))?;
    let changes = Changes { visits: vec![visit.clone()], ..Changes::default() };
    Ok(Decided { changes, outcome: Outcome::Opened(visit) })
}

/// 2401.
pub(crate) fn admit(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    asked: &Admission,
) -> Result<Decided, Refusal> {
    let open_stay =
        file.visits.iter().find(|visit| visit.kind == VisitKind::Inpatient && visit.state == VisitState::Open);
    if let Some(stay) = open_stay {
        return Err(Refusal::new(
            "person",
            format!("该参保人自 {} 起在院（就诊ID {}，机构 {}）", stay.begun_at, stay.id, stay.institution),
            "请先办理出院（2402）或撤销原入院登记（2404）",
        ));
    }
    let mut visit = open(file, world, occasion, VisitKind::Inpatient, &asked.registration, ids.next(IdKind::Visit))?;
    visit.disease.clone_from(&asked.disease);
    visit.diagnoses.clone_from(&asked.diagnoses);
    let changes = Changes { visits: vec![visit.clone()], ..Changes::default() };
    Ok(Decided { changes, outcome: Outcome::Opened(visit) })
}

/// 2203, 2403: replaces what is said, keeps what is not; a diagnosis is replaced by its number, or voided.
pub(crate) fn describe(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    kind: VisitKind,
    asked: &VisitDetails,
) -> Result<Decided, Refusal> {
    let mut visit = unsettled(file, &asked.visit, kind, occasion)?.clone();
    care_fits(&asked.care, kind)?;
    if let Some(begun_at) = asked.begun_at {
        check::not_ahead("begun_at", begun_at, occasion)?;
        world.practising(&asked.doctor, begun_at.day())?;
        visit.begun_at = begun_at;
    }
    if !asked.care.is_empty() && asked.care != visit.care {
        let settled = file.live_settlements(&visit.id).next().is_some();
        if settled && !visit.care.is_empty() {
            return Err(Refusal::new(
                "care",
                format!("一次就诊只有一个医疗类别：已按“{}”结算过，不能改为“{}”", visit.care, asked.care),
                "请另行登记就诊，或先撤销已有结算",
            ));
        }
        visit.care.clone_from(&asked.care);
    }
    for (target, said) in [
        (&mut visit.disease, &asked.disease),
        (&mut visit.doctor, &asked.doctor),
        (&mut visit.department, &asked.department.0),
        (&mut visit.department_name, &asked.department.1),
    ] {
        if !said.is_empty() {
            target.clone_from(said);
        }
    }
    for (diagnosis, valid) in &asked.diagnoses {
        put_diagnosis(&mut visit.diagnoses, diagnosis, *valid);
    }
    visit.extra.extend(asked.extra.clone());
    Ok(done(Changes { visits: vec![visit], ..Changes::default() }))
}

fn put_diagnosis(known: &mut Vec<Diagnosis>, diagnosis: &Diagnosis, valid: bool) {
    known.retain(|old| old.number != diagnosis.number || old.at_discharge != diagnosis.at_discharge);
    if valid {
        known.push(diagnosis.clone());
    }
}

/// A visit that may still be described: a stay that was settled for good may not.
fn unsettled<'f>(file: &'f File, id: &str, kind: VisitKind, occasion: &Occasion<'_>) -> Result<&'f Visit, Refusal> {
    let visit = check::visit(file, id, kind, occasion)?;
    if visit.state == VisitState::Settled {
        return Err(Refusal::new("visit", format!("就诊ID“{id}”已结算"), "请先撤销结算（2305、2103），再修改"));
    }
    Ok(visit)
}

/// 2202, 2404: only while nothing hangs on the visit.
pub(crate) fn cancel(file: &File, occasion: &Occasion<'_>, kind: VisitKind, id: &str) -> Result<Decided, Refusal> {
    let mut visit = check::visit(file, id, kind, occasion)?.clone();
    if let Some(settlement) = file.live_settlements(id).next() {
        return Err(Refusal::new(
            "visit",
            format!("就诊ID“{id}”有未撤销的结算 {}", settlement.id),
            "请先撤销结算，再撤销登记",
        ));
    }
    if kind == VisitKind::Inpatient {
        if visit.state == VisitState::Discharged {
            return Err(Refusal::new("visit", format!("就诊ID“{id}”已办理出院"), "请先撤销出院（2405）"));
        }
        let left: usize = file.uploads_of(id).map(|upload| upload.charges.len()).sum();
        if left > 0 {
            return Err(Refusal::new(
                "visit",
                format!("就诊ID“{id}”还有 {left} 条费用明细"),
                "请先撤销全部明细（2302，feedetl_sn 填 0000）",
            ));
        }
    }
    visit.state = VisitState::Cancelled;
    let dropped = file.uploads_of(id).map(|upload| Upload { charges: Vec::new(), ..upload.clone() }).collect();
    Ok(done(Changes { visits: vec![visit], uploads: dropped, ..Changes::default() }))
}

/// 2402.
pub(crate) fn discharge(file: &File, occasion: &Occasion<'_>, asked: &Discharge) -> Result<Decided, Refusal> {
    let mut visit = unsettled(file, &asked.visit, VisitKind::Inpatient, occasion)?.clone();
    if visit.state == VisitState::Discharged {
        return Err(Refusal::new(
            "visit",
            format!("就诊ID“{}”已办理出院", visit.id),
            "如需更正，请先撤销出院（2405）再办理",
        ));
    }
    if asked.ended_at < visit.begun_at {
        return Err(Refusal::new(
            "ended_at",
            format!("出院时间 {} 早于入院时间 {}", asked.ended_at, visit.begun_at),
            "请核对 endtime，或用 2403 更正入院时间",
        ));
    }
    check::not_ahead("ended_at", asked.ended_at, occasion)?;
    visit.state = VisitState::Discharged;
    visit.ended_at = Some(asked.ended_at);
    if !asked.disease.is_empty() {
        visit.disease.clone_from(&asked.disease);
    }
    for diagnosis in &asked.diagnoses {
        put_diagnosis(&mut visit.diagnoses, &Diagnosis { at_discharge: true, ..diagnosis.clone() }, true);
    }
    visit.extra.extend(asked.extra.clone());
    let mut changes = Changes::default();
    if let (Some(died), Some(person)) = (asked.died_on, &file.person)
        && person.died_on.is_none()
    {
        changes.persons.push(crate::records::Person { died_on: Some(died), ..person.clone() });
    }
    changes.visits.push(visit);
    Ok(done(changes))
}

/// 2405.
pub(crate) fn undo_discharge(file: &File, occasion: &Occasion<'_>, id: &str) -> Result<Decided, Refusal> {
    let mut visit = unsettled(file, id, VisitKind::Inpatient, occasion)?.clone();
    if visit.state != VisitState::Discharged {
        return Err(Refusal::new("visit", format!("就诊ID“{id}”尚未办理出院"), "无需撤销出院"));
    }
    visit.state = VisitState::Open;
    visit.ended_at = None;
    visit.diagnoses.retain(|diagnosis| !diagnosis.at_discharge);
    let mut changes = Changes { visits: vec![visit.clone()], ..Changes::default() };
    if let Some(person) = file.person.as_ref().filter(|person| person.died_on.is_some())
        && visit.extra.contains_key("die_date")
    {
        changes.persons.push(crate::records::Person { died_on: None, ..person.clone() });
    }
    Ok(done(changes))
}

/// 2204, 2301: all lines or none.
pub(crate) fn charge(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    kind: VisitKind,
    id: &str,
    asked: &[LineRequest],
) -> Result<Decided, Refusal> {
    let visit = unsettled(file, id, kind, occasion)?;
    if asked.is_empty() {
        return Err(Refusal::new("lines", "没有费用明细", "请在 feedetail 中至少上传一条明细"));
    }
    let institution = world.institution(&occasion.caller.institution)?;
    for line in asked {
        check::not_ahead("lines.at", line.at, occasion)?;
    }
    let mut doctors: Vec<(&str, i64)> = asked.iter().map(|line| (line.doctor.as_str(), line.at.0)).collect();
    doctors.dedup_by_key(|doctor| doctor.0);
    for (doctor, at) in doctors {
        world.practising(doctor, model::Stamp(at).day())?;
    }
    let charges = lines::accept(file, world, visit, institution, asked)?;
    let mut number = file.uploads_of(id).map(|upload| upload.number).max().unwrap_or(0);
    let mut uploads: Vec<Upload> = Vec::new();
    for (line, charge) in asked.iter().zip(&charges) {
        match uploads.iter_mut().find(|upload| upload.batch == line.batch) {
            Some(upload) => upload.charges.push(charge.clone()),
            None => {
                number += 1;
                uploads.push(Upload {
                    number,
                    person: visit.person.clone(),
                    visit: visit.id.clone(),
                    batch: line.batch.clone(),
                    settled_by: None,
                    charges: vec![charge.clone()],
                });
            }
        }
    }
    Ok(Decided { changes: Changes { uploads, ..Changes::default() }, outcome: Outcome::Charged(charges) })
}

/// 2205, 2302: settled lines stay.
pub(crate) fn delete_lines(
    file: &File,
    occasion: &Occasion<'_>,
    kind: VisitKind,
    id: &str,
    scope: &LinesScope,
) -> Result<Decided, Refusal> {
    let visit = check::visit(file, id, kind, occasion)?;
    let settled = |what: String, by: &str| {
        Refusal::new(
            "lines",
            format!("{what}已结算（结算ID {by}），不能撤销"),
            "请先撤销结算（2208、2305），再撤销明细",
        )
    };
    let mut uploads = Vec::new();
    match scope {
        LinesScope::All => {
            for upload in file.uploads_of(&visit.id).filter(|upload| upload.settled_by.is_none()) {
                uploads.push(Upload { charges: Vec::new(), ..upload.clone() });
            }
        }
        LinesScope::Batch(batch) => {
            let of_batch: Vec<&Upload> = file.uploads_of(&visit.id).filter(|upload| upload.batch == *batch).collect();
            if of_batch.is_empty() {
                return Err(Refusal::new(
                    "batch",
                    format!("收费批次号“{batch}”没有明细"),
                    "请核对 chrg_bchno；填 0000 撤销全部未结算明细",
                ));
            }
            for upload in of_batch {
                if let Some(by) = &upload.settled_by {
                    return Err(settled(format!("收费批次号“{batch}”"), by));
                }
                uploads.push(Upload { charges: Vec::new(), ..upload.clone() });
            }
        }
        LinesScope::Lines(numbers) => {
            for number in numbers {
                let holder =
                    file.uploads_of(&visit.id).find(|u| u.charges.iter().any(|charge| charge.number == *number));
                let Some(holder) = holder else {
                    return Err(Refusal::new(
                        "lines",
                        format!("费用明细流水号“{number}”不存在"),
                        "请核对 feedetl_sn；填 0000 撤销全部未结算明细",
                    ));
                };
                if let Some(by) = &holder.settled_by {
                    return Err(settled(format!("费用明细流水号“{number}”"), by));
                }
                let refunded = file
                    .uploads_of(&visit.id)
                    .flat_map(|upload| &upload.charges)
                    .find(|charge| charge.refunds == *number && !numbers.contains(&charge.number));
                if let Some(refund) = refunded {
                    return Err(Refusal::new(
                        "lines",
                        format!("费用明细流水号“{number}”已有退费明细“{}”", refund.number),
                        "请连同退费明细一起撤销",
                    ));
                }
                let known: &mut Upload = match uploads.iter().position(|upload: &Upload| upload.number == holder.number)
                {
                    Some(index) => &mut uploads[index],
                    None => {
                        uploads.push(holder.clone());
                        let last = uploads.len() - 1;
                        &mut uploads[last]
                    }
                };
                known.charges.retain(|charge| charge.number != *number);
            }
        }
    }
    Ok(done(Changes { uploads, ..Changes::default() }))
}
