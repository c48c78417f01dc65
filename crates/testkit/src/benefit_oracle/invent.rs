//! A random policy: every primitive of decision 0006, in combinations no real area would think of.

use super::conditions::{Scope, rows};
use super::policy::{
    Base, Chain, Index, LawDay, Measure, Origin, Per, Policy, Rounding, Setting, Test, Tier, Value, When,
};
use crate::dice::{Dice, Stream};
use model::Day;
use std::collections::BTreeMap;

/// The first day of all invented law.
pub const SINCE: Day = Day(16_071);
/// The first day of a bill.
pub const FIRST: Day = Day(19_723);

/// Tiers on what the insured still bears.
const RESTS: [&str; 3] = ["civil_servant", "critical_illness", "medical_aid"];

/// The policy of a seed.
#[must_use]
pub fn policy(seed: u64) -> Policy {
    let mut dice = Dice::new(seed, Stream(1));
    let dice = &mut dice;
    let statuses = owned(&["active", "retired", "flexible"]);
    let mut special_order = owned(&["destitute", "low_income", "edge_household"]);
    dice.shuffle(&mut special_order);
    let changes = [Day(FIRST.0 + 40), Day(FIRST.0 + 100), Day(FIRST.0 + 182)];
    let (tiers, chains) = shape(dice);
    let scope = Scope {
        statuses: &statuses,
        special: &special_order,
        open: true,
        portions: false,
        changes: &changes,
        since: SINCE,
    };
    let years = (2020..2026).map(|year| (year, i64::from(dice.between(3_000_000, 9_000_000)))).collect();
    let indices = vec![Index { name: "mean_wage".into(), lag: dice.between(0, 2), years }];
    let mut draft = Draft { dice, scope, values: BTreeMap::new() };
    for tier in &tiers {
        draft.tier(tier);
    }
    draft.scheme();
    if draft.dice.percent(30) {
        draft.overlay(&tiers);
    }
    let values = draft.values;
    let law_day = *dice.pick(&[LawDay::Admission, LawDay::Discharge, LawDay::Service]).unwrap_or(&LawDay::Discharge);
    let (area, scheme) = ("990100".to_owned(), "employee".to_owned());
    let programmes = owned(&["diabetes", "hypertension"]);
    Policy { area, scheme, statuses, special_order, programmes, law_day, chains, tiers, values, indices }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Tiers and the chains they stand in; each may be left out but the first of a chain.
fn shape(dice: &mut Dice) -> (Vec<Tier>, Vec<Chain>) {
    let mut tiers = Vec::new();
    let mut chain = |dice: &mut Dice, kinds: &[&str], first: &str, extra: &[&str]| {
        let mut names = vec![first.to_owned()];
        names.extend(extra.iter().filter(|_| dice.percent(55)).map(|name| (*name).to_owned()));
        // Whose turn it is among the rest differs by area; they come last.
        let rest = names.iter().position(|name| RESTS.contains(&name.as_str())).unwrap_or(names.len());
        dice.shuffle(&mut names[rest..]);
        for name in &names {
            if !tiers.iter().any(|tier: &Tier| tier.name == *name) {
                tiers.push(tier(dice, name));
            }
        }
        Chain { kinds: owned(kinds), tiers: names }
    };
    let chains = vec![
        chain(
            dice,
            &["outpatient", "emergency"],
            "outpatient",
            &["unit_supplement", "critical_illness", "medical_aid"],
        ),
        chain(
            dice,
            &["inpatient"],
            "pool",
            &["large_amount", "pool_extra", "civil_servant", "critical_illness", "medical_aid"],
        ),
        chain(dice, &["chronic", "pharmacy"], "programme", &["medical_aid"]),
    ];
    for tier in &mut tiers {
        // Feeding on a tier that no chain has would be a fault of the policy.
        let known: Vec<String> = chains.iter().flat_map(|chain| chain.tiers.clone()).collect();
        tier.feeds.retain(|feed| known.contains(feed));
    }
    (tiers, chains)
}

fn tier(dice: &mut Dice, name: &str) -> Tier {
    let one_of = |dice: &mut Dice, all: &[Per]| *dice.pick(all).unwrap_or(&Per::Year);
    let base = match name {
        "large_amount" => Base::OverCap("pool".into()),
        "unit_supplement" if dice.percent(50) => Base::AboveDeductible("outpatient".into()),
        "pool_extra" => Base::AboveDeductible("pool".into()),
        rest if RESTS.contains(&rest) => Base::Rest,
        _ => Base::InScope,
    };
    let fund = match name {
        "outpatient" => *dice.pick(&["pool", "large_amount"]).unwrap_or(&"pool"),
        "programme" => "pool",
        "pool_extra" => "other",
        own => own,
    };
    let measures = [Measure::WithDeductible, Measure::AboveDeductible, Measure::Paid];
    let roundings = [Rounding::Total, Rounding::EachFund, Rounding::InOrder];
    let who = match name {
        "unit_supplement" => vec![("supplement".to_owned(), Test::AnyOf(owned(&["unit"])))],
        "civil_servant" => vec![("supplement".to_owned(), Test::AnyOf(owned(&["civil_servant", "retired_cadre"])))],
        "medical_aid" if dice.percent(50) => {
            vec![("special".to_owned(), Test::AnyOf(owned(&["low_income", "destitute"])))]
        }
        _ => Vec::new(),
    };
    let feeds = match name {
        "critical_illness" if dice.percent(80) => owned(&["outpatient", "pool", "large_amount"]),
        _ => Vec::new(),
    };
    // A deductible of a year and bands of a year go together for what is fed by other tiers.
    let (deductible_per, bands_per) = if feeds.is_empty() {
        (one_of(dice, &[Per::Never, Per::Year, Per::Visit]), one_of(dice, &[Per::Year, Per::Visit]))
    } else {
        (Per::Year, Per::Year)
    };
    Tier {
        name: name.to_owned(),
        base,
        fund: fund.to_owned(),
        deductible_per,
        measure: *dice.pick(&measures).unwrap_or(&Measure::Paid),
        bands_per,
        rounding: *dice.pick(&roundings).unwrap_or(&Rounding::Total),
        when: When(who),
        feeds,
    }
}

/// Yuan as a person of an agency writes them: mostly round, sometimes to the fen.
fn money(dice: &mut Dice, low_yuan: i32, high_yuan: i32) -> i64 {
    let yuan = i64::from(dice.between(low_yuan, high_yuan));
    match dice.below(8) {
        0 => yuan * 100 + i64::from(dice.below(100)),
        1 | 2 => yuan * 100,
        _ => (yuan - yuan % 50) * 100,
    }
}

/// A ratio between two hundredths, sometimes with all four decimals.
fn ratio(dice: &mut Dice, low: i32, high: i32) -> i64 {
    let hundredths = i64::from(dice.between(low, high));
    if dice.percent(10) { hundredths * 100 + i64::from(dice.below(100)) } else { hundredths * 100 }
}

fn cap(dice: &mut Dice, low_yuan: i32, high_yuan: i32) -> Setting {
    match dice.below(6) {
        0 => Setting::NoLimit,
        1 => Setting::Indexed("mean_wage".into(), i64::from(dice.between(100, 2_000))),
        2 => Setting::Indexed("mean_wage".into(), i64::from(dice.between(1, 7)) * 10_000),
        _ => Setting::Money(money(dice, low_yuan, high_yuan)),
    }
}

/// Rates of one band: plain, or split over other funds.
fn rate(dice: &mut Dice, fund: &str, late: bool) -> Setting {
    let whole = if late { ratio(dice, 0, 60) } else { ratio(dice, 30, 100).min(10_000) };
    match dice.below(10) {
        0 => Setting::Ratio(0),
        1..=3 => {
            let other = whole * i64::from(dice.below(50)) / 100;
            let mut parts = vec![(fund.to_owned(), whole - other), ("retiree_supplement".to_owned(), other)];
            if fund != "other" && dice.percent(30) {
                parts.push(("other".to_owned(), (10_000 - whole) / 3));
            }
            if dice.percent(20) {
                parts.reverse();
            }
            Setting::Split(parts)
        }
        _ => Setting::Ratio(whole),
    }
}

/// Values by slot, as they are invented.
struct Draft<'a> {
    dice: &'a mut Dice,
    scope: Scope<'a>,
    values: BTreeMap<String, Vec<Value>>,
}

impl Draft<'_> {
    /// Fills a slot (a band of it) with rows that `make` gives values to.
    fn fill(&mut self, slot: &str, band: Option<usize>, make: &mut dyn FnMut(&mut Dice) -> Setting) {
        let rows = rows(self.dice, self.scope, band, make);
        self.values.entry(slot.to_owned()).or_default().extend(rows);
    }

    /// The same, for one policy in so many.
    fn sometimes(&mut self, percent: u32, slot: &str, make: &mut dyn FnMut(&mut Dice) -> Setting) {
        if self.dice.percent(percent) {
            self.fill(slot, None, make);
        }
    }

    fn tier(&mut self, tier: &Tier) {
        let slot = |what: &str| format!("{}.{what}", tier.name);
        let rest = tier.base == Base::Rest;
        // The rest of a bill has no portions.
        self.scope.portions = !rest;
        if tier.deductible_per != Per::Never {
            let high = if rest { 20_000 } else { 2_000 };
            self.fill(&slot("deductible"), None, &mut |dice| {
                Setting::Money(if dice.percent(10) { 0 } else { money(dice, 0, high) })
            });
            for factor in ["deductible_factor.poor", "deductible_factor.again"] {
                self.sometimes(25, &slot(factor), &mut |dice| Setting::Ratio(ratio(dice, 30, 120)));
            }
        }
        self.bands(tier);
        for points in ["points.retired", "points.elsewhere"] {
            self.sometimes(25, &slot(points), &mut |dice| Setting::Ratio(i64::from(dice.between(-25, 15)) * 100));
        }
        for factor in ["self_factor.retired", "self_factor.cover", "rate_factor.elsewhere"] {
            self.sometimes(20, &slot(factor), &mut |dice| Setting::Ratio(i64::from(dice.between(40, 110)) * 100));
        }
        self.caps(tier);
        self.scope.portions = false;
    }

    fn bands(&mut self, tier: &Tier) {
        let bands = 1 + self.dice.below(4) as usize;
        // Every band has its own range of bounds, so that they ascend whatever row holds.
        let ranges = [(550, 20_000), (20_050, 60_000), (60_050, 200_000)];
        let late = matches!(tier.base, Base::AboveDeductible(_)) || tier.name == "unit_supplement";
        for band in 1..=bands {
            if let Some((low, high)) = ranges.get(band - 1).filter(|_| band < bands) {
                self.fill(&format!("{}.band_upper", tier.name), Some(band), &mut |dice| {
                    Setting::Money(money(dice, *low, *high))
                });
            }
            self.fill(&format!("{}.rate", tier.name), Some(band), &mut |dice| rate(dice, &tier.fund, late));
        }
    }

    fn caps(&mut self, tier: &Tier) {
        let slot = |what: &str| format!("{}.{what}", tier.name);
        if self.dice.percent(60) {
            self.fill(&slot("cap"), None, &mut |dice| cap(dice, 1_000, 60_000));
            if self.dice.percent(30) {
                self.fill(&slot("cap_growth.step"), None, &mut |dice| Setting::Money(money(dice, 0, 3_000)));
                let years = &mut |dice: &mut Dice| Setting::Count(i64::from(dice.below(5)));
                self.fill(&slot("cap_growth.after_years"), None, years);
                // `slots.toml` lets no area change what is above it here.
                self.scope.open = false;
                self.fill(&slot("cap_growth.max_share"), None, &mut |dice| Setting::Ratio(ratio(dice, 0, 40)));
                self.scope.open = true;
            }
        }
        self.sometimes(25, &slot("visit_cap"), &mut |dice| cap(dice, 200, 20_000));
        for sub in ["subcap.high_level", "subcap.drugs"] {
            self.sometimes(20, &slot(sub), &mut |dice| cap(dice, 200, 10_000));
            // A further cap holds only in its cases: no general row, if exceptions to it are there.
            if let Some(rows) = self.values.get_mut(&slot(sub))
                && rows.iter().any(|row| !row.when.0.is_empty())
            {
                rows.retain(|row| !row.when.0.is_empty());
            }
        }
    }

    /// For some weeks some rates and deductibles are others, whatever the law says.
    fn overlay(&mut self, tiers: &[Tier]) {
        let (from, until) = (Day(FIRST.0 + 60), Some(Day(FIRST.0 + 130)));
        for tier in tiers {
            let everyone = When::default();
            let poor = When(vec![("special".to_owned(), Test::AnyOf(owned(&["low_income"])))]);
            let when = if self.dice.percent(50) { everyone } else { poor };
            let (slot, band, setting) = match self.dice.below(4) {
                0 => ("rate", Some(1), Setting::Ratio(10_000)),
                1 if tier.deductible_per != Per::Never => ("deductible", None, Setting::Money(0)),
                _ => continue,
            };
            let row = Value { band, setting, when, from, until, origin: Origin::Overlay };
            self.values.entry(format!("{}.{slot}", tier.name)).or_default().push(row);
        }
    }

    fn scheme(&mut self) {
        self.sometimes(50, "first_share", &mut |dice| {
            Setting::Ratio(if dice.percent(50) { 0 } else { ratio(dice, 0, 25) })
        });
        self.sometimes(30, "waiting_months", &mut |dice| Setting::Count(i64::from(dice.below(7))));
        self.sometimes(40, "cycle_days", &mut |dice| Setting::Count(i64::from(dice.between(20, 90))));
        self.sometimes(100, "account_covers", &mut |dice| {
            let mut parts = owned(&["self_paid", "upfront", "over_limit", "self_funded"]);
            parts.truncate(1 + dice.below(4) as usize);
            Setting::Words(parts)
        });
    }
}
