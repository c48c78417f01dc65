//! The twelve traps of the published points (`facts/rules/knowledge.md` §4), one test each.

#![expect(clippy::expect_used, reason = "a test says what it expects")]

mod shipped_tables;

use knowledge::{AgeBound, AgeWindow, DayLogic, Knowledge, Point, Reason, Source, Status, Wording, derive, fold};
use model::{Day, Quantity};
use shipped_tables::{points_of, shipped, table};
use std::collections::{BTreeMap, BTreeSet};

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).expect("a day")
}

fn predicates<'k>(knowledge: &Knowledge, points: &[&'k Point], name: &str) -> Vec<(&'k Point, String)> {
    points.iter().filter(|p| knowledge.text(p.name) == name).map(|p| (*p, p.predicate.to_string())).collect()
}

#[test]
fn trap_01_an_exemption_hidden_as_a_row_is_no_point() {
    let knowledge = shipped();
    let points = points_of(&knowledge, "service-sex-specific");
    let remarks: Vec<_> = points.iter().filter(|p| p.status == Status::TextOnly(Reason::Remark)).collect();
    assert_eq!((points.len(), remarks.len()), (391, 1));
    assert!(knowledge.text(remarks[0].name).contains("两性畸形"));
    assert_eq!(remarks[0].codes_len, 0);
    assert!(remarks[0].predicate.is_empty());
}

#[test]
fn trap_02_the_parameter_wins_over_the_text() {
    let knowledge = shipped();
    let points = points_of(&knowledge, "service-period-frequency");
    for (name, in_text, predicate) in [
        ("糖化血红蛋白测定", "2-3个月", "max_qty=1 window=rolling period_days=15"),
        ("血清果糖胺测定", "2-3周", "max_qty=1 window=rolling period_days=7"),
    ] {
        let found = predicates(&knowledge, &points, name);
        assert_eq!(found.len(), 1, "{name}");
        assert!(knowledge.text(found[0].0.text).contains(in_text), "{name}");
        assert_eq!(found[0].1, predicate, "{name}");
    }
}

#[test]
fn trap_03_two_logics_in_one_class() {
    let knowledge = shipped();
    let points = points_of(&knowledge, "drug-paid-course-limit");
    let spans: Vec<_> = points.iter().filter(|p| p.predicate.day_logic == Some(DayLogic::Span)).collect();
    assert_eq!(spans.len(), 1);
    assert_eq!(knowledge.text(spans[0].name), "帕妥珠单抗注射液");
    assert_eq!(spans[0].status, Status::TextOnly(Reason::NeedsHistory), "the span from first use is not on one visit");
    assert!(points.iter().filter(|p| p.status == Status::Executable).all(|p| p.predicate.day_logic.is_none()));
}

#[test]
fn trap_04_course_values_are_read_from_each_text() {
    let knowledge = shipped();
    let mut days: BTreeMap<u16, usize> = BTreeMap::new();
    for point in points_of(&knowledge, "drug-paid-course-limit") {
        if knowledge.text(point.batch) == "6" {
            *days.entry(point.predicate.max_days.expect("a course")).or_default() += 1;
        }
    }
    assert_eq!(days.into_iter().collect::<Vec<_>>(), [(3, 1), (10, 1), (14, 25), (20, 1), (21, 1), (365, 1)]);
}

#[test]
fn trap_05_an_item_may_sit_in_several_incision_groups() {
    let knowledge = shipped();
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let points = points_of(&knowledge, "surgery-second-not-discounted");
    for point in &points {
        for code in knowledge.codes_of(point) {
            groups.entry(code).or_default().insert(point.predicate.group.as_deref().expect("a group"));
        }
    }
    let several: BTreeMap<usize, usize> = groups.values().fold(BTreeMap::new(), |mut counts, groups| {
        *counts.entry(groups.len()).or_default() += 1;
        counts
    });
    // ERRATA 4: seven items in two groups, one in four.
    assert_eq!(several.into_iter().filter(|(groups, _)| *groups > 1).collect::<Vec<_>>(), [(2, 7), (4, 1)]);
    assert_eq!(groups.values().flatten().collect::<BTreeSet<_>>().len(), 7);
    assert_eq!(points.len(), 378);
}

#[test]
fn trap_06_each_class_takes_its_own_limit_of_an_item_with_several() {
    let knowledge = shipped();
    let on = Some(day("2026-03-01"));
    let code = points_of(&knowledge, "drug-care-setting")
        .into_iter()
        .find(|p| knowledge.text(p.name) == "银杏内酯注射液")
        .and_then(|p| knowledge.codes_of(p).next())
        .expect("a code")
        .to_owned();
    let mut found: Vec<(String, String)> =
        knowledge.points_of_item(&code, on).into_iter().map(|p| (p.rule_id, p.predicate)).collect();
    found.sort();
    let expect = [
        ("drug-care-setting", "setting=inpatient"),
        ("drug-institution-level", "level>=2"),
        ("drug-paid-course-limit", "max_days=14 window=visit"),
    ];
    assert_eq!(found, expect.map(|(rule, predicate)| (rule.to_owned(), predicate.to_owned())));
}

#[test]
fn trap_07_child_windows_differ() {
    let knowledge = shipped();
    let points = points_of(&knowledge, "drug-child-payment-limit");
    for (name, expect) in [
        ("复方聚乙二醇(3350)电解质散", "age=2y..12y"),
        ("波生坦分散片", "age=3y..13y"),
        ("玛巴洛沙韦干混悬剂", "age=5y..12y"),
        ("盐酸可乐定缓释片", "age=6y..18y"),
        ("孟鲁司特钠口溶膜", "age=1y..15y"),
        ("硫酸氢司美替尼胶囊", "age=3y..child"),
        ("水合氯醛灌肠剂", "age=child"),
    ] {
        let found = predicates(&knowledge, &points, name);
        assert!(!found.is_empty() && found.iter().all(|(_, predicate)| predicate == expect), "{name}: {found:?}");
    }
    let exclusive = points_of(&knowledge, "drug-child-exclusive");
    let also_adults: Vec<_> =
        exclusive.iter().filter(|p| knowledge.text(p.text).contains("药品说明书包含成人用法用量")).collect();
    assert!(!also_adults.is_empty());
    assert!(also_adults.iter().all(|p| p.status == Status::TextOnly(Reason::AlsoForAdults)));
}

#[test]
fn trap_08_disease_texts_run_only_with_a_reviewed_mapping() {
    let knowledge = shipped();
    let mappings = table("mappings.csv");
    for point in points_of(&knowledge, "drug-payment-indication") {
        let mapped = mappings.contains(knowledge.text(point.id));
        match point.status {
            Status::Executable => {
                assert!(mapped);
                let set = point.predicate.diagnoses.as_deref().and_then(|id| knowledge.code_set(id)).expect("a set");
                assert!(knowledge.prefixes_of(set).len() > 0);
            }
            Status::TextOnly(reason) => {
                assert_eq!(reason == Reason::ClinicalFinding, mapped, "a refusal is a reviewed decision");
                assert!(point.predicate.is_empty());
            }
        }
    }
    for point in points_of(&knowledge, "drug-second-line-only") {
        assert_eq!(point.status, Status::TextOnly(Reason::NeedsHistory));
    }
    assert!(!table("points.csv").contains("dx="), "mappings are kept apart from the published rows");
}

#[test]
fn trap_09_radicals_and_widths_do_not_hide_a_limit() {
    for (plain, odd) in [
        ("限3-12岁患者", "限３－１２岁患者"),
        ("住院方可支付", "住院⽅可⽀付"),
        ("(18AA-II)", "（18AA－Ⅱ）"),
        ("小儿专用项目", "⼩⼉专⽤项⽬"),
    ] {
        assert_eq!(fold(odd), plain);
    }
    let wording =
        Wording { rule_id: "drug-child-payment-limit", name: "某药", text: "限３～１２岁⼉童", logic: "" };
    let (predicate, status) = derive(wording, &knowledge::Predicate::default());
    assert_eq!((predicate.to_string().as_str(), status), ("age=3y..13y", Status::Executable));
}

#[test]
fn trap_10_the_piece_lists_are_told_apart_by_content_not_by_file_name() {
    let knowledge = shipped();
    let (never, single) =
        (points_of(&knowledge, "tcm-slice-never-payable"), points_of(&knowledge, "tcm-slice-single-not-payable"));
    assert_eq!((never.len(), single.len()), (37, 116));
    assert!(never.iter().any(|p| knowledge.text(p.name) == "阿胶"));
    assert!(single.iter().any(|p| knowledge.text(p.name) == "人参片"));
    assert!(single.iter().all(|p| knowledge.text(p.text).contains("单独使用")));
}

#[test]
fn trap_11_a_day_is_judged_by_the_version_in_force_on_it() {
    let knowledge = shipped();
    let superseding: Vec<_> = knowledge.points.iter().filter(|p| !knowledge.text(p.supersedes).is_empty()).collect();
    assert_eq!(superseding.len(), 397);
    let by_id: BTreeMap<&str, &Point> = knowledge.points.iter().map(|p| (knowledge.text(p.id), p)).collect();
    for new in superseding {
        let old = by_id[knowledge.text(new.supersedes)];
        for on in ["2025-01-01", "2025-12-31", "2026-01-01", "2026-06-30"].map(day) {
            assert!(!(old.valid.contains(on) && new.valid.contains(on)), "{} on {on}", knowledge.text(new.name));
        }
        assert!(old.valid.contains(day("2025-12-31")) && new.valid.contains(day("2026-01-01")));
    }
}

#[test]
fn trap_12_hours_and_days_are_one_unit_each() {
    let knowledge = shipped();
    let points = points_of(&knowledge, "service-frequency-limit");
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for point in &points {
        *kinds.entry(point.predicate.to_string()).or_default() += 1;
    }
    let expect = [("max_qty=1 unit=day window=day".to_owned(), 34), ("max_qty=24 unit=hour window=day".to_owned(), 33)];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expect);
    assert!(points.iter().any(|p| p.predicate.max_quantity == Some(Quantity::whole(24))));
}

#[test]
fn neonates_are_neonates_to_their_last_day() {
    let knowledge = shipped();
    let limit = AgeWindow::Between { from: None, until: Some(AgeBound::days(29)) };
    let found =
        knowledge.points.iter().filter(|p| p.source == Source::Derived && p.predicate.age == Some(limit)).count();
    assert!(found > 250, "{found}");
}
