//! What is filed in advance (备案), and taken back.

use crate::changes::Changes;
use crate::check;
use crate::command::{FilingRequest, Occasion, Outcome};
use crate::decide::{Decided, done};
use crate::file::File;
use crate::ids::{IdKind, Ids};
use crate::records::{Filing, FilingKind};
use crate::refusal::Refusal;

/// 2501, 2503, 2505, 2507.
pub(crate) fn file_it(
    file: &File,
    occasion: &Occasion<'_>,
    ids: &mut dyn Ids,
    asked: &FilingRequest,
) -> Result<Decided, Refusal> {
    let person = check::person(file, &asked.person)?;
    check::alive(person, asked.from)?;
    if !asked.insurance.is_empty() {
        check::cover(file, &asked.insurance, asked.from, occasion)?;
    }
    if asked.until.is_some_and(|until| until < asked.from) {
        return Err(Refusal::new(
            "until",
            format!("结束日期早于开始日期 {}", asked.from),
            "请核对 begndate 与 enddate",
        ));
    }
    let overlaps = |filing: &&Filing| {
        filing.kind == asked.kind
            && filing.cancelled_at.is_none()
            && filing.code == asked.code
            && (asked.kind != FilingKind::Designated || filing.institution == asked.institution)
            && filing.until.is_none_or(|until| asked.from <= until)
            && asked.until.is_none_or(|until| filing.from <= until)
    };
    let repeats = matches!(asked.kind, FilingKind::Chronic | FilingKind::Designated | FilingKind::LongTerm);
    if repeats && let Some(old) = file.filings.iter().find(overlaps) {
        let until = old.until.map_or("长期".to_owned(), |until| until.to_string());
        return Err(Refusal::new(
            "code",
            format!("“{}”已有有效备案 {}（{} 至 {until}）", old.name, old.id, old.from),
            "请勿重复备案；需要变更的，先撤销原备案",
        ));
    }
    let filing = Filing {
        id: ids.next(IdKind::Filing),
        person: person.id.clone(),
        kind: asked.kind,
        insurance: asked.insurance.clone(),
        code: asked.code.clone(),
        name: asked.name.clone(),
        institution: asked.institution.clone(),
        area: asked.area.clone(),
        from: asked.from,
        until: asked.until,
        filed_by: occasion.caller.institution.clone(),
        filed_at: occasion.now,
        cancelled_at: None,
        extra: asked.extra.clone(),
    };
    Ok(Decided {
        changes: Changes { filings: vec![filing.clone()], ..Changes::default() },
        outcome: Outcome::Filed(filing),
    })
}

/// 2502, 2504, 2506.
pub(crate) fn cancel(file: &File, occasion: &Occasion<'_>, kind: FilingKind, id: &str) -> Result<Decided, Refusal> {
    let Some(filing) = file.filings.iter().find(|filing| filing.id == id && filing.kind == kind) else {
        return Err(Refusal::new(
            "filing",
            format!("备案“{id}”不存在，或不是本交易所撤销的备案种类"),
            "请用备案返回的 trt_dcla_detl_sn，并核对 psn_no",
        ));
    };
    if let Some(at) = filing.cancelled_at {
        return Err(Refusal::new("filing", format!("备案“{id}”已于 {at} 撤销"), "无需重复撤销"));
    }
    let filing = Filing { cancelled_at: Some(occasion.now), ..filing.clone() };
    Ok(done(Changes { filings: vec![filing], ..Changes::default() }))
}
