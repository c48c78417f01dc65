//! Outpatient visits: register, charge, settle, reverse (protocol.md §8.1).

use crate::support::{CLASS_B, CONSULTATION, Desk, ELSEWHERE, FAR_HOSPITAL, HOME, PERSON, at, fen, identities};
use agency::{Command, LineRequest, LinesScope, Outcome, Registration, SettleRequest, VisitKind, VisitState};
use model::Fen;

const KIND: VisitKind = VisitKind::Outpatient;

fn two_lines(desk: &Desk, batch: &str) -> Vec<LineRequest> {
    let number = |part: &str| format!("{batch}-{part}");
    vec![
        desk.line(&number("1"), batch, CLASS_B, "10", "45.2000"),
        desk.line(&number("2"), batch, CONSULTATION, "1", "8"),
    ]
}

#[test]
fn i3_a_visit_settles_and_its_parts_add_up() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    let Outcome::Charged(charges) = desk.charge(&visit, KIND, lines).unwrap() else { panic!() };
    for charge in &charges {
        let split = &charge.split;
        assert_eq!(charge.amount, split.self_funded + split.over_limit + split.upfront + split.in_scope);
    }
    assert_eq!(charges[0].split.class, "02");
    assert_eq!(charges[0].split.category, "09");
    assert_eq!(charges[1].split.category, "02");
    let settlement = desk.settle(&visit, KIND, "B1").unwrap();
    assert_eq!(settlement.total, fen("460.00"));
    assert!(settlement.fund_total > Fen::ZERO, "{settlement:?}");
    assert!(settlement.account > Fen::ZERO);
    assert_eq!(settlement.clearing_kind, "11");
    assert_eq!(settlement.clearing_office, HOME);
    desk.prove();
}

#[test]
fn i5_a_reversal_restores_the_file_and_names_the_old() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    desk.charge(&visit, KIND, lines).unwrap();
    let before = desk.file.clone();
    let settlement = desk.settle(&visit, KIND, "B1").unwrap();
    let reversal = desk.reverse(&visit, KIND, &settlement.id).unwrap();
    assert_eq!(reversal.reverses.as_deref(), Some(settlement.id.as_str()));
    assert_eq!(reversal.total, Fen(-settlement.total.0));
    assert_eq!(reversal.cash, Fen(-settlement.cash.0));
    identities(&reversal);
    assert_eq!(desk.file.account, before.account);
    assert_eq!(desk.file.uploads, before.uploads);
    assert!(desk.file.accumulators.iter().all(|accumulator| accumulator.value == 0));
    assert_eq!(desk.bookings.len(), 2);
    // Not twice.
    let refusal = desk.reverse(&visit, KIND, &settlement.id).unwrap_err();
    assert!(refusal.what.contains("已撤销"), "{refusal}");
    let refusal = desk.reverse(&visit, KIND, &reversal.id).unwrap_err();
    assert!(refusal.what.contains("撤销记录"), "{refusal}");
    // And settled again as if nothing had been.
    let again = desk.settle(&visit, KIND, "B1").unwrap();
    assert_eq!((again.fund_total, again.cash), (settlement.fund_total, settlement.cash));
    desk.prove();
}

#[test]
fn i5_a_reversal_is_undone_only_while_nothing_was_built_on_it() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    desk.charge(&visit, KIND, lines).unwrap();
    let first = desk.settle(&visit, KIND, "B1").unwrap();
    let reversal = desk.reverse(&visit, KIND, &first.id).unwrap();
    desk.undo(&reversal.msgid).unwrap();
    assert!(desk.file.reversal_of(&first.id).is_none(), "the settlement holds again");
    desk.prove();

    // The same lines are settled again: they must not be paid twice.
    let reversal = desk.reverse(&visit, KIND, &first.id).unwrap();
    let second = desk.settle(&visit, KIND, "B1").unwrap();
    let refusal = desk.undo(&reversal.msgid).unwrap_err();
    assert!(refusal.what.contains("已重新结算") && refusal.what.contains(&second.id), "{refusal}");
    desk.prove();

    // Or they are no longer there.
    desk.reverse(&visit, KIND, &second.id).unwrap();
    desk.delete(&visit, KIND, LinesScope::All).unwrap();
    let refusal = desk.undo(&reversal.msgid).unwrap_err();
    assert!(refusal.what.contains("已删除"), "{refusal}");
    desk.prove();
}

#[test]
fn i3_an_account_that_was_spent_since_is_not_overdrawn_by_an_undone_reversal() {
    let mut desk = Desk::new();
    let bill = |desk: &mut Desk, batch: &str| {
        let visit = desk.register();
        // More than the account holds.
        let lines = vec![desk.line(&format!("{batch}-1"), batch, CLASS_B, "90", "452.1370")];
        desk.charge(&visit, KIND, lines).unwrap();
        let settlement = desk.settle(&visit, KIND, batch).unwrap();
        assert!(settlement.account > Fen::ZERO);
        (visit, settlement)
    };
    let (visit, first) = bill(&mut desk, "B1");
    let reversal = desk.reverse(&visit, KIND, &first.id).unwrap();
    bill(&mut desk, "B2");
    let refusal = desk.undo(&reversal.msgid).unwrap_err();
    assert!(refusal.what.contains("个人账户余额不足"), "{refusal}");
    desk.prove();
}

#[test]
fn a_partial_refund_is_a_reversal_and_a_smaller_bill() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    desk.charge(&visit, KIND, lines).unwrap();
    let settlement = desk.settle(&visit, KIND, "B1").unwrap();
    let refusal = desk.delete(&visit, KIND, LinesScope::Batch("B1".into())).unwrap_err();
    assert!(refusal.what.contains("已结算") && refusal.what.contains(&settlement.id), "{refusal}");
    desk.reverse(&visit, KIND, &settlement.id).unwrap();
    desk.delete(&visit, KIND, LinesScope::All).unwrap();
    assert_eq!(desk.unsettled(&visit, ""), Fen::ZERO);
    let fewer = vec![desk.line("B2-1", "B2", CLASS_B, "5", "45.2000")];
    desk.charge(&visit, KIND, fewer).unwrap();
    assert_eq!(desk.settle(&visit, KIND, "B2").unwrap().total, fen("226.00"));
    desk.prove();
}

#[test]
fn what_is_wrong_is_named_and_nothing_changes() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    desk.charge(&visit, KIND, lines.clone()).unwrap();
    let before = desk.file.clone();
    let mut refused = |command: Command, word: &str| {
        let refusal = desk.say(&command).expect_err(word);
        assert!(refusal.to_string().contains(word), "{word}: {refusal}");
        assert!(!refusal.remedy.is_empty());
    };
    let charge =
        |lines: Vec<LineRequest>| Command::Charge { person: PERSON.into(), visit: visit.clone(), kind: KIND, lines };
    let fresh = |line: &LineRequest| LineRequest { number: "N".into(), batch: "BX".into(), ..line.clone() };
    refused(charge(lines.clone()), "重复");
    refused(charge(vec![LineRequest { number: "N".into(), ..lines[0].clone() }]), "已上传过");
    refused(charge(vec![LineRequest { amount: fen("1.00"), ..fresh(&lines[0]) }]), "单价×数量");
    refused(charge(vec![LineRequest { item: "Z999".into(), ..fresh(&lines[0]) }]), "Z999");
    refused(charge(vec![LineRequest { doctor: "D2".into(), ..fresh(&lines[0]) }]), "暂停医保支付资格");
    refused(charge(vec![LineRequest { at: at("2025-09-01 00:00:00"), ..fresh(&lines[0]) }]), "晚于当前时间");
    refused(charge(Vec::new()), "没有费用明细");
    let desk2 = Desk::new();
    let request = |total: &str| desk2.request(&visit, KIND, "B1", fen(total));
    refused(Command::Settle(request("459.99")), "不一致");
    refused(Command::Settle(SettleRequest { batch: "B9".into(), ..request("460.00") }), "没有可结算");
    refused(Command::Settle(SettleRequest { visit: "M9".into(), ..request("460.00") }), "不存在");
    refused(Command::Settle(SettleRequest { insurance: "390".into(), ..request("460.00") }), "不一致");
    refused(Command::Settle(SettleRequest { kind: VisitKind::Inpatient, ..request("460.00") }), "本交易用于住院");
    let shown = ("02".to_owned(), "990100198001010024".to_owned());
    refused(Command::Settle(SettleRequest { certificate: shown, ..request("460.00") }), "证件号码");
    let registration = desk2.registration();
    let register = |change: fn(&mut Registration)| {
        let mut registration = registration.clone();
        change(&mut registration);
        Command::Register(registration)
    };
    refused(register(|r| r.person = "1".into()), "查无此人");
    refused(register(|r| r.insurance = "390".into()), "没有险种 390");
    refused(register(|r| r.begun_at = at("2014-12-31 10:00:00")), "没有医保协议");
    refused(register(|r| r.certificate = ("01".into(), "EC9901000001.0".into())), "电子凭证");
    refused(register(|r| r.care = "2101".into()), "医疗类别");
    desk.now = before_pause();
    assert!(desk.say(&register(|r| r.begun_at = at("2025-11-03 09:00:00"))).unwrap_err().what.contains("中止"));
    assert!(desk.say(&register(|r| r.begun_at = at("2026-01-01 09:00:00"))).unwrap_err().what.contains("没有险种"));
    assert_eq!(desk.file, before);
}

fn before_pause() -> model::Stamp {
    at("2026-01-02 00:00:00")
}

#[test]
fn a_settled_batch_is_not_settled_twice_but_another_batch_is() {
    let mut desk = Desk::new();
    let visit = desk.register();
    for batch in ["B1", "B2"] {
        let lines = two_lines(&desk, batch);
        desk.charge(&visit, KIND, lines).unwrap();
    }
    let first = desk.settle(&visit, KIND, "B1").unwrap();
    let request = desk.request(&visit, KIND, "B1", fen("460.00"));
    let refusal = desk.say(&Command::Settle(request)).unwrap_err();
    assert!(refusal.what.contains(&first.id), "{refusal}");
    desk.settle(&visit, KIND, "B2").unwrap();
    let refusal = desk.say(&Command::CancelRegistration { person: PERSON.into(), visit: visit.clone() }).unwrap_err();
    assert!(refusal.what.contains("未撤销的结算"), "{refusal}");
    desk.prove();
}

#[test]
fn an_unknown_result_is_undone_once_and_harmlessly() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    desk.charge(&visit, KIND, lines).unwrap();
    let settlement = desk.settle(&visit, KIND, "B1").unwrap();
    let undo = |msgid: &str| Command::Undo { person: PERSON.into(), msgid: msgid.into(), infno: "2207".into() };
    desk.say(&undo(&settlement.msgid)).unwrap();
    assert!(desk.file.reversal_of(&settlement.id).is_some());
    let after = desk.file.clone();
    desk.say(&undo(&settlement.msgid)).unwrap();
    desk.say(&undo("NEVER")).unwrap();
    assert_eq!(desk.file, after);
    // Undoing a cancellation brings the settlement back.
    let again = desk.settle(&visit, KIND, "B1").unwrap();
    let reversal = desk.reverse(&visit, KIND, &again.id).unwrap();
    desk.say(&undo(&reversal.msgid)).unwrap();
    assert!(desk.file.reversal_of(&again.id).is_none());
    assert!(desk.file.uploads_of(&visit).all(|upload| upload.settled_by.as_deref() == Some(again.id.as_str())));
    desk.reverse(&visit, KIND, &again.id).unwrap();
    desk.prove();
}

#[test]
fn i7_care_elsewhere_is_cleared_between_the_areas() {
    let mut desk = Desk::new();
    desk.caller.institution = FAR_HOSPITAL.into();
    desk.caller.treatment_area = ELSEWHERE.into();
    let mut registration = desk.registration();
    registration.doctor = String::new();
    let visit = crate::support::opened(desk.say(&Command::Register(registration)).unwrap());
    let lines = two_lines(&desk, "B1");
    match desk.charge(&visit, KIND, lines) {
        Ok(_) => {}
        Err(refusal) => panic!("{refusal}"),
    }
    let settlement = desk.settle(&visit, KIND, "B1").unwrap();
    assert_eq!((settlement.coverage_area.as_str(), settlement.treatment_area.as_str()), (HOME, ELSEWHERE));
    assert_eq!(settlement.clearing_office, format!("{ELSEWHERE}X"));
    let entries = &desk.bookings[0].entries;
    let owed = settlement.fund_total + settlement.account;
    let find =
        |account: &str| entries.iter().find(|entry| entry.account.to_string() == account).map(|entry| entry.amount);
    assert_eq!(find(&format!("clearing/{HOME}/{ELSEWHERE}")), Some(Fen(-owed.0)));
    assert_eq!(find(&format!("receivable/{ELSEWHERE}/{HOME}")), Some(owed));
    assert_eq!(find(&format!("payable/{FAR_HOSPITAL}")), Some(Fen(-owed.0)));
    desk.prove();
}

#[test]
fn a_registration_is_cancelled_with_its_lines() {
    let mut desk = Desk::new();
    let visit = desk.register();
    let lines = two_lines(&desk, "B1");
    desk.charge(&visit, KIND, lines).unwrap();
    desk.say(&Command::CancelRegistration { person: PERSON.into(), visit: visit.clone() }).unwrap();
    assert_eq!(desk.file.visit(&visit).unwrap().state, VisitState::Cancelled);
    assert_eq!(desk.file.uploads.len(), 0);
    let lines = two_lines(&desk, "B2");
    assert!(desk.charge(&visit, KIND, lines).unwrap_err().what.contains("已撤销"));
}
