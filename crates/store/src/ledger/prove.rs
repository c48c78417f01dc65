//! The proof: the whole ledger and everything that must agree with it, computed again from the rows, believing no stored
//! sum. It reads one snapshot, changes nothing, and names whatever it finds wrong.

use super::prove_owner::prove_owners;
use crate::connection::Connection;
use crate::error::StoreError;
use crate::store::Store;
use crate::value::Said;

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What must hold and does not.
    pub rule: &'static str,
    /// Where: a booking, settlement, account or message.
    pub subject: String,
    /// What was expected.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What was proved, or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// How much of what was looked at.
    pub counts: Vec<(&'static str, i64)>,
    /// All that is wrong.
    pub violations: Vec<Violation>,
}

impl Proof {
    /// Whether everything agrees.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }
}

/// What is counted.
const COUNTS: [(&str, &str); 7] = [
    ("人员", "SELECT COUNT(*) FROM person"),
    ("就诊", "SELECT COUNT(*) FROM visit"),
    ("结算", "SELECT COUNT(*) FROM settlement"),
    ("凭证", "SELECT COUNT(*) FROM ledger_transaction"),
    ("分录", "SELECT COUNT(*) FROM ledger_entry"),
    ("应答", "SELECT COUNT(*) FROM answer"),
    ("日结", "SELECT COUNT(*) FROM ledger_close"),
];

/// Statements whose every row is a violation: where, what was expected, what is there.
const CHECKS: [(&str, &str); 9] = [
    (
        "凭证的分录之和为零",
        "SELECT t.id, 0, CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_transaction AS t \
         LEFT JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id \
         GROUP BY t.owner_id, t.id HAVING COALESCE(SUM(e.amount), 0) <> 0",
    ),
    (
        "凭证的分录齐全",
        "SELECT t.id, t.entries, COUNT(e.number) FROM ledger_transaction AS t \
         LEFT JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id \
         GROUP BY t.owner_id, t.id, t.entries HAVING COUNT(e.number) <> t.entries",
    ),
    (
        "分录与凭证同日",
        "SELECT t.id, t.day, e.day FROM ledger_transaction AS t \
         JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id WHERE e.day <> t.day",
    ),
    (
        "分录都有凭证",
        "SELECT e.transaction_id, 1, 0 FROM ledger_entry AS e \
         LEFT JOIN ledger_transaction AS t ON t.owner_id = e.owner_id AND t.id = e.transaction_id WHERE t.id IS NULL",
    ),
    // A range instead of LIKE: '0' follows '/'.
    (
        "个人账户余额等于账上余额",
        "SELECT x.account, CAST(-SUM(x.booked) AS BIGINT), CAST(SUM(x.held) AS BIGINT) FROM (\
           SELECT account, amount AS booked, 0 AS held FROM ledger_entry \
             WHERE account >= 'personal/' AND account < 'personal0' \
           UNION ALL SELECT 'personal/' || owner_id, 0, balance FROM account) AS x \
         GROUP BY x.account HAVING SUM(x.booked) + SUM(x.held) <> 0",
    ),
    (
        "共济账户余额等于账上余额",
        "SELECT x.account, CAST(-SUM(x.booked) AS BIGINT), CAST(SUM(x.held) AS BIGINT) FROM (\
           SELECT account, amount AS booked, 0 AS held FROM ledger_entry \
             WHERE account >= 'family/' AND account < 'family0' \
           UNION ALL SELECT 'family/' || owner_id, 0, family FROM account) AS x \
         GROUP BY x.account HAVING SUM(x.booked) + SUM(x.held) <> 0",
    ),
    (
        "应答的结算都在",
        "SELECT a.institution || ' ' || a.msgid, a.settlements, COALESCE(s.found, 0) FROM answer AS a \
         LEFT JOIN (SELECT owner_id, institution, msgid, COUNT(*) AS found FROM settlement GROUP BY owner_id, institution, msgid) AS s \
         ON s.owner_id = a.owner_id AND s.institution = a.institution AND s.msgid = a.msgid \
         WHERE COALESCE(s.found, 0) <> a.settlements",
    ),
    (
        "报文要求的结算都有应答",
        "SELECT s.id, 1, 0 FROM settlement AS s LEFT JOIN answer AS a \
         ON a.owner_id = s.owner_id AND a.institution = s.institution AND a.msgid = s.msgid \
         WHERE s.msgid <> '' AND a.msgid IS NULL",
    ),
    (
        "每月月结在日结之内",
        "SELECT CAST(m.month AS TEXT), m.day, COALESCE((SELECT MAX(c.day) FROM ledger_close AS c), 0) FROM ledger_month AS m \
         WHERE m.day > COALESCE((SELECT MAX(c.day) FROM ledger_close AS c), -9000000000)",
    ),
];

impl Store {
    /// Proves the ledger from scratch.
    ///
    /// # Errors
    /// When the database cannot be read; what is wrong in it is no error but in the proof.
    pub async fn prove(&self) -> Result<Proof, StoreError> {
        let mut loan = self.shared.readers.borrow().await?;
        loan.connection.run(loan.connection.dialect().begin_snapshot()).await?;
        let proof = prove(&mut loan.connection).await?;
        loan.connection.rollback().await?;
        self.shared.readers.give_back(loan);
        Ok(proof)
    }
}

async fn prove(connection: &mut Connection) -> Said<Proof> {
    let mut proof = Proof::default();
    for (what, sql) in COUNTS {
        let rows = connection.rows(&sql.into(), Vec::new()).await?;
        proof.counts.push((what, rows.into_iter().next().map_or(0, |mut row| row.number())));
    }
    for (rule, sql) in CHECKS {
        for mut row in connection.rows(&sql.into(), Vec::new()).await? {
            proof.violations.push(Violation {
                rule,
                subject: row.text(),
                expected: row.number().to_string(),
                found: row.number().to_string(),
            });
        }
    }
    prove_closes(connection, &mut proof.violations).await?;
    prove_balances(connection, &mut proof.violations).await?;
    prove_owners(connection, &mut proof.violations).await?;
    Ok(proof)
}

/// Every close tells what was booked since the one before.
async fn prove_closes(connection: &mut Connection, violations: &mut Vec<Violation>) -> Said<()> {
    let sql = "SELECT c.day, c.transactions, c.debits, COUNT(t.id), CAST(COALESCE(SUM(t.debits), 0) AS BIGINT) \
         FROM ledger_close AS c LEFT JOIN (\
           SELECT t.owner_id, t.id, t.day, SUM(CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END) AS debits, \
             (SELECT MIN(n.day) FROM ledger_close AS n WHERE n.day >= t.day) AS closed_on \
           FROM ledger_transaction AS t JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id \
           GROUP BY t.owner_id, t.id, t.day) AS t ON t.closed_on = c.day \
         GROUP BY c.day, c.transactions, c.debits";
    for mut row in connection.rows(&sql.into(), Vec::new()).await? {
        let day = model::Day(i32::try_from(row.number()).unwrap_or_default());
        let stored = (row.number(), row.number());
        let booked = (row.number(), row.number());
        if stored != booked {
            violations.push(Violation {
                rule: "日结的笔数与发生额等于账上",
                subject: day.to_string(),
                expected: format!("{} 笔 {} 分", booked.0, booked.1),
                found: format!("{} 笔 {} 分", stored.0, stored.1),
            });
        }
    }
    Ok(())
}

/// Rows read at a time.
const PIECE: i64 = 20_000;

/// What moved on an account up to a close, and what the close stored of it; both sides, account by account.
const BALANCES: &str = "SELECT m.account, m.day, m.moved, COALESCE(b.balance, 0), CASE WHEN b.day IS NULL THEN 0 ELSE 1 END \
     FROM (SELECT account, day, CAST(SUM(moved) AS BIGINT) AS moved FROM (\
         SELECT account, (SELECT MIN(c.day) FROM ledger_close AS c WHERE c.day >= e.day) AS day, amount AS moved \
           FROM ledger_entry AS e WHERE account > $1 AND account <= $2 \
             AND e.day <= (SELECT MAX(c.day) FROM ledger_close AS c) \
         UNION ALL SELECT account, day, 0 FROM ledger_balance WHERE account > $3 AND account <= $4) AS a \
       GROUP BY account, day) AS m \
     LEFT JOIN ledger_balance AS b ON b.account = m.account AND b.day = m.day ORDER BY m.account, m.day";

/// Every stored balance is what the entries up to its day come to, and every account that moved has one.
async fn prove_balances(connection: &mut Connection, violations: &mut Vec<Violation>) -> Said<()> {
    let bound = format!("SELECT account FROM ledger_entry WHERE account > $1 ORDER BY account LIMIT 1 OFFSET {PIECE}");
    let bound = bound.into();
    let mut lower = String::new();
    loop {
        let row = connection.rows(&bound, vec![lower.as_str().into()]).await?.into_iter().next();
        let upper = row.map(|mut row| row.text());
        let to = upper.clone().unwrap_or_else(|| char::MAX.to_string());
        let parameters = vec![lower.as_str().into(), to.as_str().into(), lower.as_str().into(), to.as_str().into()];
        let (mut of, mut sum) = (String::new(), 0_i64);
        for mut row in connection.rows(&BALANCES.into(), parameters).await? {
            let (account, day) = (row.text(), row.number());
            if account != of {
                (of, sum) = (account, 0);
            }
            sum = sum.saturating_add(row.number());
            let (stored, is_stored) = (row.number(), row.number() == 1);
            if !is_stored || stored != sum {
                let day = model::Day(i32::try_from(day).unwrap_or_default());
                violations.push(Violation {
                    rule: "日结余额等于分录之和",
                    subject: format!("{of} {day}"),
                    expected: sum.to_string(),
                    found: if is_stored { stored.to_string() } else { "没有".to_owned() },
                });
            }
        }
        match upper {
            Some(upper) => lower = upper,
            None => return Ok(()),
        }
    }
}
