//! openIMIS's scenarios D1–D12 and S1–S22: which of them a benefit engine can meet, and the right answers.
//!
//! Those that are cases of law stand beside an invented scheme (`policy/990400/student/cases.toml`) and run with every
//! other example; those about claims one after the other, or recalculated, are below; the rest is listed with the reason.

use crate::harness::{Pair, engine_case};
use crate::oracle::{one_tier, outpatient};
use testkit::benefit_oracle::{Bill, Case, Line, Per, Setting, Split};

/// Where a scenario is held.
enum Held {
    /// A case of the invented scheme, by its id.
    Case(&'static str),
    /// A test of this file.
    Here,
    /// Not a question to a benefit engine.
    Elsewhere(&'static str),
}
use Held::{Case as InCase, Elsewhere, Here};

const SCENARIOS: [(&str, Held); 34] = [
    ("D1", InCase("imis-D1")),
    ("D2", InCase("imis-D2")),
    ("D3", InCase("imis-D3")),
    ("D4", InCase("imis-D4")),
    ("D5", InCase("imis-D5")),
    ("D6", InCase("imis-D6")),
    ("D7", InCase("imis-D7")),
    ("D8", Here),
    ("D9", Elsewhere("periods of a payment batch: there is none, a bill is settled when it comes")),
    ("D10", Elsewhere("quantity limits of items are rules of the audit")),
    ("D11", Here),
    ("D12", Here),
    ("S1", Elsewhere("ranking services into a claim category: the kind of visit is given")),
    ("S2", Elsewhere("as S1")),
    ("S3", Elsewhere("as S1")),
    ("S4", Elsewhere("price lists belong to the catalogue")),
    ("S5", Elsewhere("who is insured is the register's; an unknown status is refused (benefit's own tests)")),
    ("S6", Elsewhere("items limited to sex or age are rules of the audit")),
    ("S7", Elsewhere("intervals between services are rules of the audit")),
    ("S8", Elsewhere("quantity limits of items are rules of the audit")),
    ("S9", Elsewhere("counts of visits a year are rules of the audit; admissions only change deductibles")),
    ("S10", InCase("imis-S10")),
    ("S11", InCase("imis-S11")),
    ("S12", InCase("imis-S12")),
    ("S13", Here),
    ("S14", Elsewhere("antenatal care is no portion of its own; the same cap by portion is S13")),
    ("S15", Here),
    ("S16", Here),
    ("S17", Here),
    ("S18", Here),
    ("S19", Elsewhere("package prices belong to the catalogue")),
    ("S20", Elsewhere("as S19")),
    ("S21", Elsewhere("prices relative to a budget are paid by points (DIP), not by benefit law")),
    ("S22", Elsewhere("the same claim twice is the register's idempotency")),
];

#[test]
fn every_scenario_is_held_or_has_a_reason() {
    let wanted: Vec<String> = (1..=12).map(|n| format!("D{n}")).chain((1..=22).map(|n| format!("S{n}"))).collect();
    let listed: Vec<&str> = SCENARIOS.iter().map(|(id, _)| *id).collect();
    assert_eq!(listed, wanted);
    let cases = include_str!("../../../../policy/990400/student/cases.toml");
    for (id, held) in &SCENARIOS {
        match held {
            InCase(case) => assert!(cases.contains(&format!("id = \"{case}\"")), "{id}: no case {case}"),
            Here => {}
            Elsewhere(reason) => assert!(reason.len() > 4, "{id} needs a reason"),
        }
    }
}

/// What the funds pay, and the accumulators after it.
fn paid(pair: &Pair, case: &Case) -> (i64, Vec<(String, String)>) {
    let (read, lines) = engine_case(&pair.policy, case);
    let answer = match lines {
        Some(lines) => pair.compiled.settle_lines(&read, &lines),
        None => pair.compiled.settle(&read),
    };
    let Ok(answer) = answer else { panic!("refused: {case:?}") };
    (answer.settlement.get("fund_pay_sumamt").map_or(0, |fen| fen.0), answer.year_to_date)
}

fn full_rate(more: Vec<(&'static str, Option<usize>, Setting)>) -> Pair {
    let mut values = vec![("outpatient.rate", Some(1), Setting::Ratio(10_000))];
    values.extend(more);
    match Pair::of(one_tier(|tier| tier.deductible_per = Per::Never, values)) {
        Ok(pair) => pair,
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn d8_s16_s17_a_reviewed_bill_is_settled_as_reviewed() {
    let pair = full_rate(Vec::new());
    assert_eq!(paid(&pair, &outpatient(3_700, &[])).0, 3_700);
    assert_eq!(paid(&pair, &outpatient(50_000, &[])).0, 50_000);
    // Both quantities cut to one, then every line refused.
    assert_eq!(paid(&pair, &outpatient(20_000, &[])).0, 20_000);
    assert_eq!(paid(&pair, &outpatient(0, &[])).0, 0);
}

#[test]
fn d11_two_bills_share_one_ceiling() {
    let pair = full_rate(vec![("outpatient.cap", None, Setting::Money(100_000))]);
    let (first, year) = paid(&pair, &outpatient(70_000, &[]));
    let used: Vec<(&str, i64)> = year
        .iter()
        .map(|(name, text)| (name.as_str(), model::Fen::parse(text.as_bytes()).map_or(0, |fen| fen.0)))
        .collect();
    assert_eq!((first, paid(&pair, &outpatient(70_000, &used)).0), (70_000, 30_000));
}

#[test]
fn d12_what_two_funds_pay_of_one_bill_adds_up() {
    let split = Setting::Split(vec![("pool".into(), 6_000), ("other".into(), 2_000)]);
    let policy = one_tier(|tier| tier.deductible_per = Per::Never, vec![("outpatient.rate", Some(1), split)]);
    let Ok(pair) = Pair::of(policy) else { panic!("a lawful policy") };
    assert_eq!(paid(&pair, &outpatient(10_000, &[])).0, 8_000);
}

#[test]
fn s13_a_consultation_ceiling_binds_consultations_only() {
    let mut pair = full_rate(vec![("outpatient.visit_cap", None, Setting::NoLimit)]);
    let rows = pair.policy.values.entry("outpatient.visit_cap".into()).or_default();
    let mut consultation = rows[0].clone();
    consultation.setting = Setting::Money(5_500);
    consultation.when.0.push(("portion".into(), testkit::benefit_oracle::Test::AnyOf(vec!["consultation".into()])));
    rows.push(consultation);
    let Ok(pair) = Pair::of(pair.policy) else { panic!("a lawful policy") };
    let mut case = outpatient(0, &[]);
    let line = |portion: &str, in_scope: i64| Line {
        on: case.begin,
        portion: portion.into(),
        split: Split { in_scope, ..Split::default() },
    };
    case.bill = Bill::Lines(vec![line("consultation", 70_000)]);
    assert_eq!(paid(&pair, &case).0, 5_500);
    case.bill = Bill::Lines(vec![Line { portion: "drug".into(), ..line_of(&case) }]);
    assert_eq!(paid(&pair, &case).0, 70_000);
}

/// The first line of a bill that has lines.
fn line_of(case: &Case) -> Line {
    match &case.bill {
        Bill::Lines(lines) => lines[0].clone(),
        Bill::Amounts(_) => panic!("no lines"),
    }
}

#[test]
fn s15_a_trial_is_the_final_settlement() {
    let pair = full_rate(Vec::new());
    assert_eq!(paid(&pair, &outpatient(50_000, &[])), paid(&pair, &outpatient(50_000, &[])));
}

#[test]
fn s18_law_that_changes_after_the_visit_changes_nothing() {
    let mut pair = full_rate(Vec::new());
    let rows = pair.policy.values.entry("outpatient.rate".into()).or_default();
    let mut later = rows[0].clone();
    later.from = model::Day(testkit::benefit_oracle::invent::FIRST.0 + 10);
    later.setting = Setting::Ratio(2_100);
    rows[0].until = Some(later.from);
    rows.push(later);
    let Ok(pair) = Pair::of(pair.policy) else { panic!("a lawful policy") };
    let mut case = outpatient(70_000, &[]);
    case.on = model::Day(case.begin.0 + 30);
    assert_eq!(paid(&pair, &case).0, 70_000);
}
