//! Contributions are booked.

use crate::support::{example, load, now, registers};
use agency::BookingKind;
use model::Fen;
use registers::Kind;

#[test]
fn i7_what_came_in_raises_account_and_fund() {
    let mut known = registers();
    let import = load(Kind::Contributions, &example("contributions.csv"), &mut known, now());
    assert_eq!((import.report.accepted, import.report.rejected), (3, 0), "{:?}", import.report.rejections);
    for booking in &import.changes.bookings {
        assert_eq!(booking.sum(), Fen::ZERO);
        assert_eq!(booking.kind, BookingKind::Contribution);
    }
    let entries = |at: usize| -> Vec<(String, i64)> {
        let entries = &import.changes.bookings[at].entries;
        entries.iter().map(|entry| (entry.account.to_string(), entry.amount.0)).collect()
    };
    assert_eq!(
        entries(0),
        [
            ("income/990400/310".to_owned(), 63_000),
            ("personal/99040000009001".to_owned(), -12_000),
            ("fund/990400/310/310100".to_owned(), -51_000),
        ]
    );
    assert_eq!(
        entries(2),
        [("income/990400/390".to_owned(), 112_400), ("fund/990400/390/390100".to_owned(), -112_400)]
    );
    assert_eq!(known.accounts["99040000009001"].balance, Fen(12_000));
    assert!(!known.accounts.contains_key("99040000009004"), "residents have no account");
}

#[test]
fn a_contribution_is_booked_once() {
    let mut known = registers();
    load(Kind::Contributions, &example("contributions.csv"), &mut known, now());
    let again = load(Kind::Contributions, &example("contributions.csv"), &mut known, now());
    assert_eq!((again.report.accepted, again.report.rejected), (0, 3));
    assert!(again.report.rejections.iter().all(|one| one.reason.contains("已经入账")));
    assert!(again.changes.is_empty());
    assert_eq!(known.accounts["99040000009001"].balance, Fen(12_000));
}
