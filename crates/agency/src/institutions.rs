//! Whom the agency has agreements with: institutions, the people who work there, and the areas they lie in.
//!
//! States are dated spells, never flags: whether an institution may settle is asked *on a day*, and the answer for a past
//! day does not change because of what happened since. An institution may settle while its agreement is on trial or
//! signed; staff may practise while a spell says active and points are left (the "driving licence" of 12 points).
//!
//! Everything here is plain data with questions; the registers read and check it, the server keeps it.

use crate::refusal::Refusal;
use model::{Day, HospitalLevel};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Points a doctor, nurse or pharmacist starts a year with (医保支付资格管理).
pub const FULL_POINTS: u8 = 12;

/// What an institution may do for the insured under its agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// 门诊
    Outpatient,
    /// 住院
    Inpatient,
    /// 药店购药
    Pharmacy,
    /// 门诊慢特病
    Chronic,
}

/// Where an agreement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementState {
    /// 申请中: assessed, not yet allowed to settle.
    Applied,
    /// 试运行: settles like a signed one.
    Trial,
    /// 已签约
    Signed,
    /// 中止: settles nothing until it is lifted.
    Paused,
    /// 解除
    Exited,
}

/// A state of an agreement for a stretch of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementSpell {
    /// State.
    pub state: AgreementState,
    /// First day.
    pub from: Day,
    /// First day after; open when `None`.
    pub until: Option<Day>,
    /// Why; empty for the usual course.
    pub reason: String,
}

/// A department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// The institution's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// National code of its discipline (`dept` of the dictionaries), `A03.04`.
    pub discipline: String,
}

/// A designated institution (定点医药机构).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// National code, 12 characters: `H` hospital, `P` pharmacy, six digits of the area, five of its own.
    pub code: String,
    /// Name.
    pub name: String,
    /// 医保区划 it lies in.
    pub area: String,
    /// National `medins_type`: `A100`, `B100`; empty for a pharmacy.
    pub kind: String,
    /// National `hosp_lv`, `1`–`14`; empty for a pharmacy.
    pub level: String,
    /// Community institution (基层医疗卫生机构).
    pub community: bool,
    /// 统一社会信用代码
    pub credit_code: String,
    /// Beds.
    pub beds: u32,
    /// What its agreement covers.
    pub services: Vec<Service>,
    /// Life of its agreement, in order of days.
    pub agreement: Vec<AgreementSpell>,
    /// Departments.
    pub departments: Vec<Department>,
}

/// What somebody at an institution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profession {
    /// 医师
    Doctor,
    /// 护士
    Nurse,
    /// 药师
    Pharmacist,
}

/// Whether somebody's work is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PractiseState {
    /// 正常
    Active,
    /// 暂停医保支付资格
    Suspended,
    /// 终止医保支付资格, or left.
    Ended,
}

/// A state of somebody's payment eligibility for a stretch of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PractiseSpell {
    /// State.
    pub state: PractiseState,
    /// First day.
    pub from: Day,
    /// First day after; open when `None`.
    pub until: Option<Day>,
    /// Why; empty for the usual course.
    pub reason: String,
}

/// Somebody who works at an institution and whose work the fund pays for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// National code: `D` doctor, `N` nurse, `Y` pharmacist, six digits of the area, six of its own.
    pub code: String,
    /// Name.
    pub name: String,
    /// Institution code.
    pub institution: String,
    /// Profession.
    pub profession: Profession,
    /// Department code; empty in a pharmacy.
    pub department: String,
    /// Points left this year, of [`FULL_POINTS`].
    pub points_left: u8,
    /// Life of the eligibility, in order of days.
    pub states: Vec<PractiseSpell>,
}

/// A pooling area (统筹区) as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// 医保区划, six digits.
    pub code: String,
    /// Name.
    pub name: String,
    /// Name of the wire profile its institutions speak.
    pub profile: String,
    /// Area above it; empty for the nation.
    pub parent: String,
    /// Office that clears with other areas (`clr_optins` of cross-region settlements).
    pub clearing_office: String,
    /// Chronic and special diseases that may be filed here.
    pub programmes: Vec<Programme>,
}

/// A chronic or special disease (门诊慢特病病种) whose outpatient care is paid by a programme of the area's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// National code of the disease (`opsp_dise_code`), `M00500`.
    pub disease: String,
    /// Its name.
    pub name: String,
    /// Id of the programme in the policy package.
    pub word: String,
}

/// The last spell, in order of `from`, that holds on the day.
fn spell_on<S>(spells: &[S], day: Day, days: impl Fn(&S) -> (Day, Option<Day>)) -> Option<&S> {
    let holds = |spell: &&S| {
        let (from, until) = days(spell);
        from <= day && until.is_none_or(|until| day < until)
    };
    spells.iter().filter(holds).max_by_key(|spell| days(spell).0)
}

/// `（原因：…）`, or nothing.
fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!("（原因：{reason}）") }
}

impl Service {
    /// The service in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Outpatient => "门诊",
            Self::Inpatient => "住院",
            Self::Pharmacy => "药店购药",
            Self::Chronic => "门诊慢特病",
        }
    }
}

impl AgreementState {
    /// The state in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Applied => "申请中",
            Self::Trial => "试运行",
            Self::Signed => "已签约",
            Self::Paused => "中止",
            Self::Exited => "解除",
        }
    }

    /// Whether the insured are paid for at an institution in this state.
    #[must_use]
    pub const fn settles(self) -> bool {
        matches!(self, Self::Trial | Self::Signed)
    }
}

impl Area {
    /// The programme that pays for a chronic or special disease.
    #[must_use]
    pub fn programme(&self, disease: &str) -> Option<&Programme> {
        self.programmes.iter().find(|programme| programme.disease == disease)
    }
}

impl Institution {
    /// Whether it is a pharmacy.
    #[must_use]
    pub fn is_pharmacy(&self) -> bool {
        self.code.starts_with('P')
    }

    /// Level folded to its class; unknown for a pharmacy.
    #[must_use]
    pub fn level_class(&self) -> HospitalLevel {
        HospitalLevel::from_code(&self.level)
    }

    /// The spell of its agreement that holds on a day.
    #[must_use]
    pub fn agreement_on(&self, day: Day) -> Option<&AgreementSpell> {
        spell_on(&self.agreement, day, |spell| (spell.from, spell.until))
    }

    /// Its department with this code.
    #[must_use]
    pub fn department(&self, code: &str) -> Option<&Department> {
        self.departments.iter().find(|department| department.code == code)
    }

    /// Whether it may serve the insured on a day.
    ///
    /// # Errors
    /// A refusal that names its state on that day, or the service its agreement does not cover.
    pub fn may(&self, service: Service, day: Day) -> Result<(), Refusal> {
        let refuse = |what: String, remedy: &str| Err(Refusal::new("institution", what, remedy));
        let name = format!("定点机构{}", self.code);
        let Some(spell) = self.agreement_on(day) else {
            return refuse(format!("{name}在{day}没有医保协议"), "请核对机构编码和业务日期，或先与经办机构签订协议");
        };
        if !spell.state.settles() {
            let (state, reason) = (spell.state.label(), because(&spell.reason));
            return refuse(
                format!("{name}在{day}的医保协议状态为“{state}”{reason}"),
                "该状态期间不能办理医保业务，请联系经办机构",
            );
        }
        if !self.services.contains(&service) {
            return refuse(
                format!("{name}的协议不含“{}”服务", service.label()),
                "请到协议含该服务的定点机构办理，或变更协议",
            );
        }
        Ok(())
    }
}

impl Staff {
    /// The spell of the eligibility that holds on a day.
    #[must_use]
    pub fn state_on(&self, day: Day) -> Option<&PractiseSpell> {
        spell_on(&self.states, day, |spell| (spell.from, spell.until))
    }

    /// Whether the fund pays for this person's work on a day.
    ///
    /// # Errors
    /// A refusal that names the state on that day and its reason.
    pub fn may_practise(&self, day: Day) -> Result<(), Refusal> {
        let refuse =
            |what: String| Err(Refusal::new("staff", what, "请改由具有医保支付资格的人员开具，或联系经办机构"));
        let name = format!("{}{}", self.profession, self.code);
        match self.state_on(day) {
            None => refuse(format!("{name}在{day}没有医保支付资格登记")),
            Some(PractiseSpell { state: PractiseState::Active, .. }) if self.points_left == 0 => {
                refuse(format!("{name}本年度记分已满{FULL_POINTS}分"))
            }
            Some(PractiseSpell { state: PractiseState::Active, .. }) => Ok(()),
            Some(PractiseSpell { state: PractiseState::Suspended, reason, .. }) => {
                refuse(format!("{name}在{day}已暂停医保支付资格{}", because(reason)))
            }
            Some(PractiseSpell { state: PractiseState::Ended, reason, .. }) => {
                refuse(format!("{name}在{day}已终止医保支付资格{}", because(reason)))
            }
        }
    }
}

impl fmt::Display for Profession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Doctor => "医师",
            Self::Nurse => "护士",
            Self::Pharmacist => "药师",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text.as_bytes()).expect("a day")
    }

    fn spell(state: AgreementState, from: &str, until: Option<&str>) -> AgreementSpell {
        AgreementSpell { state, from: day(from), until: until.map(day), reason: String::new() }
    }

    fn hospital() -> Institution {
        Institution {
            code: "H99010000001".into(),
            name: "示例甲市第一人民医院".into(),
            area: "990100".into(),
            kind: "A100".into(),
            level: "2".into(),
            community: false,
            credit_code: "12990100MB00000010".into(),
            beds: 800,
            services: vec![Service::Outpatient, Service::Inpatient],
            agreement: vec![
                spell(AgreementState::Applied, "2024-01-01", Some("2024-03-01")),
                spell(AgreementState::Trial, "2024-03-01", Some("2024-09-01")),
                spell(AgreementState::Signed, "2024-09-01", None),
                spell(AgreementState::Paused, "2026-05-01", Some("2026-06-01")),
            ],
            departments: Vec::new(),
        }
    }

    #[test]
    fn an_agreement_is_asked_about_on_a_day() {
        let may = |on: &str| hospital().may(Service::Outpatient, day(on)).map_err(|refusal| refusal.what);
        assert_eq!(may("2023-12-31"), Err("定点机构H99010000001在2023-12-31没有医保协议".into()));
        assert_eq!(may("2024-02-29"), Err("定点机构H99010000001在2024-02-29的医保协议状态为“申请中”".into()));
        assert_eq!(may("2024-03-01"), Ok(()));
        assert_eq!(may("2026-04-30"), Ok(()));
        assert!(may("2026-05-01").is_err_and(|what| what.contains("中止")));
        // The pause is over: the open spell below it holds again.
        assert_eq!(may("2026-06-01"), Ok(()));
    }

    #[test]
    fn a_service_outside_the_agreement_is_refused() {
        let refusal = hospital().may(Service::Pharmacy, day("2026-01-01")).expect_err("no pharmacy");
        assert_eq!(refusal.field, "institution");
        assert!(refusal.what.contains("药店购药"), "{refusal}");
    }

    #[test]
    fn staff_practise_while_active_and_with_points() {
        let states = vec![
            PractiseSpell {
                state: PractiseState::Active,
                from: day("2024-01-01"),
                until: Some(day("2026-11-01")),
                reason: String::new(),
            },
            PractiseSpell {
                state: PractiseState::Suspended,
                from: day("2026-11-01"),
                until: None,
                reason: "记分达到9分".into(),
            },
        ];
        let doctor = Staff {
            code: "D990100000001".into(),
            name: "医师甲".into(),
            institution: "H99010000001".into(),
            profession: Profession::Doctor,
            department: "0101".into(),
            points_left: FULL_POINTS,
            states,
        };
        assert_eq!(doctor.may_practise(day("2026-10-31")), Ok(()));
        let refusal = doctor.may_practise(day("2026-11-27")).expect_err("suspended");
        assert!(refusal.what.contains("暂停") && refusal.what.contains("记分达到9分"), "{refusal}");
        assert!(doctor.may_practise(day("2023-12-31")).is_err());
        let spent = Staff { points_left: 0, ..doctor };
        assert!(spent.may_practise(day("2026-10-31")).is_err_and(|refusal| refusal.what.contains("12分")));
    }
}
