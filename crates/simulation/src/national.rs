//! The national interface's codes as facts of a benefit case.
//!
//! Codes differ between editions (facts of the interface: `psn_type` and `sp_psn_type` of Hunan V1.1.27 and of the Jiangxi
//! print, which do not collide); a code that none of them has is not understood, and the caller counts the
//! settlement as one that could not be replayed. What the data do not say at all is assumed, and
//! every assumption is a sentence that is counted ([`Assumption`]).

use crate::group::{Income, Scheme};
use benefit::{Kind, Level, Status};
use model::{CareSetting, HospitalLevel, Institution, Insurance};

/// What the data leave open and the replay takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Assumption {
    CoverMonths,
    StatusByAge,
    NearestStatus,
    CommunityByName,
    UnknownLevel,
    Filing,
    Selected,
    Programme,
    SpecialUnknown,
}

impl Assumption {
    /// The sentence of the report.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::CoverMonths => "数据没有连续参保月数，一律按设定值（--cover-months）计算",
            Self::StatusByAge => "psn_type 未填，职工 60 岁及以上按退休、其余按在职，居民按年龄分为儿童、成年、老年",
            Self::NearestStatus => "政策没有该人员类别，按最接近的类别计算（老年居民→成年居民，儿童→学生）",
            Self::CommunityByName => "机构名称含“社区卫生服务”或“卫生院”的，按社区（基层）机构计算",
            Self::UnknownLevel => "机构级别不详，按未定级计算",
            Self::Filing => "异地就医是否备案不详，一律按已转诊备案计算",
            Self::Selected => "是否选定机构、是否转诊不详，一律按已选定、未转诊计算",
            Self::Programme => "慢特病病种编码不在政策病种目录中，按未指明病种计算",
            Self::SpecialUnknown => "特殊人员类型编码未收录，按一般人群计算",
        }
    }
}

/// The scheme of an `insutype`; `None` for insurances that are not basic medical insurance.
pub(crate) const fn scheme(insurance: Insurance) -> Option<Scheme> {
    match insurance.0 {
        310 => Some(Scheme::Employee),
        380 | 390 | 391 => Some(Scheme::Resident),
        _ => None,
    }
}

/// The kind of a `med_type`.
pub(crate) fn kind(med_type: &str, pharmacy: bool) -> Kind {
    let two = med_type.get(..2).unwrap_or(med_type);
    match (two, CareSetting::from_med_type(med_type)) {
        ("51" | "52" | "54", _) => Kind::Maternity,
        ("14" | "15" | "18", _) => Kind::Chronic,
        (_, CareSetting::Emergency) => Kind::Emergency,
        (_, CareSetting::Inpatient) => Kind::Inpatient,
        (_, CareSetting::Pharmacy) => Kind::Pharmacy,
        _ if pharmacy => Kind::Pharmacy,
        _ => Kind::Outpatient,
    }
}

/// The level of an institution; `None` when the register does not say.
pub(crate) const fn level(level: HospitalLevel) -> Option<Level> {
    match level {
        HospitalLevel::Tertiary => Some(Level::Third),
        HospitalLevel::Secondary => Some(Level::Second),
        HospitalLevel::Primary => Some(Level::First),
        HospitalLevel::Unrated => Some(Level::Unrated),
        HospitalLevel::Unknown => None,
    }
}

/// Whether the name is that of a community institution.
pub(crate) fn is_community(institution: &Institution) -> bool {
    ["社区卫生服务", "卫生院"].iter().any(|word| institution.name.contains(word))
}

/// What a `psn_type` says; `Ok(None)` when it says nothing, `Err` when it is not understood.
pub(crate) fn status(scheme: Scheme, code: &str) -> Result<Option<Status>, ()> {
    let known = match (scheme, code) {
        (_, "") => None,
        (Scheme::Employee, code) if code.starts_with("11") => Some(Status::Active),
        (Scheme::Employee, code) if code.starts_with("12") => Some(Status::Retired),
        (Scheme::Employee, "21") => Some(Status::Retired),
        (Scheme::Resident, "1401" | "1402" | "1405" | "41") => Some(Status::Child),
        (Scheme::Resident, "1403" | "1404" | "42" | "43") => Some(Status::Student),
        (Scheme::Resident, code) if code.starts_with("16") => Some(Status::Elder),
        (Scheme::Resident, "60") => Some(Status::Elder),
        // 居民 without an age class: the age says.
        (Scheme::Resident, "14" | "15" | "151" | "1701" | "18" | "50") => None,
        _ => return Err(()),
    };
    Ok(known)
}

/// The status that an age suggests.
pub(crate) const fn status_by_age(scheme: Scheme, age: Option<u16>) -> Status {
    match (scheme, age) {
        (Scheme::Employee, Some(60..)) => Status::Retired,
        (Scheme::Employee, _) => Status::Active,
        (Scheme::Resident, Some(..18)) => Status::Child,
        (Scheme::Resident, Some(60..)) => Status::Elder,
        (Scheme::Resident, _) => Status::Adult,
    }
}

/// What to try when a policy has no such status.
pub(crate) const fn nearest_status(status: Status) -> Option<Status> {
    match status {
        Status::Elder => Some(Status::Adult),
        Status::Child => Some(Status::Student),
        Status::Student => Some(Status::Child),
        Status::Flexible => Some(Status::Active),
        _ => None,
    }
}

/// The income status of `spec_psn_type` codes (several are separated by `;`): the most protected one. `Err` when
/// codes are given and none is understood.
pub(crate) fn income(codes: &str) -> Result<Income, ()> {
    let given = || codes.split([';', '；', ',']).map(str::trim).filter(|code| !code.is_empty());
    if given().next().is_none() {
        return Ok(Income::General);
    }
    given().filter_map(income_of).min().ok_or(())
}

fn income_of(code: &str) -> Option<Income> {
    let income = match code {
        "1" | "902" | "906" | "2304" | "2301" | "2307" => Income::Destitute,
        "2" | "907" | "908" | "929" | "2303" | "236003" => Income::Low,
        "3" | "901" | "931" | "932" | "2302" => Income::PovertyProne,
        "2305" | "909" | "910" | "911" | "928" | "236005" | "236008" => Income::Edge,
        "4" | "236010" | "2308" => Income::Disabled,
        word => *Income::ALL.iter().find(|income| !income.word().is_empty() && income.word() == word)?,
    };
    Some(income)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_edition_are_understood_and_others_are_not_guessed() {
        use Scheme::{Employee, Resident};
        for (scheme, code, expect) in [
            (Employee, "11", Ok(Some(Status::Active))),
            (Employee, "1204", Ok(Some(Status::Retired))),
            (Employee, "21", Ok(Some(Status::Retired))),
            (Employee, "", Ok(None)),
            (Employee, "13", Err(())),
            (Resident, "1403", Ok(Some(Status::Student))),
            (Resident, "16", Ok(Some(Status::Elder))),
            (Resident, "14", Ok(None)),
            (Resident, "99", Err(())),
        ] {
            assert_eq!(super::status(scheme, code), expect, "{scheme:?} {code}");
        }
        for (codes, expect) in [
            ("", Ok(Income::General)),
            ("2", Ok(Income::Low)),
            ("4;902", Ok(Income::Destitute)),
            ("low_income", Ok(Income::Low)),
            ("914", Err(())),
        ] {
            assert_eq!(income(codes), expect, "{codes}");
        }
        for (med_type, pharmacy, expect) in [
            ("11", false, Kind::Outpatient),
            ("140104", false, Kind::Chronic),
            ("2101", false, Kind::Inpatient),
            ("1301", false, Kind::Emergency),
            ("41", false, Kind::Pharmacy),
            ("52", false, Kind::Maternity),
            ("11", true, Kind::Pharmacy),
        ] {
            assert_eq!(kind(med_type, pharmacy), expect, "{med_type}");
        }
    }
}
