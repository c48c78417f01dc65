//! A whole case: what happens before the chain, the chain itself, the accounts, the year's new state.

use super::case::{Answer, Bill, Case, Split};
use super::exact::Exact;
use super::law::{Contested, Law, ratio_of};
use super::policy::{Base, LawDay, Per, Policy, Setting, Tier};
use super::tier::{Before, Outcome, Piece, largest_remainder, run};
use model::Day;
use std::collections::BTreeMap;

/// The order in which portions of a bill pass a tier.
pub const PORTIONS: [&str; 5] = ["general", "consultation", "large_equipment", "drug", "consumable"];

/// Why a case has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The scheme does not have this status or this kind of visit.
    NotCovered,
    /// Two rows for one slot.
    Contested(String),
}

impl From<Contested> for Refused {
    fn from(Contested(slot): Contested) -> Self {
        Self::Contested(slot)
    }
}

/// One piece of the bill before any tier: its cycle, portion and in-scope fen.
#[derive(Debug, Clone, Copy)]
struct Share {
    cycle: usize,
    portion: &'static str,
    in_scope: i64,
}

/// Computes a case.
pub fn settle(policy: &Policy, case: &Case) -> Result<Answer, Refused> {
    let chain = policy.chains.iter().find(|chain| chain.kinds.contains(&case.kind)).ok_or(Refused::NotCovered)?;
    if !policy.statuses.contains(&case.status) {
        return Err(Refused::NotCovered);
    }
    let law = Law { policy, case, day: law_day(policy, case), admission: case.admission, portion: "general" };
    let waiting = match (law.count("waiting_months")?, case.cover_months) {
        (Some(wait), Some(months)) => months < wait,
        _ => false,
    };
    let cycles = Cycles::of(&law)?;
    let mut answer = Answer { split: case.bill.split(), used: case.used.clone(), ..Answer::default() };
    if !waiting {
        let shares = first_share(&law, &mut answer.split, cycles.shares(case))?;
        run_chain(&law, &chain.tiers, &shares, &cycles, &mut answer)?;
    }
    if case.use_account {
        let covered = account_covers(&law, &answer)?;
        answer.account = covered.min(case.account + case.family_account);
        answer.family_account = answer.account - answer.account.min(case.account);
    }
    Ok(answer)
}

/// The day whose law counts: a stay goes by the scheme's declaration, other visits by their begin.
fn law_day(policy: &Policy, case: &Case) -> Day {
    match policy.law_day {
        LawDay::Discharge if case.kind == "inpatient" => case.end,
        LawDay::Discharge | LawDay::Admission | LawDay::Service => case.begin,
    }
}

/// How a long stay is cut.
struct Cycles {
    days: Option<i64>,
    count: usize,
}

impl Cycles {
    fn of(law: &Law<'_>) -> Result<Self, Refused> {
        let stay = i64::from(law.case.end.0 - law.case.begin.0);
        let days = if law.case.kind == "inpatient" { law.count("cycle_days")? } else { None };
        let count = days.map_or(1, |days| (stay + days - 1) / days).max(1) as usize;
        Ok(Self { days, count })
    }

    /// The in-scope fen of each cycle and portion, in their order; sums cannot be cut.
    fn shares(&self, case: &Case) -> Vec<Share> {
        let lines = match &case.bill {
            Bill::Amounts(split) => return vec![Share { cycle: 0, portion: "general", in_scope: split.in_scope }],
            Bill::Lines(lines) => lines,
        };
        let mut shares = Vec::new();
        for cycle in 0..self.count {
            for portion in PORTIONS {
                let here = lines.iter().filter(|line| {
                    let day = i64::from(line.on.0 - case.begin.0);
                    let own = self.days.map_or(0, |days| (day / days) as usize).min(self.count - 1);
                    line.portion == portion && own == cycle
                });
                let in_scope = here.map(|line| line.split.in_scope).sum();
                shares.push(Share { cycle, portion, in_scope });
            }
        }
        shares
    }
}

/// Moves the share a cross-region case bears first out of scope.
fn first_share(law: &Law<'_>, split: &mut Split, mut shares: Vec<Share>) -> Result<Vec<Share>, Refused> {
    let ratio = law.ratio("first_share")?;
    let moved = (ratio * Exact::whole(split.in_scope)).half_up();
    let exact: Vec<Exact> = shares.iter().map(|share| ratio * Exact::whole(share.in_scope)).collect();
    for (share, part) in shares.iter_mut().zip(largest_remainder(moved, &exact)) {
        share.in_scope -= part;
    }
    split.in_scope -= moved;
    split.upfront += moved;
    Ok(shares)
}

/// A tier that took part, with what it knew before and what it did.
struct Done<'p> {
    tier: &'p Tier,
    before: Before,
    outcome: Outcome,
    subcaps: Vec<(String, i64)>,
}

/// Runs the tiers of a chain one after the other.
fn run_chain(
    law: &Law<'_>,
    chain: &[String],
    shares: &[Share],
    cycles: &Cycles,
    answer: &mut Answer,
) -> Result<(), Refused> {
    let mut done: Vec<Done<'_>> = Vec::new();
    for tier in taking_part(law, chain) {
        let unpaid = answer.split.in_scope - answer.fund_total();
        let outcome_of = |name: &str| done.iter().find(|done| done.tier.name == name).map(|done| &done.outcome);
        let general = |base: i64| vec![Share { cycle: 0, portion: "general", in_scope: base }];
        let bases = match &tier.base {
            Base::InScope => shares.to_vec(),
            Base::OverCap(of) => general(outcome_of(of).map_or(0, |outcome| outcome.over_cap)),
            Base::AboveDeductible(of) => general(outcome_of(of).map_or(0, Outcome::above_deductible)),
            Base::Rest => general(unpaid),
        };
        let pieces: Vec<Piece<'_>> = bases
            .iter()
            .map(|share| Piece {
                law: Law { portion: share.portion, ..*law },
                cycle: share.cycle,
                base: share.in_scope,
            })
            .collect();
        let in_force = deductibles(tier, law, cycles)?;
        let before = before(tier, &answer.used, in_force[0]);
        let due = match tier.deductible_per {
            Per::Never => vec![0],
            Per::Year => vec![(in_force[0] - before.deductible).max(0)],
            Per::Visit if matches!(law.case.bill, Bill::Lines(_)) => in_force,
            Per::Visit => vec![in_force.iter().sum()],
        };
        let caps = Caps::of(tier, law, &answer.used, before.paid)?;
        let outcome = run(tier, &pieces, before, &due, caps.room, unpaid)?;
        for (fund, fen) in &outcome.funds {
            *answer.funds.entry(fund.clone()).or_default() += fen;
        }
        if tier.base == Base::InScope {
            answer.deductible += outcome.deductible;
        }
        done.push(Done { tier, before, outcome, subcaps: caps.subcaps });
    }
    answer.funds.retain(|_, fen| *fen != 0);
    record(&done, &mut answer.used);
    Ok(())
}

/// The tiers of the chain in which the person takes part. The first in-scope tier has to have a rate.
fn taking_part<'p>(law: &Law<'p>, chain: &[String]) -> Vec<&'p Tier> {
    let tiers = chain.iter().filter_map(|name| law.policy.tiers.iter().find(|tier| tier.name == *name));
    tiers
        .filter(|tier| {
            tier.supplements.is_empty() || tier.supplements.iter().any(|own| law.case.supplements.contains(own))
        })
        .collect()
}

/// The deductible in force in each cycle, factors applied and rounded.
fn deductibles(tier: &Tier, law: &Law<'_>, cycles: &Cycles) -> Result<Vec<i64>, Refused> {
    let mut due = Vec::new();
    for cycle in 0..cycles.count {
        let law = Law { admission: law.admission + cycle as i64, ..*law };
        let mut amount = Exact::whole(law.money(&format!("{}.deductible", tier.name), None)?.unwrap_or(0));
        for (_, factor) in law.family(&format!("{}.deductible_factor.", tier.name))? {
            amount = amount * ratio_of(&factor.setting);
        }
        due.push(amount.half_up());
    }
    Ok(due)
}

/// What the year knew of a tier, by the accumulators that are given.
fn before(tier: &Tier, used: &BTreeMap<String, i64>, in_force: i64) -> Before {
    let given = |what: &str| used.get(&format!("{}.{what}", tier.name)).copied();
    let feeding = tier.base == Base::Rest && !tier.feeds.is_empty();
    let paid = given("paid").unwrap_or(0);
    let mut seen = given("in_scope");
    if feeding {
        let from_self_paid = given("self_paid").map(|self_paid| self_paid + paid);
        let fed = tier.feeds.iter().filter_map(|feed| used.get(&format!("{feed}.self_paid"))).sum();
        seen = seen.or(from_self_paid).or(Some(fed));
    }
    let seen = seen.unwrap_or(0).max(given("deductible").unwrap_or(0));
    let mut deductible = given("deductible").unwrap_or(seen.min(in_force));
    if feeding {
        deductible = deductible.max(seen.min(in_force));
    }
    let self_paid = given("self_paid").unwrap_or(seen - paid);
    Before { deductible, seen, paid, self_paid }
}

/// The caps that hold for a case.
struct Caps {
    /// What they leave together.
    room: Option<i64>,
    /// Sub-caps in force: accumulator, used before.
    subcaps: Vec<(String, i64)>,
}

impl Caps {
    fn of(tier: &Tier, law: &Law<'_>, used: &BTreeMap<String, i64>, paid: i64) -> Result<Self, Refused> {
        let name = &tier.name;
        let mut rooms: Vec<i64> = Vec::new();
        if let Some(cap) = law.money(&format!("{name}.cap"), None)? {
            let cap = cap + growth(tier, law, cap)?;
            rooms.push(cap - paid);
        }
        rooms.extend(law.money(&format!("{name}.visit_cap"), None)?);
        let mut subcaps = Vec::new();
        for (slot, row) in law.family(&format!("{name}.subcap."))? {
            let accumulator = format!("{}.paid", slot.replace(".subcap.", "."));
            let paid = used.get(&accumulator).copied().unwrap_or(0);
            rooms.extend(law.fen(&row.setting).map(|cap| cap - paid));
            subcaps.push((accumulator, paid));
        }
        Ok(Self { room: rooms.into_iter().min().map(|room| room.max(0)), subcaps })
    }
}

/// What continuous cover adds to a cap.
fn growth(tier: &Tier, law: &Law<'_>, cap: i64) -> Result<i64, Refused> {
    let slot = |what: &str| format!("{}.cap_growth.{what}", tier.name);
    let step = law.money(&slot("step"), None)?.unwrap_or(0);
    let after = law.count(&slot("after_years"))?.unwrap_or(0);
    let months = law.case.cover_months.unwrap_or(0) - 12 * after;
    let grown = step * (months / 12).max(0);
    Ok(match law.row(&slot("max_share"), None)? {
        Some(row) => grown.min((Exact::whole(cap) * ratio_of(&row.setting)).half_up()),
        None => grown,
    })
}

/// Books what was done on the accumulators of the year.
fn record(done: &[Done<'_>], used: &mut BTreeMap<String, i64>) {
    let takes_over = |name: &str| done.iter().any(|other| other.tier.base == Base::OverCap(name.to_owned()));
    let seen: Vec<i64> = done
        .iter()
        .map(|done| done.outcome.base - if takes_over(&done.tier.name) { done.outcome.over_cap } else { 0 })
        .collect();
    let mut self_paid: Vec<i64> = done.iter().zip(&seen).map(|(done, seen)| seen - done.outcome.paid()).collect();
    for payer in done {
        match &payer.tier.base {
            Base::AboveDeductible(of) => {
                for (of_tier, self_paid) in done.iter().zip(&mut self_paid) {
                    if of_tier.tier.name == *of {
                        *self_paid -= payer.outcome.paid();
                    }
                }
            }
            Base::Rest if payer.tier.feeds.is_empty() => {
                let mut left = payer.outcome.paid();
                for (of_tier, self_paid) in done.iter().zip(&mut self_paid) {
                    if matches!(of_tier.tier.base, Base::InScope | Base::OverCap(_)) {
                        let part = left.min(*self_paid).max(0);
                        *self_paid -= part;
                        left -= part;
                    }
                }
            }
            Base::InScope | Base::OverCap(_) | Base::Rest => {}
        }
    }
    for ((done, seen), self_paid) in done.iter().zip(seen).zip(self_paid) {
        let (before, outcome) = (done.before, &done.outcome);
        let mut set = |what: &str, fen: i64| used.insert(format!("{}.{what}", done.tier.name), fen);
        if done.tier.deductible_per == Per::Year {
            set("deductible", before.deductible + outcome.deductible);
        }
        set("in_scope", before.seen + seen);
        set("paid", before.paid + outcome.own());
        set("self_paid", before.self_paid + self_paid);
        for (accumulator, before) in &done.subcaps {
            used.insert(accumulator.clone(), before + outcome.own());
        }
    }
}

/// How much of what the insured bears the accounts may pay.
fn account_covers(law: &Law<'_>, answer: &Answer) -> Result<i64, Refused> {
    let Some(Setting::Words(parts)) = law.row("account_covers", None)?.map(|row| &row.setting) else { return Ok(0) };
    let fen = |part: &String| match part.as_str() {
        "self_paid" => answer.split.in_scope - answer.fund_total(),
        "upfront" => answer.split.upfront,
        "over_limit" => answer.split.over_limit,
        "self_funded" => answer.split.self_funded,
        _ => 0,
    };
    Ok(parts.iter().map(fen).sum())
}
