//! Areas, institutions and the people who work there.

use agency::{
    AgreementSpell, AgreementState, Area, Department, FULL_POINTS, Institution, PractiseSpell, PractiseState,
    Profession, Programme, Service, Staff,
};
use model::Day;

/// The area whose law is shipped under its real name, and the invented one.
pub const AREAS: [&str; 2] = ["360100", "990400"];

/// Chronic and special diseases by area: national code, name, programme of the policy package. The codes are those of the
/// national list of outpatient chronic and special diseases.
const PROGRAMMES: [(&str, &str, &str, &str); 5] = [
    ("360100", "M00500", "恶性肿瘤门诊治疗", "class_1"),
    ("360100", "M08300", "器官移植抗排异治疗", "class_1"),
    ("990400", "M03900", "高血压", "hypertension"),
    ("990400", "M01600", "糖尿病", "diabetes"),
    ("990400", "M00500", "恶性肿瘤门诊治疗", "tumour"),
];

/// Departments of a hospital; the first four are those of a community institution.
const DEPARTMENTS: [(&str, &str, &str); 9] = [
    ("0101", "全科医疗科", "A02"),
    ("0102", "内科", "A03"),
    ("0103", "儿科", "A07"),
    ("0104", "中医科", "A50"),
    ("0105", "心血管内科", "A03.04"),
    ("0106", "普通外科", "A04.01"),
    ("0107", "妇产科", "A05"),
    ("0108", "急诊医学科", "A20"),
    ("0109", "肿瘤科", "A19"),
];

/// What a place is, for the tables below.
struct Plan {
    letter: char,
    number: u32,
    name: &'static str,
    kind: &'static str,
    level: &'static str,
    community: bool,
    beds: u32,
    departments: usize,
    services: &'static [Service],
}

const HOSPITAL: &[Service] = &[Service::Outpatient, Service::Inpatient, Service::Chronic];

const PLANS: [Plan; 5] = [
    Plan {
        letter: 'H',
        number: 1,
        name: "示例第一医院",
        kind: "A100",
        level: "2",
        community: false,
        beds: 1200,
        departments: 9,
        services: HOSPITAL,
    },
    Plan {
        letter: 'H',
        number: 2,
        name: "示例第二医院",
        kind: "A100",
        level: "5",
        community: false,
        beds: 400,
        departments: 8,
        services: HOSPITAL,
    },
    Plan {
        letter: 'H',
        number: 3,
        name: "示例社区卫生服务中心",
        kind: "B100",
        level: "8",
        community: true,
        beds: 0,
        departments: 4,
        services: &[Service::Outpatient, Service::Chronic],
    },
    Plan {
        letter: 'P',
        number: 1,
        name: "示例大药房",
        kind: "",
        level: "",
        community: false,
        beds: 0,
        departments: 0,
        services: &[Service::Pharmacy],
    },
    Plan {
        letter: 'H',
        number: 9,
        name: "示例停业医院",
        kind: "A100",
        level: "5",
        community: false,
        beds: 100,
        departments: 4,
        services: HOSPITAL,
    },
];

/// Number of the institution whose agreement is paused.
const PAUSED: u32 = 9;

/// The wire profile of both areas: no signature, so that any client of the interface can speak to the demo.
const PROFILE: &str = "national";

/// The two areas.
pub fn areas() -> Vec<Area> {
    let programmes = |code: &str| {
        let here = PROGRAMMES.iter().filter(|(area, ..)| *area == code);
        let programme = |&(_, disease, name, word): &(&str, &str, &str, &str)| Programme {
            disease: disease.to_owned(),
            name: name.to_owned(),
            word: word.to_owned(),
        };
        here.map(programme).collect()
    };
    [("南昌市", "360000"), ("示例丁市", "990000")]
        .into_iter()
        .zip(AREAS)
        .map(|((name, parent), code)| Area {
            code: code.to_owned(),
            name: name.to_owned(),
            profile: PROFILE.to_owned(),
            parent: parent.to_owned(),
            // 市本级: the division code that clears with other areas; six digits, as 3201 takes it.
            clearing_office: format!("{}99", code.get(..4).unwrap_or(code)),
            programmes: programmes(code),
        })
        .collect()
}

/// Five institutions an area, one of them paused three months ago.
pub fn institutions(today: Day) -> Vec<Institution> {
    AREAS.iter().flat_map(|area| PLANS.iter().map(move |plan| institution(area, plan, today))).collect()
}

fn institution(area: &str, plan: &Plan, today: Day) -> Institution {
    let spell =
        |state, from: Day, until, reason: &str| AgreementSpell { state, from, until, reason: reason.to_owned() };
    let trial = today.plus(-1200);
    let signed = today.plus(-1020);
    let mut agreement = vec![
        spell(AgreementState::Applied, today.plus(-1300), Some(trial), ""),
        spell(AgreementState::Trial, trial, Some(signed), ""),
        spell(AgreementState::Signed, signed, None, ""),
    ];
    if plan.number == PAUSED {
        agreement.push(spell(AgreementState::Paused, today.plus(-90), None, "串换项目收费，中止协议"));
    }
    let place = if area == "360100" { "南昌" } else { "示例丁市" };
    Institution {
        code: format!("{}{area}{:05}", plan.letter, plan.number),
        name: format!("{place}{}", plan.name),
        area: area.to_owned(),
        kind: plan.kind.to_owned(),
        level: plan.level.to_owned(),
        community: plan.community,
        // 99 is no registration authority: nobody else's code.
        credit_code: format!("99{area}MD{}{:07}", plan.letter, plan.number),
        beds: plan.beds,
        services: plan.services.to_vec(),
        agreement,
        departments: DEPARTMENTS
            .iter()
            .take(plan.departments)
            .map(|(code, name, discipline)| Department {
                code: (*code).to_owned(),
                name: (*name).to_owned(),
                discipline: (*discipline).to_owned(),
            })
            .collect(),
    }
}

/// Two doctors and a nurse a department, two pharmacists a pharmacy; the last doctor of each tertiary hospital is suspended.
pub fn staff(institutions: &[Institution], today: Day) -> Vec<Staff> {
    let mut staff = Vec::new();
    for area in AREAS {
        let mut number = 0_u32;
        let mut add = |institution: &Institution, profession, department: &str| {
            number += 1;
            staff.push(member(institution, profession, department, number, today));
        };
        for institution in institutions.iter().filter(|institution| institution.area == area) {
            for department in &institution.departments {
                for profession in [Profession::Doctor, Profession::Doctor, Profession::Nurse] {
                    add(institution, profession, &department.code);
                }
            }
            if institution.is_pharmacy() {
                add(institution, Profession::Pharmacist, "");
                add(institution, Profession::Pharmacist, "");
            }
        }
    }
    for institution in institutions.iter().filter(|institution| institution.level == "2") {
        let mut doctors =
            staff.iter_mut().filter(|one| one.institution == institution.code && one.profession == Profession::Doctor);
        if let Some(last) = doctors.next_back() {
            suspend(last, today);
        }
    }
    staff
}

fn member(institution: &Institution, profession: Profession, department: &str, number: u32, today: Day) -> Staff {
    let (letter, word) = match profession {
        Profession::Doctor => ('D', "医师"),
        Profession::Nurse => ('N', "护士"),
        Profession::Pharmacist => ('Y', "药师"),
    };
    Staff {
        code: format!("{letter}{}{number:06}", institution.area),
        name: format!("示例{word}{number:03}"),
        institution: institution.code.clone(),
        profession,
        department: department.to_owned(),
        points_left: FULL_POINTS,
        states: vec![PractiseSpell {
            state: PractiseState::Active,
            from: today.plus(-1200),
            until: None,
            reason: String::new(),
        }],
    }
}

fn suspend(doctor: &mut Staff, today: Day) {
    doctor.points_left = 3;
    doctor.states.push(PractiseSpell {
        state: PractiseState::Suspended,
        from: today.plus(-30),
        until: Some(today.plus(150)),
        reason: "一个自然年度内记分累计9分".to_owned(),
    });
}
