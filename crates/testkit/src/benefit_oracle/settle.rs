//! A whole case: what happens before the chain, the chain itself, the accounts, the year's new state.

use super::case::{Answer, Bill, Case, Line, Split};
use super::exact::Exact;
use super::law::{Contested, Law, ratio_of};
use super::policy::{Base, LawDay, Per, Policy, Setting, Tier};
use super::tier::{Outcome, Piece, Standing, run};
use model::Day;
use std::collections::BTreeMap;

/// The order in which portions of a bill pass the tiers.
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

/// Accumulators by key: of the year, or of a visit.
type Counts = BTreeMap<String, i64>;

fn count(counts: &Counts, tier: &Tier, what: &str) -> Option<i64> {
    counts.get(&format!("{}.{what}", tier.name)).copied()
}

fn add(counts: &mut Counts, tier: &Tier, what: &str, fen: i64) {
    *counts.entry(format!("{}.{what}", tier.name)).or_default() += fen;
}

/// Computes a case.
pub fn settle(policy: &Policy, case: &Case) -> Result<Answer, Refused> {
    let chain = policy.chains.iter().find(|chain| chain.kinds.contains(&case.kind)).ok_or(Refused::NotCovered)?;
    if !policy.statuses.contains(&case.status) {
        return Err(Refused::NotCovered);
    }
    let before = case.used.get("admissions").copied();
    let admission = case.admission.or(Some(before.unwrap_or(0) + 1)).filter(|_| case.kind == "inpatient");
    let law = Law { policy, case, day: law_day(policy, case), admission, portion: "general" };
    let mut answer = Answer { split: case.bill.split(), ..Answer::default() };
    let segments = segments(&law)?;
    // What comes before the chain, and the account, go by the law of the first segment.
    let opening = Law { day: segments.first().map_or(law.day, |first| first.law.day), ..law };
    let segments = first_share(&opening, &mut answer.split, segments)?;
    let waits = match (opening.count("waiting_months")?, case.cover_months) {
        (Some(wait), Some(months)) => months < wait,
        _ => false,
    };
    if !waits {
        let mut case = Running { law, answer: &mut answer, year: BTreeMap::new(), parts: Vec::new() };
        case.chain(&chain.tiers, &segments)?;
        answer.used = case.year;
    }
    if let Some(admission) = admission {
        answer.used.insert("admissions".into(), before.unwrap_or(0).max(admission));
    }
    if case.use_account {
        let covered = account_covers(&opening, &answer)?;
        answer.account = covered.min(case.account + case.family_account);
        answer.family_account = answer.account - answer.account.min(case.account);
    }
    Ok(answer)
}

/// The day whose law counts: a stay goes by the scheme's declaration, other visits by their begin.
fn law_day(policy: &Policy, case: &Case) -> Day {
    match policy.law_day {
        LawDay::Discharge | LawDay::Service if case.kind == "inpatient" => case.end,
        LawDay::Discharge | LawDay::Admission | LawDay::Service => case.begin,
    }
}

/// A part of the in-scope amount that is judged and rounded on its own.
#[derive(Debug, Clone, Copy)]
struct Segment<'p> {
    /// Its day, admission and portion.
    law: Law<'p>,
    /// From 0.
    cycle: i64,
    in_scope: i64,
}

/// How many cycles a stay has, and how long they are.
fn cycles(law: &Law<'_>) -> Result<(i64, Option<i64>), Refused> {
    let days = if law.case.kind == "inpatient" { law.count("cycle_days")? } else { None };
    let stay = i64::from(law.case.end.0 - law.case.begin.0);
    Ok((days.map_or(1, |days| ((stay + days - 1) / days).max(1)), days))
}

/// The bill by cycle, law and portion, in this order; sums without lines are one segment.
fn segments<'p>(law: &Law<'p>) -> Result<Vec<Segment<'p>>, Refused> {
    let (count, days) = cycles(law)?;
    let lines = match &law.case.bill {
        Bill::Amounts(split) => return Ok(vec![Segment { law: *law, cycle: 0, in_scope: split.in_scope }]),
        Bill::Lines(lines) => lines,
    };
    let by_service = law.policy.law_day == LawDay::Service && law.case.kind == "inpatient";
    let changes = if by_service { law.policy.law_changes() } else { vec![law.day] };
    let mut segments: Vec<Segment<'p>> = Vec::new();
    for cycle in 0..count {
        for (at, since) in changes.iter().copied().enumerate() {
            let until = changes.get(at + 1);
            for portion in PORTIONS {
                let of_segment: Vec<&Line> = lines
                    .iter()
                    .filter(|line| {
                        let stayed = i64::from(line.on.0 - law.case.begin.0);
                        let own_cycle = days.map_or(0, |days| (stayed / days).min(count - 1));
                        let own_law = !by_service || (since <= line.on && until.is_none_or(|until| line.on < *until));
                        own_cycle == cycle && own_law && line.portion == portion
                    })
                    .collect();
                if of_segment.is_empty() {
                    continue;
                }
                let in_scope = of_segment.iter().map(|line| line.split.in_scope).sum();
                let law = Law { portion, day: since, admission: law.admission.map(|first| first + cycle), ..*law };
                segments.push(Segment { law, cycle, in_scope });
            }
        }
    }
    Ok(segments)
}

/// Moves the share a cross-region case bears first out of scope: rounded on the whole, taken by running totals.
fn first_share<'p>(
    law: &Law<'p>,
    split: &mut Split,
    mut segments: Vec<Segment<'p>>,
) -> Result<Vec<Segment<'p>>, Refused> {
    let whole = split.in_scope;
    let moved = (law.ratio("first_share")? * Exact::whole(whole)).half_up();
    let kept = whole - moved;
    let (mut seen, mut given) = (0, 0);
    for segment in &mut segments {
        seen += segment.in_scope;
        let until_here =
            if whole == 0 { 0 } else { Exact::of(i128::from(kept) * i128::from(seen), i128::from(whole)).half_up() };
        segment.in_scope = until_here - given;
        given = until_here;
    }
    split.in_scope = kept;
    split.upfront += moved;
    Ok(segments)
}

/// A case on its way through its chain.
struct Running<'p, 'a> {
    law: Law<'p>,
    answer: &'a mut Answer,
    /// Accumulators of the tiers that ran.
    year: Counts,
    /// What the insured still bears of the base of each in-scope and over-cap tier, in order.
    parts: Vec<(&'p Tier, i64)>,
}

impl<'p> Running<'p, '_> {
    /// Runs every segment through the tiers that are not rest, then the rest tiers on the whole.
    fn chain(&mut self, names: &[String], segments: &[Segment<'p>]) -> Result<(), Refused> {
        let policy = self.law.policy;
        let tiers: Vec<&Tier> =
            names.iter().filter_map(|name| policy.tiers.iter().find(|tier| tier.name == *name)).collect();
        let mut visit = Counts::new();
        let mut cycle = 0;
        for segment in segments {
            if segment.cycle != cycle {
                visit.clear();
                cycle = segment.cycle;
            }
            self.segment(&tiers, segment, &mut visit)?;
        }
        // The rest of the bill goes by the law of its last segment, and counts as the first admission.
        let day = segments.last().map_or(self.law.day, |last| last.law.day);
        let law = Law { day, ..self.law };
        let mut fed = false;
        let only_rest = tiers.iter().all(|tier| tier.base == Base::Rest);
        for tier in tiers.iter().filter(|tier| tier.base == Base::Rest && law.holds(&tier.when)) {
            let base = self.answer.split.in_scope - self.answer.fund_total();
            let outcome = self.run(tier, &law, base, base, &mut Counts::new())?;
            if only_rest && self.answer.deductible == 0 && std::ptr::eq(*tier, tiers[0]) {
                self.answer.deductible = outcome.deductible;
            }
            let part = outcome.base - outcome.paid();
            add(&mut self.year, tier, "self_paid", part);
            // What a tier that is fed has counted stays counted, whoever pays behind it.
            fed |= !tier.feeds.is_empty();
            if !fed {
                self.relieve(outcome.paid());
            }
        }
        for (tier, part) in std::mem::take(&mut self.parts) {
            add(&mut self.year, tier, "self_paid", part);
        }
        Ok(())
    }

    /// One segment through the tiers that are not rest.
    fn segment(&mut self, tiers: &[&'p Tier], segment: &Segment<'p>, visit: &mut Counts) -> Result<(), Refused> {
        let mut outcomes: Vec<(&'p Tier, Outcome)> = Vec::new();
        let mut borne = segment.in_scope;
        for tier in tiers.iter().copied().filter(|tier| tier.base != Base::Rest && segment.law.holds(&tier.when)) {
            let of = |name: &str| outcomes.iter().find(|(tier, _)| tier.name == name).map(|(_, outcome)| outcome);
            let base = match &tier.base {
                Base::InScope => segment.in_scope,
                Base::OverCap(name) => of(name).map_or(0, |outcome| outcome.over_cap),
                Base::AboveDeductible(name) => of(name).map_or(0, Outcome::above_deductible),
                Base::Rest => 0,
            };
            if base == 0 {
                self.open(tier, &segment.law, deductible(tier, &segment.law)?)?;
                continue;
            }
            let outcome = self.run(tier, &segment.law, base, borne, visit)?;
            borne -= outcome.paid();
            self.answer.deductible += outcome.deductible;
            outcomes.push((tier, outcome));
        }
        for (tier, outcome) in &outcomes {
            let takes_over = |other: &&&Tier| other.base == Base::OverCap(tier.name.clone());
            let taker = tiers.iter().filter(takes_over).any(|taker| segment.law.holds(&taker.when));
            let handed_on = if taker { outcome.over_cap } else { 0 };
            for counts in [&mut self.year, &mut *visit] {
                add(counts, tier, "in_scope", -handed_on);
            }
            let relieved: i64 = outcomes
                .iter()
                .filter(|(other, _)| other.base == Base::AboveDeductible(tier.name.clone()))
                .map(|(_, other)| other.paid())
                .sum();
            let above_deductible = matches!(tier.base, Base::AboveDeductible(_));
            let part = outcome.base - handed_on - outcome.paid() - relieved;
            match self.parts.iter_mut().find(|(own, _)| own.name == tier.name) {
                _ if above_deductible => add(&mut self.year, tier, "self_paid", part),
                Some((_, own)) => *own += part,
                None => self.parts.push((tier, part)),
            }
        }
        Ok(())
    }

    /// Takes what a rest tier paid off the parts, one after the other.
    fn relieve(&mut self, mut paid: i64) {
        for (_, part) in &mut self.parts {
            let taken = paid.clamp(0, (*part).max(0));
            *part -= taken;
            paid -= taken;
        }
    }

    /// Runs one tier and counts what it did in the year and the visit.
    fn run(
        &mut self,
        tier: &Tier,
        law: &Law<'p>,
        base: i64,
        borne: i64,
        visit: &mut Counts,
    ) -> Result<Outcome, Refused> {
        let in_force = deductible(tier, law)?;
        self.open(tier, law, in_force)?;
        let standing = |counts: &Counts| Standing {
            deductible: count(counts, tier, "deductible").unwrap_or(0),
            seen: count(counts, tier, "in_scope").unwrap_or(0),
            paid: count(counts, tier, "paid").unwrap_or(0),
        };
        let (of_year, of_visit) = (standing(&self.year), standing(visit));
        let due = match tier.deductible_per {
            Per::Never => 0,
            Per::Year => in_force - of_year.deductible,
            Per::Visit => self.of_all_cycles(tier, law, in_force)? - of_visit.deductible,
        };
        let caps = caps(tier, law, &self.year, of_year, of_visit)?;
        let before = if tier.bands_per == Per::Year { of_year } else { of_visit };
        let piece = Piece { base, due: due.max(0), before, room: caps.room, borne };
        let outcome = run(tier, law, piece)?;
        for counts in [&mut self.year, visit] {
            add(counts, tier, "deductible", outcome.deductible);
            add(counts, tier, "in_scope", outcome.base);
            add(counts, tier, "paid", outcome.own());
        }
        for subcap in caps.subcaps {
            *self.year.entry(subcap).or_default() += outcome.own();
        }
        for (fund, fen) in outcome.funds.iter().filter(|(_, fen)| *fen != 0) {
            *self.answer.funds.entry(fund.clone()).or_default() += fen;
        }
        Ok(outcome)
    }

    /// Sums that cannot be cut into cycles bear the deductibles of all of them.
    fn of_all_cycles(&self, tier: &Tier, law: &Law<'p>, in_force: i64) -> Result<i64, Refused> {
        if tier.base != Base::InScope || matches!(law.case.bill, Bill::Lines(_)) {
            return Ok(in_force);
        }
        let (cycles, _) = cycles(law)?;
        (0..cycles)
            .map(|cycle| deductible(tier, &Law { admission: law.admission.map(|first| first + cycle), ..*law }))
            .sum()
    }

    /// What the year knew of a tier, by the accumulators that are given, when it first runs.
    fn open(&mut self, tier: &Tier, law: &Law<'_>, in_force: i64) -> Result<(), Refused> {
        if count(&self.year, tier, "in_scope").is_some() {
            return Ok(());
        }
        let used = &law.case.used;
        let given = |what: &str| count(used, tier, what);
        let fed = tier.base == Base::Rest && !tier.feeds.is_empty();
        let paid = given("paid").unwrap_or(0);
        let mut seen = given("in_scope");
        if tier.base == Base::Rest {
            let own = given("self_paid").map(|self_paid| self_paid + paid);
            let others = tier.feeds.iter().filter_map(|feed| used.get(&format!("{feed}.self_paid"))).sum();
            seen = seen.or(own).or(Some(others));
        }
        let of_year = tier.deductible_per == Per::Year;
        let seen = seen.unwrap_or(0).max(given("deductible").filter(|_| of_year).unwrap_or(0));
        let met = if of_year { seen.min(in_force) } else { 0 };
        let mut deductible = given("deductible").unwrap_or(met);
        if fed {
            deductible = deductible.max(met);
        }
        let self_paid = given("self_paid").unwrap_or(0);
        for (what, fen) in [("in_scope", seen), ("deductible", deductible), ("paid", paid), ("self_paid", self_paid)] {
            add(&mut self.year, tier, what, fen);
        }
        let prefix = format!("{}.subcap.", tier.name);
        for slot in law.policy.values.keys().filter(|slot| slot.starts_with(&prefix)) {
            let accumulator = format!("{}.paid", slot.replace(".subcap.", "."));
            let before = used.get(&accumulator).copied().unwrap_or(0);
            self.year.insert(accumulator, before);
        }
        Ok(())
    }
}

/// The deductible in force: the amount times every factor, rounded once.
fn deductible(tier: &Tier, law: &Law<'_>) -> Result<i64, Refused> {
    let mut amount = Exact::whole(law.money(&format!("{}.deductible", tier.name), None)?.unwrap_or(0));
    for (_, factor) in law.family(&format!("{}.deductible_factor.", tier.name))? {
        amount = amount * ratio_of(&factor.setting);
    }
    Ok(amount.half_up())
}

/// The caps that hold for a piece of base.
struct Caps {
    /// What the tightest leaves.
    room: Option<i64>,
    /// Accumulators of the sub-caps in force.
    subcaps: Vec<String>,
}

fn caps(tier: &Tier, law: &Law<'_>, year: &Counts, of_year: Standing, of_visit: Standing) -> Result<Caps, Refused> {
    let name = &tier.name;
    let mut rooms: Vec<i64> = Vec::new();
    if let Some(cap) = law.money(&format!("{name}.cap"), None)? {
        rooms.push(cap + growth(tier, law, cap)? - of_year.paid);
    }
    rooms.extend(law.money(&format!("{name}.visit_cap"), None)?.map(|cap| cap - of_visit.paid));
    let mut subcaps = Vec::new();
    for (slot, row) in law.family(&format!("{name}.subcap."))? {
        let accumulator = format!("{}.paid", slot.replace(".subcap.", "."));
        let paid = year.get(&accumulator).copied().unwrap_or(0);
        rooms.extend(law.fen(&row.setting).map(|cap| cap - paid));
        subcaps.push(accumulator);
    }
    Ok(Caps { room: rooms.into_iter().min().map(|room| room.max(0)), subcaps })
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
