//! The benefit oracle against sums done by hand, and against what must hold of any answer.

use std::collections::BTreeMap;
use testkit::benefit_oracle::{
    Answer, Base, Bill, Case, Measure, Origin, Per, Policy, Refused, Rounding, Setting, Split, Tier, Value, When,
    bills, invent, settle,
};

/// A policy of one tier, with the given values.
pub fn one_tier(change: impl FnOnce(&mut Tier), values: Vec<(&str, Option<usize>, Setting)>) -> Policy {
    let mut policy = invent::policy(1);
    let mut tier = Tier {
        name: "outpatient".into(),
        base: Base::InScope,
        fund: "pool".into(),
        deductible_per: Per::Year,
        measure: Measure::AboveDeductible,
        bands_per: Per::Year,
        rounding: Rounding::Total,
        when: When::default(),
        feeds: Vec::new(),
    };
    change(&mut tier);
    policy.tiers = vec![tier];
    policy.chains.retain(|chain| chain.kinds.contains(&"outpatient".to_owned()));
    policy.chains[0].tiers = vec!["outpatient".into()];
    policy.values = BTreeMap::new();
    for (slot, band, setting) in values {
        let (when, from, origin) = (When::default(), invent::SINCE, Origin::Area);
        policy.values.entry(slot.into()).or_default().push(Value { band, setting, when, from, until: None, origin });
    }
    policy
}

/// A bill of `in_scope` fen.
pub fn outpatient(in_scope: i64, used: &[(&str, i64)]) -> Case {
    let used: BTreeMap<String, i64> = used.iter().map(|(name, fen)| ((*name).to_owned(), *fen)).collect();
    Case {
        on: invent::FIRST,
        status: "active".into(),
        age: Some(40),
        cover_months: Some(100),
        special: Vec::new(),
        supplements: Vec::new(),
        account: 0,
        family_account: 0,
        use_account: false,
        kind: "outpatient".into(),
        level: "3".into(),
        community: false,
        admission: Some(1),
        begin: invent::FIRST,
        end: invent::FIRST,
        programme: None,
        treatment_area: "990100".into(),
        filing: "none".into(),
        selected: None,
        referred: None,
        bill: Bill::Amounts(Split { in_scope, ..Split::default() }),
        used,
    }
}

fn check(policy: &Policy, case: &Case, funds: &[(&str, i64)], used: &[(&str, i64)]) {
    let Ok(answer) = settle(policy, case) else { panic!("refused: {case:?}") };
    let paid: Vec<(&str, i64)> = answer.funds.iter().map(|(fund, fen)| (fund.as_str(), *fen)).collect();
    assert_eq!(paid, funds);
    for (name, fen) in used {
        assert_eq!(answer.used.get(*name), Some(fen), "{name}");
    }
}

#[test]
fn a_bill_crosses_the_deductible_of_the_year() {
    // 1800 with 5 yuan of deductible left at 70 %: 1795 × 0.7 rounds nothing; then 3.50 of 5 yuan.
    let values = vec![
        ("outpatient.deductible", None, Setting::Money(180_000)),
        ("outpatient.rate", Some(1), Setting::Ratio(7_000)),
    ];
    let policy = one_tier(|_| {}, values);
    check(
        &policy,
        &outpatient(180_000, &[("outpatient.in_scope", 500), ("outpatient.self_paid", 500)]),
        &[("pool", 350)],
        &[("outpatient.deductible", 180_000), ("outpatient.in_scope", 180_500), ("outpatient.self_paid", 180_150)],
    );
}

#[test]
fn a_split_rate_is_booked_apart_and_adds_up() {
    let split = Setting::Split(vec![("pool".into(), 8_000), ("retiree_supplement".into(), 1_000)]);
    let policy = one_tier(|_| {}, vec![("outpatient.rate", Some(1), split)]);
    // 84.05 at 90 % is 75.645, that is 75.65 in all; 67.24 + 8.405 by the larger remainder.
    check(&policy, &outpatient(8_405, &[]), &[("pool", 6_724), ("retiree_supplement", 841)], &[]);
}

#[test]
fn a_cap_uses_the_smallest_whole_fen_of_base() {
    let values =
        vec![("outpatient.rate", Some(1), Setting::Ratio(7_000)), ("outpatient.cap", None, Setting::Money(1_000))];
    let policy = one_tier(|tier| tier.bands_per = Per::Visit, values);
    let room_left = [("outpatient.paid", 900), ("outpatient.in_scope", 1_300)];
    // 1.00 of room at 70 % is earned by 1.43 of base.
    check(&policy, &outpatient(10_000, &room_left), &[("pool", 100)], &[("outpatient.paid", 1_000)]);
}

#[test]
fn bands_by_what_was_paid_are_crossed_exactly() {
    let values = vec![
        ("outpatient.band_upper", Some(1), Setting::Money(700)),
        ("outpatient.rate", Some(1), Setting::Ratio(7_000)),
        ("outpatient.rate", Some(2), Setting::Ratio(6_000)),
    ];
    let policy = one_tier(|tier| tier.measure = Measure::Paid, values);
    // 10.00 of base earn the 7.00 of the first band; the other 10.00 earn 6.00.
    check(&policy, &outpatient(2_000, &[]), &[("pool", 1_300)], &[]);
}

/// Ten bills of ten persons for a policy of each seed, each with its answer.
fn answers(seeds: std::ops::Range<u64>) -> Vec<(Case, Answer)> {
    let mut all = Vec::new();
    for seed in seeds {
        let policy = invent::policy(seed);
        for person in 0..10 {
            for (case, answer) in bills::of_person(&policy, seed, person, 10) {
                match answer {
                    Ok(answer) => all.push((case, answer)),
                    Err(Refused::NotCovered) => panic!("the generator asks only for what is covered"),
                    Err(Refused::Contested(slot)) => panic!("seed {seed}: two rows for {slot}"),
                }
            }
        }
    }
    all
}

#[test]
fn i3_the_oracle_splits_every_bill_without_a_rest() {
    let mut paid = 0;
    for (case, answer) in answers(0..60) {
        let left = answer.split.in_scope - answer.fund_total();
        assert!(left >= 0, "funds pay more than is in scope: {case:?} {answer:?}");
        assert!(answer.funds.values().all(|fen| *fen > 0), "{answer:?}");
        assert!(answer.account <= case.account + case.family_account);
        assert!(answer.cash() >= 0, "{case:?} {answer:?}");
        assert_eq!(case.bill.split().total(), answer.split.total());
        paid += usize::from(answer.fund_total() > 0);
    }
    assert!(paid > 3_000, "most bills should be paid something, {paid} of 6000 were");
}
