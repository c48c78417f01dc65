//! What a settlement moves: account, accumulators, ledger.

use super::Claim;
use crate::account::Account;
use crate::changes::Changes;
use crate::file::File;
use crate::ids::{IdKind, Ids};
use crate::records::{AccountState, Accumulator, Booking, BookingKind, Entry, Settlement, Upload, Visit};
use model::Fen;

impl Claim<'_> {
    /// Everything a settlement changes: the visit, its uploads, the account, the accumulators, the ledger.
    pub(crate) fn book(&self, settlement: &Settlement, visit: Visit, ids: &mut dyn Ids) -> Changes {
        let settled = |upload: &&Upload| Upload { settled_by: Some(settlement.id.clone()), ..(**upload).clone() };
        Changes {
            visits: vec![visit],
            uploads: self.uploads.iter().map(settled).collect(),
            accounts: moved(self.file, &self.person.id, settlement),
            accumulators: counted(self.file, settlement),
            bookings: booking(settlement, BookingKind::Settlement, ids).into_iter().collect(),
            settlements: vec![settlement.clone()],
            ..Changes::default()
        }
    }
}

/// The account after a settlement or reversal.
pub(super) fn moved(file: &File, person: &str, settlement: &Settlement) -> Vec<AccountState> {
    if settlement.account == Fen::ZERO && settlement.family_account == Fen::ZERO {
        return Vec::new();
    }
    let none = AccountState { person: person.to_owned(), balance: Fen::ZERO, family: Fen::ZERO };
    let before = file.account.clone().unwrap_or(none);
    vec![AccountState {
        balance: before.balance - (settlement.account - settlement.family_account),
        family: before.family - settlement.family_account,
        ..before
    }]
}

/// The accumulators after a settlement or reversal.
pub(super) fn counted(file: &File, settlement: &Settlement) -> Vec<Accumulator> {
    let of = |year: i32, key: &str| {
        file.accumulators
            .iter()
            .find(|known| {
                (known.year, known.area.as_str(), known.insurance.as_str(), known.key.as_str())
                    == (year, settlement.coverage_area.as_str(), settlement.insurance.as_str(), key)
            })
            .map_or(0, |known| known.value)
    };
    let after = |(year, key, delta): &(i32, String, i64)| Accumulator {
        person: settlement.person.clone(),
        year: *year,
        area: settlement.coverage_area.clone(),
        insurance: settlement.insurance.clone(),
        key: key.clone(),
        value: of(*year, key) + delta,
    };
    settlement.used.iter().map(after).collect()
}

/// The booking of a settlement: what funds and the account paid is owed to the institution; when the person is covered
/// elsewhere, the area of cover owes it to the area of treatment, and that one to the institution (B3). `None` when neither
/// fund nor account moved.
pub(super) fn booking(settlement: &Settlement, kind: BookingKind, ids: &mut dyn Ids) -> Option<Booking> {
    let mut entries: Vec<Entry> = Vec::with_capacity(8);
    let mut add = |account: Account, amount: Fen| {
        if amount != Fen::ZERO {
            entries.push(Entry { account, amount });
        }
    };
    let (home, place) = (&settlement.coverage_area, &settlement.treatment_area);
    for fund in &settlement.funds {
        let account =
            Account::Fund { area: home.clone(), insurance: settlement.insurance.clone(), fund: fund.fund.clone() };
        add(account, fund.amount);
    }
    let person = &settlement.person;
    add(Account::Personal { person: person.clone() }, settlement.account - settlement.family_account);
    add(Account::Family { person: person.clone() }, settlement.family_account);
    let owed = settlement.fund_total + settlement.account;
    if home != place {
        add(Account::Clearing { debtor: home.clone(), creditor: place.clone() }, Fen(-owed.0));
        add(Account::Receivable { creditor: place.clone(), debtor: home.clone() }, owed);
    }
    add(Account::Payable { institution: settlement.institution.clone() }, Fen(-owed.0));
    if entries.is_empty() {
        return None;
    }
    Some(Booking {
        id: ids.next(IdKind::Booking),
        owner: person.clone(),
        kind,
        refers: settlement.id.clone(),
        on: settlement.at.day(),
        at: settlement.at,
        entries,
    })
}
