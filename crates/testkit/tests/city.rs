//! The generated city, held against its own truth and against the naive oracles.

#![allow(clippy::expect_used, reason = "a helper that fails is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use model::{CareSetting, Day, HospitalLevel, Quantity, Sex, UnitPrice};
use testkit::oracle::{self, Ceilings, OracleFinding, Window, Years};
use testkit::{CityOptions, Claims, Profile, generate_into};

type Table = Vec<BTreeMap<String, String>>;

fn files() -> &'static [(&'static str, Vec<u8>)] {
    static FILES: OnceLock<Vec<(&'static str, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        testkit::INPUT_FILES.iter().map(|name| (*name, std::fs::read(root.join(name)).expect(name))).collect()
    })
}

fn table(name: &str) -> Table {
    let bytes = &files().iter().find(|(file, _)| file.ends_with(name)).expect(name).1;
    csv::Reader::from_reader(bytes.as_slice()).deserialize().collect::<Result<_, _>>().expect(name)
}

fn city(persons: u32, days: u32, violations: Profile) -> (Claims, Vec<u8>) {
    let inputs: Vec<(&str, &[u8])> = files().iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let options = CityOptions { persons, days, violations, seed: 7, ..CityOptions::default() };
    let (mut claims, mut truth) = (Claims::default(), Vec::new());
    generate_into(&options, &inputs, &mut claims, &mut truth, &mut |_| {}).expect("a city");
    (claims, truth)
}

/// Codes and points of a class whose points are in force on the day.
fn points(rule: &str, on: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let on = Day::parse(on.as_bytes()).expect("a day");
    let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in table("knowledge/codes.csv") {
        codes.entry(row["point_id"].clone()).or_default().push(row["code"].clone());
    }
    let mut found = Vec::new();
    for point in table("knowledge/points.csv") {
        let from = Day::parse(point["valid_from"].as_bytes()).expect("a day");
        let until = Day::parse(point["valid_until"].as_bytes()).ok();
        if point["rule_id"] == rule && from <= on && until.is_none_or(|until| on < until) {
            let of_point = codes.get(&point["point_id"]).into_iter().flatten();
            found.extend(of_point.map(|code| (code.clone(), point.clone())));
        }
    }
    found
}

fn ceilings() -> Vec<(String, Ceilings)> {
    let price = |row: &BTreeMap<String, String>, column: &str| UnitPrice::parse(row[column].as_bytes()).ok();
    let book: BTreeMap<String, Ceilings> = table("service_items_shaanxi_2021.csv")
        .iter()
        .map(|row| {
            let tertiary = price(row, "price_special").max(price(row, "price_tier3"));
            (row["code"].clone(), Ceilings([tertiary, price(row, "price_tier2"), price(row, "price_tier1")]))
        })
        .collect();
    let national = table("service_crosswalk.csv");
    let of_national =
        national.iter().filter_map(|row| Some((row["national_code"].clone(), *book.get(&row["local_code"])?)));
    of_national.chain(book.clone()).collect()
}

/// Limits of national codes, and the same of the provincial codes that stand for them.
fn with_provincial<L: Copy>(mut limits: Vec<(String, L)>) -> Vec<(String, L)> {
    for row in table("service_crosswalk.csv").iter().filter(|row| row["method"] == "base") {
        if let Some((_, limit)) = limits.iter().find(|(code, _)| *code == row["national_code"]).cloned() {
            limits.push((row["local_code"].clone(), limit));
        }
    }
    limits
}

fn sexes(rule: &str, on: &str) -> Vec<(String, Sex)> {
    let sex = |predicate: &str| match predicate {
        "sex=F" => Some(Sex::Female),
        "sex=M" => Some(Sex::Male),
        _ => None,
    };
    points(rule, on).into_iter().filter_map(|(code, point)| Some((code, sex(&point["predicate"])?))).collect()
}

fn pairs(window: &str) -> Vec<(String, String)> {
    let list = points("service-duplicate-charge", "2025-08-01");
    let of_window: Vec<_> =
        list.iter().filter(|(_, point)| point["predicate"] == window).map(|(code, _)| code.clone()).collect();
    of_window.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// Everything that the oracles say, asked of a few persons at a time since they look at every line for every visit.
fn oracles(claims: &Claims) -> Vec<OracleFinding> {
    let mut found = Vec::new();
    for persons in claims.persons.chunks(6) {
        let ours = |psn_no: &String| persons.iter().any(|person| person.psn_no == *psn_no);
        found.extend(oracles_of(&Claims {
            persons: persons.to_vec(),
            institutions: claims.institutions.clone(),
            visits: claims.visits.iter().filter(|visit| ours(&visit.psn_no)).cloned().collect(),
            lines: claims.lines.iter().filter(|line| ours(&line.psn_no)).cloned().collect(),
            ..Claims::default()
        }));
    }
    found
}

/// The limits that the oracles are asked about, parsed once.
struct Limits {
    sexes: [Vec<(String, Sex)>; 2],
    children: [Vec<(String, Years)>; 2],
    level: Vec<(String, HospitalLevel)>,
    setting: Vec<(String, Vec<CareSetting>)>,
    pairs: [Vec<(String, String)>; 2],
    daily: Vec<(String, Quantity)>,
    drug_course: Vec<(String, usize)>,
    service_course: Vec<(String, usize)>,
    ceilings: Vec<(String, Ceilings)>,
    single: Vec<String>,
}

/// As of half a year that lies before 2026.
fn limits() -> &'static Limits {
    static LIMITS: OnceLock<Limits> = OnceLock::new();
    LIMITS.get_or_init(|| {
        let on = "2025-08-01";
        let child = |rule: &str| -> Vec<(String, Years)> {
            let plain = points(rule, on).into_iter().filter(|(_, point)| !point["text"].contains("成人"));
            plain.map(|(code, _)| (code, Years { from: 0, until: 18 })).collect()
        };
        let level = points("drug-institution-level", on).into_iter();
        let level = level.filter(|(_, point)| point["text"].starts_with("限二级及以上医疗机构"));
        let setting = points("drug-care-setting", on).into_iter().map(|(code, point)| {
            let emergency = point["text"].contains("急诊").then_some(CareSetting::Emergency);
            (code, [CareSetting::Inpatient].into_iter().chain(emergency).collect())
        });
        let daily = points("service-frequency-limit", on).into_iter().map(|(code, point)| {
            (code, Quantity::whole(if point["predicate"].contains("max_qty=24") { 24 } else { 1 }))
        });
        let texts =
            [("不超过14天", 14), ("最多支付14天", 14), ("不超过10天", 10), ("不超过20天", 20), ("不超过3天", 3)];
        let drug_course = points("drug-paid-course-limit", on)
            .into_iter()
            .filter_map(|(code, point)| Some((code, texts.iter().find(|(text, _)| point["text"].contains(text))?.1)));
        let service_course = points("service-paid-course-limit", on).into_iter();
        let service_course = service_course.filter(|(_, point)| point["text"] == "支付不超过30天。");
        Limits {
            sexes: ["drug-sex-specific", "service-sex-specific"].map(|rule| sexes(rule, on)),
            children: ["drug-child-exclusive", "service-child-exclusive"].map(child),
            level: level.map(|(code, _)| (code, HospitalLevel::Secondary)).collect(),
            setting: setting.collect(),
            pairs: ["window=day", "window=visit"].map(pairs),
            daily: with_provincial(daily.collect()),
            drug_course: drug_course.collect(),
            service_course: service_course.map(|(code, _)| (code, 30)).collect(),
            ceilings: ceilings(),
            single: points("tcm-slice-single-not-payable", on).into_iter().map(|(code, _)| code).collect(),
        }
    })
}

fn oracles_of(claims: &Claims) -> Vec<OracleFinding> {
    let limits = limits();
    let mut found = oracle::sex_limit(claims, "drug-sex-specific", &limits.sexes[0]);
    found.extend(oracle::sex_limit(claims, "service-sex-specific", &limits.sexes[1]));
    found.extend(oracle::age_window(claims, "drug-child-exclusive", &limits.children[0]));
    found.extend(oracle::age_window(claims, "service-child-exclusive", &limits.children[1]));
    found.extend(oracle::level_limit(claims, "drug-institution-level", &limits.level));
    found.extend(oracle::setting_limit(claims, "drug-care-setting", &limits.setting));
    found.extend(oracle::pair_in_window(claims, "service-duplicate-charge", &limits.pairs[0], Window::Day));
    found.extend(oracle::pair_in_window(claims, "service-duplicate-charge", &limits.pairs[1], Window::Visit));
    found.extend(oracle::quantity_per_day(claims, "service-frequency-limit", &limits.daily));
    found.extend(oracle::distinct_day_course(claims, "drug-paid-course-limit", &limits.drug_course));
    found.extend(oracle::distinct_day_course(claims, "service-paid-course-limit", &limits.service_course));
    found.extend(oracle::price_ceiling(claims, "service-unit-price-over-cap", &limits.ceilings));
    found.extend(oracle::all_pieces_in_list(claims, "tcm-slice-single-not-payable", &limits.single));
    found.sort();
    found.dedup();
    found
}

#[test]
fn i8_the_same_seed_gives_the_same_city() {
    let (first, second) = (city(120, 180, Profile::Heavy), city(120, 180, Profile::Heavy));
    assert!(first == second, "two runs differ");
    let (other, _) = city(121, 180, Profile::None);
    let (fewer, _) = city(120, 180, Profile::None);
    assert_eq!(other.lines[..fewer.lines.len()].len(), fewer.lines.len());
    assert_eq!(other.lines[..fewer.lines.len()], fewer.lines[..], "a further person changes nobody else");
}

#[test]
fn a_clean_city_passes_the_oracles() {
    let (claims, truth) = city(250, 180, Profile::None);
    assert!(claims.lines.len() > 5_000, "{} lines", claims.lines.len());
    assert_eq!(truth.iter().filter(|byte| **byte == b'\n').count(), 1, "nothing is planted");
    assert_eq!(oracles(&claims), []);
}

#[test]
fn i3_payments_make_up_the_total_and_lines_too() {
    let (claims, _) = city(250, 365, Profile::None);
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &claims.lines {
        assert_eq!(line.amount, line.price.times(line.quantity), "{}", line.sn);
        *sums.entry(&line.mdtrt_id).or_default() += line.amount.0;
    }
    for visit in &claims.visits {
        let paid = visit.fund.unwrap().0 + visit.account.unwrap().0 + visit.cash.unwrap().0;
        assert_eq!(visit.total.unwrap().0, paid, "{}", visit.mdtrt_id);
        assert_eq!(
            visit.total.unwrap().0,
            sums.get(visit.mdtrt_id.as_str()).copied().unwrap_or(0),
            "{}",
            visit.mdtrt_id
        );
    }
}

#[test]
fn a_clean_city_keeps_the_order_of_time() {
    let (claims, _) = city(400, 365, Profile::None);
    let mut last: Option<&testkit::PlainVisit> = None;
    for visit in &claims.visits {
        let ends = visit.ends.unwrap();
        if let Some(before) = last.filter(|before| before.psn_no == visit.psn_no) {
            assert!(before.ends.unwrap().day() < visit.begins.day(), "{} follows too soon", visit.mdtrt_id);
            let stays = before.setting == CareSetting::Inpatient && visit.setting == CareSetting::Inpatient;
            assert!(!stays || visit.begins.day().0 - before.ends.unwrap().day().0 > 30);
        }
        assert!(visit.begins <= ends);
        last = Some(visit);
    }
    let persons: BTreeMap<&str, &testkit::PlainPerson> =
        claims.persons.iter().map(|p| (p.psn_no.as_str(), p)).collect();
    for visit in &claims.visits {
        let person = persons[visit.psn_no.as_str()];
        assert!(person.born_on.unwrap() < visit.begins.day(), "{} before birth", visit.mdtrt_id);
        assert!(person.died_on.is_none_or(|died| visit.ends.unwrap().day() <= died), "{} after death", visit.mdtrt_id);
    }
    let visits: BTreeMap<&str, &testkit::PlainVisit> = claims.visits.iter().map(|v| (v.mdtrt_id.as_str(), v)).collect();
    for line in &claims.lines {
        let visit = visits[line.mdtrt_id.as_str()];
        assert!(line.at >= visit.begins && line.at <= visit.ends.unwrap(), "{} outside its visit", line.sn);
        assert!(line.uploaded.unwrap().0 - line.at.0 < 24 * 3600);
        assert!(line.supply_days <= 28);
    }
    let key = |line: &testkit::PlainLine| (line.psn_no.clone(), line.mdtrt_id.clone(), line.at, line.sn.clone());
    assert!(claims.lines.is_sorted_by_key(key), "charge_lines is sorted");
}

#[test]
fn the_truth_names_rows_that_exist_and_no_violation_twice() {
    let (claims, truth) = city(2_500, 365, Profile::Heavy);
    let visits: BTreeSet<&str> = claims.visits.iter().map(|v| v.mdtrt_id.as_str()).collect();
    let lines: BTreeMap<&str, &str> = claims.lines.iter().map(|l| (l.sn.as_str(), l.mdtrt_id.as_str())).collect();
    let mut rules: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    let rows: Table = csv::Reader::from_reader(truth.as_slice()).deserialize().collect::<Result<_, _>>().unwrap();
    for row in &rows {
        assert!(visits.contains(row["mdtrt_id"].as_str()), "{row:?}");
        if !row["feedetl_sn"].is_empty() {
            assert_eq!(lines.get(row["feedetl_sn"].as_str()), Some(&row["mdtrt_id"].as_str()), "{row:?}");
        }
        let look_alike = row["kind"] == "look-alike";
        rules.entry(row["rule_id"].clone()).or_default()[usize::from(look_alike)] += 1;
        if !look_alike {
            assert!(
                keys.insert((row["rule_id"].clone(), row["mdtrt_id"].clone(), row["feedetl_sn"].clone())),
                "{row:?}"
            );
        }
    }
    for (rule, [violations, look_alikes]) in &rules {
        assert!(*violations > 0, "{rule} is never violated");
        assert!(*look_alikes > 0, "{rule} has no look-alike");
    }
    assert!(rules.len() >= 131, "rules planted: {:?}", rules.keys());
}

#[test]
fn what_the_oracles_find_in_a_planted_city_is_the_truth() {
    // Before 2026 and small, since oracles are slow.
    let (claims, truth) = city(1_700, 170, Profile::Heavy);
    let rows: Table = csv::Reader::from_reader(truth.as_slice()).deserialize().collect::<Result<_, _>>().unwrap();
    let found = oracles(&claims);
    let judged: BTreeSet<&str> = [
        "drug-sex-specific",
        "service-sex-specific",
        "drug-child-exclusive",
        "service-child-exclusive",
        "drug-institution-level",
        "drug-care-setting",
        "service-duplicate-charge",
        "service-frequency-limit",
        "drug-paid-course-limit",
        "service-paid-course-limit",
        "service-unit-price-over-cap",
        "tcm-slice-single-not-payable",
    ]
    .into();
    let of_truth: BTreeSet<(String, String, String, i64)> = rows
        .iter()
        .filter(|row| row["kind"] == "violation" && judged.contains(row["rule_id"].as_str()))
        .map(|row| {
            (
                row["rule_id"].clone(),
                row["mdtrt_id"].clone(),
                row["feedetl_sn"].clone(),
                row["amount_fen"].parse().unwrap(),
            )
        })
        .collect();
    let by_oracle: BTreeSet<(String, String, String, i64)> =
        found.into_iter().map(|f| (f.rule_id, f.mdtrt_id, f.feedetl_sn, f.amount.0)).collect();
    assert!(of_truth.len() > 60, "{} violations", of_truth.len());
    let missed: Vec<_> = of_truth.difference(&by_oracle).collect();
    let unexpected: Vec<_> = by_oracle.difference(&of_truth).collect();
    assert!(missed.is_empty() && unexpected.is_empty(), "missed {missed:#?}\nunexpected {unexpected:#?}");
}
