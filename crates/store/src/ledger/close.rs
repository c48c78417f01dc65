//! Closing days (日清日结) and months. What is closed stays as it is: the database refuses bookings on closed days.

use crate::connection::{Connection, Purpose};
use crate::error::StoreError;
use crate::store::Store;
use crate::value::{Said, Value};
use model::{Day, Fen, Stamp};

/// A closed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// The last day that is closed now.
    pub day: Day,
    /// Bookings since the close before.
    pub transactions: i64,
    /// What they moved: the sum of their debits.
    pub debits: Fen,
    /// Accounts that moved, whose balances were stored.
    pub accounts: i64,
}

/// A closed month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedMonth {
    /// Its last day.
    pub day: Day,
    /// Bookings of the month.
    pub transactions: i64,
    /// What they moved.
    pub debits: Fen,
}

const STORE_BALANCES: &str = "INSERT INTO ledger_balance (account, day, balance) \
     SELECT m.account, $1, m.moved + COALESCE((SELECT b.balance FROM ledger_balance AS b \
       WHERE b.account = m.account ORDER BY b.day DESC LIMIT 1), 0) \
     FROM (SELECT e.account, CAST(SUM(e.amount) AS BIGINT) AS moved FROM ledger_transaction AS t \
       JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id \
       WHERE t.day > $2 AND t.day <= $3 GROUP BY e.account) AS m RETURNING account";

/// Bookings of some days, and what they moved.
const MOVED: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(d.debits), 0) AS BIGINT) FROM (\
     SELECT t.owner_id, t.id, SUM(CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END) AS debits FROM ledger_transaction AS t \
     JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id \
     WHERE t.day > $1 AND t.day <= $2 GROUP BY t.owner_id, t.id) AS d";

/// Before all days.
const NEVER: i64 = -9_000_000_000;

impl Store {
    /// The last day that is closed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn closed_until(&self) -> Result<Option<Day>, StoreError> {
        let mut loan = self.shared.readers.borrow().await?;
        let last = last_close(&mut loan.connection).await?;
        self.shared.readers.give_back(loan);
        Ok(i32::try_from(last).ok().map(Day))
    }

    /// Closes all days up to and including this one: stores the balances of the accounts that moved. Nothing is booked on
    /// these days any more.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the day is closed already.
    pub async fn close_day(&self, day: Day, at: Stamp) -> Result<Closed, StoreError> {
        let mut connection = self.writer().await?;
        connection.begin().await?;
        let closed = close(&mut connection, day, at).await;
        finish(connection, closed).await
    }

    /// Closes a month (`2026-11` as 2026, 11): its last day, when that is open, and the month.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when there is no such month, or it is closed already.
    pub async fn close_month(&self, year: i32, month: u32, at: Stamp) -> Result<ClosedMonth, StoreError> {
        let first = Day::from_civil(year, month, 1);
        let next = if month == 12 { Day::from_civil(year + 1, 1, 1) } else { Day::from_civil(year, month + 1, 1) };
        let (Some(first), Some(next)) = (first, next) else {
            return Err(StoreError::Invalid(format!("没有 {year} 年 {month} 月；月份写作 2026-11")));
        };
        let mut connection = self.writer().await?;
        connection.begin().await?;
        let closed = close_month(&mut connection, first, next.plus(-1), at).await;
        finish(connection, closed).await
    }

    /// A connection that writes, beside the lanes.
    async fn writer(&self) -> Result<Connection, StoreError> {
        Ok(Connection::open(self.shared.readers.database(), self.shared.readers.options(), Purpose::Write).await?)
    }
}

/// Commits when all went well.
async fn finish<T>(mut connection: Connection, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
    match outcome {
        Ok(value) => {
            connection.commit().await?;
            connection.close().await?;
            Ok(value)
        }
        Err(error) => {
            // The error that stopped us is worth more than one of the way back.
            connection.rollback().await.ok();
            Err(error)
        }
    }
}

async fn last_close(connection: &mut Connection) -> Said<i64> {
    let sql = format!("SELECT COALESCE(MAX(day), {NEVER}) FROM ledger_close");
    let rows = connection.rows(&sql.into(), Vec::new()).await?;
    Ok(rows.into_iter().next().map_or(NEVER, |mut row| row.number()))
}

/// Bookings after a day up to another, and what they moved.
async fn moved(connection: &mut Connection, after: i64, until: i64) -> Said<(i64, i64)> {
    let rows = connection.rows(&MOVED.into(), vec![after.into(), until.into()]).await?;
    Ok(rows.into_iter().next().map_or((0, 0), |mut row| (row.number(), row.number())))
}

async fn close(connection: &mut Connection, day: Day, at: Stamp) -> Result<Closed, StoreError> {
    if let Some(hold) = connection.dialect().hold_ledger() {
        connection.run(hold).await?;
    }
    let last = last_close(connection).await?;
    let until = i64::from(day.0);
    if until <= last {
        let closed = Day(i32::try_from(last).unwrap_or_default());
        return Err(StoreError::Invalid(format!("{day} 已经日结（已结至 {closed}）；不能重复日结")));
    }
    let stored = connection.rows(&STORE_BALANCES.into(), vec![until.into(), last.into(), until.into()]).await?;
    let (transactions, debits) = moved(connection, last, until).await?;
    let row: Vec<Value> = vec![until.into(), at.0.into(), transactions.into(), debits.into()];
    let insert = "INSERT INTO ledger_close (day, closed_at, transactions, debits) VALUES ($1, $2, $3, $4)";
    connection.rows(&insert.into(), row).await?;
    let accounts = i64::try_from(stored.len()).unwrap_or(i64::MAX);
    Ok(Closed { day, transactions, debits: Fen(debits), accounts })
}

async fn close_month(connection: &mut Connection, first: Day, last: Day, at: Stamp) -> Result<ClosedMonth, StoreError> {
    let (year, month, _) = last.civil();
    let name = i64::from(year) * 100 + i64::from(month);
    let known = connection.rows(&"SELECT month FROM ledger_month WHERE month = $1".into(), vec![name.into()]).await?;
    if !known.is_empty() {
        return Err(StoreError::Invalid(format!("{year:04}-{month:02} 已经月结；不能重复月结")));
    }
    if last_close(connection).await? < i64::from(last.0) {
        close(connection, last, at).await?;
    }
    let (transactions, debits) = moved(connection, i64::from(first.plus(-1).0), i64::from(last.0)).await?;
    let row: Vec<Value> = vec![name.into(), i64::from(last.0).into(), at.0.into(), transactions.into(), debits.into()];
    let insert = "INSERT INTO ledger_month (month, day, closed_at, transactions, debits) VALUES ($1, $2, $3, $4, $5)";
    connection.rows(&insert.into(), row).await?;
    Ok(ClosedMonth { day: last, transactions, debits: Fen(debits) })
}
