//! Invented records.

use super::{INSTITUTION, NOW};
use agency::{
    Account, AccountState, Accumulator, Booking, BookingKind, Changes, Charge, Coverage, CoverageState, Document,
    Entry, File, Filing, FilingKind, FundAmount, IdKind, Ids, Person, Settlement, Split, Upload, Visit, VisitKind,
    VisitState,
};
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use std::collections::BTreeMap;

pub fn person(id: &str) -> Person {
    Person {
        id: id.to_owned(),
        name: format!("试{id}"),
        certificate_kind: "01".to_owned(),
        certificate: format!("C{id}"),
        sex: "1".to_owned(),
        nation: "01".to_owned(),
        born_on: Day(3_000),
        died_on: None,
        card: format!("K{id}"),
        family: Vec::new(),
        special: Vec::new(),
    }
}

pub fn coverage(person: &str) -> Coverage {
    Coverage {
        person: person.to_owned(),
        spell: 1,
        insurance: "310".to_owned(),
        person_kind: "11".to_owned(),
        area: "990100".to_owned(),
        state: CoverageState::Normal,
        civil_servant: false,
        supplements: Vec::new(),
        employer: "试验工厂".to_owned(),
        from: Day(18_000),
        until: None,
        months_before: 12,
        known_from: Stamp(1_500_000_000),
        known_until: None,
    }
}

pub fn visit(person: &str, id: &str, kind: VisitKind) -> Visit {
    Visit {
        id: id.to_owned(),
        person: person.to_owned(),
        institution: INSTITUTION.to_owned(),
        opened_by: String::new(),
        kind,
        state: VisitState::Open,
        insurance: "310".to_owned(),
        care: "11".to_owned(),
        coverage_area: "990100".to_owned(),
        treatment_area: "990100".to_owned(),
        certificate: "02".to_owned(),
        local_number: "OP1".to_owned(),
        begun_at: NOW,
        ended_at: None,
        disease: String::new(),
        admission_ordinal: 0,
        doctor: "D990100000001".to_owned(),
        department: "A03".to_owned(),
        department_name: "内科".to_owned(),
        diagnoses: Vec::new(),
        extra: BTreeMap::new(),
    }
}

pub fn charge(number: u32, amount: i64) -> Charge {
    Charge {
        number: number.to_string(),
        refunds: String::new(),
        item: "XA01ABD075A002010100483".to_owned(),
        quantity: Quantity::whole(1),
        price: UnitPrice(amount * 10_000),
        amount: Fen(amount),
        at: NOW,
        approval: "0".to_owned(),
        split: Split {
            in_scope: Fen(amount),
            class: "01".to_owned(),
            basis: "目录甲类".to_owned(),
            ..Split::default()
        },
        extra: BTreeMap::from([("drord_no".to_owned(), format!("R{number}"))]),
    }
}

pub fn upload(person: &str, visit: &str, number: u32, lines: u32) -> Upload {
    Upload {
        number,
        person: person.to_owned(),
        visit: visit.to_owned(),
        batch: format!("B{number}"),
        settled_by: None,
        charges: (1..=lines).map(|line| charge(line, 1_000)).collect(),
    }
}

pub fn filing(person: &str, id: &str) -> Filing {
    Filing {
        id: id.to_owned(),
        person: person.to_owned(),
        kind: FilingKind::Chronic,
        insurance: "310".to_owned(),
        code: "M03900".to_owned(),
        name: "高血压".to_owned(),
        institution: INSTITUTION.to_owned(),
        area: String::new(),
        from: Day(20_000),
        until: None,
        filed_by: INSTITUTION.to_owned(),
        filed_at: NOW,
        cancelled_at: None,
        extra: BTreeMap::new(),
    }
}

pub fn document(owner: &str, kind: &str, key: &str) -> Document {
    Document {
        owner: owner.to_owned(),
        kind: kind.to_owned(),
        key: key.to_owned(),
        state: "1".to_owned(),
        on: NOW.day(),
        at: NOW,
        deleted: false,
        content: "{\"goods\":1}".to_owned(),
    }
}

/// A settlement of `total` fen: seven tenths by the pool, one by the account, the rest in cash.
pub fn settlement(person: &str, id: &str, visit: &str, total: i64) -> Settlement {
    let (pool, account) = (total * 7 / 10, total / 10);
    Settlement {
        id: id.to_owned(),
        person: person.to_owned(),
        visit: visit.to_owned(),
        institution: INSTITUTION.to_owned(),
        msgid: String::new(),
        at: NOW,
        law_on: NOW.day(),
        insurance: "310".to_owned(),
        person_kind: "11".to_owned(),
        civil_servant: false,
        care: "11".to_owned(),
        coverage_area: "990100".to_owned(),
        treatment_area: "990100".to_owned(),
        clearing_kind: "11".to_owned(),
        clearing_way: "1".to_owned(),
        clearing_office: "990100".to_owned(),
        interim: false,
        reverses: None,
        uploads: vec![1],
        total: Fen(total),
        self_funded: Fen(0),
        over_limit: Fen(0),
        upfront: Fen(0),
        in_scope: Fen(total),
        deductible: Fen(0),
        pool_ratio: 700_000,
        fields: vec![("hifp_pay".to_owned(), Fen(pool))],
        funds: vec![FundAmount { fund: "310100".to_owned(), amount: Fen(pool), in_scope: Fen(total), left: None }],
        fund_total: Fen(pool),
        person_total: Fen(total - pool),
        account: Fen(account),
        family_account: Fen(0),
        cash: Fen(total - pool - account),
        hospital: Fen(0),
        balance: Fen(0),
        used: vec![(2026, "outpatient.pool".to_owned(), pool)],
        case: "{}".to_owned(),
        receipt: "{}".to_owned(),
    }
}

/// The booking of a settlement: fund and account on the left, the institution on the right.
pub fn booking(settlement: &Settlement, id: &str) -> Booking {
    let fund = Account::Fund {
        area: settlement.coverage_area.clone(),
        insurance: settlement.insurance.clone(),
        fund: "310100".to_owned(),
    };
    let personal = Account::Personal { person: settlement.person.clone() };
    let payable = Account::Payable { institution: settlement.institution.clone() };
    let owed = settlement.fund_total + settlement.account;
    let entries = [(fund, settlement.fund_total), (personal, settlement.account), (payable, Fen(-owed.0))];
    Booking {
        id: id.to_owned(),
        owner: settlement.person.clone(),
        kind: if settlement.reverses.is_some() { BookingKind::Reversal } else { BookingKind::Settlement },
        refers: settlement.id.clone(),
        on: settlement.at.day(),
        at: settlement.at,
        entries: entries.into_iter().map(|(account, amount)| Entry { account, amount }).collect(),
    }
}

/// What opens an account: money from the area's income.
pub fn opening(person: &str, id: &str, amount: i64) -> Booking {
    let income = Account::Income { area: "990100".to_owned(), insurance: "310".to_owned() };
    let personal = Account::Personal { person: person.to_owned() };
    Booking {
        id: id.to_owned(),
        owner: person.to_owned(),
        kind: BookingKind::Contribution,
        refers: String::new(),
        on: NOW.day(),
        at: NOW,
        entries: vec![
            Entry { account: income, amount: Fen(amount) },
            Entry { account: personal, amount: Fen(-amount) },
        ],
    }
}

/// A person with cover and `balance` fen on the account, the ledger agreeing.
pub fn registered(id: &str, balance: i64) -> Changes {
    Changes {
        persons: vec![person(id)],
        coverages: vec![coverage(id)],
        accounts: vec![AccountState { person: id.to_owned(), balance: Fen(balance), family: Fen::ZERO }],
        bookings: vec![opening(id, &format!("open-{id}"), balance)],
        ..Changes::default()
    }
}

/// A whole visit settled at once: visit, lines, settlement, booking, account and accumulator, from the file.
pub fn settle(file: &File, ids: &mut dyn Ids, msgid: &str, total: i64) -> (Changes, Settlement) {
    let person = file.owner.as_str();
    let visit_id = ids.next(IdKind::Visit);
    let mut settled = settlement(person, &ids.next(IdKind::Settlement), &visit_id, total);
    settled.msgid = msgid.to_owned();
    let balance = file.account.as_ref().map_or(Fen::ZERO, |account| account.balance) - settled.account;
    settled.balance = balance;
    let used = file.accumulators.iter().find(|known| known.year == 2026).map_or(0, |known| known.value);
    let mut lines = upload(person, &visit_id, 1, 3);
    lines.settled_by = Some(settled.id.clone());
    let changes = Changes {
        accounts: vec![AccountState { person: person.to_owned(), balance, family: Fen::ZERO }],
        accumulators: vec![Accumulator {
            person: person.to_owned(),
            year: 2026,
            area: "990100".to_owned(),
            insurance: "310".to_owned(),
            key: "outpatient.pool".to_owned(),
            value: used + settled.fund_total.0,
        }],
        visits: vec![visit(person, &visit_id, VisitKind::Outpatient)],
        uploads: vec![lines],
        bookings: vec![booking(&settled, &ids.next(IdKind::Booking))],
        settlements: vec![settled.clone()],
        ..Changes::default()
    };
    (changes, settled)
}
