//! Who lives in the world, and what `world.json` says of it.

use crate::support::{DEMO, LAW, SECRET, today, wish};
use agency::{Account, voucher};
use demo::{check_digit, world};
use model::{Age, Fen};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_same_seed_and_day_make_the_same_world() {
    let text = |seed: u64| serde_json::to_string(&world(&wish(seed), &LAW).unwrap().file).unwrap();
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}

#[test]
fn everybody_is_invented_and_numbered_right() {
    let persons = &DEMO.changes.persons;
    assert!(persons.len() >= 600, "{}", persons.len());
    let ids: BTreeSet<&str> = persons.iter().map(|person| person.id.as_str()).collect();
    let certificates: BTreeSet<&str> = persons.iter().map(|person| person.certificate.as_str()).collect();
    assert_eq!((ids.len(), certificates.len()), (persons.len(), persons.len()), "no number twice");
    for person in persons {
        let number = &person.certificate;
        assert!(number.starts_with("99"), "{number} belongs to no division");
        assert_eq!(check_digit(&number[..17]), number.chars().last(), "{number}");
        let (year, month, day) = person.born_on.civil();
        assert_eq!(&number[6..14], format!("{year:04}{month:02}{day:02}"));
        let male = number.as_bytes()[16] % 2 == 1;
        assert_eq!(person.sex, if male { "1" } else { "2" });
        assert!(person.id.len() <= 30);
    }
}

#[test]
fn every_kind_of_person_lives_in_both_areas_at_a_fitting_age() {
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for person in &DEMO.file.persons {
        for tag in &person.tags {
            *kinds.entry((&person.insuplc_admdvs, tag)).or_default() += 1;
        }
        let born_on = model::Day::parse(person.brdy.as_bytes()).unwrap();
        let age = Age::on(born_on, today()).years;
        let fits = match person.psn_type.as_str() {
            "11" => (20..60).contains(&age),
            "12" | "16" => age >= 60,
            "15" => (18..60).contains(&age),
            "1402" => (0..7).contains(&age),
            "1403" => (6..18).contains(&age),
            other => panic!("{other}"),
        };
        assert!(fits, "{} is {age}", person.psn_type);
        assert_eq!(voucher::holder(&person.ec_token, SECRET).as_deref(), Some(person.psn_no.as_str()));
    }
    for area in ["360100", "990400"] {
        for tag in [
            "active",
            "retired",
            "resident",
            "child",
            "student",
            "elder",
            "chronic",
            "low_income",
            "destitute",
            "disabled",
            "civil_servant",
            "suspended",
            "family_account",
            "long_term",
        ] {
            assert!(kinds.get(&(area, tag)).is_some_and(|count| *count > 1), "{tag} in {area}");
        }
    }
}

#[test]
fn i7_accounts_are_what_the_opening_bookings_say() {
    let mut balances: BTreeMap<String, Fen> = BTreeMap::new();
    for booking in &DEMO.changes.bookings {
        assert_eq!(booking.sum(), Fen::ZERO, "{}", booking.id);
        for entry in &booking.entries {
            *balances.entry(entry.account.to_string()).or_default() += -entry.amount;
        }
    }
    assert!(DEMO.changes.accounts.len() > 300);
    for account in &DEMO.changes.accounts {
        let balance = |of: Account| balances.get(&of.to_string()).copied().unwrap_or(Fen::ZERO);
        let person = account.person.clone();
        assert_eq!(balance(Account::Personal { person: person.clone() }), account.balance);
        assert_eq!(balance(Account::Family { person }), account.family);
    }
}

#[test]
fn each_person_has_one_belief_a_day() {
    let now = today().start();
    for person in &DEMO.changes.persons {
        let spells: Vec<_> = DEMO.changes.coverages.iter().filter(|spell| spell.person == person.id).collect();
        for on in [today(), today().plus(-100), today().plus(-121), today().plus(-365)] {
            let holding = spells.iter().filter(|spell| spell.holds(on, now)).count();
            assert_eq!(holding, usize::from(spells.iter().any(|spell| spell.from <= on)), "{} on {on}", person.id);
        }
    }
}

#[test]
fn items_of_every_kind_are_priced_by_the_law_of_each_area() {
    let items = &DEMO.file.items;
    for area in ["360100", "990400"] {
        let here: Vec<_> = items.iter().filter(|item| item.area == area).collect();
        for kind in
            ["western", "patent", "herb", "service", "bed", "laboratory", "examination", "consumable", "registration"]
        {
            assert!(here.iter().any(|item| item.kind == kind), "{kind} in {area}");
        }
        for class in ["01", "02", "03"] {
            assert!(here.iter().any(|item| item.class == class), "{class} in {area}");
        }
        assert!(here.iter().any(|item| item.limits.gend.as_deref() == Some("2")));
        assert!(here.iter().any(|item| item.limits.course_days == Some(14)));
        assert!(here.iter().any(|item| item.limits.restricted == Some(true)));
        let over = |item: &&&demo::Item| item.ceiling.as_ref().is_some_and(|ceiling| ceiling != &item.price);
        assert!(here.iter().any(|item| item.kind == "service" && over(&item)), "a service above its ceiling");
        assert!(here.iter().any(|item| item.kind == "bed" && item.ceiling.is_some()));
    }
    assert_eq!(DEMO.file.diagnoses.len(), 24, "the catalogue knows every diagnosis");
    // The two areas do not agree on everything.
    let ratio = |area: &str| {
        let bone = items.iter().find(|item| item.area == area && item.code == "XA11CCG111X001010104036");
        bone.map(|item| (item.selfpay_prop.clone(), item.ceiling.clone()))
    };
    assert_eq!(ratio("360100"), Some(("0.2000".into(), Some("80.00".into()))));
    assert_eq!(ratio("990400"), Some(("0.3000".into(), Some("72.00".into()))));
}

#[test]
fn what_must_be_refused_is_named_apart() {
    let negative = &DEMO.file.negative;
    assert_eq!(negative.paused_institutions.len(), 2);
    assert_eq!(negative.suspended_staff.len(), 2);
    let usable: Vec<&str> = DEMO.file.institutions.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(usable.len(), 8);
    for paused in &negative.paused_institutions {
        assert!(!usable.contains(&paused.code.as_str()));
    }
    for place in &DEMO.file.institutions {
        assert_eq!(place.code.len(), 12);
        assert!(!place.staff.is_empty());
        assert!(place.staff.iter().all(|one| negative.suspended_staff.iter().all(|out| out.code != one.code)));
    }
}
