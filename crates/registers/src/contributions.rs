//! Rows of contributions: money that came in for a person and a month, booked at once (I7).
//!
//! The total came in (`income`); what is credited raises the person's own account, the rest the fund of the area that covers
//! the person in that month. One contribution a person, scheme and period; a correction is a booking of its own.

use crate::coverage::{INSURANCES, believed, person};
use crate::import::Batch;
use crate::row::Row;
use agency::{Account, AccountState, Booking, BookingKind, Document, Entry, IdKind};
use model::{Day, Fen};

/// Kind of the document that says a contribution was booked.
pub const DOCUMENT: &str = "contribution";

/// Judges a row; books it when nothing is wrong.
pub(crate) fn take(row: &mut Row<'_>, batch: &mut Batch<'_>) {
    let person = person(row, batch);
    let insurance = row.code("insutype", &INSURANCES).unwrap_or_default();
    let month = month(row);
    let individual = row.money("individual").unwrap_or_default();
    let employer = row.money("employer").unwrap_or_default();
    let credit = row.money("account_credit").unwrap_or_default();
    let paid_on = row.must_day("paid_on");
    let voucher = row.text("voucher_no");
    let total = individual + employer;
    if row.is_sound() && total == Fen::ZERO {
        row.reject("individual", "个人与单位缴费都为零", "没有缴费的不必导入");
    }
    if row.is_sound() && credit > total {
        row.reject("account_credit", &format!("划入个人账户多于缴费合计 {total}"), "请核对");
    }
    if credit > Fen::ZERO && insurance != "310" {
        row.reject("account_credit", &format!("险种 {insurance} 没有个人账户"), "请留空");
    }
    if paid_on.is_some_and(|paid_on| paid_on > batch.now.day()) {
        row.reject("paid_on", "到账日期在将来", "到账以后再导入");
    }
    let (Some((period, first, last)), Some(paid_on), true) = (month, paid_on, row.is_sound()) else { return };
    let key = (person.clone(), format!("{insurance}-{period}"));
    batch.once(row, "period", &format!("contribution {person} {insurance} {period}"));
    if row.is_sound() && batch.known.contributions.contains_key(&key) {
        row.reject("period", "这一期的缴费已经入账", "请勿重复导入；金额有误的另行更正");
    }
    let spells = batch.known.coverages.get(&person).map_or(&[][..], Vec::as_slice);
    let covered = believed(spells, batch.now)
        .find(|spell| {
            spell.insurance == insurance && spell.from <= last && spell.until.is_none_or(|until| first < until)
        })
        .map(|spell| spell.area.clone());
    if covered.is_none() {
        row.reject("period", &format!("该月没有险种 {insurance} 的参保"), "请先导入参保（coverage）或办理增员");
    }
    let (Some(area), true) = (covered, row.is_sound()) else { return };
    batch.remember(format!("contribution {person} {insurance} {period}"), row.number);
    let booking = Booking {
        id: batch.ids.next(IdKind::Booking),
        owner: person.clone(),
        kind: BookingKind::Contribution,
        refers: key.1.clone(),
        on: paid_on,
        at: batch.now,
        entries: entries(&person, &area, insurance, total, credit),
    };
    let content = serde_json::json!({
        "insutype": insurance, "period": period, "individual": individual.to_string(), "employer": employer.to_string(), "account_credit": credit.to_string(),
        "paid_on": paid_on.to_string(), "voucher_no": voucher, "booking": booking.id,
    });
    let document = Document {
        owner: person.clone(),
        kind: DOCUMENT.to_owned(),
        key: key.1.clone(),
        state: String::new(),
        on: paid_on,
        at: batch.now,
        deleted: false,
        content: content.to_string(),
    };
    batch.known.contributions.insert(key, document.clone());
    batch.changes.documents.push(document);
    batch.changes.bookings.push(booking);
    if credit > Fen::ZERO {
        let none = AccountState { person: person.clone(), balance: Fen::ZERO, family: Fen::ZERO };
        let account = batch.known.accounts.entry(person.clone()).or_insert(none);
        account.balance += credit;
        let account = account.clone();
        batch.changes.accounts.retain(|known| known.person != person);
        batch.changes.accounts.push(account);
    }
}

/// `202611`, with the month's first and last day.
fn month(row: &mut Row<'_>) -> Option<(String, Day, Day)> {
    let period = row.must("period")?.replace('-', "");
    let first = (period.len() == 6).then(|| Day::parse(format!("{period}01").as_bytes()).ok()).flatten();
    let Some(first) = first else {
        row.reject("period", "不是费款所属期", "应为六位年月，如 202611");
        return None;
    };
    let (year, month, _) = first.civil();
    let next = if month == 12 { Day::from_civil(year + 1, 1, 1) } else { Day::from_civil(year, month + 1, 1) };
    Some((period, first, next?.plus(-1)))
}

/// I7: what came in is what the account and the fund were raised by.
fn entries(person: &str, area: &str, insurance: &str, total: Fen, credit: Fen) -> Vec<Entry> {
    let fund = match insurance {
        "310" => "310100",
        "390" => "390100",
        _ => "510100",
    };
    let income = Account::Income { area: area.to_owned(), insurance: insurance.to_owned() };
    let pool = Account::Fund { area: area.to_owned(), insurance: insurance.to_owned(), fund: fund.to_owned() };
    let mut entries = vec![Entry { account: income, amount: total }];
    for (account, amount) in [(Account::Personal { person: person.to_owned() }, credit), (pool, total - credit)] {
        if amount > Fen::ZERO {
            entries.push(Entry { account, amount: -amount });
        }
    }
    entries
}
