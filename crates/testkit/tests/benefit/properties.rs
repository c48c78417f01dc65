//! What must hold of the engine under any policy, on random policies and bills.

#![allow(clippy::expect_used, reason = "test code")]

use crate::harness::{Pair, engine_case};
use proptest::prelude::*;
use testkit::benefit_oracle::{Bill, Case, Measure, Per, Policy, Setting, bills, invent};

/// The engine's answer to a case of the generator.
fn settled(pair: &Pair, case: &Case) -> benefit::Answer {
    let (case, lines) = engine_case(&pair.policy, case);
    let answer = match lines {
        Some(lines) => pair.compiled.settle_lines(&case, &lines),
        None => pair.compiled.settle(&case),
    };
    answer.expect("the generator asks only for what is covered")
}

fn fen(text: &str) -> i64 {
    model::Fen::parse(text.as_bytes()).expect("money with two decimals").0
}

fn field(answer: &benefit::Answer, name: &str) -> i64 {
    answer.settlement.get(name).expect("a field of the settlement").0
}

/// Every amount of an answer, a line each.
fn amounts(answer: &benefit::Answer) -> Vec<String> {
    let fields = answer.settlement.fields().map(|(name, fen)| format!("{name} {fen}"));
    let funds = answer.funds.iter().map(|share| format!("{} {} of {}", share.fund, share.amount, share.in_scope));
    let year = answer.year_to_date.iter().map(|(name, text)| format!("{name} {text}"));
    fields.chain(funds).chain(year).collect()
}

fn pair(seed: u64) -> Pair {
    Pair::of(invent::policy(seed)).expect("an invented policy is lawful")
}

fn cases_of(pair: &Pair, seed: u64, person: u64, count: usize) -> Vec<Case> {
    bills::of_person(&pair.policy, seed, person, count).into_iter().map(|(case, _)| case).collect()
}

/// A policy of one tier that counts over the year only, in whole yuan and hundredths.
fn cumulative(seed: u64) -> Policy {
    let mut policy = invent::policy(seed);
    policy.chains.retain(|chain| chain.kinds.contains(&"outpatient".to_owned()));
    policy.chains[0].tiers = vec!["outpatient".to_owned()];
    policy.tiers.retain(|tier| tier.name == "outpatient");
    let tier = &mut policy.tiers[0];
    (tier.deductible_per, tier.bands_per) = (Per::Year, Per::Year);
    if tier.measure == Measure::Paid {
        tier.measure = Measure::WithDeductible;
    }
    policy.values.retain(|slot, _| {
        slot == "outpatient.rate"
            || slot == "outpatient.band_upper"
            || slot == "outpatient.deductible"
            || slot == "outpatient.cap"
            || slot == "account_covers"
    });
    for setting in policy.values.values_mut().flatten().map(|row| &mut row.setting) {
        match setting {
            Setting::Money(fen) => *fen -= *fen % 100,
            Setting::Ratio(ratio) => *ratio -= *ratio % 100,
            Setting::Split(parts) => parts.iter_mut().for_each(|(_, ratio)| *ratio -= *ratio % 100),
            Setting::Indexed(..) => *setting = Setting::NoLimit,
            Setting::NoLimit | Setting::Count(_) | Setting::Words(_) => {}
        }
    }
    policy
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// settlement.md §1, identities 1 to 9; amounts are read back with two decimals, so none is a fraction of a fen.
    #[test]
    fn i2_i3_the_national_identities_hold(seed in 0_u64..100_000) {
        let pair = pair(seed);
        for case in cases_of(&pair, seed, 0, 60) {
            let answer = settled(&pair, &case);
            let of = |name: &str| field(&answer, name);
            let (total, in_scope, funds) = (of("medfee_sumamt"), of("inscp_scp_amt"), of("fund_pay_sumamt"));
            prop_assert_eq!(total, case.bill.split().total());
            prop_assert_eq!(total, of("fulamt_ownpay_amt") + of("overlmt_selfpay") + of("preselfpay_amt") + in_scope);
            prop_assert_eq!(total, funds + of("psn_part_amt") + of("hosp_part_amt"));
            prop_assert_eq!(of("psn_part_amt"), of("acct_pay") + of("psn_cash_pay"));
            prop_assert!(of("acct_mulaid_pay") <= of("acct_pay"));
            let fields = ["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"];
            prop_assert_eq!(funds, fields.iter().map(|name| of(name)).sum::<i64>());
            prop_assert_eq!(funds, answer.funds.iter().map(|share| fen(&share.amount)).sum::<i64>());
            prop_assert!(0 <= funds && funds <= in_scope, "funds {} of {} in scope", funds, in_scope);
            prop_assert!(answer.settlement.fields().all(|(_, fen)| fen.0 >= 0), "{:?}", answer.settlement);
            // Identity 9: a trial and the final settlement are the same.
            prop_assert_eq!(amounts(&answer), amounts(&settled(&pair, &case)));
        }
    }

    #[test]
    fn accounts_are_never_overdrawn(seed in 0_u64..100_000) {
        let pair = pair(seed);
        for case in cases_of(&pair, seed, 1, 60) {
            let answer = settled(&pair, &case);
            let family = field(&answer, "acct_mulaid_pay");
            prop_assert!(field(&answer, "acct_pay") - family <= case.account);
            prop_assert!(family <= case.family_account);
            prop_assert!(case.use_account || field(&answer, "acct_pay") == 0);
        }
    }

    #[test]
    fn the_order_of_lines_changes_nothing(seed in 0_u64..100_000, turn in 1_usize..6) {
        let pair = pair(seed);
        for case in cases_of(&pair, seed, 2, 60) {
            let mut turned = case.clone();
            if let Bill::Lines(lines) = &mut turned.bill {
                let by = turn % lines.len();
                lines.rotate_left(by);
                lines.reverse();
            }
            prop_assert_eq!(amounts(&settled(&pair, &case)), amounts(&settled(&pair, &turned)));
        }
    }

    /// Exact sums never fall; rounding may take a fen a fund and tier, of which there are a dozen at most.
    #[test]
    fn more_in_scope_never_pays_less(seed in 0_u64..100_000, more in 1_i64..2_000_000) {
        let pair = pair(seed);
        for mut case in cases_of(&pair, seed, 3, 60) {
            case.bill = Bill::Amounts(case.bill.split());
            let mut dearer = case.clone();
            if let Bill::Amounts(split) = &mut dearer.bill {
                split.in_scope += more;
            }
            let (less, more) = (settled(&pair, &case), settled(&pair, &dearer));
            let paid = |answer: &benefit::Answer| field(answer, "fund_pay_sumamt");
            prop_assert!(paid(&more) >= paid(&less) - 12, "{} after {}: {:?}", paid(&more), paid(&less), case);
        }
    }

    /// Caps that are one sum for everybody: what the tier's fund paid over the year stays within.
    #[test]
    fn caps_are_never_passed(seed in 0_u64..100_000) {
        let pair = pair(seed);
        let flat = |tier: &str| match pair.policy.values.get(&format!("{tier}.cap")).map(Vec::as_slice) {
            Some([only]) if only.when.0.is_empty() => match only.setting {
                Setting::Money(fen) => Some(fen),
                _ => None,
            },
            _ => None,
        };
        for case in cases_of(&pair, seed, 4, 60) {
            let answer = settled(&pair, &case);
            for tier in &pair.policy.tiers {
                let grows = pair.policy.values.contains_key(&format!("{}.cap_growth.step", tier.name));
                let key = format!("{}.paid", tier.name);
                let after = answer.year_to_date.iter().find(|(name, _)| *name == key).map(|(_, text)| fen(text));
                if let (Some(cap), Some(after), false) = (flat(&tier.name), after, grows) {
                    let before = case.used.get(&key).copied().unwrap_or(0);
                    prop_assert!(after <= cap.max(before), "{}: {} above {}", tier.name, after, cap);
                }
            }
        }
    }

    /// Whole yuan under a policy of hundredths leave nothing to round, so that the two visits are exactly the one.
    #[test]
    fn a_bill_in_two_visits_of_the_year_pays_the_same(seed in 0_u64..100_000, one in 0_i64..60_000, other in 0_i64..60_000) {
        let pair = Pair::of(cumulative(seed)).expect("an invented policy is lawful");
        let mut case = cases_of(&pair, seed, 5, 40).into_iter().find(|case| case.kind == "outpatient")
            .expect("one bill in forty is an outpatient's");
        case.used.clear();
        case.use_account = false;
        let with = |case: &Case, yuan: i64| {
            let split = testkit::benefit_oracle::Split { in_scope: yuan * 100, ..Default::default() };
            Case { bill: Bill::Amounts(split), ..case.clone() }
        };
        let whole = settled(&pair, &with(&case, one + other));
        let first = settled(&pair, &with(&case, one));
        let mut later = with(&case, other);
        later.used = first.year_to_date.iter().map(|(name, text)| (name.clone(), fen(text))).collect();
        let second = settled(&pair, &later);
        let paid = |answer: &benefit::Answer| field(answer, "fund_pay_sumamt");
        prop_assert_eq!(paid(&first) + paid(&second), paid(&whole));
        prop_assert_eq!(second.year_to_date, whole.year_to_date);
    }

    /// A settlement taken back leaves the year as its answer's case named it; the same bill again is the same.
    #[test]
    fn a_reversal_and_the_same_again_is_the_same(seed in 0_u64..100_000) {
        let pair = pair(seed);
        let cases = cases_of(&pair, seed, 6, 20);
        let mut calculator = benefit::Calculator::new(&pair.compiled);
        for case in cases.iter().filter(|case| matches!(case.bill, Bill::Amounts(_))) {
            let (read, _) = engine_case(&pair.policy, case);
            let prepared = pair.compiled.prepare(&read).expect("covered");
            let before = prepared.clone();
            let once = calculator.settle(&prepared, &mut benefit::NoTrace).expect("covered");
            // Another bill in between, then both taken back, in order.
            let _ = calculator.settle(&prepared.clone().continuing(once.year), &mut benefit::NoTrace);
            let again = calculator.settle(&before, &mut benefit::NoTrace).expect("covered");
            prop_assert_eq!(once, again);
        }
    }

    /// A second row for the same case and day, of the same level, is refused whatever it says.
    #[test]
    fn i9_two_values_for_one_slot_and_day_are_refused(seed in 0_u64..100_000, at in 0_usize..1_000) {
        let mut policy = invent::policy(seed);
        let slots: Vec<String> = policy.values.keys().filter(|slot| slot.ends_with(".rate")).cloned().collect();
        let slot = &slots[at % slots.len()];
        let rows = policy.values.get_mut(slot).expect("a slot of the policy");
        let mut rival = rows[at % rows.len()].clone();
        rival.setting = Setting::Ratio(1_234);
        rows.push(rival);
        prop_assert!(Pair::of(policy).is_err(), "a rival of {} was accepted", slot);
    }
}
