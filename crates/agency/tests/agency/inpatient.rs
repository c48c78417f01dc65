//! Stays: admit, charge, refund, settle in parts, discharge, undo (protocol.md §8.3).

use crate::support::{CLASS_B, CONSULTATION, Desk, PERSON, fen};
use agency::{Command, LineRequest, LinesScope, Settlement, VisitKind, VisitState};
use model::{Fen, Stamp};

const KIND: VisitKind = VisitKind::Inpatient;

fn days_later(desk: &mut Desk, days: i64) {
    desk.now = Stamp(desk.now.0 + days * 86_400);
}

fn refund(line: &LineRequest, number: &str, quantity: i64) -> LineRequest {
    let quantity = model::Quantity(-quantity * 10_000);
    LineRequest {
        number: number.into(),
        refunds: line.number.clone(),
        quantity,
        amount: line.price.times(quantity),
        ..line.clone()
    }
}

#[test]
fn a_stay_goes_its_way_and_back() {
    let mut desk = Desk::new();
    let visit = desk.admit();
    let second = desk.registration();
    let again = agency::Admission {
        registration: agency::Registration { care: "2101".into(), ..second },
        disease: String::new(),
        diagnoses: Vec::new(),
    };
    assert!(desk.say(&Command::Admit(again)).unwrap_err().what.contains("在院"));
    let lines = vec![desk.line("1", "", CLASS_B, "100", "45.2000")];
    desk.charge(&visit, KIND, lines).unwrap();
    let refusal = desk.say(&Command::CancelAdmission { person: PERSON.into(), visit: visit.clone() }).unwrap_err();
    assert!(refusal.what.contains("1 条费用明细"), "{refusal}");
    days_later(&mut desk, 6);
    desk.discharge(&visit);
    let settlement = desk.settle(&visit, KIND, "").unwrap();
    assert!(settlement.fund_total > Fen::ZERO);
    assert_eq!(desk.file.visit(&visit).unwrap().state, VisitState::Settled);
    assert_eq!(desk.file.accumulators.iter().find(|a| a.key == "admissions").map(|a| a.value), Some(1));
    let undo = Command::UndoDischarge { person: PERSON.into(), visit: visit.clone() };
    assert!(desk.say(&undo).unwrap_err().what.contains("已结算"));
    desk.reverse(&visit, KIND, &settlement.id).unwrap();
    assert_eq!(desk.file.visit(&visit).unwrap().state, VisitState::Discharged);
    desk.say(&undo).unwrap();
    desk.delete(&visit, KIND, LinesScope::All).unwrap();
    desk.say(&Command::CancelAdmission { person: PERSON.into(), visit }).unwrap();
    desk.prove();
}

#[test]
fn i3_refunds_take_back_their_share_to_the_fen() {
    let mut desk = Desk::new();
    let visit = desk.admit();
    let line = desk.line("1", "", CLASS_B, "3", "3.3333");
    desk.charge(&visit, KIND, vec![line.clone()]).unwrap();
    assert!(desk.charge(&visit, KIND, vec![refund(&line, "R0", 4)]).unwrap_err().what.contains("超过原明细余量"));
    desk.charge(&visit, KIND, vec![refund(&line, "R1", 1)]).unwrap();
    desk.charge(&visit, KIND, vec![refund(&line, "R2", 1)]).unwrap();
    assert!(desk.charge(&visit, KIND, vec![refund(&line, "R3", 2)]).is_err());
    let refusal = desk.delete(&visit, KIND, LinesScope::Lines(vec!["1".into()])).unwrap_err();
    assert!(refusal.what.contains("已有退费明细"), "{refusal}");
    let settlement = desk.settle(&visit, KIND, "").unwrap();
    assert_eq!(settlement.total, fen("3.34"));
    assert!(settlement.upfront >= Fen::ZERO && settlement.in_scope >= Fen::ZERO, "{settlement:?}");
    desk.prove();
}

fn sum(parts: &[Settlement], of: fn(&Settlement) -> Fen) -> Fen {
    parts.iter().fold(Fen::ZERO, |sum, part| sum + of(part))
}

#[test]
fn i3_parts_of_a_stay_come_to_the_whole() {
    let lines =
        |desk: &Desk| vec![desk.line("1", "", CLASS_B, "400", "45.2000"), desk.line("2", "", CONSULTATION, "5", "8")];
    let more = |desk: &Desk| vec![desk.line("3", "", CLASS_B, "900", "45.2000")];
    let mut whole = Desk::new();
    let visit = whole.admit();
    let all = [lines(&whole), more(&whole)].concat();
    whole.charge(&visit, KIND, all).unwrap();
    days_later(&mut whole, 20);
    whole.discharge(&visit);
    let once = whole.settle(&visit, KIND, "").unwrap();

    let mut desk = Desk::new();
    let visit = desk.admit();
    let first = lines(&desk);
    desk.charge(&visit, KIND, first).unwrap();
    let mut request = desk.request(&visit, KIND, "", desk.unsettled(&visit, ""));
    request.interim = true;
    let part = crate::support::settled(desk.say(&Command::Settle(request)).unwrap());
    assert_eq!(desk.file.visit(&visit).unwrap().state, VisitState::Open);
    let second = more(&desk);
    desk.charge(&visit, KIND, second).unwrap();
    days_later(&mut desk, 20);
    desk.discharge(&visit);
    let rest = desk.settle(&visit, KIND, "").unwrap();
    let parts = [part.clone(), rest.clone()];
    for of in [
        (|s: &Settlement| s.total) as fn(&Settlement) -> Fen,
        |s| s.fund_total,
        |s| s.deductible,
        |s| s.account,
        |s| s.cash,
        |s| s.in_scope,
    ] {
        assert_eq!(sum(&parts, of), of(&once));
    }
    assert_eq!(desk.file.accumulators.len(), whole.file.accumulators.len());
    for (one, other) in desk.file.accumulators.iter().zip(&whole.file.accumulators) {
        assert_eq!((&one.key, one.value), (&other.key, other.value));
    }
    // The last part must go before the first.
    let refusal = desk.reverse(&visit, KIND, &part.id).unwrap_err();
    assert!(refusal.what.contains(&rest.id), "{refusal}");
    let refusal = desk.undo(&part.msgid).unwrap_err();
    assert!(refusal.what.contains(&rest.id), "{refusal}");
    desk.reverse(&visit, KIND, &rest.id).unwrap();
    desk.reverse(&visit, KIND, &part.id).unwrap();
    desk.prove();
}

#[test]
fn i3_parts_of_one_second_are_taken_back_from_the_last_one_on() {
    let mut desk = Desk::new();
    let visit = desk.admit();
    let mut parts = Vec::new();
    let noon = Stamp(desk.now.0 + 3_600);
    for number in ["1", "2"] {
        let lines = vec![desk.line(number, "", CLASS_B, "40", "45.2000")];
        desk.charge(&visit, KIND, lines).unwrap();
        let mut request = desk.request(&visit, KIND, "", desk.unsettled(&visit, ""));
        request.interim = true;
        desk.now = noon;
        parts.push(crate::support::settled(desk.say(&Command::Settle(request)).unwrap()));
    }
    let [first, last] = parts.as_slice() else { panic!("{parts:?}") };
    assert_eq!(first.at, last.at);
    let refusal = desk.reverse(&visit, KIND, &first.id).unwrap_err();
    assert!(refusal.what.contains(&last.id), "{refusal}");
    desk.reverse(&visit, KIND, &last.id).unwrap();
    desk.reverse(&visit, KIND, &first.id).unwrap();
    desk.prove();
}

#[test]
fn i5_a_reversal_is_not_undone_once_the_stay_went_on() {
    let mut desk = Desk::new();
    let visit = desk.admit();
    let lines = vec![desk.line("1", "", CLASS_B, "40", "45.2000")];
    desk.charge(&visit, KIND, lines).unwrap();
    desk.discharge(&visit);
    let settlement = desk.settle(&visit, KIND, "").unwrap();
    let reversal = desk.reverse(&visit, KIND, &settlement.id).unwrap();
    desk.say(&Command::UndoDischarge { person: PERSON.into(), visit: visit.clone() }).unwrap();
    let refusal = desk.undo(&reversal.msgid).unwrap_err();
    assert!(refusal.what.contains("状态已改变"), "{refusal}");
    desk.prove();
    // As the reversal left it, it can.
    desk.discharge(&visit);
    desk.undo(&reversal.msgid).unwrap();
    assert_eq!(desk.file.visit(&visit).unwrap().state, VisitState::Settled);
    desk.prove();
}

#[test]
fn a_part_without_the_account_gives_nothing_back_to_it() {
    for (first, last) in [(1, 0), (0, 1)] {
        let mut desk = Desk::new();
        let visit = desk.admit();
        let lines = vec![desk.line("1", "", CLASS_B, "400", "45.2000")];
        desk.charge(&visit, KIND, lines).unwrap();
        let mut request = desk.request(&visit, KIND, "", desk.unsettled(&visit, ""));
        (request.interim, request.account_use) = (true, first);
        let part = crate::support::settled(desk.say(&Command::Settle(request)).unwrap());
        let lines = vec![desk.line("2", "", CLASS_B, "10", "45.2000")];
        desk.charge(&visit, KIND, lines).unwrap();
        let mut request = desk.request(&visit, KIND, "", desk.unsettled(&visit, ""));
        request.account_use = last;
        let rest = crate::support::settled(desk.say(&Command::Settle(request)).unwrap());
        for settlement in [&part, &rest] {
            assert!(settlement.account >= Fen::ZERO && settlement.cash >= Fen::ZERO, "{settlement:?}");
        }
        desk.prove();
    }
}
