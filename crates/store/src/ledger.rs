//! The ledger: balances of any day, statements, closing of days and months, and the proof of it all.
//!
//! A balance is the sum of an account's entries, nothing else (I7); no row holds a fund's balance, so that nobody waits
//! for anybody. Closing a day stores the balances of the accounts that moved, so that a balance is one stored number and
//! the entries of the days since.

mod close;
mod prove;
mod prove_owner;

pub use close::{Closed, ClosedMonth};
pub use prove::{Proof, Violation};

use crate::error::StoreError;
use crate::query::Select;
use crate::store::Store;
use crate::value::Value;
use agency::Account;
use model::{Day, Fen};

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Business day.
    pub on: Day,
    /// Booking.
    pub booking: String,
    /// Why, in the words of the ledger: `settlement`, `reversal` …
    pub kind: String,
    /// Settlement or document behind it.
    pub refers: String,
    /// Debit positive, credit negative.
    pub amount: Fen,
    /// Balance after it.
    pub balance: Fen,
}

/// What moved on an account over some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Balance before the first day.
    pub before: Fen,
    /// Lines by day and booking.
    pub lines: Vec<StatementLine>,
    /// Balance after the last day.
    pub after: Fen,
}

/// The last stored balance of an account up to a day, and what was booked since, up to that day.
const BALANCE: &str = "SELECT COALESCE(b.balance, 0) + CAST(COALESCE((SELECT SUM(e.amount) FROM ledger_entry AS e \
     WHERE e.account = $1 AND e.day <= $2 AND e.day > COALESCE(b.day, -9000000000)), 0) AS BIGINT) \
     FROM (SELECT 1) AS one LEFT JOIN (SELECT day, balance FROM ledger_balance WHERE account = $3 AND day <= $4 \
     ORDER BY day DESC LIMIT 1) AS b ON 1 = 1";

impl Store {
    /// The balance of an account at the end of a day; of all that is booked when no day is given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn balance(&self, account: &Account, on: Option<Day>) -> Result<Fen, StoreError> {
        let account = Value::Text(account.to_string());
        let day = Value::Number(on.map_or(i64::from(i32::MAX), |day| i64::from(day.0)));
        let parameters = vec![account.clone(), day.clone(), account, day];
        let rows = self.shared.readers.rows(&BALANCE.into(), parameters).await?;
        Ok(rows.into_iter().next().map_or(Fen::ZERO, |mut row| Fen(row.number())))
    }

    /// Balances at the end of a day of all accounts that begin with a text, summed from the entries: `fund/110000/`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn balances(&self, prefix: &str, on: Option<Day>) -> Result<Vec<(String, Fen)>, StoreError> {
        let day = on.map_or(i64::from(i32::MAX), |day| i64::from(day.0));
        let select = Select::of("SELECT account, CAST(SUM(amount) AS BIGINT) FROM ledger_entry")
            .begins("account", prefix)
            .until("day", Some(day.saturating_add(1)))
            .tail(" GROUP BY account ORDER BY account");
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(), Fen(row.number()))).collect())
    }

    /// What moved on an account from a day until before another.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn statement(&self, account: &Account, from: Day, until: Day) -> Result<Statement, StoreError> {
        let before = self.balance(account, Some(from.plus(-1))).await?;
        let select = Select::of(
            "SELECT e.day, t.id, t.kind, t.refers, e.amount FROM ledger_entry AS e \
             JOIN ledger_transaction AS t ON t.owner_id = e.owner_id AND t.id = e.transaction_id",
        )
        .text("e.account", &account.to_string())
        .from("e.day", Some(i64::from(from.0)))
        .until("e.day", Some(i64::from(until.0)))
        .order("e.day, t.id, e.number");
        let (sql, parameters) = select.finish();
        let mut after = before;
        let mut lines = Vec::new();
        for mut row in self.shared.readers.rows(&sql, parameters).await? {
            let on = Day(i32::try_from(row.number()).unwrap_or_default());
            let (booking, kind, refers, amount) = (row.text(), row.text(), row.text(), Fen(row.number()));
            after += amount;
            lines.push(StatementLine { on, booking, kind, refers, amount, balance: after });
        }
        Ok(Statement { before, lines, after })
    }
}
