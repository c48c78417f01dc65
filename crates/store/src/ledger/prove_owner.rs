//! The part of the proof that compares records of one owner: settlements with their bookings, reversals with what they
//! take back, accumulators with what settlements used. What a booking must look like is said here again, apart from the
//! code that makes bookings.

use super::prove::Violation;
use crate::connection::Connection;
use crate::read::parse;
use crate::value::Said;
use agency::{Account, Settlement};
use model::Fen;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Settlements read at a time; an owner is never cut in two.
const PIECE: i64 = 1_000;

/// Accumulators of an owner: year, area, insurance and key.
type Used = BTreeMap<(i64, String, String, String), i64>;

/// What is at hand of one owner.
#[derive(Debug, Default)]
struct Owned {
    settlements: Vec<Settlement>,
    /// Bookings of settlements and reversals: id, kind, what they refer to, entries by account.
    bookings: BTreeMap<String, (String, String, BTreeMap<String, i64>)>,
    accumulators: Used,
}

pub(super) async fn prove_owners(connection: &mut Connection, violations: &mut Vec<Violation>) -> Said<()> {
    let bound: Arc<str> =
        format!("SELECT owner_id FROM settlement WHERE owner_id > $1 ORDER BY owner_id LIMIT 1 OFFSET {PIECE}").into();
    let mut lower = String::new();
    loop {
        let row = connection.rows(&bound, vec![lower.as_str().into()]).await?.into_iter().next();
        let upper = row.map(|mut row| row.text());
        let to = upper.clone().unwrap_or_else(|| char::MAX.to_string());
        for owned in read(connection, &lower, &to).await?.values() {
            prove_bookings(owned, violations);
            prove_reversals(owned, violations);
            prove_accumulators(owned, violations);
        }
        match upper {
            Some(upper) => lower = upper,
            None => return Ok(()),
        }
    }
}

async fn read(connection: &mut Connection, after: &str, until: &str) -> Said<BTreeMap<String, Owned>> {
    let mut owners: BTreeMap<String, Owned> = BTreeMap::new();
    let range = || vec![after.into(), until.into()];
    let settlements = "SELECT owner_id, body FROM settlement WHERE owner_id > $1 AND owner_id <= $2";
    for mut row in connection.rows(&settlements.into(), range()).await? {
        let owner = row.text();
        owners.entry(owner).or_default().settlements.push(parse(&row.text())?);
    }
    let bookings = "SELECT t.owner_id, t.id, t.kind, t.refers, e.account, e.amount FROM ledger_transaction AS t \
         JOIN ledger_entry AS e ON e.owner_id = t.owner_id AND e.transaction_id = t.id \
         WHERE t.kind IN ('settlement', 'reversal') AND t.owner_id > $1 AND t.owner_id <= $2";
    for mut row in connection.rows(&bookings.into(), range()).await? {
        let (owner, id, kind, refers, account) = (row.text(), row.text(), row.text(), row.text(), row.text());
        let booking = owners.entry(owner).or_default().bookings.entry(id);
        *booking.or_insert_with(|| (kind, refers, BTreeMap::new())).2.entry(account).or_default() += row.number();
    }
    let accumulators =
        "SELECT owner_id, year, area, insurance, name, value FROM accumulator WHERE owner_id > $1 AND owner_id <= $2";
    for mut row in connection.rows(&accumulators.into(), range()).await? {
        let owner = row.text();
        let key = (row.number(), row.text(), row.text(), row.text());
        owners.entry(owner).or_default().accumulators.insert(key, row.number());
    }
    Ok(owners)
}

/// What a settlement must have moved: funds and account on the left, what the institution is owed on the right; between
/// areas, what one owes the other on both sides.
fn must_move(settlement: &Settlement) -> BTreeMap<String, i64> {
    let mut entries = BTreeMap::new();
    let mut add = |account: Account, amount: i64| *entries.entry(account.to_string()).or_insert(0) += amount;
    let (home, place) = (&settlement.coverage_area, &settlement.treatment_area);
    for fund in &settlement.funds {
        let (area, insurance) = (home.clone(), settlement.insurance.clone());
        add(Account::Fund { area, insurance, fund: fund.fund.clone() }, fund.amount.0);
    }
    let person = || settlement.person.clone();
    add(Account::Personal { person: person() }, settlement.account.0 - settlement.family_account.0);
    add(Account::Family { person: person() }, settlement.family_account.0);
    let owed = settlement.fund_total.0 + settlement.account.0;
    add(Account::Payable { institution: settlement.institution.clone() }, -owed);
    if home != place {
        add(Account::Clearing { debtor: home.clone(), creditor: place.clone() }, -owed);
        add(Account::Receivable { creditor: place.clone(), debtor: home.clone() }, owed);
    }
    entries.retain(|_, amount| *amount != 0);
    entries
}

fn told(entries: &BTreeMap<String, i64>) -> String {
    let entries: Vec<String> = entries.iter().map(|(account, amount)| format!("{account} {amount}")).collect();
    if entries.is_empty() { "没有".to_owned() } else { entries.join("、") }
}

/// Every settlement has one booking with the right amounts, or none when it moved nothing; no booking is left over.
fn prove_bookings(owned: &Owned, violations: &mut Vec<Violation>) {
    let mut left = owned.bookings.clone();
    for settlement in &owned.settlements {
        let expected = must_move(settlement);
        let kind = if settlement.reverses.is_some() { "reversal" } else { "settlement" };
        let ids: Vec<String> = left
            .iter()
            .filter(|(_, (of, refers, _))| of == kind && *refers == settlement.id)
            .map(|(id, _)| id.clone())
            .collect();
        let mut found: Vec<BTreeMap<String, i64>> =
            ids.iter().filter_map(|id| left.remove(id)).map(|(_, _, entries)| entries).collect();
        found.iter_mut().for_each(|entries| entries.retain(|_, amount| *amount != 0));
        let right = match found.as_slice() {
            [] => expected.is_empty(),
            [entries] => *entries == expected,
            _ => false,
        };
        if !right {
            violations.push(Violation {
                rule: "每笔结算恰有一张金额相符的凭证",
                subject: settlement.id.clone(),
                expected: told(&expected),
                found: format!("{} 张：{}", found.len(), found.iter().map(told).collect::<Vec<_>>().join("；")),
            });
        }
    }
    for (id, (_, refers, entries)) in left {
        violations.push(Violation {
            rule: "结算凭证都有结算",
            subject: id,
            expected: format!("结算 {refers}"),
            found: told(&entries),
        });
    }
}

/// Every reversal takes back what is there, to the fen, and nothing is taken back twice at a time.
fn prove_reversals(owned: &Owned, violations: &mut Vec<Violation>) {
    let amounts = |of: &Settlement| [of.total, of.fund_total, of.person_total, of.account, of.family_account, of.cash];
    for reversal in &owned.settlements {
        let Some(reversed) = &reversal.reverses else { continue };
        let known = owned.settlements.iter().find(|settlement| settlement.id == *reversed);
        let expected = known.map(|known| amounts(known).map(|amount| Fen(-amount.0)));
        if expected != Some(amounts(reversal)) {
            violations.push(Violation {
                rule: "撤销等于原结算取负",
                subject: reversal.id.clone(),
                expected: expected.map_or_else(|| format!("结算 {reversed}"), |amounts| format!("{amounts:?}")),
                found: format!("{:?}", amounts(reversal)),
            });
        }
    }
    for settlement in &owned.settlements {
        let live = owned
            .settlements
            .iter()
            .filter(|other| other.reverses.as_ref() == Some(&settlement.id) && is_live(owned, other, 0));
        let count = live.count();
        if count > 1 {
            violations.push(Violation {
                rule: "一笔结算至多被有效撤销一次",
                subject: settlement.id.clone(),
                expected: "1".to_owned(),
                found: count.to_string(),
            });
        }
    }
}

/// Whether a record stands: no live one takes it back. A reversal may itself be undone (2601).
fn is_live(owned: &Owned, settlement: &Settlement, depth: usize) -> bool {
    // Reversals that take each other back in a circle are not settlements of this world; the count above names them.
    depth > owned.settlements.len()
        || !owned
            .settlements
            .iter()
            .any(|other| other.reverses.as_ref() == Some(&settlement.id) && is_live(owned, other, depth + 1))
}

/// Accumulators are what the settlements used, reversals taken off.
fn prove_accumulators(owned: &Owned, violations: &mut Vec<Violation>) {
    let mut used: Used = BTreeMap::new();
    for settlement in &owned.settlements {
        for (year, key, delta) in &settlement.used {
            let area = settlement.coverage_area.clone();
            let key = (i64::from(*year), area, settlement.insurance.clone(), key.clone());
            *used.entry(key).or_default() += delta;
        }
    }
    let person = owned.settlements.first().map_or("", |settlement| settlement.person.as_str());
    let keys: std::collections::BTreeSet<_> = used.keys().chain(owned.accumulators.keys()).collect();
    for key in keys {
        let expected = used.get(key).copied().unwrap_or_default();
        let found = owned.accumulators.get(key).copied().unwrap_or_default();
        if expected != found {
            let (year, area, insurance, name) = key;
            violations.push(Violation {
                rule: "累计等于各次结算所用之和",
                subject: format!("{person} {year} {area} {insurance} {name}"),
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
    }
}
