//! Purchases (protocol.md §8.2).

use crate::support::{CLASS_B, Desk, PERSON, PHARMACY, fen, settled};
use agency::{Command, Purchase, VisitKind, VisitState};
use model::Fen;

#[test]
fn a_purchase_is_visit_lines_and_settlement_in_one() {
    let mut desk = Desk::new();
    desk.caller.institution = PHARMACY.into();
    let lines = vec![desk.line("1", "", CLASS_B, "2", "45.2000")];
    let mut purchase = desk.purchase(lines);
    purchase.registration.doctor = String::new();
    let trial = settled(desk.say(&Command::TrialPurchase(purchase.clone())).unwrap());
    assert!(trial.id.is_empty());
    let wrong = Purchase { total: fen("90.39"), ..purchase.clone() };
    assert!(desk.say(&Command::Buy(wrong)).unwrap_err().what.contains("不一致"));
    let settlement = settled(desk.say(&Command::Buy(purchase)).unwrap());
    assert_eq!((settlement.total, settlement.account), (fen("90.40"), trial.account));
    assert!(settlement.account > Fen::ZERO);
    assert_eq!(desk.file.visit(&settlement.visit).unwrap().state, VisitState::Settled);
    let reversal = desk.reverse(&settlement.visit, VisitKind::Pharmacy, &settlement.id).unwrap();
    assert_eq!(reversal.account, Fen(-settlement.account.0));
    let again = desk.reverse(&settlement.visit, VisitKind::Pharmacy, &settlement.id).unwrap_err();
    assert!(again.what.contains("已撤销"), "{again}");
    desk.prove();
    let undo = Command::Undo { person: PERSON.into(), msgid: settlement.msgid, infno: "2102".into() };
    desk.say(&undo).unwrap();
    desk.prove();
}
