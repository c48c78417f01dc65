//! `yibao ledger` on books that the store wrote.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use agency::{Account, AccountState, Booking, BookingKind, Changes, Entry};
use model::{Day, Fen};
use std::path::Path;
use std::process::{Command, Output};
use store::{Database, Options, Store};

/// An account of 100 yuan, opened on a day.
fn opened(person: &str, on: Day) -> Changes {
    let income = Account::Income { area: "990100".to_owned(), insurance: "310".to_owned() };
    let personal = Account::Personal { person: person.to_owned() };
    let booking = Booking {
        id: format!("B-{person}"),
        owner: person.to_owned(),
        kind: BookingKind::Contribution,
        refers: "D-1".to_owned(),
        on,
        at: on.start(),
        entries: vec![
            Entry { account: income, amount: Fen(10_000) },
            Entry { account: personal, amount: Fen(-10_000) },
        ],
    };
    Changes {
        accounts: vec![AccountState { person: person.to_owned(), balance: Fen(10_000), family: Fen::ZERO }],
        bookings: vec![booking],
        ..Changes::default()
    }
}

fn write(folder: &Path, changes: Changes) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(Database::Sqlite(folder.to_path_buf()), Options::default()).await.unwrap();
        store.write(changes).await.unwrap();
        store.drain().await;
    });
}

fn ledger(folder: &Path, words: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yibao"));
    let output = command.arg("ledger").args(words).arg("--data").arg(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output, said)
}

#[test]
fn i7_books_are_proved_shown_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    let day = Day::from_civil(2026, 1, 31).unwrap();
    write(folder.path(), opened("P1", day));
    let (output, said) = ledger(folder.path(), &["prove"]);
    assert!(output.status.success() && said.contains("全部相符") && said.contains("凭证  1"), "{said}");
    let (_, said) = ledger(folder.path(), &["balance", "personal/P1"]);
    assert_eq!(said, "personal/P1  -100.00\n");
    let (_, said) = ledger(folder.path(), &["balance", "income/", "--on", "2026-01-30"]);
    assert_eq!(said, "");
    let (_, said) =
        ledger(folder.path(), &["statement", "income/990100/310", "--from", "2026-01-01", "--until", "2026-01-31"]);
    assert!(said.contains("2026-01-31  B-P1  contribution D-1  100.00  100.00"), "{said}");
    let (output, said) = ledger(folder.path(), &["close-month", "2026-01"]);
    assert!(
        output.status.success() && said.contains("已月结 2026-01（至 2026-01-31）：1 张凭证，发生额 100.00"),
        "{said}"
    );
    let (output, said) = ledger(folder.path(), &["close-day", "2026-01-31"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("2026-01-31 已经日结"), "{said}");
    let (output, said) = ledger(folder.path(), &["close-day", "9999-01-01"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("还没有到"), "{said}");
}

#[test]
fn what_does_not_agree_is_named_and_no_books_are_begun_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = opened("P1", Day(20_000));
    wrong.accounts[0].balance = Fen(10_001);
    write(folder.path(), wrong);
    let (output, said) = ledger(folder.path(), &["prove"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("个人账户余额等于账上余额  personal/P1  10000  10001"), "{said}");
    let empty = tempfile::tempdir().unwrap();
    let (output, said) = ledger(empty.path(), &["prove"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("没有数据库"), "{said}");
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
}
