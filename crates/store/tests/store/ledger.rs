//! The ledger: balances, closes, what the database refuses, and a proof that finds what is wrong (I5, I7).

use crate::on_both_databases;
use crate::support::records::{registered, settle};
use crate::support::{Guards, INSTITUTION, NOW, Opened, done, execute, job, settled_at};
use agency::{Account, Needs};
use model::{Day, Fen, Stamp};
use store::{SettlementFilter, Store, StoreError};

on_both_databases!(
    a_balance_is_the_sum_of_entries_on_any_day,
    a_closed_day_takes_no_bookings,
    a_month_is_closed_once,
    i5_the_database_refuses_to_change_what_is_settled,
    i7_the_database_refuses_a_booking_that_is_not_whole,
    the_proof_holds_after_reversals_of_reversals,
    the_proof_names_whatever_is_wrong,
);

const DAY: i64 = 86_400;

fn fund() -> Account {
    Account::Fund { area: "990100".to_owned(), insurance: "310".to_owned(), fund: "310100".to_owned() }
}

fn personal(person: &str) -> Account {
    Account::Personal { person: person.to_owned() }
}

fn after(days: i64) -> Stamp {
    Stamp(NOW.0 + days * DAY)
}

async fn proved(store: &Store) {
    let proof = store.prove().await.unwrap();
    assert!(proof.holds(), "{:#?}", proof.violations);
}

async fn a_balance_is_the_sum_of_entries_on_any_day(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    settled_at(store, "P1", "m0", after(0)).await;
    settled_at(store, "P1", "m1", after(2)).await;
    store.close_day(after(0).day(), NOW).await.unwrap();
    settled_at(store, "P1", "m2", after(4)).await;
    store.close_day(after(3).day(), NOW).await.unwrap();
    let on = |days: i64| Some(after(days).day());
    for (days, paid) in [(-1, 0), (0, 2_100), (1, 2_100), (2, 4_200), (3, 4_200), (4, 6_300)] {
        assert_eq!(store.balance(&fund(), on(days)).await.unwrap(), Fen(paid), "{days} days after");
    }
    assert_eq!(store.balance(&personal("P1"), None).await.unwrap(), Fen(-100_000 + 900));
    let statement = store.statement(&fund(), after(1).day(), after(5).day()).await.unwrap();
    assert_eq!((statement.before, statement.after), (Fen(2_100), Fen(6_300)));
    assert_eq!(statement.lines.iter().map(|line| line.balance.0).collect::<Vec<_>>(), [4_200, 6_300]);
    let funds = store.balances("fund/990100/", on(2)).await.unwrap();
    assert_eq!(funds, [("fund/990100/310/310100".to_owned(), Fen(4_200))]);
    proved(store).await;
}

async fn a_closed_day_takes_no_bookings(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    settled_at(store, "P1", "m0", NOW).await;
    let closed = store.close_day(NOW.day(), NOW).await.unwrap();
    // The opening of the account and the settlement; 100,000 and 2,400 fen on the left.
    assert_eq!((closed.transactions, closed.debits, closed.accounts), (2, Fen(102_400), 4));
    assert_eq!(store.closed_until().await.unwrap(), Some(NOW.day()));
    let late = job("P1", "late", "late", Needs::default(), |file, ids| done(settle(file, ids, "late", 50).0, "late"));
    let Err(StoreError::Integrity(reason)) = store.submit(late).await else { panic!("the day is closed") };
    assert_eq!(reason, "I7: booking on a closed day");
    assert!(matches!(store.close_day(NOW.day(), NOW).await, Err(StoreError::Invalid(_))));
    settled_at(store, "P1", "next", after(1)).await;
    proved(store).await;
}

async fn a_month_is_closed_once(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let (year, month, _) = NOW.day().civil();
    settled_at(store, "P1", "m0", NOW).await;
    let next = Stamp(Day::from_civil(year, month + 1, 1).unwrap().start().0 + 60);
    settled_at(store, "P1", "m1", next).await;
    let closed = store.close_month(year, month, NOW).await.unwrap();
    assert_eq!((closed.transactions, closed.debits), (2, Fen(102_400)), "without the settlement of the next month");
    assert_eq!(store.closed_until().await.unwrap(), Some(closed.day));
    assert!(matches!(store.close_month(year, month, NOW).await, Err(StoreError::Invalid(_))));
    assert!(matches!(store.close_month(year, 13, NOW).await, Err(StoreError::Invalid(_))));
    proved(store).await;
}

async fn i5_the_database_refuses_to_change_what_is_settled(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    settled_at(store, "P1", "m0", NOW).await;
    store.close_day(NOW.day(), NOW).await.unwrap();
    for (statement, refusal) in [
        ("UPDATE settlement SET total = 1", "I5: settlement never changes"),
        ("DELETE FROM settlement", "I5: settlement never changes"),
        ("UPDATE ledger_transaction SET day = 1", "I7: ledger_transaction never changes"),
        ("DELETE FROM ledger_transaction", "I7: ledger_transaction never changes"),
        ("UPDATE ledger_entry SET amount = 1", "I7: ledger_entry never changes"),
        ("DELETE FROM ledger_entry", "I7: ledger_entry never changes"),
        ("UPDATE ledger_close SET debits = 1", "I7: ledger_close never changes"),
        ("DELETE FROM ledger_close", "I7: ledger_close never changes"),
        ("UPDATE ledger_balance SET balance = 1", "I7: ledger_balance never changes"),
        ("DELETE FROM ledger_balance", "I7: ledger_balance never changes"),
        ("UPDATE answer SET reply = 'x'", "I6: answer never changes"),
        ("DELETE FROM answer", "I6: answer never changes"),
    ] {
        assert_eq!(execute(&opened.database, Guards::On, statement).await, Err(refusal.to_owned()), "{statement}");
    }
    proved(store).await;
}

async fn i7_the_database_refuses_a_booking_that_is_not_whole(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let day = NOW.day().0;
    let entry = |number: u32, amount: i64, day: i32| {
        format!("INSERT INTO ledger_entry VALUES ('P1', 'B1', {number}, 'suspense/990100', {amount}, {day});")
    };
    let header = |entries: u32| {
        format!("INSERT INTO ledger_transaction VALUES ('P1', 'B1', 'transfer', '', {day}, 0, {entries});")
    };
    let whole = "I7: booking does not sum to zero";
    for (statements, refusal) in [
        (entry(1, 5, day) + &entry(2, -4, day) + &header(2), whole),
        (entry(1, 5, day) + &entry(2, -5, day) + &header(3), whole),
        (entry(1, 5, day) + &entry(2, -5, day + 1) + &header(2), whole),
        (
            entry(1, 5, day) + &entry(2, -5, day) + &header(2) + &entry(3, 5, day),
            "I7: entry of a booking that is already closed",
        ),
    ] {
        let script = format!("BEGIN; {statements} COMMIT;");
        assert_eq!(execute(&opened.database, Guards::On, &script).await, Err(refusal.to_owned()), "{statements}");
    }
    let orphan = format!("BEGIN; {} COMMIT;", entry(1, 5, day));
    assert!(execute(&opened.database, Guards::On, &orphan).await.is_err(), "an entry without a header");
    proved(store).await;
}

/// Reverses a settlement or a reversal.
async fn reversed(store: &Store, msgid: &str, of: agency::Settlement) -> agency::Settlement {
    let said = msgid.to_owned();
    let reversing = job("P1", msgid, msgid, Needs::default(), move |file, ids| {
        let (mut changes, _) = settle(file, ids, &said, -of.total.0);
        changes.settlements[0].reverses = Some(of.id.clone());
        changes.bookings[0] = crate::support::records::booking(&changes.settlements[0], &changes.bookings[0].id);
        done(changes, "reversed")
    });
    store.submit(reversing).await.unwrap();
    let filter = store::SettlementFilter { msgid: Some(msgid.to_owned()), ..Default::default() };
    store.settlements(&filter, None).await.unwrap().pop().unwrap()
}

async fn the_proof_holds_after_reversals_of_reversals(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let settlement = settled_at(store, "P1", "m0", NOW).await;
    let reversal = reversed(store, "m1", settlement.clone()).await;
    reversed(store, "m2", reversal).await;
    proved(store).await;
    reversed(store, "m3", settlement.clone()).await;
    proved(store).await;
    assert_eq!(store.balance(&fund(), None).await.unwrap(), Fen::ZERO);
    reversed(store, "m4", settlement).await;
    let proof = store.prove().await.unwrap();
    assert_eq!(proof.violations.len(), 1, "{:#?}", proof.violations);
    assert_eq!(proof.violations[0].rule, "一笔结算至多被有效撤销一次");
}

async fn the_proof_names_whatever_is_wrong(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    settled_at(store, "P1", "m0", NOW).await;
    settled_at(store, "P1", "m1", NOW).await;
    store.close_day(NOW.day(), NOW).await.unwrap();
    let proof = store.prove().await.unwrap();
    assert!(proof.holds(), "{:#?}", proof.violations);
    assert!(proof.counts.contains(&("结算", 2)) && proof.counts.contains(&("凭证", 3)), "{:?}", proof.counts);
    let fund = "account = 'fund/990100/310/310100' AND transaction_id = (SELECT MIN(id) FROM ledger_transaction WHERE id LIKE 'B%')";
    for (damage, repair, rule) in [
        (
            format!("UPDATE ledger_entry SET amount = amount + 1 WHERE {fund}"),
            format!("UPDATE ledger_entry SET amount = amount - 1 WHERE {fund}"),
            "凭证的分录之和为零",
        ),
        (
            "UPDATE ledger_transaction SET entries = entries + 1 WHERE id = 'open-P1'".to_owned(),
            "UPDATE ledger_transaction SET entries = entries - 1 WHERE id = 'open-P1'".to_owned(),
            "凭证的分录齐全",
        ),
        (
            format!("UPDATE ledger_entry SET day = day + 1 WHERE {fund}"),
            format!("UPDATE ledger_entry SET day = day - 1 WHERE {fund}"),
            "分录与凭证同日",
        ),
        (
            "UPDATE ledger_transaction SET id = 'gone' WHERE id = 'open-P1'".to_owned(),
            "UPDATE ledger_transaction SET id = 'open-P1' WHERE id = 'gone'".to_owned(),
            "分录都有凭证",
        ),
        (
            "UPDATE account SET balance = balance + 1".to_owned(),
            "UPDATE account SET balance = balance - 1".to_owned(),
            "个人账户余额等于账上余额",
        ),
        (
            "UPDATE account SET family = family + 1".to_owned(),
            "UPDATE account SET family = family - 1".to_owned(),
            "共济账户余额等于账上余额",
        ),
        (
            "UPDATE settlement SET owner_id = 'P9' WHERE msgid = 'm0'".to_owned(),
            "UPDATE settlement SET owner_id = 'P1' WHERE msgid = 'm0'".to_owned(),
            "应答的结算都在",
        ),
        (
            "UPDATE answer SET msgid = 'mx' WHERE msgid = 'm0'".to_owned(),
            "UPDATE answer SET msgid = 'm0' WHERE msgid = 'mx'".to_owned(),
            "报文要求的结算都有应答",
        ),
        (
            "UPDATE ledger_close SET debits = debits + 1".to_owned(),
            "UPDATE ledger_close SET debits = debits - 1".to_owned(),
            "日结的笔数与发生额等于账上",
        ),
        (
            "UPDATE ledger_balance SET balance = balance + 1 WHERE account = 'personal/P1'".to_owned(),
            "UPDATE ledger_balance SET balance = balance - 1 WHERE account = 'personal/P1'".to_owned(),
            "日结余额等于分录之和",
        ),
        (
            format!("UPDATE ledger_entry SET account = 'payable/H99010000002' WHERE account = 'payable/{INSTITUTION}'"),
            format!("UPDATE ledger_entry SET account = 'payable/{INSTITUTION}' WHERE account = 'payable/H99010000002'"),
            "每笔结算恰有一张金额相符的凭证",
        ),
        (
            "UPDATE ledger_transaction SET kind = 'settlement' WHERE id = 'open-P1'".to_owned(),
            "UPDATE ledger_transaction SET kind = 'contribution' WHERE id = 'open-P1'".to_owned(),
            "结算凭证都有结算",
        ),
        (
            "UPDATE accumulator SET value = value + 1".to_owned(),
            "UPDATE accumulator SET value = value - 1".to_owned(),
            "累计等于各次结算所用之和",
        ),
        (
            "INSERT INTO ledger_month VALUES (209912, 47481, 0, 0, 0)".to_owned(),
            "DELETE FROM ledger_month".to_owned(),
            "每月月结在日结之内",
        ),
    ] {
        execute(&opened.database, Guards::Off, &damage).await.unwrap();
        let proof = store.prove().await.unwrap();
        assert!(proof.violations.iter().any(|found| found.rule == rule), "{damage}: {:#?}", proof.violations);
        execute(&opened.database, Guards::Off, &repair).await.unwrap();
        assert!(store.prove().await.unwrap().holds(), "{repair}");
    }
    // SQLite keeps the record packed; one that somebody wrote by hand is read all the same.
    let settlements = store.settlements(&SettlementFilter::default(), None).await.unwrap();
    let settlement = settlements.iter().find(|settlement| settlement.msgid == "m0").unwrap();
    let record = serde_json::to_string(settlement).unwrap().replace(r#""reverses":null"#, r#""reverses":"S-none""#);
    let tampered = format!("UPDATE settlement SET body = '{record}' WHERE id = '{}'", settlement.id);
    execute(&opened.database, Guards::Off, &tampered).await.unwrap();
    let proof = store.prove().await.unwrap();
    assert!(proof.violations.iter().any(|found| found.rule == "撤销等于原结算取负"), "{:#?}", proof.violations);
}
