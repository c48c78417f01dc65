//! National codes and what they mean to the benefit engine.
//!
//! Codes are those of the national dictionaries (`med_type`, `psn_type`, `hosp_lv`, `insutype`, `fund_pay_type`, `clr_type`). Provinces
//! extend them by more digits, so that a code not listed is read by its first two.

use crate::records::VisitKind;
use benefit::{Fund, Kind, Level, Status};
use catalog::Catalogue;
use model::{HospitalLevel, ItemKind};

/// The policy packages' scheme for an insurance type; `None` when the engine settles none of its kind.
#[must_use]
pub fn scheme(insurance: &str) -> Option<&'static str> {
    match insurance {
        "310" => Some("employee"),
        "390" | "391" => Some("resident"),
        _ => None,
    }
}

/// What a person is to the scheme.
#[must_use]
pub fn status(person_kind: &str) -> Status {
    match person_kind {
        "1401" | "1402" | "1405" => Status::Child,
        "1403" | "1404" => Status::Student,
        "16" => Status::Elder,
        "126013" | "126015" | "1112" => Status::Retired,
        _ if person_kind.starts_with("12") || person_kind.starts_with("13") => Status::Retired,
        _ if person_kind.starts_with("11") => Status::Active,
        _ => Status::Adult,
    }
}

/// The level of an institution.
#[must_use]
pub fn level(hospital_level: &str) -> Level {
    match hospital_level {
        "1" | "2" | "3" | "4" | "12" => Level::Third,
        "5" | "6" | "7" | "13" => Level::Second,
        "8" | "9" | "10" | "14" => Level::First,
        _ => Level::Unrated,
    }
}

/// The same for price books.
#[must_use]
pub fn price_level(level: Level) -> HospitalLevel {
    match level {
        Level::Unrated => HospitalLevel::Unrated,
        Level::First => HospitalLevel::Primary,
        Level::Second => HospitalLevel::Secondary,
        Level::Third | Level::ThirdProvincial => HospitalLevel::Tertiary,
    }
}

/// What kind of care a visit is, from its 医疗类别; an empty one is the ordinary care of its kind of visit.
#[must_use]
pub fn kind(care: &str, visit: VisitKind) -> Kind {
    match (care, visit) {
        (_, VisitKind::Pharmacy) => Kind::Pharmacy,
        ("13" | "1301", VisitKind::Outpatient) => Kind::Emergency,
        ("14" | "9901", VisitKind::Outpatient) => Kind::Chronic,
        ("51" | "52" | "2106" | "2107", _) => Kind::Maternity,
        (_, VisitKind::Outpatient) => Kind::Outpatient,
        (_, VisitKind::Inpatient) => Kind::Inpatient,
    }
}

/// The ordinary 医疗类别 of a kind of visit.
#[must_use]
pub fn ordinary_care(visit: VisitKind) -> &'static str {
    match visit {
        VisitKind::Outpatient => "11",
        VisitKind::Inpatient => "21",
        VisitKind::Pharmacy => "41",
    }
}

/// Whether a 医疗类别 can be that of a kind of visit. `None` for one that either may have.
#[must_use]
pub fn visit_kind_of(care: &str) -> Option<VisitKind> {
    match care.get(..2) {
        Some("11" | "12" | "13" | "14" | "51") => Some(VisitKind::Outpatient),
        Some("21" | "22" | "52" | "71") => Some(VisitKind::Inpatient),
        Some("41") => Some(VisitKind::Pharmacy),
        _ => None,
    }
}

/// 清算类别 of a 医疗类别.
#[must_use]
pub fn clearing_kind(care: &str, visit: VisitKind) -> &'static str {
    match (care, visit) {
        (_, VisitKind::Pharmacy) => "41",
        ("12", VisitKind::Outpatient) => "12",
        ("13" | "1301", VisitKind::Outpatient) => "13",
        ("14", VisitKind::Outpatient) => "14",
        ("9901", VisitKind::Outpatient) => "15",
        ("18", VisitKind::Outpatient) => "18",
        ("9903", VisitKind::Outpatient) => "1103",
        ("51", VisitKind::Outpatient) => "53",
        (_, VisitKind::Outpatient) => "11",
        ("2102", VisitKind::Inpatient) => "27",
        ("22", VisitKind::Inpatient) => "22",
        ("28", VisitKind::Inpatient) => "28",
        ("52" | "2106" | "2107", VisitKind::Inpatient) => "99940",
        (_, VisitKind::Inpatient) => "21",
    }
}

/// 基金支付类型 under which a fund of the engine is booked (settlement.md §2). What has no code of its own goes to 其他基金.
#[must_use]
pub fn fund_type(fund: Fund, insurance: &str) -> &'static str {
    let employee = insurance == "310";
    match fund {
        Fund::Pool => [("390100"), ("310100")][usize::from(employee)],
        Fund::Outpatient => [("390102"), ("310102")][usize::from(employee)],
        Fund::LargeAmount => "330100",
        Fund::UnitSupplement => "370100",
        Fund::CivilServant => "320100",
        Fund::CriticalIllness => [("390200"), ("310300")][usize::from(employee)],
        Fund::MedicalAid => "610100",
        Fund::RetireeSupplement | Fund::Other => "999997",
    }
}

/// 基金支付类型 of the pooled fund of an insurance type.
#[must_use]
pub fn pool_fund_type(insurance: &str) -> &'static str {
    fund_type(Fund::Pool, insurance)
}

/// 医疗收费项目类别 of an item: by its kind, a service by the chapter of its national number (2001 edition).
#[must_use]
pub fn category(catalogue: &Catalogue, item: Option<u32>, code: &str) -> &'static str {
    match item.map_or_else(|| ItemKind::from_code(code), |id| catalogue.item_kind(id)) {
        ItemKind::WesternDrug => "09",
        ItemKind::PatentDrug => "11",
        ItemKind::DecoctionPiece => "10",
        ItemKind::Consumable => "08",
        ItemKind::Service | ItemKind::Other => {
            let number = item.and_then(|id| catalogue.service_number(id)).unwrap_or_default();
            match (number.get(..4), number.get(..2)) {
                (Some("1101"), _) => "13",
                (Some("1102"), _) => "02",
                (Some("1109"), _) => "01",
                (Some("1201"), _) => "07",
                (_, Some("21" | "22" | "23" | "27")) => "03",
                (_, Some("25" | "26")) => "04",
                (_, Some("33")) => "06",
                (_, Some("12" | "24" | "31" | "32" | "34" | "41" | "42" | "43" | "44" | "45" | "46" | "47")) => "05",
                _ => "14",
            }
        }
    }
}
