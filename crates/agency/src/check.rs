//! Questions that most commands ask of a file before anything else.

use crate::command::Occasion;
use crate::file::File;
use crate::records::{Coverage, CoverageState, Person, Visit, VisitKind, VisitState};
use crate::refusal::Refusal;
use crate::voucher;
use crate::world::World;
use model::{Day, Stamp};

/// Clocks of institutions may be ahead of ours by so much (seconds).
const AHEAD_MAX: i64 = 24 * 3600;

/// The person of the file.
pub(crate) fn person<'f>(file: &'f File, id: &str) -> Result<&'f Person, Refusal> {
    file.person.as_ref().filter(|person| person.id == id).ok_or_else(|| {
        Refusal::new("person", format!("查无此人：人员编号“{id}”"), "请先用 1101 读取人员信息，取返回的 psn_no")
    })
}

/// Refuses care of a person after death.
pub(crate) fn alive(person: &Person, on: Day) -> Result<(), Refusal> {
    match person.died_on {
        Some(died) if on > died => Err(Refusal::new(
            "begun_at",
            format!("该参保人已于 {died} 死亡，{on} 不能发生医疗费用"),
            "请核对人员和日期；登记有误的向参保地经办机构更正",
        )),
        _ => Ok(()),
    }
}

/// The spell of cover that pays on a day.
pub(crate) fn cover<'f>(
    file: &'f File,
    insurance: &str,
    on: Day,
    occasion: &Occasion<'_>,
) -> Result<&'f Coverage, Refusal> {
    let known = |spell: &&Coverage| {
        spell.known_from <= occasion.now && spell.known_until.is_none_or(|until| occasion.now < until)
    };
    let Some(spell) = file.coverage(insurance, on, occasion.now) else {
        let spells: Vec<String> = file
            .coverages
            .iter()
            .filter(known)
            .map(|spell| {
                let until = spell.until.map_or("今".to_owned(), |until| Day(until.0 - 1).to_string());
                format!("{}（{}）{} 至 {until}", spell.insurance, spell.area, spell.from)
            })
            .collect();
        let has = if spells.is_empty() {
            "没有任何参保记录".to_owned()
        } else {
            format!("参保记录：{}", spells.join("、"))
        };
        return Err(Refusal::new(
            "insurance",
            format!("{on} 没有险种 {insurance} 的参保；{has}"),
            "请核对 insutype 和日期，以 1101 返回的 insuinfo 为准",
        ));
    };
    match spell.state {
        CoverageState::Normal => {}
        CoverageState::Paused => {
            return Err(Refusal::new("insurance", format!("{on} 险种 {insurance} 处于暂停参保"), "请先补缴或恢复参保"));
        }
        CoverageState::Ended => {
            return Err(Refusal::new(
                "insurance",
                format!("{on} 险种 {insurance} 已终止参保"),
                "请核对险种，或重新参保",
            ));
        }
    }
    let said = &occasion.caller.coverage_area;
    if !said.is_empty() && *said != spell.area {
        return Err(Refusal::new(
            "coverage_area",
            format!("参保地医保区划“{said}”与参保登记“{}”不一致", spell.area),
            "请用 1101 返回的 insuplc_admdvs 填写报文头",
        ));
    }
    Ok(spell)
}

/// Whether the certificate shown is this person's: the number of the identity document, the card, or a voucher token.
pub(crate) fn certificate(person: &Person, world: &World, shown: &(String, String)) -> Result<(), Refusal> {
    let (kind, number) = shown;
    if number.is_empty() {
        return Ok(());
    }
    let fits = match kind.as_str() {
        "01" => voucher::holder(number, &world.voucher_secret).as_deref() == Some(person.id.as_str()),
        "03" => person.card == *number,
        _ => person.certificate.eq_ignore_ascii_case(number),
    };
    if fits {
        return Ok(());
    }
    let what = match kind.as_str() {
        "01" => "电子凭证令牌无效，或不属于该参保人",
        "03" => "社会保障卡号与该参保人登记的不一致",
        _ => "证件号码与该参保人登记的不一致",
    };
    Err(Refusal::new("certificate", what, "请重新读取凭证（1101），核对 mdtrt_cert_type 与 mdtrt_cert_no"))
}

/// Refuses a moment that has not come yet.
pub(crate) fn not_ahead(field: &str, at: Stamp, occasion: &Occasion<'_>) -> Result<(), Refusal> {
    if at.0 > occasion.now.0 + AHEAD_MAX {
        return Err(Refusal::new(
            field,
            format!("时间 {at} 晚于当前时间 {} 一天以上", occasion.now),
            "请校准机构端时钟，按实际发生时间填写",
        ));
    }
    Ok(())
}

/// The visit, of this institution, of the kind the transaction is for.
pub(crate) fn visit<'f>(
    file: &'f File,
    id: &str,
    kind: VisitKind,
    occasion: &Occasion<'_>,
) -> Result<&'f Visit, Refusal> {
    let Some(visit) = file.visit(id) else {
        return Err(Refusal::new(
            "visit",
            format!("就诊ID“{id}”不存在，或不是该参保人的就诊"),
            "请用登记（2201、2401）返回的 mdtrt_id，并核对 psn_no",
        ));
    };
    if visit.institution != occasion.caller.institution {
        return Err(Refusal::new("visit", format!("就诊ID“{id}”由其他机构登记"), "请核对 mdtrt_id 与 fixmedins_code"));
    }
    if visit.kind != kind {
        let word = |kind| match kind {
            VisitKind::Outpatient => "门诊",
            VisitKind::Inpatient => "住院",
            VisitKind::Pharmacy => "购药",
        };
        return Err(Refusal::new(
            "visit",
            format!("就诊ID“{id}”是{}就诊，本交易用于{}", word(visit.kind), word(kind)),
            "请改用与就诊类别相符的交易",
        ));
    }
    if visit.state == VisitState::Cancelled {
        return Err(Refusal::new("visit", format!("就诊ID“{id}”已撤销"), "请重新登记就诊"));
    }
    Ok(visit)
}
