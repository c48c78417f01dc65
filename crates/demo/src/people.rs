//! Insured persons of every kind, with cover, accounts and filings.

mod kinds;

use crate::Wish;
use crate::identity::{identity_number, name};
use crate::seed::{Purpose, choose};
use agency::{
    Account, AccountState, Area, Booking, BookingKind, Changes, Coverage, CoverageState, Entry, Filing, FilingKind,
    Person, SpecialStatus, voucher,
};
use kinds::{KINDS, Kind};
use model::{Day, Fen};

/// Divisions that do not exist, one an area: identity numbers of the demo begin with them.
const DIVISIONS: [&str; 2] = ["990001", "990002"];

/// Every so manieth employee has family money, shows a card, has lived in the other area for long.
const FAMILY_EVERY: u64 = 6;
const CARD_EVERY: u64 = 7;
const LONG_TERM_EVERY: u64 = 20;

/// A person with everything that is kept of them.
#[derive(Debug, Clone)]
pub struct Human {
    /// Who.
    pub person: Person,
    /// Cover, in order of days.
    pub coverages: Vec<Coverage>,
    /// Account; employees have one.
    pub account: Option<AccountState>,
    /// Filings.
    pub filings: Vec<Filing>,
    /// The words of `world.json`.
    pub tags: Vec<&'static str>,
    /// Token of the electronic voucher.
    pub token: String,
}

/// Everybody, area by area, in order of numbers.
pub fn people(wish: &Wish<'_>, areas: &[Area]) -> Vec<Human> {
    let mut people = Vec::new();
    for (place, (area, division)) in areas.iter().zip(DIVISIONS).enumerate() {
        let other = areas.iter().find(|one| one.code != area.code).map(|one| one.code.as_str()).unwrap_or_default();
        let mut within = 0_u64;
        for kind in KINDS {
            for _ in 0..kind.count {
                within += 1;
                let place =
                    Place { area, other, division, number: within, seed_number: place as u64 * 100_000 + within };
                people.push(human(wish, kind, &place));
            }
        }
    }
    people
}

/// Where a person is made: area, the other one, division, number within the area and in the world.
struct Place<'a> {
    area: &'a Area,
    other: &'a str,
    division: &'a str,
    number: u64,
    seed_number: u64,
}

fn human(wish: &Wish<'_>, kind: &Kind, place: &Place<'_>) -> Human {
    let (today, number) = (wish.today, place.number);
    let male = number % 2 == 1;
    let born_on = born(wish, kind, place.seed_number);
    let id = format!("{}{number:014}", place.area.code);
    let mut tags = kind.tags.to_vec();
    let mut human = Human {
        person: Person {
            id: id.clone(),
            name: name(wish.seed, place.seed_number),
            certificate_kind: "01".to_owned(),
            certificate: identity_number(place.division, born_on, number, male),
            sex: if male { "1" } else { "2" }.to_owned(),
            nation: "01".to_owned(),
            born_on,
            died_on: None,
            card: if number.is_multiple_of(CARD_EVERY) {
                format!("99C{}{number:06}", place.area.code)
            } else {
                String::new()
            },
            family: Vec::new(),
            special: kind.special.iter().map(|(group, code)| special(group, code, today)).collect(),
        },
        coverages: coverages(kind, &id, place, born_on, today),
        account: None,
        filings: Vec::new(),
        tags: Vec::new(),
        token: voucher::issue(&id, wish.voucher_secret),
    };
    if kind.insurance == "310" {
        let own = 10_000 + choose(wish.seed, Purpose::Balance, place.seed_number, 600_000);
        let family = if number.is_multiple_of(FAMILY_EVERY) { own / 2 } else { 0 };
        if family > 0 {
            tags.push("family_account");
        }
        let fen = |amount: u64| Fen(i64::try_from(amount).unwrap_or(0));
        human.account = Some(AccountState { person: id.clone(), balance: fen(own), family: fen(family) });
    }
    if kind.chronic {
        let index = usize::try_from(number).unwrap_or(0) % place.area.programmes.len().max(1);
        human.filings.extend(place.area.programmes.get(index).map(|programme| {
            let filing = filing(&human.person, FilingKind::Chronic, place, today);
            Filing {
                insurance: kind.insurance.to_owned(),
                code: programme.disease.clone(),
                name: programme.name.clone(),
                institution: format!("H{}00001", place.area.code),
                until: Some(today.plus(400)),
                ..filing
            }
        }));
    }
    if number.is_multiple_of(LONG_TERM_EVERY) && !kind.tags.contains(&"suspended") {
        tags.push("long_term");
        human.filings.push(Filing {
            area: place.other.to_owned(),
            code: "08".to_owned(),
            name: "异地长期居住".to_owned(),
            ..filing(&human.person, FilingKind::LongTerm, place, today)
        });
    }
    human.tags = tags;
    human
}

/// A day of birth with which the person has the kind's age today, whatever the day of the year.
fn born(wish: &Wish<'_>, kind: &Kind, number: u64) -> Day {
    let (youngest, oldest) = kind.ages;
    let (first, last) = (oldest * 365 + oldest / 4, youngest * 365 + youngest / 4 + 2);
    let span = u64::try_from(first - last).unwrap_or(1).max(1);
    let back = last + i32::try_from(choose(wish.seed, Purpose::Birth, number, span)).unwrap_or(0);
    wish.today.plus(-back)
}

fn special(group: &str, code: &str, today: Day) -> SpecialStatus {
    SpecialStatus { group: group.to_owned(), code: code.to_owned(), from: today.plus(-700), until: None }
}

fn coverages(kind: &Kind, id: &str, place: &Place<'_>, born_on: Day, today: Day) -> Vec<Coverage> {
    let from = today.plus(-1500).max(born_on);
    let spell = Coverage {
        person: id.to_owned(),
        spell: 1,
        insurance: kind.insurance.to_owned(),
        person_kind: kind.person_kind.to_owned(),
        area: place.area.code.clone(),
        state: CoverageState::Normal,
        civil_servant: kind.civil_servant,
        supplements: Vec::new(),
        employer: if kind.insurance == "310" {
            format!("示例单位{:02}", place.number % 20 + 1)
        } else {
            String::new()
        },
        from,
        until: None,
        months_before: 36,
        known_from: from.start(),
        known_until: None,
    };
    let change = today.plus(-120);
    let second = |state, person_kind: &str| Coverage {
        spell: 2,
        state,
        person_kind: person_kind.to_owned(),
        from: change,
        months_before: 80,
        known_from: change.start(),
        ..spell.clone()
    };
    // The first spell was open until the change was known: the old row stays as it was believed.
    let believed = Coverage { known_until: Some(change.start()), ..spell.clone() };
    let corrected = |person_kind: &str| Coverage {
        until: Some(change),
        known_from: change.start(),
        person_kind: person_kind.to_owned(),
        ..spell.clone()
    };
    if kind.tags.contains(&"suspended") {
        vec![believed, corrected(kind.person_kind), second(CoverageState::Paused, kind.person_kind)]
    } else if kind.tags.contains(&"retired") && place.number.is_multiple_of(3) {
        // Retired four months ago.
        let worked = Coverage { person_kind: "11".to_owned(), ..believed };
        vec![worked, corrected("11"), second(CoverageState::Normal, kind.person_kind)]
    } else {
        vec![spell]
    }
}

fn filing(person: &Person, kind: FilingKind, place: &Place<'_>, today: Day) -> Filing {
    let letter = if kind == FilingKind::Chronic { 'C' } else { 'L' };
    let from = today.plus(-200).max(person.born_on);
    Filing {
        id: format!("F{letter}{}", person.id),
        person: person.id.clone(),
        kind,
        insurance: String::new(),
        code: String::new(),
        name: String::new(),
        institution: String::new(),
        area: String::new(),
        from,
        until: None,
        filed_by: format!("H{}00001", place.area.code),
        filed_at: from.start(),
        cancelled_at: None,
        extra: std::collections::BTreeMap::new(),
    }
}

impl Human {
    /// The spell that holds today: the last one.
    pub fn current(&self) -> Option<&Coverage> {
        self.coverages.last()
    }

    /// Lays the person into the changes, the account with the booking that opens it (I7).
    pub fn into_changes(self, changes: &mut Changes) {
        if let (Some(account), Some(cover)) = (self.account, self.coverages.last()) {
            let income = Account::Income { area: cover.area.clone(), insurance: cover.insurance.clone() };
            let person = account.person.clone();
            let mut entries = vec![
                Entry { account: income, amount: account.balance + account.family },
                Entry { account: Account::Personal { person: person.clone() }, amount: -account.balance },
            ];
            if account.family > Fen::ZERO {
                entries.push(Entry { account: Account::Family { person: person.clone() }, amount: -account.family });
            }
            changes.bookings.push(Booking {
                id: format!("BO{person}"),
                owner: person,
                kind: BookingKind::Contribution,
                refers: "opening".to_owned(),
                on: cover.known_from.day(),
                at: cover.known_from,
                entries,
            });
            changes.accounts.push(account);
        }
        changes.persons.push(self.person);
        changes.coverages.extend(self.coverages);
        changes.filings.extend(self.filings);
    }
}
