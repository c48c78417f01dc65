//! A made-up year of an invented area (990100), replayed under reforms of one value each.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use benefit::{Packages, Policies};
use model::{Day, Fen, HospitalLevel, Institution, Insurance, SettledPerson, SettledVisit};
use simulation::{Dimension, Effects, Laws, Replay, Setting, lay_over};
use std::path::Path;

type File = (String, Vec<u8>);

/// The nation, an invented province and an invented city: enough for a replay.
fn policy_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy");
    let mut files = vec![("slots.toml".to_owned(), std::fs::read(root.join("slots.toml")).unwrap())];
    let mut folders: Vec<_> = ["000000", "990000", "990100"].iter().map(|area| root.join(area)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn compile(files: &[File]) -> Policies {
    let named: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let show = |problems: Vec<datafile::Problem>| problems.iter().map(|p| format!("{p}\n")).collect::<String>();
    let packages = Packages::read(&named).map_err(show).unwrap();
    Policies::compile(&packages).map_err(show).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

fn institution(code: &str, level: HospitalLevel) -> Institution {
    Institution { code: code.into(), name: code.into(), level, ..Institution::default() }
}

fn visit(person: u32, institution: u32, med_type: &str, on: &str, in_scope: i64) -> SettledVisit {
    let on = day(on);
    SettledVisit {
        mdtrt_id: format!("{person}-{on}").into(),
        person,
        institution,
        insurance: Insurance(if person == 2 { 390 } else { 310 }),
        med_type: med_type.into(),
        begins_on: on,
        ends_on: on,
        settled_at: on.start(),
        self_funded: Fen(500),
        upfront: Fen(250),
        in_scope: Fen(in_scope),
        ..SettledVisit::default()
    }
}

/// Three persons: an active and a retired employee, a poor resident; second- and third-level hospitals.
fn year() -> (Vec<SettledPerson>, Vec<Institution>, Vec<SettledVisit>) {
    let person = |psn_no: &str, born: &str, kind: &str, special: &str| SettledPerson {
        psn_no: psn_no.into(),
        born_on: Some(day(born)),
        kind: kind.into(),
        special_kind: special.into(),
    };
    let persons = vec![
        person("A", "1985-03-01", "11", ""),
        person("B", "1950-03-01", "12", ""),
        person("C", "1970-03-01", "15", "2"),
    ];
    let institutions = vec![institution("H2", HospitalLevel::Secondary), institution("H3", HospitalLevel::Tertiary)];
    let visits = vec![
        visit(0, 0, "11", "2025-01-10", 20_000),
        visit(0, 1, "11", "2025-02-10", 30_000),
        visit(0, 1, "2101", "2025-09-10", 1_000_000),
        visit(1, 1, "11", "2025-03-01", 50_000),
        visit(1, 0, "2101", "2025-04-01", 800_000),
        visit(1, 1, "2101", "2025-10-01", 900_000),
        visit(2, 0, "11", "2025-05-01", 10_000),
        visit(2, 1, "2101", "2025-06-01", 9_000_000),
        visit(2, 1, "41", "2025-07-01", 10_000),
    ];
    (persons, institutions, visits)
}

fn setting() -> Setting {
    Setting {
        area: "990100".into(),
        data_area: "990100".into(),
        cover_months: 240,
        special: vec!["low_income".into(), "destitute".into()],
    }
}

fn replay(reform: &[(&str, &str)]) -> Effects {
    let baseline = policy_files();
    let reform: Vec<File> = reform.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let laid = if reform.is_empty() {
        baseline.clone()
    } else {
        lay_over(&baseline, &reform, day("2025-01-01"), day("2026-01-01")).unwrap().files
    };
    let (first, second, third) = (compile(&baseline), compile(&baseline), compile(&laid));
    let laws = Laws { baseline: &first, again: &second, reform: &third };
    let (persons, institutions, visits) = year();
    let setting = setting();
    // One worker a person: the order of workers must not matter (I8).
    let mut effects = Effects::default();
    for one in visits.chunk_by(|a, b| a.person == b.person).rev() {
        let mut replay = Replay::new(laws, &setting, &institutions);
        let number = one[0].person;
        replay.person(number, &persons[number as usize], one);
        effects.merge(replay.finish());
    }
    effects.check_sums().unwrap();
    effects
}

#[test]
fn i3_no_reform_has_no_effect_and_the_baseline_repeats_itself() {
    let effects = replay(&[]);
    assert_eq!(effects.unstable, 0);
    assert_eq!((effects.total.settlements, effects.total.changed, effects.total.change()), (8, 0, 0));
    assert_eq!((effects.persons.all.winners, effects.persons.all.losers), (0, 0));
    let reasons: Vec<_> = effects.not_replayed.iter().collect();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].0.contains("药店购药") && *reasons[0].1 == 1, "{reasons:?}");
    let total: i64 = year().2.iter().take(8).map(|visit| visit.in_scope.0).sum();
    assert_eq!(effects.total.in_scope, total);
}

#[test]
fn a_raised_ratio_changes_exactly_the_settlements_it_touches() {
    // Employees in third-level hospitals as inpatients: 0.89 → 0.91; retired keep their three points on top.
    let rows = "[[value]]\nslot = \"pool.rate\"\nvalue = \"0.91\"\nwhen = { level = [\"3\"], community = false }\n";
    let effects = replay(&[("990100/employee/raise.toml", rows)]);
    // A: (10,000 − 600) × 0.02 = 188.00. B, second stay: (9,000 − 600 × 0.5) × 0.02 = 174.00.
    assert_eq!((effects.total.changed, effects.total.change()), (2, 36_200));
    let changed = |dimension, label: &str| {
        let found = effects.groups.iter().find(|(key, _)| key.dimension == dimension && key.label() == label);
        found.map_or((0, 0), |(_, sums)| (sums.changed, sums.change()))
    };
    assert_eq!(changed(Dimension::Level, "三级"), (2, 36_200));
    assert_eq!(changed(Dimension::Level, "二级"), (0, 0));
    assert_eq!(changed(Dimension::Kind, "住院"), (2, 36_200));
    assert_eq!(changed(Dimension::Kind, "门诊"), (0, 0));
    assert_eq!(changed(Dimension::Scheme, "居民医保"), (0, 0));
    assert_eq!(changed(Dimension::Age, "70 岁及以上"), (1, 17_400));
    assert_eq!((effects.persons.all.winners, effects.persons.all.losers), (2, 0));
    assert_eq!(effects.persons.winners.iter().map(|one| one.change).collect::<Vec<_>>(), [-18_800, -17_400]);
}

#[test]
fn accumulators_follow_the_reform_through_the_year() {
    // A lower yearly limit is reached earlier: A has used 97.60 in January, 150.80 would follow in February.
    let rows = "[[value]]\nslot = \"outpatient.cap\"\nvalue = \"100\"\n";
    let effects = replay(&[("990100/employee/limit.toml", rows)]);
    let january = effects.months.get(&202_501).unwrap();
    let february = effects.months.get(&202_502).unwrap();
    assert_eq!((january.before, january.after), (9_760, 9_760));
    assert!(february.before > 240 && february.after == 240, "{february:?}");
    assert!(effects.persons.all.losers >= 1 && effects.total.change() < 0);
}

#[test]
fn the_poor_are_told_apart() {
    let effects = replay(&[]);
    let poor = effects.groups.iter().find(|(key, _)| key.label() == "低保对象").unwrap().1;
    assert_eq!(poor.settlements, 2);
    let (assumed, times) = effects.assumptions().next().unwrap();
    assert!(assumed.contains("参保月数") && times == 8, "{assumed} {times}");
}

#[test]
fn i9_a_reform_with_two_values_for_one_case_is_refused_in_its_own_words() {
    let rows = "[[value]]\nslot = \"pool.rate\"\nvalue = \"0.91\"\nwhen = { level = [\"3\"] }\n\n\
                [[value]]\nslot = \"pool.rate\"\nvalue = \"0.92\"\nwhen = { status = [\"retired\"] }\n";
    let reform = [("990100/employee/two.toml".to_owned(), rows.as_bytes().to_vec())];
    let laid = lay_over(&policy_files(), &reform, day("2025-01-01"), day("2026-01-01")).unwrap();
    let named: Vec<(&str, &[u8])> = laid.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let problems = match Packages::read(&named) {
        Ok(packages) => Policies::compile(&packages).err().unwrap(),
        Err(problems) => problems,
    };
    let text: String = problems.iter().map(|problem| laid.own_words(problem) + "\n").collect();
    assert!(text.contains("改革方案/990100/employee/two.toml:1"), "{text}");
    assert!(text.contains("two.toml:6") && !text.contains("reform_0"), "{text}");
}
