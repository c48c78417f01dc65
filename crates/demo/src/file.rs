//! `world.json`: what clients are told of the world. Wire names are used for what goes to the wire unchanged; decimals are
//! texts; times are Beijing time. The shape is described in `docs/demo-world.md`.

use crate::Wish;
use crate::goods::Goods;
use crate::people::Human;
use agency::{Area, FilingKind, Institution, Profession, Service, Staff};
use serde::Serialize;

/// The file.
#[derive(Debug, Clone, Serialize)]
pub struct WorldFile {
    /// Scheme, host and port; the server fills it in.
    pub base_url: String,
    /// Path of the one entry point.
    pub call_path: String,
    /// The day on which care falls.
    pub today: String,
    /// Pooling areas.
    pub areas: Vec<Named>,
    /// Institutions that may serve today.
    pub institutions: Vec<Place>,
    /// Insured persons.
    pub persons: Vec<Insured>,
    /// What can be charged, a row an item and area.
    pub items: Vec<Item>,
    /// Diagnoses.
    pub diagnoses: Vec<Named>,
    /// Chronic and special diseases, by area.
    pub chronic_programmes: Vec<Chronic>,
    /// What must be refused.
    pub negative: Negative,
}

/// A code with its name.
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A chronic or special disease that may be filed in an area.
#[derive(Debug, Clone, Serialize)]
pub struct Chronic {
    /// `opsp_dise_code`
    pub code: String,
    /// Name.
    pub name: String,
    /// Where.
    pub area: String,
}

/// An institution.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    /// `fixmedins_code`
    pub code: String,
    /// Name.
    pub name: String,
    /// `mdtrtarea_admvs`
    pub area: String,
    /// `hospital`, `community`, `pharmacy`.
    pub kind: &'static str,
    /// `hosp_lv`; empty for a pharmacy.
    pub level: String,
    /// Departments.
    pub departments: Vec<Department>,
    /// Doctors and pharmacists whose work is paid for today.
    pub staff: Vec<Member>,
}

/// A department.
#[derive(Debug, Clone, Serialize)]
pub struct Department {
    /// The institution's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// National code of its discipline.
    pub caty: String,
}

/// Somebody who works at an institution.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// National code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Department; empty in a pharmacy.
    pub dept: String,
    /// `doctor`, `pharmacist`.
    pub kind: &'static str,
}

/// An insured person.
#[derive(Debug, Clone, Serialize)]
pub struct Insured {
    /// 人员编号
    pub psn_no: String,
    /// 姓名
    pub psn_name: String,
    /// 证件类型
    pub psn_cert_type: String,
    /// 证件号码
    pub certno: String,
    /// What the person shows: `02` the number above, `03` the card.
    pub mdtrt_cert_type: &'static str,
    /// Its number.
    pub mdtrt_cert_no: String,
    /// Serial number of the card; with `03`.
    pub card_sn: String,
    /// Electronic voucher of the test issuer: `mdtrt_cert_type` 01 with this as number.
    pub ec_token: String,
    /// 性别
    pub gend: String,
    /// 出生日期
    pub brdy: String,
    /// 险种类型
    pub insutype: String,
    /// 人员类别
    pub psn_type: String,
    /// 参保地
    pub insuplc_admdvs: String,
    /// What the person is; `docs/demo-world.md` lists the words.
    pub tags: Vec<&'static str>,
    /// Chronic diseases filed for.
    pub chronic: Vec<String>,
}

/// An item in an area.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// `med_list_codg`
    pub code: String,
    /// The hospital's own code.
    pub medins_list_codg: String,
    /// Name.
    pub name: String,
    /// The area this row holds in.
    pub area: String,
    /// `western`, `patent`, `herb`, `service`, `bed`, `laboratory`, `examination`, `consumable`, `registration`.
    pub kind: String,
    /// `chrgitm_lv`
    pub class: String,
    /// What institutions ask for a unit.
    pub price: String,
    /// Highest price; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<String>,
    /// First share.
    pub selfpay_prop: String,
    /// May be sold by a pharmacy.
    pub pharmacy: bool,
    /// Limits of payment.
    pub limits: Limits,
}

/// Limits of payment; what is left out does not limit.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    /// Only this sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gend: Option<String>,
    /// Only so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course_days: Option<u32>,
    /// Paid only when the hospital approves (`hosp_appr_flag` 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restricted: Option<bool>,
}

/// What must be refused.
#[derive(Debug, Clone, Serialize)]
pub struct Negative {
    /// Institutions whose agreement is paused.
    pub paused_institutions: Vec<Place>,
    /// Doctors whose eligibility is suspended.
    pub suspended_staff: Vec<Suspended>,
}

/// A suspended doctor.
#[derive(Debug, Clone, Serialize)]
pub struct Suspended {
    /// National code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Where.
    pub institution: String,
    /// Department.
    pub dept: String,
}

/// What the file is made of.
pub struct Parts<'a> {
    /// Areas.
    pub areas: &'a [Area],
    /// Institutions.
    pub institutions: &'a [Institution],
    /// Staff.
    pub staff: &'a [Staff],
    /// Persons.
    pub people: &'a [Human],
    /// Items and diagnoses.
    pub goods: Goods,
}

/// Writes the world down.
pub fn file(wish: &Wish<'_>, parts: &Parts<'_>) -> WorldFile {
    let today = wish.today;
    let serves = |one: &&Institution| one.agreement_on(today).is_some_and(|spell| spell.state.settles());
    let place = |one: &Institution| place(one, parts.staff, wish);
    let suspended = parts.staff.iter().filter(|one| one.may_practise(today).is_err());
    WorldFile {
        base_url: "http://127.0.0.1:8080".to_owned(),
        call_path: "/fsi/api/rsfComIfsService/callService".to_owned(),
        today: today.to_string(),
        areas: parts.areas.iter().map(|area| Named { code: area.code.clone(), name: area.name.clone() }).collect(),
        institutions: parts.institutions.iter().filter(serves).map(place).collect(),
        persons: parts.people.iter().filter_map(insured).collect(),
        items: parts.goods.items.clone(),
        diagnoses: parts.goods.diagnoses.clone(),
        chronic_programmes: parts.areas.iter().flat_map(programmes).collect(),
        negative: Negative {
            paused_institutions: parts.institutions.iter().filter(|one| !serves(one)).map(place).collect(),
            suspended_staff: suspended
                .map(|one| Suspended {
                    code: one.code.clone(),
                    name: one.name.clone(),
                    institution: one.institution.clone(),
                    dept: one.department.clone(),
                })
                .collect(),
        },
    }
}

fn programmes(area: &Area) -> impl Iterator<Item = Chronic> + '_ {
    area.programmes.iter().map(|programme| Chronic {
        code: programme.disease.clone(),
        name: programme.name.clone(),
        area: area.code.clone(),
    })
}

fn place(institution: &Institution, staff: &[Staff], wish: &Wish<'_>) -> Place {
    let kind = if institution.is_pharmacy() {
        "pharmacy"
    } else if institution.services.contains(&Service::Inpatient) {
        "hospital"
    } else {
        "community"
    };
    let member = |one: &Staff| {
        let kind = match one.profession {
            Profession::Doctor => "doctor",
            Profession::Pharmacist => "pharmacist",
            Profession::Nurse => return None,
        };
        let here = one.institution == institution.code && one.may_practise(wish.today).is_ok();
        here.then(|| Member { code: one.code.clone(), name: one.name.clone(), dept: one.department.clone(), kind })
    };
    Place {
        code: institution.code.clone(),
        name: institution.name.clone(),
        area: institution.area.clone(),
        kind,
        level: institution.level.clone(),
        departments: institution
            .departments
            .iter()
            .map(|department| Department {
                code: department.code.clone(),
                name: department.name.clone(),
                caty: department.discipline.clone(),
            })
            .collect(),
        staff: staff.iter().filter_map(member).collect(),
    }
}

fn insured(human: &Human) -> Option<Insured> {
    let (person, cover) = (&human.person, human.current()?);
    let has_card = !person.card.is_empty();
    let chronic = human.filings.iter().filter(|filing| filing.kind == FilingKind::Chronic);
    Some(Insured {
        psn_no: person.id.clone(),
        psn_name: person.name.clone(),
        psn_cert_type: person.certificate_kind.clone(),
        certno: person.certificate.clone(),
        mdtrt_cert_type: if has_card { "03" } else { "02" },
        mdtrt_cert_no: if has_card { person.card.clone() } else { person.certificate.clone() },
        card_sn: if has_card { format!("SN{}", person.card) } else { String::new() },
        ec_token: human.token.clone(),
        gend: person.sex.clone(),
        brdy: person.born_on.to_string(),
        insutype: cover.insurance.clone(),
        psn_type: cover.person_kind.clone(),
        insuplc_admdvs: cover.area.clone(),
        tags: human.tags.clone(),
        chronic: chronic.map(|filing| filing.code.clone()).collect(),
    })
}
