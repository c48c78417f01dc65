//! The world that a server offers for trying: `world.json`, read once, checked at the door.

use crate::signature::Signing;
use model::{Day, Quantity, UnitPrice};
use serde::{Deserialize, Deserializer};
use std::path::Path;

/// Why a world cannot be played in.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file cannot be read.
    #[error("无法读取 {path}（请先运行 yibao serve --demo --data 目录，它会写出 world.json）")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not a world.
    #[error("{path} 不是可用的 world.json：{reason}")]
    NotAWorld {
        /// Which file.
        path: String,
        /// Field and remedy.
        reason: String,
    },
}

/// Everything a client must know of a server to play hospital on it.
#[derive(Debug, Deserialize)]
pub struct World {
    /// Scheme, host and port, without a slash behind.
    pub base_url: String,
    /// Path of the one entry point.
    #[serde(default = "usual_path")]
    pub call_path: String,
    /// The day on which care falls; absent: the real day.
    #[serde(default, deserialize_with = "day_if_any")]
    pub today: Option<Day>,
    /// How to sign headers, when the server looks at them.
    #[serde(default)]
    pub signature: Option<Signing>,
    /// How the platform counts in reconciliation.
    #[serde(default)]
    pub statement: Statement,
    /// Pooling areas.
    pub areas: Vec<Area>,
    /// Hospitals, community institutions, pharmacies.
    pub institutions: Vec<Institution>,
    /// Insured persons, all invented.
    pub persons: Vec<Person>,
    /// What can be charged.
    pub items: Vec<Item>,
    /// Diagnoses for visits.
    pub diagnoses: Vec<Named>,
    /// Chronic-disease programmes.
    #[serde(default)]
    pub chronic_programmes: Vec<Programme>,
    /// What must be refused.
    #[serde(default)]
    pub negative: Negative,
}

/// What must be refused.
#[derive(Debug, Default, Deserialize)]
pub struct Negative {
    /// Doctors whose eligibility is suspended.
    #[serde(default)]
    pub suspended_staff: Vec<Suspended>,
}

/// A suspended doctor.
#[derive(Debug, Deserialize)]
pub struct Suspended {
    /// National code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of the institution.
    pub institution: String,
}

/// How 3201 and 3202 count (no edition writes it down: ERRATA 14).
#[derive(Debug, Default, Deserialize)]
pub struct Statement {
    /// What a refund does to the number of settlements.
    #[serde(default)]
    pub refund_count: RefundCount,
}

/// What a refund does to `fixmedins_setl_cnt`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefundCount {
    /// A settlement counts 1, its reversal −1.
    #[default]
    Net,
    /// Each record counts 1.
    Rows,
}

/// A code with its name.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// National code.
    pub code: String,
    /// Display name.
    pub name: String,
}

/// A pooling area.
pub type Area = Named;

/// What an institution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstitutionKind {
    /// Has beds.
    Hospital,
    /// A community institution: outpatients only.
    Community,
    /// Sells medicine.
    Pharmacy,
}

/// A designated institution.
#[derive(Debug, Deserialize)]
pub struct Institution {
    /// `fixmedins_code`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `mdtrtarea_admvs`.
    pub area: String,
    /// What it is.
    pub kind: InstitutionKind,
    /// Departments; none in a pharmacy.
    #[serde(default)]
    pub departments: Vec<Department>,
    /// Doctors and pharmacists.
    #[serde(default)]
    pub staff: Vec<StaffMember>,
}

/// A department.
#[derive(Debug, Deserialize)]
pub struct Department {
    /// The institution's own code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// National code of the specialty.
    #[serde(default)]
    pub caty: String,
}

/// A doctor or pharmacist.
#[derive(Debug, Deserialize)]
pub struct StaffMember {
    /// National code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of the department.
    #[serde(default)]
    pub dept: String,
}

/// An insured person.
#[derive(Debug, Deserialize)]
pub struct Person {
    /// Person number.
    pub psn_no: String,
    /// Name.
    pub psn_name: String,
    /// Kind of certificate.
    pub psn_cert_type: String,
    /// Its number.
    pub certno: String,
    /// What is shown at the counter.
    pub mdtrt_cert_type: String,
    /// Its number.
    pub mdtrt_cert_no: String,
    /// Needed with a social-security card.
    #[serde(default)]
    pub card_sn: Option<String>,
    /// Token of the electronic voucher.
    #[serde(default)]
    pub ec_token: Option<String>,
    /// Sex.
    pub gend: String,
    /// Day of birth.
    pub brdy: String,
    /// Scheme.
    pub insutype: String,
    /// Category.
    pub psn_type: String,
    /// Area that insures.
    pub insuplc_admdvs: String,
    /// What is special: see `docs/hospital-sim.md`.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Person {
    /// Whether the world gave the person this tag.
    #[must_use]
    pub fn is(&self, tag: &str) -> bool {
        self.tags.iter().any(|held| held == tag)
    }
}

/// A drug, service or consumable with its price.
#[derive(Debug, Deserialize)]
pub struct Item {
    /// National code, `med_list_codg`.
    pub code: String,
    /// The institution's own code.
    #[serde(default)]
    pub medins_list_codg: Option<String>,
    /// Its name.
    pub name: String,
    /// The one area in which the row holds.
    #[serde(default)]
    pub area: Option<String>,
    /// western, patent, herb, service, bed, laboratory, examination, consumable, registration.
    pub kind: String,
    /// `chrgitm_lv`: 01, 02, 03.
    pub class: String,
    /// What a unit costs.
    #[serde(deserialize_with = "price")]
    pub price: UnitPrice,
    /// The most that counts for a unit.
    #[serde(default, deserialize_with = "price_if_any")]
    pub ceiling: Option<UnitPrice>,
    /// Share that the person pays first.
    #[serde(default, deserialize_with = "ratio_if_any")]
    pub selfpay_prop: Option<Quantity>,
    /// Whether pharmacies sell it.
    #[serde(default)]
    pub pharmacy: Option<bool>,
    /// For whom and how much.
    #[serde(default)]
    pub limits: Limits,
}

/// Limits on the use of an item.
#[derive(Debug, Default, Deserialize)]
pub struct Limits {
    /// Only for this sex.
    #[serde(default)]
    pub gend: Option<String>,
    /// At most so many days in a course.
    #[serde(default)]
    pub course_days: Option<u32>,
    /// Paid only when the hospital approves.
    #[serde(default)]
    pub restricted: bool,
}

impl Item {
    /// Whether it may be sold over a pharmacy's counter.
    #[must_use]
    pub fn over_the_counter(&self) -> bool {
        self.pharmacy.unwrap_or(matches!(self.kind.as_str(), "western" | "patent"))
    }

    /// Whether an institution of `area` may charge it to a person of this sex.
    #[must_use]
    pub fn suits(&self, area: &str, gend: &str) -> bool {
        self.area.as_deref().is_none_or(|only| only == area)
            && self.limits.gend.as_deref().is_none_or(|only| only == gend)
    }
}

/// A chronic-disease programme.
#[derive(Debug, Deserialize)]
pub struct Programme {
    /// `dise_codg`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The area that has it; absent: all.
    #[serde(default)]
    pub area: Option<String>,
}

impl World {
    /// Reads and checks `world.json`.
    pub fn read(path: &Path) -> Result<Self, WorldError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| WorldError::Unreadable { path: shown.clone(), source })?;
        let refuse = |reason: String| WorldError::NotAWorld { path: shown.clone(), reason };
        let world: Self = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        world.check().map_err(refuse)?;
        Ok(world)
    }

    fn check(&self) -> Result<(), String> {
        for (name, empty) in [
            ("areas", self.areas.is_empty()),
            ("institutions", self.institutions.is_empty()),
            ("persons", self.persons.is_empty()),
            ("items", self.items.is_empty()),
            ("diagnoses", self.diagnoses.is_empty()),
        ] {
            if empty {
                return Err(format!("{name} 为空，至少需要一条"));
            }
        }
        for institution in &self.institutions {
            if institution.code.len() != 12 {
                let code = &institution.code;
                return Err(format!("institutions 中 {code} 的 code 应为 12 位，报文编号由它组成"));
            }
            if institution.kind != InstitutionKind::Pharmacy
                && (institution.departments.is_empty() || institution.staff.is_empty())
            {
                return Err(format!("institutions 中 {} 没有 departments 或 staff，无法挂号", institution.code));
            }
        }
        Ok(())
    }
}

fn usual_path() -> String {
    "/fsi/api/rsfComIfsService/callService".to_owned()
}

fn price<'de, D: Deserializer<'de>>(source: D) -> Result<UnitPrice, D::Error> {
    let text = String::deserialize(source)?;
    UnitPrice::parse(text.as_bytes()).map_err(|error| serde::de::Error::custom(format!("{text} {error}")))
}

fn price_if_any<'de, D: Deserializer<'de>>(source: D) -> Result<Option<UnitPrice>, D::Error> {
    let text = Option::<String>::deserialize(source)?;
    text.map(|text| {
        UnitPrice::parse(text.as_bytes()).map_err(|error| serde::de::Error::custom(format!("{text} {error}")))
    })
    .transpose()
}

fn ratio_if_any<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Quantity>, D::Error> {
    let text = Option::<String>::deserialize(source)?;
    text.map(|text| {
        Quantity::parse(text.as_bytes()).map_err(|error| serde::de::Error::custom(format!("{text} {error}")))
    })
    .transpose()
}

fn day_if_any<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Day>, D::Error> {
    let text = Option::<String>::deserialize(source)?;
    text.map(|text| Day::parse(text.as_bytes()).map_err(|error| serde::de::Error::custom(format!("{text} {error}"))))
        .transpose()
}
