//! Cover that changes: what was believed stays, what is believed is added.

use crate::support::{Counter, day, example, load, now, registers};
use agency::Coverage;
use model::Stamp;
use proptest::prelude::*;
use registers::{Kind, Known, Report, Table, by_person, import, standing};

const PERSON: &str = "99040000009001";

fn kinds(known: &Known, person: &str, on: &str, at: Stamp) -> Vec<String> {
    standing(&known.coverages[person], day(on), at).iter().map(|one| one.spell.person_kind.clone()).collect()
}

#[test]
fn eligibility_on_a_day_as_known_on_another() {
    let mut known = registers();
    let before = now();
    let report = load(Kind::Events, &example("events.csv"), &mut known, Stamp(before.0 + 60)).report;
    assert_eq!((report.accepted + report.corrected, report.rejections.len()), (3, 0), "{:?}", report.rejections);
    let after = Stamp(before.0 + 3600);
    // Retired on the first of November: known since the event was entered.
    assert_eq!(kinds(&known, PERSON, "2026-11-15", before), ["11"]);
    assert_eq!(kinds(&known, PERSON, "2026-11-15", after), ["12"]);
    assert_eq!(kinds(&known, PERSON, "2026-10-31", after), ["11"]);
    // Removed from December on.
    assert_eq!(kinds(&known, "99040000009002", "2026-12-01", before), ["11"]);
    assert_eq!(kinds(&known, "99040000009002", "2026-12-01", after), [""; 0]);
    assert_eq!(kinds(&known, "99040000009002", "2026-11-30", after), ["11"]);
    // Nothing was known before it was entered.
    assert_eq!(kinds(&known, PERSON, "2026-11-15", Stamp(0)), [""; 0]);
    // Continuous months go on: 60 before 2024, 34 since.
    let retired = known.coverages[PERSON].iter().find(|spell| spell.person_kind == "12").unwrap();
    assert_eq!((retired.months_before, retired.employer.as_str()), (94, "示例单位01"));
}

#[test]
fn no_row_is_overwritten() {
    let mut known = registers();
    let before: Vec<Coverage> = known.coverages[PERSON].clone();
    load(Kind::Events, &example("events.csv"), &mut known, now());
    for old in before {
        let kept =
            known.coverages[PERSON].iter().find(|spell| (spell.spell, spell.known_from) == (old.spell, old.known_from));
        let kept = kept.unwrap();
        assert_eq!(kept.known_until, Some(now()));
        assert_eq!(Coverage { known_until: None, ..kept.clone() }, old, "but for the end of the belief");
    }
}

#[test]
fn a_person_may_leave_and_come_back_in_one_file() {
    let mut known = registers();
    let text = "psn_no,event,insutype,psn_type,insuplc_admdvs,emp_name,on\n\
                99040000009001,减员,310,,,,2026-03-01\n\
                99040000009001,增员,310,11,990400,示例单位09,2026-06-01\n\
                99040000009001,变更,310,,,示例单位10,2026-09-01\n";
    let report = load(Kind::Events, text.as_bytes(), &mut known, now()).report;
    assert_eq!(report.rejections, []);
    let after = Stamp(now().0 + 3600);
    let employer = |on: &str| -> Vec<String> {
        standing(&known.coverages[PERSON], day(on), after).iter().map(|one| one.spell.employer.clone()).collect()
    };
    assert_eq!(employer("2026-02-28"), ["示例单位01"]);
    assert_eq!(employer("2026-04-01"), [""; 0]);
    assert_eq!(employer("2026-08-31"), ["示例单位09"]);
    assert_eq!(employer("2026-09-01"), ["示例单位10"]);
}

#[test]
fn the_rows_of_each_person_together_are_the_file() {
    let known = registers();
    let text = "psn_no,event,insutype,psn_type,insuplc_admdvs,emp_name,on\n\
                99040000009001,减员,310,,,,2026-03-01\n\
                ,减员,310,,,,2026-03-01\n\
                99040000009002,减员,310,,,,2026-03-01\n\
                99040000009001,增员,310,11,990400,示例单位09,2026-06-01\n";
    let table = Table::read(text.as_bytes()).unwrap();
    let whole = load(Kind::Events, text.as_bytes(), &mut known.clone(), now()).report;
    let mut parts = Report::default();
    let persons = by_person(Kind::Events, &table);
    assert_eq!(persons.iter().map(|(person, _)| person.as_str()).collect::<Vec<_>>(), [PERSON, "", "99040000009002"]);
    for (_, rows) in persons {
        parts.add(import(Kind::Events, &rows, known.clone(), now(), &mut Counter(0)).unwrap().report);
    }
    assert_eq!(parts, whole);
    assert_eq!((whole.rows, whole.rejected), (4, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever events come in whatever order, a day has one belief at most, and the past of belief does not change.
    #[test]
    fn each_day_has_one_belief_and_the_past_stays(
        steps in proptest::collection::vec((0_u8..3, 0_i32..1000), 1..12),
    ) {
        let mut known = registers();
        let mut at = now();
        let days = [0, 150, 400, 700, 999].map(|days| day("2024-01-01").plus(days));
        let mut history: Vec<(Stamp, Vec<Vec<String>>)> = Vec::new();
        let view = |known: &Known, at: Stamp| -> Vec<Vec<String>> {
            days.iter().map(|on| standing(&known.coverages[PERSON], *on, at).iter().map(ToString::to_string).collect()).collect()
        };
        for (event, days) in steps {
            history.push((at, view(&known, at)));
            at = Stamp(at.0 + 100);
            let event = ["add", "remove", "change"][usize::from(event)];
            let text = format!(
                "psn_no,event,insutype,psn_type,insuplc_admdvs,emp_name,on\n{PERSON},{event},310,12,990400,单位{days},{}\n",
                day("2024-01-01").plus(days),
            );
            load(Kind::Events, text.as_bytes(), &mut known, at);
        }
        history.push((Stamp(at.0 + 1), view(&known, Stamp(at.0 + 1))));
        for (at, then) in history {
            prop_assert_eq!(view(&known, at), then.clone());
            prop_assert!(then.iter().all(|day| day.len() <= 1));
        }
    }
}
