//! Filings (protocol.md §8.5) and what they do.

use crate::support::{CLASS_B, Desk, HOME, PERSON, day};
use agency::{Command, FilingKind, FilingRequest, Outcome, Registration, VisitDetails, VisitKind};
use std::collections::BTreeMap;

fn chronic(until: &str) -> FilingRequest {
    FilingRequest {
        person: PERSON.into(),
        kind: FilingKind::Chronic,
        insurance: "310".into(),
        code: "M00500".into(),
        name: "恶性肿瘤".into(),
        institution: String::new(),
        area: HOME.into(),
        from: day("2025-01-01"),
        until: Some(day(until)),
        extra: BTreeMap::new(),
    }
}

#[test]
fn a_chronic_visit_needs_its_filing() {
    let mut desk = Desk::new();
    let registration = Registration { care: "14".into(), ..desk.registration() };
    let visit = crate::support::opened(desk.say(&Command::Register(registration)).unwrap());
    let details = VisitDetails {
        person: PERSON.into(),
        visit: visit.clone(),
        care: "14".into(),
        disease: "M00500".into(),
        begun_at: None,
        doctor: String::new(),
        department: (String::new(), String::new()),
        diagnoses: Vec::new(),
        extra: BTreeMap::new(),
    };
    desk.say(&Command::Describe(VisitKind::Outpatient, details)).unwrap();
    let lines = vec![desk.line("1", "B1", CLASS_B, "2", "45.2000")];
    desk.charge(&visit, VisitKind::Outpatient, lines).unwrap();
    let refusal = desk.settle(&visit, VisitKind::Outpatient, "B1").unwrap_err();
    assert!(refusal.what.contains("没有有效备案"), "{refusal}");
    assert!(desk.say(&Command::File(chronic("2024-12-31"))).unwrap_err().what.contains("早于"));
    let Outcome::Filed(filing) = desk.say(&Command::File(chronic("2025-12-31"))).unwrap() else { panic!() };
    assert!(desk.say(&Command::File(chronic("2025-12-31"))).unwrap_err().what.contains(&filing.id));
    let other = Command::CancelFiling { person: PERSON.into(), filing: filing.id.clone(), kind: FilingKind::Referral };
    assert!(desk.say(&other).is_err());
    let cancel = Command::CancelFiling { person: PERSON.into(), filing: filing.id, kind: FilingKind::Chronic };
    desk.say(&cancel).unwrap();
    assert!(desk.say(&cancel).unwrap_err().what.contains("已于"));
    desk.say(&Command::File(chronic("2025-12-31"))).unwrap();
}
