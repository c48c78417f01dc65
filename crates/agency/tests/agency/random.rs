//! Whatever a hospital says in whatever order, the books stay right.

use crate::support::{CLASS_B, CONSULTATION, Desk, PERSON};
use agency::{Command, LinesScope, VisitKind};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Act {
    Register,
    Admit,
    Charge { visit: usize, items: u8 },
    Delete { visit: usize },
    Settle { visit: usize, interim: bool },
    Reverse { settlement: usize },
    Discharge { visit: usize },
    UndoDischarge { visit: usize },
    Cancel { visit: usize },
    Undo { message: u32 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => Just(Act::Register),
        1 => Just(Act::Admit),
        6 => (0_usize..6, 1_u8..5).prop_map(|(visit, items)| Act::Charge { visit, items }),
        1 => (0_usize..6).prop_map(|visit| Act::Delete { visit }),
        6 => (0_usize..6, any::<bool>()).prop_map(|(visit, interim)| Act::Settle { visit, interim }),
        3 => (0_usize..8).prop_map(|settlement| Act::Reverse { settlement }),
        2 => (0_usize..6).prop_map(|visit| Act::Discharge { visit }),
        1 => (0_usize..6).prop_map(|visit| Act::UndoDischarge { visit }),
        1 => (0_usize..6).prop_map(|visit| Act::Cancel { visit }),
        2 => (1_u32..40).prop_map(|message| Act::Undo { message }),
    ]
}

/// Carries out what can be; refusals are part of life.
fn perform(desk: &mut Desk, act: &Act, serial: usize) {
    let visit = |desk: &Desk, index: usize| desk.file.visits.get(index).map(|visit| (visit.id.clone(), visit.kind));
    match act {
        Act::Register => {
            desk.register();
        }
        Act::Admit => {
            let registration = agency::Registration { care: "2101".into(), ..desk.registration() };
            let admission = agency::Admission { registration, disease: String::new(), diagnoses: Vec::new() };
            let _ = desk.say(&Command::Admit(admission));
        }
        Act::Charge { visit: index, items } => {
            let Some((id, kind)) = visit(desk, *index) else { return };
            let batch = if kind == VisitKind::Outpatient { format!("B{serial}") } else { String::new() };
            let lines = (0..*items).map(|item| {
                let (code, price) = if item % 2 == 0 { (CLASS_B, "45.2137") } else { (CONSULTATION, "8") };
                desk.line(&format!("{serial}-{item}"), &batch, code, &format!("{}", 1 + serial % 90), price)
            });
            let lines = lines.collect();
            let _ = desk.charge(&id, kind, lines);
        }
        Act::Delete { visit: index } => {
            let Some((id, kind)) = visit(desk, *index) else { return };
            let _ = desk.delete(&id, kind, LinesScope::All);
        }
        Act::Settle { visit: index, interim } => {
            let Some((id, kind)) = visit(desk, *index) else { return };
            let mut request = desk.request(&id, kind, "", desk.unsettled(&id, ""));
            request.interim = *interim && kind == VisitKind::Inpatient;
            let _ = desk.say(&Command::Settle(request));
        }
        Act::Reverse { settlement } => {
            let Some(settlement) = desk.file.settlements.get(*settlement).cloned() else { return };
            let Some(kind) = desk.file.visit(&settlement.visit).map(|visit| visit.kind) else { return };
            let _ = desk.reverse(&settlement.visit, kind, &settlement.id);
        }
        Act::Discharge { visit: index } => {
            if let Some((id, VisitKind::Inpatient)) = visit(desk, *index) {
                let asked = agency::Discharge {
                    person: PERSON.into(),
                    visit: id,
                    ended_at: desk.now,
                    disease: String::new(),
                    died_on: None,
                    diagnoses: Vec::new(),
                    extra: std::collections::BTreeMap::new(),
                };
                let _ = desk.say(&Command::Discharge(asked));
            }
        }
        Act::UndoDischarge { visit: index } => {
            if let Some((id, VisitKind::Inpatient)) = visit(desk, *index) {
                let _ = desk.say(&Command::UndoDischarge { person: PERSON.into(), visit: id });
            }
        }
        Act::Cancel { visit: index } => {
            let Some((id, kind)) = visit(desk, *index) else { return };
            let person = PERSON.to_owned();
            let _ = desk.say(&match kind {
                VisitKind::Inpatient => Command::CancelAdmission { person, visit: id },
                _ => Command::CancelRegistration { person, visit: id },
            });
        }
        Act::Undo { message } => {
            let _ = desk.say(&Command::Undo {
                person: PERSON.into(),
                msgid: format!("MSG{message}"),
                infno: "2207".into(),
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn i3_i5_i7_the_books_stay_right_whatever_is_said(acts in proptest::collection::vec(act(), 1..60)) {
        let mut desk = Desk::new();
        for (serial, act) in acts.iter().enumerate() {
            let settled: Vec<_> = desk.file.settlements.clone();
            perform(&mut desk, act, serial);
            prop_assert_eq!(&desk.file.settlements[..settled.len()], &settled[..], "settlements are only added (I5)");
            desk.prove();
        }
    }
}
