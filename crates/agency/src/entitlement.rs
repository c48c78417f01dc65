//! 2001: which funds may pay for a person's care on a day, and why not.

use crate::check;
use crate::command::Occasion;
use crate::file::File;
use crate::records::{FilingKind, VisitKind};
use crate::refusal::Refusal;
use crate::words;
use crate::world::World;
use benefit::{Fund, Kind};
use model::Day;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitlementQuestion {
    /// 险种类型
    pub insurance: String,
    /// Institution code.
    pub institution: String,
    /// 医疗类别
    pub care: String,
    /// 病种编码; empty when none
    pub disease: String,
    /// Day.
    pub on: Day,
}

/// What one fund may pay, or why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// 基金支付类型
    pub fund: String,
    /// First day of the cover.
    pub from: Day,
    /// Last day; open when `None`.
    pub until: Option<Day>,
    /// Why it does not pay; `None` when it does.
    pub refused: Option<String>,
}

/// The answer for the pooled fund of the insurance type; a person who is not covered has one row that says why.
#[must_use]
pub fn entitlements(
    file: &File,
    world: &World,
    occasion: &Occasion<'_>,
    asked: &EntitlementQuestion,
) -> Vec<Entitlement> {
    let fund = words::fund_type(Fund::Pool, &asked.insurance).to_owned();
    let cover = file.coverage(&asked.insurance, asked.on, occasion.now);
    let row = |refused: Option<String>| Entitlement {
        fund: fund.clone(),
        from: cover.map_or(asked.on, |cover| cover.from),
        until: cover.and_then(|cover| cover.until).map(|until| Day(until.0 - 1)),
        refused,
    };
    vec![row(entitled(file, world, occasion, asked).err().map(|refusal| refusal.to_string()))]
}

fn entitled(file: &File, world: &World, occasion: &Occasion<'_>, asked: &EntitlementQuestion) -> Result<(), Refusal> {
    let kind = words::visit_kind_of(&asked.care).unwrap_or(VisitKind::Outpatient);
    let service = match (kind, words::kind(&asked.care, kind)) {
        (VisitKind::Inpatient, _) => crate::Service::Inpatient,
        (VisitKind::Pharmacy, _) => crate::Service::Pharmacy,
        (VisitKind::Outpatient, Kind::Chronic) => crate::Service::Chronic,
        (VisitKind::Outpatient, _) => crate::Service::Outpatient,
    };
    world.serving(&asked.institution, service, asked.on)?;
    if let Some(person) = &file.person {
        check::alive(person, asked.on)?;
    }
    check::cover(file, &asked.insurance, asked.on, occasion)?;
    if words::scheme(&asked.insurance).is_none() {
        return Err(Refusal::new(
            "insurance",
            format!("险种 {} 没有收录待遇政策", asked.insurance),
            "职工医保填 310，城乡居民医保填 390",
        ));
    }
    let chronic = words::kind(&asked.care, kind) == Kind::Chronic;
    let filed = |filing: &&crate::records::Filing| {
        filing.kind == FilingKind::Chronic
            && filing.holds(asked.on)
            && (asked.disease.is_empty() || filing.code == asked.disease)
    };
    if chronic && !file.filings.iter().any(|filing| filed(&filing)) {
        return Err(Refusal::new("disease", "没有有效的门诊慢特病备案", "请先办理备案（2503）"));
    }
    Ok(())
}
